"""Work that fails: isolated, parked, blocked, or tried again later."""

import errno
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from b2bsync.engine import Engine, Outcome, Parked, PeerDown, Task, prepare
from b2bsync.engine.faults import backoff, is_passing
from b2bsync.store import Database, driver
from tests.engine.stages import Note, add, make_seen, operator, see, seen, state, until


class Strict(Note):
    strict = True


def parked(database: Database) -> list[tuple[int, str]]:
    with operator(database) as (session, lanes):
        return [(task.subject, task.error) for task in lanes.parked(session)]


def starts(database: Database) -> list[tuple[int, int]]:
    with database.session() as session:
        rows = session.execute(text("select subject, starts from task where state = 'ready' order by id"))
        return [(row.subject, row.starts) for row in rows]


def test_one_broken_task_does_not_hold_its_batch_up(prepared: Database, engine: Engine, note: Note) -> None:
    note.trouble[2] = ValueError("no such customer")
    add(prepared, [1, 2, 3, 4])

    ran = engine.run_once()

    assert note.batches == [[1, 2, 3], [1], [2], [3], [4]]
    assert seen(prepared) == [1, 3, 4]
    assert parked(prepared) == [(2, "ValueError: no such customer")]
    assert (ran.tasks, ran.parked) == (3, 1)


def test_a_stage_parks_with_its_own_words(prepared: Database, engine: Engine, note: Note) -> None:
    note.trouble[1] = Parked("partner acme has no mapping for 850; write one")
    add(prepared, [1])
    engine.run_once()
    assert parked(prepared) == [(1, "partner acme has no mapping for 850; write one")]


def test_an_outcome_parks_some_and_ends_the_others(prepared: Database) -> None:
    class Choosy(Note):
        def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
            return Outcome(parked={tasks[1].id: "refused by the ERP: no credit"})

    add(prepared, [1, 2, 3])
    Engine(prepared, [Choosy()]).run_once()
    assert parked(prepared) == [(2, "refused by the ERP: no credit")]
    assert starts(prepared) == []


def test_an_outcome_about_strangers_is_a_mistake_of_the_stage(prepared: Database) -> None:
    class Wrong(Note):
        def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
            return Outcome(again=[tasks[0].id + 1000])

    add(prepared, [1])
    Engine(prepared, [Wrong()]).run_once()
    [(subject, error)] = parked(prepared)
    assert subject == 1
    assert error.startswith("ValueError: stage note: the outcome names [")


def test_a_parked_task_can_be_retried_or_skipped(prepared: Database, engine: Engine, note: Note) -> None:
    note.trouble = {1: ValueError("x"), 2: ValueError("y")}
    add(prepared, [1, 2, 3])
    engine.run_once()
    assert seen(prepared) == [3]

    note.trouble.clear()
    with operator(prepared) as (session, lanes):
        one, two = (task.id for task in lanes.parked(session))
        assert lanes.retry_tasks(session, [one]) == 1
        assert lanes.skip_tasks(session, [two, 999]) == 1
    engine.run_once()

    assert seen(prepared) == [3, 1]
    assert parked(prepared) == []


def test_nothing_overtakes_a_strict_stage(prepared: Database) -> None:
    strict = Strict()
    strict.trouble[2] = ValueError("x")
    engine = Engine(prepared, [strict])
    add(prepared, [1, 2, 3])
    engine.run_once()
    assert seen(prepared) == [1]
    assert state(prepared) == "blocked"

    add(prepared, [4])
    assert engine.run_once().batches == 0

    strict.trouble.clear()
    with operator(prepared) as (session, lanes):
        [lane] = lanes.listing(session)
        [task] = lanes.parked(session)
        assert lane.blocked == task.id
        assert lane.error == f"blocked by task {task.id} (note): ValueError: x"
        lanes.retry_tasks(session, [task.id])
    engine.run_once()
    assert seen(prepared) == [1, 2, 3, 4]
    assert state(prepared) == "asleep"


def test_a_blocked_lane_goes_on_behind_a_skipped_task(prepared: Database) -> None:
    strict = Strict()
    strict.trouble[1] = ValueError("x")
    engine = Engine(prepared, [strict])
    add(prepared, [1, 2])
    engine.run_once()
    with operator(prepared) as (session, lanes):
        lanes.skip_tasks(session, [task.id for task in lanes.parked(session)])
    engine.run_once()
    assert seen(prepared) == [2]


def test_a_resumed_blocked_lane_leaves_the_parked_task_behind(prepared: Database) -> None:
    strict = Strict()
    strict.trouble[1] = ValueError("x")
    engine = Engine(prepared, [strict])
    add(prepared, [1, 2])
    engine.run_once()
    with operator(prepared) as (session, lanes):
        lanes.resume(session, "one")
    engine.run_once()
    assert seen(prepared) == [2]
    assert parked(prepared) == [(1, "ValueError: x")]


def test_a_peer_that_is_down_keeps_the_work_and_its_order(prepared: Database, engine: Engine, note: Note) -> None:
    note.trouble[2] = PeerDown("sftp.acme.example does not answer")
    add(prepared, [1, 2, 3])
    add(prepared, [9], lane="two")

    ran = engine.run_once()
    assert ran.backing_off == {"one": "sftp.acme.example does not answer"}
    assert seen(prepared) == []
    assert seen(prepared, "two") == [9]
    assert starts(prepared) == [(1, 0), (2, 0), (3, 0)]
    with operator(prepared) as (session, lanes):
        lane = lanes.listing(session)[0]
        assert (lane.state, lane.fails, lane.error) == ("backing off", 1, "sftp.acme.example does not answer")
        assert lane.next_try is not None
    assert engine.run_once().batches == 0  # it is not due

    note.trouble.clear()
    with operator(prepared) as (session, lanes):
        lanes.retry(session, "one")
    engine.run_once()
    assert seen(prepared) == [1, 2, 3]
    with operator(prepared) as (session, lanes):
        lane = lanes.listing(session)[0]
        assert (lane.state, lane.fails, lane.error, lane.next_try) == ("asleep", 0, "", None)


def test_what_was_done_before_the_peer_went_down_counts(prepared: Database) -> None:
    class Half(Note):
        """The peer takes the first of a batch and is gone then."""

        def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
            done = 1 if len(tasks) == 3 else 0
            if done:
                see(session, tasks[:done])
            return Outcome(again=[task.id for task in tasks[done:]], down="connection reset", retry_after=60)

    add(prepared, [1, 2, 3])
    engine = Engine(prepared, [Half()])
    ran = engine.run_once()
    assert (ran.tasks, ran.backing_off) == (1, {"one": "connection reset"})
    assert seen(prepared) == [1]
    assert starts(prepared) == [(2, 0), (3, 0)]
    for fails in (1, 2, 3):  # nothing came to an end any more: it gets worse
        with operator(prepared) as (session, lanes):
            lane = lanes.listing(session)[0]
            assert (lane.state, lane.fails, lane.error) == ("backing off", fails, "connection reset")
            lanes.retry(session, "one")
        engine.run_once()


def test_repeated_failures_do_not_park(prepared: Database, engine: Engine, note: Note) -> None:
    note.trouble[1] = PeerDown("down")
    add(prepared, [1])
    for fails in (1, 2, 3, 4, 5):
        engine.run_once()
        with operator(prepared) as (session, lanes):
            assert lanes.listing(session)[0].fails == fails
            lanes.retry(session, "one")
    assert parked(prepared) == []


def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    for fails, longest in ((1, 5.0), (2, 10.0), (5, 80.0), (9, 900.0), (60, 900.0)):
        assert 0.75 * longest <= backoff(fails) <= longest


def test_a_full_disk_is_waited_for(prepared: Database, engine: Engine, note: Note) -> None:
    note.trouble[1] = OSError(errno.ENOSPC, "No space left on device", "exchange/acme/out/1.edi")
    add(prepared, [1])
    assert list(engine.run_once().backing_off) == ["one"]
    assert parked(prepared) == []


def test_a_missing_file_is_not(prepared: Database, engine: Engine, note: Note) -> None:
    note.trouble[1] = FileNotFoundError(errno.ENOENT, "No such file or directory", "x.edi")
    add(prepared, [1])
    engine.run_once()
    assert parked(prepared) == [(1, "FileNotFoundError: [Errno 2] No such file or directory: 'x.edi'")]


def test_a_full_sqlite_database_is_waited_for(sqlite_database: Database, note: Note) -> None:
    class Big(Note):
        def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
            pages = session.execute(text("pragma page_count")).scalar_one()
            session.execute(text(f"pragma max_page_count = {pages + 3}"))
            session.execute(text("create table large as select zeroblob(1000000)"))
            return None

    engine = Engine(sqlite_database, [Big()])
    prepare_and_add(sqlite_database)
    [error] = engine.run_once().backing_off.values()
    assert "full" in error
    assert starts(sqlite_database) == [(1, 0)]


def test_a_lost_connection_is_waited_for(postgresql_database: Database) -> None:
    class Cut(Note):
        def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
            session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
            return None

    prepare_and_add(postgresql_database)
    engine = Engine(postgresql_database, [Cut()])
    assert list(engine.run_once().backing_off) == ["one"]
    assert starts(postgresql_database) == [(1, 0)]


def prepare_and_add(database: Database) -> None:
    prepare(database)
    add(database, [1])


def test_a_mistake_in_a_statement_is_not_waited_for(prepared: Database, engine: Engine, note: Note) -> None:
    def during(tasks: Sequence[Task]) -> None:
        with prepared.session() as session:
            session.execute(text("selct 1"))

    note.during = during
    add(prepared, [1])
    engine.run_once()
    [(subject, error)] = parked(prepared)
    assert subject == 1
    assert "selct" in error


def test_an_unknown_stage_is_parked_with_the_known_ones(prepared: Database, engine: Engine) -> None:
    add(prepared, [1], stage="translte")
    engine.run_once()
    assert parked(prepared) == [(1, "no stage called 'translte' is registered; registered: note")]


@pytest.mark.parametrize("problem", [KeyError("x"), ValueError("x"), PermissionError(errno.EACCES, "x"), Parked("x")])
def test_broken_work_does_not_pass(problem: Exception) -> None:
    assert not is_passing(problem)


def test_a_deadlock_is_tried_again_and_parks_nothing(postgresql_database: Database) -> None:
    """Whoever the server picks: its work is whole, it came at the wrong moment."""
    prepare(postgresql_database)
    make_seen(postgresql_database)
    both = threading.Barrier(2)

    class Crossing(Note):
        def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
            first, second = (1, 2) if tasks[0].lane == "one" else (2, 1)
            driver.fetch(session, "select pg_advisory_xact_lock(?)", (first,))
            if tasks[0].starts == 1 and not both.broken:
                both.wait(60)
            driver.fetch(session, "select pg_advisory_xact_lock(?)", (second,))
            both.abort()  # crossed once is enough
            see(session, tasks)
            return None

    add(postgresql_database, [1], "one")
    add(postgresql_database, [2], "two")
    engine = Engine(postgresql_database, [Crossing()])
    engine.start()
    try:
        until(
            lambda: seen(postgresql_database, "one") + seen(postgresql_database, "two") == [1, 2], "both went through"
        )
    finally:
        engine.stop()
    assert both.broken
    assert parked(postgresql_database) == []
