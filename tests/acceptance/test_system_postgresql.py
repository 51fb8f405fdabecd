"""On the PostgreSQL that the operating system packages, which is what a server has: migrated, checked, restarted."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from b2bsync.store import StoreError, journal, migrate, open_database
from b2bsync.store.migrations import configuration

pytestmark = pytest.mark.servers

PLACES = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin")  # Debian's and Red Hat's; newest last


def postgresql_programs() -> Path:
    """The folder with ``initdb`` and ``pg_ctl``. A missing server is a failure, never a skip."""
    found = [path for place in PLACES for path in sorted(Path("/").glob(place)) if (path / "initdb").exists()]
    if not found and (in_path := shutil.which("initdb")):
        found = [Path(in_path).resolve().parent]
    if not found:
        pytest.fail("the system's PostgreSQL is missing; as root: apt-get install postgresql (make test-all does it)")
    return found[-1]


class Cluster:
    """A PostgreSQL of its own: data and socket in one temporary folder, no network port."""

    def __init__(self, folder: Path, programs: Path):
        self.folder, self.programs = folder, programs
        # PostgreSQL refuses to run as root; its package brings a user for it.
        self.user = "postgres" if os.geteuid() == 0 else None
        self.url = f"postgresql://postgres@/postgres?host={folder}"

    def run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.programs / program, "-D", self.folder / "data", *arguments],
            user=self.user,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # not a pipe: the server would inherit it and keep it open
            stderr=subprocess.STDOUT,
        )
        log = self.folder / "log"
        assert done.returncode == 0, f"{program} failed: {log.read_text() if log.exists() else 'it wrote no log'}"

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        self.run("pg_ctl", "-w", "-t", "60", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-w", "-t", "60", "-m", "immediate", "stop")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    programs = postgresql_programs()
    with tempfile.TemporaryDirectory(prefix="b2bsync-") as name:  # short: a socket's path has 107 characters at most
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        cluster = Cluster(folder, programs)
        cluster.run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


def test_migrations_make_the_tables_of_the_code(cluster: Cluster) -> None:
    database = open_database(cluster.url)
    migrate(database)
    with database.session() as session:
        command.check(configuration(session.connection()))  # raises when a migration would be written
    migrate(database)  # again: nothing to do
    database.close()


def test_a_server_that_was_cut_off_is_said_and_used_again_when_it_is_back(cluster: Cluster) -> None:
    database = open_database(cluster.url)
    migrate(database)
    with database.session() as session:
        journal.put_artifact(session, "mapping", "x12/004010/850", "text")
        session.commit()

    cluster.stop()
    with pytest.raises(StoreError), database.session() as session:
        session.execute(text("select 1"))

    cluster.start()
    with database.session() as session:
        assert session.execute(text("select name from artifact")).scalars().all() == ["x12/004010/850"]
    database.close()
