"""The daemon: parallel lanes, one run per lane, lost wake-ups, the fence, stopping."""

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from dbos import DBOSClient
from sqlalchemy import text

from b2bsync.engine import Engine, NodeBusy, PeerDown, Task
from b2bsync.store import Database
from tests.engine.stages import Note, add, operator, seen, state, until


def test_lanes_run_beside_each_other_and_each_by_one_thread(prepared: Database, engine: Engine, note: Note) -> None:
    both = threading.Barrier(2, timeout=60)
    inside: dict[str, int] = {"one": 0, "two": 0}
    most: list[int] = []

    def during(tasks: Sequence[Task]) -> None:
        lane = tasks[0].lane
        inside[lane] += 1
        most.append(inside[lane])
        if tasks[0].subject == 1:
            both.wait()  # passes only when both lanes are here at once
        inside[lane] -= 1

    note.during = during
    engine.start()
    for lane in ("one", "two"):
        for subject in range(1, 21):
            add(prepared, [subject], lane)
    until(lambda: len(seen(prepared)) + len(seen(prepared, "two")) == 40, "both lanes are done")
    assert seen(prepared) == seen(prepared, "two") == list(range(1, 21))
    assert set(most) == {1}


def test_a_long_pull_does_not_keep_received_files_waiting(prepared: Database, note: Note) -> None:
    answered = threading.Event()

    def during(tasks: Sequence[Task]) -> None:
        if tasks[0].lane == "sync:erp.products":
            assert answered.wait(60)

    note.during = during
    engine = Engine(prepared, [note], threads=1)
    engine.start()
    try:
        add(prepared, [1], "sync:erp.products")
        until(lambda: note.batches == [[1]], "the pull runs")
        add(prepared, [2], "receive:acme")
        until(lambda: seen(prepared, "receive:acme") == [2], "the file is answered")
        answered.set()
        until(lambda: seen(prepared, "sync:erp.products") == [1], "the pull ends")
    finally:
        answered.set()
        engine.stop()


def test_a_daemon_can_stop_and_start_again(prepared: Database, engine: Engine) -> None:
    for subject in (1, 2):
        engine.start()
        add(prepared, [subject])
        until(lambda: seen(prepared)[-1:] == [subject], f"task {subject} is done")  # noqa: B023
        assert engine.stop()
    add(prepared, [3])
    assert engine.run_once().tasks == 1


def test_only_one_engine_lives_in_a_process(prepared: Database, engine: Engine) -> None:
    engine.start()
    # A SQLite database is for one daemon, wherever it runs.
    said = "node 'main' runs a daemon" if prepared.is_sqlite else "another engine runs in this process"
    with pytest.raises((RuntimeError, NodeBusy), match=said):
        Engine(prepared, [Note()], "second").start()
    add(prepared, [1])
    until(lambda: seen(prepared) == [1], "the first one still works")


def test_a_cancelled_wake_up_is_repaired(prepared: Database, engine: Engine) -> None:
    add(prepared, [1])
    client = DBOSClient(system_database_engine=prepared.engine)
    client.cancel_workflow("lane-one-000000000001")
    client.destroy()
    engine.start()
    until(lambda: seen(prepared) == [1], "the watchdog woke the lane")


@pytest.mark.parametrize("awake", [0, 77])
def test_a_lane_that_counts_on_no_wake_up_is_repaired(prepared: Database, engine: Engine, awake: int) -> None:
    add(prepared, [1])
    with prepared.session() as session:
        session.execute(text("update lane set awake = :awake"), {"awake": awake})
        session.commit()
    engine.start()
    until(lambda: seen(prepared) == [1], "the watchdog woke the lane")


def test_a_paused_lane_waits(prepared: Database, engine: Engine) -> None:
    with operator(prepared) as (session, lanes):
        lanes.add(session, "one", "note", [1])
        lanes.pause(session, "one")
    add(prepared, [2])
    add(prepared, [3], "two")
    engine.start()
    until(lambda: seen(prepared, "two") == [3], "the other lane is done")
    assert state(prepared) == "paused"
    assert seen(prepared) == []
    with operator(prepared) as (session, lanes):
        lanes.resume(session, "one")
    until(lambda: seen(prepared) == [1, 2], "the resumed lane is done")


def test_a_lane_paused_in_its_work_ends_the_batch(prepared: Database, engine: Engine, note: Note) -> None:
    def during(tasks: Sequence[Task]) -> None:
        with operator(prepared) as (session, lanes):
            lanes.pause(session, "one")

    note.during = during
    add(prepared, [1, 2, 3, 4])
    engine.run_once()
    assert seen(prepared) == [1, 2, 3]
    assert state(prepared) == "paused"


def test_a_superseded_run_changes_nothing_any_more(prepared: Database, engine: Engine, note: Note) -> None:
    def taken_over(tasks: Sequence[Task]) -> None:
        note.during = lambda tasks: None
        with prepared.session() as session:  # what another node does that takes this one for dead
            session.execute(text("update lane set awake = 99, gen = 99, owner = 'somebody', node = 'other'"))
            session.execute(
                text(
                    "insert into node (id, beat, started, version, pid, host) "
                    "select 'other', beat, started, version, 1, host from node"
                )
            )
            session.commit()

    note.during = taken_over
    add(prepared, [1, 2])
    ran = engine.run_once()
    assert ran.tasks == 0
    assert seen(prepared) == []
    with prepared.session() as session:
        assert session.execute(text("select owner from lane")).scalar_one() == "somebody"
        assert session.execute(text("select count(*) from task where state = 'ready'")).scalar_one() == 2


def test_a_daemon_tries_a_lane_again_by_itself(prepared: Database, engine: Engine, note: Note) -> None:
    note.trouble[1] = PeerDown("busy", retry_after=1)
    note.during = lambda tasks: note.trouble.clear() if len(note.batches) == 2 else None
    engine.start()
    add(prepared, [1])
    until(lambda: seen(prepared) == [1], "it was tried again")
    assert note.batches == [[1], [1]]


def test_a_batch_that_outlives_the_stop_is_left_to_the_next_start(
    prepared: Database, engine: Engine, note: Note
) -> None:
    go_on, began, ended = threading.Event(), threading.Event(), threading.Event()

    def during(tasks: Sequence[Task]) -> None:
        began.set()
        assert go_on.wait(60)
        ended.set()

    note.during = during
    add(prepared, [1])
    engine.start()
    assert began.wait(60)
    assert not engine.stop(timeout=0.05)
    with prepared.session() as session:
        assert session.execute(text("select starts from task")).scalar_one() == 0  # no fault of the task
    go_on.set()
    assert ended.wait(60)

    note.during = lambda tasks: None
    engine.start()
    until(lambda: seen(prepared) == [1], "the next start did it")
    assert engine.stop()
    assert seen(prepared) == [1]


def test_ended_wake_ups_are_purged(prepared: Database, engine: Engine) -> None:
    engine.start()
    add(prepared, [1])
    until(lambda: seen(prepared) == [1], "it is done")
    dispatch = engine.lanes.dispatch
    until(lambda: dispatch.look_up(["lane-one-000000000001"])["lane-one-000000000001"].state == "SUCCESS", "it ended")
    until(lambda: dispatch.purge(timedelta(0)) == 1, "it is purged")
    assert dispatch.look_up(["lane-one-000000000001"]) == {}


def test_a_stop_just_when_work_comes_is_quiet(prepared: Database, note: Note) -> None:
    """Such as that of a schedule which fires while the daemon stops."""
    said: list[str] = []
    ear = logging.Handler(logging.ERROR)
    ear.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("dbos").addHandler(ear)
    try:
        for turn in range(3):
            engine = Engine(prepared, [note], poll=0.02)
            engine.start()
            for lane in range(6):
                add(prepared, [turn], f"lane-{lane}")
            assert engine.stop()
    finally:
        logging.getLogger("dbos").removeHandler(ear)
    assert said == []
    Engine(prepared, [note]).run_once()
    assert seen(prepared, "lane-5") == [0, 1, 2]  # nothing was lost by it
