"""Deliveries: one interchange to one place, the documents in it, and every attempt to send it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from b2bsync.store import driver, rows
from b2bsync.store.tables import Attempt, DeliveryDocument, DeliveryRow, table_of

_DELIVERY = table_of(DeliveryRow)
_CARRIED = table_of(DeliveryDocument)
_ATTEMPT = table_of(Attempt)


class NewDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery about to be queued; the fields are the columns of ``DeliveryRow``, ``documents`` what it carries."""

    company: str
    stage: str
    partner: str
    idem_key: str  # unique, for life
    name: str
    digest: str
    size: int
    state: str = "queued"
    interchange_control: str = ""
    group_code: str = ""
    group_control: str = ""
    ack_state: str = "none"
    ack_due: datetime | None = None
    documents: Sequence[int] = ()


def add_deliveries(session: Session, new: Sequence[NewDelivery], now: datetime | None = None) -> list[int]:
    """Adds deliveries and what they carry; returns their ids in the same order. A repeated ``idem_key`` is an error."""
    at = now or datetime.now(UTC)
    columns = (*NewDelivery.__struct_fields__[:-1], "attempts", "error", "created_at", "updated_at")
    values = [(*msgspec.structs.astuple(delivery)[:-1], 0, "", at, at) for delivery in new]
    ids = driver.insert(session, _DELIVERY, columns, values)
    carried = [(i, document) for i, delivery in zip(ids, new, strict=True) for document in delivery.documents]
    driver.insert_plain(session, _CARRIED, ("delivery_id", "document_id"), carried)
    return ids


def delivery(session: Session, delivery_id: int) -> DeliveryRow | None:
    return rows.by_ids(session, DeliveryRow, [delivery_id]).get(delivery_id)


def deliveries_by_id(session: Session, ids: Iterable[int]) -> dict[int, DeliveryRow]:
    return rows.by_ids(session, DeliveryRow, ids)


def deliveries_locked(session: Session, ids: Sequence[int]) -> dict[int, DeliveryRow]:
    """The same, as nobody else changes them until the transaction ends: for what is written because of their state."""
    if not driver.is_sqlite(session):
        rows.snapshots(session, _DELIVERY, ("id",), rows.among(session, "id", ids), "order by id for update")
    return deliveries_by_id(session, ids)


def deliveries(
    session: Session,
    *,
    partner: str | None = None,
    state: str | None = None,
    ack_state: str | None = None,
    document_id: int | None = None,
    overdue_at: datetime | None = None,
    stage: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[DeliveryRow]:
    """Deliveries, newest first. ``overdue_at``: those whose acknowledgement was due before that moment."""
    where = rows.equal(partner=partner, state=state, ack_state=ack_state, stage=stage)
    if document_id is not None:
        where &= rows.Where("id in (select delivery_id from delivery_document where document_id = ?)", (document_id,))
    if overdue_at is not None:
        where &= rows.compared(session, _DELIVERY, "ack_due", "<", overdue_at)
    return rows.newest(session, DeliveryRow, where, before_id=before_id, limit=limit)


def deliveries_by_group(
    session: Session, partner: str, group_code: str, group_control: str, *, stage: str | None = None
) -> list[DeliveryRow]:
    """Who carried a functional group, newest first: a group number comes round again in time."""
    where = rows.equal(partner=partner, group_code=group_code, group_control=group_control, stage=stage)
    return rows.newest(session, DeliveryRow, where, limit=1000)


def delivery_by_key(session: Session, idem_key: str) -> DeliveryRow | None:
    """The delivery with an idempotency key, which names its interchange."""
    found = rows.newest(session, DeliveryRow, rows.equal(idem_key=idem_key), limit=1)
    return found[0] if found else None


def update_deliveries(session: Session, ids: Sequence[int], *, now: datetime | None = None, **changes: Any) -> int:
    """Sets the same columns of several deliveries; returns how many there were."""
    return rows.change(session, DeliveryRow, ids, now, changes)


def documents_of(session: Session, delivery_ids: Iterable[int]) -> dict[int, list[int]]:
    """The documents that deliveries carry: ids by delivery id."""
    return _linked(session, "delivery_id", "document_id", delivery_ids)


def deliveries_of(session: Session, document_ids: Iterable[int]) -> dict[int, list[int]]:
    """The deliveries that carry documents: ids by document id."""
    return _linked(session, "document_id", "delivery_id", document_ids)


def _linked(session: Session, by: str, of: str, ids: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for key, value in rows.snapshots(session, _CARRIED, (by, of), rows.among(session, by, ids), f"order by {of}"):
        found.setdefault(key, []).append(value)
    return found


def start_attempts(
    session: Session, delivery_ids: Sequence[int], node: str, now: datetime | None = None
) -> dict[int, int]:
    """Marks deliveries as being sent by a node and opens an attempt each; returns the attempts' numbers by id."""
    at = now or datetime.now(UTC)
    sql = "update delivery set state = 'sending', attempts = attempts + 1, updated_at = ? where id = ?"
    stamped = [(at, i) for i in delivery_ids]
    driver.execute_many(session, sql, driver.encoded(session, _DELIVERY, ("updated_at", "id"), stamped))
    sent = rows.snapshots(session, _DELIVERY, ("id", "attempts"), rows.among(session, "id", delivery_ids))
    numbers = {row.id: row.attempts for row in sent}
    values = [(i, n, node, at) for i, n in numbers.items()]
    driver.insert_plain(session, _ATTEMPT, ("delivery_id", "n", "node", "started_at"), values)
    return numbers


def end_attempts(
    session: Session, delivery_ids: Sequence[int], *, state: str, error: str | None = None, now: datetime | None = None
) -> None:
    """Closes the open attempts of deliveries and sets what became of these: sent, in_doubt, dead, queued again …"""
    at = now or datetime.now(UTC)
    under_way = rows.among(session, "delivery_id", delivery_ids) & rows.Where("ended_at is null")
    rows.update(session, Attempt, under_way, at, {"ended_at": at, "error": error})
    changes: dict[str, Any] = {"state": state, "error": error or ""}
    if state == "sent":
        changes["sent_at"] = at
    rows.change(session, DeliveryRow, delivery_ids, at, changes)


def attempts(session: Session, delivery_id: int) -> list[Attempt]:
    """Every attempt to send a delivery, first to last."""
    return rows.read(session, Attempt, rows.equal(delivery_id=delivery_id), "order by n")
