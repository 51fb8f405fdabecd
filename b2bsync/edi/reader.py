"""Read and judge one transaction set or message: structure, elements, counts, hierarchy."""

from collections.abc import Container
from functools import cached_property
from itertools import count
from typing import NamedTuple, Protocol

import msgspec

from b2bsync.edi import misfits, standard
from b2bsync.edi.edifact.release import restore
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import CodecError
from b2bsync.edi.faults import faults
from b2bsync.edi.hierarchy import level_faults, structure_code
from b2bsync.edi.notes import note
from b2bsync.edi.report import BLANKS, Report
from b2bsync.edi.standard import EDIFACT, X12
from b2bsync.edi.totals import total_faults
from b2bsync.edi.tree import Loop
from b2bsync.edi.walker import Node, Walk, walk
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict


class Watch(Protocol):
    """Looks on while a set is read, and adds findings to the report."""

    def segment(self, report: Report, node: Node, row: list[str], ordinal: int) -> None:
        """A segment was placed; ``ordinal`` counts from the header = 1."""

    def end(self, report: Report, root: Loop, count: int) -> None:
        """The set is read; it had so many segments."""

    def expects(self, tag: str, path: tuple[str, ...]) -> bool:
        """Whether a segment that has no place in the standard is agreed in the loop at a path."""


class Beforehand(NamedTuple):
    """What is known of a set before it is read. ``suspects``: the segments (ST = 1) whose elements may be wrong, those
    of all others are right; ``totals``: CTT and CNT are right."""

    suspects: Container[int]
    totals: bool


class TransactionSet(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction set or message as a tree, and what is wrong with it.

    ``version`` is the release that it says, ``facts`` the one whose facts it was judged by (empty where there are
    none). ``verdict``: accepted; accepted with errors when a finding is an error; rejected when one is fatal. Whether
    an agreement turns errors into rejection is not decided here.
    """

    type: str
    version: str
    facts: str
    control_number: str
    root: Loop
    findings: tuple[Finding, ...]
    verdict: Verdict


def read_set(
    raw: str,
    delimiters: Delimiters,
    version: str,
    type: str | None = None,
    *,
    start: int = 0,
    charset: str | None = None,
    watch: Watch | None = None,
    beforehand: Beforehand | None = None,
) -> TransactionSet:
    """Read a set from ST to SE, or a message from UNH to UNT.

    ``raw`` is text whose characters are bytes (Latin-1), as :func:`scan` cuts it; bytes that are UTF-8 become its
    characters in the tree, others those of ``charset``. ``version`` is GS08 or the directory (``D96A``); where its
    facts are not shipped the nearest ones are taken, and a finding says so. ``type`` names the set where ST01 must not.
    ``start`` is the byte offset of ``raw`` in the message, for the findings' offsets.

    ``watch`` sees every segment at its place and may find more wrong with it: a partner's guide. What is known
    ``beforehand`` is not judged again.

    In EDIFACT a row holds its elements with the components in them, and released characters are marked:
    :func:`values` takes them apart.

    Never raises for what a partner sent: whatever is wrong is a finding. Unknown and misplaced segments are kept.
    """
    syntax = EDIFACT if raw.lstrip(BLANKS).startswith("UNH") else X12
    report = Report(raw, delimiters, start, syntax, charset)
    parts = report.parts()
    said, control_number, version = _head(parts, delimiters, version, syntax)
    kind, known = type or said, ""
    try:
        known = _facts_for(version, kind)
        plan = walk(known, kind)
    except CodecError as error:
        root = Loop()
        root.unknown = [part.split(delimiters.element) for part in parts if part.strip()]
        level, code = note(syntax, error.finding.code)
        report.add_finding(
            msgspec.structs.replace(error.finding, segment=1, offset=start, ack_level=level, ack_code=code)
        )
    else:
        if known != standard.release(version):
            message = f"there are no facts for {version!r}; it was judged by those of {known}"
            report.warn(1, "version-nearest", message)
        root = _Reading(plan, delimiters, report, watch, beforehand).run(parts)
    findings = report.findings()
    return TransactionSet(
        type=kind,
        version=standard.release(version),
        facts=known,
        control_number=control_number,
        root=root,
        findings=findings,
        verdict=verdict(findings),
    )


def values(row: list[str], element: int, delimiters: Delimiters) -> list[str]:
    """The components of an element of a row, counted from 1; one empty text where it is not there."""
    text = row[element] if element < len(row) else ""
    parts = text.split(delimiters.component) if delimiters.component else [text]
    return [restore(part, delimiters) for part in parts]


def _head(parts: list[str], delimiters: Delimiters, version: str, syntax: str) -> tuple[str, str, str]:
    """Type and control number as the header says, and the version to judge by."""
    first = parts[0].lstrip(BLANKS) if parts else ""
    if syntax == X12:
        row = first.split(delimiters.element)
        return row[1].strip() if len(row) > 1 else "", row[2] if len(row) > 2 else "", version
    row = first.split(delimiters.element)
    type, *said = values(row, 2, delimiters)
    if type == "CONTRL":  # a service message of the syntax itself: 2:2 and D:3 in the older ones, 4:1
        version = "UN4" if "4" in said[:1] else "UN3"
    return type, values(row, 1, delimiters)[0], version


def _facts_for(version: str, type: str) -> str:
    """The version whose facts judge a set: the nearest one, or another one where only that has the set."""
    known = standard.nearest(version)
    if known is None:
        return version  # which is refused as unknown
    if type in standard.facts(known).message_types:
        return known
    others = standard.VERSIONS if known in standard.VERSIONS else standard.DIRECTORIES
    return next((other for other in others if type in standard.facts(other).message_types), known)


def verdict(findings: tuple[Finding, ...]) -> Verdict:
    """That on a set with these findings, agreements aside."""
    worst = {finding.severity for finding in findings}
    if Severity.FATAL in worst:
        return Verdict.REJECTED
    return Verdict.ACCEPTED_WITH_ERRORS if Severity.ERROR in worst else Verdict.ACCEPTED


class _Reading:
    """The walk of one set through its structure."""

    def __init__(
        self, plan: Walk, delimiters: Delimiters, report: Report, watch: Watch | None, beforehand: Beforehand | None
    ) -> None:
        self.plan, self.delimiters, self.report = plan, delimiters, report
        self.beforehand = beforehand
        self.component = delimiters.component or "\0"
        self.watch = watch
        self.root = Loop("", 1)
        self.stack: list[Loop] = [self.root] * (plan.deepest + 1)
        self.node: Node | None = None  # the place of the last segment that moved us on
        self.parts: list[str] = []
        self.said: set[str] = set()  # warnings that are given once a set

    def run(self, parts: list[str]) -> Loop:
        """Place every segment; one dict access each as long as nothing is wrong."""
        self.parts = parts
        separator, component, stack = self.delimiters.element, self.component, self.stack
        report = self.report
        repetition = self.delimiters.repetition
        if repetition and repetition not in self.report.raw:
            repetition = None
        suspects = self.beforehand.suspects if self.beforehand else None
        following = {self.plan.first.tag: self.plan.first}
        ordinal = 0
        for part in parts:
            row = part.split(separator)
            tag = row[0]
            node = following.get(tag)
            if node is None:
                if not self._clean(row, ordinal + 1):
                    continue
                tag = row[0]
                node = following.get(tag)
            ordinal += 1
            if node is None:
                self._misfit(row, ordinal)
                following = self.node.next if self.node else following
                continue
            if node.opens:
                loops, id = stack[node.depth - 1].loops, node.id
                occurrences = loops.get(id)
                if occurrences is None:
                    loops[id] = [Loop(id, ordinal, {tag: [row]})]
                    stack[node.depth] = loops[id][0]
                elif len(occurrences) >= node.maximum:
                    node = self._overflow(node, row, ordinal)
                else:
                    stack[node.depth] = loop = Loop(id, ordinal, {tag: [row]})
                    occurrences.append(loop)
            else:
                segments = stack[node.depth].segments
                rows = segments.get(tag)
                if rows is None:
                    segments[tag] = [row]
                elif len(rows) >= node.maximum:
                    node = self._overflow(node, row, ordinal)
                else:
                    rows.append(row)
            if (suspects is None or ordinal in suspects) and (
                node.checks[len(row)](row, component) or (repetition and repetition in part)
            ):
                self._judge(node, row, ordinal)
            if self.watch is not None:
                self.watch.segment(report, node, row, ordinal)
            self.node = node
            following = node.next
        first, last = self.plan.first.tag, self.plan.last.tag
        misfits.trailer(report, self.plan, self.root.first(first), self.root.first(last), ordinal)
        if self.watch is not None:
            self.watch.end(report, self.root, ordinal)
        if not (self.beforehand and self.beforehand.totals):
            self._totals()
        if self.plan.facts.standard == X12:
            self._levels()
        return self.root

    def _put(self, node: Node, row: list[str], ordinal: int) -> None:
        """Place a row at a node without asking for maxima."""
        if node.opens:
            loop = Loop(node.id, ordinal)
            loop.segments[node.tag] = [row]
            self.stack[node.depth - 1].loops.setdefault(node.id, []).append(loop)
            self.stack[node.depth] = loop
        else:
            self.stack[node.depth].segments.setdefault(node.tag, []).append(row)

    def _clean(self, row: list[str], ordinal: int) -> bool:
        """Tidy a tag that was not recognised, in place; false when there is no segment at all."""
        tag = row[0].strip(BLANKS)
        if not tag and len(row) == 1:
            self._once(ordinal, "empty-segment", "terminators without a segment between them")
            return False
        if tag != row[0]:
            self._once(ordinal, "blanks-around-tag", "blanks stand before or after segment tags")
        if tag != tag.upper():
            self._once(ordinal, "tag-in-lower-case", f"segment tag {tag!r} is in lower case")
            tag = tag.upper()
        row[0] = tag
        return True

    def _once(self, ordinal: int, code: str, message: str) -> None:
        if code not in self.said:
            self.said.add(code)
            self.report.warn(ordinal, code, message)

    def _overflow(self, node: Node, row: list[str], ordinal: int) -> Node:
        """The maximum at a place is used up: take the same tag's next place, or keep the row here and say so."""
        if node.spare is not None:
            self._put(node.spare, row, ordinal)
            return node.spare
        self._put(node, row, ordinal)
        misfits.too_often(self.report, node, ordinal)
        return node

    def _misfit(self, row: list[str], ordinal: int) -> None:
        """A segment that cannot follow here: find its place further on or behind us, or keep it as unknown."""
        tag, node = row[0], self.node
        step = self.plan.detour(node, tag, lambda other: self._lasts.get(other, 0) > ordinal) if node else None
        if step is None or node is None:
            self._unknown(row, ordinal)
            return
        for depth, item in step.missing:
            misfits.missing(self.report, self.stack[depth], item, ordinal)
        if self._used(step.node) >= step.node.maximum:
            self._overflow(step.node, row, ordinal)
        else:
            self._put(step.node, row, ordinal)
            misfits.late(self.report, step, ordinal)
        if step.node.checks[len(row)](row, self.component) or self.delimiters.repetition:
            self._judge(step.node, row, ordinal)
        if self.watch is not None:
            self.watch.segment(self.report, step.node, row, ordinal)
        if step.node.opens or not step.backward:
            self.node = step.node

    def _used(self, node: Node) -> int:
        """How often a place is taken already."""
        if node.opens:
            return len(self.stack[node.depth - 1].children(node.id))
        return len(self.stack[node.depth].all(node.tag))

    def _unknown(self, row: list[str], ordinal: int) -> None:
        tag, node = row[0], self.node
        if self.watch is not None and self.watch.expects(tag, node.loop.path if node else ()):
            (self.stack[node.depth] if node else self.root).unknown.append(row)
            return
        loop = self.stack[node.depth] if node else self.root
        loop.unknown.append(row)
        misfits.unknown(self.report, self.plan, tag, node, ordinal)

    def _judge(self, node: Node, row: list[str], ordinal: int) -> None:
        for fault in faults(node.segment, row, self.delimiters, self.plan.facts.standard):
            self.report.add_fault(fault, ordinal, node.tag, "/".join(node.loop.path))

    @cached_property
    def _tags(self) -> list[str]:
        """The tags of the set in their order; asked for only when something is wrong."""
        separator = self.delimiters.element
        tags = [part.split(separator, 1)[0] for part in self.parts]
        if self.plan.tags.issuperset(tags):
            return tags
        return [part.split(separator, 1)[0].strip(BLANKS).upper() for part in self.parts if part.strip(BLANKS)]

    @cached_property
    def _lasts(self) -> dict[str, int]:
        """Where each tag stands for the last time."""
        return dict(zip(self._tags, count(1), strict=False))

    def _totals(self) -> None:
        """What the set says of its own content: CTT and CNT."""
        for tag, place, fault in total_faults(self.plan.message, self.plan.facts.standard, self.root, self.delimiters):
            ordinals = [ordinal for ordinal, each in enumerate(self._tags, 1) if each == tag]
            ordinal = ordinals[place] if place < len(ordinals) else 1
            self.report.add_fault(fault, ordinal, tag, "")

    def _levels(self) -> None:
        loops = self.root.children("HL")
        if loops:
            rows = [loop.segments["HL"][0] for loop in loops]
            type = self.plan.message.type
            for place, fault in level_faults(type, rows, structure_code(type, self.root)):
                self.report.add_fault(fault, loops[place].ordinal, "HL", "HL")
