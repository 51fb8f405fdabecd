"""The standard's facts: elements, composites, segments and message structures of one X12 version.

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


class Element(msgspec.Struct, frozen=True):
    """A data element. Lengths are in characters; for N and R without sign and decimal point (X12.6 §3.5.1).

    ``type``: AN, ID, N0 … N6 (implied decimals), R, DT (date), TM (time). ``codes`` is empty for lists that are not
    shipped; values of other lists are never judged.
    """

    reference: str
    type: str
    minimum: int
    maximum: int
    codes: frozenset[str] = frozenset()


class Relation(msgspec.Struct, frozen=True):
    """A syntax relation between positions (X12.6 §3.8.3.3).

    P all or none, R at least one, E at most one, C if the first then all others, L if the first then at least one.
    """

    kind: str
    positions: tuple[int, ...]

    def __str__(self) -> str:
        return self.kind + "".join(f"{p:02d}" for p in self.positions)


class Use(msgspec.Struct, frozen=True):
    """One position of a segment or composite: what stands there and whether it must."""

    reference: str
    requirement: str  # M mandatory, O optional, X by relation
    element: Element | None  # None where a composite stands
    composite: "Composite | None" = None

    @property
    def mandatory(self) -> bool:
        return self.requirement == "M"


class Composite(msgspec.Struct, frozen=True):
    """A composite element with its components; ``relations`` count components."""

    reference: str
    uses: tuple[Use, ...]
    relations: tuple[Relation, ...]


class Segment(msgspec.Struct, frozen=True):
    """A segment's positions, counted from 1: ``uses[0]`` is element 01."""

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


_RELATION = re.compile(r"[PRECL](?:\d\d)+")


def _relations(text: str) -> tuple[Relation, ...]:
    return tuple(
        Relation(item[0], tuple(int(item[i : i + 2]) for i in range(1, len(item), 2)))
        for item in _RELATION.findall(text)
    )


class Facts:
    """The facts of one version. Made by :func:`facts`."""

    def __init__(self, data: _Data) -> None:
        self.version = data.version
        self._data = data
        self._elements: dict[str, Element] = {}
        self._composites: dict[str, Composite] = {}
        self._segments: dict[str, Segment] = {}

    @property
    def message_types(self) -> tuple[str, ...]:
        """The set identifiers (ST01) this version knows."""
        return tuple(sorted(self._data.messages))

    def has_segment(self, tag: str) -> bool:
        return tag in self._data.segments

    def element(self, reference: str) -> Element:
        """A data element by its reference number, such as ``"355"``. Raises KeyError."""
        known = self._elements.get(reference)
        if known is None:
            kind, minimum, maximum = self._data.elements[reference]
            codes = frozenset(self._data.codes.get(reference, "").split())
            known = self._elements[reference] = Element(reference, kind, minimum, maximum, codes)
        return known

    def composite(self, reference: str) -> Composite:
        """A composite by its reference, such as ``"C001"``. Raises KeyError."""
        known = self._composites.get(reference)
        if known is None:
            uses, relations = self._data.composites[reference]
            known = self._composites[reference] = Composite(reference, self._uses(uses), _relations(relations))
        return known

    def segment(self, tag: str) -> Segment:
        """A segment by its tag, such as ``"PO1"``. Raises KeyError."""
        known = self._segments.get(tag)
        if known is None:
            uses, relations = self._data.segments[tag]
            known = self._segments[tag] = Segment(tag, self._uses(uses), _relations(relations))
        return known

    def structure(self, type: str) -> tuple[str, list[Any]]:
        """Group code (GS01) and structure entries of a message, in the layout of the compiled data. Raises KeyError."""
        group, raw = self._data.messages[type]
        return group, msgspec.json.decode(raw)

    def _uses(self, text: str) -> tuple[Use, ...]:
        result = []
        for word in text.split():
            reference, requirement = (word[:-1], word[-1]) if word[-1] in "MX" else (word, "O")
            if reference in self._data.composites:
                result.append(Use(reference, requirement, None, self.composite(reference)))
            else:
                result.append(Use(reference, requirement, self.element(reference)))
        return tuple(result)


VERSIONS = ("004010",)
"""The versions whose facts are shipped."""


def release(version: str) -> str:
    """The standard's release in a GS08 value: ``004010VICS`` is ``004010``."""
    return version.strip()[:6]


def is_known(version: str) -> bool:
    """Whether facts for this GS08 value are shipped."""
    return release(version) in VERSIONS


def facts(version: str) -> Facts:
    """The facts of a version named as in GS08 (``004010``, ``004010VICS``). Raises CodecError for an unknown one."""
    if not is_known(version):
        raise CodecError(
            Finding(
                severity=Severity.FATAL,
                code="version-unknown",
                message=f"there are no X12 facts for version {version!r}",
                ack_level="group",
                ack_code="2",
                value=version,
                allowed=", ".join(VERSIONS),
            )
        )
    return _load(release(version))


@cache
def _load(version: str) -> Facts:
    source = files("b2bsync.edi").joinpath("facts").joinpath(f"x12-{version}.json")
    return Facts(msgspec.json.decode(source.read_bytes(), type=_Data))
