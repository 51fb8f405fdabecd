"""Processes that die: nothing is lost, the order is kept, poison is found, no node runs twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from b2bsync.engine import Engine, NodeBusy, nodes, prepare
from b2bsync.store import Database
from tests.engine.stages import Note, add, make_seen, operator, seen, until

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(prepared: Database, tmp_path: Path) -> Iterator[Start]:
    """Starts the worker program; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def starter(mode: str, node: str = "main") -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.engine.worker", mode, prepared.url, str(tmp_path), node]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        started.append(process)
        return process

    yield starter
    for process in started:
        process.kill()
        process.communicate()


def heard(process: "subprocess.Popen[str]", line: str) -> None:
    """Read what it says up to this line."""
    assert process.stdout is not None
    for said in process.stdout:
        if said.strip() == line:
            return
    raise AssertionError(f"it ended with {process.wait()} and never said {line!r}")


@pytest.mark.long
def test_a_task_that_kills_its_process_is_parked_after_three_starts(
    prepared: Database, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "die-2").touch()
    add(prepared, [1, 2, 3])

    assert [start("once").wait() for _ in range(4)] == [9, 9, 9, 0]

    assert seen(prepared) == [1, 3]
    with operator(prepared) as (session, lanes):
        [task] = lanes.parked(session)
        assert (task.subject, task.starts) == (2, 3)
        assert task.error == "was started 3 times and never ended: the process died during each of them"


def test_a_killed_daemon_loses_nothing_and_keeps_the_order(prepared: Database, start: Start, tmp_path: Path) -> None:
    for lane, subjects in (("one", range(1, 13)), ("two", range(101, 113))):
        add(prepared, list(subjects), lane)
    (tmp_path / "hold-5").touch()
    daemon = start("daemon")
    heard(daemon, "begins one 4 5 6")
    daemon.kill()
    daemon.wait()
    assert seen(prepared) == [1, 2, 3]
    (tmp_path / "hold-5").unlink()

    again = start("daemon")
    until(lambda: len(seen(prepared)) + len(seen(prepared, "two")) == 24, "both lanes are worked off")
    again.terminate()
    assert again.wait() == 0
    assert seen(prepared) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert seen(prepared, "two") == [101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112]


def test_a_killed_single_run_is_resumed(prepared: Database, start: Start, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "die-4").touch()
    add(prepared, [1, 2, 3, 4, 5])
    assert start("once").wait() == 9
    assert seen(prepared) == [1, 2, 3]
    engine.start()
    until(lambda: len(seen(prepared)) == 5, "the daemon took over")
    assert seen(prepared) == [1, 2, 3, 4, 5]


def test_sigterm_ends_the_running_batch_and_starts_no_other(prepared: Database, start: Start, tmp_path: Path) -> None:
    (tmp_path / "hold-2").touch()
    add(prepared, [1, 2, 3, 4])
    daemon = start("daemon")
    heard(daemon, "begins one 1 2 3")
    daemon.send_signal(signal.SIGTERM)
    heard(daemon, "asked to stop")
    (tmp_path / "hold-2").unlink()
    assert daemon.wait() == 0
    assert daemon.stdout is not None
    assert daemon.stdout.read().split() == ["clean"]
    assert seen(prepared) == [1, 2, 3]
    with operator(prepared) as (session, lanes):
        assert lanes.waiting(session, "one") == 1
        assert [(node.id, node.pid, node.alive) for node in nodes(session)] == [("main", 0, False)]


def test_a_daemon_says_nothing_and_leaves_nothing_behind(prepared: Database, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    add(prepared, [1])
    command = [sys.executable, "-m", "tests.engine.worker", "daemon", prepared.url, str(tmp_path), "main"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=empty, env=environment) as daemon:
        until(lambda: seen(prepared) == [1], "it works")
        daemon.terminate()
        said, complained = daemon.communicate()
    assert sorted(said.splitlines()) == ["asked to stop", "begins one 1", "clean", "runs"]
    assert complained == ""
    assert list(empty.iterdir()) == []


def test_nobody_runs_under_the_id_of_a_living_daemon(prepared: Database, start: Start, engine: Engine) -> None:
    daemon = start("daemon")
    heard(daemon, "runs")
    add(prepared, [1])
    for attempt in (engine.run_once, engine.start):
        with pytest.raises(NodeBusy, match=f"node 'main' is running already .process {daemon.pid} on ") as busy:
            attempt()
        assert busy.value.pid == daemon.pid
        assert busy.value.since is not None
    until(lambda: seen(prepared) == [1], "the daemon did it")

    Engine(prepared, [Note()], "second").run_once()  # another id is another node

    daemon.kill()
    daemon.wait()
    add(prepared, [2])

    def free() -> bool:
        try:
            engine.run_once()
        except NodeBusy:  # a server notices the end of a connection a moment later
            return False
        return True

    until(free, "the killed daemon's lock is free")
    assert seen(prepared) == [1, 2]


@pytest.mark.parametrize("fate", [signal.SIGKILL, signal.SIGSTOP])
def test_a_silent_nodes_lane_is_taken_over(postgresql_database: Database, tmp_path: Path, fate: signal.Signals) -> None:
    prepare(postgresql_database)
    make_seen(postgresql_database)
    add(postgresql_database, [1, 2, 3, 4])
    (tmp_path / "hold-1").touch()
    command = [sys.executable, "-m", "tests.engine.worker", "daemon", postgresql_database.url, str(tmp_path), "b"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=subprocess.STDOUT, text=True, cwd=Path(__file__).parents[2]
    ) as other:
        try:
            heard(other, "begins one 1 2 3")
            # b lives and holds the lane
            assert Engine(postgresql_database, [Note()], "a").run_once().batches == 0
            other.send_signal(fate)
            with postgresql_database.session() as session:  # what fifteen seconds of silence look like
                session.execute(text("update node set beat = beat - interval '1 minute' where id = 'b'"))
                session.commit()
            engine = Engine(postgresql_database, [Note()], "a")
            engine.start()
            try:
                until(lambda: seen(postgresql_database) == [1, 2, 3, 4], "node a took the lane over")
            finally:
                engine.stop()
            if fate == signal.SIGSTOP:  # the frozen node thaws in the middle of its batch
                (tmp_path / "hold-1").unlink()
                other.send_signal(signal.SIGCONT)
                heard(other, "lane one: another run has taken over; this one leaves")
            assert seen(postgresql_database) == [1, 2, 3, 4]
        finally:
            other.kill()
