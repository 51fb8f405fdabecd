"""What a pattern cannot say of a set that it takes: numbers with check digits, dates by their format, totals, levels.

Each looks at the text alone, and may doubt what is right; what it does not doubt is.
"""

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from b2bsync.edi import identifiers, totals
from b2bsync.edi.edifact import values as edifact
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.hierarchy import HIERARCHIES, level_faults
from b2bsync.edi.standard import EDIFACT
from b2bsync.edi.walker import Walk


class Look(Protocol):
    """One of these checks."""

    def doubts(self, text: str) -> bool:
        """Whether something may be wrong with a set that the pattern takes; released characters are marked."""


class Numbers:
    """GS1 numbers of one sort in a text, wherever such a pair may stand: more are looked at than there are."""

    def __init__(self, sort: identifiers.Sort, d: Delimiters, plan: Walk) -> None:
        self.qualifier, self.kinds, self.seen = sort.qualifier, sort.kinds, False
        (self._kind,) = set(sort.kinds.values())
        e, c, t = re.escape(d.element), re.escape(d.component or d.element), re.escape(d.segment)
        other, names = f"[^{e}{c}{t}]", "|".join(sorted(sort.kinds))
        if plan.facts.standard != EDIFACT:
            pattern = f"{e}(?:{names}){e}({other}++)"
        elif sort.value == "7140":  # the qualifier stands behind the value
            pattern = f"{e}({other}++){c}(?:{names})(?!{other})"
        else:  # with one component between them, as in other composites, too: only where this one may stand
            places = {
                f"{node.tag}(?:{e}[^{e}{t}]*+){{{n}}}"
                for node in plan.nodes.values()
                for n, use in enumerate(node.segment.uses)
                if use.composite is not None and any(part.reference == sort.value for part in use.composite.uses)
            }
            before = "|".join(sorted(places)) or "(?!)"
            pattern = f"{t}(?:{before}){e}({other}++){c}{other}*+{c}(?:{names})(?!{other})"
        self.find = re.compile(pattern).findall

    def doubts(self, text: str) -> bool:
        return self.seen and not identifiers.are_right(self._kind, self.find(text))  # else the pattern takes none


class Moments:
    """Value and format of C507 in DTM."""

    def __init__(self, d: Delimiters) -> None:
        e, c, s = (re.escape(x) for x in (d.element, d.component, d.segment))
        self._find = re.compile(f"{s}DTM{e}[^{e}{c}{s}]*+{c}([^{e}{c}{s}]++){c}([^{e}{c}{s}]++)").findall

    def doubts(self, text: str) -> bool:
        return not all(edifact.is_moment(value, format) for value, format in self._find(text))


class Totals:
    """CTT of an X12 set. The last one is looked at; the pattern takes no second one."""

    def __init__(self, control: totals.Control, d: Delimiters) -> None:
        self._lines = [d.segment + tag for tag in control.lines]
        tag, position = control.quantity
        e, t = re.escape(d.element), re.escape(d.segment)
        skipped = f"{e}[^{e}{t}]*+" * (position - 1)
        self._find = re.compile(f"{t}{tag}{skipped}{e}([^{e}{t}]++)").findall if tag else None
        self._begin, self._d = f"{d.segment}CTT{d.element}", d

    def doubts(self, text: str) -> bool:
        begin = text.rfind(self._begin)
        if begin < 0:
            return False
        d = self._d
        said = text[begin + len(self._begin) : text.index(d.segment, begin + 1)].split(d.element, 2)
        lines = int(said[0])
        if not any(text.count(line) == lines for line in self._lines):
            return True
        if self._find is None or len(said) < 2 or not said[1]:
            return False
        return not totals.is_sum(said[1], self._find(text))


class Controls:
    """CNT of an EDIFACT message: numbers of lines; sums are left to the judge."""

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
        if known is not None and known.told[0]:
            tag, position = known.told
            self._structure = re.compile(f"{t}{tag}(?:{e}[^{e}{t}]*){{{position - 1}}}{e}([^{e}{t}]*)").search

    def doubts(self, text: str) -> bool:
        rows: Sequence[str] = self._find(text)
        said = self._structure(text) if self._structure else None
        faults = level_faults(self._type, [row.split(self._element) for row in rows], said[1] if said else "")
        return next(faults, None) is not None


def looks(plan: Walk, d: Delimiters) -> list[Look]:
    """What is to be looked at in the sets of a type, besides the GS1 numbers."""
    found: list[Look] = []
    type = plan.message.type
    if plan.facts.standard == EDIFACT:
        found.append(Moments(d))
        if type in totals.MESSAGES:
            found.append(Controls(d))
        return found
    if type in totals.CONTROLS:
        control = totals.CONTROLS[type]
        assert not any(tag.startswith(line) for line in control.lines for tag in plan.tags - {line})  # they are counted
        found.append(Totals(control, d))
    if "HL" in plan.tags:
        found.append(Levels(type, d))
    return found
