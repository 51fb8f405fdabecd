"""Lanes: ordered streams of tasks. Whoever adds work or acts as an operator does it here, in a transaction of its own.

Every function locks the lane's row first and unconditionally. So ids commit in their order, and a lane that falls
asleep either sees the new task or is woken for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from b2bsync.engine.clock import database_now, now_sql
from b2bsync.engine.dispatch import Dispatch
from b2bsync.engine.listing import LaneState, ParkedTask, TaskState, lane_states, parked_tasks, tasks_of
from b2bsync.engine.rows import LANE, TASK
from b2bsync.engine.slots import settle, slot_lane, stream_of
from b2bsync.store import driver
from b2bsync.store.database import Database


class UnknownLane(LookupError):
    """No task was ever added to a lane of this name."""

    def __init__(self, lane: str, known: Sequence[str]) -> None:
        shown = ", ".join(known[:20]) + (", …" if len(known) > 20 else "")
        super().__init__(f"there is no lane {lane!r}; known lanes: {shown or 'none yet'}")


class Locked(NamedTuple):
    """What a lane's row says while it is locked. ``sleeps``: a task added now needs a wake-up."""

    sleeps: bool
    slots: int
    after: int | None


class Lanes:
    """The lanes of one database; needs no running engine. Nothing here commits.

    Beside a living daemon the daemon takes the work up; without one it waits for the next ``start`` or ``run_once``."""

    def __init__(self, database: Database) -> None:
        self.dispatch = Dispatch(database)

    def close(self) -> None:
        self.dispatch.close()

    def add(self, session: Session, lane: str, stage: str, subjects: Iterable[int]) -> None:
        """Append a task of ``stage`` for each subject, in the order given, and wake the lane unless it is awake."""
        if found := list(subjects):
            self._append(session, lane, stage, found, self._lock(session, lane).sleeps)

    def spread(
        self,
        session: Session,
        stream: str,
        slots: int,
        stage: str,
        subjects: Sequence[int],
        keys: Callable[[], Sequence[str]],
    ) -> None:
        """Append a task of ``stage`` for each subject, in the order given, to the slot of its key. What has one key is
        done in order, also when ``slots`` is another number than before; the rest runs beside it. ``keys``, one per
        subject, are asked for only where there are several lanes."""
        if not subjects:
            return
        locked = self._lock(session, stream)
        slots = self._settle(session, stream, slots, locked)
        lanes: dict[str, list[int]] = {}
        for key, subject in zip(keys() if slots > 1 else [""] * len(subjects), subjects, strict=True):
            lanes.setdefault(slot_lane(stream, key, slots), []).append(subject)
        for lane, some in lanes.items():
            sleeps = (locked if lane == stream else self._lock(session, lane)).sleeps
            self._append(session, lane, stage, some, sleeps)

    def slots(self, session: Session, stream: str, wanted: int) -> int:
        """Into how many lanes the stream is spread from now on, at least until the transaction ends: ``wanted``, or as
        before while the last change still takes effect. Locks its slot 0."""
        return self._settle(session, stream, wanted, self._lock(session, stream))

    def wake(self, session: Session, lane: str, delay: float = 0.0) -> None:
        """Put a wake-up of a locked lane into the engine, in place of any other. ``delay`` in seconds."""
        generation = session.execute(
            update(LANE).where(LANE.c.id == lane).values(gen=LANE.c.gen + 1, awake=LANE.c.gen + 1).returning(LANE.c.gen)
        ).scalar_one()
        self.dispatch.enqueue(session, lane, generation, delay)

    def pause(self, session: Session, lane: str) -> None:
        """Stop after the batch that runs; work that comes in waits."""
        self._known(session, lane)
        new = (LANE.c.id == lane, LANE.c.paused.is_(False))
        session.execute(update(LANE).where(*new).values(paused=True, turned_at=database_now()))

    def resume(self, session: Session, lane: str) -> None:
        """Let a paused lane flow again. A blocked one goes on too and leaves the parked task behind."""
        self._known(session, lane)
        turned = {"paused": False, "blocked": None, "turned_at": database_now()}
        session.execute(update(LANE).where(LANE.c.id == lane).values(**turned))
        self.wake_for_work(session, lane)

    def retry(self, session: Session, lane: str) -> None:
        """Try a lane that backs off now. Does nothing while it runs; a paused or blocked lane stays so."""
        self._known(session, lane)
        waits = session.execute(
            update(LANE)
            .where(LANE.c.id == lane, LANE.c.owner == "")
            .values(awake=0, next_try=None, turned_at=database_now())
            .returning(LANE.c.id)
        ).all()
        if waits:  # the delayed wake-up finds another generation and leaves
            self.wake_for_work(session, lane)

    def retry_tasks(self, session: Session, ids: Iterable[int]) -> int:
        """Make parked tasks ready again, at their old place, their starts forgotten. Returns how many were parked."""
        return sum(
            self._release(session, lane, some, retry=True) for lane, some in self._lanes_of(session, ids).items()
        )

    def skip_tasks(self, session: Session, ids: Iterable[int]) -> int:
        """Give parked tasks up: they are deleted. Returns how many were parked."""
        return sum(
            self._release(session, lane, some, retry=False) for lane, some in self._lanes_of(session, ids).items()
        )

    def waiting(self, session: Session, lane: str) -> int:
        """Ready tasks, those that run now included."""
        return session.execute(
            select(func.count()).select_from(TASK).where(TASK.c.lane == lane, TASK.c.state == "ready")
        ).scalar_one()

    def tasks(self, session: Session, stage: str, subject: int) -> list[TaskState]:
        """What is due of a stage for a subject, ready or parked, oldest first. Locks their lanes: until the caller's
        transaction ends no batch begins or ends in them, and what is read of the subject from now on holds."""
        found = tasks_of(session, stage, subject)
        while lanes := {task.lane for task in found}:
            for lane in sorted(lanes | {stream_of(lane) for lane in lanes}):  # slot 0 first, as everybody does
                self._lock(session, lane)
            now = tasks_of(session, stage, subject)  # a batch may have ended while we waited for its lane
            if {task.lane for task in now} <= lanes:
                return now
            found = now
        return []

    def listing(self, session: Session) -> list[LaneState]:
        """All lanes, by name."""
        return lane_states(session)

    def parked(self, session: Session, lane: str | None = None) -> list[ParkedTask]:
        """Parked tasks, oldest first, of all lanes or of one."""
        return parked_tasks(session, lane)

    # -- below: all with the lane's row locked, or locking it

    def _append(self, session: Session, lane: str, stage: str, subjects: Sequence[int], sleeps: bool) -> None:
        new = f"values (?, ?, ?, 'ready', 0, '', {now_sql(session)})"
        columns = "lane, stage, subject, state, starts, error, created_at"
        rows = [(lane, stage, subject) for subject in subjects]
        driver.execute_many(session, f"insert into {TASK.name} ({columns}) {new}", rows)
        if sleeps:
            self.wake(session, lane)

    def _settle(self, session: Session, stream: str, wanted: int, locked: Locked) -> int:
        if locked.slots == wanted and locked.after is None:
            return wanted
        return settle(session, stream, wanted, locked.slots, locked.after, lambda lane: self._make(session, lane))

    def _lock(self, session: Session, lane: str) -> Locked:
        """Lock the row, made if it is new."""
        touch = f"update {LANE.name} set gen = gen where id = ? returning awake, paused, blocked, slots, after_task"
        found = driver.fetch(session, touch, (lane,))
        if not found:
            self._make(session, lane)
            found = driver.fetch(session, touch, (lane,))
        [(awake, paused, blocked, slots, after)] = found
        return Locked(awake == 0 and not paused and blocked is None, slots or 1, after)

    def _make(self, session: Session, lane: str) -> None:
        make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        new = {"id": lane, "awake": 0, "gen": 0, "owner": "", "node": "", "fails": 0, "paused": False, "error": ""}
        session.execute(make(LANE).values(**new).on_conflict_do_nothing())

    def _known(self, session: Session, lane: str) -> None:
        locked = session.execute(update(LANE).where(LANE.c.id == lane).values(gen=LANE.c.gen).returning(LANE.c.id))
        if locked.one_or_none() is None:
            raise UnknownLane(lane, session.execute(select(LANE.c.id).order_by(LANE.c.id)).scalars().all())

    def wake_for_work(self, session: Session, lane: str, delay: float = 0.0) -> None:
        """Wake a locked lane that sleeps although it has work it may do."""
        due = select(LANE.c.id).where(
            LANE.c.id == lane,
            LANE.c.awake == 0,
            LANE.c.paused.is_(False),
            LANE.c.blocked.is_(None),
            exists().where(TASK.c.lane == lane, TASK.c.state == "ready"),
        )
        if session.execute(due).one_or_none() is not None:
            self.wake(session, lane, delay)

    def _lanes_of(self, session: Session, ids: Iterable[int]) -> dict[str, list[int]]:
        lanes: dict[str, list[int]] = {}
        for row in session.execute(select(TASK.c.lane, TASK.c.id).where(TASK.c.id.in_(list(ids)))):
            lanes.setdefault(row.lane, []).append(row.id)
        return dict(sorted(lanes.items()))  # one order of locking for everybody

    def _release(self, session: Session, lane: str, ids: Sequence[int], *, retry: bool) -> int:
        self._lock(session, lane)
        parked = (TASK.c.id.in_(ids), TASK.c.state == "parked")
        change = (
            update(TASK).where(*parked).values(state="ready", starts=0, error="")
            if retry
            else delete(TASK).where(*parked)
        )
        count = len(session.execute(change.returning(TASK.c.id)).all())
        freed = {"blocked": None, "error": "", "turned_at": database_now()}
        session.execute(update(LANE).where(LANE.c.id == lane, LANE.c.blocked.in_(ids)).values(**freed))
        self.wake_for_work(session, lane)
        return count
