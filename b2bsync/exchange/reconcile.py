"""What partners say about what we sent: their functional acknowledgements close deliveries and documents."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from b2bsync.edi.answers import InterchangeVerdict
from b2bsync.edi.standard import EDIFACT, X12
from b2bsync.engine import Parked, Stage, Task
from b2bsync.exchange.given_up import give_up_document
from b2bsync.exchange.references import delivery_key
from b2bsync.exchange.setting import Setting
from b2bsync.model import FunctionalAcknowledgement, TransactionVerdict, decode_document
from b2bsync.partners import Partner
from b2bsync.store import begin_write, deliveries, journal
from b2bsync.store.journal import NewEvent
from b2bsync.store.tables import DeliveryRow, DocumentRow
from b2bsync.vocabulary.verdicts import AckState, Verdict

STATES = {
    Verdict.ACCEPTED: AckState.ACCEPTED,
    Verdict.ACCEPTED_WITH_ERRORS: AckState.ACCEPTED_WITH_ERRORS,
    Verdict.PARTIALLY_ACCEPTED: AckState.PARTIALLY_ACCEPTED,
    Verdict.REJECTED: AckState.REJECTED,
}


DUPLICATE = "025"  # X12 I18: they have it already
ANSWERED = STATES.values()


class Reconcile(Stage):
    """Stage ``reconcile``; its subject is the document of a FunctionalAcknowledgement."""

    name = "reconcile"

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def abandon(self, session: Session, task: Task, error: str) -> None:
        give_up_document(session, task.subject, error)

    def finish(self, session: Session, tasks: Sequence[Task], result: object) -> None:
        begin_write(session)
        rows = journal.documents_by_id(session, [task.subject for task in tasks])
        # What is due twice is said once, and what an operator closed is not taken up by an old task.
        closed = {i for i, row in rows.items() if row.status != "translated"}
        for task in tasks:
            if task.subject in closed:
                continue
            closed.add(task.subject)
            row = rows.get(task.subject)
            if row is None or row.body is None:
                raise Parked(f"document {task.subject} has no canonical content")
            acknowledgement = decode_document(row.body)
            if not isinstance(acknowledgement, FunctionalAcknowledgement):
                raise Parked(f"document {task.subject} is a {row.kind}, not a functional acknowledgement")
            self._reconcile(session, task.subject, row, acknowledgement)

    def _reconcile(self, session: Session, document_id: int, row: DocumentRow, said: FunctionalAcknowledgement) -> None:
        """Match by partner, group code and group control number; control numbers come round again, so the newest."""
        delivery, what = self._acknowledged(session, row, said)
        if delivery is None:
            reason = f"acknowledges {what}, which we did not send"
            journal.update_documents(session, [document_id], status="held", reason=reason)
            return
        assert delivery.id is not None
        if said.receipt:
            reason = f"delivery {delivery.id} was received"
            journal.update_documents(
                session, [document_id], status="recorded", reason=reason, parent_id=_first_document(session, delivery)
            )
            return
        deliveries.update_deliveries(
            session,
            [delivery.id],
            ack_state=STATES[said.verdict],
            ack_document_id=document_id,
            state="rejected" if said.verdict is Verdict.REJECTED else "acked",
            now=datetime.now(UTC),
        )
        reason = f"{said.verdict} for delivery {delivery.id}"
        journal.update_documents(
            session, [document_id], status="recorded", reason=reason, parent_id=_first_document(session, delivery)
        )
        self._verdicts(session, delivery, said)

    def _acknowledged(
        self, session: Session, row: DocumentRow, said: FunctionalAcknowledgement
    ) -> tuple[DeliveryRow | None, str]:
        """The delivery that an acknowledgement speaks of, and what it calls it."""
        if number := said.interchange_control_number:
            key = delivery_key(self.setting.partner(row.partner), EDIFACT, number)
            return deliveries.delivery_by_key(session, key), f"interchange {number}"
        number = _number(said.group_control_number)
        found = deliveries.deliveries_by_group(session, row.partner, said.group_code, number, stage=row.stage)
        return next(iter(found), None), f"group {said.group_code} {said.group_control_number}"

    def _verdicts(self, session: Session, delivery: DeliveryRow, said: FunctionalAcknowledgement) -> None:
        assert delivery.id is not None
        ids = deliveries.documents_of(session, [delivery.id]).get(delivery.id, [])
        rows = journal.documents_by_id(session, ids)
        by_control = {(t.type, _number(t.control_number)): t for t in said.transactions}
        # Without detail it speaks for all of them. With detail it is silent on accepted ones, unless none was accepted.
        whole = not said.transactions or said.verdict is Verdict.REJECTED
        silent = said.verdict if whole else Verdict.ACCEPTED
        events = []
        changes: dict[int, dict[str, object]] = {}
        for i, row in rows.items():
            told = by_control.get((row.type, _number(row.set_control)))
            verdict = told.verdict if told else silent
            refused = verdict is Verdict.REJECTED
            why = _detail(told) if told else "the whole group was rejected" if refused else ""
            changes[i] = {
                "verdict": str(verdict),
                "status": "refused" if refused else "acknowledged",
                "reason": why if refused or verdict is Verdict.ACCEPTED_WITH_ERRORS else "",
            }
            if refused:
                events.append(
                    NewEvent(
                        subject="document", subject_id=str(i), what="refused by the partner", detail=why or str(verdict)
                    )
                )
        journal.set_documents(session, changes)
        if events:
            journal.add_events(session, events)


def reconcile_interchange(session: Session, partner: Partner, said: InterchangeVerdict, message_id: int) -> None:
    """TA1: what they say of an interchange of ours as a whole. One that they reject was not processed; one that they
    take is still acknowledged group by group, where that was agreed."""
    text = f"TA1 {said.verdict}" + "".join(f", {finding.ack_code} {finding.message}" for finding in said.findings)
    delivery = deliveries.delivery_by_key(session, delivery_key(partner, X12, said.control_number.zfill(9)))
    if delivery is None:
        told = f"{text} for interchange {said.control_number}, which we did not send"
        _tell(session, "message", message_id, "TA1 not matched", told)
        return
    assert delivery.id is not None
    _tell(session, "delivery", delivery.id, "TA1", f"{text}, in message {message_id}")
    repeated = any(finding.ack_code == DUPLICATE for finding in said.findings)
    if delivery.state in ("in_doubt", "dead"):  # it arrived: this is an answer to it
        now = datetime.now(UTC)
        due = now + partner.acks.due if delivery.ack_state == AckState.EXPECTED else None
        deliveries.update_deliveries(session, [delivery.id], state="sent", sent_at=now, error="", ack_due=due)
        documents = deliveries.documents_of(session, [delivery.id]).get(delivery.id, [])
        journal.update_documents(session, documents, status="sent")
    if repeated or delivery.ack_state in ANSWERED:  # of a second copy, or of what they have answered otherwise
        return
    if said.verdict is Verdict.REJECTED:
        deliveries.update_deliveries(
            session, [delivery.id], ack_state=AckState.REJECTED, state="rejected", error=text, now=datetime.now(UTC)
        )
        documents = deliveries.documents_of(session, [delivery.id]).get(delivery.id, [])
        journal.update_documents(session, documents, status="refused", verdict=str(said.verdict), reason=text)
        for i in documents:
            _tell(session, "document", i, "refused by the partner", text)
    elif not partner.acks.expect and delivery.ack_state in (AckState.EXPECTED, AckState.OVERDUE):
        deliveries.update_deliveries(
            session, [delivery.id], ack_state=STATES[said.verdict or Verdict.ACCEPTED], state="acked"
        )


def _tell(session: Session, subject: str, subject_id: int, what: str, detail: str) -> None:
    journal.add_events(session, [NewEvent(subject=subject, subject_id=str(subject_id), what=what, detail=detail)])


def _number(control_number: str) -> str:
    """A control number without the zeros before it, which every program puts there as it likes."""
    return control_number.lstrip("0") or "0"


def _first_document(session: Session, delivery: DeliveryRow) -> int | None:
    assert delivery.id is not None
    ids = deliveries.documents_of(session, [delivery.id]).get(delivery.id, [])
    return ids[0] if ids else None


def _detail(told: TransactionVerdict) -> str:
    """The noted segments and elements in one line: ``PO1 in segment 5: element 2 code 6, value 'X'``."""
    parts = []
    for segment in told.segments:
        noted = [
            f"element {e.position}"
            + (f" code {e.code}" if e.code else "")
            + (f", value {e.value!r}" if e.value else "")
            for e in segment.elements
        ]
        what = "; ".join(noted) or f"code {segment.code}"
        parts.append(f"{segment.tag} in segment {segment.position}: {what}")
    if told.codes:
        parts.append("codes " + ", ".join(told.codes))
    return ". ".join(parts)


def mark_overdue(session: Session, now: datetime) -> int:
    """Deliveries whose acknowledgement is late get the state that an operator searches for; returns how many."""
    begin_write(session)
    late = deliveries.deliveries(session, ack_state=AckState.EXPECTED, overdue_at=now, limit=1000)
    now_so = deliveries.deliveries_locked(session, [row.id for row in late if row.id is not None])
    ids = [i for i, row in now_so.items() if row.ack_state == AckState.EXPECTED]  # one may have come just now
    if ids:
        deliveries.update_deliveries(session, ids, ack_state=AckState.OVERDUE)
        journal.add_events(
            session,
            [
                NewEvent(
                    subject="delivery", subject_id=str(i), what="acknowledgement overdue", detail="none came in time"
                )
                for i in ids
            ],
        )
    return len(ids)
