"""What a pattern cannot say of a set that it takes: numbers with check digits, dates by their format, totals, levels.

Each looks at the text alone, and may doubt what is right; what it does not doubt is.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from b2bsync.edi import identifiers, totals
from b2bsync.edi.edifact import values as edifact
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.hierarchy import HIERARCHIES, level_faults
from b2bsync.edi.standard import EDIFACT
from b2bsync.edi.text import value_characters
from b2bsync.edi.walker import Walk


class Look(Protocol):
    """One of these checks."""

    def doubts(self, text: str) -> bool:
        """Whether something may be wrong with a set that the pattern takes; released characters are marked."""


class ValueLook(Look, Protocol):
    """One on single values."""

    def places(self, text: str) -> Iterator[int]:
        """Where those stand that it doubts."""


class SetLook(Look, Protocol):
    """One on a set as a whole. ``tags``: the segments that it takes to be right."""

    tags: frozenset[str]


class Numbers:
    """GS1 numbers of one sort in a text, wherever such a pair may stand: more are looked at than there are. Only those
    with qualifiers that were seen; the pattern takes no others."""

    def __init__(self, sort: identifiers.Sort, d: Delimiters, plan: Walk) -> None:
        self.qualifier, self.kinds, self.seen = sort.qualifier, sort.kinds, set[str]()
        (self._kind,) = set(sort.kinds.values())
        self._sort, self._d, self._plan = sort, d, plan
        self._pattern = re.compile("(?!)")

    @property
    def unseen(self) -> list[str]:
        """The qualifiers that no pattern may take."""
        return sorted(self.kinds.keys() - self.seen)

    def learn(self, raw: str) -> None:
        """Take in which qualifiers a set has."""
        separator = self._d.element if self._plan.facts.standard != EDIFACT else self._d.component
        new = {name for name in self.unseen if separator + name in raw}
        if new:  # as new objects: others may be looking
            seen = self.seen | new
            self._pattern, self.seen = re.compile(self._written(seen)), seen

    def _written(self, seen: set[str]) -> str:
        d, sort = self._d, self._sort
        e, c, t = re.escape(d.element), re.escape(d.component or d.element), re.escape(d.segment)
        other, names = value_characters(d), "|".join(sorted(seen))
        if self._plan.facts.standard != EDIFACT:
            return f"{e}(?:{names}){e}({other}++)"
        if sort.value == "7140":  # the qualifier stands behind the value
            return f"{e}({other}++){c}(?:{names})(?!{other})"
        # With one component between them, as in other composites, too: only where this one may stand.
        places = {
            f"{node.tag}(?:{e}[^{e}{t}]*+){{{n}}}"
            for node in self._plan.nodes.values()
            for n, use in enumerate(node.segment.uses)
            if use.composite is not None and any(part.reference == sort.value for part in use.composite.uses)
        }
        before = "|".join(sorted(places)) or "(?!)"
        return f"{t}(?:{before}){e}({other}++){c}{other}*+{c}(?:{names})(?!{other})"

    def _find(self, text: str) -> list[str]:
        if self._sort.value != "7140":
            return self._pattern.findall(text)
        d, found = self._d, []  # from the qualifier back to the value: an expression would try every element
        for name in self.seen:
            pieces = text.split(d.component + name)
            found += [piece[piece.rfind(d.element) + 1 :] for piece in pieces[:-1]]
        return [value for value in found if d.component not in value]

    def doubts(self, text: str) -> bool:
        return bool(self.seen) and not identifiers.are_right(self._kind, self._find(text))

    def places(self, text: str) -> Iterator[int]:
        return (found.start(1) for found in self._pattern.finditer(text) if identifiers.is_wrong(self._kind, found[1]))


class Moments:
    """Value and format of C507 in DTM."""

    def __init__(self, d: Delimiters) -> None:
        e, c, s = (re.escape(x) for x in (d.element, d.component, d.segment))
        other = value_characters(d)
        self._pattern = re.compile(f"{s}DTM{e}{other}*+{c}({other}++){c}({other}++)")
        self._find = self._pattern.findall

    def doubts(self, text: str) -> bool:
        return not all(edifact.is_moment(value, format) for value, format in self._find(text))

    def places(self, text: str) -> Iterator[int]:
        return (found.start(1) for found in self._pattern.finditer(text) if not edifact.is_moment(found[1], found[2]))


class Totals:
    """CTT of an X12 set. The last one is looked at; the pattern takes no second one."""

    tags = frozenset({"CTT"})

    def __init__(self, control: totals.Control, d: Delimiters) -> None:
        tag, position = control.quantity
        e, t = re.escape(d.element), re.escape(d.segment)
        any = value_characters(d, d.component + (d.repetition or ""))
        skipped = f"{any}*+{e}?+" * (position - 1)
        self._find = re.compile(f"{t}{tag}{e}?+{skipped}({any}*+)").findall if tag else None
        self._found = d.segment + tag  # what the quantities are found by: they are counted with them
        self._lines = [d.segment + line for line in control.lines]
        self._begin, self._d = f"{d.segment}CTT{d.element}", d

    def doubts(self, text: str) -> bool:
        begin = text.rfind(self._begin)
        if begin < 0:
            return False
        d = self._d
        said = text[begin + len(self._begin) : text.index(d.segment, begin + 1)].split(d.element, 2)
        lines = int(said[0])
        quantities = self._find(text) if self._find is not None and len(said) > 1 and said[1] else None
        for line in self._lines:
            count = text.count(line) if quantities is None or line != self._found else len(quantities)
            if count == lines:
                break
        else:
            return True
        return quantities is not None and not totals.is_sum(said[1], list(filter(None, quantities)))


class Controls:
    """CNT of an EDIFACT message: numbers of lines; sums are left to the judge."""

    tags = frozenset({"CNT"})

    def __init__(self, d: Delimiters) -> None:
        e, c, t = (re.escape(x) for x in (d.element, d.component, d.segment))
        self._find = re.compile(f"{t}CNT{e}([^{e}{c}{t}]*){c}?([^{e}{c}{t}]*)").findall
        self._lines = d.segment + "LIN"

    def doubts(self, text: str) -> bool:
        for code, said in self._find(text):
            if code in totals.SUMS or (code in totals.LINES and said != str(text.count(self._lines))):
                return True
        return False


class Levels:
    """HL of an X12 set."""

    def __init__(self, type: str, d: Delimiters) -> None:
        self._type, self._element = type, d.element
        e, t = re.escape(d.element), re.escape(d.segment)
        self._find = re.compile(f"{t}(HL(?:{e}[^{t}]*)?)").findall
        self._structure: Callable[[str], re.Match[str] | None] | None = None
        known = HIERARCHIES.get(type)
        self.tags = frozenset({"HL", known.told[0] if known else "HL"})
        if known is not None and known.told[0]:
            tag, position = known.told
            self._structure = re.compile(f"{t}{tag}(?:{e}[^{e}{t}]*){{{position - 1}}}{e}([^{e}{t}]*)").search

    def doubts(self, text: str) -> bool:
        rows: Sequence[str] = self._find(text)
        said = self._structure(text) if self._structure else None
        faults = level_faults(self._type, [row.split(self._element) for row in rows], said[1] if said else "")
        return next(faults, None) is not None


class Looks(NamedTuple):
    """All that there are for the sets of a type."""

    numbers: tuple[Numbers, ...]
    values: tuple[ValueLook, ...]  # the numbers among them
    totals: tuple[SetLook, ...]
    levels: tuple[SetLook, ...]
    all: tuple[Look, ...]


def looks(plan: Walk, d: Delimiters) -> Looks:
    """What is to be looked at in the sets of a type."""
    type, standard = plan.message.type, plan.facts.standard
    numbers = tuple(Numbers(sort, d, plan) for sort in identifiers.kinds(standard))
    if standard == EDIFACT:
        values: tuple[ValueLook, ...] = (Moments(d), *numbers)
        counts = (Controls(d),) if type in totals.MESSAGES else ()
        return Looks(numbers, values, counts, (), (*values, *counts))
    control = totals.CONTROLS.get(type)
    if control is not None:  # whose lines are counted by what they begin with
        assert not any(tag.startswith(line) for line in control.lines for tag in plan.tags - {line})
    sums, levels = (Totals(control, d),) if control else (), (Levels(type, d),) if "HL" in plan.tags else ()
    return Looks(numbers, numbers, sums, levels, (*numbers, *sums, *levels))
