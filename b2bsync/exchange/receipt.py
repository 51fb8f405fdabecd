"""The receipts that a partner gets for what it sent: a 997 or 999 for every group as soon as it ended, TA1 or CONTRL
for the interchange; and the same bytes again when its own come again.

They are written from the journal, page by page, into a content of their own: memory does not grow with the number of
transaction sets. They never wait behind business documents, and are never acknowledged.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.edi.answers import (
    GroupOpened,
    GroupVerdict,
    InterchangeVerdict,
    SetVerdict,
    Tally,
)
from b2bsync.edi.answers.verdict import ACKNOWLEDGEMENT_GROUP
from b2bsync.edi.standard import EDIFACT, X12
from b2bsync.exchange.acknowledge import of_group, of_interchange
from b2bsync.exchange.posting import post
from b2bsync.exchange.progress import MessageGroup
from b2bsync.exchange.reading import decode_findings
from b2bsync.exchange.setting import Setting, acknowledge_lane
from b2bsync.exchange.written import Written
from b2bsync.partners import Partner
from b2bsync.store import blobs, deliveries, journal
from b2bsync.store.journal import NewEvent
from b2bsync.store.tables import MessageRow
from b2bsync.vocabulary.findings import Finding
from b2bsync.vocabulary.verdicts import Verdict

FUNCTIONAL = ("997", "999")

KEPT = 1000
"""Transaction sets that the journal's own copy of an acknowledgement names, those that were not simply accepted; what
was sent names them all."""


@dataclass(frozen=True)
class Ended:
    """A functional group whose trailer was met, or that ended without one.

    ``included`` is GE01, ``received`` the sets that were counted, ``start`` the byte of the message at which its sets
    begin. ``rejected``: the agreement rejects all of it for something in it.
    """

    interchange: edi.InterchangeHeader
    header: edi.GroupHeader
    included: int
    received: int
    findings: tuple[Finding, ...]
    start: int
    rejected: bool = False


@dataclass(frozen=True)
class Closed:
    """An interchange that ended. ``findings`` are those on its envelope, ``start`` the byte of the message at which its
    content begins; ``groups`` those of EDIFACT that were met in it. ``rejected``: as for groups."""

    header: edi.InterchangeHeader
    findings: tuple[Finding, ...]
    start: int
    rejected: bool = False
    groups: tuple[MessageGroup, ...] = ()


def acknowledge_group(setting: Setting, session: Session, partner: Partner, message_id: int, ended: Ended) -> None:
    """One 997 or 999 for a group of X12 that ended; acknowledgements are never acknowledged."""
    group = ended.header
    if group.code == ACKNOWLEDGEMENT_GROUP or not group.code or not any(map(partner.sends, FUNCTIONAL)):
        return
    written = Written(session, partner, ended.interchange)
    writing = written.answer
    writing.group(GroupOpened(header=group))
    tally, told = Tally(X12), list[SetVerdict]()
    for said in _judged(session, message_id, ended.start):
        tally.add(said)
        writing.set(said)
        if said.verdict is not Verdict.ACCEPTED and len(told) < KEPT:
            told.append(said)
    noted = {finding.ack_code for finding in ended.findings}
    findings = (*ended.findings, *(finding for code, finding in tally.notes.items() if code not in noted))
    verdict = GroupVerdict(
        code=group.code,
        control_number=group.control_number,
        verdict=tally.verdict(findings, ended.rejected),
        version=group.version,
        sender=group.sender,
        receiver=group.receiver,
        included=ended.included,
        received=ended.received,
        accepted=0 if ended.rejected else tally.accepted,
        findings=findings,
    )
    writing.group_end(verdict)
    source = _group_source(message_id, group.code, group.control_number)
    post(setting, session, written, None, of_group(verdict, told), group.control_number, source)


def acknowledge_interchange(
    setting: Setting, session: Session, partner: Partner, message_id: int, ended: Closed
) -> None:
    """TA1 or CONTRL, where the agreement or the interchange asks for it. ``Closed`` is given for what holds more than
    acknowledgements only."""
    header = ended.header
    verdict = Verdict.ACCEPTED_WITH_ERRORS if ended.findings else Verdict.ACCEPTED
    said = InterchangeVerdict(
        standard=header.standard,
        control_number=header.control_number,
        verdict=Verdict.REJECTED if ended.rejected else verdict,
        sender=header.sender,
        receiver=header.receiver,
        date=header.date,
        time=header.time,
        findings=ended.findings,
    )
    told = list[SetVerdict]()
    written = Written(session, partner, header)
    writing = written.answer
    if header.standard != X12:
        if not partner.sends("CONTRL"):
            return
        for one in _judged_messages(session, message_id, ended):
            if isinstance(one, SetVerdict):
                writing.set(one)
                if one.verdict is not Verdict.ACCEPTED and len(told) < KEPT:
                    told.append(one)
            elif isinstance(one, GroupOpened):
                writing.group(one)
            else:
                writing.group_end(one)
    canonical = of_interchange(said, told)
    source = _interchange_source(message_id, header.control_number)
    post(setting, session, written, said, canonical, header.control_number, source)


def _judged(session: Session, message_id: int, start: int) -> Iterator[SetVerdict]:
    """What was judged of the sets of a message from a byte on."""
    for one in journal.verdicts(session, message_id, start):
        yield SetVerdict(
            type=sys.intern(one.type),
            control_number=one.set_control,
            verdict=Verdict(one.verdict),
            version=one.version,
            findings=decode_findings(one.findings),
        )


def _judged_messages(
    session: Session, message_id: int, ended: Closed
) -> Iterator[GroupOpened | SetVerdict | GroupVerdict]:
    """The same for EDIFACT: with what UCM repeats of UNH, which is read again, and the groups around them."""
    message = journal.message(session, message_id)
    assert message is not None
    waiting, open = list(ended.groups), _Open()
    for one in journal.verdicts(session, message_id, ended.start):
        while waiting and waiting[0].start <= one.start:
            yield from open.next(waiting.pop(0))
        if not (one.group_code or one.group_control):
            yield from open.next(None)
        position = edi.Position(offset=one.start, interchange=ended.header)
        events = edi.scan(blobs.read(session, message.digest, one.start), position)
        cut = next((event for event in events if isinstance(event, edi.TransactionCut | edi.TransactionDropped)), None)
        agency, association = (cut.agency, cut.association) if isinstance(cut, edi.TransactionCut) else ("", "")
        said = SetVerdict(
            type=one.type,
            control_number=one.set_control,
            verdict=Verdict(one.verdict),
            version=one.version,
            agency=agency,
            association=association,
            findings=decode_findings(one.findings),
        )
        open.tally.add(said)
        yield said
    for group in waiting:
        yield from open.next(group)
    yield from open.next(None)


class _Open:
    """The group of EDIFACT whose messages are told."""

    def __init__(self) -> None:
        self.group: MessageGroup | None = None
        self.tally = Tally(EDIFACT)

    def next(self, group: MessageGroup | None) -> Iterator[GroupOpened | GroupVerdict]:
        """Another one begins, or messages that stand in none."""
        ended, self.group, tally = self.group, group, self.tally
        self.tally = Tally(EDIFACT)
        if ended is not None:
            header, findings = ended.header, ended.findings
            verdict = tally.verdict(findings, ended.rejected)
            if not ended.received and not ended.rejected:  # nothing in it was refused
                verdict = Verdict.ACCEPTED_WITH_ERRORS if findings else Verdict.ACCEPTED
            yield GroupVerdict(
                code=header.code, control_number=header.control_number, verdict=verdict, sender=header.sender,
                receiver=header.receiver, received=ended.received, accepted=tally.accepted, findings=findings,
            )  # fmt: skip
        if group is not None:
            yield GroupOpened(header=group.header)


def send_again(
    setting: Setting, session: Session, message: MessageRow, first_id: int, interchange: str | None = None
) -> None:
    """A partner that sends the same bytes again may have missed our receipts: the first ones go again, unchanged.
    ``interchange``: the control number of the one that came again; none: the whole message, if its bytes are the same.
    """
    first = journal.message(session, first_id)
    if first is None or first.id == message.id or (interchange is None and first.digest != message.digest):
        return
    groups = journal.groups(session, first_id, interchange)
    keys = [_group_source(first_id, code, control) for code, control in groups]
    controls = journal.interchanges(session, first_id) if interchange is None else [interchange]
    keys += [_interchange_source(first_id, control) for control in controls]
    documents = [i for ids in journal.documents_by_source(session, keys).values() for i in ids]
    carrying = deliveries.deliveries_of(session, documents)
    ids = sorted({i for found in carrying.values() for i in found})
    rows = deliveries.deliveries_by_id(session, ids)
    again = [i for i in ids if rows[i].state in ("sent", "dead")]
    if not again:
        return
    deliveries.update_deliveries(session, again, state="queued", error="")
    setting.lanes.add(session, acknowledge_lane(message.partner), "deliver", again)
    told = f"message {message.id} repeats message {first_id}"
    events = [NewEvent(subject="delivery", subject_id=str(i), what="sent again", detail=told) for i in again]
    journal.add_events(session, events)


def _group_source(message_id: int, group_code: str, group_control: str) -> str:
    return f"message:{message_id}:{group_code}:{group_control}"


def _interchange_source(message_id: int, control: str) -> str:
    return f"message:{message_id}:interchange:{control}"
