"""Judge and order transaction sets that are to be written. What could not be read back as it was meant is refused,
never written.

A set without fault goes through :class:`_Gathering`, which only finds that nothing is wrong. Any other is gathered anew
by :class:`_Writing`, the only one that says what is wrong and where. The text is :mod:`b2bsync.edi.writing`'s.
"""

from functools import lru_cache
from typing import NoReturn

import msgspec

from b2bsync.edi.checks import checks_of
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import CodecError, Unwritable
from b2bsync.edi.fault import Fault
from b2bsync.edi.faults import faults
from b2bsync.edi.standard import X12, Segment, nearest, release
from b2bsync.edi.structure import LoopRule, SegmentRule, grammar
from b2bsync.edi.tree import Loop
from b2bsync.edi.writing.notation import notation
from b2bsync.edi.writing.rows import Element, Row
from b2bsync.vocabulary.findings import Finding, Severity


def set_rows(type: str, version: str, root: Loop, delimiters: Delimiters, *, keep: bool = False) -> list[Row]:
    """The segments of a transaction set between ST and SE, in the standard's order, as :mod:`b2bsync.edi.writing` takes
    them. ``delimiters`` are those in the tree: its composites are texts with component separators.

    Occurrences of one tag keep the order of the tree; ST and SE in ``root`` are not used. Empty positions at the end
    are left out, unless ``keep``.

    Raises Unwritable, with loop, segment and element: a value too long, too short or of the wrong type, something
    mandatory missing, a broken relation, a segment or loop that the set has no place for, or too many of one.
    Characters of values are not looked at here, but by whoever writes them.
    """
    return _judged(_planned(type, version), root, delimiters, keep).rows


def write_set(type: str, version: str, control_number: str, root: Loop, delimiters: Delimiters) -> str:
    """The text of a transaction set from ST to SE, each segment with its terminator and nothing between them.

    As :func:`set_rows`; ST, SE and the count are made here, a control number of digits is padded to four. Raises
    Unwritable for a delimiter or control character in a value, too.
    """
    if control_number.isdigit():
        control_number = control_number.zfill(4)
    plan = _planned(type, version)
    header = _Writing(delimiters)
    header.rows_of(plan.slots["ST"], [["ST", type, control_number]])
    judged = _judged(plan, root, delimiters)
    known = notation(delimiters)
    try:
        return known.message([["ST", type, control_number], *judged.rows]).decode(known.codec)
    except Unwritable as error:
        raise Unwritable(located(error.finding, type, version, root, delimiters)) from None


def located(finding: Finding, type: str, version: str, root: Loop, delimiters: Delimiters) -> Finding:
    """A finding on the text of a set (segments count from ST = 1) with the loop, and the number of the data element,
    that belong to its place."""
    writing = _Writing(delimiters)
    writing.loop(_planned(type, version), root)
    place = (finding.segment or 0) - 2
    if not 0 <= place < len(writing.slots):
        return finding
    slot = writing.slots[place]
    uses = slot.segment.uses
    reference = uses[finding.element - 1].reference if finding.element and finding.element <= len(uses) else None
    return msgspec.structs.replace(finding, loop=slot.path or None, reference=reference or None)


def _planned(type: str, version: str) -> "_Level":
    try:
        return _plan(nearest(version) or release(version), type)
    except CodecError as error:
        raise Unwritable(error.finding) from None


def _judged(plan: "_Level", root: Loop, delimiters: Delimiters, keep: bool = False) -> "_Gathering | _Writing":
    """The rows of a set with which nothing is wrong. Raises Unwritable."""
    gathering = _Gathering(delimiters, keep)
    try:
        if gathering.loop(plan, root):
            return gathering
    except Exception:  # no tree of text: _Writing then stops at the same place
        pass
    writing = _Writing(delimiters, keep)
    writing.loop(plan, root)
    return writing


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


class _Gathering:
    """The rows of one set so far, as long as nothing is wrong with them."""

    __slots__ = ("component", "delimiters", "keep", "rows")

    def __init__(self, delimiters: Delimiters, keep: bool = False) -> None:
        self.delimiters, self.component, self.keep = delimiters, delimiters.component, keep
        self.rows: list[Row] = []

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
        judged = row if row[-1] else _trimmed(row)
        if len(judged) == 1:
            return False
        if slot.checks[len(judged)](judged, self.component) and any(
            fault.severity is not Severity.WARNING for fault in faults(slot.segment, judged, self.delimiters, X12)
        ):
            return False
        self.rows.append(_apart(slot, row if self.keep else judged, self.component))
        return True


class _Writing:
    """The rows of one set so far, each with its place."""

    def __init__(self, delimiters: Delimiters, keep: bool = False) -> None:
        self.delimiters, self.keep = delimiters, keep
        self.rows: list[Row] = []
        self.slots: list[_Slot] = []

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
                        self.rows_of(slot, segments[tag])
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

    def rows_of(self, slot: _Slot, rows: list[list[str]]) -> None:
        """All occurrences of one segment."""
        if len(rows) > slot.maximum:
            self._too_often(slot, len(rows))
        component, checks = self.delimiters.component, slot.checks
        for row in rows:
            judged = row if row[-1] else _trimmed(row)
            if checks[len(judged)](judged, component):
                self._judge(slot, judged)
            self.slots.append(slot)
            self.rows.append(_apart(slot, row if self.keep else judged, component))

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
                segment=len(self.rows) + (1 if tag == "ST" else 2),  # ST is the first
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


def _apart(slot: _Slot, row: list[str], component: str) -> Row:
    """A row with its composites taken apart."""
    if not component or not any(n < len(row) and component in row[n] for n in slot.composites):
        return row
    apart: list[Element] = list(row)
    for n in slot.composites:
        if n < len(row) and component in row[n]:
            apart[n] = tuple(row[n].split(component))
    return apart
