"""What an operator can do to messages, documents and deliveries: each state has its verb. Functions take a session and
raise Refused where the state does not allow the verb, saying which does."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from b2bsync.exchange.outbound import Outgoing, dispatch
from b2bsync.exchange.reading import translate_again
from b2bsync.exchange.setting import Setting, acknowledge_lane, erp_lane, orders_lane, receive_lane, send_lane
from b2bsync.model import decode_document
from b2bsync.store import begin_write, claims, commitments, deliveries, journal, orders
from b2bsync.store.journal import NewEvent
from b2bsync.store.tables import DeliveryRow, DocumentRow


class Refused(Exception):
    """The verb does not fit; the text says why, and what does."""


def _document(session: Session, document_id: int) -> DocumentRow:
    row = journal.document(session, document_id)
    if row is None:
        raise Refused(f"there is no document {document_id}; `b2bsync documents list` shows the newest")
    return row


def _tell(session: Session, subject: str, subject_id: int, what: str, who: str, detail: str = "") -> None:
    event = NewEvent(subject=subject, subject_id=str(subject_id), what=what, detail=detail, who=who)
    journal.add_events(session, [event])


def retry_message(setting: Setting, session: Session, message_id: int, who: str) -> None:
    """Translate a message that failed once more, from its beginning; what was made of it stays."""
    begin_write(session)
    row = journal.message(session, message_id)
    if row is None:
        raise Refused(f"there is no message {message_id}")
    if row.status not in ("failed", "duplicate"):
        raise Refused(f"message {message_id} is {row.status}; only failed and duplicate ones are translated again")
    if journal.documents(session, message_id=message_id, limit=1):
        raise Refused(f"documents were made of message {message_id}; retry those instead")
    claims.release(session, [f"message:{message_id}"])
    journal.update_messages(session, [message_id], status="received", progress="", error="")
    setting.lanes.add(session, receive_lane(row.partner), "translate", [message_id])
    _tell(session, "message", message_id, "retried", who)


def retry_document(setting: Setting, session: Session, document_id: int, who: str) -> str:
    """Take a document up again where it stopped; returns what happens now."""
    begin_write(session)
    row = _document(session, document_id)
    step = _inbound if row.direction == "in" else _outbound
    said = step(setting, session, row)
    _tell(session, "document", document_id, "retried", who, said)
    return said


def _inbound(setting: Setting, session: Session, row: DocumentRow) -> str:
    assert row.id is not None
    document_id = row.id
    lane: Callable[[str], str] = orders_lane
    if row.status == "failed" and row.body is None:
        row = translate_again(setting, session, row)
    if row.status in ("failed", "held", "translated", "duplicate") and row.kind == "Order":
        parked = [task for task in setting.lanes.parked(session) if task.subject == row.id and task.stage == "push"]
        if parked:
            setting.lanes.retry_tasks(session, [task.id for task in parked])
            journal.update_documents(session, [document_id], status="pushing", reason="")
            return "pushed to the ERP again"
        stage = "judge"
    elif row.status in ("failed", "held", "translated") and row.kind == "FunctionalAcknowledgement":
        stage, lane = "reconcile", acknowledge_lane
    elif row.status == "pushing":
        connector = setting.erp(setting.partner(row.partner))
        setting.lanes.retry(session, erp_lane(connector))
        return f"the lane of {connector} tries at once"
    elif row.status == "recorded":
        return "translated and recorded"
    else:
        raise Refused(f"document {row.id} is {row.status}: there is nothing to retry; resend sends its answer again")
    already = [t for t in setting.lanes.parked(session) if t.subject == row.id and t.stage == stage]
    if already:
        setting.lanes.retry_tasks(session, [task.id for task in already])
    else:
        setting.lanes.add(session, lane(row.partner), stage, [document_id])
    journal.update_documents(session, [document_id], status="translated", reason="")
    return "judged again" if stage == "judge" else "reconciled again"


def _outbound(setting: Setting, session: Session, row: DocumentRow) -> str:
    """Build a document that failed anew; put a delivery that died back on its way."""
    assert row.id is not None
    if row.status in ("failed", "learnt") and row.body is not None:
        if not row.partner:
            raise Refused(f"document {row.id} belongs to no partner: {row.reason}")
        outgoing = Outgoing(
            decode_document(row.body),
            row.type,
            row.number,
            customer=row.customer,
            parent_id=row.parent_id,
            source_key=row.source_key,
            document_id=row.id,
        )
        dispatch(setting, session, setting.partner(row.partner), [outgoing])
        rebuilt = _document(session, row.id)
        if rebuilt.status == "failed":
            raise Refused(f"it still fails: {rebuilt.reason}")
        return "built and queued"
    for delivery in _deliveries(session, row.id):
        if delivery.state in ("dead", "queued"):
            _queue(setting, session, delivery)
            return f"delivery {delivery.id} is queued"
    raise Refused(f"document {row.id} is {row.status}: there is nothing to retry; resend sends the same bytes again")


def _deliveries(session: Session, document_id: int) -> list[DeliveryRow]:
    ids = deliveries.deliveries_of(session, [document_id]).get(document_id, [])
    rows = deliveries.deliveries_by_id(session, ids)
    return [rows[i] for i in sorted(rows, reverse=True)]


def _queue(setting: Setting, session: Session, delivery: DeliveryRow) -> None:
    assert delivery.id is not None
    deliveries.update_deliveries(session, [delivery.id], state="queued", error="")
    parked = [t for t in setting.lanes.parked(session) if t.subject == delivery.id and t.stage == "deliver"]
    if parked:
        setting.lanes.retry_tasks(session, [task.id for task in parked])
        return
    lane = acknowledge_lane if delivery.group_code == "FA" else send_lane
    setting.lanes.add(session, lane(delivery.partner), "deliver", [delivery.id])


def resend_document(setting: Setting, session: Session, document_id: int, who: str) -> str:
    """Send the same bytes, under the same name and control numbers, again. For an inbound document: its answer."""
    begin_write(session)
    row = _document(session, document_id)
    if row.direction == "in":
        answers = [d for d in journal.documents(session, parent_id=document_id, limit=50) if d.direction == "out"]
        if not answers:
            raise Refused(f"document {document_id} has no answer that could be sent again")
        row = answers[-1]
    assert row.id is not None
    found = _deliveries(session, row.id)
    if not found:
        raise Refused(f"document {row.id} was never sent ({row.status}); retry builds it")
    delivery = found[0]
    if delivery.state in ("queued", "sending"):
        raise Refused(f"delivery {delivery.id} is on its way already ({delivery.state})")
    if delivery.state == "in_doubt":
        raise Refused(f"delivery {delivery.id} is in doubt; `b2bsync deliveries decide {delivery.id} sent|resend`")
    _queue(setting, session, delivery)
    _tell(session, "document", row.id, "sent again", who, f"delivery {delivery.id}")
    return f"document {row.id} goes again as {delivery.name}"


def skip_document(setting: Setting, session: Session, document_id: int, who: str, why: str) -> None:
    """Close a document that waits for a person; it stays in the journal with the reason."""
    begin_write(session)
    row = _document(session, document_id)
    if row.status not in ("held", "failed", "duplicate", "translated", "refused", "learnt", "pushing"):
        raise Refused(f"document {document_id} is {row.status}; there is nothing to skip")
    tasks = [
        t
        for t in setting.lanes.parked(session)
        if t.subject == document_id and t.stage in ("judge", "push", "reconcile")
    ]
    if row.status == "pushing" and not tasks:
        raise Refused(f"document {document_id} is on its way into the ERP; it can be skipped once its task is parked")
    setting.lanes.skip_tasks(session, [task.id for task in tasks])
    claims.release(session, [f"document:{document_id}"])
    order = orders.orders_by_document(session, [document_id]).get(document_id)
    if order is not None and order.id is not None:
        commitments.release_orders(session, [order.id])
        orders.update_orders(session, [order.id], status="cancelled")
    journal.update_documents(session, [document_id], status="skipped", reason=why)
    _tell(session, "document", document_id, "skipped", who, why)


def decide_delivery(setting: Setting, session: Session, delivery_id: int, decision: str, who: str) -> str:
    """An in-doubt send: the operator knows that it arrived (``sent``), or wants it sent again (``resend``)."""
    begin_write(session)
    delivery = deliveries.delivery(session, delivery_id)
    if delivery is None:
        raise Refused(f"there is no delivery {delivery_id}")
    if delivery.state not in ("in_doubt", "dead"):
        raise Refused(f"delivery {delivery_id} is {delivery.state}; only in-doubt and dead ones are decided")
    if decision == "resend":
        _queue(setting, session, delivery)
    else:
        now = datetime.now(UTC)
        due = now + setting.partner(delivery.partner).acks.due if delivery.ack_state == "expected" else None
        deliveries.update_deliveries(session, [delivery_id], state="sent", sent_at=now, error="", ack_due=due)
        documents = deliveries.documents_of(session, [delivery_id]).get(delivery_id, [])
        journal.update_documents(session, documents, status="sent")
    _tell(session, "delivery", delivery_id, f"decided: {decision}", who)
    return "queued again" if decision == "resend" else "counts as sent"
