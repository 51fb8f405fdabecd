"""Telling trouble that passes (a full disk, a lost connection) from work that is broken."""

import errno
import random
import sqlite3

import psycopg
from sqlalchemy import exc

from b2bsync.engine.stage import Parked, PeerDown
from b2bsync.store.errors import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseUnreachable,
    DatabaseUnwritable,
    StoreError,
)

_STORE = DatabaseUnreachable | DatabaseUnwritable | DatabaseFull | DatabaseBusy
_FILES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
}
_POSTGRESQL = ("08", "53", "57", "40", "55P03", "25006", "25P03")
"""SQLSTATE classes: connection, resources, operator intervention, rollback (a deadlock, for one); lock not available;
read-only; idle in a transaction for too long."""


def is_passing(problem: BaseException) -> bool:
    """Whether the same work may well succeed later without anybody touching it.

    >>> is_passing(PeerDown("no answer")), is_passing(OSError(28, "No space left on device")), is_passing(KeyError("x"))
    (True, True, False)
    """
    if isinstance(problem, PeerDown | exc.TimeoutError | exc.DisconnectionError | _STORE):
        return True
    if isinstance(problem, exc.DBAPIError):
        return problem.connection_invalidated or (problem.orig is not None and _driver_says_so(problem.orig))
    if isinstance(problem, sqlite3.Error | psycopg.Error):  # the bare errors of the bulk paths
        return _driver_says_so(problem)
    return isinstance(problem, OSError) and problem.errno in _FILES


def _driver_says_so(problem: BaseException) -> bool:
    if isinstance(problem, sqlite3.Error):
        code = getattr(problem, "sqlite_errorcode", None)
        return code is not None and code & 0xFF in _SQLITE
    state = getattr(problem, "sqlstate", None)
    if state is None:  # no answer from the server at all
        return type(problem).__name__ in ("OperationalError", "InterfaceError")
    return str(state).startswith(_POSTGRESQL)


def retry_after(problem: BaseException) -> float | None:
    """Seconds after which to try again where the trouble tells; None: it does not. Whom a deadlock was resolved against
    has nothing more to wait for."""
    said: float | None = getattr(problem, "retry_after", None)
    original = problem.orig if isinstance(problem, exc.DBAPIError) else problem
    return 1.0 if said is None and str(getattr(original, "sqlstate", "")).startswith("40") else said


def describe(problem: BaseException, limit: int = 2000) -> str:
    """The text an operator reads: a stage's own words alone, anything unexpected with its type."""
    if isinstance(problem, exc.DBAPIError) and problem.orig is not None:
        problem = problem.orig  # without the statement and its parameters: they may hold what no log should
    text = str(problem).strip()
    if not isinstance(problem, PeerDown | Parked | StoreError):
        text = f"{type(problem).__name__}: {text}" if text else type(problem).__name__
    return text if len(text) <= limit else text[: limit - 1] + "…"


def backoff(fails: int) -> float:
    """Seconds to wait after the ``fails``-th failure in a row: 5 s, doubled each time, at most 15 minutes, less up to a
    quarter by chance so that lanes of one broken peer do not come back all at once."""
    return min(5.0 * 2.0 ** min(fails - 1, 12), 900.0) * random.uniform(0.75, 1.0)
