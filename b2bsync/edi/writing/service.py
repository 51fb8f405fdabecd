"""Service segments: what stands around messages is judged by the facts before it is written."""

from collections.abc import Iterable, Iterator

from b2bsync.edi.checks import checks_of
from b2bsync.edi.edifact.release import protect
from b2bsync.edi.errors import Unwritable
from b2bsync.edi.faults import faults
from b2bsync.edi.standard import X12, Facts
from b2bsync.edi.writing.notation import Notation
from b2bsync.edi.writing.rows import Row
from b2bsync.vocabulary.findings import Finding, Severity

PIECE = 64 * 1024
"""Bytes of which a piece of a stream has at least so many, but for the last one."""

_LEVELS = {"ISA": "interchange", "UNB": "interchange", "GS": "group", "UNG": "group"}


def service_segment(notation: Notation, known: Facts, row: Row, unjudged: frozenset[str] = frozenset()) -> bytes:
    """One service segment. Raises Unwritable for what the standard does not allow in it, but for the data elements
    that are not to be judged."""
    data = notation.segments([row])
    if notation.standard == X12:  # no composites, and nothing was released or replaced
        refuse_faults(notation, known, _trimmed(row), unjudged)
        return data
    text = data.decode(notation.codec)[: -1 - len(notation.suffix)]
    refuse_faults(notation, known, protect(text, notation.delimiters).split(notation.delimiters.element), unjudged)
    return data


def _trimmed(row: Row) -> list[str]:
    texts = [str(element) for element in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def refuse_faults(notation: Notation, known: Facts, row: list[str], unjudged: frozenset[str] = frozenset()) -> None:
    """Raise Unwritable for the first error in a row as it would be read."""
    segment = known.segment(row[0])
    if not checks_of(segment, notation.standard)[len(row)](row, notation.delimiters.component):
        return
    for fault in faults(segment, row, notation.delimiters, notation.standard):
        if fault.severity is not Severity.WARNING and fault.reference not in unjudged:
            raise Unwritable(
                Finding(
                    severity=Severity.ERROR, code=fault.code, message=f"{row[0]}{fault.element:02d}: {fault.message}",
                    ack_level=_LEVELS.get(row[0]), tag=row[0], element=fault.element, component=fault.component,
                    reference=fault.reference or None, value=fault.value or None, allowed=fault.allowed,
                )
            )  # fmt: skip


def pieces(parts: Iterable[bytes], size: int = PIECE) -> Iterator[bytes]:
    """The same bytes in fewer, larger pieces."""
    waiting, length = list[bytes](), 0
    for part in parts:
        waiting.append(part)
        length += len(part)
        if length >= size:
            yield b"".join(waiting)
            waiting, length = [], 0
    if waiting:
        yield b"".join(waiting)
