"""The standards' facts: elements, composites, segments and message structures of X12 versions and EDIFACT directories.

The data is compiled by ``tools/compile_facts.py``; its layout is described there. It is loaded once, on first use;
segments and messages are decoded one by one when they are asked for.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from b2bsync.edi.errors import CodecError
from b2bsync.vocabulary.findings import Finding, Severity

X12, EDIFACT = "X12", "EDIFACT"


class Element(msgspec.Struct, frozen=True):
    """A data element. Lengths are in characters; of numbers without sign and decimal mark (X12.6 §3.5.1, ISO 9735-1
    §10).

    ``type``: in X12 AN, ID, N0 … N6 (implied decimals), R, DT (date), TM (time); in EDIFACT a, n, an. ``codes`` is
    empty for lists that are not shipped; values of other lists are never judged.
    """

    reference: str
    type: str
    minimum: int
    maximum: int
    codes: frozenset[str] = frozenset()


class Relation(msgspec.Struct, frozen=True):
    """A syntax relation between positions (X12.6 §3.8.3.3).

    P all or none, R at least one, E at most one, C if the first then all others, L if the first then at least one.
    ``sure`` is false where it was taken from another version: to break it is worth a warning.
    """

    kind: str
    positions: tuple[int, ...]
    sure: bool = True

    def __str__(self) -> str:
        return self.kind + "".join(f"{p:02d}" for p in self.positions)

    def holds(self, filled: set[int]) -> bool:
        """Whether it is kept, by the positions that are filled."""
        positions = self.positions
        if self.kind == "R" or filled.isdisjoint(positions):
            return self.kind != "R" or not filled.isdisjoint(positions)
        if self.kind == "P":
            return filled.issuperset(positions)
        if self.kind == "E":
            return len(filled.intersection(positions)) < 2
        if positions[0] not in filled:
            return True
        return filled.issuperset(positions) if self.kind == "C" else not filled.isdisjoint(positions[1:])


class Use(msgspec.Struct, frozen=True):
    """One position of a segment or composite: what stands there, whether it must, and how often it may."""

    reference: str
    requirement: str  # M mandatory, O optional (in EDIFACT conditional), X by relation
    element: Element | None  # None where a composite stands
    composite: "Composite | None" = None
    repeat: int = 1

    @property
    def mandatory(self) -> bool:
        return self.requirement == "M"


class Composite(msgspec.Struct, frozen=True, eq=False):
    """A composite element with its components; ``relations`` count components. There is one of each in a version, which
    is known by itself: what follows from it is remembered for it."""

    reference: str
    uses: tuple[Use, ...]
    relations: tuple[Relation, ...]


class Segment(msgspec.Struct, frozen=True, eq=False):
    """A segment's positions, counted from 1: ``uses[0]`` is element 01. There is one of each in a version, as of
    composites."""

    tag: str
    uses: tuple[Use, ...]
    relations: tuple[Relation, ...]


class _Data(msgspec.Struct):
    standard: str
    version: str
    elements: dict[str, tuple[str, int, int]]
    codes: dict[str, str]
    composites: dict[str, tuple[str, str]]
    segments: dict[str, tuple[str, str]]
    messages: dict[str, tuple[str, msgspec.Raw]]


_RELATION = re.compile(r"[PRECLprecl](?:\d\d)+")
_USE = re.compile(r"([A-Z]?[0-9]+)([MX]?)(?:\*([0-9]+))?").fullmatch


def _relations(text: str) -> tuple[Relation, ...]:
    return tuple(
        Relation(item[0].upper(), tuple(int(item[i : i + 2]) for i in range(1, len(item), 2)), sure=item[0].isupper())
        for item in _RELATION.findall(text)
    )


class Facts:
    """The facts of one version. Made by :func:`facts`."""

    def __init__(self, data: _Data) -> None:
        self.standard, self.version = data.standard, data.version
        self._data = data
        self._elements: dict[str, Element] = {}
        self._composites: dict[str, Composite] = {}
        self._segments: dict[str, Segment] = {}

    @property
    def message_types(self) -> tuple[str, ...]:
        """The sets (ST01) or messages (UNH 0065) this version knows."""
        return tuple(sorted(self._data.messages))

    def has_segment(self, tag: str) -> bool:
        return tag in self._data.segments

    def element(self, reference: str) -> Element:
        """A data element by its number, such as ``"355"`` or ``"3035"``. Raises KeyError."""
        known = self._elements.get(reference)
        if known is None:
            kind, minimum, maximum = self._data.elements[reference]
            codes = frozenset(self._data.codes.get(reference, "").split())
            known = self._elements[reference] = Element(reference, kind, minimum, maximum, codes)
        return known

    def composite(self, reference: str) -> Composite:
        """A composite by its number, such as ``"C001"`` or ``"S009"``. Raises KeyError."""
        known = self._composites.get(reference)
        if known is None:
            uses, relations = self._data.composites[reference]
            known = self._composites[reference] = Composite(reference, self._uses(uses), _relations(relations))
        return known

    def segment(self, tag: str) -> Segment:
        """A segment by its tag, such as ``"PO1"`` or ``"LIN"``. Raises KeyError."""
        known = self._segments.get(tag)
        if known is None:
            said, relations = self._data.segments[tag]
            uses = self._uses(said)
            if self.standard == EDIFACT:  # before syntax 4 what repeats stands side by side (ISO 9735-1 §8.6)
                again = [(use, msgspec.structs.replace(use, requirement="O")) for use in uses]
                uses = tuple(use if not n else other for use, other in again for n in range(use.repeat))
            known = self._segments[tag] = Segment(tag, uses, _relations(relations))
        return known

    def structure(self, type: str) -> tuple[str, list[Any]]:
        """Group code (GS01) and structure entries of a message, in the layout of the compiled data. Raises KeyError."""
        group, raw = self._data.messages[type]
        return group, msgspec.json.decode(raw)

    def _uses(self, text: str) -> tuple[Use, ...]:
        result = []
        for word in text.split():
            found = _USE(word)
            assert found is not None, word
            reference, requirement, repeat = found[1], found[2] or "O", int(found[3] or 1)
            if reference in self._data.composites:
                result.append(Use(reference, requirement, None, self.composite(reference), repeat))
            else:
                result.append(Use(reference, requirement, self.element(reference), None, repeat))
        return tuple(result)


_FILES = {
    "004010": "x12-004010",
    "005010": "x12-005010",
    "D93A": "edifact-d93a",
    "D96A": "edifact-d96a",
    "D97A": "edifact-d97a",
    "D01B": "edifact-d01b",
    "UN3": "edifact-un3",
    "UN4": "edifact-un4",
}

VERSIONS = ("004010", "005010")
"""The X12 versions whose facts are shipped."""

DIRECTORIES = ("D93A", "D96A", "D97A", "D01B")
"""The EDIFACT directories whose facts are shipped; beside them UN3 and UN4, the service segments of each syntax."""

_MINORS = (10, 20, 30, 40, 50, 60, 70)  # the releases that one X12 version has at most


def release(version: str) -> str:
    """The standard's release in a GS08 value, ``004010`` of ``004010VICS``; an EDIFACT directory stays what it is."""
    return version.strip()[:6]


def is_known(version: str) -> bool:
    """Whether facts for this version are shipped: a GS08 value, ``D96A``, ``UN3``."""
    return release(version) in _FILES


def nearest(version: str) -> str | None:
    """The version whose facts fit best: itself where they are shipped, else the one that is fewest releases away, the
    older of two. None where it names no version at all.

    X12 counts 003070, 004010, 004020 …; EDIFACT D93A, D94A … with two directories a year, ``D`` or ``S``.
    """
    said = release(version).upper()
    if said in _FILES:
        return said
    place = _place(said)
    if place is None:
        return None
    standard, number = place
    others = VERSIONS if standard == X12 else DIRECTORIES
    return min(others, key=lambda other: abs((_place(other) or place)[1] - number))


def _place(version: str) -> tuple[str, float] | None:
    """Standard and a number that grows with the release."""
    if re.fullmatch(r"00[2-9]0[0-7]0", version):
        major, minor = int(version[:3]), int(version[3:])
        return X12, major * len(_MINORS) + minor / 10
    if re.fullmatch(r"[DS][0-9]{2}[A-Z]", version):
        year = int(version[1:3])
        return EDIFACT, (year + (100 if year < 80 else 0)) * 2 + (version[3] > "A")
    return None


def facts(version: str) -> Facts:
    """The facts of a version named as in GS08 (``004010``, ``004010VICS``), of an EDIFACT directory (``D96A``), or of
    the service segments of a syntax (``UN3``, ``UN4``). Raises CodecError for one that is not shipped."""
    if not is_known(version):
        raise CodecError(
            Finding(
                severity=Severity.FATAL,
                code="version-unknown",
                message=f"there are no facts for version {version!r}",
                ack_level="group",
                ack_code="2",
                value=version,
                allowed=", ".join((*VERSIONS, *DIRECTORIES)),
            )
        )
    return _load(release(version))


@cache
def _load(version: str) -> Facts:
    source = files("b2bsync.edi").joinpath("facts").joinpath(f"{_FILES[version]}.json")
    return Facts(msgspec.json.decode(source.read_bytes(), type=_Data))
