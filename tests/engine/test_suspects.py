"""What ran beside a task that kills its process is not parked for it."""

from sqlalchemy import text

from b2bsync.engine import Engine
from b2bsync.engine.suspects import PATIENCE, SUSPECTS, Suspects
from b2bsync.store import Database
from tests.engine.stages import add, seen


def died(database: Database, lane: str, times: int) -> None:
    with database.session() as session:
        session.execute(text("update task set starts = :n where lane = :lane"), {"n": times, "lane": lane})
        session.commit()


def test_one_suspect_at_a_time() -> None:
    now = 0.0
    suspects = Suspects(clock=lambda: now)
    assert suspects.take("first")
    assert not suspects.take("second")
    suspects.let_go("second")  # it had none: nothing changes
    assert not suspects.take("second")
    suspects.let_go("first")
    assert suspects.take("second")
    now = PATIENCE
    assert suspects.take("third")  # who ran so long does not kill


def test_a_task_that_died_twice_waits_for_another_one_and_its_start_is_not_counted(
    prepared: Database, engine: Engine
) -> None:
    add(prepared, [1], lane="one")
    add(prepared, [2], lane="two")
    add(prepared, [3], lane="three")
    died(prepared, "one", 2)
    died(prepared, "two", 1)
    assert SUSPECTS.take("another run")
    try:
        engine.run_once()
        assert (seen(prepared, "one"), seen(prepared, "two"), seen(prepared, "three")) == ([], [2], [3])
        with prepared.session() as session:
            assert session.execute(text("select lane, starts, state from task")).all() == [("one", 2, "ready")]
    finally:
        SUSPECTS.let_go("another run")
    engine.run_once()
    assert seen(prepared, "one") == [1]
