"""Schedules at work: one node runs an occurrence, missed ones are caught up, failures are seen."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from b2bsync.engine import Engine, FireState, Schedule, fires, load_schedules
from b2bsync.engine.scheduler import Action, Scheduler, purge_fires
from b2bsync.engine.schedules import Interval
from b2bsync.store import Database, DatabaseUnreachable
from tests.engine.stages import Note, operator, seen, until

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOURLY = Schedule("hourly", "sync", "erp.products", Interval(3600))


def hour(number: int, minute: int = 0) -> datetime:
    return NINE.replace(hour=number, minute=minute)


def adding(engine: Engine) -> Action:
    """Adds the planned hour as a task, as a real action does with the run it inserts."""

    def sync(session: Session, target: str, planned: datetime) -> None:
        engine.lanes.add(session, f"sync:{target}", "note", [planned.hour])

    return sync


def planned(database: Database) -> list[tuple[str, datetime | None, str]]:
    with operator(database) as (session, _):
        return [(found.name, found.last, found.outcome) for found in fires(session, [HOURLY])]


def test_a_new_schedule_catches_nothing_up_but_leaves_its_mark(prepared: Database, engine: Engine) -> None:
    scheduler = Scheduler(prepared, "main", [HOURLY], {"sync": adding(engine)})
    assert scheduler.fire("hourly", hour(9, 30)) == []
    assert planned(prepared) == [("hourly", None, "")]
    assert scheduler.fire("hourly", hour(10)) == [hour(10)]
    assert scheduler.fire("hourly", hour(10)) == []
    engine.run_once()
    assert seen(prepared, "sync:erp.products") == [10]
    assert planned(prepared) == [("hourly", hour(10), "run")]


@pytest.mark.parametrize(
    ("missed", "worked", "outcome"), [("latest", [12], "run"), ("all", [10, 11, 12], "run"), ("skip", [], "skipped")]
)
def test_a_start_catches_up_by_policy(
    prepared: Database, engine: Engine, missed: str, worked: list[int], outcome: str
) -> None:
    schedule = Schedule("hourly", "sync", "erp.products", Interval(3600), missed)  # type: ignore[arg-type]
    Scheduler(prepared, "main", [schedule], {"sync": adding(engine)}).fire("hourly", hour(9))
    Scheduler(prepared, "main", [schedule], {"sync": adding(engine)}).fire("hourly", hour(12, 40))
    engine.run_once()
    assert seen(prepared, "sync:erp.products") == worked
    assert planned(prepared) == [("hourly", hour(12), outcome)]


def test_two_nodes_run_each_occurrence_once(prepared: Database, engine: Engine) -> None:
    nodes = [Scheduler(prepared, name, [HOURLY], {"sync": adding(engine)}) for name in ("a", "b")]
    nodes[0].fire("hourly", hour(9))
    ran: list[datetime] = []
    for number in range(10, 16):
        together = threading.Barrier(2)

        def act(node: Scheduler, moment: datetime, together: threading.Barrier) -> None:
            together.wait(60)
            ran.extend(node.fire("hourly", moment))

        threads = [threading.Thread(target=act, args=(node, hour(number), together)) for node in nodes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert ran == [hour(10), hour(11), hour(12), hour(13), hour(14), hour(15)]
    engine.run_once()
    assert seen(prepared, "sync:erp.products") == [10, 11, 12, 13, 14, 15]


def test_a_failing_action_leaves_nothing_but_its_mark(prepared: Database, engine: Engine) -> None:
    def broken(session: Session, target: str, at: datetime) -> None:
        adding(engine)(session, target, at)
        raise ValueError("there is no connector erp")

    scheduler = Scheduler(prepared, "main", [HOURLY], {"sync": broken})
    scheduler.fire("hourly", hour(9))
    assert scheduler.fire("hourly", hour(10)) == []
    assert planned(prepared) == [("hourly", hour(10), "failed")]
    assert engine.run_once().tasks == 0


def test_an_action_that_nobody_knows_is_refused(sqlite_database: Database) -> None:
    with pytest.raises(ValueError, match="schedule hourly: nothing does 'sync'; allowed: report"):
        Engine(sqlite_database, schedules=[HOURLY], actions={"report": lambda session, target, at: None})


def test_a_daemon_runs_its_schedules(prepared: Database, note: Note) -> None:
    schedule = Schedule("often", "sync", "erp.stock", Interval(1))
    off = Schedule("never", "report", "", Interval(1), enabled=False)

    def sync(session: Session, target: str, at: datetime) -> None:
        engine.lanes.add(session, f"sync:{target}", "note", [at.second])

    engine = Engine(prepared, [note], schedules=[schedule, off], actions={"sync": sync})
    engine.start()
    try:
        until(lambda: len(seen(prepared, "sync:erp.stock")) >= 2, "it ran twice")
    finally:
        engine.stop()
    first, second = seen(prepared, "sync:erp.stock")[:2]
    assert (first + 1) % 60 == second
    with operator(prepared) as (session, _):
        often, never = fires(session, [schedule, off])
    assert (often.outcome, often.node, often.when) == ("run", "main", "every 1 s")
    assert often.next is not None
    assert never == FireState("never", "report", "every 1 s", False, None, "", "", None)


def test_old_fires_are_forgotten_but_for_the_latest(prepared: Database, engine: Engine) -> None:
    scheduler = Scheduler(prepared, "main", [HOURLY], {"sync": adding(engine)})
    for number in (9, 10, 11):
        scheduler.fire("hourly", hour(number))
    with operator(prepared) as (session, _):
        purge_fires(session, NINE + timedelta(days=400))
    assert planned(prepared) == [("hourly", hour(11), "run")]
    assert scheduler.fire("hourly", hour(11, 30)) == []


def test_schedules_of_a_folder_run(prepared: Database, note: Note, tmp_path: Path) -> None:
    (tmp_path / "often.toml").write_text('what = "sync erp.stock"\nevery = "1s"\n', encoding="utf-8")
    targets: list[str] = []
    found = load_schedules([tmp_path], {"sync"}).found
    engine = Engine(
        prepared, [note], schedules=found, actions={"sync": lambda session, target, at: targets.append(target)}
    )
    engine.start()
    try:
        until(lambda: targets[:1] == ["erp.stock"], "it ran")
    finally:
        engine.stop()


def test_stopping_waits_for_a_schedule_that_fires_now(prepared: Database) -> None:
    fires_now, may_end = threading.Event(), threading.Event()

    def slow(session: Session, target: str, planned: datetime) -> None:
        fires_now.set()
        may_end.wait(30)

    Scheduler(prepared, "main", [HOURLY], {"sync": slow}).fire("hourly", datetime.now(UTC) - timedelta(hours=2))
    scheduler = Scheduler(prepared, "main", [HOURLY], {"sync": slow})
    scheduler.start()
    assert fires_now.wait(30)
    stopping = threading.Thread(target=scheduler.stop, daemon=True)
    stopping.start()
    stopping.join(0.2)
    assert stopping.is_alive()
    may_end.set()
    stopping.join(30)
    assert not stopping.is_alive()


def test_a_clock_that_was_set_back_runs_nothing_twice_and_goes_on(prepared: Database, engine: Engine) -> None:
    """It said half past twelve at nine: what ran too early stands, and what was never run comes at its time."""
    latest = Schedule("hourly", "sync", "erp.products", Interval(3600))
    scheduler = Scheduler(prepared, "main", [latest], {"sync": adding(engine)})
    scheduler.fire("hourly", hour(9))
    assert scheduler.fire("hourly", hour(12, 30)) == [hour(12)]

    assert [scheduler.fire("hourly", hour(n)) for n in (10, 11, 12, 13)] == [[hour(10)], [hour(11)], [], [hour(13)]]


def test_a_schedule_waits_for_the_database_and_goes_on(prepared: Database, caplog: pytest.LogCaptureFixture) -> None:
    ran: list[datetime] = []
    away = [DatabaseUnreachable("the server cannot be reached"), DatabaseUnreachable("the server cannot be reached")]

    def act(session: Session, target: str, at: datetime) -> None:
        if away:
            raise away.pop()
        ran.append(at)

    schedule = Schedule("often", "sync", "erp.stock", Interval(1), "all")
    scheduler = Scheduler(prepared, "main", [schedule], {"sync": act})
    scheduler.retry = 0.1
    scheduler.start()
    try:
        until(lambda: len(ran) >= 3, "it ran")
    finally:
        scheduler.stop()
    assert [later - earlier for earlier, later in pairwise(ran)] == [timedelta(seconds=1)] * (len(ran) - 1)
    assert caplog.text.count("schedules wait for the database: the server cannot be reached") == 1
