"""What an operator sees of the lanes: from our own tables only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from b2bsync.engine.clock import now
from b2bsync.engine.dispatch import SYNC_PREFIX
from b2bsync.engine.node import nodes
from b2bsync.engine.rows import LANE, TASK
from b2bsync.engine.slots import stream_of

STUCK_AFTER = 60.0
"""Seconds that due work may wait without any batch of its lane ending before the lane is called stuck."""
HANGS_AFTER = 300.0
"""The same for a lane that runs: so long no batch takes whose other side answers. Pulls may take longer."""


@dataclass(frozen=True)
class LaneState:
    """One lane. State, and the verb that acts on it:

    - ``asleep``: no work;
    - ``waiting``: work is due and no node is alive to do it (start one);
    - ``flowing``: work is due, or runs now (``running``, on ``node``), or goes on at ``next_try`` as an agreed rate
      allows;
    - ``backing off``: the peer was down; tried again at ``next_try`` (retry: now);
    - ``paused``: by an operator (resume);
    - ``blocked``: behind the parked task ``blocked`` of a strict stage (retry or skip that task, or resume the lane);
    - ``stuck``: work is due and nothing has moved for a minute though a node is alive (retry); or it runs, and no batch
      has ended for five minutes: the other side hangs (mend it, or stop and start ``node``).

    ``since``: when it came to be so. For work that is due (waiting, flowing, stuck): since when nothing moved; None for
    a lane that never did anything. ``waiting`` and ``parked`` count tasks, ``oldest`` is the arrival of the oldest
    waiting one; ``stream`` is the lane of which this one is a slot, itself if it is the first or the only one."""

    id: str
    state: str
    waiting: int
    parked: int
    oldest: datetime | None
    running: bool
    node: str
    fails: int
    next_try: datetime | None
    blocked: int | None
    error: str
    moved_at: datetime | None
    since: datetime | None = None
    stream: str = ""


@dataclass(frozen=True)
class ParkedTask:
    """A task that waits for an operator, and why."""

    id: int
    lane: str
    stage: str
    subject: int
    starts: int
    error: str
    created_at: datetime


@dataclass(frozen=True)
class TaskState:
    """What is due for a subject: ``ready`` (waits its turn, or runs) or ``parked`` (waits for an operator)."""

    id: int
    lane: str
    stage: str
    subject: int
    state: str
    starts: int


def lane_states(session: Session) -> list[LaneState]:
    """All lanes, by name."""
    moment = now(session)
    alive = {node.id for node in nodes(session) if node.alive}
    ready = TASK.c.state == "ready"
    tasks = (
        select(
            TASK.c.lane,
            func.sum(case((ready, 1), else_=0)).label("waiting"),
            func.sum(case((ready, 0), else_=1)).label("parked"),
            func.min(case((ready, TASK.c.created_at))).label("oldest"),
        )
        .group_by(TASK.c.lane)
        .subquery()
    )
    query = (
        select(LANE, tasks.c.waiting, tasks.c.parked, tasks.c.oldest)
        .join(tasks, tasks.c.lane == LANE.c.id, isouter=True)
        .order_by(LANE.c.id)
    )
    return [_state(row, moment, alive) for row in session.execute(query)]


def _state(row: Any, moment: datetime, alive: set[str]) -> LaneState:
    waits = row.next_try is not None and row.next_try > moment
    running = row.owner != "" and row.node in alive
    # What may have let it move since: work, an operator, the end of a wait.
    moved = (row.moved_at, row.oldest, row.turned_at, None if waits else row.next_try)
    since = max((at for at in moved if at is not None), default=None)
    unmoved = (moment - since).total_seconds() if since is not None else 0.0
    long = row.id.startswith(SYNC_PREFIX)
    if row.blocked is not None or row.paused:
        state, since = "blocked" if row.blocked is not None else "paused", row.turned_at
    elif not row.waiting:
        state, since = "asleep", row.moved_at
    elif waits and row.fails:
        state, since = "backing off", row.down_since
    elif waits:
        state = "flowing"
    elif not alive:
        state = "waiting"
    elif unmoved > (STUCK_AFTER if not running else HANGS_AFTER) and not (running and long):
        state = "stuck"
    else:
        state = "flowing"
    return LaneState(
        id=row.id,
        state=state,
        waiting=row.waiting or 0,
        parked=row.parked or 0,
        oldest=row.oldest,
        running=running,
        node=row.node,
        fails=row.fails,
        next_try=row.next_try if waits else None,
        blocked=row.blocked,
        error=row.error,
        moved_at=row.moved_at,
        since=since,
        stream=stream_of(row.id),
    )


def tasks_of(session: Session, stage: str, subject: int) -> list[TaskState]:
    """Every task of a stage for a subject, oldest first."""
    columns = (TASK.c.id, TASK.c.lane, TASK.c.stage, TASK.c.subject, TASK.c.state, TASK.c.starts)
    query = select(*columns).where(TASK.c.stage == stage, TASK.c.subject == subject).order_by(TASK.c.id)
    return [TaskState(*row) for row in session.execute(query)]


def parked_tasks(session: Session, lane: str | None = None) -> list[ParkedTask]:
    """Parked tasks, oldest first, of all lanes or of one."""
    columns = (TASK.c.id, TASK.c.lane, TASK.c.stage, TASK.c.subject, TASK.c.starts, TASK.c.error, TASK.c.created_at)
    query = select(*columns).where(TASK.c.state == "parked").order_by(TASK.c.id)
    if lane is not None:
        query = query.where(TASK.c.lane == lane)
    return [ParkedTask(*row) for row in session.execute(query)]
