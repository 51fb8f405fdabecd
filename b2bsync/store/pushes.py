"""Orders on their way into an ERP: reserved before it is called, so that no crash leads to a second order there."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from b2bsync.store import driver, rows
from b2bsync.store.tables import PushRow, table_of

_TABLE = table_of(PushRow)


class NewPush(msgspec.Struct, frozen=True, kw_only=True):
    """``idem_key`` is fixed for life; ``target`` the connector, ``kind`` what is pushed (order)."""

    idem_key: str
    target: str
    kind: str
    document_id: int


def reserve_pushes(session: Session, new: Sequence[NewPush], now: datetime | None = None) -> dict[str, PushRow]:
    """Reserves keys and counts the attempt; returns the rows by key as they now are.

    A key that was reserved before keeps its state: ``reserved`` and ``sent`` then mean that the ERP may have the order.
    One that another document has reserved stays as it is: its row names that document.
    """
    at = now or datetime.now(UTC)
    columns = (*NewPush.__struct_fields__, "state", "attempts", "error", "created_at", "updated_at")
    values = [(*msgspec.structs.astuple(push), "reserved", 1, "", at, at) for push in new]
    again = "on conflict (idem_key) do update set attempts = push.attempts + 1, updated_at = excluded.updated_at "
    again += "where push.document_id = excluded.document_id"
    driver.insert_plain(session, _TABLE, columns, values, again)
    where = rows.among(session, "idem_key", [push.idem_key for push in new])
    return {row.idem_key: row for row in rows.read(session, PushRow, where)}


def push(session: Session, idem_key: str) -> PushRow | None:
    found = rows.read(session, PushRow, rows.equal(idem_key=idem_key))
    return found[0] if found else None


def tries(session: Session, lane: str, stage: str, most: int) -> dict[str, int]:
    """How often the pushes were tried for whose documents ``stage`` is due first in a lane, by key."""
    head = "select subject from task where lane = ? and state = 'ready' and stage = ? order by id limit ?"
    found = f"select idem_key, attempts from {_TABLE.name} where document_id in ({head})"
    return {str(key): int(attempts) for key, attempts in driver.fetch(session, found, (lane, stage, most))}


def set_pushes(session: Session, changes: Mapping[str, Mapping[str, Any]], now: datetime | None = None) -> int:
    """Sets columns of pushes, such as ``state``, ``remote_ref`` or ``answer``, per key; returns how many there were."""
    return rows.change_each(session, PushRow, changes, now, key="idem_key")


def pushes(
    session: Session,
    *,
    document_id: int | None = None,
    target: str | None = None,
    state: str | None = None,
    limit: int = 50,
) -> list[PushRow]:
    """Pushes, newest first."""
    where = rows.equal(document_id=document_id, target=target, state=state)
    return rows.read(session, PushRow, where, f"order by created_at desc, idem_key limit {int(limit)}")
