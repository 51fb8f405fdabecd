"""A lane changes hands: the run that lost it writes nothing, and the journal names both nodes."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from b2bsync.engine import Engine, Lanes, Task
from b2bsync.engine.drain import Drain
from b2bsync.engine.hold import Fenced
from b2bsync.engine.watchdog import Watchdog
from b2bsync.store import Database, journal
from tests.engine.stages import Note, add, operator, see, seen


def silence(database: Database, node: str) -> None:
    """Whatever it says, the others take this node for dead."""
    with database.session() as session:
        session.execute(text("update node set silence = -1 where id = :node"), {"node": node})
        session.commit()


def told(database: Database) -> list[tuple[str, str, str]]:
    with database.session() as session:
        return [(e.what, e.detail, e.who) for e in journal.events(session, "lane", "one")]


class Reserving(Note):
    """Three commits a batch; ``at`` says how the one ends that loses its lane."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at = at

    def begin(self, session: Session, tasks: Sequence[Task]) -> Any:
        return None

    def perform(self, work: Any, tasks: Sequence[Task]) -> Any:
        super().perform(work, tasks)
        if self.at == "raises":
            raise ValueError("and then it fails")
        return work


@pytest.mark.parametrize("at", ["ends", "raises"])
def test_a_run_that_another_node_superseded_in_mid_batch_changes_nothing(prepared: Database, at: str) -> None:
    add(prepared, [1, 2, 3, 4])
    stage, other = Reserving(at), Note()

    def taken_over(tasks: Sequence[Task]) -> None:
        stage.during = lambda tasks: None
        silence(prepared, "main")
        assert Engine(prepared, [other], "other").run_once().tasks == 4

    stage.during = taken_over
    ran = Engine(prepared, [stage], "main").run_once()

    assert (stage.batches, ran.tasks, ran.parked) == ([[1, 2, 3]], 0, 0)
    assert other.batches == [[1], [2], [3], [4]]  # what was begun before runs alone
    assert seen(prepared) == [1, 2, 3, 4]
    [(what, detail, who)] = told(prepared)
    assert (what, who) == ("taken over", "other")
    assert detail == "node main was silent until just now; node other goes on with its work", "it beats on"


def test_the_watchdog_of_another_node_takes_over(prepared: Database) -> None:
    """The lane's run stands still; a node wakes the lane anew, and a third one may be who goes on."""
    add(prepared, [1, 2])
    note = Note()

    def taken_over(tasks: Sequence[Task]) -> None:
        note.during = lambda tasks: None
        silence(prepared, "main")
        lanes = Lanes(prepared)
        with prepared.session() as session:
            [awake] = session.execute(text("select awake from lane")).scalars()
            lanes.dispatch.forget([f"lane-one-{awake:012d}"])
        assert Watchdog(prepared, lanes, "second", set).look() == ["one"]
        lanes.close()
        assert told(prepared) == []  # nobody has it yet
        Engine(prepared, [Note()], "third").run_once()

    note.during = taken_over
    assert Engine(prepared, [note], "main").run_once().tasks == 0
    assert seen(prepared) == [1, 2]
    assert [who for _, _, who in told(prepared)] == ["third"]


def test_a_node_that_comes_back_takes_over_nothing(prepared: Database) -> None:
    add(prepared, [1])
    note = Note()
    note.during = lambda tasks: (_ for _ in ()).throw(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        Engine(prepared, [note], "main").run_once()
    Engine(prepared, [Note()], "main").run_once()
    add(prepared, [2])
    Engine(prepared, [Note()], "second").run_once()  # the first one had left the lane in peace
    assert seen(prepared) == [1, 2]
    assert told(prepared) == []


def test_the_fence_stands_before_the_first_part_too(prepared: Database) -> None:
    """Superseded after it took its batch and before ``begin``."""

    class Writing(Note):
        def begin(self, session: Session, tasks: Sequence[Task]) -> Any:
            see(session, tasks)
            return None

    add(prepared, [1, 2])
    run = Drain(prepared, Lanes(prepared), {"note": Writing()}, "main", "one", lambda: False)
    batch = run._take(1)
    assert batch is not None
    with operator(prepared) as (session, _):
        session.execute(text("update lane set owner = 'somebody', node = 'other' where id = 'one'"))
    with pytest.raises(Fenced):
        run._work(batch)
    run.abandon()  # finds the fence as well, and leaves the start counted
    assert seen(prepared) == []
    with prepared.session() as session:
        assert session.execute(text("select owner from lane")).scalar_one() == "somebody"
        assert session.execute(text("select starts from task")).scalars().all() == [1, 1]
