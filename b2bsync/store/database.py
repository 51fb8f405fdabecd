"""The database: SQLite by default, PostgreSQL by URL, the same code on both."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from b2bsync.store.errors import DatabaseUnreachable, StoreError, translated

BUSY_SECONDS = 30.0
"""How long a writer waits for another one before it gives up."""

IDLE_SECONDS = 60
"""How long a transaction on a server may stand still before the server ends it, unless another time is given."""

LEAST_IDLE_SECONDS = 5
"""What a busy machine may take between two statements; whoever derives that time from another one gives no less."""

APPLICATION = "b2bsync"
"""What our sessions are called on a server."""

_DURABLE = "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'"

_PRAGMAS = (
    f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}",
    "PRAGMA synchronous = FULL",  # a commit that was answered survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -8192",  # 8 MiB per connection: upper pages of indexes; what is over, the system caches
    "PRAGMA temp_store = MEMORY",
)


class Database:
    """An open database. ``session`` gives sessions; whoever opens one commits it."""

    def __init__(self, engine: Engine, address: URL) -> None:
        self.engine = engine
        self.url = address.render_as_string(hide_password=False)
        self.where = _described(address)

    def __repr__(self) -> str:
        return f"Database({self.where})"

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that is rolled back unless it was committed.

        SQLite: the first writing statement takes the write lock (BEGIN IMMEDIATE) and waits for it; reading before that
        happens outside of a transaction and blocks nobody. A transaction that reads first and writes what follows from
        it calls ``begin_write``. Raises StoreError where the database itself fails; errors about the data
        (``sqlalchemy.exc.IntegrityError``) stay what they are.
        """
        session = Session(self.engine, autoflush=False, expire_on_commit=False)
        try:
            yield session
        except (DBAPIError, sqlite3.Error) as error:
            problem = translated(error, self.where)
            if problem is None:
                raise
            raise problem from error
        except Exception as error:
            problem = translated(error, self.where)  # the bare psycopg errors of the bulk paths
            if problem is None:
                raise
            raise problem from error
        finally:
            try:
                session.close()
            except DBAPIError:  # the connection is lost, and what was not committed with it
                with suppress(SQLAlchemyError):
                    session.invalidate()

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, *, pool: int = 20, idle: int = IDLE_SECONDS, writes: bool = True) -> Database:
    """Opens ``sqlite:///path`` or ``postgresql://user@host/name`` and proves that it can be reached; migrates nothing.

    A SQLite file is created when its folder exists. ``pool`` connections are kept, as many again open under load.
    ``idle``: seconds after which a server ends a transaction whose process says nothing more: one that was frozen must
    not keep others from the rows it locked. ``writes``: proves that it can be written to, too; who only looks waits for
    no writer, and sees a database whose disk is full.
    Raises StoreError (DatabaseUnreachable, DatabaseUnwritable …) with what to do; ValueError for a URL of another kind.
    """
    address = _normalised(url)
    engine = (
        _sqlite_engine(address, pool)
        if address.get_backend_name() == "sqlite"
        else _postgresql_engine(_with_limits(address, idle), pool)
    )
    database = Database(engine, address)
    try:
        _prove(database, writes)
    except StoreError:
        database.close()
        raise
    return database


def begin_write(session: Session) -> None:
    """Makes this transaction a writer before it reads, so that what it reads cannot change before it writes.

    SQLite: takes the one write lock now (a no-op when this transaction already writes). PostgreSQL: nothing, rows and
    advisory locks do it there. Raises DatabaseBusy through ``Database.session`` when the lock is not given in time.
    """
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        if not raw.in_transaction:
            raw.execute("BEGIN IMMEDIATE")


def _normalised(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise ValueError(
            f"database url {url!r} is not a URL (allowed: sqlite:///path/to/file.db, postgresql://user@host/name)"
        ) from None
    if address.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return address.set(drivername="postgresql+psycopg")
    if address.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise ValueError(
            f"database url {_described(address)}: {address.drivername!r} is not supported (allowed: sqlite, postgresql)"
        )
    if address.database in (None, "", ":memory:"):
        raise ValueError(
            "database url: a database in memory cannot be shared or survive; name a file, sqlite:///b2bsync.db"
        )
    return address


def _described(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _sqlite_engine(address: URL, pool: int) -> Engine:
    path = Path(str(address.database))
    if not str(address.database).startswith("file:"):
        if path.is_dir():
            raise DatabaseUnreachable(f"database {_described(address)}: {path} is a folder; name a file in it")
        if not path.parent.is_dir():
            raise DatabaseUnreachable(
                f"database {_described(address)}: there is no folder {path.parent.absolute()}; "
                "create it, or correct the URL"
            )
    engine = create_engine(
        address,
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=BUSY_SECONDS,
        # The connection that wrote last has its pages still; the commit of another voids a page cache.
        pool_use_lifo=True,
        connect_args={"timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # Writers begin IMMEDIATE: a deferred transaction that read first cannot wait for the write lock, it fails.
        connection.isolation_level = "IMMEDIATE"
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    return engine


def _postgresql_engine(address: URL, pool: int) -> Engine:
    engine = create_engine(
        address,
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,  # a restarted server costs a new connection, not a failed transaction
        # What is read after a lock was given must be what stands there then, whatever the server's default is.
        isolation_level="READ COMMITTED",
        connect_args={"connect_timeout": 10, "application_name": APPLICATION},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # A server that answers a commit before it is in its log may forget what we told a partner. Stricter ones stay.
        connection.autocommit = True  # a setting of a transaction that is rolled back is rolled back
        connection.execute(_DURABLE)
        connection.autocommit = False

    return engine


def _with_limits(address: URL, idle: int) -> URL:
    """The URL with what ends the waiting for a peer that is gone: the server's for a process, ours for the server.

    In the URL, because the durable engine opens connections of its own with it."""
    given = {name: value for name, value in address.query.items() if isinstance(value, str)}
    options = f"-c idle_in_transaction_session_timeout={idle * 1000} {given.get('options', '')}".strip()
    limits = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
    return address.update_query_dict({**limits, **given, "options": options})


def _prove(database: Database, writes: bool) -> None:
    with database.session() as session:
        if database.is_sqlite:
            _enter_wal(session)
            if writes:
                begin_write(session)
                version = session.execute(text("PRAGMA user_version")).scalar_one()
                # Says now, and not at the first order, that the file may not be written; undone with the session.
                session.execute(text(f"PRAGMA user_version = {version}"))
        elif writes:
            read_only = session.execute(text("select pg_is_in_recovery()")).scalar_one()
            if read_only:
                raise StoreError(f"database {database.where}: the server is a read-only replica; name the primary")


def _enter_wal(session: Session) -> None:
    """WAL lets readers and the writer work at once. The switch is kept in the file and does not wait for a lock by
    itself, so two processes that open a new file at once would hit each other."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            if session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal":
                return
            session.execute(text("PRAGMA journal_mode = WAL"))
        except DBAPIError as error:
            if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
