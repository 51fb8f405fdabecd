"""Rows of our tables as values: read as snapshots that nothing writes back, changed by statements."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from b2bsync.store import driver
from b2bsync.store.tables import table_of

R = TypeVar("R", bound=SQLModel)


def load(session: Session, query: "Select[R]") -> list[R]:
    """The rows a query finds, as they are in the database now and detached from the session."""
    found = list(session.execute(query, execution_options={"populate_existing": True}).scalars())
    for row in found:
        session.expunge(row)
    return found


def by_ids(session: Session, model: type[R], ids: Iterable[int]) -> dict[int, R]:
    """Rows by their ``id``; those that do not exist are left out."""
    wanted = list(ids)
    if not wanted:
        return {}
    key = table_of(model).c.id
    return {cast(Any, row).id: row for row in load(session, select(model).where(driver.among(session, key, wanted)))}


def newest(
    session: Session,
    model: type[R],
    equal: Mapping[str, Any],
    *,
    before_id: int | None = None,
    since: tuple[str, datetime | None] | None = None,
    limit: int = 50,
) -> list[R]:
    """The latest rows whose columns equal what is given (None: any), newest first; ``before_id`` pages on."""
    table = table_of(model)
    query = select(model).order_by(table.c.id.desc()).limit(limit)
    for column, value in equal.items():
        if value is not None:
            query = query.where(table.c[column] == value)
    if before_id is not None:
        query = query.where(table.c.id < before_id)
    if since is not None and since[1] is not None:
        query = query.where(table.c[since[0]] >= since[1])
    return load(session, query)


def change(
    session: Session, model: type[SQLModel], ids: Sequence[int], now: datetime | None, changes: Mapping[str, Any]
) -> int:
    """Sets the same columns of several rows, and ``updated_at``. Returns how many rows there were."""
    if not ids:
        return 0
    table = table_of(model)
    _known(table.c.keys(), changes)
    values = {**changes, "updated_at": now or datetime.now(UTC)}
    statement = update(table).where(driver.among(session, table.c.id, ids)).values(values)
    return cast(Any, session.execute(statement)).rowcount  # type: ignore[no-any-return]


def change_each(
    session: Session, model: type[SQLModel], changes: Mapping[int, Mapping[str, Any]], now: datetime | None = None
) -> int:
    """Sets columns of several rows to values of their own: one statement for all rows that name the same columns."""
    table = table_of(model)
    at = now or datetime.now(UTC)
    alike: dict[tuple[str, ...], list[driver.Row]] = {}
    for row_id, values in changes.items():
        _known(table.c.keys(), values)
        columns = (*values, "updated_at")
        alike.setdefault(columns, []).append((*values.values(), at, row_id))
    changed = 0
    for columns, rows in alike.items():
        places = ", ".join(f'"{column}" = ?' for column in columns)
        encoded = driver.encoded(session, table, (*columns, "id"), rows)
        changed += driver.execute_many(session, f"update {table.name} set {places} where id = ?", encoded)
    return changed


def _known(columns: Iterable[str], changes: Iterable[str]) -> None:
    unknown = set(changes) - set(columns)
    if unknown:
        raise ValueError(f"no such column: {', '.join(sorted(unknown))} (allowed: {', '.join(columns)})")
