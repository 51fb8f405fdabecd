"""Verdicts of the EDI engine as the journal keeps them: the canonical functional acknowledgement, ours and theirs."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from b2bsync import edi
from b2bsync.edi.answers import GroupVerdict, InterchangeVerdict, SetVerdict, read_answer
from b2bsync.model import FunctionalAcknowledgement, NotedElement, NotedSegment, TransactionVerdict
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict


def understood(read: edi.TransactionSet, delimiters: edi.Delimiters) -> FunctionalAcknowledgement | None:
    """What a 997, 999 or CONTRL of theirs says; None where it says nothing of any group or interchange."""
    sets: list[SetVerdict] = []
    whole: GroupVerdict | InterchangeVerdict | None = None
    group_rejected = False
    for said in read_answer(read, delimiters):
        if isinstance(said, SetVerdict):
            sets.append(said)
        elif read.type == "CONTRL" and isinstance(said, GroupVerdict):
            group_rejected = group_rejected or said.verdict is Verdict.REJECTED
        elif isinstance(said, InterchangeVerdict) or read.type != "CONTRL":
            whole = said
    if isinstance(whole, GroupVerdict):
        return of_group(whole, sets)
    if whole is None:
        return None
    if group_rejected and not sets:  # UCF alone: which messages it means nobody can tell, and none is confirmed
        whole = msgspec.structs.replace(whole, verdict=Verdict.REJECTED)
    return of_interchange(whole, sets)


def of_group(said: GroupVerdict, sets: Sequence[SetVerdict]) -> FunctionalAcknowledgement:
    """AK1 to AK9."""
    return FunctionalAcknowledgement(
        group_code=said.code,
        group_control_number=said.control_number,
        verdict=said.verdict,
        included=said.included,
        received=said.received,
        accepted=said.accepted,
        codes=tuple(_codes(said.findings, "group")),
        transactions=tuple(map(transaction_verdict, sets)),
    )


def of_interchange(said: InterchangeVerdict, sets: Sequence[SetVerdict] = ()) -> FunctionalAcknowledgement:
    """UCI and the UCM below it, or TA1. An interchange that is accepted says nothing better of it than its messages
    say: with one rejected it is accepted in part."""
    verdict = said.verdict or Verdict.ACCEPTED
    if verdict is not Verdict.REJECTED and sets:
        if any(one.verdict is Verdict.REJECTED for one in sets):
            verdict = Verdict.PARTIALLY_ACCEPTED
        elif any(one.verdict is Verdict.ACCEPTED_WITH_ERRORS for one in sets):
            verdict = Verdict.ACCEPTED_WITH_ERRORS
    return FunctionalAcknowledgement(
        group_code="",
        group_control_number="",
        interchange_control_number=said.control_number,
        receipt=said.verdict is None,
        verdict=verdict,
        codes=tuple(_codes(said.findings, "interchange")),
        transactions=tuple(map(transaction_verdict, sets)),
    )


def transaction_verdict(said: SetVerdict) -> TransactionVerdict:
    """AK2 to AK5, or UCM with what is below it."""
    noted = [finding for finding in said.findings if finding.severity is not Severity.WARNING and finding.segment]
    noted.sort(key=lambda finding: finding.segment or 0)
    return TransactionVerdict(
        type=said.type,
        control_number=said.control_number,
        verdict=said.verdict,
        codes=tuple(_codes(said.findings, "set")),
        segments=tuple(
            _segment(position or 0, tag or "", list(findings))
            for (position, tag), findings in groupby(noted, key=lambda finding: (finding.segment, finding.tag))
        ),
    )


def _segment(position: int, tag: str, findings: list[Finding]) -> NotedSegment:
    elements = [finding for finding in findings if finding.ack_level == "element"]
    return NotedSegment(
        tag=tag,
        position=position,
        code=next(iter(_codes(findings, "segment")), None),
        elements=tuple(
            NotedElement(
                position=finding.element or 1,
                component=finding.component,
                reference=finding.reference,
                code=finding.ack_code or "",
                value=finding.value,
            )
            for finding in elements
        ),
    )


def _codes(findings: Iterable[Finding], level: str) -> Iterator[str]:
    return (finding.ack_code for finding in findings if finding.ack_level == level and finding.ack_code)
