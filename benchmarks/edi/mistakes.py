"""Documents with exactly one error each: the kinds take turns, the places vary.

Codes outside of a list are not among them: without a guide they are warnings, and the set is accepted.
"""

import random
from collections.abc import Callable, Iterable
from itertools import cycle

from benchmarks.edi.source import Source

Mistake = Callable[[list[str], random.Random], None]
"""Spoils the segments of a document, in place."""


def _replaced(tag: str, element: int, value: str, separator: str) -> Mistake:
    """Another value in one of the segments with a tag."""

    def mistake(segments: list[str], r: random.Random) -> None:
        place = r.choice(_places(segments, tag + separator))
        elements = segments[place].split(separator)
        elements[element] = value
        segments[place] = separator.join(elements).rstrip(separator)

    return mistake


def _added(tag: str, segment: str, separator: str) -> Mistake:
    """A segment more, behind one of those with a tag."""

    def mistake(segments: list[str], r: random.Random) -> None:
        segments.insert(r.choice(_places(segments, tag + separator)) + 1, segment)

    return mistake


def _left_out(tag: str, separator: str) -> Mistake:
    """The only segment with a tag is missing."""

    def mistake(segments: list[str], r: random.Random) -> None:
        del segments[_places(segments, tag + separator)[0]]

    return mistake


def _places(segments: list[str], start: str) -> list[int]:
    return [n for n, segment in enumerate(segments) if segment.startswith(start)]


BODY: dict[str, dict[str, Mistake]] = {  # by type, the code of the finding and what leads to it
    "850": {
        "mandatory-element-missing": _replaced("BEG", 3, "", "*"),
        "date-invalid": _replaced("DTM", 2, "20261341", "*"),
        "number-invalid": _replaced("PO1", 4, "1,50", "*"),
        "element-too-long": _replaced("PO1", 7, "V" * 49, "*"),
        "element-too-short": _replaced("PO1", 6, "V", "*"),
        "relation-broken": _replaced("N1", 4, "", "*"),
        "segment-unknown": _added("PO1", "ZZ9*1", "*"),
        "segment-not-in-set": _added("PO1", "BIG*20260914*1", "*"),
        "segment-out-of-order": _added("PID", "CUR*BY*USD", "*"),
        "mandatory-segment-missing": _left_out("BEG", "*"),
    },
    "810": {
        "mandatory-element-missing": _replaced("BIG", 2, "", "*"),
        "date-invalid": _replaced("BIG", 3, "20260231", "*"),
        "number-invalid": _replaced("IT1", 4, "1,50", "*"),
        "element-too-long": _replaced("IT1", 7, "V" * 49, "*"),
        "element-too-short": _replaced("IT1", 6, "V", "*"),
        "relation-broken": _replaced("N1", 4, "", "*"),
        "segment-unknown": _added("IT1", "ZZ9*1", "*"),
        "segment-not-in-set": _added("IT1", "BEG*00*SA*1**20260914", "*"),
        "segment-out-of-order": _added("PID", "CUR*BY*USD", "*"),
        "mandatory-segment-missing": _left_out("TDS", "*"),
    },
    "ORDERS": {
        "mandatory-element-missing": _replaced("NAD", 1, "", "+"),
        "date-invalid": _replaced("DTM", 1, "2:20261341:102", "+"),
        "number-invalid": _replaced("QTY", 1, "21:6x:PCE", "+"),
        "element-too-long": _replaced("PRI", 1, "AAA:1234567890123456", "+"),
        "too-many-elements": _replaced("QTY", 1, "21:6:PCE:1", "+"),
        "segment-unknown": _added("LIN", "ZZZ+1", "+"),
        "segment-not-in-set": _added("LIN", "GID+1", "+"),
        "segment-out-of-order": _added("QTY", "IMD+F++:::oak panel", "+"),
        "mandatory-segment-missing": _left_out("BGM", "+"),
    },
}
TRAILER = ("segment-count-wrong", "control-number-differs")
"""The element of SE or UNT that is wrong is the first or the second."""


class Wrong(Source):
    """Makes up documents with one error each; ``only`` takes some of the kinds."""

    def __init__(self, seed: int = 2, only: Iterable[str] | None = None) -> None:
        super().__init__(seed)
        self.only = None if only is None else set(only)
        self.turns: dict[str, cycle[str]] = {}

    def document(self, type: str, number: int) -> list[str]:
        turn = self.turns.get(type)
        if turn is None:
            kinds = [kind for kind in (*BODY[type], *TRAILER) if self.only is None or kind in self.only]
            turn = self.turns[type] = cycle(kinds)
        kind = next(turn)
        separator = self.separator(type)
        body = self.body(type)
        if kind in BODY[type]:
            BODY[type][kind](body, self.random)
        segments = self.wrapped(type, number, body)
        if kind in TRAILER:
            elements = segments[-1].split(separator)
            place = 1 + TRAILER.index(kind)
            elements[place] = f"{int(elements[place]) + 1:0{len(elements[place])}d}"
            segments[-1] = separator.join(elements)
        return segments
