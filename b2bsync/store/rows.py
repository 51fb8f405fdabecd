"""Rows of our tables as values: read as snapshots that nothing writes back, changed by statements.

Reading goes straight to the driver: a look-up of a stage costs microseconds per row, where ORM objects and even
SQLAlchemy's own rows cost ten times that.
"""

import functools
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Boolean, Column, Date, Table
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from b2bsync.store import driver
from b2bsync.store.tables import table_of
from b2bsync.store.types import ExactDecimal, UtcDateTime
from b2bsync.vocabulary.numbers import plain

R = TypeVar("R", bound=SQLModel)
K = TypeVar("K", bound=int | str)

Decode = Callable[[Any], Any]


class Where(NamedTuple):
    """Part of a condition: SQL with ``?`` places, and what stands in them."""

    sql: str
    parameters: tuple[Any, ...] = ()

    def __and__(self, other: "Where") -> "Where":
        return Where(f"{self.sql} and {other.sql}", self.parameters + other.parameters)

    def __or__(self, other: "Where") -> "Where":
        return Where(f"({self.sql} or {other.sql})", self.parameters + other.parameters)


def equal(**values: Any) -> Where:
    """Columns that equal values; what is None does not matter."""
    given = {column: value for column, value in values.items() if value is not None}
    return Where(" and ".join(f'"{column}" = ?' for column in given) or "1 = 1", tuple(given.values()))


def among(session: Session, column: str, values: Iterable[Any]) -> Where:
    """A column that is one of any number of values, as one parameter and so as one prepared statement."""
    sql, listed = driver.listed(session, list(values))
    return Where(f'"{column}" {sql}', (listed,))


def compared(session: Session, table: Table, column: str, how: str, value: Any) -> Where:
    """A column compared with a moment, day or number, such as ``known_from <= ?``."""
    encode = driver.encoder(session, table, column)
    return Where(f'"{column}" {how} ?', (value if encode is None else encode(value),))


def snapshots(session: Session, table: Table, columns: tuple[str, ...], where: Where, tail: str = "") -> list[Any]:
    """Named tuples of these columns of the rows that a condition selects; ``tail`` orders and limits them."""
    head, make, decoders = _shape(table, columns, driver.is_sqlite(session))
    found = driver.fetch(session, f"{head} where {where.sql} {tail}", where.parameters)
    if not decoders or not found:
        return list(map(make, found))
    by_column: list[Sequence[Any]] = list(zip(*found, strict=True))
    for i, decode in decoders:
        by_column[i] = [None if value is None else decode(value) for value in by_column[i]]
    return list(map(make, zip(*by_column, strict=True)))


def read(session: Session, model: type[R], where: Where, tail: str = "") -> list[R]:
    """The rows that a condition selects, as they are in the database now.

    They are named tuples with the columns of the table and not objects of its class; the class is their type here so
    that the columns are known to whoever reads them. Nothing can be set on them.
    """
    table = table_of(model)
    return cast("list[R]", snapshots(session, table, tuple(table.columns.keys()), where, tail))


def by_ids(session: Session, model: type[R], ids: Iterable[int]) -> dict[int, R]:
    """Rows by their ``id``; those that do not exist are left out."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {cast(Any, row).id: row for row in read(session, model, among(session, "id", wanted))}


def newest(
    session: Session,
    model: type[R],
    where: Where,
    *,
    before_id: int | None = None,
    since: tuple[str, datetime | None] | None = None,
    limit: int = 50,
) -> list[R]:
    """The latest rows that a condition selects, newest first; ``before_id`` pages on."""
    if before_id is not None:
        where &= Where("id < ?", (before_id,))
    if since is not None and since[1] is not None:
        where &= compared(session, table_of(model), since[0], ">=", since[1])
    return read(session, model, where, f"order by id desc limit {int(limit)}")


def change(
    session: Session, model: type[SQLModel], ids: Sequence[int], now: datetime | None, changes: Mapping[str, Any]
) -> int:
    """Sets the same columns of several rows, and ``updated_at``. Returns how many rows there were."""
    return update(session, model, among(session, "id", ids), now, changes) if ids else 0


def update(
    session: Session, model: type[SQLModel], where: Where, now: datetime | None, changes: Mapping[str, Any]
) -> int:
    """Sets columns of the rows that a condition selects, and ``updated_at`` if there is one; returns how many."""
    table = table_of(model)
    _known(table, changes)
    values = dict(changes)
    if "updated_at" in table.c:
        values["updated_at"] = now or datetime.now(UTC)
    [row] = driver.encoded(session, table, tuple(values), [tuple(values.values())])
    places = ", ".join(f'"{column}" = ?' for column in values)
    return driver.execute(session, f"update {table.name} set {places} where {where.sql}", (*row, *where.parameters))


def change_each(
    session: Session,
    model: type[SQLModel],
    changes: Mapping[K, Mapping[str, Any]],
    now: datetime | None = None,
    *,
    key: str = "id",
) -> int:
    """Sets columns of several rows, told by their ``key``, to values of their own: one statement for all rows that name
    the same columns."""
    table = table_of(model)
    at = now or datetime.now(UTC)
    alike: dict[tuple[str, ...], list[driver.Row]] = {}
    for row_key, values in changes.items():
        _known(table, values)
        columns = (*values, "updated_at")
        alike.setdefault(columns, []).append((*values.values(), at, row_key))
    changed = 0
    for columns, rows in alike.items():
        places = ", ".join(f'"{column}" = ?' for column in columns)
        encoded = driver.encoded(session, table, (*columns, key), rows)
        changed += driver.execute_many(session, f"update {table.name} set {places} where {key} = ?", encoded)
    return changed


def _known(table: Table, changes: Iterable[str]) -> None:
    unknown = set(changes) - set(table.columns.keys())
    if unknown:
        allowed = ", ".join(table.columns.keys())
        raise ValueError(f"{table.name} has no column {', '.join(sorted(unknown))} (allowed: {allowed})")


@functools.cache
def _shape(
    table: Table, columns: tuple[str, ...], sqlite: bool
) -> tuple[str, Callable[[Iterable[Any]], Any], list[tuple[int, Decode]]]:
    """The query's head, what makes a tuple of a row, and how its cells are decoded."""
    names = ", ".join(f'"{column}"' for column in columns)
    make: Callable[[Iterable[Any]], Any] = cast(Any, namedtuple(f"{table.name}_row", columns))._make
    decoders = [(i, _decoder(table.c[column], sqlite)) for i, column in enumerate(columns)]
    return f"select {names} from {table.name}", make, [(i, d) for i, d in decoders if d is not None]


def _decoder(column: "Column[Any]", sqlite: bool) -> Decode | None:
    if isinstance(column.type, ExactDecimal):
        return Decimal if sqlite else _shortest
    if isinstance(column.type, UtcDateTime):
        return _from_text if sqlite else _in_utc
    if isinstance(column.type, Date):
        return date.fromisoformat if sqlite else None
    return bool if sqlite and isinstance(column.type, Boolean) else None


@functools.lru_cache(maxsize=8192)
def _shortest(value: Decimal) -> Decimal:
    """Without the zeros that NUMERIC pads a number with."""
    return Decimal(plain(value))


def _from_text(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)
