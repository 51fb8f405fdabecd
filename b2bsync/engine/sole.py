"""SQLite is for one daemon, whatever its node id: a second one is refused, by its name.

A lock beside the database keeps two of one machine apart. It is the machine's own, so a daemon elsewhere that has the
file over a network is known by its sign of life alone. PostgreSQL is for any number of daemons."""

from __future__ import annotations

import socket
import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from sqlalchemy import select

from b2bsync.engine.clock import database_ago
from b2bsync.engine.node import NodeBusy, lock_file
from b2bsync.engine.rows import NODE
from b2bsync.store.database import Database

WATCH = 3.0
"""Seconds for which the beat of a node on another host is watched; it comes every second."""
RECENT = 3600
"""Seconds by which that host's clock may differ: an older beat is of a daemon that died."""


class FileBusy(NodeBusy):
    """Another daemon works on this SQLite database already."""

    def _says(self, where: str, when: str) -> str:
        return (
            f"node {self.node!r} runs a daemon on this SQLite database already ({where}{when}), and a SQLite database "
            f"is for one daemon: let that one do the work, or stop it first; several daemons share a PostgreSQL "
            f"database ([database] url in config.toml). Commands work beside a daemon"
        )


class _Beat(NamedTuple):
    id: str
    pid: int
    host: str
    started: datetime
    beat: datetime


class SoleDaemon:
    """The right to be the daemon of a SQLite database; held until ``release`` or the end of the process. On PostgreSQL
    everybody has it. ``watch`` in seconds."""

    def __init__(self, database: Database, node: str, watch: float = WATCH) -> None:
        self._database, self._node, self._watch = database, node, watch
        self._file: TextIO | None = None

    def acquire(self) -> None:
        """Raises FileBusy when another daemon is known to run."""
        place = self._database.engine.url.database
        if not self._database.is_sqlite or not place or place == ":memory:":
            return
        path = Path(place).resolve()  # another name of the same file has the same lock
        self._file = lock_file(path.with_name(f"{path.name}.daemon.lock"), self._node, FileBusy)
        try:
            self._look_elsewhere()
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _look_elsewhere(self) -> None:
        """A node of another host that beats while we look is alive; its clock and ours need not agree."""
        before = {row.id: row for row in self._elsewhere()}
        until = time.monotonic() + self._watch
        while before and time.monotonic() < until:
            time.sleep(0.1)
            for row in self._elsewhere():
                if row.id in before and row.beat != before[row.id].beat:
                    raise FileBusy(row.id, row.pid, row.started, row.host)

    def _elsewhere(self) -> list[_Beat]:
        recent = NODE.c.beat.between(database_ago(RECENT), database_ago(-RECENT))
        query = select(NODE.c.id, NODE.c.pid, NODE.c.host, NODE.c.started, NODE.c.beat).where(
            NODE.c.pid != 0, NODE.c.host.not_in(["", socket.gethostname()]), recent
        )
        with self._database.session() as session:
            return [_Beat(*row) for row in session.execute(query)]
