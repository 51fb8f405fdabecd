"""What can be wrong with the database, in words for the person who runs it."""

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError


class StoreError(Exception):
    """Something is wrong with the database itself. The text says which database, what is wrong and what to do."""


class DatabaseUnreachable(StoreError):
    """No server answers, it refuses us, or the file cannot be opened or is no database."""


class DatabaseUnwritable(StoreError):
    """It can be read and not written."""


class DatabaseFull(StoreError):
    """There is no room left. What was being written is undone; nothing that was committed is lost."""


class DatabaseBusy(StoreError):
    """Somebody else kept it locked for longer than we wait."""


class DatabaseNotMigrated(StoreError):
    """Its tables are missing or older than this program needs."""


class DatabaseTooNew(StoreError):
    """Its tables were made by a newer program."""


_SQLITE = {
    "SQLITE_FULL": (DatabaseFull, "the disk or the database is full", "free some space; the work goes on by itself"),
    "SQLITE_READONLY": (DatabaseUnwritable, "it may be read only", "check the file's and its folder's permissions"),
    "SQLITE_CANTOPEN": (DatabaseUnreachable, "the file cannot be opened", "check the path, the folder and permissions"),
    "SQLITE_NOTADB": (DatabaseUnreachable, "the file is not a SQLite database", "check the path"),
    "SQLITE_CORRUPT": (DatabaseUnreachable, "the file is damaged", "restore it from a backup"),
    "SQLITE_BUSY": (DatabaseBusy, "another process kept it locked", "find the long transaction, then try again"),
    "SQLITE_LOCKED": (DatabaseBusy, "another connection kept it locked", "find the long transaction, then try again"),
    "SQLITE_IOERR": (DatabaseUnreachable, "reading or writing the file failed", "check the disk; is it full?"),
}
_POSTGRESQL = {
    "53100": (DatabaseFull, "the server's disk is full", "free some space; the work goes on by itself"),
    "53300": (DatabaseBusy, "the server has no connection left", "raise max_connections or stop other clients"),
    "25006": (DatabaseUnwritable, "it may be read only", "check that the URL names the primary server"),
    "42501": (DatabaseUnwritable, "this user may not do that", "grant the user rights on the schema"),
    "25P03": (DatabaseBusy, "a transaction stood still for too long and was ended", "its work is done again by itself"),
    "55P03": (DatabaseBusy, "a lock was not given in time", "find the long transaction, then try again"),
    "42P01": (DatabaseNotMigrated, "a table is missing", "run the migration (any b2bsync command does)"),
}
_UNREACHABLE_CLASSES = ("08", "57")  # connection exceptions, operator intervention (PostgreSQL, appendix A)


def translated(error: Exception, where: str) -> StoreError | None:
    """The driver's error in our words; None when it speaks about the data (a violated key) and not about the database.

    ``where`` names the database without its password.
    """
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        return _sqlite(original, where)
    if isinstance(original, psycopg.Error):
        return _postgresql(original, where)
    return None


def _sqlite(error: sqlite3.Error, where: str) -> StoreError | None:
    name = getattr(error, "sqlite_errorname", "")
    for prefix, (kind, what, remedy) in _SQLITE.items():
        if name.startswith(prefix):  # extended codes append to it: SQLITE_IOERR_WRITE
            return kind(f"database {where}: {what} ({error}); {remedy}")
    if "no such table" in str(error) or "no such column" in str(error):
        return DatabaseNotMigrated(
            f"database {where}: {error}; it has not been migrated, run the migration (any b2bsync command does)"
        )
    return None


def _postgresql(error: psycopg.Error, where: str) -> StoreError | None:
    state = error.sqlstate or ""
    if state in _POSTGRESQL:
        kind, what, remedy = _POSTGRESQL[state]
        return kind(f"database {where}: {what} ({_one_line(error)}); {remedy}")
    # What goes wrong while connecting (unknown database, wrong password) comes without a code, in the server's words.
    if state[:2] in _UNREACHABLE_CLASSES or (not state and isinstance(error, psycopg.OperationalError)):
        return DatabaseUnreachable(
            f"database {where}: the server cannot be reached or refuses us ({_one_line(error)}); "
            "check that it runs, and the URL's host, user, password and database name"
        )
    return None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
