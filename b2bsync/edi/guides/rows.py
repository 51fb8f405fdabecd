"""Makes one segment for a sample: which elements must stand, and what stands in them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from b2bsync.edi.guides.guide import Content, Qualifier, Spot
from b2bsync.edi.guides.values import EDIFACT_VALUES, USUAL, X12_VALUES, Limits, identifier, moment, value
from b2bsync.edi.identifiers import pairs
from b2bsync.edi.standard import EDIFACT, Composite, Relation, Segment, Use


class Row(NamedTuple):
    """A segment: its elements with their components, empty lists where nothing stands."""

    tag: str
    values: list[list[str]]


class Seed(msgspec.Struct, frozen=True):
    """What tells one occurrence from the others: values that must stand, and values that must not."""

    wishes: Mapping[Spot, str] = {}
    avoid: Mapping[Spot, frozenset[str]] = {}

    @classmethod
    def of(cls, tests: Iterable[Qualifier]) -> "Seed":
        """An occurrence that meets tests."""
        tests = tuple(tests)
        return cls(
            {test.spots[0]: test.values[0] for test in tests if not test.negative},
            {spot: frozenset(test.values) for test in tests if test.negative for spot in test.spots},
        )

    @classmethod
    def without(cls, others: Iterable[tuple[Qualifier, ...]]) -> "Seed":
        """An occurrence that meets none of several lists of tests."""
        avoid: dict[Spot, frozenset[str]] = {}
        for tests in others:
            if not tests[0].negative:
                for spot in tests[0].spots:
                    avoid[spot] = avoid.get(spot, frozenset()) | frozenset(tests[0].values)
        return cls({}, avoid)

    def given(self, wishes: Mapping[Spot, str]) -> "Seed":
        """The same with further values; where both say one, its own."""
        return Seed({**wishes, **self.wishes}, self.avoid) if wishes else self

    def meets(self, tests: Iterable[Qualifier]) -> bool:
        """Whether its values are enough to meet tests."""
        return all(
            not test.negative and any(self.wishes.get(spot) in test.values for spot in test.spots) for test in tests
        )


def segment_row(segment: Segment, standard: str, seed: Seed, rules: Iterable[Content]) -> Row:
    """A segment with its mandatory elements, those that a seed and a guide's rules ask for, and what relations ask for
    then. Where no value was found that keeps the rules, the element stays empty."""
    return _Filling(standard, seed, tuple(rules)).segment(segment)


class _Filling:
    def __init__(self, standard: str, seed: Seed, rules: tuple[Content, ...]) -> None:
        self.standard, self.seed, self.rules = standard, seed, rules
        self.known = EDIFACT_VALUES if standard == EDIFACT else X12_VALUES

    def segment(self, segment: Segment) -> Row:
        filled = self._chosen(segment.uses, segment.relations, None)
        values: list[list[str]] = [[] for _ in range(max(filled, default=0))]
        for number in sorted(filled):
            use = segment.uses[number - 1]
            if use.composite is not None:
                values[number - 1] = self._components(use.composite, number)
            else:
                values[number - 1] = [self._value(use, Spot(number))]
        for pair in pairs(segment, self.standard):
            if max(pair.qualifier, pair.value) <= len(values) and values[pair.qualifier - 1]:
                kind = pair.kinds.get(values[pair.qualifier - 1][0])
                if kind is not None and values[pair.value - 1]:
                    wish = identifier(kind)
                    values[pair.value - 1] = [self._value(segment.uses[pair.value - 1], Spot(pair.value), wish)]
        return Row(segment.tag, values)

    def _components(self, composite: Composite, element: int) -> list[str]:
        filled = self._chosen(composite.uses, composite.relations, element)
        values = [""] * max(filled, default=0)
        for number in sorted(filled):
            values[number - 1] = self._value(composite.uses[number - 1], Spot(element, number))
        wishes: dict[int, str | None] = {}
        for pair in pairs(composite, self.standard):
            if max(pair.qualifier, pair.value) <= len(values) and values[pair.value - 1]:
                kind = pair.kinds.get(values[pair.qualifier - 1])
                wishes[pair.value] = identifier(kind) if kind is not None else None
        if composite.reference == "C507" and len(values) > 2 and values[1]:
            wishes[2] = moment(values[2])
        for number, wish in wishes.items():
            if wish is not None:
                values[number - 1] = self._value(composite.uses[number - 1], Spot(element, number), wish)
        return values

    def _value(self, use: Use, spot: Spot, wish: str | None = None) -> str:
        """A value that keeps the rules; empty where none was found."""
        assert use.element is not None
        rules = [rule for rule in self.rules if spot in rule.place.spots]
        listed = [rule.codes for rule in rules if rule.codes]
        limits = Limits(
            codes=tuple(code for code in listed[0] if all(code in others for others in listed)) if listed else (),
            shortest=max((rule.shortest or 0 for rule in rules), default=0),
            longest=min((rule.longest for rule in rules if rule.longest), default=use.element.maximum),
            patterns=tuple(rule.pattern for rule in rules if rule.pattern is not None),
            example=next((rule.example for rule in rules if rule.example is not None), None),
            avoid=self.seed.avoid.get(spot, frozenset()),
        )
        return value(use.element, self.standard, limits, wish or self.seed.wishes.get(spot)) or ""

    def _chosen(self, uses: tuple[Use, ...], relations: tuple[Relation, ...], element: int | None) -> frozenset[int]:
        """The positions that are filled, at least one."""

        def spot(number: int) -> Spot:
            return Spot(element, number) if element else Spot(number)

        asked = {*self.seed.wishes, *(s for rule in self.rules if rule.mandatory for s in rule.place.spots)}
        named = {rule.place.spots[0] for rule in self.rules if rule.used and len(rule.place.spots) == 1}
        if element is None:
            asked, named = {Spot(each.element) for each in asked}, {Spot(each.element) for each in named}
        unused = {each for rule in self.rules if not rule.used for each in rule.place.spots}
        closed = frozenset(n for n in range(1, len(uses) + 1) if spot(n) in unused)
        must = frozenset(n for n, use in enumerate(uses, 1) if use.mandatory or spot(n) in asked)
        if not must:
            must = frozenset([next(n for n in range(1, len(uses) + 1) if n not in closed)])
        known = frozenset(n for n, use in enumerate(uses, 1) if use.reference in self.known)
        relating = _Relating(relations, closed, known)
        more = must | (_usual(uses) - closed) | {n for n in range(1, len(uses) + 1) if spot(n) in named}
        return relating.completed(more) or relating.completed(must) or must


def _usual(uses: tuple[Use, ...]) -> frozenset[int]:
    """The positions, each element's first one, that a sample should have."""
    first: dict[str, int] = {}
    for number, use in enumerate(uses, 1):
        inner = [other.reference for other in use.composite.uses] if use.composite is not None else [use.reference]
        if not USUAL.isdisjoint(inner):
            first.setdefault(use.reference, number)
        if use.reference == "3055" and "3039" in first:  # whose code it is
            first["3055"] = number
    return frozenset(first.values())


class _Relating(NamedTuple):
    """Completes positions by the relations of their segment; of several it takes first what is ``preferred``."""

    relations: tuple[Relation, ...]
    closed: frozenset[int]
    preferred: frozenset[int]

    def completed(self, filled: frozenset[int]) -> frozenset[int] | None:
        """The positions with what relations ask for beside them; None where that cannot be."""
        for relation in self.relations:
            there = [p for p in relation.positions if p in filled]
            absent = [p for p in relation.positions if p not in filled]
            first = relation.positions[0]
            if relation.kind == "E" and len(there) > 1:
                return None
            if (relation.kind == "P" and there and absent) or (relation.kind == "C" and first in filled and absent):
                return None if self.closed & set(absent) else self.completed(filled | set(absent))
            if (relation.kind == "R" and not there) or (relation.kind == "L" and there == [first]):
                for position in sorted(absent, key=lambda p: p not in self.preferred):
                    found = None if position in self.closed else self.completed(filled | {position})
                    if found is not None:
                        return found
                return None
        return filled
