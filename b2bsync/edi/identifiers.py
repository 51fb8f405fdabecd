"""GS1 numbers in segments: which qualifier says that a value ends in a check digit, by element numbers."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from b2bsync.edi.standard import EDIFACT, X12, Composite, Segment, Use
from b2bsync.vocabulary.identifiers import has_valid_check_digit


class Kind(NamedTuple):
    """A kind of number: what it is called and how many digits it may have."""

    name: str
    lengths: tuple[int, ...]


GTIN, GLN, SSCC = Kind("GTIN", (8, 12, 13, 14)), Kind("GLN", (13,)), Kind("SSCC", (18, 20))

# Element number of the qualifier, that of the value, and the qualifiers that name a GS1 number.
_X12 = (
    ("235", "234", {"UP": GTIN, "UK": GTIN, "EN": GTIN, "EO": GTIN, "UI": GTIN}),
    ("66", "67", {"UL": GLN}),
    ("88", "87", {"GM": SSCC, "AA": SSCC}),
)
_EDIFACT = (
    ("7143", "7140", {"EN": GTIN, "UP": GTIN, "SRV": GTIN}),
    ("3055", "3039", {"9": GLN}),
)


class Sort(NamedTuple):
    """Element numbers of a qualifier and its value, and the kinds of number that qualifiers name."""

    qualifier: str
    value: str
    kinds: dict[str, Kind]


def kinds(standard: str) -> tuple[Sort, ...]:
    """All of a syntax."""
    return tuple(Sort(*each) for each in (_EDIFACT if standard == EDIFACT else _X12))


class Pair(NamedTuple):
    """Where a qualifier and its value stand in a segment or composite, counted from 1."""

    qualifier: int
    value: int
    kinds: dict[str, Kind]


@cache
def pairs(owner: Segment | Composite, standard: str) -> tuple[Pair, ...]:
    """The pairs of qualifier and GS1 number that a segment or composite has."""
    found = []
    for qualifier, value, kinds in _EDIFACT if standard == EDIFACT else _X12:
        for place, use in enumerate(owner.uses, 1):
            at = _partner(owner.uses, place, qualifier, value) if use.reference == qualifier else 0
            if at:
                found.append(Pair(place, at, kinds))
    return tuple(found)


def _partner(uses: Sequence[Use], place: int, qualifier: str, value: str) -> int:
    """The position of the value beside a qualifier: behind it in X12, before it in EDIFACT's composites; 0 for none."""
    if place < len(uses) and uses[place].reference == value:
        return place + 1
    return next((p for p in range(place - 1, 0, -1) if uses[p - 1].reference == value), 0) if qualifier != "235" else 0


def is_wrong(kind: Kind, value: str) -> bool:
    """Whether a value is no number of that kind: another length, or a check digit that is not right."""
    if kind is SSCC and len(value) == 20:
        value = value[2:]
    return not has_valid_check_digit(value, kind.lengths)


_DIGITS = bytes((n - 48) % 256 for n in range(256))
_TENS = bytes(range(0, 256, 10))
_WIDTH = 14  # of the longest GTIN
_WEIGHTS = {width: sum((3 if n % 2 else 1) << 8 * n for n in range(width)) for width in range(1, _WIDTH + 1)}


def are_right(kind: Kind, values: Sequence[str]) -> bool:
    """Whether all are numbers of a kind, at little more than the cost of one.

    One product weighs all digits: every number takes as many bytes as it has digits, and the byte behind its last one
    becomes the sum of its own. Seven times 9 and seven times 27 fit into it, so that nothing is carried.
    """
    if kind is SSCC or len(values) < 3:
        return not any(is_wrong(kind, value) for value in values)
    lengths = {*map(len, values)}
    if not lengths <= {*kind.lengths}:
        return False
    width = lengths.pop() if len(lengths) == 1 else _WIDTH
    text = "".join(values if not lengths else [value.rjust(width, "0") for value in values])
    if not (text.isascii() and text.isdigit()):
        return False
    weighed = int.from_bytes(text.encode().translate(_DIGITS), "little") * _WEIGHTS[width]
    return not weighed.to_bytes(len(text) + width, "little")[width - 1 : len(text) : width].translate(None, _TENS)


_QUALIFIERS = {
    standard: frozenset(name for sort in kinds(standard) for name in sort.kinds) for standard in (X12, EDIFACT)
}


def wrong_ones(owner: Segment | Composite, standard: str, values: Sequence[str]) -> Iterator[tuple[int, Kind, str]]:
    """Position, kind and value of each GS1 number among the values that is wrong."""
    if _QUALIFIERS[standard].isdisjoint(values):
        return
    for pair in pairs(owner, standard):
        if pair.qualifier <= len(values) and pair.value <= len(values):
            kind, value = pair.kinds.get(values[pair.qualifier - 1]), values[pair.value - 1]
            if kind is not None and value and is_wrong(kind, value):
                yield pair.value, kind, value
