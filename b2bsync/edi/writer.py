"""Write transaction sets. What could not be read back as it was meant is refused, never written.

A set without fault goes through :class:`_Gathering`, which only finds that nothing is wrong. Any other is written anew
by :class:`_Writing`, the only one that says what is wrong and where.
"""

from functools import lru_cache
from typing import NoReturn

from b2bsync.edi.checks import checks_of
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import CodecError, Unwritable
from b2bsync.edi.fault import Fault
from b2bsync.edi.faults import faults
from b2bsync.edi.standard import X12, Segment, nearest, release
from b2bsync.edi.structure import LoopRule, SegmentRule, grammar
from b2bsync.edi.text import control_characters
from b2bsync.edi.tree import Loop
from b2bsync.vocabulary.findings import Finding, Severity


def write_set(type: str, version: str, control_number: str, root: Loop, delimiters: Delimiters) -> str:
    """The text of a transaction set from ST to SE, each segment with its terminator and nothing between them.

    Segments and loops are put in the standard's order, occurrences of one tag in the order of the tree. ST, SE and
    the count are made here (ST and SE in ``root`` are not used); a control number of digits is padded to four.
    Empty positions at the end are left out.

    Raises Unwritable, with loop, segment and element: a delimiter or control character in a value, a value too long,
    too short or of the wrong type, something mandatory missing, a broken relation, a segment or loop that the set has
    no place for, or too many of one.
    """
    if control_number.isdigit():
        control_number = control_number.zfill(4)
    try:
        plan = _plan(nearest(version) or release(version), type)
    except CodecError as error:
        raise Unwritable(error.finding) from None
    text = _gathered(plan, type, control_number, root, delimiters)
    if text is not None:
        return text
    writing = _Writing(delimiters)
    writing.rows(plan.slots["ST"], [["ST", type, control_number]])
    writing.loop(plan, root)
    writing.rows(plan.slots["SE"], [["SE", str(len(writing.lines) + 1), control_number]])
    return writing.text()


class _Slot:
    """A segment or loop at its place in the order of a level."""

    __slots__ = ("checks", "composites", "id", "level", "maximum", "path", "segment")

    def __init__(self, rule: SegmentRule | LoopRule, path: str) -> None:
        self.maximum, self.path = rule.maximum, path
        self.level = _Level(rule) if isinstance(rule, LoopRule) else None
        self.id = rule.id if isinstance(rule, LoopRule) else rule.tag
        self.segment: Segment = next(rule.segments()).segment if isinstance(rule, LoopRule) else rule.segment
        self.checks = checks_of(self.segment, X12)
        self.composites = tuple(n for n, use in enumerate(self.segment.uses, 1) if use.composite is not None)


class _Level:
    """What may stand directly in a loop, and what must. The order of a tag is its place in the standard."""

    __slots__ = ("alone", "mandatory", "order", "path", "shapes", "slots")

    def __init__(self, rule: LoopRule) -> None:
        self.path = "/".join(rule.path)
        slots = [_Slot(item, self.path) for item in rule.items]
        self.slots = {slot.id: slot for slot in slots}
        self.order = {slot.id: place for place, slot in enumerate(slots)}
        self.mandatory = tuple(
            slot
            for slot, item in zip(slots, rule.items, strict=True)
            if item.mandatory and (rule.path or slot.id not in ("ST", "SE"))
        )
        only = self.mandatory[0] if rule.path and len(self.mandatory) == 1 else None
        self.alone = only if only is not None and only.level is None else None  # what may be all there is of the loop
        self.shapes: dict[tuple[str | None, ...], tuple[_Slot, ...] | None] = {}

    def shape(self, loop: Loop) -> tuple[_Slot, ...] | None:
        """What stands in a loop, in the order in which it is written; None where a tag is missing or has no place."""
        key = (*loop.segments, None, *loop.loops)
        try:
            return self.shapes[key]
        except KeyError:
            found = self._shape(loop)
            if len(self.shapes) < SHAPES:
                self.shapes[key] = found
            return found

    def _shape(self, loop: Loop) -> tuple[_Slot, ...] | None:
        if any(slot.id not in (loop.loops if slot.level else loop.segments) for slot in self.mandatory):
            return None
        found = []
        for tags, is_loop in ((loop.segments, False), (loop.loops, True)):
            for tag in tags:
                slot = self.slots.get(tag)
                if slot is None or (slot.level is not None) is not is_loop:
                    return None
                if self.path or tag not in ("ST", "SE"):
                    found.append(slot)
        return tuple(sorted(found, key=lambda slot: self.order[slot.id]))


SHAPES = 1000
"""Most combinations of tags that are remembered for one loop."""


@lru_cache(maxsize=256)
def _plan(version: str, type: str) -> _Level:
    return _Level(grammar(version).message(type).root)


def _gathered(plan: _Level, type: str, control_number: str, root: Loop, delimiters: Delimiters) -> str | None:
    """The text of a set in which nothing is wrong; None where something is or may be."""
    gathering = _Gathering(delimiters)
    try:
        if not (gathering.row(plan.slots["ST"], ["ST", type, control_number]) and gathering.loop(plan, root)):
            return None
        if not gathering.row(plan.slots["SE"], ["SE", str(len(gathering.rows) + 1), control_number]):
            return None
        return gathering.text(delimiters)
    except Exception:  # no tree of text: _Writing then stops at the same place
        return None


class _Gathering:
    """The rows of one set so far, as long as nothing is wrong with them."""

    __slots__ = ("component", "components", "delimiters", "rows")

    def __init__(self, delimiters: Delimiters) -> None:
        self.delimiters, self.component = delimiters, delimiters.component
        self.components = 0  # separators in composites, where they may stand
        self.rows: list[list[str]] = []

    def loop(self, level: _Level, loop: Loop) -> bool:
        """One occurrence of a loop with all below it; false when something is or may be wrong."""
        segments, loops, component, rows = loop.segments, loop.loops, self.component, self.rows
        shape = level.shapes.get((*segments, None, *loops)) or level.shape(loop)
        if shape is None or loop.unknown:
            return False
        for slot in shape:
            inner = slot.level
            if inner is None:
                found = segments[slot.id]
                if not 0 < len(found) <= slot.maximum:
                    return False
                checks = slot.checks
                for row in found:
                    if checks[len(row)](row, component) or slot.composites:
                        if not self.row(slot, row):
                            return False
                    else:
                        rows.append(row)
                continue
            occurrences = loops[slot.id]
            if not 0 < len(occurrences) <= slot.maximum:
                return False
            alone = inner.alone
            for child in occurrences:
                single = child.segments.get(alone.id) if alone and len(child.segments) == 1 else None
                if alone and single and len(single) == 1 and not child.loops and not child.unknown:
                    row = single[0]  # most loops are one segment
                    if not (alone.composites or alone.checks[len(row)](row, component)):
                        rows.append(row)
                        continue
                if not self.loop(inner, child):
                    return False
        return True

    def row(self, slot: _Slot, row: list[str]) -> bool:
        """One segment that has to be looked at closely."""
        if not row[-1]:
            row = _trimmed(row)
        if len(row) == 1:
            return False
        component = self.component
        if slot.checks[len(row)](row, component) and any(
            fault.severity is not Severity.WARNING for fault in faults(slot.segment, row, self.delimiters, X12)
        ):
            return False
        if component:
            self.components += sum(row[n].count(component) for n in slot.composites if n < len(row))
        self.rows.append(row)
        return True

    def text(self, delimiters: Delimiters) -> str | None:
        """All segments with their terminators; None unless delimiters stand only where they belong."""
        d, rows = delimiters, self.rows
        text = d.segment.join([d.element.join(row) for row in rows]) + d.segment
        if (
            text.count(d.segment) != len(rows)
            or text.count(d.element) != sum(map(len, rows)) - len(rows)
            or (d.component and text.count(d.component) != self.components)
            or (d.repetition and d.repetition in text)
            or (not text.isprintable() and control_characters(d).search(text))
        ):
            return None
        return text


class _Writing:
    """The lines of one set so far."""

    def __init__(self, delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        self.lines: list[str] = []
        self.written: list[tuple[_Slot, list[str]]] = []  # where each line came from, to name a place
        self.separators = 0

    def loop(self, level: _Level, loop: Loop) -> None:
        """One occurrence of a loop with all below it."""
        segments, loops, slots = loop.segments, loop.loops, level.slots
        for slot in level.mandatory:
            if not (loops if slot.level else segments).get(slot.id):
                what = "loop" if slot.level else "segment"
                self._refuse(f"mandatory-{what}-missing", f"mandatory {what} {slot.id} is missing", slot.id, level.path)
        if loop.unknown:
            self._misplaced(level, loop.unknown[0][0], "segment")
        try:
            tags = [*segments, *loops] if loops else list(segments)
            if loops and not segments.keys().isdisjoint(loops):
                tag = next(tag for tag in segments if tag in loops)
                self._misplaced(level, tag, "segment" if slots[tag].level else "loop")
            if len(tags) > 1:
                tags.sort(key=level.order.__getitem__)
            for tag in tags:
                slot = slots[tag]
                if slot.level is None:
                    if level.path or tag not in ("ST", "SE"):
                        self.rows(slot, segments[tag])
                    continue
                occurrences = loops[tag]
                if len(occurrences) > slot.maximum:
                    self._too_often(slot, len(occurrences))
                for child in occurrences:
                    self.loop(slot.level, child)
        except KeyError as error:
            tag = error.args[0]
            known = slots.get(tag)
            if known is None:
                self._misplaced(level, tag, "segment" if tag in segments else "loop")
            self._misplaced(level, tag, "loop" if known.level is None else "segment")

    def rows(self, slot: _Slot, rows: list[list[str]]) -> None:
        """All occurrences of one segment."""
        if len(rows) > slot.maximum:
            self._too_often(slot, len(rows))
        separator, component, checks = self.delimiters.element, self.delimiters.component, slot.checks
        for row in rows:
            if not row[-1]:
                row = _trimmed(row)
            if checks[len(row)](row, component):
                self._judge(slot, row)
            self.written.append((slot, row))
            self.lines.append(separator.join(row))
            self.separators += len(row) - 1

    def text(self) -> str:
        """All lines with their terminators, once it is sure that no value holds a delimiter."""
        d = self.delimiters
        text = d.segment.join(self.lines) + d.segment
        if (
            text.count(d.segment) != len(self.lines)
            or text.count(d.element) != self.separators
            or (d.component and d.component in text)
            or (d.repetition and d.repetition in text)
            or control_characters(d).search(text)
        ):
            self._search()
        return text

    def _search(self) -> None:
        """Find the value that holds a delimiter or a control character; composites may hold component separators."""
        d = self.delimiters
        search = control_characters(d).search
        self.lines.clear()  # from here on it counts the lines that are right, so that a refusal names its segment
        for slot, row in self.written:
            for number, value in enumerate(row[1:], 1):
                place = slot.segment.uses[number - 1]
                forbidden = d.segment + d.element + (d.repetition or "") + ("" if place.composite else d.component)
                found = next((c for c in value if c in forbidden), "")
                control = search(value)
                if found or control:
                    what = f"delimiter {found!r}" if found else f"control character {control[0]!r}" if control else ""
                    self._refuse(
                        "delimiter-in-value" if found else "character-invalid",
                        f"{slot.id}{number:02d} holds the {what}; change the value or the partner's delimiters",
                        slot.id, slot.path, number, place.reference, value,
                    )  # fmt: skip
            self.lines.append("")

    def _judge(self, slot: _Slot, row: list[str]) -> None:
        if len(row) == 1:
            self._refuse("segment-empty", f"segment {slot.id} has no value", slot.id, slot.path)
        for fault in faults(slot.segment, row, self.delimiters, X12):
            if fault.severity is not Severity.WARNING:
                self._fault(slot, fault)

    def _fault(self, slot: _Slot, fault: Fault) -> NoReturn:
        self._refuse(
            fault.code, f"{slot.id}{fault.element:02d}: {fault.message}", slot.id, slot.path, fault.element,
            fault.reference, fault.value, fault.allowed, fault.component,
        )  # fmt: skip

    def _too_often(self, slot: _Slot, count: int) -> NoReturn:
        what = "loop" if slot.level else "segment"
        message = f"{what} {slot.id} stands {count} times"
        self._refuse(f"{what}-too-often", message, slot.id, slot.path, allowed=f"{slot.maximum} times")

    def _misplaced(self, level: _Level, tag: str, what: str) -> NoReturn:
        where = f"loop {level.path}" if level.path else "the set outside of loops"
        kind = {True: "loops", False: "segments"}
        allowed = " ".join(s.id for s in level.slots.values() if (s.level is not None) == (what == "loop"))
        self._refuse(
            f"{what}-not-in-set", f"{what} {tag!r} has no place in {where}", tag, level.path,
            allowed=f"{kind[what == 'loop']} {allowed}" if allowed else None,
        )  # fmt: skip

    def _refuse(
        self,
        code: str,
        message: str,
        tag: str,
        loop: str,
        element: int | None = None,
        reference: str | None = None,
        value: str | None = None,
        allowed: str | None = None,
        component: int | None = None,
    ) -> NoReturn:
        raise Unwritable(
            Finding(
                severity=Severity.ERROR,
                code=code,
                message=message,
                segment=len(self.lines) + 1,
                tag=tag,
                loop=loop or None,
                element=element,
                component=component,
                reference=reference or None,
                value=value or None,
                allowed=allowed,
            )
        )


def _trimmed(row: list[str]) -> list[str]:
    last = len(row)
    while last > 1 and not row[last - 1]:
        last -= 1
    return row[:last]
