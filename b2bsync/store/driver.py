"""The driver beneath a session: statements over many rows at its own speed, without ORM objects.

Everything runs in the session's transaction. Rows are tuples in the order of the columns named. Errors are the
driver's own (``sqlite3.Error``, ``psycopg.Error``); ``Database.session`` translates those that concern the database.
"""

import functools
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import msgspec
import psycopg
from psycopg import sql as psql
from sqlalchemy import ColumnElement, Date, Table, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from b2bsync.store.types import ExactDecimal, UtcDateTime, day_text, decimal_text, exact_decimal, moment_text

Row = tuple[Any, ...]
_WORTH_COPYING = 100  # rows from which on PostgreSQL's COPY costs less than single statements

_RAW = "b2bsync.raw"

Encode = Callable[[Any], Any]


def is_sqlite(session: Session) -> bool:
    return (session.bind or session.get_bind()).dialect.name == "sqlite"


def execute_many(session: Session, statement: str, rows: Sequence[Row]) -> int:
    """Runs a statement with ``?`` places once per row; returns how many rows it changed altogether."""
    if not rows:
        return 0
    raw = _raw(session)
    if isinstance(raw, sqlite3.Connection):
        return raw.executemany(statement, rows).rowcount
    with raw.cursor() as cursor:
        cursor.executemany(_psycopg(statement), rows)
        changed = cursor.rowcount
        # After a pipeline, which this was, the server counts no idle time; after any other statement it does, and can
        # end the transaction of a process that stands still.
        cursor.execute("")
        return changed


def execute(session: Session, statement: str, parameters: Row = ()) -> int:
    """Runs one statement with ``?`` places; returns how many rows it changed."""
    raw = _raw(session)
    if isinstance(raw, sqlite3.Connection):
        return raw.execute(statement, parameters).rowcount
    with raw.cursor() as cursor:
        return cursor.execute(_psycopg(statement), parameters).rowcount


def fetch(session: Session, statement: str, parameters: Row = ()) -> list[Row]:
    """All rows of a query with ``?`` places, as the driver gives them: on SQLite decimals and moments are text."""
    raw = _raw(session)
    if isinstance(raw, sqlite3.Connection):
        return raw.execute(statement, parameters).fetchall()
    with raw.cursor() as cursor:
        return cast("list[Row]", cursor.execute(_psycopg(statement), parameters).fetchall())


def insert(session: Session, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> list[int]:
    """Adds rows to a table whose key is ``id`` and returns the new ids in the rows' order."""
    if not rows:
        return []
    rows = encoded(session, table, columns, rows)
    raw = _raw(session)
    if isinstance(raw, sqlite3.Connection):
        raw.executemany(_insert(table, columns), rows)
        # One writer at a time, and a new id is the largest plus one: what executemany added is consecutive.
        last = raw.execute("select last_insert_rowid()").fetchone()[0]
        return list(range(last - len(rows) + 1, last + 1))
    with raw.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", (table.name, len(rows))
        )
        ids = [int(row[0]) for row in cursor.fetchall()]
        copy_into(cursor, table.name, ("id", *columns), [(i, *row) for i, row in zip(ids, rows, strict=True)])
    return ids


def insert_plain(session: Session, table: Table, columns: Sequence[str], rows: Sequence[Row], tail: str = "") -> int:
    """Adds rows; ``tail`` is what to do about a conflict. Returns how many rows were added or changed."""
    return execute_many(session, f"{_insert(table, columns)} {tail}", encoded(session, table, columns, rows))


def insert_new(session: Session, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> int:
    """Adds rows, already encoded, whose unique keys are not there yet; returns how many that were."""
    raw = _raw(session)
    if isinstance(raw, sqlite3.Connection) or len(rows) < _WORTH_COPYING:
        return execute_many(session, f"{_insert(table, columns)} on conflict do nothing", rows)
    names, incoming = _names(columns), f"incoming_{table.name}"
    with raw.cursor() as cursor:  # COPY knows no conflicts: into a table of this connection's own, and from there
        cursor.execute(
            f"create temp table if not exists {incoming} on commit delete rows as "
            f"select {names} from {table.name} with no data"
        )
        cursor.execute(f"delete from {incoming}")
        copy_into(cursor, incoming, columns, rows)
        cursor.execute(f"insert into {table.name} ({names}) select {names} from {incoming} on conflict do nothing")
        return cursor.rowcount


def upsert(
    session: Session,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Row],
    key: Sequence[str],
    update: Sequence[str],
) -> int:
    """Adds rows, or takes over the ``update`` columns of those whose ``key`` is there already."""
    changes = ", ".join(f"{column} = excluded.{column}" for column in update)
    return insert_plain(session, table, columns, rows, f"on conflict ({', '.join(key)}) do update set {changes}")


def copy_into(cursor: "psycopg.Cursor[Any]", table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """PostgreSQL's COPY: the quickest way in. A violated key fails the transaction."""
    statement = psql.SQL("copy {} ({}) from stdin").format(
        psql.Identifier(table), psql.SQL(", ").join(psql.Identifier(column) for column in columns)
    )
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def encoded(session: Session, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> Sequence[Row]:
    """The rows as the driver takes them: decimals, moments and days as text on SQLite."""
    special = _special(table, tuple(columns), is_sqlite(session))
    if not special or not rows:
        return rows
    by_column: list[Sequence[Any]] = list(zip(*rows, strict=True))  # a column at a time costs half of a row at a time
    for i, encode in special:
        by_column[i] = [None if value is None else encode(value) for value in by_column[i]]
    return list(zip(*by_column, strict=True))


def encoder(session: Session, table: Table, column: str) -> Encode | None:
    """How the driver wants the values of a column, never called with None; None where they go as they are."""
    return _encoder(table, column, is_sqlite(session))


@functools.cache
def _special(table: Table, columns: tuple[str, ...], sqlite: bool) -> list[tuple[int, Encode]]:
    """The columns, by position, whose values do not go as they are."""
    encoders = [(i, _encoder(table, column, sqlite)) for i, column in enumerate(columns)]
    return [(i, encode) for i, encode in encoders if encode is not None]


def _encoder(table: Table, column: str, sqlite: bool) -> Encode | None:
    kind = table.c[column].type
    if isinstance(kind, ExactDecimal):
        return decimal_text if sqlite else exact_decimal
    if isinstance(kind, UtcDateTime):
        return moment_text if sqlite else None
    if isinstance(kind, Date):
        return day_text if sqlite else None
    return None


def listed(session: Session, values: list[Any]) -> tuple[str, Any]:
    """What follows a column that is to be one of ``values``, with one place, and the parameter for it."""
    if is_sqlite(session):
        return "in (select value from json_each(?))", msgspec.json.encode(values).decode()
    return "= any(?)", values


def among(session: Session, column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """The same for a statement of SQLAlchemy's."""
    if is_sqlite(session):
        each = func.json_each(msgspec.json.encode(list(values)).decode()).table_valued("value")
        return cast("ColumnElement[bool]", column.in_(select(each.c.value)))
    return cast("ColumnElement[bool]", column == any_(bindparam(None, list(values), type_=ARRAY(column.type))))


def _insert(table: Table, columns: Sequence[str]) -> str:
    return f"insert into {table.name} ({_names(columns)}) values ({', '.join('?' * len(columns))})"


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _psycopg(statement: str) -> Any:
    return statement.replace("%", "%%").replace("?", "%s")


def _raw(session: Session) -> "sqlite3.Connection | psycopg.Connection[Any]":
    """The driver's connection that the session's transaction runs on; looked up once per transaction."""
    kept = session.info.get(_RAW)
    if kept is not None and kept[0] is session.get_transaction():
        return cast("sqlite3.Connection | psycopg.Connection[Any]", kept[1])
    raw = session.connection().connection.driver_connection
    assert isinstance(raw, sqlite3.Connection | psycopg.Connection)
    session.info[_RAW] = session.get_transaction(), raw
    return raw
