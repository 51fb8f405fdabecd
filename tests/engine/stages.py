"""Stages that leave a trace in the database, and what a test asks of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from b2bsync.engine import Lanes, Outcome, Stage, Task
from b2bsync.store import Database


class Note(Stage):
    """Writes the subjects of each batch into the table ``seen``; what goes wrong is told by ``trouble``."""

    name = "note"
    batch = 3

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.trouble: dict[int, BaseException] = {}
        self.during: Callable[[Sequence[Task]], None] = lambda tasks: None

    def perform(self, work: Any, tasks: Sequence[Task]) -> Any:
        self.batches.append([task.subject for task in tasks])
        self.during(tasks)
        for task in tasks:
            if task.subject in self.trouble:
                raise self.trouble[task.subject]
        return work

    def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
        see(session, tasks)
        return None


def see(session: Session, tasks: Sequence[Task]) -> None:
    session.execute(
        text("insert into seen (lane, subject) values (:lane, :subject)"),
        [{"lane": task.lane, "subject": task.subject} for task in tasks],
    )


def seen(database: Database, lane: str = "one") -> list[int]:
    """Subjects in the order of their commits."""
    with database.session() as session:
        return list(
            session.execute(text("select subject from seen where lane = :lane order by n"), {"lane": lane}).scalars()
        )


def add(database: Database, subjects: Sequence[int], lane: str = "one", stage: str = "note") -> None:
    with operator(database) as (session, lanes):
        lanes.add(session, lane, stage, subjects)


@contextmanager
def operator(database: Database) -> Iterator[tuple[Session, Lanes]]:
    """A process beside the engine: a session that is committed at the end, and the lanes."""
    lanes = Lanes(database)
    with database.session() as session:
        yield session, lanes
        session.commit()
    lanes.close()


def state(database: Database, lane: str = "one") -> str:
    with operator(database) as (session, lanes):
        return {found.id: found.state for found in lanes.listing(session)}[lane]


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for another thread or process; fails after a time that is long beside anything it should take."""
    deadline = monotonic() + 60.0
    while not condition():
        assert monotonic() < deadline, f"waited in vain until {what}"
        sleep(0.02)


def make_seen(database: Database) -> None:
    kind = "integer primary key autoincrement" if database.is_sqlite else "bigserial primary key"
    with database.session() as session:
        session.execute(text(f"create table seen (n {kind}, lane text, subject bigint)"))
        session.commit()
