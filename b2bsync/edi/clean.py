"""The fast way to say that nothing is wrong: one possessive pattern for a whole set, grown from what was seen.

The standard's pattern for a whole set would be huge; partners use a small part of it. So the pattern has only the
segments, and of each only the positions, that clean sets of this type have had so far. It may only say "clean". What
it does not match is read by :func:`b2bsync.edi.read_set`, the authority, and when that finds nothing, the pattern
learns it. Possessive quantifiers never go back, so that no text takes longer than its length.
"""

import re
from functools import lru_cache

from b2bsync.edi import identifiers
from b2bsync.edi.crosschecks import Numbers, looks
from b2bsync.edi.edifact.release import protect
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.fragments import Fragments
from b2bsync.edi.standard import Segment
from b2bsync.edi.structure import LoopRule
from b2bsync.edi.tree import Loop
from b2bsync.edi.walker import Walk, walk

LEARNT_FROM = 3
"""Clean sets that are looked at before the first pattern is made."""

MOST_LESSONS = 40
"""Patterns that are made for one type at most; then what does not match is read, each time."""

UNFIT = frozenset({"LS", "LE", "BIN", "BDS"})
"""Segments with rules of their own beyond what a pattern can say: sets with them are always read."""


class Clean:
    """What is known of the clean sets of one type, written with one set of delimiters."""

    def __init__(self, plan: Walk, delimiters: Delimiters) -> None:
        self.plan, self.delimiters = plan, delimiters
        self.standard = plan.facts.standard
        self.seen: dict[tuple[tuple[str, ...], str], int] = {}  # loop and tag: the longest row
        self.codes: dict[str, set[str]] = {}  # by element number
        self.lessons, self.patience, self.missed = 0, LEARNT_FROM, 0
        self.fresh = False  # whether anything was learnt since the last pattern
        self.unfit = not delimiters.component
        self._pattern: re.Pattern[str] | None = None
        self._numbers = [Numbers(found, delimiters, plan) for found in identifiers.kinds(self.standard)]
        self._looks = [*looks(plan, delimiters), *self._numbers]

    def is_clean(self, raw: str) -> bool:
        """True only if nothing is wrong with a set from its header to its trailer, not even a warning."""
        if self._pattern is None or not raw.isascii() or not raw.startswith(self.plan.first.tag):
            return False
        d, text = self.delimiters, raw
        if "\n" in text and d.segment != "\n":
            text = text.replace(d.segment + "\r\n", d.segment).replace(d.segment + "\n", d.segment)
        text = protect(text, d)
        found = self._pattern.fullmatch(text)
        if found is None:
            return False
        opened, count, closed = found.group("opened", "count", "closed")
        if opened != closed or int(count) != text.count(d.segment):
            return False
        return not any(look.doubts(text) for look in self._looks)

    def learn(self, root: Loop, raw: str) -> None:
        """Take in a set in which nothing was found."""
        if self.unfit or self.lessons >= MOST_LESSONS:
            return
        for numbers in self._numbers:
            numbers.seen = numbers.seen or bool(numbers.find(raw))
        before = dict(self.seen), sum(map(len, self.codes.values()))
        self._learn(root, ())
        if self.unfit:
            self._pattern = None
            return
        self.missed += 1
        new = (self.seen, sum(map(len, self.codes.values()))) != before
        self.fresh = self.fresh or new
        if self.missed >= self.patience and self.fresh:
            # A pattern costs milliseconds: more is to be learnt before each next one.
            self.lessons, self.missed, self.fresh = self.lessons + 1, 0, False
            self.patience = min(self.patience * 2, 50)
            self._pattern = self._compiled()

    def _learn(self, loop: Loop, path: tuple[str, ...]) -> None:
        for tag, rows in loop.segments.items():
            self.unfit = self.unfit or tag in UNFIT
            place = path, tag
            self.seen[place] = max(self.seen.get(place, 0), *(len(row) for row in rows))
            self._learn_codes(self.plan.facts.segment(tag), rows)
        for id, occurrences in loop.loops.items():
            for child in occurrences:
                self._learn(child, (*path, id))

    def _learn_codes(self, segment: Segment, rows: list[list[str]]) -> None:
        separator = self.delimiters.component
        for n, use in enumerate(segment.uses, 1):
            values = [row[n] for row in rows if n < len(row) and row[n]]
            if use.element is not None and use.element.codes:
                self.codes.setdefault(use.reference, set()).update(values)
            for m, part in enumerate(use.composite.uses if use.composite and separator else ()):
                if part.element is not None and part.element.codes:
                    parts = [value.split(separator) for value in values]
                    self.codes.setdefault(part.reference, set()).update(p[m] for p in parts if m < len(p) and p[m])

    def _compiled(self) -> re.Pattern[str]:
        unseen = {numbers.qualifier: numbers.kinds for numbers in self._numbers if not numbers.seen}
        fragments = Fragments(self.delimiters, self.standard, self.plan.message.type, unseen, self.codes)
        return re.compile(self._loop(self.plan.message.root, fragments))

    def _loop(self, loop: LoopRule, fragments: Fragments) -> str:
        """What stands in a loop, in the standard's order, as far as it was seen."""
        parts = []
        for item in loop.items:
            if isinstance(item, LoopRule):
                inner = self._loop(item, fragments) if (item.path, item.tag) in self.seen else ""
            else:
                longest = self.seen.get((loop.path, item.tag), 0)
                inner = fragments.segment(item.segment, longest) if longest else ""
            if not inner:
                continue
            opens = not isinstance(item, LoopRule) and bool(loop.path) and item is loop.items[0]
            parts.append(inner if opens else fragments.times(inner, item.mandatory, item.maximum))
        return "".join(parts)


@lru_cache(maxsize=256)
def clean(version: str, type: str, delimiters: Delimiters) -> Clean:
    """What is known so far of a type's clean sets, for the life of the process. Raises CodecError."""
    return Clean(walk(version, type), delimiters)
