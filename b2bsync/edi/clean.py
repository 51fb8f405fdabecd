"""The fast way to say that nothing is wrong: one possessive pattern for a whole set, grown from what was seen.

The standard's pattern for a whole set would be huge; partners use a small part of it. So the pattern has only the
segments, and of each only the positions and lengths, that sets of this type have had so far. It may only say "clean".
What it does not match is read by :func:`b2bsync.edi.read_set`, the authority, and from what was read the pattern
learns. Possessive quantifiers never go back, so that no text takes longer than its length.

Two more patterns of the same kind say of a set with faults what is right in it: the order of its segments, and which of
them need no look.
"""

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from b2bsync.edi.crosschecks import looks
from b2bsync.edi.edifact.release import protect, releases
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.fragments import Fragments
from b2bsync.edi.shapes import Shape
from b2bsync.edi.standard import X12, Segment
from b2bsync.edi.structure import LoopRule
from b2bsync.edi.tree import Loop
from b2bsync.edi.walker import Walk, walk

LEARNT_FROM = 3
"""Sets that are looked at before the first pattern is made."""

MOST_LESSONS = 40
"""Patterns that are made for one type at most; then what does not match is read, each time."""

UNFIT = frozenset({"LS", "LE", "BIN", "BDS"})
"""Segments with rules of their own beyond what a pattern can say: sets with them are always read."""


class Patterns(NamedTuple):
    """``clean`` takes a set as far as it is right, up to the end of a segment; ``order`` a whole set, whatever its
    elements are; ``segments`` any number of right ones."""

    clean: re.Pattern[str]
    order: re.Pattern[str]
    segments: re.Pattern[str]


class Clean:
    """What is known of the right sets of one type, written with one set of delimiters."""

    def __init__(self, plan: Walk, delimiters: Delimiters) -> None:
        self.plan, self.delimiters = plan, delimiters
        self.standard = plan.facts.standard
        self.seen: dict[tuple[tuple[str, ...], str], Shape] = {}  # by loop and tag
        self.codes: dict[str, set[str]] = {}  # by element number
        self.lessons, self.patience, self.missed = 0, LEARNT_FROM, 0
        self.fresh = False  # whether anything was learnt since the last pattern
        self.patterns: Patterns | None = None
        self._learning = Lock()
        self.looks = looks(plan, delimiters)
        tags = Counter(node.tag for node in plan.nodes.values())
        self.landmarks = {node.tag: node for node in plan.nodes.values() if tags[node.tag] == 1}
        """The places of segments that have but one."""
        self._trailer = plan.last.tag + delimiters.element

    @property
    def learns(self) -> bool:
        """Whether more sets are of use."""
        return bool(self.delimiters.component) and self.lessons < MOST_LESSONS

    def text(self, raw: str) -> str | None:
        """A set as the patterns take it: from its header to the terminator of its trailer, without line breaks between
        segments, released characters marked. None where they cannot take it."""
        d = self.delimiters
        if self.patterns is None or not raw.isascii() or not raw.startswith(self.plan.first.tag):
            return None
        text = raw
        if d.release is not None and d.release in text:
            if releases(d).is_wrapped(text):
                return None
            text = protect(text, d)
        if "\n" in text and d.segment != "\n":
            text = text.replace(d.segment + "\r\n", d.segment).replace(d.segment + "\n", d.segment)
        if not text.startswith(self._trailer, text.rfind(d.segment, 0, -1) + 1):
            return None
        return text if text[-1] == d.segment else None

    def is_clean(self, raw: str) -> bool:
        """True only if nothing is wrong with a set from its header to its trailer, not even a warning."""
        text = self.text(raw)
        return (
            text is not None
            and self.reach(text) == len(text)
            and self.is_right(text, text.count(self.delimiters.segment))
        )

    def reach(self, text: str) -> int:
        """Where the first segment begins that is wrong, out of order or unlike what was seen; the end where none is."""
        assert self.patterns is not None
        found = self.patterns.clean.match(text)
        return found.end() if found else 0

    def is_right(self, text: str, segments: int) -> bool:
        """Whether all is right with a set that the pattern takes, and that has so many segments."""
        d = self.delimiters
        _, count, closed, *_ = text[text.rfind(d.segment, 0, -1) + 1 : -1].split(d.element)
        head = text[: text.index(d.segment)].split(d.element, 3)
        if closed != head[2 if self.standard == X12 else 1] or not count.isdigit() or int(count) != segments:
            return False
        return not any(look.doubts(text) for look in self.looks.all)

    def learn(self, root: Loop, raw: str) -> None:
        """Take in a set, whether it is right or not: what it has only chooses from what the standard allows.

        One thread learns at a time; the sets of others are let go meanwhile, and more will come.
        """
        if not self.learns or not self._learning.acquire(blocking=False):
            return
        try:
            if all(UNFIT.isdisjoint(loop.segments) for loop in root.walk()):
                self._take_in(root, raw)
        finally:
            self._learning.release()

    def _take_in(self, root: Loop, raw: str) -> None:
        before = self._size()
        for numbers in self.looks.numbers:
            numbers.learn(raw)
        self._learn(root, ())
        self.missed += 1
        self.fresh = self.fresh or self._size() != before
        if self.missed >= self.patience and self.fresh:
            # A pattern costs as much as hundreds of sets: more is to be learnt before each next one.
            self.lessons, self.missed, self.fresh = self.lessons + 1, 0, False
            self.patience = min(self.patience * 2, 50)
            self.patterns = self._compiled()

    def _size(self) -> tuple[int, ...]:
        """Grows with whatever is learnt."""
        known = (self.codes.values(), (numbers.seen for numbers in self.looks.numbers))
        shapes = sum(shape.size for shape in self.seen.values())
        return len(self.seen), shapes, *(sum(map(len, sets)) for sets in known)

    def _learn(self, loop: Loop, path: tuple[str, ...]) -> None:
        for tag, rows in loop.segments.items():
            segment, shape = self.plan.facts.segment(tag), self.seen.setdefault((path, tag), Shape())
            for row in rows:
                shape.learn(row[1:], segment.uses, self.delimiters.component)
            self._learn_codes(segment, rows)
        for id, occurrences in loop.loops.items():
            for child in occurrences:
                self._learn(child, (*path, id))

    def _learn_codes(self, segment: Segment, rows: list[list[str]]) -> None:
        separator = self.delimiters.component
        for n, use in enumerate(segment.uses, 1):
            values = [row[n] for row in rows if n < len(row) and row[n]]
            if use.element is not None and use.element.codes:
                self.codes.setdefault(use.reference, set()).update(use.element.codes.intersection(values))
            for m, part in enumerate(use.composite.uses if use.composite and separator else ()):
                if part.element is not None and part.element.codes:
                    parts = [value.split(separator) for value in values]
                    sent = [p[m] for p in parts if m < len(p)]
                    self.codes.setdefault(part.reference, set()).update(part.element.codes.intersection(sent))

    def _compiled(self) -> Patterns:
        unseen = {numbers.qualifier: numbers.unseen for numbers in self.looks.numbers}
        fragments = Fragments(self.delimiters, self.standard, self.plan.message.type, unseen, self.codes)
        root = self.plan.message.root
        clean = ""
        for item in reversed(self._items(root, fragments.segment)):
            clean = f"{item}(?:{clean})?+" if clean else item  # so that it ends where the first fault is
        shapes: dict[str, Shape] = {}
        for (_, tag), shape in self.seen.items():
            shapes.setdefault(tag, Shape()).add(shape)
        segments = "|".join(fragments.segment(self.plan.facts.segment(tag), shape) for tag, shape in shapes.items())
        order = "".join(self._items(root, fragments.any_segment))
        return Patterns(re.compile(clean), re.compile(order), re.compile(f"(?:{segments})*+"))

    def _items(self, loop: LoopRule, pattern: Callable[[Segment, Shape], str]) -> list[str]:
        """What stands in a loop, in the standard's order, as far as it was seen; ``pattern`` gives that of a
        segment."""
        parts = []
        for item in loop.items:
            if isinstance(item, LoopRule):
                inner = "".join(self._items(item, pattern)) if (item.path, item.tag) in self.seen else ""
            else:
                shape = self.seen.get((loop.path, item.tag))
                inner = pattern(item.segment, shape) if shape else ""
            if not inner:
                if item.mandatory:
                    parts.append("(?!)")  # those who never send it are never right
                continue
            opens = not isinstance(item, LoopRule) and bool(loop.path) and item is loop.items[0]
            parts.append(inner if opens else Fragments.times(inner, item.mandatory, item.maximum))
        return parts


@lru_cache(maxsize=256)
def clean(version: str, type: str, delimiters: Delimiters) -> Clean:
    """What is known so far of a type's clean sets, for the life of the process. Raises CodecError."""
    return Clean(walk(version, type), delimiters)
