"""What an operator can do to messages, documents and deliveries: each state has its verb. Functions take a session and
raise Refused where the state does not allow the verb, saying which does."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.engine import TaskState
from b2bsync.exchange.despatch import Despatch
from b2bsync.exchange.duplicates import group_key, interchange_key
from b2bsync.exchange.held import waits_held
from b2bsync.exchange.outbound import Outgoing, dispatch, order_number
from b2bsync.exchange.progress import Progress, progress_of
from b2bsync.exchange.reading import translate_again
from b2bsync.exchange.setting import Setting, acknowledge_lane, erp_lane, orders_lane, receive_lane, send_lane
from b2bsync.model import decode_document
from b2bsync.store import begin_write, blobs, claims, commitments, deliveries, journal, orders, pushes
from b2bsync.store.journal import NewEvent
from b2bsync.store.tables import DeliveryRow, DocumentRow, MessageRow
from b2bsync.vocabulary.verdicts import AckState


class Refused(Exception):
    """The verb does not fit; the text says why, and what does."""


class StillFails(Refused):
    """The verb was carried out and failed again; the text says why. What was written is to be kept."""


def _document(session: Session, document_id: int) -> DocumentRow:
    row = journal.document(session, document_id)
    if row is None:
        raise Refused(f"there is no document {document_id}; `b2bsync documents list` shows the newest")
    return row


def _tell(session: Session, subject: str, subject_id: int, what: str, who: str, detail: str = "") -> None:
    event = NewEvent(subject=subject, subject_id=str(subject_id), what=what, detail=detail, who=who)
    journal.add_events(session, [event])


def retry_message(setting: Setting, session: Session, message_id: int, who: str) -> str:
    """Translate a message that failed once more, or one that was taken for a repeat; returns what happens now.

    One of which documents were made goes on where it stopped, any other from its beginning.
    """
    row = _message(session, message_id)
    keys = _control_keys(setting, session, row) if row.status == "duplicate" else {}
    begin_write(session)
    tasks = setting.lanes.tasks(session, "translate", message_id)
    row = _message(session, message_id)
    if row.status == "partial":
        raise Refused(
            f"message {message_id} was processed in part ({row.error}), and what was taken must not be taken twice: "
            "ask the sender to send the missing interchanges again, or cut them out of `b2bsync messages raw "
            f"{message_id}` and `b2bsync receive` that file"
        )
    if row.status not in ("failed", "duplicate", "received", "translating"):
        raise Refused(f"message {message_id} is {row.status}; only failed and duplicate ones are translated again")
    made = bool(journal.documents(session, message_id=message_id, limit=1))
    if made and progress_of(row).ended:
        raise Refused(f"documents were made of message {message_id}; retry those instead")
    if not tasks and made:
        progress = progress_of(row)
        progress.in_any_order, progress.held = progress.in_any_order or progress.held, False
        going_on = msgspec.json.encode(progress).decode()
        journal.update_messages(session, [message_id], status="translating", progress=going_on, error="")
    elif not tasks:
        for scope, some in keys.items():
            claims.forget(session, scope, some)
        claims.release(session, [f"message:{message_id}"])
        # Whoever asks for it wants it as it is, also where its number is not the next one.
        fresh = msgspec.json.encode(Progress(in_any_order=True)).decode()
        journal.update_messages(session, [message_id], status="received", progress=fresh, error="")
    said = _take_up(setting, session, tasks, receive_lane(row.partner), "translate", message_id)
    _tell(session, "message", message_id, "retried", who, said)
    return "translated again" if said == NOW else said


def skip_message(setting: Setting, session: Session, message_id: int, who: str, why: str) -> None:
    """Close a message that waits for a person; what was made of it stays."""
    begin_write(session)
    tasks = setting.lanes.tasks(session, "translate", message_id)
    row = _message(session, message_id)
    if row.status not in ("failed", "partial"):
        raise Refused(f"message {message_id} is {row.status}; only failed and partial ones are skipped")
    if any(task.state == "ready" for task in tasks):
        raise Refused(f"message {message_id} is translated again just now; look at it once that is done")
    setting.lanes.skip_tasks(session, [task.id for task in tasks])
    journal.update_messages(session, [message_id], status="skipped")
    _tell(session, "message", message_id, "skipped", who, why)


def _message(session: Session, message_id: int) -> MessageRow:
    row = journal.message(session, message_id)
    if row is None:
        raise Refused(f"there is no message {message_id}; `b2bsync messages list` shows the newest")
    return row


def _control_keys(setting: Setting, session: Session, row: MessageRow) -> dict[str, list[str]]:
    """The claims on control numbers that stand in a message's way, by scope."""
    partner, found = setting.partner(row.partner), dict[str, list[str]](interchange=[], group=[])
    for event in edi.scan(blobs.read(session, row.digest)):
        if isinstance(event, edi.InterchangeStart):
            found["interchange"].append(interchange_key(partner, event.header))
        elif isinstance(event, edi.GroupStart):
            found["group"].append(group_key(partner, event.header))
    return found


NOW = "taken up"


def _take_up(
    setting: Setting,
    session: Session,
    tasks: Sequence[TaskState],
    lane: str,
    stage: str,
    subject: int,
    order: Callable[[], str] | None = None,
) -> str:
    """See that a stage runs once for a subject, whatever is due already; returns how. ``order``: its order's number,
    where the lane is one of several."""
    if parked := [task.id for task in tasks if task.state == "parked"]:
        setting.lanes.retry_tasks(session, parked[:1])
        setting.lanes.skip_tasks(session, parked[1:])
        return NOW
    if tasks:
        setting.lanes.retry(session, tasks[0].lane)
        return f"waits in lane {tasks[0].lane} already, which tries at once unless it is paused"
    if order is None:
        setting.lanes.add(session, lane, stage, [subject])
    else:
        setting.spread(session, lane, stage, [subject], lambda: [order()])
    return NOW


def retry_document(setting: Setting, session: Session, document_id: int, who: str) -> str:
    """Take a document up again where it stopped; returns what happens now. Raises StillFails where that is known at
    once to lead nowhere."""
    begin_write(session)
    row = _document(session, document_id)
    step = _inbound if row.direction == "in" else _outbound
    try:
        said = step(setting, session, row)
    except StillFails as error:
        _tell(session, "document", document_id, "retried", who, str(error))
        raise
    _tell(session, "document", document_id, "retried", who, said)
    return said


def _inbound(setting: Setting, session: Session, row: DocumentRow) -> str:
    assert row.id is not None
    document_id, stages = row.id, {"Order": ("judge", "push"), "FunctionalAcknowledgement": ("reconcile",)}
    tasks = [t for stage in stages.get(row.kind, ()) for t in setting.lanes.tasks(session, stage, document_id)]
    row = _document(session, document_id)  # as it is now that nothing moves it
    going = [task for task in tasks if task.stage == "push"]
    if row.status == "pushing" or going:
        lane = erp_lane(setting.erp(setting.partner(row.partner)))
        said = _take_up(setting, session, going, lane, "push", document_id)
        journal.update_documents(session, [document_id], status="pushing", reason="")
        return "pushed to the ERP again" if said == NOW else said
    if row.status == "refused" or (row.status == "failed" and row.body is None):
        row = translate_again(setting, session, row)
        if row.status in ("failed", "refused"):
            raise StillFails(f"it still {'fails' if row.status == 'failed' else 'is refused'}: {row.reason}")
        if row.status == "recorded":
            return "translated and recorded"
    if row.status not in ("failed", "held", "translated", "duplicate") or row.kind not in stages:
        raise Refused(f"document {row.id} is {row.status}: there is nothing to retry; resend sends its answer again")
    judges = row.kind == "Order"
    if judges:
        number = row.number
        said = _take_up(setting, session, tasks, orders_lane(row.partner), "judge", document_id, lambda: number)
    else:
        said = _take_up(setting, session, tasks, acknowledge_lane(row.partner), "reconcile", document_id)
    journal.update_documents(session, [document_id], status="translated", reason="")
    again = "judged again" if judges else "reconciled again"
    return again if said == NOW else said


def _outbound(setting: Setting, session: Session, row: DocumentRow) -> str:
    """Build a document that failed anew; put a delivery that died back on its way."""
    assert row.id is not None
    document_id = row.id
    if row.status in ("learnt", "held"):
        if why := Despatch(setting).again(session, row):
            raise Refused(f"document {row.id} is not sent: it {why}")
        return "built and queued"
    if row.status == "failed" and row.body is not None:
        journal.lock_documents(session, [document_id])
        row = _document(session, document_id)
        if row.status != "failed" or row.body is None:
            raise Refused(f"document {document_id} is {row.status} meanwhile: somebody else has retried it")
        outgoing = Outgoing(
            decode_document(row.body),
            row.type,
            row.number,
            customer=row.customer,
            parent_id=row.parent_id,
            source_key=row.source_key,
            document_id=document_id,
        )
        dispatch(setting, session, setting.partner(row.partner), [outgoing])
        rebuilt = _document(session, document_id)
        if rebuilt.status == "failed":
            raise StillFails(f"it still fails: {rebuilt.reason}")
        return "built and queued"
    for delivery in _deliveries(setting, session, document_id):
        if delivery.state in ("dead", "queued", "sending"):
            said = _queue(setting, session, delivery)
            return f"delivery {delivery.id} is queued" if said == NOW else f"delivery {delivery.id} {said}"
    status = _document(session, document_id).status  # it may have left meanwhile
    raise Refused(f"document {document_id} is {status}: there is nothing to retry; resend sends the same bytes again")


def _deliveries(setting: Setting, session: Session, document_id: int) -> list[DeliveryRow]:
    """Newest first, as they are now that nothing moves them."""
    ids = deliveries.deliveries_of(session, [document_id]).get(document_id, [])
    for i in ids:
        setting.lanes.tasks(session, "deliver", i)
    rows = deliveries.deliveries_by_id(session, ids)
    return [rows[i] for i in sorted(rows, reverse=True)]


def _queue(setting: Setting, session: Session, delivery: DeliveryRow) -> str:
    """Put a delivery on its way, unless it is on it already."""
    assert delivery.id is not None
    tasks = setting.lanes.tasks(session, "deliver", delivery.id)
    if not any(task.state == "ready" for task in tasks):
        deliveries.update_deliveries(session, [delivery.id], state="queued", error="")
    if delivery.group_code == "FA":
        return _take_up(setting, session, tasks, acknowledge_lane(delivery.partner), "deliver", delivery.id)
    lane, carried = send_lane(delivery.partner), deliveries.documents_of(session, [delivery.id]).get(delivery.id, [])
    return _take_up(setting, session, tasks, lane, "deliver", delivery.id, lambda: order_number(session, carried))


def _under_way(setting: Setting, session: Session, delivery: DeliveryRow) -> bool:
    """Whether a task will send it; one that nothing will send may be decided by hand."""
    assert delivery.id is not None
    return delivery.state in ("queued", "sending") and bool(setting.lanes.tasks(session, "deliver", delivery.id))


def resend_document(setting: Setting, session: Session, document_id: int, who: str) -> str:
    """Send the same bytes, under the same name and control numbers, again. For an order: its newest answer; for one
    that repeats another, the answer of that one."""
    begin_write(session)
    row = _document(session, document_id)
    if row.direction == "in":
        asked = row.parent_id if row.status == "duplicate" else document_id
        answers = journal.documents(session, parent_id=asked, direction="out", kind="OrderResponse", limit=1)
        if not answers:
            raise Refused(f"document {document_id} has no answer that could be sent again")
        [row] = answers
    assert row.id is not None
    found = _deliveries(setting, session, row.id)
    if not found:
        raise Refused(f"document {row.id} was never sent ({row.status}); retry builds it")
    delivery = found[0]
    assert delivery.id is not None
    if _under_way(setting, session, delivery):
        raise Refused(f"delivery {delivery.id} is on its way already ({delivery.state})")
    if delivery.state == "in_doubt":
        raise Refused(f"delivery {delivery.id} is in doubt; `b2bsync deliveries decide {delivery.id} sent|resend`")
    _queue(setting, session, delivery)
    if delivery.ack_state == AckState.OVERDUE:  # due anew, counted from when it is sent
        deliveries.update_deliveries(session, [delivery.id], ack_state=AckState.EXPECTED, ack_due=None)
    _tell(session, "document", row.id, "sent again", who, f"delivery {delivery.id}")
    return f"document {row.id} goes again as {delivery.name}"


def skip_document(setting: Setting, session: Session, document_id: int, who: str, why: str) -> None:
    """Close a document that waits for a person; it stays in the journal with the reason."""
    begin_write(session)
    tasks = [
        task for stage in ("judge", "push", "reconcile") for task in setting.lanes.tasks(session, stage, document_id)
    ]
    row = _document(session, document_id)
    if row.status not in ("held", "failed", "duplicate", "translated", "refused", "learnt", "pushing"):
        raise Refused(f"document {document_id} is {row.status}; there is nothing to skip")
    pushing = [task for task in tasks if task.stage == "push" and task.state == "ready"]
    if pushing and (any(task.starts for task in pushing) or pushes.pushes(session, document_id=document_id, limit=1)):
        raise Refused(f"document {document_id} is on its way into the ERP; it can be skipped once its task is parked")
    setting.lanes.skip_tasks(session, [task.id for task in tasks if task.state == "parked"])
    # A task that is ready finds the document closed, and leaves it alone.
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
    setting.lanes.tasks(session, "deliver", delivery_id)  # from now on nothing moves it
    delivery = deliveries.delivery(session, delivery_id)
    if delivery is None:
        raise Refused(f"there is no delivery {delivery_id}")
    lost = delivery.state in ("queued", "sending") and not _under_way(setting, session, delivery)
    held = not lost and waits_held(setting, session, delivery)
    if held and decision == "resend":
        raise Refused(f"delivery {delivery_id} is held; `b2bsync deliveries release {delivery_id}` lets it go")
    if delivery.state not in ("in_doubt", "dead") and not lost and not held:
        raise Refused(f"delivery {delivery_id} is {delivery.state}; only in-doubt, dead and held ones are decided")
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


def waive_acknowledgement(session: Session, delivery_id: int, who: str) -> None:
    """Await no acknowledgement of a delivery any more; one that comes all the same counts."""
    begin_write(session)
    delivery = deliveries.delivery(session, delivery_id)
    if delivery is None:
        raise Refused(f"there is no delivery {delivery_id}; `b2bsync deliveries list` shows the newest")
    if delivery.ack_state not in (AckState.EXPECTED, AckState.OVERDUE):
        raise Refused(f"the acknowledgement of delivery {delivery_id} is not awaited: it is {delivery.ack_state}")
    deliveries.update_deliveries(session, [delivery_id], ack_state=AckState.NONE, ack_due=None)
    _tell(session, "delivery", delivery_id, "acknowledgement waived", who)
