"""Decoders made before threads use them.

msgspec (0.22) works out how to decode a struct when it meets the type first, and fills in a table that other threads
can see already: two threads that meet one type first at the same moment end the process with a segmentation fault.
"""

import threading

import msgspec

FIRST_USE = threading.Lock()
"""Held by whoever decodes into types that may be new: settings of connectors, which are loaded when they are needed."""


def prepare_decoders() -> int:
    """Makes what msgspec needs for every struct that is loaded; how many there are. Call it while one thread runs."""
    with FIRST_USE:
        return sum(_prepared(kind) for kind in _below(msgspec.Struct))


def _below(kind: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    found = set(kind.__subclasses__())
    return found.union(*(_below(one) for one in found))


def _prepared(kind: type[msgspec.Struct]) -> bool:
    try:
        msgspec.json.Decoder(kind)
    except (TypeError, NameError):  # a struct that is only ever made, never decoded
        return False
    return True
