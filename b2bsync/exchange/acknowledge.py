"""From what the judge of syntax found to the verdict that a functional acknowledgement carries."""

from collections.abc import Sequence
from dataclasses import dataclass

from b2bsync.model import FunctionalAcknowledgement, NotedElement, NotedSegment, TransactionVerdict
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict

MOST_SEGMENTS = 100
"""Segments noted per transaction set; the finding list itself is bounded by the reader."""

SET_HAS_SEGMENT_ERRORS = "5"  # X12 718
GROUP_COUNT_WRONG = "5"  # X12 716


@dataclass(frozen=True)
class Judged:
    """One transaction set as the acknowledgement sees it."""

    type: str
    control_number: str
    verdict: Verdict
    findings: tuple[Finding, ...]


def transaction_verdict(judged: Judged) -> TransactionVerdict:
    """AK2 to AK5 of one set: findings grouped by segment, in the order of the segments, elements by position."""
    by_segment: dict[int, list[Finding]] = {}
    codes: list[str] = []
    for finding in judged.findings:
        if finding.severity is Severity.WARNING:
            continue
        if finding.ack_level == "set" and finding.ack_code and finding.ack_code not in codes:
            codes.append(finding.ack_code)
        elif finding.ack_level in ("segment", "element") and finding.segment is not None:
            by_segment.setdefault(finding.segment, []).append(finding)
    segments = tuple(_noted(position, by_segment[position]) for position in sorted(by_segment)[:MOST_SEGMENTS])
    if segments and SET_HAS_SEGMENT_ERRORS not in codes:
        codes.append(SET_HAS_SEGMENT_ERRORS)
    return TransactionVerdict(
        type=judged.type,
        control_number=judged.control_number,
        verdict=judged.verdict,
        codes=tuple(codes[:5]),
        segments=segments,
    )


def _noted(position: int, findings: list[Finding]) -> NotedSegment:
    elements = [f for f in findings if f.ack_level == "element"]
    code = next((f.ack_code for f in findings if f.ack_level == "segment"), None)
    if code is None and elements:
        code = "8"  # X12 720: the segment has data element errors
    first = findings[0]
    return NotedSegment(
        tag=first.tag or "",
        position=position,
        loop=first.loop,
        code=code,
        elements=tuple(
            NotedElement(
                position=f.element or 1,
                component=f.component,
                reference=f.reference,
                code=f.ack_code or "7",
                value=f.value[:99] if f.value else None,
            )
            for f in sorted(elements, key=lambda f: (f.element or 0, f.component or 0))
        ),
    )


def acknowledgement(
    group_code: str,
    group_control_number: str,
    included: int,
    sets: Sequence[Judged],
    *,
    group_codes: Sequence[str] = (),
    detail: bool = True,
) -> FunctionalAcknowledgement:
    """The 997 of one group. ``included`` is what GE01 said, the sets are those that were there.

    ``detail`` false leaves accepted sets out of the list; their number is in the counts all the same.
    """
    accepted = sum(s.verdict in (Verdict.ACCEPTED, Verdict.ACCEPTED_WITH_ERRORS) for s in sets)
    codes = list(group_codes)
    if included != len(sets) and GROUP_COUNT_WRONG not in codes:
        codes.append(GROUP_COUNT_WRONG)
    if not accepted:
        verdict = Verdict.REJECTED
    elif accepted < len(sets):
        verdict = Verdict.PARTIALLY_ACCEPTED
    elif codes or any(s.verdict is Verdict.ACCEPTED_WITH_ERRORS for s in sets):
        verdict = Verdict.ACCEPTED_WITH_ERRORS
    else:
        verdict = Verdict.ACCEPTED
    return FunctionalAcknowledgement(
        group_code=group_code,
        group_control_number=group_control_number,
        verdict=verdict,
        included=included,
        received=len(sets),
        accepted=accepted,
        codes=tuple(codes[:5]),
        transactions=tuple(transaction_verdict(s) for s in sets if detail or s.verdict is not Verdict.ACCEPTED),
    )
