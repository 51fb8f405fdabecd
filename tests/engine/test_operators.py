"""What an operator sees, and what the verbs leave alone."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from b2bsync.engine import Engine, PeerDown, nodes
from b2bsync.engine.node import arrive, beat
from b2bsync.store import Database
from tests.engine.stages import Note, add, operator, seen, state


def age(database: Database, table: str, column: str) -> None:
    """Make a moment two minutes older."""
    with database.session() as session:
        older = (
            f"strftime('%Y-%m-%d %H:%M:%f000', {column}, '-2 minutes')"
            if database.is_sqlite
            else f"{column} - interval '2 minutes'"
        )
        session.execute(text(f"update {table} set {column} = {older}"))
        session.commit()


def test_lanes_are_listed_with_what_waits_in_them(prepared: Database, engine: Engine, note: Note) -> None:
    note.trouble[2] = ValueError("x")
    add(prepared, [1, 2], "one")
    engine.run_once()
    add(prepared, [3, 4], "one")
    add(prepared, [5], "other")
    with operator(prepared) as (session, lanes):
        assert [lane.state for lane in lanes.listing(session)] == ["waiting", "waiting"]  # nobody is there to do it
        arrive(session, "main", "0.1.0")
        one, other = lanes.listing(session)
        assert (one.id, one.state, one.waiting, one.parked, one.running) == ("one", "flowing", 2, 1, False)
        assert (other.id, other.state, other.waiting, other.parked) == ("other", "flowing", 1, 0)
        assert other.oldest is not None
        assert abs(datetime.now(UTC) - other.oldest) < timedelta(minutes=1)
        assert [task.subject for task in lanes.parked(session)] == [2]
        assert lanes.parked(session, "other") == []


def test_work_that_a_living_node_does_not_do_is_stuck(prepared: Database) -> None:
    add(prepared, [1])
    age(prepared, "task", "created_at")
    assert state(prepared) == "waiting"
    with operator(prepared) as (session, _):
        arrive(session, "main", "0.1.0")
    assert state(prepared) == "stuck"


def test_pausing_wins_over_backing_off_and_is_seen(prepared: Database) -> None:
    add(prepared, [1])
    with operator(prepared) as (session, lanes):
        lanes.pause(session, "one")
    assert state(prepared) == "paused"


def test_a_paused_lane_stays_paused_when_it_is_retried(prepared: Database, engine: Engine) -> None:
    add(prepared, [1])
    with operator(prepared) as (session, lanes):
        lanes.pause(session, "one")
    with operator(prepared) as (session, lanes):
        lanes.retry(session, "one")
    assert engine.run_once().batches == 0
    assert state(prepared) == "paused"


def test_only_parked_tasks_are_skipped(prepared: Database, engine: Engine) -> None:
    add(prepared, [1])
    with prepared.session() as session:
        [ready] = session.execute(text("select id from task")).scalars()
    with operator(prepared) as (session, lanes):
        assert lanes.skip_tasks(session, [ready]) == 0
        assert lanes.retry_tasks(session, [ready]) == 0
    engine.run_once()
    assert seen(prepared) == [1]


def test_what_is_due_for_a_subject_is_found_ready_or_parked(prepared: Database, engine: Engine, note: Note) -> None:
    note.trouble[2] = ValueError("x")
    add(prepared, [2], "one")
    engine.run_once()
    add(prepared, [1, 2], "other")
    with operator(prepared) as (session, lanes):
        [stage] = {task.stage for task in lanes.parked(session)}
        found = [(task.lane, task.state, task.starts) for task in lanes.tasks(session, stage, 2)]
        assert found == [("one", "parked", 1), ("other", "ready", 0)]
        assert lanes.tasks(session, stage, 3) == []
        assert lanes.tasks(session, "another", 2) == []


def test_a_verb_that_is_rolled_back_did_nothing(prepared: Database, engine: Engine) -> None:
    add(prepared, [1])
    with prepared.session() as session:
        engine.lanes.pause(session, "one")
        session.rollback()
    assert engine.run_once().tasks == 1


def test_a_node_is_seen_alive_until_it_stops(prepared: Database, engine: Engine) -> None:
    engine.start()
    with operator(prepared) as (session, _):
        [node] = nodes(session)
        assert (node.id, node.alive, node.version) == ("main", True, "0.1.0")
        assert node.pid > 0
    engine.stop()
    with operator(prepared) as (session, _):
        [node] = nodes(session)
        assert (node.pid, node.alive) == (0, False)


def test_a_silent_node_is_not_alive(prepared: Database) -> None:
    with operator(prepared) as (session, _):
        arrive(session, "main", "0.1.0")
    assert alive(prepared) == [("main", True)]
    age(prepared, "node", "beat")
    assert alive(prepared) == [("main", False)]
    with operator(prepared) as (session, _):
        beat(session, "main", "0.1.0")
    assert alive(prepared) == [("main", True)]


def alive(database: Database) -> list[tuple[str, bool]]:
    with operator(database) as (session, _):
        return [(node.id, node.alive) for node in nodes(session)]


def test_somebody_who_interrupts_the_work_does_not_count_as_a_crash(
    prepared: Database, engine: Engine, note: Note
) -> None:
    note.trouble[2] = KeyboardInterrupt()
    add(prepared, [1, 2, 3])
    for _ in range(4):
        try:
            engine.run_once()
        except KeyboardInterrupt:
            continue
        raise AssertionError("the interrupt was swallowed")
    note.trouble.clear()
    engine.run_once()
    assert seen(prepared) == [1, 2, 3]


def test_since_when_a_lane_is_as_it_is(prepared: Database, engine: Engine, note: Note) -> None:
    def since() -> datetime | None:
        with operator(prepared) as (session, lanes):
            return lanes.listing(session)[0].since

    note.trouble[1] = PeerDown("down")
    add(prepared, [1])
    arrived = since()
    engine.run_once()
    failed = since()
    with operator(prepared) as (session, lanes):
        lanes.retry(session, "one")
    engine.run_once()
    assert (state(prepared), since()) == ("backing off", failed)  # since the first failure, not the last

    with operator(prepared) as (session, lanes):
        lanes.pause(session, "one")
    paused = since()
    with operator(prepared) as (session, lanes):
        lanes.pause(session, "one")
    assert (state(prepared), since()) == ("paused", paused)
    age(prepared, "lane", "turned_at")
    age(prepared, "lane", "down_since")
    age(prepared, "task", "created_at")

    with operator(prepared) as (session, lanes):
        arrive(session, "main", "0.1.0")
        lanes.resume(session, "one")
        lanes.retry(session, "one")
    resumed = since()
    assert state(prepared) == "flowing"  # due for long, but free only since now
    note.trouble.clear()
    engine.run_once()
    assert state(prepared) == "asleep"
    done = since()
    times = [at for at in (arrived, failed, paused, resumed, done) if at is not None]
    assert len(times) == 5
    assert times == sorted(times)
