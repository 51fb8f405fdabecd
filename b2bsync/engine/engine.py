"""The engine: lanes worked off on this node, by a daemon (``start`` … ``stop``) or once (``run_once``)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session

from b2bsync import __version__
from b2bsync.engine import node as nodes
from b2bsync.engine.clock import database_now, now
from b2bsync.engine.dispatch import Runtime, prepare, wake_up_id
from b2bsync.engine.drain import READY, Drain, Worked
from b2bsync.engine.faults import describe, is_passing
from b2bsync.engine.lanes import Lanes
from b2bsync.engine.node import SILENCE, NodeBusy, NodeLock, is_alive
from b2bsync.engine.rows import LANE, NODE, TASK
from b2bsync.engine.scheduler import Action, Scheduler, purge_fires
from b2bsync.engine.schedules import Schedule
from b2bsync.engine.sole import SoleDaemon
from b2bsync.engine.stage import Stage
from b2bsync.engine.watchdog import Watchdog
from b2bsync.store.database import Database

log = logging.getLogger("b2bsync.engine")


@dataclass
class Ran:
    """What ``run_once`` did: tasks ended, tasks parked, batches; the lanes that back off, with why; and those whose
    agreed rate lets them go on later, with the seconds."""

    tasks: int = 0
    parked: int = 0
    batches: int = 0
    backing_off: dict[str, str] = field(default_factory=dict)
    later: dict[str, float] = field(default_factory=dict)


class Engine:
    """Works the lanes of ``database`` off under the id ``node``; the packages above register their ``stages``.

    ``threads`` lanes at once, and ``syncs`` lanes of pulls beside them; ``poll``: seconds between looks for work;
    ``silence``: seconds without a sign of life after which other nodes take this one's lanes over."""

    def __init__(
        self,
        database: Database,
        stages: Sequence[Stage] = (),
        node: str = "main",
        *,
        threads: int = 4,
        syncs: int = 1,
        poll: float = 0.1,
        silence: int = SILENCE,
        schedules: Sequence[Schedule] = (),
        actions: Mapping[str, Action] | None = None,
        lock_folder: Path | None = None,
    ) -> None:
        self.database = database
        self.node = node
        self.lanes = Lanes(database)
        self.stages = _by_name(stages)
        self._threads, self._syncs, self._poll, self._silence = threads, syncs, poll, silence
        self._lock = NodeLock(database, node, lock_folder)
        self._sole = SoleDaemon(database, node)
        self._runtime: Runtime | None = None
        self._stopping = threading.Event()
        self._running: dict[str, Drain] = {}  # by lane, what threads of this process work off
        self._idle = threading.Condition()
        self._scheduler = Scheduler(database, node, schedules, actions or {})
        self._watchdog = Watchdog(database, self.lanes, node, self._working, silence)
        self._caring: list[threading.Thread] = []

    def start(self) -> None:
        """Run as a daemon. Raises NodeBusy when an engine runs under this id already, and on SQLite when any other
        daemon does."""
        self._lock.acquire()
        try:
            self._sole.acquire()
            self._stopping.clear()
            prepare(self.database)
            self._say(nodes.arrive)
            self._runtime = Runtime(self.database, self.node, self._drain)
            self._runtime.launch(threads=self._threads, syncs=self._syncs, poll=self._poll)
        except BaseException:
            self._runtime = None
            self._sole.release()
            self._lock.release()
            raise
        self._scheduler.start()
        self._care("beat", min(1.0, self._silence / 5), self._beat, self._stopping)
        self._care("watchdog", 2.0, self._watchdog.look, self._stopping)
        self._care("housekeeping", 60.0, self._tidy, self._stopping)

    def stop(self, timeout: float = 30.0) -> bool:
        """Take up nothing more, let the batches that run end, and leave; a ``run_once`` elsewhere ends after its batch.

        False when one still runs after ``timeout`` seconds: its work is resumed by the next start, and the process
        should end at once (``os._exit``), because the interpreter would wait for that thread."""
        self._stopping.set()
        if self._runtime is None:
            return True
        self._scheduler.stop()
        with self._idle:
            clean = self._idle.wait_for(lambda: not self._running, timeout)
            abandoned = list(self._running.values())
        for drain in abandoned:
            try:
                drain.abandon()
            except Exception:
                log.exception("lane %s: could not be left; the next start finds it", drain.lane)
        self._runtime.destroy(clean=clean)
        self._runtime = None
        self._join_carers()
        self._say_goodbye()
        self.lanes.close()
        self._sole.release()
        self._lock.release()
        return clean

    def run_once(self) -> Ran:
        """Work off everything that is due now, in this thread, until nothing is; no daemon and no waiting.

        As safe against a crash as the daemon: each lane keeps its wake-up in the engine until it is worked off. Raises
        NodeBusy beside a daemon of the same id."""
        self._lock.acquire()
        over = threading.Event()
        try:
            self._stopping.clear()
            prepare(self.database)
            self._say(nodes.arrive)
            self._care("beat", min(1.0, self._silence / 5), self._beat, over)
            ran = Ran()
            done: list[str] = []
            moved = True  # what waits for a lane that cannot move now is left as well
            while moved and not self.stopping and (due := self._due()):
                before = ran.batches, ran.parked
                for lane in due:
                    generation = self._awaken(lane)
                    if generation:
                        worked = self._drain(lane, generation)
                        done.append(wake_up_id(lane, generation))
                        _count(ran, lane, worked)
                moved = before != (ran.batches, ran.parked)
            left = self.lanes.dispatch.look_up(done)
            self.lanes.dispatch.forget([name for name, wake_up in left.items() if wake_up.waits])
            return ran
        finally:
            over.set()
            self._join_carers()
            self._say_goodbye()
            self.lanes.close()
            self._lock.release()

    @property
    def stopping(self) -> bool:
        """Whether a long ``perform`` had better come to an end: somebody wants the engine to stop, or it lost the right
        to its node id."""
        return self._stopping.is_set()

    def _drain(self, lane: str, generation: int) -> Worked | None:
        drain = Drain(self.database, self.lanes, self.stages, self.node, lane, self._stopping.is_set)
        with self._idle:
            self._running[lane] = drain
        try:
            return drain.run(generation)
        finally:
            with self._idle:
                if self._running.get(lane) is drain:  # else it was superseded and its successor runs here too
                    del self._running[lane]
                self._idle.notify_all()

    def _due(self) -> list[str]:
        """Lanes with work that may be done now and that no other living node works on, longest waiting first."""
        elsewhere = exists().where(NODE.c.id == LANE.c.node, NODE.c.id != self.node, is_alive())
        query = (
            select(LANE.c.id)
            .join(TASK, (TASK.c.lane == LANE.c.id) & (TASK.c.state == READY))
            .where(
                LANE.c.paused.is_(False),
                LANE.c.blocked.is_(None),
                or_(LANE.c.next_try.is_(None), LANE.c.next_try <= database_now()),
                or_(LANE.c.owner == "", ~elsewhere),
            )
            .group_by(LANE.c.id)
            .order_by(func.min(TASK.c.id))
        )
        with self.database.session() as session:
            return list(session.execute(query).scalars())

    def _awaken(self, lane: str) -> int:
        """The generation of the lane's wake-up; made if it was lost."""
        with self.database.session() as session:
            find = update(LANE).where(LANE.c.id == lane).values(gen=LANE.c.gen).returning(LANE.c.awake)
            if not session.execute(find).scalar_one():
                self.lanes.wake_for_work(session, lane)
            awake: int = session.execute(select(LANE.c.awake).where(LANE.c.id == lane)).scalar_one()
            session.commit()
            return awake

    def _say_goodbye(self) -> None:
        with suppress(Exception), self.database.session() as session:  # it only ends the node's sign of life earlier
            nodes.leave(session, self.node)
            session.commit()

    def _say(self, what: Callable[[Session, str, str, int], None]) -> None:
        with self.database.session() as session:
            what(session, self.node, __version__, self._silence)
            session.commit()

    def _care(self, name: str, seconds: float, care: Callable[[], object], over: threading.Event) -> None:
        thread = threading.Thread(
            target=self._regularly, args=(seconds, care, over), name=f"b2bsync-{name}", daemon=True
        )
        thread.start()
        self._caring.append(thread)

    def _join_carers(self) -> None:
        for thread in self._caring:
            thread.join(timeout=5.0)
        self._caring.clear()

    def _regularly(self, seconds: float, care: Callable[[], object], over: threading.Event) -> None:
        trouble, name = False, threading.current_thread().name
        while not over.wait(seconds):
            try:
                care()
                trouble = False
            except Exception as problem:  # a database that is away comes back; the next round tries again
                if not is_passing(problem):
                    log.exception("node %s: %s failed", self.node, name)
                elif not trouble:
                    log.warning("node %s: %s waits: %s", self.node, name, describe(problem))
                trouble = True

    def _beat(self) -> None:
        try:
            self._lock.check()
        except NodeBusy:
            log.critical("node %s: its lock was lost and another engine runs under this id; this one ends", self.node)
            self._stopping.set()
            return
        self._say(nodes.beat)

    def _tidy(self) -> None:
        self.lanes.dispatch.purge()
        with self.database.session() as session:
            purge_fires(session, now(session))
            session.commit()

    def _working(self) -> set[str]:
        with self._idle:
            return set(self._running)


def _count(ran: Ran, lane: str, worked: Worked | None) -> None:
    if worked is None:
        return
    ran.tasks += worked.tasks
    ran.parked += worked.parked
    ran.batches += worked.batches
    if worked.down is not None:
        ran.backing_off[lane] = worked.down
    else:
        ran.backing_off.pop(lane, None)
    if worked.later is not None:
        ran.later[lane] = worked.later
    else:
        ran.later.pop(lane, None)


def _by_name(stages: Sequence[Stage]) -> Mapping[str, Stage]:
    named: dict[str, Stage] = {}
    for stage in stages:
        if stage.name in named:
            raise ValueError(f"two stages are called {stage.name!r}: {type(named[stage.name])} and {type(stage)}")
        named[stage.name] = stage
    return named
