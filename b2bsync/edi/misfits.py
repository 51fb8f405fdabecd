"""Findings on the order and number of segments in a set, and on its trailer."""

from collections.abc import Sequence

from b2bsync.edi.edifact.values import NUMBER
from b2bsync.edi.report import Report
from b2bsync.edi.standard import X12
from b2bsync.edi.structure import LoopRule, SegmentRule
from b2bsync.edi.totals import number_in
from b2bsync.edi.tree import Loop
from b2bsync.edi.walker import Node, Step, Walk
from b2bsync.edi.x12.values import INTEGER
from b2bsync.vocabulary.findings import Severity


def too_often(report: Report, node: Node, ordinal: int) -> None:
    """A segment or loop beyond the maximum at its place."""
    name = f"loop {node.id}" if node.opens else f"segment {node.tag}"
    report.add(
        Severity.ERROR,
        ordinal,
        "loop-too-often" if node.opens else "segment-too-often",
        f"{name} stands more often than allowed",
        tag=node.tag,
        loop="/".join(node.loop.path),
        allowed=f"{node.maximum} times",
    )


def late(report: Report, step: Step, ordinal: int) -> None:
    """A segment whose place lies behind."""
    if step.backward:
        tag = step.node.tag
        report.add(
            Severity.ERROR, ordinal, "segment-out-of-order", f"segment {tag} stands too late", tag=tag,
            loop="/".join(step.node.loop.path),
        )  # fmt: skip


def unknown(report: Report, plan: Walk, tag: str, before: Node | None, ordinal: int) -> None:
    """A segment without a place; ``before``: the place of the last one that had one."""
    if tag in plan.tags:
        code, message = "segment-unexpected", f"segment {tag} cannot stand here"
    elif plan.facts.has_segment(tag):
        code, message = "segment-not-in-set", f"segment {tag} is not part of this transaction set"
    else:
        code, message = "segment-unknown", f"there is no segment {tag!r}"
    path = "/".join(before.loop.path) if before else ""
    report.add(Severity.ERROR, ordinal, code, message, tag=tag, loop=path)


def missing(report: Report, place: Loop, item: SegmentRule | LoopRule, ordinal: int) -> None:
    """Something mandatory was left out of a loop before a segment, unless it stood earlier, out of order."""
    name = item.tag if isinstance(item, SegmentRule) else item.id
    if name in place.segments or name in place.loops:
        return
    what, tag = ("segment", name) if isinstance(item, SegmentRule) else ("loop", item.tag)
    report.add(
        Severity.ERROR, ordinal, f"mandatory-{what}-missing", f"mandatory {what} {name} is missing before this",
        tag=tag, loop=place.id,
    )  # fmt: skip


def trailer(report: Report, plan: Walk, head: Sequence[str] | None, end: Sequence[str] | None, count: int) -> None:
    """SE or UNT is there, counts the segments right and repeats the number of ST or UNH."""
    x12 = plan.facts.standard == X12
    last = plan.last.tag
    number_at, count_at, repeat_at = ("ST02", "SE01", "SE02") if x12 else ("UNH 0062", "UNT 0074", "UNT 0062")
    if end is None:
        what = "transaction set" if x12 else "message"
        report.add(Severity.FATAL, count, "set-trailer-missing", f"the {what} has no {last} segment", tag=last)
        return
    said = end[1] if len(end) > 1 else ""
    number = number_in(said, INTEGER if x12 else NUMBER)
    if number is not None and number != count:
        report.add(
            Severity.ERROR, count, "segment-count-wrong",
            f"{count_at} says {number} segments, there are {count}", tag=last, element=1,
            reference="96" if x12 else "0074", value=said, allowed=str(count),
        )  # fmt: skip
    opened = (head[2] if len(head) > 2 else "") if head and x12 else head[1] if head and len(head) > 1 else ""
    closed = end[2] if len(end) > 2 else ""
    if opened != closed:
        report.add(
            Severity.ERROR, count, "control-number-differs",
            f"{repeat_at} {closed!r} is not {number_at} {opened!r}", tag=last, element=2,
            reference="329" if x12 else "0062", value=closed, allowed=opened,
        )  # fmt: skip
