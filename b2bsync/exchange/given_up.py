"""What becomes of a message, a document or a delivery whose task an operator gave up: it failed, says why, promises
nothing any more, and has the verbs of what failed."""

from sqlalchemy.orm import Session

from b2bsync.store import commitments, deliveries, journal, orders
from b2bsync.store.journal import NewEvent


def give_up_message(session: Session, message_id: int, error: str) -> None:
    """What was made of it stays; a retry goes on where it stopped."""
    reason = _reason(error)
    journal.update_messages(session, [message_id], status="failed", error=reason)
    _tell(session, "message", message_id, reason)


def give_up_document(session: Session, document_id: int, error: str) -> None:
    """Its order is cancelled here until it is judged again, and what it was promised is free."""
    reason = _reason(error)
    journal.update_documents(session, [document_id], status="failed", reason=reason)
    order = orders.orders_by_document(session, [document_id]).get(document_id)
    if order is not None and order.id is not None:
        commitments.release_orders(session, [order.id])
        orders.update_orders(session, [order.id], status="cancelled")
    _tell(session, "document", document_id, reason)


def give_up_delivery(session: Session, delivery_id: int, error: str) -> None:
    """Its documents wait: a retry sends the same bytes."""
    reason = _reason(error)
    deliveries.end_attempts(session, [delivery_id], state="dead", error=reason)
    _tell(session, "delivery", delivery_id, reason)


def _reason(error: str) -> str:
    return f"given up: {error}" if error else "given up"


def _tell(session: Session, subject: str, subject_id: int, reason: str) -> None:
    journal.add_events(session, [NewEvent(subject=subject, subject_id=str(subject_id), what="failed", detail=reason)])
