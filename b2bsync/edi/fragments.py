"""Segments as possessive patterns: what a segment without any fault looks like, from the facts.

A value that a pattern refuses may still be right; one that it takes is. Segments end where such segments were seen to
end, none with an empty position; where relations between positions depend on more than that, behind any of them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import msgspec

from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.shapes import Shape
from b2bsync.edi.standard import EDIFACT, Composite, Element, Relation, Segment, Use
from b2bsync.edi.structure import UNBOUNDED
from b2bsync.edi.text import value_characters

_DAYS = (
    "(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)|02(?:0[1-9]|1[0-9]|2[0-8]))"
)
_DAY = f"(?:(?!0000)[0-9]{{4}}{_DAYS})"  # 29 February is left to the rules
_SHORT_DAY = f"(?:[0-9]{{2}}{_DAYS})"
_CLOCK = "(?:[01][0-9]|2[0-3])[0-5][0-9]"

_SHORT = re.compile(r"(\[[^]]+\])\{1,([0-9]+)\}\+").fullmatch
"""The pattern of a text that may have one character."""

MOST_DECIMALS = 6

Combination = tuple[bool, bool]


class Fragments:
    """Patterns for the sets of one type with one set of delimiters. ``unseen``: values that an element is not to have,
    by its number, because what would follow from them is not looked at; ``codes``: of the elements with code lists,
    those that are to be."""

    def __init__(
        self,
        delimiters: Delimiters,
        standard: str,
        type: str,
        unseen: Mapping[str, Iterable[str]],
        codes: Mapping[str, set[str]],
    ) -> None:
        d = delimiters
        self.standard, self.type, self.unseen, self.codes = standard, type, unseen, codes
        self.e, self.t, self.c = re.escape(d.element), re.escape(d.segment), re.escape(d.component)
        self.other = value_characters(d)
        self.any = value_characters(d, d.component + (d.repetition or ""))

    @staticmethod
    def times(inner: str, mandatory: bool, maximum: int) -> str:
        """Something as often as it may stand."""
        if maximum == 1:
            return inner if mandatory else f"(?:{inner})?+"
        most = "" if maximum >= UNBOUNDED else str(maximum)
        return f"(?:{inner}){{{int(mandatory)},{most}}}+"

    def segment(self, segment: Segment, shape: Shape) -> str:
        """A segment with its terminator, of rows like those that were seen."""
        uses, firsts = segment.uses, dict[int, str]()
        if segment.tag == "ST":
            firsts[1] = re.escape(self.type)
        elif segment.tag == "UNH" and len(uses) > 1 and uses[1].composite is not None:
            firsts[2] = self._composite(uses[1].composite, shape.parts.get(2), re.escape(self.type))
        within = uses[: max(shape.ends(uses))]
        values = self._values(within, shape, firsts)
        if shape.settles(segment.relations, uses):
            return f"{re.escape(segment.tag)}{self._row(self.e, self.e, uses, shape, values)}{self.t}"
        return _Elements(self, segment, within, values).pattern  # any way that the relations allow

    def _values(self, uses: Sequence[Use], shape: Shape, firsts: Mapping[int, str]) -> list[str]:
        """The pattern of each position where it is filled; ``firsts`` are known already."""
        return [
            firsts.get(position) or self._use(use, shape.parts.get(position)) for position, use in enumerate(uses, 1)
        ]

    def _row(self, before: str, between: str, uses: Sequence[Use], shape: Shape, values: Sequence[str]) -> str:
        """Positions as they were seen, with what separates them; it ends with a value."""
        ends, tail = shape.ends(uses), ""
        for position in range(max(ends), 0, -1):
            value, states = values[position - 1], shape.states(position, uses[position - 1])
            inner = (value if states == (True,) else self.maybe(value) if True in states else "") + tail
            inner = (between if position > 1 else before) + inner
            tail = f"(?:{inner})?+" if position - 1 in ends else inner
        hollow = any(end and False in shape.states(end, uses[end - 1]) for end in ends)
        return f"{tail}(?<!{between})" if hollow else tail

    def any_segment(self, segment: Segment, shape: Shape) -> str:
        """A segment with its terminator, whatever its elements are."""
        return f"{re.escape(segment.tag)}{self.e}[^{self.t}]*+{self.t}"

    def _use(self, use: Use, shape: Shape | None) -> str:
        if use.composite is not None:
            return self._composite(use.composite, shape)
        assert use.element is not None
        return self._value(use.element)

    def _composite(self, composite: Composite, shape: Shape | None, first: str | None = None) -> str:
        """A composite whose components were seen like this; ``first``: what its first component must be. One that was
        never filled, or whose relations depend on more than that, is taken with its first one and the mandatory ones.
        """
        uses = composite.uses
        if shape is None or not shape.settles(composite.relations, uses):
            shape = Shape()
            shape.learn(["?"], uses, "")
        values = self._values(uses, shape, {1: first} if first else {})
        begins = shape.states(1, uses[0]) == (True,)
        return ("" if begins else f"(?={self.any})") + self._row("", self.c, uses, shape, values)

    def _value(self, rule: Element) -> str:
        unseen = "|".join(map(re.escape, self.unseen.get(rule.reference, ())))
        return (f"(?!(?:{unseen})(?!{self.other}))" if unseen else "") + self._plain(rule)

    def _plain(self, rule: Element) -> str:
        low, high = max(rule.minimum, 1), rule.maximum
        if rule.codes:
            known = rule.codes & self.codes.get(rule.reference, set())
            codes = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
            return f"(?:{codes})" if codes else "(?!)"
        if self.standard == EDIFACT:
            if rule.type == "n":
                return self._number(".,", low, high)
            return f"{self.other}{{{low},{high}}}+" if rule.type == "an" else f"[A-Za-z]{{{low},{high}}}+"
        if rule.type == "DT":
            return {(8, 8): _DAY, (6, 6): _SHORT_DAY}.get((low, high), f"(?:{_DAY}|{_SHORT_DAY}(?!{self.other}))")
        if rule.type == "TM":
            return f"(?={self.other}{{{low},{high}}}(?!{self.other})){_CLOCK}(?:[0-5][0-9][0-9]{{0,2}})?+"
        if rule.type == "R":
            return self._number(".", low, high)
        if rule.type[0] == "N":
            return f"-?[0-9]{{{low},{high}}}+"
        return f"{self.other}{{{low},{high}}}+"

    def _number(self, marks: str, low: int, high: int) -> str:
        """A number with one of the decimal marks or without; of those with many digits on one side of it most are left
        to the rules, for here each side has its own limit."""
        behind = min(high // 2, MOST_DECIMALS)
        enough = f"(?=[0-9]{{{low}}})" if low > 1 else ""
        least = int(self.standard == EDIFACT)  # X12 has .5
        fraction = f"|[0-9]{{{least},{high - behind}}}+[{marks}][0-9]{{1,{behind}}}+" if behind else ""
        return f"-?{enough}(?:[0-9]{{1,{high}}}+(?![{marks}]){fraction})"

    @staticmethod
    def maybe(value: str) -> str:
        """A value or nothing."""
        text = _SHORT(value)
        return f"{text[1]}{{0,{text[2]}}}+" if text else f"(?:{value})?+"


class _Elements:
    """The elements of one segment, with the relations between them."""

    def __init__(self, fragments: Fragments, segment: Segment, uses: tuple[Use, ...], values: list[str]) -> None:
        self.f, self.uses, self.values = fragments, uses, values
        self.relations = [r for r in segment.relations if not self._alone(r)]
        self.tag = re.escape(segment.tag)

    def _alone(self, relation: Relation) -> bool:
        """One of several must stand and only one is within reach: then that one must."""
        there = [p for p in relation.positions if p <= len(self.uses)]
        if relation.kind != "R" or len(there) != 1:
            return False
        n = there[0] - 1
        self.uses = (*self.uses[:n], msgspec.structs.replace(self.uses[n], requirement="M"), *self.uses[n + 1 :])
        return True

    @cached_property
    def pairs(self) -> dict[int, list[Relation]]:
        """Relations between two neighbours, by the first of them; no position is in two pairs."""
        found: dict[int, list[Relation]] = {}
        taken: set[int] = set()
        for relation in sorted(self.relations, key=lambda r: r.kind != "P"):  # the most common ones first
            places = sorted(relation.positions)
            if len(places) != 2 or places[1] != places[0] + 1 or places[1] > len(self.uses):
                continue
            if places[0] in found:
                found[places[0]].append(relation)
            elif taken.isdisjoint(places):
                found[places[0]] = [relation]
                taken |= set(places)
        return found

    @property
    def pattern(self) -> str:
        paired = {id(relation) for several in self.pairs.values() for relation in several}
        looks = "".join(self._looked(relation) for relation in self.relations if id(relation) not in paired)
        return f"{self.tag}{looks}{self._tail(1)}(?<!{self.f.e}){self.f.t}"

    def _tail(self, position: int) -> str:
        """The positions from here on."""
        if position > len(self.uses):
            return ""
        if position in self.pairs:
            return self._pair(position)
        value, use = self.values[position - 1], self.uses[position - 1]
        inner = self.f.e + (value if use.mandatory else self.f.maybe(value)) + self._tail(position + 1)
        return inner if self._needed(position) else f"(?:{inner})?+"

    def _needed(self, position: int) -> bool:
        """Whether something from here on must stand."""
        if any(use.mandatory for use in self.uses[position - 1 :]):
            return True
        return any((False, False) not in self._combinations(first) for first in self.pairs if first >= position)

    def _combinations(self, first: int) -> set[Combination]:
        """Which of two neighbours may stand together."""
        one, two = self.uses[first - 1].mandatory, self.uses[first].mandatory
        return {
            (a, b)
            for a in (False, True)
            for b in (False, True)
            if (a or not one)
            and (b or not two)
            and all(r.holds({first + n for n, there in enumerate((a, b)) if there}) for r in self.pairs[first])
        }

    def _pair(self, first: int) -> str:
        """Two neighbours; what follows stands behind them once, or the pattern would double with every pair."""
        e, (one, two) = self.f.e, self.values[first - 1 : first + 1]
        allowed, more = self._combinations(first), self._needed(first + 2)
        ways, perhaps = [], self.f.maybe(two)
        if (True, True) in allowed and (True, False) in allowed:
            ways.append(f"{one}{e}{perhaps}" if more else f"{one}(?:{e}{perhaps})?+")
        elif (True, True) in allowed:
            ways.append(f"{one}{e}{two}")
        elif (True, False) in allowed:
            ways.append(f"{one}{e}" if more else f"{one}(?:{e})?+")
        if (False, True) in allowed:
            ways.append(f"{e}{perhaps}" if (False, False) in allowed else f"{e}{two}")
        elif (False, False) in allowed:
            ways.append(e)
        inner = f"{e}(?:{'|'.join(ways)}){self._tail(first + 2)}"
        return inner if more or (False, False) not in allowed else f"(?:{inner})?+"

    def _looked(self, relation: Relation) -> str:
        """A relation as looks ahead from behind the tag."""
        there = [self._has(p) for p in relation.positions if p <= len(self.uses)]
        absent = len(there) < len(relation.positions)
        if relation.kind == "P":
            nothing = "".join(f"(?!{has})" for has in there)
            return nothing if absent else f"(?:{''.join(f'(?={has})' for has in there)}|{nothing})"
        if relation.kind == "R":
            return _any(there)
        if relation.kind == "E":
            return "".join(f"(?!(?={a})(?={b}))" for n, a in enumerate(there) for b in there[n + 1 :])
        first, others = relation.positions[0], [p for p in relation.positions[1:] if p <= len(self.uses)]
        if first > len(self.uses):
            return ""
        alone = f"(?!{self._has(first)})"
        if relation.kind == "C":
            return alone if absent else f"(?:{alone}|{''.join(f'(?={self._has(p)})' for p in others)})"
        return f"(?:{alone}|{_any(self._has(p) for p in others)})" if others else alone

    def _has(self, position: int) -> str:
        return f"{self.f.e}{self.f.any}*+" * (position - 1) + f"{self.f.e}{self.f.any}"


def _any(looks: Iterable[str]) -> str:
    several = [f"(?={look})" for look in looks]
    return f"(?:{'|'.join(several)})" if several else "(?!)"
