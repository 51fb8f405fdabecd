"""One run per stream at a time, on whatever machine; the lock dies with its process."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from b2bsync.store import Database
from b2bsync.sync.errors import StreamBusy


@contextmanager
def stream_lock(database: Database, name: str) -> Iterator[None]:
    """Holds ``name`` while inside. Raises StreamBusy at once when somebody else has it.

    PostgreSQL: an advisory lock on a connection of its own. SQLite: an flock on a file in ``.locks/`` beside the
    database.
    """
    busy = StreamBusy(f"{name} is being synchronised by another run; wait for it or stop that one")
    if database.is_sqlite:
        path = Path(database.engine.url.database or "b2bsync.db")
        folder = path.parent / ".locks"
        folder.mkdir(exist_ok=True)
        safe = "".join(c if c.isalnum() or c in "._-" else "_" for c in name)
        with (folder / f"{path.name}.sync.{safe}").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise busy from None
            yield
    else:
        number = int.from_bytes(hashlib.blake2b(f"sync:{name}".encode(), digest_size=8).digest(), signed=True)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}).scalar():
                raise busy
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": number})
