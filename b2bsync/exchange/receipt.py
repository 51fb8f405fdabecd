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
    pieces,
)
from b2bsync.edi.answers.verdict import ACKNOWLEDGEMENT_GROUP
from b2bsync.edi.standard import EDIFACT, X12
from b2bsync.exchange.acknowledge import of_group, of_interchange
from b2bsync.exchange.reading import decode_findings
from b2bsync.exchange.sending import new_key
from b2bsync.exchange.setting import Setting, acknowledge_lane
from b2bsync.exchange.written import Written
from b2bsync.model import FunctionalAcknowledgement, encode_document
from b2bsync.partners import Partner
from b2bsync.store import blobs, deliveries, journal
from b2bsync.store.deliveries import NewDelivery
from b2bsync.store.journal import NewDocument, NewEvent
from b2bsync.store.tables import MessageRow
from b2bsync.vocabulary.findings import Finding
from b2bsync.vocabulary.verdicts import AckState, Verdict

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
    """An interchange that ended. ``findings`` are those on its envelope, ``start`` the byte of the message at which it
    begins; ``groups`` those of EDIFACT that were met in it. ``rejected``: as for groups."""

    header: edi.InterchangeHeader
    findings: tuple[Finding, ...]
    start: int
    rejected: bool = False


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
    _send(setting, session, written, None, of_group(verdict, told), group.control_number, source)


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
    _send(setting, session, written, said, canonical, header.control_number, source)


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
    open: tuple[str, str] | None = None
    tally = Tally(EDIFACT)
    for one in journal.verdicts(session, message_id, ended.start):
        group = (one.group_code, one.group_control)
        if group != (open or ("", "")):
            if open:
                yield _group_verdict(*open, tally)
            open, tally = (group if any(group) else None), Tally(EDIFACT)
            if open:
                yield GroupOpened(
                    header=edi.GroupHeader(
                        code=open[0], sender="", receiver="", control_number=open[1], date="", time=""
                    )
                )
        position = edi.Position(offset=one.start, interchange=ended.header)
        events = edi.scan(blobs.read(session, message.digest, one.start), position)
        cut = next((event for event in events if isinstance(event, edi.TransactionCut | edi.TransactionDropped)), None)
        said = SetVerdict(
            type=one.type,
            control_number=one.set_control,
            verdict=Verdict(one.verdict),
            version=one.version,
            agency=cut.agency if isinstance(cut, edi.TransactionCut) else "",
            association=cut.association if isinstance(cut, edi.TransactionCut) else "",
            findings=decode_findings(one.findings),
        )
        tally.add(said)
        yield said
    if open:
        yield _group_verdict(*open, tally)


def _group_verdict(code: str, control_number: str, tally: Tally) -> GroupVerdict:
    return GroupVerdict(
        code=code, control_number=control_number, verdict=tally.verdict(()),
        received=tally.accepted + tally.rejected, accepted=tally.accepted,
    )  # fmt: skip


def _send(
    setting: Setting,
    session: Session,
    written: Written,
    said: InterchangeVerdict | None,
    told: FunctionalAcknowledgement,
    number: str,
    source: str,
) -> None:
    """Keep an answer, if there is one, and put it on its way."""
    with blobs.spooled(pieces(written.answer.end(said))) as content:
        if not content.info.size:
            return
        blob = blobs.keep(session, content)
    partner, standard, control = written.partner, written.header.standard, written.control_number
    type, version = written.type
    group = written.group_number
    row = NewDocument(
        company=partner.company,
        stage=partner.stage,
        direction="out",
        partner=partner.name,
        dialect="x12" if standard == X12 else "edifact",
        version=version,
        type=type,
        kind="FunctionalAcknowledgement",
        number=number,
        source_key=source,
        status="queued",
        body=encode_document(told),
        agreement_hash=journal.put_artifact(session, "agreement", partner.name, partner.text),
        interchange_control=control,
        group_code=ACKNOWLEDGEMENT_GROUP if group else "",
        group_control=group,
        set_control={"TA1": "", "CONTRL": "1"}.get(type, "0001"),
    )
    ids = journal.add_documents(session, [row])
    delivery = NewDelivery(
        company=partner.company,
        stage=partner.stage,
        partner=partner.name,
        idem_key=new_key(session, partner, standard, control),
        name=f"{type}_{partner.name}_{control}.edi",
        digest=blob.digest,
        size=blob.size,
        documents=ids,
        interchange_control=control,
        group_code=ACKNOWLEDGEMENT_GROUP,
        group_control=group,
        ack_state=AckState.NONE,
    )
    added = deliveries.add_deliveries(session, [delivery])
    setting.lanes.add(session, acknowledge_lane(partner.name), "deliver", added)


def send_again(setting: Setting, session: Session, message: MessageRow, first_id: int) -> None:
    """A partner that sends the same bytes again may have missed our receipts: the first ones go again, unchanged."""
    first = journal.message(session, first_id)
    if first is None or first.id == message.id or first.digest != message.digest:
        return
    keys = [_group_source(first_id, code, control) for code, control in journal.groups(session, first_id)]
    keys += [_interchange_source(first_id, control) for control in journal.interchanges(session, first_id)]
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
