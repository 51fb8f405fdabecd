"""In the middle of its work a run asks whether its lane is still its own: what it sends no fence takes back."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from b2bsync.engine import Engine, Task, hold, still_held
from b2bsync.store import Database
from tests.engine.stages import Note, add, operator, seen


class Sending(Note):
    """Sends each of its tasks; after the first one, something happens."""

    def __init__(self, database: Database, happens: str) -> None:
        super().__init__()
        self.database, self.happens = database, happens
        self.sent: list[int] = []

    def perform(self, work: Any, tasks: Sequence[Task]) -> Any:
        for task in tasks:
            still_held()
            self.sent.append(task.subject)
            with self.database.session() as session:
                session.execute(text(self.happens))
                session.commit()
        return work


def test_nothing_more_is_sent_once_another_run_has_the_lane(
    prepared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold, "FRESH", 0.0)  # as if it had stood still
    stage = Sending(prepared, "update lane set owner = 'another', node = 'b', awake = awake + 1, gen = gen + 1")
    add(prepared, [1, 2, 3])
    with prepared.session() as session:  # b lives, and keeps the lane
        session.execute(
            text("insert into node (id, beat, started, version, pid, host) select 'b', :now, :now, '', 1, ''"),
            {"now": _now(prepared)},
        )
        session.commit()
    Engine(prepared, [stage]).run_once()

    assert stage.sent == [1]
    assert seen(prepared) == []
    with operator(prepared) as (session, lanes):
        assert lanes.parked(session) == []


def test_a_fresh_proof_asks_nobody(prepared: Database) -> None:
    stage = Sending(prepared, "select 1")
    add(prepared, [1, 2, 3])
    Engine(prepared, [stage]).run_once()
    assert stage.sent == [1, 2, 3]
    assert seen(prepared) == [1, 2, 3]


def _now(database: Database) -> Any:
    from b2bsync.engine.clock import now

    with database.session() as session:
        moment = now(session)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if database.is_sqlite else moment
