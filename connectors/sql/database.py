"""The outside database: opened for reading or for writing, and its errors put into words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from b2bsync.sync import ConfigError, Context, SecretRef, SourceError, SyncError, Unreachable, WrongCredentials, resolve

APPLICATION = "b2bsync"


def address(url: str | SecretRef, password: SecretRef | None, context: Context) -> URL:
    """The URL with its password and a SQLite path made absolute. Raises ConfigError, never showing a secret."""
    where = f"connector.{context.name}.url"
    text = resolve(url, where, context.workspace)
    try:
        parsed = make_url(text)
    except ArgumentError:
        raise ConfigError(
            where, "is no database URL; write dialect://user@host/name, such as postgresql://reader@db/erp"
        ) from None
    if isinstance(url, str) and parsed.password:
        raise ConfigError(
            where, 'holds a password; take it out and say password = { env = "NAME" }, or url = { env = "NAME" }'
        )
    if password is not None:
        parsed = parsed.set(password=resolve(password, f"connector.{context.name}.password", context.workspace))
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database and not parsed.database.startswith("file:"):
        parsed = parsed.set(database=str(Path(context.workspace) / parsed.database))
    return parsed


class Database:
    """An engine that reads (``write`` false: every transaction read-only) or one that writes. Connects at first use."""

    def __init__(self, url: URL, name: str, timeout: float, *, write: bool) -> None:
        self.name = name
        self.url = url
        self.shown = url.set(query={}).render_as_string(hide_password=True)
        self.dialect = url.get_backend_name()
        options: dict[str, Any] = {}
        if self.dialect == "sqlite":
            options["timeout"] = timeout
        elif self.dialect == "postgresql":
            seconds = max(1, int(timeout))
            options = {"connect_timeout": seconds, "application_name": APPLICATION}
            if write:
                options["options"] = f"-c statement_timeout={seconds * 1000}"
        try:
            self.engine = sa.create_engine(url, poolclass=NullPool, connect_args=options, hide_parameters=True)
        except (NoSuchModuleError, ModuleNotFoundError, ArgumentError) as error:
            raise ConfigError(
                f"connector.{name}.url", f"{url.drivername!r} needs a driver that is not installed: {error}"
            ) from None
        if self.dialect == "sqlite":
            self._prepare_sqlite(write)
        elif self.dialect == "postgresql" and not write:
            self.engine = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def _prepare_sqlite(self, write: bool) -> None:
        @sa.event.listens_for(self.engine, "connect")
        def connected(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves
            if not write:
                connection.execute("PRAGMA query_only = ON")

        @sa.event.listens_for(self.engine, "begin")
        def began(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    @contextmanager
    def connect(self, what: str) -> Iterator[sa.Connection]:
        """A connection; ``what`` names the statement in errors (``stream products: query``)."""
        if self.dialect == "sqlite":
            path = Path(str(self.url.database))
            if not str(path).startswith("file:") and not path.is_file():
                raise Unreachable(f"connector {self.name}: there is no database file {path}")
        try:
            connection = self.engine.connect()
        except SQLAlchemyError as error:
            raise self.translated(error, "connecting") from error
        try:
            yield connection
        except SQLAlchemyError as error:
            raise self.translated(error, what) from error
        finally:
            connection.close()

    def translated(self, error: Exception, what: str) -> SyncError:
        """The error in our terms, with the database's own words."""
        origin = getattr(error, "orig", None) or error
        words = message_of(origin)
        place = f"connector {self.name} ({self.shown}), {what}: {words}"
        kind = kind_of(error)
        if kind == "credentials":
            return WrongCredentials(place)
        if kind == "unreachable":
            return Unreachable(place)
        return SourceError(place)

    def close(self) -> None:
        self.engine.dispose()


_CREDENTIALS = ("28",)
_PERMISSION = "42501"
_UNREACHABLE = ("08", "57P", "53", "55P", "57014", "40")
_REFUSED = ("22", "23", "P0001", "44")


def kind_of(error: Exception) -> str:
    """``credentials``, ``unreachable``, ``refused`` (this data), ``source`` (the statement or its objects)."""
    origin = getattr(error, "orig", None)
    if not isinstance(error, DBAPIError) or origin is None:
        return "source"
    state = getattr(origin, "sqlstate", None)
    if state:
        if state.startswith(_CREDENTIALS) or state == _PERMISSION:
            return "credentials"
        if state.startswith(_REFUSED):
            return "refused"
        return "unreachable" if state.startswith(_UNREACHABLE) else "source"
    words = str(origin).lower()
    if any(w in words for w in ("authentication failed", "access denied", "login failed", "no password supplied")):
        return "credentials"
    if "does not exist" in words:
        return "source"  # psycopg gives no code when the database is refused while connecting
    names = {kind.__name__ for kind in type(origin).__mro__}
    if names & {"IntegrityError", "DataError"}:
        return "refused"
    if isinstance(origin, sqlite3.Error):
        lost = ("unable to open", "locked", "disk i/o", "readonly")
        return "unreachable" if any(w in words for w in lost) else "source"
    return "unreachable" if error.connection_invalidated or names & {"OperationalError", "InterfaceError"} else "source"


def message_of(origin: BaseException) -> str:
    """The database's message, first lines, without SQLAlchemy's own additions."""
    diagnosis = getattr(origin, "diag", None)
    primary = getattr(diagnosis, "message_primary", None)
    if primary:
        detail = getattr(diagnosis, "message_detail", None)
        return f"{primary} ({detail})" if detail else str(primary)
    return " ".join(str(origin).split())
