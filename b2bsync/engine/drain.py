"""Working off one lane: take it, batch after batch under the fence, leave it.

A batch costs one commit beside its stage's own: finishing it, counting the start of the next and going to sleep share a
transaction. Every transaction begins with the fence, an UPDATE of the lane's row that matches only while this run owns
the lane; a run that was superseded (its node was taken for dead) changes nothing any more."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import takewhile
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from b2bsync.engine.clock import database_ago, database_now, now, now_sql
from b2bsync.engine.dispatch import SYNC_PREFIX
from b2bsync.engine.faults import backoff, describe, is_passing, retry_after
from b2bsync.engine.hold import Fenced, Hold, holding
from b2bsync.engine.lanes import Lanes
from b2bsync.engine.node import is_alive
from b2bsync.engine.rows import LANE, NODE, TASK
from b2bsync.engine.slots import earlier_beside
from b2bsync.engine.stage import Outcome, Parked, Stage, Task, has_begin
from b2bsync.engine.suspects import SUSPECTS
from b2bsync.engine.takeover import tell_taken_over
from b2bsync.store import driver
from b2bsync.store.database import Database

log = logging.getLogger("b2bsync.engine")

STARTS = 3
"""A task that was started so often and never ended killed its process each time: it is parked."""
QUANTUM = 2.0
"""Seconds after which a lane makes room, if another one waits."""
READY, PARKED = "ready", "parked"


class Waiting(NamedTuple):
    """A task as it stands in its lane."""

    id: int
    stage: str
    subject: int
    starts: int


@dataclass
class Batch:
    stage: Stage
    tasks: list[Task]

    @property
    def ids(self) -> list[int]:
        return [task.id for task in self.tasks]


@dataclass
class Worked:
    """What one run of a lane did. ``down``: why it backed off; ``later``: in how many seconds its rate lets it go on;
    ``behind``: what it waits for without a fault: older work in the lane beside it, or another suspect."""

    tasks: int = 0
    parked: int = 0
    batches: int = 0
    down: str | None = None
    later: float | None = None
    behind: str | None = None


@dataclass
class Drain:
    """One run of one lane by this process."""

    database: Database
    lanes: Lanes
    stages: Mapping[str, Stage]
    node: str
    lane: str
    stopping: Callable[[], bool]
    worked: Worked = field(default_factory=Worked)

    def __post_init__(self) -> None:
        self.me = uuid4().hex
        self.hold = Hold(self.database, self.lane, self.me)
        self.until = time.monotonic() + QUANTUM
        self.batch: Batch | None = None
        self.alone_until = 0  # tasks up to this id run one by one: their batch failed

    def run(self, generation: int) -> Worked:
        """Work until the lane is empty, paused or blocked, the peer is down, it is another lane's turn, or the engine
        stops. Does nothing if the wake-up was superseded."""
        try:
            self.batch = self._take(generation)
            while self.batch is not None:
                self.batch = self._work(self.batch)
        except Fenced:
            log.warning("lane %s: another run has taken over; this one leaves", self.lane)
        except (KeyboardInterrupt, SystemExit):  # somebody wants the process to end: that is no fault of the work
            self.abandon()
            raise
        finally:
            SUSPECTS.let_go(self.me)
        return self.worked

    def abandon(self) -> None:
        """Leave the lane in the middle of its batch, from any thread: the start is not counted, the batch waits for the
        next run, and whatever this one still does finds the fence."""
        batch = self.batch
        with self.database.session() as session:
            try:
                self._fence(session)
            except Fenced:
                return
            if batch is not None:
                self._forget_start(session, batch)
            self._leave(session, delay=1.0)
            session.commit()

    def _take(self, generation: int) -> Batch | None:
        held_elsewhere = exists().where(NODE.c.id == LANE.c.node, NODE.c.id != self.node, is_alive())
        with self.database.session() as session:
            before = f"update {LANE.name} set gen = gen where id = ? and awake = ? returning owner, node, lost_by"
            had = driver.fetch(session, before, (self.lane, generation))
            mine = session.execute(
                update(LANE)
                .where(
                    LANE.c.id == self.lane,
                    LANE.c.awake == generation,
                    or_(LANE.c.owner == "", ~held_elsewhere),
                    # The delay of a wake-up is by the clock of the machine that made it; ours is the database's. One
                    # that comes much too early leaves, and the watchdog wakes the lane in its time.
                    or_(LANE.c.next_try.is_(None), LANE.c.next_try <= database_ago(-1)),
                )
                .values(owner=self.me, node=self.node, lost_by=None)
                .returning(LANE.c.id)
            ).all()
            if not mine:
                return None
            [(owner, node, lost_by)] = had
            lost_by = lost_by or (node if owner else None)
            if lost_by is not None and lost_by != self.node:
                tell_taken_over(session, self.lane, lost_by, self.node)
            batch = self._next(session)
            session.commit()
            return batch

    def _work(self, batch: Batch) -> Batch | None:
        stage, tasks = batch.stage, batch.tasks
        try:
            work = None
            if has_begin(stage):
                with self.database.session() as session:
                    self._fence(session)
                    work = stage.begin(session, tasks)
                    session.commit()
            with holding(self.hold):
                result = stage.perform(work, tasks)
            with self.database.session() as session:
                self._fence(session)
                outcome = stage.finish(session, tasks, result) or Outcome()
                self._settle(session, batch, outcome)
                if not outcome.down or len(outcome.again) < len(tasks):
                    self._moved(session)
                for task_id, error in sorted(outcome.parked.items()):
                    self._park(session, stage, task_id, error)
                if outcome.down:
                    self.worked.down = outcome.down
                    self._set_back(session, outcome.down, outcome.retry_after)
                    following = None
                elif outcome.later is not None:
                    self._wait(session, outcome.later)
                    following = None
                else:
                    following = self._next(session)
                session.commit()
        except Fenced:
            raise
        except Exception as problem:
            if is_passing(problem):
                self._back_off(batch, problem)
                return None
            return self._failed(batch, problem)
        self.worked.batches += 1
        self.worked.parked += len(outcome.parked)
        self.worked.tasks += len(tasks) - len(outcome.parked) - len(outcome.again)
        return following

    def _fence(self, session: Session) -> None:
        mine = f"update {LANE.name} set gen = gen where id = ? and owner = ?"
        if not driver.execute(session, mine, (self.lane, self.me)):
            raise Fenced(self.lane)
        self.hold.renew()

    def _moved(self, session: Session) -> None:
        """Something came to an end: whatever failed before is over."""
        moved = f"moved_at = {now_sql(session)}, fails = 0, next_try = null, down_since = null, error = ''"
        driver.execute(session, f"update {LANE.name} set {moved} where id = ?", (self.lane,))

    def _settle(self, session: Session, batch: Batch, outcome: Outcome) -> None:
        """Tasks that are done go away, those with more to do have their starts forgotten."""
        strangers = (set(outcome.again) | set(outcome.parked)) - set(batch.ids)
        if strangers:
            raise ValueError(
                f"stage {batch.stage.name}: the outcome names {sorted(strangers)}, no ids of this batch's tasks; "
                f"allowed: {batch.ids}"
            )
        kept = set(outcome.again) | set(outcome.parked)
        done = [task_id for task_id in batch.ids if task_id not in kept]
        if done:
            driver.execute_many(session, f"delete from {TASK.name} where id = ?", [(task_id,) for task_id in done])
        if outcome.again:
            session.execute(update(TASK).where(TASK.c.id.in_(list(outcome.again))).values(starts=0))

    def _next(self, session: Session) -> Batch | None:
        """The batch to run now, its start counted; or none, and the lane is left. In the fenced transaction."""
        SUSPECTS.let_go(self.me)
        if not self.stopping() and not self._turn_is_over(session):
            batch = self._pick(session)
            if batch is not None and batch.tasks[0].starts == STARTS and not SUSPECTS.take(self.me):
                self.worked.behind, batch = "another that died twice", None
            if batch is not None:
                started = f"update {TASK.name} set starts = starts + 1 where id = ?"
                driver.execute_many(session, started, [(task_id,) for task_id in batch.ids])
                return batch
        # A second's delay keeps the wake-up from coming straight back to an engine that stops or a lane that waits.
        self._leave(session, delay=1.0 if self.stopping() or self.worked.behind else 0.0)
        return None

    def _leave(self, session: Session, *, delay: float) -> None:
        session.execute(update(LANE).where(LANE.c.id == self.lane).values(awake=0, owner=""))
        self.lanes.wake_for_work(session, self.lane, delay)

    def _turn_is_over(self, session: Session) -> bool:
        if time.monotonic() < self.until:
            return False
        kind = LANE.c.id.startswith(SYNC_PREFIX)
        others = select(LANE.c.id).where(
            LANE.c.id != self.lane,
            LANE.c.awake != 0,
            LANE.c.owner == "",
            LANE.c.paused.is_(False),
            or_(LANE.c.next_try.is_(None), LANE.c.next_try <= now(session)),
            kind if self.lane.startswith(SYNC_PREFIX) else ~kind,
        )
        return session.execute(others.limit(1)).first() is not None

    def _pick(self, session: Session) -> Batch | None:
        """The head of the lane: tasks of one stage, in their order. A task that was started before runs alone, so that
        the one that kills its process is found and its neighbours are spared."""
        stands = f"select paused, blocked, after_task from {LANE.name} where id = ?"
        [(paused, blocked, after)] = driver.fetch(session, stands, (self.lane,))
        if paused or blocked is not None:
            return None
        most = max((stage.batch for stage in self.stages.values()), default=1)
        while True:
            waiting = (
                f"select id, stage, subject, starts from {TASK.name} where lane = ? and state = ? order by id limit ?"
            )
            rows = [Waiting(*row) for row in driver.fetch(session, waiting, (self.lane, READY, most))]
            if after is not None:
                rows = self._in_turn(session, rows, after)
            if not rows:
                return None
            head = rows[0]
            stage = self.stages.get(head.stage)
            if stage is not None and head.starts < STARTS:
                break
            if stage is None:
                known = ", ".join(sorted(self.stages)) or "none"
                error = f"no stage called {head.stage!r} is registered; registered: {known}"
            else:
                error = f"was started {head.starts} times and never ended: the process died during each of them"
            self._park(session, stage, head.id, error)
            self.worked.parked += 1
            if stage is not None and stage.strict:
                return None
        if head.starts or head.id <= self.alone_until:
            rows = rows[:1]
        else:
            rows = list(takewhile(lambda row: row.stage == stage.name and row.starts == 0, rows))[: stage.batch]
        return Batch(stage, [Task(row.id, self.lane, row.stage, row.subject, row.starts + 1) for row in rows])

    def _in_turn(self, session: Session, rows: list[Waiting], after: int) -> list[Waiting]:
        """Of the lane's tasks those that may begin after a change of the stream's slots: what was there before it goes
        first, in all lanes."""
        older = [row for row in rows if row.id <= after]
        if older or not rows:
            return older
        self.worked.behind = earlier_beside(session, self.lane, after)
        if self.worked.behind is not None:
            text = f"waits for older work in lane {self.worked.behind}: the slots were changed"
            session.execute(update(LANE).where(LANE.c.id == self.lane).values(error=text))
            return []
        session.execute(update(LANE).where(LANE.c.id == self.lane).values(after_task=None, error=""))
        return rows

    def _failed(self, batch: Batch, problem: Exception) -> Batch | None:
        """The work is broken: find out which task of the batch, or park the one it was."""
        several = len(batch.tasks) > 1
        log.warning(
            "lane %s, stage %s, %s: %s", self.lane, batch.stage.name,
            f"batch of {len(batch.tasks)}, trying one by one" if several else f"task {batch.ids[0]} parked",
            describe(problem), exc_info=None if several or isinstance(problem, Parked) else problem,
        )  # fmt: skip
        try:
            with self.database.session() as session:
                self._fence(session)
                if several:
                    self.alone_until = max(batch.ids)
                    self._forget_start(session, batch)
                else:
                    self._moved(session)
                    self._park(session, batch.stage, batch.ids[0], describe(problem))
                following = self._next(session)
                session.commit()
        except Fenced:
            raise
        except Exception as another:
            if not is_passing(another):
                raise
            self._back_off(batch, another)
            return None
        self.worked.parked += 0 if several else 1
        return following

    def _park(self, session: Session, stage: Stage | None, task_id: int, error: str) -> None:
        session.execute(update(TASK).where(TASK.c.id == task_id).values(state=PARKED, error=error))
        if stage is not None and stage.strict:
            session.execute(
                update(LANE)
                .where(LANE.c.id == self.lane, LANE.c.blocked.is_(None))
                .values(
                    blocked=task_id,
                    error=f"blocked by task {task_id} ({stage.name}): {error}",
                    turned_at=database_now(),
                )
            )

    def _forget_start(self, session: Session, batch: Batch) -> None:
        fewer = case((TASK.c.starts > 0, TASK.c.starts - 1), else_=0)
        session.execute(update(TASK).where(TASK.c.id.in_(batch.ids)).values(starts=fewer))

    def _back_off(self, batch: Batch, problem: Exception) -> None:
        """Leave the lane with a delayed wake-up in the same commit. The database itself may be what is down: try for a
        while; if it stays down, the watchdog finds the lane later."""
        text = describe(problem)
        self.worked.down = text
        for pause in (0.5, 1.0, 2.0, 4.0, None):
            try:
                with self.database.session() as session:
                    self._fence(session)
                    self._forget_start(session, batch)
                    wait = self._set_back(session, text, retry_after(problem))
                    session.commit()
                log.warning("lane %s backs off for %.0f s: %s", self.lane, wait, text)
                return
            except Fenced:
                raise
            except Exception as another:
                if pause is None or not is_passing(another):
                    raise
                time.sleep(pause)

    def _set_back(self, session: Session, text: str, retry_after: float | None) -> float:
        """Let the lane go and wake it after a while, in the caller's transaction; returns the seconds."""
        fails = session.execute(
            update(LANE)
            .where(LANE.c.id == self.lane)
            .values(
                awake=0,
                owner="",
                fails=LANE.c.fails + 1,
                error=text,
                down_since=func.coalesce(LANE.c.down_since, database_now()),
            )
            .returning(LANE.c.fails)
        ).scalar_one()
        wait = backoff(fails) if retry_after is None else max(retry_after, 1.0)
        self._come_back(session, wait)
        return wait

    def _wait(self, session: Session, seconds: float) -> None:
        """Let the lane go until its rate allows more: no failure."""
        session.execute(update(LANE).where(LANE.c.id == self.lane).values(awake=0, owner=""))
        self._come_back(session, seconds)
        self.worked.later = seconds

    def _come_back(self, session: Session, seconds: float) -> None:
        until = now(session) + timedelta(seconds=seconds)
        session.execute(update(LANE).where(LANE.c.id == self.lane).values(next_try=until))
        self.lanes.wake_for_work(session, self.lane, delay=seconds)
