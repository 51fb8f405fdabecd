"""What stands in the journal, and since when: questions whose answers come from an index, however much is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from b2bsync.store.tables import DeliveryRow, DocumentRow, Event, table_of

_DOCUMENT = table_of(DocumentRow)
_DELIVERY = table_of(DeliveryRow)
_EVENT = table_of(Event)


DISPUTED = "second opinion"
"""The subject of events on documents that went their way although two judges of their syntax disagree."""


@dataclass(frozen=True)
class OldestDocument:
    """The first of the ``count`` documents that are in a status."""

    status: str
    count: int
    id: int
    direction: str
    partner: str
    type: str
    number: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Awaited:
    """A delivery whose acknowledgement was due at ``due``."""

    id: int
    partner: str
    name: str
    due: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class TakenOver:
    """A lane that ``who`` took over from a node that had fallen silent; ``detail`` names both."""

    at: datetime
    lane: str
    detail: str
    who: str


@dataclass(frozen=True)
class Disputed:
    """A document that went its way although two judges of its syntax disagree; ``detail`` names both."""

    id: int
    at: datetime
    detail: str


def oldest_documents(session: Session, statuses: Iterable[str]) -> list[OldestDocument]:
    """The oldest document in each of these statuses, the oldest of all first; statuses without any are left out."""
    document = _DOCUMENT
    # A minimum for each group, and not the first by id: PostgreSQL would look for that along the key, past all that
    # came to its end long ago.
    first = (
        select(document.c.status, func.min(document.c.id).label("id"), func.count().label("count"))
        .where(document.c.status.in_(list(statuses)))
        .group_by(document.c.status)
        .subquery()
    )
    names = ("id", "direction", "partner", "type", "number", "created_at", "updated_at")
    columns = (document.c[name] for name in names)
    query = select(first.c.status, first.c.count, *columns).join(first, first.c.id == document.c.id)
    return [OldestDocument(*row) for row in session.execute(query.order_by(document.c.id))]


def overdue_acknowledgements(session: Session, limit: int = 20) -> list[Awaited]:
    """Deliveries whose acknowledgement is overdue, the one that is so for longest first."""
    delivery = _DELIVERY
    columns = (delivery.c.id, delivery.c.partner, delivery.c.name, delivery.c.ack_due, delivery.c.sent_at)
    query = select(*columns).where(delivery.c.ack_state == "overdue", delivery.c.ack_due.is_not(None))
    return [Awaited(*row) for row in session.execute(query.order_by(delivery.c.ack_due).limit(limit))]


def overdue_count(session: Session) -> int:
    query = select(func.count()).select_from(_DELIVERY).where(_DELIVERY.c.ack_state == "overdue")
    return session.execute(query).scalar_one()


def labels(session: Session, document_ids: Iterable[int]) -> dict[int, str]:
    """What people call documents, by id: ``850 PO-1 of acme``."""
    document = _DOCUMENT
    query = select(document.c.id, document.c.type, document.c.number, document.c.partner)
    rows = session.execute(query.where(document.c.id.in_(list(document_ids))))
    return {row.id: f"{row.type} {row.number}".strip() + (f" of {row.partner}" if row.partner else "") for row in rows}


def taken_over(session: Session, since: datetime, limit: int = 20) -> list[TakenOver]:
    """The lanes that were taken over since a moment, newest first."""
    event = _EVENT
    query = select(event.c.at, event.c.subject_id, event.c.detail, event.c.who).where(
        event.c.subject == "lane", event.c.what == "taken over", event.c.at >= since
    )
    # By time, which has no index: by id PostgreSQL would walk along the key, past all events of documents.
    return [TakenOver(*row) for row in session.execute(query.order_by(event.c.at.desc()).limit(limit))]


def disputed(session: Session, since: datetime, limit: int = 20) -> tuple[int, list[Disputed]]:
    """How many documents went their way since a moment although the judges of their syntax disagree; the newest."""
    event = _EVENT
    where = (event.c.subject == DISPUTED, event.c.at >= since)
    count = session.execute(select(func.count(event.c.subject_id.distinct())).where(*where)).scalar_one()
    query = select(event.c.subject_id, event.c.at, event.c.detail).where(*where)
    rows = session.execute(query.order_by(event.c.at.desc()).limit(limit))
    return count, [Disputed(int(row[0]), row[1], row[2]) for row in rows]
