"""Nodes: who runs, and that nobody runs twice under one id.

A node has a stable id; a restarted one resumes its own work at once. Two engines under one id would steal each other's
lanes, so a lock guards it: on SQLite a locked file beside the database, on PostgreSQL an advisory lock."""

from __future__ import annotations

import fcntl
import json
import os
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TextIO

from sqlalchemy import ColumnElement, Connection, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from b2bsync.engine.clock import database_ago, database_now
from b2bsync.engine.rows import NODE
from b2bsync.store.database import Database

SILENCE = 15
"""Seconds without a beat after which a node counts as dead and others take its lanes over, unless it was given others.
Each node writes its own down, so that all of them, and every command, judge it alike."""


class NodeBusy(Exception):
    """An engine already runs under this node id. ``pid`` is 0 and ``since`` None when that is not known (yet)."""

    def __init__(self, node: str, pid: int, since: datetime | None, host: str = "") -> None:
        self.node, self.pid, self.since, self.host = node, pid, since, host
        where = f"process {pid}" + (f" on {host}" if host else "") if pid else "another process"
        when = f" since {since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if since else ""
        super().__init__(self._says(where, when))

    def _says(self, where: str, when: str) -> str:
        return (
            f"node {self.node!r} is running already ({where}{when}): let it do the work, stop it first, or give this "
            f"process another node id (node = … in config.toml)"
        )


class NodeLock:
    """The right to run an engine under a node id; held until ``release`` or the end of the process.

    ``folder``: where the lock file goes on SQLite; default beside the database."""

    def __init__(self, database: Database, node: str, folder: Path | None = None) -> None:
        self._database = database
        self._node = node
        self._folder = folder
        self._file: TextIO | None = None
        self._connection: Connection | None = None
        self._lost = False  # the connection that held it, and it was not regained yet

    def acquire(self) -> None:
        """Raises NodeBusy at once when somebody holds it."""
        if self._database.is_sqlite:
            self._acquire_file()
        else:
            self._acquire_advisory()

    def release(self) -> None:
        self._lost = False
        if self._file is not None:
            self._file.close()
            self._file = None
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                # Unlocked in words too: the server ends a closed session in its own time, and the next start is sooner.
                connection.execute(text("SELECT pg_advisory_unlock_all()"))
            with suppress(SQLAlchemyError):
                connection.invalidate()  # ends the session and its lock; back in the pool it would keep both
            with suppress(SQLAlchemyError):
                connection.close()

    def check(self) -> None:
        """Make sure that it is still ours: PostgreSQL drops it with the connection, and then it is taken again. Raises
        NodeBusy when somebody else has it now, SQLAlchemyError while there is no connection to be had."""
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError:
                self.release()
                self._lost = True
        if self._lost:
            self._acquire_advisory()
            self._lost = False

    def _acquire_file(self) -> None:
        self._file = lock_file(self._path(), self._node, NodeBusy)

    def _path(self) -> Path:
        place = Path(self._database.engine.url.database or "b2bsync.db")
        name = re.sub(r"[^A-Za-z0-9._-]", "_", self._node)
        if name != self._node:
            name += "-" + blake2b(self._node.encode(), digest_size=4).hexdigest()
        return (self._folder or place.parent) / f"{place.name}.{name}.lock"

    def _acquire_advisory(self) -> None:
        key = int.from_bytes(blake2b(f"b2bsync node {self._node}".encode(), digest_size=8).digest(), signed=True)
        connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar_one():
                self._connection = connection
                return
            row = connection.execute(
                select(NODE.c.pid, NODE.c.started, NODE.c.host).where(NODE.c.id == self._node)
            ).one_or_none()
        except BaseException:
            connection.close()
            raise
        connection.close()
        raise NodeBusy(self._node, *(row or (0, None, "")))


def lock_file(path: Path, node: str, busy: Callable[[str, int, datetime | None, str], NodeBusy]) -> TextIO:
    """Lock a file for ``node`` and say in it who holds it; the lock ends with the file's closing or the process. Raises
    what ``busy`` makes of its holder's node, process id, start and host."""
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        said = _read(file.read(), node)
        file.close()
        raise busy(*said) from None
    file.seek(0)
    file.truncate()
    holder = {"node": node, "pid": os.getpid(), "since": datetime.now(UTC).isoformat(), "host": socket.gethostname()}
    json.dump(holder, file)
    file.flush()
    return file  # never deleted: a second process could lock the deleted one while a third makes a new one


def _read(content: str, node: str) -> tuple[str, int, datetime | None, str]:
    try:
        said = json.loads(content)
        return str(said.get("node", node)), int(said["pid"]), datetime.fromisoformat(said["since"]), str(said["host"])
    except (ValueError, KeyError, TypeError):  # its holder is just writing it
        return node, 0, None, ""


@dataclass(frozen=True)
class NodeState:
    """``alive``: it runs and was heard of in the last seconds. A node that was stopped has pid 0."""

    id: str
    pid: int
    host: str
    version: str
    started: datetime
    beat: datetime
    alive: bool


def arrive(session: Session, node: str, version: str, silence: int = SILENCE) -> None:
    """Write that the node runs from now on, in this process, and after how many seconds of silence it is dead."""
    values = {"pid": os.getpid(), "host": socket.gethostname(), "version": version, "silence": silence}
    _put(session, node, {**values, "started": database_now(), "beat": database_now()})


def beat(session: Session, node: str, version: str, silence: int = SILENCE) -> None:
    """Write that the node lives. A row that is gone comes back: somebody took this node for dead."""
    alive = session.execute(
        update(NODE)
        .where(NODE.c.id == node, NODE.c.pid == os.getpid())
        .values(beat=database_now())
        .returning(NODE.c.id)
    )
    if alive.one_or_none() is None:
        arrive(session, node, version, silence)


def leave(session: Session, node: str) -> None:
    session.execute(update(NODE).where(NODE.c.id == node).values(pid=0, beat=database_now()))


def is_alive() -> ColumnElement[bool]:
    """A condition on a node's row. A beat from the future is of a clock that was set back since: a living node's next
    one corrects it."""
    heard = NODE.c.beat.between(database_ago(NODE.c.silence), database_ago(-NODE.c.silence))
    return (NODE.c.pid != 0) & heard


def nodes(session: Session) -> list[NodeState]:
    alive = is_alive().label("alive")
    return [
        NodeState(row.id, row.pid, row.host, row.version, row.started, row.beat, bool(row.alive))
        for row in session.execute(select(NODE, alive).order_by(NODE.c.id))
    ]


def _put(session: Session, node: str, values: dict[str, object]) -> None:
    found = session.execute(update(NODE).where(NODE.c.id == node).values(**values).returning(NODE.c.id))
    if found.one_or_none() is None:
        session.execute(insert(NODE).values(id=node, **values))
