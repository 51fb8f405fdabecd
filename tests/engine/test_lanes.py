"""Lanes worked off once: order, batches, transactions."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from b2bsync.engine import Engine, Lanes, Outcome, Stage, Task, UnknownLane
from b2bsync.store import Database
from tests.engine.stages import Note, add, operator, see, seen


class Other(Note):
    name = "other"
    batch = 20


def test_tasks_run_in_order_in_batches_of_one_stage(prepared: Database, note: Note) -> None:
    other = Other()
    add(prepared, [1, 2, 3, 4])
    add(prepared, [5, 6], stage="other")
    add(prepared, [7])

    ran = Engine(prepared, [note, other]).run_once()

    assert seen(prepared) == [1, 2, 3, 4, 5, 6, 7]
    assert note.batches == [[1, 2, 3], [4], [7]]
    assert other.batches == [[5, 6]]
    assert (ran.tasks, ran.batches, ran.parked, ran.backing_off) == (7, 4, 0, {})


def test_work_that_is_rolled_back_leaves_nothing(prepared: Database, engine: Engine) -> None:
    lanes = Lanes(prepared)
    with prepared.session() as session:
        lanes.add(session, "one", "note", [1])
        session.rollback()
    with prepared.session() as session:
        assert lanes.listing(session) == []
        wake_ups = "workflow_status" if prepared.is_sqlite else "dbos.workflow_status"
        assert session.execute(text(f"select count(*) from {wake_ups}")).scalar_one() == 0
    assert engine.run_once().batches == 0


def test_a_lane_that_is_awake_is_not_woken_again(prepared: Database) -> None:
    add(prepared, [1])
    add(prepared, [2])
    with prepared.session() as session:
        wake_ups = "workflow_status" if prepared.is_sqlite else "dbos.workflow_status"
        ids = session.execute(text(f"select workflow_uuid from {wake_ups}")).scalars().all()
    assert ids == ["lane-one-000000000001"]


def test_adding_nothing_does_nothing(prepared: Database) -> None:
    with operator(prepared) as (session, lanes):
        lanes.add(session, "one", "note", [])
        assert lanes.listing(session) == []


def test_many_receivers_at_once_lose_nothing_and_keep_their_order(prepared: Database, engine: Engine) -> None:
    def receive(start: int) -> None:
        for subject in range(start, start + 10):
            add(prepared, [subject])

    receivers = [threading.Thread(target=receive, args=(start,)) for start in (100, 200, 300)]
    for receiver in receivers:
        receiver.start()
    for receiver in receivers:
        receiver.join()
    engine.run_once()

    worked = seen(prepared)
    assert [subject for subject in worked if subject < 200] == list(range(100, 110))
    assert [subject for subject in worked if 200 <= subject < 300] == list(range(200, 210))
    assert [subject for subject in worked if subject >= 300] == list(range(300, 310))
    assert len(worked) == 30


def test_what_begin_reserves_is_committed_before_the_work(prepared: Database) -> None:
    story: list[str] = []

    class Careful(Stage):
        name = "careful"

        def begin(self, session: Session, tasks: Sequence[Task]) -> Any:
            see(session, tasks)
            return [task.subject for task in tasks]

        def perform(self, work: Any, tasks: Sequence[Task]) -> Any:
            story.append(f"perform {work}, reserved {seen(prepared)}, starts {[task.starts for task in tasks]}")
            return "answer"

        def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
            story.append(f"finish {result}")
            return None

    add(prepared, [7, 8], stage="careful")
    Engine(prepared, [Careful()]).run_once()

    assert story == ["perform [7, 8], reserved [7, 8], starts [1, 1]", "finish answer"]


def test_a_task_with_more_to_do_keeps_its_place(prepared: Database) -> None:
    class Long(Stage):
        name = "long"
        parts = 2

        def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
            see(session, tasks)
            if tasks[0].subject == 1 and self.parts:
                self.parts -= 1
                return Outcome(again=[tasks[0].id])
            return None

        batch = 1

    add(prepared, [1, 2], stage="long")
    ran = Engine(prepared, [Long()]).run_once()

    assert seen(prepared) == [1, 1, 1, 2]
    assert (ran.tasks, ran.batches) == (2, 4)


def test_a_stage_may_add_work_for_another_lane_in_its_commit(prepared: Database, note: Note) -> None:
    class First(Stage):
        name = "first"

        def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
            engine.lanes.add(session, "two", "note", [task.subject * 10 for task in tasks])
            return None

    engine = Engine(prepared, [First(), note])
    add(prepared, [1, 2], stage="first")

    assert engine.run_once().tasks == 4
    assert seen(prepared, "two") == [10, 20]


def test_an_operator_hears_which_lanes_there_are(prepared: Database) -> None:
    add(prepared, [1], "orders:acme")
    with (
        pytest.raises(UnknownLane, match=r"no lane 'orders:acne'; known lanes: orders:acme"),
        operator(prepared) as (
            session,
            lanes,
        ),
    ):
        lanes.pause(session, "orders:acne")


def test_two_stages_of_one_name_are_refused(sqlite_database: Database) -> None:
    with pytest.raises(ValueError, match="two stages are called 'note'"):
        Engine(sqlite_database, [Note(), Note()])
