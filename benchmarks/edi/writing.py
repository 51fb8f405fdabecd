"""Writing what was read before: whole interchanges, sets with their trailers, and rows as they were read.

The rows are prepared while the clock stands. What is written must be what the file is, byte for byte.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from zlib import crc32

from b2bsync.edi import Delimiters, Identity, TransactionCut, scan
from b2bsync.edi.edifact.header import DEFAULT
from b2bsync.edi.numbers import Range
from b2bsync.edi.standard import EDIFACT, X12
from b2bsync.edi.tokens import segments
from b2bsync.edi.writing import (
    EdifactSending,
    Party,
    Policy,
    Row,
    X12Sending,
    notation,
    pieces,
    taken_apart,
    write_edifact,
    write_messages,
    write_x12,
)
from b2bsync.edi.writing.edifact import Message
from b2bsync.edi.writing.x12 import Group, Set
from benchmarks.edi.clock import Clock

BATCH = 16
"""Sets that are prepared at once."""

AT = datetime(2026, 9, 14, 9, 30)
X12_SENDING = X12Sending(
    sender=Identity("ZZ", "MAPLEMARKET"), receiver=Identity("ZZ", "NORTHSUPPLY"), application_sender="MAPLE",
    application_receiver="NORTH", policy=Policy(),
)  # fmt: skip
EDIFACT_SENDING = EdifactSending(
    sender=Party(id="4012345000009", qualifier="14"), receiver=Party(id="5412345000013", qualifier="14"),
    interchange_numbers=Range(prefix="M"), suffix="",
)  # fmt: skip
"""Those of :mod:`benchmarks.edi.source`."""


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(64 * 1024):
            yield piece


def read(path: Path) -> Iterator[list[list[str]]]:
    """The sets of a file from header to trailer, as rows."""
    rows: list[list[str]] = []
    for row in segments(chunks(path)):
        if row[0] in ("ST", "UNH"):
            rows = []
        rows.append(row)
        if row[0] in ("SE", "UNT"):
            yield rows
            rows = []


def warmed(type: str) -> None:
    """Facts of the service segments, which are loaded when the first envelope is written."""
    if type == "ORDERS":
        empty = write_edifact(EDIFACT_SENDING, 1, [Message(type, [], association="EAN008")], AT)
    else:
        empty = write_x12(X12_SENDING, 1, [Group(1, [Set(type, [])])], AT)
    b"".join(empty)


def batches(path: Path, size: int = BATCH) -> Iterator[list[list[list[str]]]]:
    source = read(path)
    while batch := list(islice(source, size)):
        yield batch


def apart(rows: list[list[str]]) -> list[Row]:
    """Rows of EDIFACT with their composites as values."""
    return [taken_apart(row, DEFAULT) for row in rows]


def interchange(path: Path, type: str, clock: Clock) -> Iterator[bytes]:
    """The whole file, from settings and rows."""
    if type == "ORDERS":
        messages = ([Message(type, apart(s[1:-1]), association="EAN008") for s in batch] for batch in batches(path))
        return write_edifact(EDIFACT_SENDING, 1, clock.prepared(messages), AT)
    groups = (
        [Group(number, [Set(type, rows[1:-1]) for rows in batch])] for number, batch in enumerate(batches(path, 10), 1)
    )
    return write_x12(X12_SENDING, 1, clock.prepared(groups), AT)


def messages(path: Path, type: str, clock: Clock) -> Iterator[bytes]:
    """The sets, each with the trailer that was counted."""
    if type == "ORDERS":
        taken = (list(map(apart, batch)) for batch in batches(path))
        return write_messages(clock.prepared(taken), DEFAULT, EDIFACT)
    return write_messages(clock.prepared(batches(path)), Delimiters(), X12)


def as_read(path: Path, type: str, clock: Clock) -> Iterator[bytes]:
    """The sets, from rows as they were read, trailers as they stand: what ``write_read`` does, as a stream."""
    standard, d = (EDIFACT, DEFAULT) if type == "ORDERS" else ("X12", Delimiters())
    write = notation(d, standard).read
    return pieces(write(rows, d) for rows in clock.prepared(batches(path)))


KINDS: dict[str, Callable[[Path, str, Clock], Iterator[bytes]]] = {
    "write-interchange": interchange,
    "write-messages": messages,
    "write-read": as_read,
}


def written(kind: str, path: Path, type: str, clock: Clock) -> int:
    """Write a file's content again; how many bytes. Exits where they are not those of the file."""
    clock.run()
    size, check = clock.written(KINDS[kind](path, type, clock))
    clock.stop()
    if (size, check) != checksum(path, whole=kind == "write-interchange"):
        raise SystemExit(f"{path}: what was written differs from it")
    return size


def checksum(path: Path, *, whole: bool) -> tuple[int, int]:
    """Size and checksum of a file, or of its sets alone."""
    size, check = 0, 0
    for piece in chunks(path) if whole else cut(path):
        size, check = size + len(piece), crc32(piece, check)
    return size, check


def cut(path: Path) -> Iterator[bytes]:
    """The bytes of the sets in a file."""
    for event in scan(chunks(path)):
        if isinstance(event, TransactionCut):
            terminator = event.interchange.delimiters.segment
            yield (event.raw if event.raw.endswith(terminator) else event.raw + terminator).encode("latin-1")
