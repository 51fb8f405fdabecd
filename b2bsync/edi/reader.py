"""Read and judge one transaction set: structure, elements, counts, hierarchy."""

import msgspec

from b2bsync.edi import standard
from b2bsync.edi.elements import faults
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import CodecError
from b2bsync.edi.report import BLANKS, Report
from b2bsync.edi.structure import LoopRule, SegmentRule
from b2bsync.edi.tree import Loop
from b2bsync.edi.walker import Node, Step, Walk, walk
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict


class TransactionSet(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction set as a tree, and what is wrong with it.

    ``verdict``: accepted; accepted with errors when a finding is an error; rejected when one is fatal. Whether an
    agreement turns errors into rejection is not decided here.
    """

    type: str
    version: str
    control_number: str
    root: Loop
    findings: tuple[Finding, ...]
    verdict: Verdict


def read_set(
    raw: str, delimiters: Delimiters, version: str, type: str | None = None, *, start: int = 0
) -> TransactionSet:
    """Read a set from ST to SE.

    ``raw`` is text whose characters are bytes (Latin-1), as :func:`scan` cuts it; bytes that are UTF-8 become its
    characters in the tree. ``version`` is GS08; ``type`` names the set where ST01 must not. ``start`` is the byte
    offset of ``raw`` in the message, for the findings' offsets.

    Never raises for what a partner sent: whatever is wrong is a finding. Unknown and misplaced segments are kept.
    """
    report = Report(raw, delimiters, start)
    parts = report.parts()
    head = parts[0].lstrip().split(delimiters.element) if parts else []
    said = head[1].strip() if len(head) > 1 else ""
    control_number = head[2] if len(head) > 2 else ""
    kind = type or said
    try:
        plan = walk(standard.release(version), kind)
    except CodecError as error:
        root = Loop()
        root.unknown = [part.split(delimiters.element) for part in parts if part.strip()]
        report.add_finding(msgspec.structs.replace(error.finding, segment=1, offset=start))
    else:
        root = _Reading(plan, delimiters, report).run(parts)
    findings = report.findings()
    return TransactionSet(
        type=kind,
        version=standard.release(version),
        control_number=control_number,
        root=root,
        findings=findings,
        verdict=_verdict(findings),
    )


def _verdict(findings: tuple[Finding, ...]) -> Verdict:
    worst = {finding.severity for finding in findings}
    if Severity.FATAL in worst:
        return Verdict.REJECTED
    return Verdict.ACCEPTED_WITH_ERRORS if Severity.ERROR in worst else Verdict.ACCEPTED


class _Reading:
    """The walk of one set through its structure."""

    def __init__(self, plan: Walk, delimiters: Delimiters, report: Report) -> None:
        self.plan, self.delimiters, self.report = plan, delimiters, report
        self.root = Loop("", 1)
        self.stack: list[Loop] = [self.root] * (plan.deepest + 1)
        self.node: Node | None = None  # the place of the last segment that moved us on
        self.said: set[str] = set()  # warnings that are given once a set

    def run(self, parts: list[str]) -> Loop:
        """Place every segment; one dict access each as long as nothing is wrong."""
        separator, component, stack = self.delimiters.element, self.delimiters.component, self.stack
        following = {"ST": self.plan.first}
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
                loops = stack[node.depth - 1].loops
                occurrences = loops.get(tag)
                if occurrences is None:
                    loops[tag] = [Loop(tag, ordinal, {tag: [row]})]
                    stack[node.depth] = loops[tag][0]
                elif len(occurrences) >= node.maximum:
                    node = self._overflow(node, row, ordinal)
                else:
                    stack[node.depth] = loop = Loop(tag, ordinal, {tag: [row]})
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
            if node.checks[len(row)](row, component):
                self._judge(node, row, ordinal)
            self.node = node
            following = node.next
        self._trailer(ordinal)
        self._levels()
        return self.root

    def _put(self, node: Node, row: list[str], ordinal: int) -> None:
        """Place a row at a node without asking for maxima."""
        if node.opens:
            loop = Loop(node.tag, ordinal)
            loop.segments[node.tag] = [row]
            self.stack[node.depth - 1].loops.setdefault(node.tag, []).append(loop)
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
            self.report.note(ordinal, code, message)

    def _overflow(self, node: Node, row: list[str], ordinal: int) -> Node:
        """The maximum at a place is used up: take the same tag's next place, or keep the row here and say so."""
        if node.spare is not None:
            self._put(node.spare, row, ordinal)
            return node.spare
        self._put(node, row, ordinal)
        name = f"loop {node.tag}" if node.opens else f"segment {node.tag}"
        self.report.add(
            Severity.ERROR,
            ordinal,
            "loop-too-often" if node.opens else "segment-too-often",
            f"{name} stands more often than allowed",
            level="segment",
            ack_code="4" if node.opens else "5",
            tag=node.tag,
            loop="/".join(node.loop.path),
            allowed=f"{node.maximum} times",
        )
        return node

    def _misfit(self, row: list[str], ordinal: int) -> None:
        """A segment that cannot follow here: find its place further on or behind us, or keep it as unknown."""
        tag, node = row[0], self.node
        step = self.plan.detour(node, tag) if node else None
        if step is None or node is None:
            self._unknown(row, ordinal)
            return
        for depth, item in step.missing:
            self._missing(depth, item, ordinal)
        if self._used(step.node) >= step.node.maximum:
            self._overflow(step.node, row, ordinal)
        else:
            self._put(step.node, row, ordinal)
            self._late(step, ordinal)
        if step.node.checks[len(row)](row, self.delimiters.component):
            self._judge(step.node, row, ordinal)
        if step.node.opens or not step.backward:
            self.node = step.node

    def _used(self, node: Node) -> int:
        """How often a place is taken already."""
        if node.opens:
            return len(self.stack[node.depth - 1].children(node.tag))
        return len(self.stack[node.depth].all(node.tag))

    def _late(self, step: Step, ordinal: int) -> None:
        if step.backward:
            tag = step.node.tag
            self.report.add(
                Severity.ERROR, ordinal, "segment-out-of-order", f"segment {tag} stands too late",
                level="segment", ack_code="7", tag=tag, loop="/".join(step.node.loop.path),
            )  # fmt: skip

    def _unknown(self, row: list[str], ordinal: int) -> None:
        tag = row[0]
        if tag in self.plan.tags:
            code, note, message = "segment-unexpected", "2", f"segment {tag} cannot stand here"
        elif self.plan.facts.has_segment(tag):
            code, note, message = "segment-not-in-set", "6", f"segment {tag} is not part of this transaction set"
        else:
            code, note, message = "segment-unknown", "1", f"there is no segment {tag!r}"
        loop = self.stack[self.node.depth] if self.node else self.root
        loop.unknown.append(row)
        path = "/".join(self.node.loop.path) if self.node else ""
        self.report.add(Severity.ERROR, ordinal, code, message, level="segment", ack_code=note, tag=tag, loop=path)

    def _missing(self, depth: int, item: SegmentRule | LoopRule, ordinal: int) -> None:
        """Something mandatory was left out before a segment, unless it stood earlier, out of order."""
        place, tag = self.stack[depth], item.tag if isinstance(item, SegmentRule) else item.id
        if tag in place.segments or tag in place.loops:
            return
        what = "segment" if isinstance(item, SegmentRule) else "loop"
        self.report.add(
            Severity.ERROR, ordinal, f"mandatory-{what}-missing", f"mandatory {what} {tag} is missing before this",
            level="segment", ack_code="3", tag=tag, loop=place.id,
        )  # fmt: skip

    def _judge(self, node: Node, row: list[str], ordinal: int) -> None:
        for fault in faults(node.segment, row, self.delimiters.component):
            self.report.add_fault(fault, ordinal, node.tag, "/".join(node.loop.path))

    def _trailer(self, count: int) -> None:
        """SE is there, counts right and repeats the number of ST."""
        head, end = self.root.first("ST"), self.root.first("SE")
        if end is None:
            self.report.add(
                Severity.FATAL, count, "set-trailer-missing", "the transaction set has no SE segment",
                level="set", ack_code="2", tag="SE",
            )  # fmt: skip
            return
        said = end[1] if len(end) > 1 else ""
        if said.isascii() and said.isdigit() and int(said) != count:
            self.report.add(
                Severity.ERROR, count, "segment-count-wrong", f"SE01 says {int(said)} segments, there are {count}",
                level="set", ack_code="4", tag="SE", element=1, reference="96", value=said, allowed=str(count),
            )  # fmt: skip
        opened = head[2] if head and len(head) > 2 else ""
        closed = end[2] if len(end) > 2 else ""
        if opened != closed:
            self.report.add(
                Severity.ERROR, count, "control-number-differs", f"SE02 {closed!r} is not ST02 {opened!r}",
                level="set", ack_code="3", tag="SE", element=2, reference="329", value=closed, allowed=opened,
            )  # fmt: skip

    def _levels(self) -> None:
        """HL01 counts up from 1 and is unique; HL02 points to an earlier HL01 (X12.59, HL semantic notes)."""
        seen: set[str] = set()
        for place, loop in enumerate(self.root.children("HL"), 1):
            number, parent = loop.value("HL", 1), loop.value("HL", 2)
            if number in seen:
                self._level(
                    Severity.ERROR, loop, 1, "hierarchy-number-repeated", "another HL has this number", number, None
                )
            elif number != str(place):
                message = "HL numbers should count up from 1 without a gap"
                self._level(Severity.WARNING, loop, 1, "hierarchy-number-unexpected", message, number, str(place))
            if parent and parent not in seen:
                message = "no earlier HL has the number of this parent"
                self._level(Severity.ERROR, loop, 2, "hierarchy-parent-unknown", message, parent, None)
            seen.add(number)

    def _level(
        self, severity: Severity, loop: Loop, element: int, code: str, message: str, value: str, allowed: str | None
    ) -> None:
        self.report.add(
            severity, loop.ordinal, code, message, level="element", ack_code="7", tag="HL", loop="HL", element=element,
            reference="628" if element == 1 else "734", value=value, allowed=allowed,
        )  # fmt: skip
