"""Write transaction sets. What could not be read back as it was meant is refused, never written."""

from functools import lru_cache
from typing import NoReturn

from b2bsync.edi.checks import Check, lazy_check
from b2bsync.edi.elements import Fault, faults
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import CodecError, Unwritable
from b2bsync.edi.standard import Segment, release
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
        plan = _plan(release(version), type)
    except CodecError as error:
        raise Unwritable(error.finding) from None
    writing = _Writing(delimiters)
    writing.rows(plan.slots["ST"], [["ST", type, control_number]])
    writing.loop(plan, root)
    writing.rows(plan.slots["SE"], [["SE", str(len(writing.lines) + 1), control_number]])
    return writing.text()


class _Slot:
    """A segment or loop at its place in the order of a level."""

    __slots__ = ("check", "id", "level", "maximum", "path", "segment")

    def __init__(self, rule: SegmentRule | LoopRule, path: str) -> None:
        self.maximum, self.path = rule.maximum, path
        self.level = _Level(rule) if isinstance(rule, LoopRule) else None
        self.id = rule.id if isinstance(rule, LoopRule) else rule.tag
        self.segment: Segment = next(rule.segments()).segment if isinstance(rule, LoopRule) else rule.segment
        self.check: Check = lazy_check(self, self.segment)


class _Level:
    """What may stand directly in a loop, and what must. The order of a tag is its place in the standard."""

    __slots__ = ("alone", "mandatory", "order", "path", "slots")

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


@lru_cache(maxsize=256)
def _plan(version: str, type: str) -> _Level:
    return _Level(grammar(version).message(type).root)


class _Writing:
    """The lines of one set so far."""

    def __init__(self, delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        self.lines: list[str] = []
        self.written: list[tuple[_Slot, list[str]]] = []  # where each line came from, to name a place
        self.separators = 0

    def loop(self, level: _Level, loop: Loop) -> None:
        """One occurrence of a loop with all below it."""
        segments, loops, slots, alone = loop.segments, loop.loops, level.slots, level.alone
        if alone is not None and not loops and len(segments) == 1 and not loop.unknown:
            rows = segments.get(alone.id)
            if rows:  # most loops: their first segment and nothing else
                self.rows(alone, rows)
                return
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
        separator, component, check = self.delimiters.element, self.delimiters.component, slot.check
        for row in rows:
            if not row[-1]:
                row = _trimmed(row)
            if len(row) == 1 or check(row, component):
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
        for fault in faults(slot.segment, row, self.delimiters.component):
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
