"""What is written: rows ``[tag, element, …]`` of values that know nothing of delimiters.

An element is one value, a composite or a repetition::

    ["PO1", "1", Decimal("6"), "CS"]                      PO1*1*6*CS~
    ["DTM", ("137", "20260914", "102")]                   DTM+137:20260914:102'
    ["REF", Repeated(("A", ("B", "C")))]                  REF*A^B>C~

Text stays what it is, whatever stands in it. Numbers are written in digits, a ``Decimal`` with the decimal mark of the
interchange and without exponent. None is an empty position.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from b2bsync.edi.edifact.release import restore
from b2bsync.edi.envelope import Delimiters

Value = str | Decimal | int | None
Composite = tuple[Value, ...]


class Repeated(tuple[Value | Composite, ...]):
    """An element that stands several times: each a value or a composite."""

    __slots__ = ()


Element = Value | Composite | Repeated
Row = Sequence[Element]


def text_of(value: Value, decimal: str) -> str:
    """A value as text, numbers with that decimal mark. Raises TypeError for anything else, and for numbers that are
    not finite."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Decimal) and value.is_finite():
        text = format(value, "f")
        return text if decimal == "." else text.replace(".", decimal)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"{value!r} is no text and no number")


def texts_of(element: Element, decimal: str) -> list[list[str]]:
    """An element as its repetitions, each the list of its components; at least one of one text. Raises TypeError."""
    if isinstance(element, Repeated):
        return [_components(part, decimal) for part in element] or [[""]]
    return [_components(element, decimal)]


def _components(part: Value | Composite, decimal: str) -> list[str]:
    if isinstance(part, tuple | list):
        return [text_of(value, decimal) for value in part] or [""]
    return [text_of(part, decimal)]


def element_of(texts: list[list[str]]) -> str | tuple[str, ...] | Repeated:
    """The way back from :func:`texts_of`."""
    parts = [part[0] if len(part) == 1 else tuple(part) for part in texts]
    return parts[0] if len(parts) == 1 else Repeated(parts)


def taken_apart(row: Sequence[str], delimiters: Delimiters) -> list[Element]:
    """A row as :func:`b2bsync.edi.read_set` and :func:`b2bsync.edi.segments` give it, with the delimiters that it was
    read with, as values."""
    return [row[0], *_elements(row[1:], delimiters)]


def _elements(elements: Sequence[str], d: Delimiters) -> Iterator[Element]:
    for element in elements:
        repetitions = element.split(d.repetition) if d.repetition else [element]
        yield element_of(
            [[restore(v, d) for v in (part.split(d.component) if d.component else [part])] for part in repetitions]
        )
