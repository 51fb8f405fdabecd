"""Write segments, messages and interchanges of X12 and EDIFACT from rows of values.

:func:`write_segments` and :func:`write_message` make text, :func:`write_messages` a stream of bytes,
:func:`write_x12` and :func:`write_edifact` whole interchanges.
"""

from collections.abc import Iterable, Iterator, Sequence

from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.standard import X12
from b2bsync.edi.writing.edifact import EdifactSending, GroupSending, Party, write_edifact
from b2bsync.edi.writing.notation import Notation, notation
from b2bsync.edi.writing.policy import Policy
from b2bsync.edi.writing.rows import Composite, Element, Repeated, Row, Value, taken_apart
from b2bsync.edi.writing.service import pieces
from b2bsync.edi.writing.x12 import X12Sending, X12Writer, write_x12

__all__ = [
    "Composite",
    "EdifactSending",
    "Element",
    "GroupSending",
    "Notation",
    "Party",
    "Policy",
    "Repeated",
    "Row",
    "Value",
    "X12Sending",
    "X12Writer",
    "notation",
    "pieces",
    "taken_apart",
    "write_edifact",
    "write_message",
    "write_messages",
    "write_read",
    "write_segments",
    "write_x12",
]


def write_segments(rows: Sequence[Row], delimiters: Delimiters, standard: str = X12, policy: Policy = Policy()) -> str:
    """The text of segments, each with its terminator; a value that holds a delimiter is released (EDIFACT), replaced
    or refused. Raises Unwritable with segment (from 1), element, component and value."""
    known = notation(delimiters, standard, policy)
    return known.segments(rows).decode(known.codec)


def write_message(rows: Sequence[Row], delimiters: Delimiters, standard: str = X12, policy: Policy = Policy()) -> str:
    """The text of a set or message; ``rows`` begin with ST or UNH, the trailer with the count is made here. Raises
    Unwritable."""
    known = notation(delimiters, standard, policy)
    return known.message(rows).decode(known.codec)


def write_messages(
    messages: Iterable[Sequence[Row]], delimiters: Delimiters, standard: str = X12, policy: Policy = Policy()
) -> Iterator[bytes]:
    """A stream of sets or messages as bytes, in pieces of some 64 KiB; no more than one message and one piece are held
    at a time. Raises Unwritable when the wrong one comes."""
    return pieces(map(notation(delimiters, standard, policy).message, messages))


def write_read(
    rows: Sequence[Sequence[str]],
    read_with: Delimiters,
    delimiters: Delimiters,
    standard: str = X12,
    policy: Policy = Policy(),
) -> str:
    """The text of rows as :func:`b2bsync.edi.read_set` or :func:`b2bsync.edi.tokens.segments` gave them, with other
    delimiters or the same; not of ISA, whose values are delimiters. This is also the fastest way to write EDIFACT.
    Texts whose characters are bytes keep them with ``Policy(characters="bytes")``. Raises Unwritable."""
    known = notation(delimiters, standard, policy)
    return known.read(rows, read_with).decode(known.codec)
