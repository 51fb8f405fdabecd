"""From the database to a file: one snapshot, row by row, at flat memory."""

import errno
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
from sqlalchemy.orm import Session

from b2bsync.store import driver
from b2bsync.store.backup.errors import BackupError
from b2bsync.store.backup.file import Backup, Header, Writer
from b2bsync.store.backup.shape import TableShape, converted, converters, shapes, to_file
from b2bsync.store.database import Database
from b2bsync.store.errors import DatabaseNotMigrated
from b2bsync.store.migrations import newest_revision

FRAME = 256 * 1024
"""Bytes after which the rows at hand are written."""

_ADVICE = {
    errno.ENOSPC: "free some space, or choose another disk",
    errno.EDQUOT: "free some space, or choose another disk",
    errno.EFBIG: "raise the limit on file sizes, or choose another disk",
    errno.ENOENT: "create its folder, or choose another one",
}


def write_backup(
    database: Database, path: Path, *, stage: str, company: str, node: str, program: str, overwrite: bool = False
) -> Backup:
    """Writes every table of ours as it is at one moment; others go on reading and writing.

    The file gets its name when it is whole and on disk: a full disk leaves nothing under it. Raises BackupError where
    it cannot be written or is there already (unless ``overwrite``), StoreError where the database fails.
    """
    if not overwrite and os.path.lexists(path):
        raise BackupError(f"{path} is there already and is not overwritten; choose another name, or say --overwrite")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        # Business data: for whoever takes the backup, and nobody else.
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            header, writer, digest = _write(database, file, stage, company, node, program)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        _place(temporary, path, overwrite)
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "check the disk and the permissions of the folder")
        raise BackupError(
            f"{path} cannot be written ({error.strerror}); {advice}. Nothing was left under that name"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return Backup(path=path, size=size, header=header, rows=writer.rows, sha256=digest)


def _write(
    database: Database, file: BinaryIO, stage: str, company: str, node: str, program: str
) -> tuple[Header, Writer, str]:
    created = datetime.now(UTC)
    with database.session() as session:
        _snapshot(session)
        header = Header(
            program=program,
            revision=_revision(session, database.where),
            stage=stage,
            company=company,
            node=node,
            database="sqlite" if database.is_sqlite else "postgresql",
            created_at=created.isoformat(timespec="microseconds"),
        )
        writer = Writer(file, header)
        for shape, _ in shapes():
            writer.table(shape)
            _table(session, shape, writer, database.is_sqlite)
            writer.end_table()
    return header, writer, writer.finish()


def _snapshot(session: Session) -> None:
    """From now on this session sees the database as it is at its first read, whatever others commit."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        _driver(session).execute("BEGIN")
    else:
        connection.exec_driver_sql("set transaction isolation level repeatable read, read only")
        # The disk may be slow: neither the server's limit nor the watchdog's is meant for this.
        connection.exec_driver_sql("set local idle_in_transaction_session_timeout = '10min'")
        connection.exec_driver_sql("set local application_name = 'b2bsync backup'")


def _revision(session: Session, where: str) -> str:
    """The schema's revision. Columns are read by the names that this program knows, so it has to be its own."""
    found = [str(row[0]) for row in driver.fetch(session, "select version_num from alembic_version")]
    if found != [newest_revision()]:
        raise DatabaseNotMigrated(
            f"database {where}: its tables are of version {', '.join(found) or 'none'}, this program's are of "
            f"{newest_revision()}; take the backup with the program that migrated it"
        )
    return found[0]


def _table(session: Session, shape: TableShape, writer: Writer, sqlite: bool) -> None:
    changes = converters(shape.kinds, sqlite, to_file)
    rows: list[Any] = []
    size = 0
    for row in _read(session, shape):
        cells = converted(row, changes)
        rows.append(cells)
        size += 8 * len(cells) + sum(len(cell) for cell in cells if isinstance(cell, str | bytes))
        if size >= FRAME:
            writer.add(rows)
            rows, size = [], 0
    if rows:
        writer.add(rows)


def _read(session: Session, shape: TableShape) -> Iterator[Any]:
    """Rows one after the other; those with an ``id`` by it, so that what they refer to comes before them."""
    names = ", ".join(f'"{column}"' for column in shape.columns)
    order = ' order by "id"' if "id" in shape.columns else ""
    query = f'select {names} from "{shape.name}"{order}'
    raw = _driver(session)
    if isinstance(raw, sqlite3.Connection):
        yield from raw.execute(query)
        return
    with raw.cursor(name="b2bsync_backup") as cursor:  # on the server: a plain one would fetch everything
        cursor.itersize = 8 if "bytes" in shape.kinds else 200
        cursor.execute(query, binary=True)
        yield from cursor


def _driver(session: Session) -> Any:
    raw = session.connection().connection.driver_connection
    assert isinstance(raw, sqlite3.Connection | psycopg.Connection)
    return raw


def _place(temporary: Path, path: Path, overwrite: bool) -> None:
    """Gives the whole file its name and makes that last."""
    if overwrite:
        temporary.replace(path)
    else:
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise BackupError(f"{path} was made by somebody else meanwhile; choose another name") from None
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP):
                raise
            temporary.rename(path)  # a file system without links (FAT, some network shares)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
