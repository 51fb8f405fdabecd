"""The ERP's work in passes: answer released orders, post goods that came in, deliver, invoice."""

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Event

from b2bsync.demo.erp.delivery import deliver
from b2bsync.demo.erp.invoicing import invoice
from b2bsync.demo.erp.orders import answer
from b2bsync.demo.erp.stock import receive_goods, reserve


def open_books(path: Path) -> sqlite3.Connection:
    """A connection for :func:`step`. Raises FileNotFoundError: an ERP without data is a mistake, not a new company."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there; b2bsync.demo.generator makes it")
    connection = sqlite3.connect(path, isolation_level=None, timeout=20)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def step(connection: sqlite3.Connection, today: date) -> list[str]:
    """One pass; each part commits by itself. Gives a line of text for every document it made or answered."""
    said: list[str] = []
    with _transaction(connection):
        receive_goods(connection, today)
        said += answer(connection, today)
    with _transaction(connection):
        reserve(connection)
        said += deliver(connection, today)
    with _transaction(connection):
        said += invoice(connection, today)
    return said


def run(path: Path, poll: float) -> None:
    """Passes until SIGTERM or SIGINT. A pass is made only when somebody else wrote, the last one found work, or a new
    day began. Raises FileNotFoundError when the database is not there."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    connection = open_books(path)
    try:
        print(f"erp: open for business on {path}", flush=True)
        seen: tuple[int, date] | None = None
        while not stop.is_set():
            now = (_writes_of_others(connection), date.today())
            if now != seen:
                said = step(connection, now[1])
                for line in said:
                    print(f"erp: {line}", flush=True)
                seen = None if said else now
            stop.wait(poll)
    finally:
        connection.close()


def _writes_of_others(connection: sqlite3.Connection) -> int:
    """Changes whenever another connection has committed."""
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
