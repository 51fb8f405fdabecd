"""From a stream of bytes to verdicts on its sets, groups and interchanges, as an agreement's policy says."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from b2bsync.edi.answers.note import errors
from b2bsync.edi.answers.policy import Policy, Reject
from b2bsync.edi.answers.spool import Spool
from b2bsync.edi.answers.tally import Tally
from b2bsync.edi.answers.verdict import (
    GroupOpened,
    GroupVerdict,
    InterchangeOpened,
    InterchangeVerdict,
    Judged,
    SetVerdict,
)
from b2bsync.edi.envelope import (
    Event,
    GroupEnd,
    GroupStart,
    InterchangeAck,
    InterchangeEnd,
    InterchangeStart,
    Problem,
    TransactionCut,
    TransactionDropped,
)
from b2bsync.edi.judge import judge_cut
from b2bsync.edi.reader import Watch
from b2bsync.edi.scanner import scan
from b2bsync.edi.standard import X12
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict

MOST_FINDINGS = 100
"""Findings kept on one envelope."""

INVALID_CONTENT = "024"  # X12 I18

_PACK = msgspec.msgpack.Encoder()
_UNPACK = msgspec.msgpack.Decoder(SetVerdict | GroupOpened | GroupVerdict)


Watching = Callable[[TransactionCut], Watch | None]
"""Who looks on while a set is read: the guide of its agreement, if there is one."""


def judged(
    chunks: Iterable[bytes], policy: Policy | None = None, *, watching: Watching | None = None, limit: int = 64 << 20
) -> Iterator[Judged]:
    """Read and judge everything in a stream of X12 or EDIFACT.

    In order: InterchangeOpened, GroupOpened, the SetVerdicts of the group, GroupVerdict, at last InterchangeVerdict;
    EDIFACT messages that stand in no group come without the two of a group. Received TA1 (InterchangeAck) and bytes
    between interchanges (Problem) are passed on.

    ``watching`` gives who looks on while a set is read, and finds more wrong with it (a partner's guide). Memory is
    that of one set, ``limit`` the bytes it may have. Where the policy rejects groups or interchanges, the
    verdicts on their sets wait for the end, on disk where they are many. Raises Unreadable as :func:`scan` does.
    """
    judging = _Judging(policy or Policy(), watching)
    for event in scan(chunks, limit=limit):
        if judging.held is None and isinstance(event, TransactionCut):  # most events are
            yield judging.set(event)
        else:
            yield from judging.take(event)


class _Judging:
    """The open interchange and group."""

    def __init__(self, policy: Policy, watching: Watching | None) -> None:
        self.reject = Reject(policy.reject)
        self.watching = watching
        self.standard = X12
        self.held: Spool | None = None
        self.envelope: list[Finding] = []  # of the interchange
        self.rejecting = False  # whether something in the interchange rejects it
        self.group: list[Finding] = []
        self.tally = Tally(X12)

    def take(self, event: Event) -> Iterator[Judged]:
        """What an event of the scan leads to."""
        match event:
            case InterchangeStart():
                self.standard = event.header.standard
                self.envelope, self.rejecting = [], False
                self._note(self.envelope, event.findings)
                yield InterchangeOpened(header=event.header)
                if self.reject is Reject.INTERCHANGE:
                    self.held = Spool()
            case GroupStart():
                yield from self._open(event)
            case TransactionCut() | TransactionDropped():
                yield from self._put(self.set(event))
            case GroupEnd():
                yield from self._close(event)
            case InterchangeEnd():
                yield from self._end(event)
            case InterchangeAck():
                yield event
            case Problem(position=position):
                if position.interchange is None:
                    yield event
                else:
                    self._note(self.envelope, (event.finding,))

    def _note(self, kept: list[Finding], findings: Iterable[Finding]) -> None:
        kept += list(findings)[: MOST_FINDINGS - len(kept)]

    def _put(self, value: SetVerdict | GroupOpened | GroupVerdict) -> Iterator[Judged]:
        if self.held is None:
            yield value
        else:
            self.held.add(_PACK.encode(value))

    def _release(self, rejected: bool) -> Iterator[Judged]:
        """What was held back, all of it rejected or as it was judged."""
        held, self.held = self.held, None
        for record in held or ():
            value = _UNPACK.decode(record)
            if rejected and isinstance(value, SetVerdict):
                value = msgspec.structs.replace(value, verdict=Verdict.REJECTED)
            elif rejected and isinstance(value, GroupVerdict):
                value = msgspec.structs.replace(value, verdict=Verdict.REJECTED, accepted=0)
            yield value

    def _open(self, event: GroupStart) -> Iterator[Judged]:
        self.group, self.tally = [], Tally(self.standard)
        own = [finding for finding in event.findings if finding.ack_level != "interchange"]
        self._note(self.group, own)
        self._note(self.envelope, [finding for finding in event.findings if finding not in own])
        unnameable = self.standard == X12 and any(finding.severity is Severity.FATAL for finding in own)
        if unnameable:  # no 997 can say so
            self._note(
                self.envelope,
                [msgspec.structs.replace(own[0], ack_level="interchange", ack_code=INVALID_CONTENT)],
            )
        if self._in_group(event):
            header = event.header
            nameable = bool(header.code or header.control_number) and not unnameable
            yield from self._put(GroupOpened(header=header, nameable=nameable))
            if self.reject is Reject.GROUP:
                self.held = Spool()

    def _in_group(self, event: GroupStart | GroupEnd) -> bool:
        return self.standard == X12 or bool(event.header.code or event.header.control_number)

    def set(self, event: TransactionCut | TransactionDropped) -> SetVerdict:
        if isinstance(event, TransactionDropped):
            version = event.group.version if self.standard == X12 else ""
            agency, association = "", ""
            findings: tuple[Finding, ...] = (event.finding,)
        else:
            findings = judge_cut(event, self.watching(event) if self.watching else None).findings
            version, agency, association = event.version, event.agency, event.association
        found = errors(findings)
        if not found:
            verdict = Verdict.ACCEPTED
        elif self.reject is not Reject.NOTHING or any(finding.severity is Severity.FATAL for finding in found):
            verdict = Verdict.REJECTED
        else:
            verdict = Verdict.ACCEPTED_WITH_ERRORS
        self.rejecting = self.rejecting or verdict is Verdict.REJECTED
        said = SetVerdict(
            type=event.type, control_number=event.control_number, verdict=verdict, version=version, agency=agency,
            association=association, findings=findings,
        )  # fmt: skip
        self.tally.add(said)
        return said

    def _close(self, event: GroupEnd) -> Iterator[Judged]:
        if not self._in_group(event):
            self._note(self.envelope, event.findings)
            return
        codes = {finding.ack_code for finding in self.group}
        self._note(self.group, [finding for code, finding in self.tally.notes.items() if code not in codes])
        self._note(self.group, event.findings)
        found = errors(tuple(self.group))
        rejected = self.reject is Reject.GROUP and bool(found or self.tally.rejected)
        verdict = self.tally.verdict(self.group, rejected)
        self.rejecting = self.rejecting or bool(found) or verdict is Verdict.REJECTED
        if self.reject is Reject.GROUP:
            yield from self._release(rejected)
        header = event.header
        said = GroupVerdict(
            code=header.code, control_number=header.control_number, verdict=verdict, version=header.version,
            sender=header.sender, receiver=header.receiver, included=event.included, received=event.received,
            accepted=0 if rejected else self.tally.accepted, findings=tuple(self.group),
        )  # fmt: skip
        yield from self._put(said)

    def _end(self, event: InterchangeEnd) -> Iterator[Judged]:
        self._note(self.envelope, event.findings)
        found = errors(tuple(self.envelope))
        rejected = self.reject is Reject.INTERCHANGE and bool(found or self.rejecting)
        if self.reject is Reject.INTERCHANGE:
            yield from self._release(rejected)
        verdict = Verdict.ACCEPTED_WITH_ERRORS if found else Verdict.ACCEPTED
        header = event.header
        yield InterchangeVerdict(
            standard=header.standard, control_number=header.control_number,
            verdict=Verdict.REJECTED if rejected else verdict, sender=header.sender, receiver=header.receiver,
            date=header.date, time=header.time, findings=tuple(self.envelope),
        )  # fmt: skip
