"""Lanes share the threads: a huge backlog, or a peer that hangs, never keeps the others waiting."""

import threading
import time
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from b2bsync.engine import Engine, Task
from b2bsync.engine.node import arrive
from b2bsync.store import Database
from tests.engine.stages import Note, add, operator, seen, state, until


@pytest.fixture
def slow() -> Note:
    """Ten batches a second."""
    note = Note()
    note.during = lambda tasks: time.sleep(0.1)
    return note


def test_a_huge_backlog_makes_room(prepared: Database, slow: Note) -> None:
    """One thread, a lane with work for a quarter of an hour, and two others that come later."""
    add(prepared, range(1, 30_001), "huge")
    engine = Engine(prepared, [slow], threads=1)
    engine.start()
    try:
        until(lambda: bool(slow.batches), "the huge lane runs")
        add(prepared, [1], "small")
        add(prepared, [2], "other")
        until(lambda: seen(prepared, "small") == [1] and seen(prepared, "other") == [2], "the small ones are done")
        before = len(seen(prepared, "huge"))
        until(lambda: len(seen(prepared, "huge")) > before, "the huge one goes on")
    finally:
        engine.stop()
    done = seen(prepared, "huge")
    assert done == list(range(1, len(done) + 1))
    assert len(done) < 30_000


def test_a_lane_alone_keeps_its_turn(prepared: Database, slow: Note) -> None:
    """Nobody waits: no new wake-up is made however long it works."""
    add(prepared, range(1, 91))
    Engine(prepared, [slow]).run_once()  # thirty batches, three seconds
    with prepared.session() as session:
        assert session.execute(text("select gen from lane")).scalar_one() == 1
    assert len(seen(prepared)) == 90


def test_a_lane_whose_other_side_hangs_holds_up_no_other(prepared: Database, note: Note) -> None:
    answered = threading.Event()

    def during(tasks: Sequence[Task]) -> None:
        if tasks[0].lane == "send:hangs":
            assert answered.wait(60)

    note.during = during
    engine = Engine(prepared, [note], threads=2)
    engine.start()
    try:
        add(prepared, [1], "send:hangs")
        until(lambda: [1] in note.batches, "it hangs")
        add(prepared, [2], "send:hangs")
        for subject in range(3, 13):
            add(prepared, [subject], "send:well")
        until(lambda: seen(prepared, "send:well") == list(range(3, 13)), "the other lane is done")
        assert seen(prepared, "send:hangs") == []
        assert state(prepared, "send:hangs") == "flowing"
        with operator(prepared) as (session, _):
            for column in ("moved_at", "next_try", "turned_at"):
                session.execute(text(f"update lane set {column} = null where id = 'send:hangs'"))
            older = "'2026-01-01 00:00:00.000000'" if prepared.is_sqlite else "timestamptz '2026-01-01 00:00:00+00'"
            session.execute(text(f"update task set created_at = {older} where lane = 'send:hangs'"))
        assert state(prepared, "send:hangs") == "stuck"  # it runs, and nothing came of it for long
        answered.set()
        until(lambda: seen(prepared, "send:hangs") == [1, 2], "the other side answered")
    finally:
        answered.set()
        engine.stop()


def test_a_pull_may_take_long(prepared: Database) -> None:
    """What runs for an hour is stuck, but for a pull."""
    for lane in ("send:acme", "sync:erp.products"):
        add(prepared, [1], lane)
    with operator(prepared) as (session, _):
        arrive(session, "main", "0.1.0")
        session.execute(text("update lane set owner = 'a run', node = 'main'"))
        older = "'2026-01-01 00:00:00.000000'" if prepared.is_sqlite else "timestamptz '2026-01-01 00:00:00+00'"
        session.execute(text(f"update task set created_at = {older}"))
    assert (state(prepared, "send:acme"), state(prepared, "sync:erp.products")) == ("stuck", "flowing")
