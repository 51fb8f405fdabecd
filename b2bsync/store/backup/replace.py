"""Putting a restored SQLite database in the place of another one, which is kept."""

import errno
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from b2bsync.store.backup.errors import BackupError, NotEmpty
from b2bsync.store.database import Database, open_database

_BESIDE = ("", "-wal", "-shm")


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """A name beside ``target`` for the database that is to take its place; whatever is left of it is removed."""
    path = target.with_name(f".{target.name}.{secrets.token_hex(4)}.restoring")
    try:
        yield path
    finally:
        for ending in (*_BESIDE, "-journal"):
            with suppress(OSError):
                Path(f"{path}{ending}").unlink(missing_ok=True)


def unopened(target: Path) -> Database:
    """A database that nothing is read from: for what needs to know only where it is."""
    engine = create_engine(f"sqlite:///{target}")
    return Database(engine, engine.url)


@contextmanager
def filled(path: Path) -> Iterator[tuple[Database, Session]]:
    """A new SQLite database and the one transaction that fills it; on disk, and in the mode that we work in, once that
    was committed. Until then nothing is made to last: a restore that fails begins anew."""
    database = open_database(f"sqlite:///{path}", pool=1)
    try:
        with database.session() as session:
            connection = session.connection()
            for pragma in ("journal_mode = DELETE", "journal_mode = OFF", "synchronous = OFF"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield database, session
        with database.session() as session:
            session.connection().exec_driver_sql("PRAGMA journal_mode = WAL")
    finally:
        database.close()
    _sync(path)


def replace_database(new: Path, target: Path, *, replace: bool) -> Path | None:
    """Gives the restored database its name; returns where the one that was there is kept now.

    Raises NotEmpty when there is one and ``replace`` is false, BackupError when somebody has it open.
    """
    there = os.path.lexists(target)
    if there and not replace:
        raise NotEmpty(already_there(target))
    aside = target.with_name(f"{target.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    held = _closed_by_others(target) if there else None
    try:
        # Also where only the log of a lost file is left: it would be played back into the new one.
        for ending in _BESIDE:
            with suppress(FileNotFoundError):
                Path(f"{target}{ending}").rename(f"{aside}{ending}")
    finally:
        if held is not None:
            held.close()
    try:
        os.link(new, target)  # never over a file that came meanwhile
    except FileExistsError:
        raise NotEmpty(already_there(target)) from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP):
            raise
        new.rename(target)  # a file system without links
    _sync(target.parent)
    return aside if there else None


def already_there(target: Path) -> str:
    return (
        f"there is a database already: {target}; say --replace to keep it aside under another name and put the "
        "backup into its place"
    )


def numbers_drawn(target: Path) -> dict[str, int] | None:
    """The control numbers of a SQLite database of ours that nobody has open: scope, and the number drawn last. None
    when they cannot be read: it is lost or damaged, or none of ours. Raises BackupError when somebody has it open."""
    if not target.exists():
        return None
    held = _closed_by_others(target)
    if held is None:
        return None
    try:
        found = held.execute("select scope, value from control_number").fetchall()
    except sqlite3.DatabaseError:
        return None
    finally:
        held.close()
    sound = all(isinstance(scope, str) and isinstance(value, int) and value >= 0 for scope, value in found)
    return dict(found) if sound else None


def refuse_open(target: Path) -> None:
    """Raises BackupError when a daemon or command has the database open."""
    if target.exists():
        held = _closed_by_others(target)
        if held is not None:
            held.close()


def _closed_by_others(target: Path) -> sqlite3.Connection | None:
    """Everything of it in one file, and nobody else in it as long as this connection is open; None for a file that is
    no sound database, which nobody can work with."""
    connection = sqlite3.connect(target, timeout=1.0, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        # Only who is alone in it may leave the write-ahead log.
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
        connection.execute("BEGIN EXCLUSIVE")
        return connection
    except sqlite3.DatabaseError as error:
        connection.close()
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise BackupError(
                f"{target} is in use: stop the daemon, wait until other commands have ended, and restore again"
            ) from None
        return None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
