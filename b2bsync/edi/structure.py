"""Message structure for those who look things up: which segment stands in which loop, how often, with what elements."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import msgspec

from b2bsync.edi import standard
from b2bsync.edi.errors import CodecError
from b2bsync.vocabulary.findings import Finding, Severity

UNBOUNDED = 1 << 60
"""Stands for "any number" in ``maximum``."""


class SegmentRule(msgspec.Struct, frozen=True):
    """A segment's place in a loop. ``maximum`` is ``UNBOUNDED`` where the standard says ">1"."""

    tag: str
    mandatory: bool
    maximum: int
    segment: standard.Segment


class LoopRule(msgspec.Struct, frozen=True):
    """A loop's place. In X12 it is named by the segment that opens it (``N1``, and ``N1_2`` where another one stands
    before it at the same level), in EDIFACT by its number (``SG2``); the message itself is the loop with an empty id.

    ``items`` are in the standard's order; the first is the opening segment (none for the message).
    ``path`` is the way from the message: ``("PO1", "SCH")``, ``("SG25", "SG28")``.
    """

    id: str
    path: tuple[str, ...]
    mandatory: bool
    maximum: int
    items: tuple["SegmentRule | LoopRule", ...]

    @property
    def tag(self) -> str:
        """The segment that opens it; empty for the message."""
        first = self.items[0]
        return first.tag if self.path and isinstance(first, SegmentRule) else ""

    def find(self, name: str) -> "SegmentRule | LoopRule | None":
        """What a segment's tag or a loop's id is directly below this loop, or nothing.

        The opening segment of this loop itself is found as a segment. In X12 a tag is found as the loop that it opens.
        """
        for item in self.items:
            if (item.tag if isinstance(item, SegmentRule) else item.id) == name:
                return item
        return None

    def loops(self) -> Iterator["LoopRule"]:
        """All loops below this one, outer before inner, in the standard's order."""
        for item in self.items:
            if isinstance(item, LoopRule):
                yield item
                yield from item.loops()

    def segments(self) -> Iterator[SegmentRule]:
        """The segments directly in this loop."""
        return (item for item in self.items if isinstance(item, SegmentRule))


class MessageGrammar:
    """The structure of one transaction set or message."""

    def __init__(self, version: str, type: str, group: str, root: LoopRule) -> None:
        self.version, self.type, self.group, self.root = version, type, group, root

    def at(self, path: Sequence[str]) -> LoopRule | None:
        """The loop at a path of loop ids, the message for an empty path, or None."""
        place: LoopRule | None = self.root
        for step in path:
            found = place.find(step) if place else None
            place = found if isinstance(found, LoopRule) else None
        return place

    def paths(self, tag: str) -> tuple[tuple[str, ...], ...]:
        """Every loop in which segment ``tag`` stands, outer and earlier ones first: ``(("N1",), …)`` for N1."""
        return tuple(
            loop.path for loop in (self.root, *self.root.loops()) if any(rule.tag == tag for rule in loop.segments())
        )


class Grammar:
    """One version: its message structures and segments."""

    def __init__(self, version: str) -> None:
        self.facts = standard.facts(version)
        self.version = self.facts.version
        self._messages: dict[str, MessageGrammar] = {}

    @property
    def types(self) -> tuple[str, ...]:
        """The sets (ST01) or messages (0065) of this version."""
        return self.facts.message_types

    def segment(self, tag: str) -> standard.Segment | None:
        """Elements and relations of a segment, or None when the version has no such segment."""
        return self.facts.segment(tag) if self.facts.has_segment(tag) else None

    def element_count(self, tag: str) -> int:
        """How many positions a segment has; 0 when the version has no such segment."""
        found = self.segment(tag)
        return len(found.uses) if found else 0

    def message(self, type: str) -> MessageGrammar:
        """The structure of a set (``"850"``) or message (``"ORDERS"``). Raises CodecError when there is none."""
        known = self._messages.get(type)
        if known is None:
            if type not in self.types:
                raise CodecError(
                    Finding(
                        severity=Severity.FATAL,
                        code="set-unknown",
                        message=f"{self.facts.standard} {self.version} has no {self._set} {type!r} here",
                        ack_level="set",
                        ack_code="1" if self.facts.standard == standard.X12 else "14",
                        tag="ST" if self.facts.standard == standard.X12 else "UNH",
                        element=1 if self.facts.standard == standard.X12 else 2,
                        value=type,
                        allowed=", ".join(self.types),
                    )
                )
            group, entries = self.facts.structure(type)
            root = LoopRule("", (), True, 1, tuple(self._rule(entry, ()) for entry in entries))
            known = self._messages[type] = MessageGrammar(self.version, type, group, root)
        return known

    @property
    def _set(self) -> str:
        return "transaction set" if self.facts.standard == standard.X12 else "message"

    def _rule(self, entry: list[Any], path: tuple[str, ...]) -> SegmentRule | LoopRule:
        name, mandatory, maximum = entry[:3]
        if len(entry) == 3:
            return SegmentRule(name, bool(mandatory), maximum or UNBOUNDED, self.facts.segment(name))
        inner = (*path, name)
        return LoopRule(
            name, inner, bool(mandatory), maximum or UNBOUNDED, tuple(self._rule(item, inner) for item in entry[3])
        )


def grammar(version: str) -> Grammar:
    """The grammar of a version: a GS08 value (``004010``, ``004010VICS``), ``D96A``, ``UN3``. Raises CodecError."""
    return _grammar(standard.release(version)) if standard.is_known(version) else Grammar(version)


@cache
def _grammar(version: str) -> Grammar:
    return Grammar(version)
