"""From what the judge of syntax found to the verdict that a functional acknowledgement carries.

Whatever a partner sent, its acknowledgement can be written: a note that the segments AK1 to AK9 have no room for is
left out, the verdict it led to stays.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from b2bsync import edi
from b2bsync.model import FunctionalAcknowledgement, NotedElement, NotedSegment, TransactionVerdict
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict

MOST_SEGMENTS = 100
"""Segments noted per transaction set; the finding list itself is bounded by the reader."""

MOST_ELEMENTS = 99  # AK4 in one AK3
LARGEST_COUNT = 999_999  # AK902 to AK904, and AK302

SET_HAS_SEGMENT_ERRORS = "5"  # X12 718
GROUP_TRAILER_MISSING = "3"  # X12 716
GROUP_COUNT_WRONG = "5"  # X12 716

_TAG = re.compile(r"[A-Z0-9]{2,3}").fullmatch
_REFERENCE = re.compile(r"[0-9]{1,4}").fullmatch


@dataclass(frozen=True)
class Judged:
    """One transaction set as the acknowledgement sees it."""

    type: str
    control_number: str
    verdict: Verdict
    findings: tuple[Finding, ...]


def acknowledgement(
    group_code: str,
    group_control_number: str,
    included: int,
    sets: Iterable[Judged],
    *,
    received: int | None = None,
    group_codes: Sequence[str] = (),
    delimiters: edi.Delimiters | None = None,
    detail: bool = True,
) -> FunctionalAcknowledgement:
    """The 997 of one group. ``included`` is what GE01 said, ``received`` what was counted, the sets what was judged.

    A set that cannot be named (ST01 and ST02 are mandatory in AK2) has no detail and is in the counts all the same.
    So is an accepted one when ``detail`` is false. ``delimiters``: those the acknowledgement is written with.
    """
    used = delimiters or edi.Delimiters()
    counted = accepted = 0
    noted: dict[str, None] = dict.fromkeys(group_codes)
    doubted = False  # whether a set was accepted with errors
    said: list[TransactionVerdict] = []
    for judged in sets:  # once, and nothing of it is kept but what is said: a group may have any number of them
        counted += 1
        accepted += judged.verdict in (Verdict.ACCEPTED, Verdict.ACCEPTED_WITH_ERRORS)
        doubted = doubted or judged.verdict is Verdict.ACCEPTED_WITH_ERRORS
        noted |= dict.fromkeys(f.ack_code for f in judged.findings if f.ack_level == "group" and f.ack_code)
        one = transaction_verdict(judged, used) if detail or judged.verdict is not Verdict.ACCEPTED else None
        if one is not None:
            said.append(one)
    counted = counted if received is None else received
    codes = list(noted)
    if included != counted and GROUP_COUNT_WRONG not in codes:
        codes.append(GROUP_COUNT_WRONG)
    if not accepted:
        verdict = Verdict.REJECTED
    elif accepted < counted or GROUP_TRAILER_MISSING in codes:  # without its trailer more of the group may be lost
        verdict = Verdict.PARTIALLY_ACCEPTED
    elif codes or doubted:
        verdict = Verdict.ACCEPTED_WITH_ERRORS
    else:
        verdict = Verdict.ACCEPTED
    return FunctionalAcknowledgement(
        group_code=group_code,
        group_control_number=group_control_number,
        verdict=verdict,
        included=min(included, LARGEST_COUNT),
        received=min(counted, LARGEST_COUNT),
        accepted=min(accepted, LARGEST_COUNT),
        codes=tuple(codes[:5]),
        transactions=tuple(said),
    )


def transaction_verdict(judged: Judged, delimiters: edi.Delimiters) -> TransactionVerdict | None:
    """AK2 to AK5 of one set: findings grouped by segment, in the order of the segments, elements by position.

    None when the set cannot be named.
    """
    control = judged.control_number.strip()
    type = _carried(judged.type, 3, 3, delimiters)
    number = _carried(control.zfill(4) if control.isdecimal() else control, 4, 9, delimiters)
    if not type or not number:
        return None
    by_segment: dict[int, list[Finding]] = {}
    codes: list[str] = []
    for finding in judged.findings:
        if finding.severity is Severity.WARNING:
            continue
        if finding.ack_level == "set" and finding.ack_code and finding.ack_code not in codes:
            codes.append(finding.ack_code)
        elif finding.ack_level in ("segment", "element") and finding.segment is not None:
            by_segment.setdefault(finding.segment, []).append(finding)
    segments = (_noted(place, by_segment[place], delimiters) for place in sorted(by_segment)[:MOST_SEGMENTS])
    if by_segment and SET_HAS_SEGMENT_ERRORS not in codes:
        codes.append(SET_HAS_SEGMENT_ERRORS)
    return TransactionVerdict(
        type=type,
        control_number=number,
        verdict=judged.verdict,
        codes=tuple(codes[:5]),
        segments=tuple(segment for segment in segments if segment is not None),
    )


def _noted(position: int, findings: list[Finding], delimiters: edi.Delimiters) -> NotedSegment | None:
    """AK3 with its AK4. AK303 is for loops between LS and LE, which have an identifier of their own: not used."""
    elements = [f for f in findings if f.ack_level == "element"]
    code = next((f.ack_code for f in findings if f.ack_level == "segment"), None)
    if code is None and elements:
        code = "8"  # X12 720: the segment has data element errors
    tag = findings[0].tag or ""
    if not _TAG(tag) or position > LARGEST_COUNT:
        return None
    notes = (_element(f, delimiters) for f in sorted(elements, key=lambda f: (f.element or 0, f.component or 0)))
    return NotedSegment(
        tag=tag,
        position=position,
        code=code,
        elements=tuple(note for note in notes if note is not None)[:MOST_ELEMENTS],
    )


def _element(finding: Finding, delimiters: edi.Delimiters) -> NotedElement | None:
    position, component = finding.element or 1, finding.component
    if position > 99:
        return None
    return NotedElement(
        position=position,
        component=component if component is not None and component <= 99 else None,
        reference=finding.reference if finding.reference and _REFERENCE(finding.reference) else None,
        code=finding.ack_code or "7",
        value=_carried(finding.value or "", 1, 99, delimiters) or None,
    )


def _carried(value: str, shortest: int, longest: int, delimiters: edi.Delimiters) -> str:
    """A value of theirs as we can write it, cut to ``longest``; empty when it holds what no value of ours may hold."""
    used = delimiters.segment + delimiters.element + delimiters.component + (delimiters.repetition or "")
    if len(value) < shortest or not value.isprintable() or any(character in used for character in value):
        return ""
    return value[:longest]
