"""From a file into empty tables: made at the backup's revision, filled, then brought up to this program's."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from b2bsync.store import driver
from b2bsync.store.backup.errors import BackupDamaged, BackupError, BackupTooNew, NotEmpty
from b2bsync.store.backup.file import Backup, Header, Rows, opened
from b2bsync.store.backup.shape import TableShape, converted, converters, from_file
from b2bsync.store.migrations import OLDEST, known_revisions, newest_revision, upgrade

_OF_NO_WORK = {
    "alembic_version": "true",
    "installation": f"key = '{OLDEST}'",
    # One that died without a word has its process id there for ever.
    "node": "pid = 0 or beat < clock_timestamp() - interval '1 hour'",
    # A wake-up that was given to the engine would meet the one of the same name that is given to it later.
    "lane": "gen = 0 and not paused and blocked is null",
}
"""Which rows of a table say nothing of work: an SQL condition."""


def refuse_newer(header: Header, path: Path) -> None:
    """Raises BackupTooNew where the tables in a backup are newer than this program's."""
    if header.revision not in known_revisions():
        raise BackupTooNew(
            f"{path} holds tables of version {header.revision}, written by b2bsync {header.program}; this program "
            f"knows up to {newest_revision()}: restore it with that program or a newer one"
        )


def make_empty(session: Session, where: str) -> None:
    """Takes away the tables of ours in a PostgreSQL database in which no work was ever done, as `check` leaves them, in
    the caller's transaction. Raises NotEmpty when there are others, or rows in them, BackupError when they are in use.
    """
    query = "select table_name from information_schema.tables where table_schema = current_schema() order by 1"
    ours = {*SQLModel.metadata.tables, "alembic_version"}
    there = [str(name) for (name,) in driver.fetch(session, query) if name in ours]
    if not there:
        return
    if not _made_by_us(session, there):
        raise _not_empty(where, f"{', '.join(there[:3])}{' …' if len(there) > 3 else ''}: not made by this program")
    _refuse_rows(session, where, there)  # before the lock: whoever works there is not kept from it
    names = ", ".join(f'"{name}"' for name in there)
    try:
        driver.execute(session, "set local lock_timeout = '10s'")
        driver.execute(session, f"lock table {names} in access exclusive mode")
        _refuse_rows(session, where, there)
        driver.execute(session, f"drop table {names}")
    except psycopg.errors.LockNotAvailable:
        raise BackupError(
            f"database {where} is in use: stop the daemon, wait until other commands have ended, and restore again"
        ) from None


def _made_by_us(session: Session, there: list[str]) -> bool:
    """Whether this program or an older one made all of them; others may have a table of such a name, too."""
    if not {"alembic_version", "installation", "lane", "node"} <= set(there):
        return False
    revisions = {str(row[0]) for row in driver.fetch(session, "select version_num from alembic_version")}
    fact = driver.fetch(session, "select 1 from installation where key = ?", (OLDEST,))
    return bool(fact) and len(revisions) == 1 and revisions <= known_revisions()


def _refuse_rows(session: Session, where: str, there: list[str]) -> None:
    found = []
    for name in there:
        condition = _OF_NO_WORK.get(name, "false")
        [(rows,)] = driver.fetch(session, f'select count(*) from "{name}" where not ({condition})')
        if rows:
            found.append(f"{name}: {rows:,}")
    if found:
        raise _not_empty(where, f"rows in {', '.join(found)}")


def _not_empty(where: str, what: str) -> NotEmpty:
    return NotEmpty(
        f"database {where} is not empty ({what}), and a PostgreSQL database is never replaced: make an empty one "
        "(createdb), name it in [database] of config.toml, and restore into that; the old one stays as it is"
    )


def load(session: Session, backup: Backup) -> None:
    """Makes the tables and fills them, in the caller's transaction: rolled back, nothing was there.

    Raises BackupDamaged when the file is no longer what it was when ``backup`` was read, BackupError for a value that
    this database cannot keep.
    """
    refuse_newer(backup.header, backup.path)
    connection = session.connection()
    raw = connection.connection.driver_connection
    sqlite = isinstance(raw, sqlite3.Connection)
    upgrade(connection, backup.header.revision)
    if sqlite:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    with opened(backup.path) as reader:
        for shape, parts in reader.tables():
            try:
                _fill(raw, shape, parts)
            except (sqlite3.Error, psycopg.DataError, psycopg.IntegrityError) as error:
                text = " ".join(str(error).split())
                raise BackupError(f"{backup.path}: rows of {shape.name} cannot be kept here: {text}") from error
        if reader.sum is None or reader.sum.sha256 != backup.sha256:
            raise BackupDamaged(f"{backup.path} was changed while it was restored; nothing was kept of it")
    if not sqlite:
        _past_the_largest_ids(session, list(backup.rows))
    upgrade(connection)


def _fill(raw: Any, shape: TableShape, parts: Iterator[Rows]) -> None:
    sqlite = isinstance(raw, sqlite3.Connection)
    changes = converters(shape.kinds, sqlite, from_file)
    raw.execute(f'delete from "{shape.name}"')  # what the migrations wrote of themselves stands in the backup too
    if sqlite:
        names = ", ".join(f'"{column}"' for column in shape.columns)
        statement = f'insert into "{shape.name}" ({names}) values ({", ".join("?" * len(shape.columns))})'
        for rows in parts:
            raw.executemany(statement, [converted(row, changes) for row in rows])
        return
    with raw.cursor() as cursor:
        driver.copy_into(
            cursor, shape.name, shape.columns, (tuple(converted(row, changes)) for rows in parts for row in rows)
        )


def _past_the_largest_ids(session: Session, tables: list[str]) -> None:
    """COPY does not draw from the sequences behind ``id``: the next row would get a number that is taken."""
    for table in tables:
        if "id" not in SQLModel.metadata.tables[table].c:
            continue
        [(sequence,)] = driver.fetch(session, "select pg_get_serial_sequence(?, 'id')", (table,))
        if sequence is not None:
            largest = f'(select max("id") from "{table}")'
            statement = f"select setval(?::regclass, coalesce({largest}, 1), {largest} is not null)"
            driver.fetch(session, statement, (sequence,))
