"""SQLite: one daemon. A second one is refused by the first one's name; commands and ``once`` work beside it."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from b2bsync.engine import Engine, NodeBusy
from b2bsync.engine.node import arrive, beat
from b2bsync.engine.sole import SoleDaemon
from b2bsync.store import Database, open_database
from tests.engine.stages import Note, add, operator, seen


def test_a_second_daemon_of_another_name_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    first, second = SoleDaemon(sqlite_database, "first"), SoleDaemon(sqlite_database, "second")
    first.acquire()
    said = (
        r"node 'first' runs a daemon on this SQLite database already \(process \d+ on .+ since .+ UTC\), and a SQLite "
        r"database is for one daemon: .*several daemons share a PostgreSQL database"
    )
    with pytest.raises(NodeBusy, match=said) as busy:
        second.acquire()
    assert busy.value.node == "first"

    link = tmp_path / "linked"  # the same file by another way
    link.symlink_to(Path(sqlite_database.engine.url.database or "").parent, target_is_directory=True)
    other = open_database(f"sqlite:///{link / Path(sqlite_database.engine.url.database or '').name}")
    with pytest.raises(NodeBusy, match="node 'first'"):
        SoleDaemon(other, "third").acquire()
    other.close()

    first.release()
    second.acquire()
    second.release()


def test_a_single_run_of_another_name_works_beside_it(prepared: Database, engine: Engine) -> None:
    engine.start()
    with operator(prepared) as (session, lanes):
        lanes.add(session, "one", "note", [1])
        lanes.pause(session, "one")
    with operator(prepared) as (session, lanes):
        lanes.resume(session, "one")
    Engine(prepared, [Note()], "second").run_once()  # either of them does it
    engine.stop()
    add(prepared, [2])
    Engine(prepared, [Note()], "second").run_once()
    assert seen(prepared) == [1, 2]


def elsewhere(database: Database, ago: str = "0") -> None:
    """A row of a daemon on another host."""
    with operator(database) as (session, _):
        arrive(session, "far", "0.1.0")
        moment = f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '-{ago} seconds')"
        session.execute(text(f"update node set host = 'elsewhere', beat = {moment}"))


@pytest.mark.parametrize("ago", ["0", "1800"])  # its clock may be half an hour behind ours
def test_a_daemon_of_another_host_is_known_by_its_beat(sqlite_database: Database, ago: str) -> None:
    elsewhere(sqlite_database, ago)
    over = threading.Event()

    def live() -> None:
        while not over.wait(0.2):
            with operator(sqlite_database) as (session, _):
                beat(session, "far", "0.1.0")

    heart = threading.Thread(target=live)
    heart.start()
    try:
        with pytest.raises(NodeBusy, match=r"node 'far' runs a daemon on this SQLite database .* on elsewhere since"):
            SoleDaemon(sqlite_database, "main", watch=60).acquire()
    finally:
        over.set()
        heart.join()
    near = SoleDaemon(sqlite_database, "main", watch=0.3)
    near.acquire()  # it beats no more: it died, and what it left is ours; the refused one kept no lock
    near.release()


def test_postgresql_is_for_any_number(postgresql_database: Database) -> None:
    SoleDaemon(postgresql_database, "first").acquire()
    SoleDaemon(postgresql_database, "second").acquire()
