"""What has to be looked at in a set that is not clean: most of its segments are right, and patterns say so.

A set with one error in hundreds of segments is judged without reading it: where its order is right, too, only the
segments that no pattern takes are taken apart. What :func:`b2bsync.edi.read_set` would find is found, no more and no
less; where that cannot be told, nothing is.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from b2bsync.edi import misfits
from b2bsync.edi.clean import Clean
from b2bsync.edi.crosschecks import SetLook
from b2bsync.edi.edifact.release import places
from b2bsync.edi.faults import faults
from b2bsync.edi.report import BLANKS, Report
from b2bsync.edi.text import control_characters
from b2bsync.edi.walker import Node
from b2bsync.vocabulary.findings import Finding

MOST_SUSPECTS = 40
"""Segments that are looked at one by one; a set with more of them is read."""

MOST_BEFORE = 100
"""Segments before one of them that are looked at to know its place."""


class Suspect(NamedTuple):
    """A segment that may be wrong, and where it begins. ``strange``: its tag is none of the set's; ``unlike``: no
    pattern takes it."""

    begin: int
    row: list[str]
    strange: bool
    unlike: bool


class Damage(NamedTuple):
    """``suspects`` by their number (ST = 1), in order, ``segments`` how many there are in the text. ``order``: that of
    all others is right; ``totals``: CTT and CNT are right; ``levels``: HL are, where the order is."""

    text: str
    segments: int
    suspects: dict[int, Suspect]
    order: bool
    totals: bool
    levels: bool


def damage(known: Clean, text: str, reached: int, segments: int) -> Damage | None:
    """What may be wrong with a set of so many segments that was taken up to a place; None where only reading it can
    say."""
    unlike_ones = _unlike(known, text, reached)
    if unlike_ones is None:
        return None
    strange = {begin: end for begin, end, tag in unlike_ones if tag not in known.plan.tags}
    others = text
    if strange:
        cuts = [0, *(place for span in strange.items() for place in span), len(text)]
        others = "".join(text[begin:end] for begin, end in zip(cuts[::2], cuts[1::2], strict=True))
    assert known.patterns is not None
    order = (reached == len(text) and not strange) or known.patterns.order.fullmatch(others) is not None
    doubtful = [place for look in known.looks.values if look.doubts(text) for place in look.places(text)]
    if len(doubtful) > MOST_SUSPECTS:
        return None
    unlike = {begin for begin, _, _ in unlike_ones}
    d = known.delimiters
    begins = unlike | {text.rfind(d.segment, 0, place) + 1 for place in doubtful} if doubtful else unlike
    suspects = dict[int, Suspect]()
    ordinal, before = 1, 0
    for begin in sorted(begins):
        ordinal, before = ordinal + text.count(d.segment, before, begin), begin
        row = text[begin : text.index(d.segment, begin)].split(d.element)
        suspects[ordinal] = Suspect(begin, row, begin in strange, begin in unlike)
    tags = {suspect.row[0] for suspect in suspects.values()}
    totals = (order or others.count(d.segment + "CTT" + d.element) < 2) and _are_right(known.looks.totals, others, tags)
    levels = order and _are_right(known.looks.levels, others, tags)
    return Damage(text, segments, suspects, order, totals, levels)


def _unlike(known: Clean, text: str, reached: int) -> list[tuple[int, int, str]] | None:
    """Begin, end and tag of the segments that the pattern does not take; None where there are too many, or one is
    written in a way that is to be told."""
    assert known.patterns is not None
    found = list[tuple[int, int, str]]()
    terminator, element = known.delimiters.segment, known.delimiters.element
    odd = control_characters(known.delimiters).search
    at, size = reached, len(text)
    while at < size:
        match = known.patterns.segments.match(text, at)
        begin = match.end() if match else at
        if begin == size:
            break
        at = text.index(terminator, begin) + 1
        tag = text[begin : at - 1].split(element, 1)[0]
        if not tag or tag.strip(BLANKS) != tag or tag.upper() != tag or odd(text, begin, at):
            return None
        found.append((begin, at, tag))
        if not begin or len(found) > MOST_SUSPECTS:  # what the header says is where all else begins
            return None
    return found


def _are_right(looks: Sequence[SetLook], text: str, tags: set[str]) -> bool:
    return not any(not look.tags.isdisjoint(tags) or look.doubts(text) for look in looks)


def judged(known: Clean, found: Damage, report: Report) -> bool:
    """Add what is wrong with a set to its report; false, and nothing is of use, where the set has to be read, or is to
    be learnt from."""
    if not (found.order and found.totals and found.levels):
        return False
    d, plan, learns = known.delimiters, known.plan, known.learns
    text, strange = found.text, {suspect.begin for suspect in found.suspects.values() if suspect.strange}
    count, last = found.segments, text.rfind(d.segment, 0, -1) + 1
    taken = places(report.raw, d)
    if len(report.raw) - len(text) == len(taken):  # nothing else was taken out of the text
        begins = {count: last, **{ordinal: suspect.begin for ordinal, suspect in found.suspects.items()}}
        report.begins = {
            ordinal: begin + sum(place - n < begin for n, place in enumerate(taken))
            for ordinal, begin in begins.items()
        }
    for ordinal, suspect in found.suspects.items():
        node, row = _place(known, text, strange, suspect.begin), suspect.row
        if node is None:
            return False
        if suspect.strange:
            misfits.unknown(report, plan, row[0], node, ordinal)
        elif node.checks[len(row)](row, d.component) or (d.repetition and d.repetition in d.element.join(row)):
            for fault in faults(node.segment, row, d, known.standard):
                report.add_fault(fault, ordinal, node.tag, "/".join(node.loop.path))
        elif suspect.unlike and learns:
            return False
    head, end = text[: text.index(d.segment)], text[last:-1]
    misfits.trailer(report, plan, head.split(d.element), end.split(d.element), count)
    return True


def _place(known: Clean, text: str, strange: Collection[int], begin: int) -> Node | None:
    """The place of the segment that begins somewhere, of a strange one that before it; None where it depends on how
    often something stands, or on too much before it.

    What stood before matters only back to a tag that has one place in the whole structure."""
    element, segment = known.delimiters.element, known.delimiters.segment
    tags = list[str]()
    node: Node | None = None
    while node is None:
        if begin not in strange:
            tag = text[begin : text.index(segment, begin)].split(element, 1)[0]
            node = known.landmarks.get(tag)
            tags.append(tag)
        if len(tags) > MOST_BEFORE:
            return None
        begin = text.rfind(segment, 0, begin - 1) + 1
    for tag in reversed(tags[:-1]):
        place = node.next.get(tag)
        if place is None or place.spare is not None:
            return None
        node = place
    return node


def is_new(found: Damage, findings: Sequence[Finding]) -> bool:
    """Whether something was right, by what reading found, that no pattern took."""
    if not found.order and not any(finding.ack_level == "segment" for finding in findings):
        return True
    told = {finding.segment for finding in findings}
    return any(suspect.unlike and ordinal not in told for ordinal, suspect in found.suspects.items())
