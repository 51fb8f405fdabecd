"""Where everything is kept: tables, migrations, journal, master data, order book.

``open_database`` and ``migrate`` come first; then each noun is a module of functions that take a session. None of them
commits: whoever opened the session does.
"""

from b2bsync.store.database import LEAST_IDLE_SECONDS, Database, begin_write, open_database
from b2bsync.store.errors import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseNotMigrated,
    DatabaseTooNew,
    DatabaseUnreachable,
    DatabaseUnwritable,
    StoreError,
)
from b2bsync.store.migrations import check_version, migrate

__all__ = [
    "LEAST_IDLE_SECONDS",
    "Database",
    "DatabaseBusy",
    "DatabaseFull",
    "DatabaseNotMigrated",
    "DatabaseTooNew",
    "DatabaseUnreachable",
    "DatabaseUnwritable",
    "StoreError",
    "begin_write",
    "check_version",
    "migrate",
    "open_database",
]
