"""What an operator sees of the lanes: from our own tables only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from b2bsync.engine.clock import now
from b2bsync.engine.node import nodes
from b2bsync.engine.rows import LANE, TASK

STUCK_AFTER = 60.0
"""Seconds that due work may wait without any batch of its lane ending before the lane is called stuck."""


@dataclass(frozen=True)
class LaneState:
    """One lane. State, and the verb that acts on it:

    - ``asleep``: no work;
    - ``waiting``: work is due and no node is alive to do it (start one);
    - ``flowing``: work is due, or runs now (``owner``'s node is ``node``);
    - ``backing off``: the peer was down; tried again at ``next_try`` (retry: now);
    - ``paused``: by an operator (resume);
    - ``blocked``: behind the parked task ``blocked`` of a strict stage (retry or skip that task, or resume the lane);
    - ``stuck``: work is due and nothing has moved for a minute though a node is alive (retry).

    ``waiting`` and ``parked`` count tasks, ``oldest`` is the arrival of the oldest waiting one."""

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
    states = []
    for row in session.execute(query):
        backs_off = row.next_try is not None and row.next_try > moment
        since = max((at for at in (row.moved_at, row.oldest) if at is not None), default=moment)
        running = row.owner != "" and row.node in alive
        if row.blocked is not None:
            state = "blocked"
        elif row.paused:
            state = "paused"
        elif not row.waiting:
            state = "asleep"
        elif backs_off:
            state = "backing off"
        elif not alive:
            state = "waiting"
        elif (moment - since).total_seconds() > STUCK_AFTER and not running:
            state = "stuck"
        else:
            state = "flowing"
        states.append(
            LaneState(
                id=row.id,
                state=state,
                waiting=row.waiting or 0,
                parked=row.parked or 0,
                oldest=row.oldest,
                running=running,
                node=row.node,
                fails=row.fails,
                next_try=row.next_try if backs_off else None,
                blocked=row.blocked,
                error=row.error,
                moved_at=row.moved_at,
            )
        )
    return states


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
