"""The task at the head of each lane: what is due there first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from b2bsync.engine.rows import TASK


@dataclass(frozen=True)
class HeadTask:
    """The first ready task of a lane. ``subject`` is what the stage works on: a row's id."""

    id: int
    lane: str
    stage: str
    subject: int
    starts: int
    created_at: datetime


def head_tasks(session: Session, lanes: Iterable[str]) -> dict[str, HeadTask]:
    """By lane; lanes with nothing ready are left out."""
    first = (
        select(func.min(TASK.c.id).label("id"))
        .where(TASK.c.state == "ready", TASK.c.lane.in_(list(lanes)))
        .group_by(TASK.c.lane)
        .subquery()
    )
    columns = (TASK.c.id, TASK.c.lane, TASK.c.stage, TASK.c.subject, TASK.c.starts, TASK.c.created_at)
    query = select(*columns).join(first, first.c.id == TASK.c.id)
    return {row.lane: HeadTask(*row) for row in session.execute(query)}
