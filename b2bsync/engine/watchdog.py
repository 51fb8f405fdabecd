"""The watchdog: lanes that have work due and nobody who will come for it are woken again.

A wake-up gets lost when somebody cancels it, when its run ends in an error, when its node is dead, or when a run could
not even write that it failed (a full disk). On PostgreSQL it also ends transactions whose process stands still,
whose locks would keep whoever is woken waiting."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import and_, case, exists, or_, select, update

from b2bsync.engine.clock import database_ago
from b2bsync.engine.dispatch import WakeUp, wake_up_id
from b2bsync.engine.drain import READY
from b2bsync.engine.lanes import Lanes
from b2bsync.engine.node import SILENCE, nodes
from b2bsync.engine.rows import LANE, TASK
from b2bsync.store.database import LEAST_IDLE_SECONDS, Database
from b2bsync.store.stalled import end_stalled

log = logging.getLogger("b2bsync.engine")


class Watchdog:
    """``running``: the lanes that this process works on right now; ``silence``: seconds after which a process that says
    nothing more stands still."""

    def __init__(
        self, database: Database, lanes: Lanes, node: str, running: Callable[[], set[str]], silence: int = SILENCE
    ) -> None:
        self._database = database
        self._lanes = lanes
        self._node = node
        self._running = running
        self._silence = silence
        self._doubted: set[str] = set()

    def look(self) -> list[str]:
        """One round. Returns the lanes that it woke."""
        for pid in end_stalled(self._database, max(self._silence, LEAST_IDLE_SECONDS)):
            log.warning("a process stood still while it wrote: its transaction was undone (server process %d)", pid)
        due = self._due()
        with self._database.session() as session:
            alive = {node.id for node in nodes(session) if node.alive}
        known = self._lanes.dispatch.look_up([wake_up_id(lane, awake) for lane, awake in due.items() if awake])
        doubted: set[str] = set()
        lost: list[str] = []
        for lane, awake in due.items():
            wake_up = known.get(wake_up_id(lane, awake))
            if wake_up is None or not (wake_up.waits or wake_up.state == "PENDING"):
                lost.append(lane)
            elif wake_up.state == "DELAYED" or (wake_up.state == "PENDING" and not self._worked_on(wake_up, alive)):
                # Taken from the queue but not begun yet looks the same, and a delay ends by the clock of the machine
                # that made it, a moment late or hours: only the second time in a row it is lost.
                name, dead = wake_up_id(lane, due[lane]), wake_up.state == "PENDING" and wake_up.node not in alive
                if name in self._doubted or dead:
                    lost.append(lane)
                else:
                    doubted.add(name)
        self._doubted = doubted
        return [lane for lane in lost if self._wake(lane, due[lane], alive)]

    def _worked_on(self, wake_up: WakeUp, alive: set[str]) -> bool:
        return wake_up.node in alive and wake_up.node != self._node

    def _due(self) -> dict[str, int]:
        """Lanes with due work that do not run here, and the generation of the wake-up they count on."""
        query = select(LANE.c.id, LANE.c.awake).where(
            LANE.c.paused.is_(False),
            LANE.c.blocked.is_(None),
            # Delayed wake-ups are looked for once a second only: leave them that long.
            or_(LANE.c.next_try.is_(None), LANE.c.next_try < database_ago(3)),
            exists().where(TASK.c.lane == LANE.c.id, TASK.c.state == READY),
        )
        with self._database.session() as session:
            found = {row.id: row.awake for row in session.execute(query)}
        for lane in self._running():
            found.pop(lane, None)
        return found

    def _wake(self, lane: str, awake: int, alive: set[str]) -> bool:
        held_by_a_silent_node = and_(LANE.c.owner != "", LANE.c.node.not_in(alive))
        with self._database.session() as session:
            # Only if nothing changed meanwhile: whoever moved the lane on has seen to its wake-up.
            unchanged = session.execute(
                update(LANE)
                .where(LANE.c.id == lane, LANE.c.awake == awake)
                .values(awake=0, owner="", lost_by=case((held_by_a_silent_node, LANE.c.node), else_=LANE.c.lost_by))
                .returning(LANE.c.id)
            ).all()
            if unchanged:
                self._lanes.wake_for_work(session, lane)
            session.commit()
        if unchanged:
            log.warning("lane %s had work and no wake-up: woken", lane)
        return bool(unchanged)
