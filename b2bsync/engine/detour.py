"""Tasks that change lanes, and lanes whose wake-ups were lost with the database."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from b2bsync.engine.lanes import Lanes
from b2bsync.engine.rows import LANE, NODE, TASK


def detour(lanes: Lanes, session: Session, tasks: Sequence[int], lane: str) -> int:
    """Gives ready tasks another lane, which does them in the same order; returns how many there were.

    ``Lanes.tasks`` was asked for them in this transaction, so their own lanes are locked.
    """
    lanes._lock(session, lane)
    moved = session.execute(
        update(TASK).where(TASK.c.id.in_(list(tasks)), TASK.c.state == "ready").values(lane=lane).returning(TASK.c.id)
    ).all()
    lanes.wake_for_work(session, lane)
    return len(moved)


def lanes_of_stage(session: Session, stage: str) -> list[str]:
    """The lanes in which tasks of a stage wait."""
    query = select(TASK.c.lane).where(TASK.c.stage == stage, TASK.c.state == "ready").distinct().order_by(TASK.c.lane)
    return list(session.execute(query).scalars())


def asleep(session: Session) -> int:
    """After a restore: no lane is worked on, none has a wake-up in the durable engine, and no node runs. Whoever starts
    next wakes those that have work. Paused and blocked lanes stay so. Returns how many tasks wait."""
    begins_anew = {"awake": 0, "owner": "", "node": "", "lost_by": None, "fails": 0, "next_try": None, "error": ""}
    session.execute(update(LANE).values(**begins_anew, down_since=None))
    session.execute(update(NODE).values(pid=0))
    session.execute(update(TASK).where(TASK.c.state == "ready").values(starts=0))
    waiting = session.execute(select(TASK.c.id).where(TASK.c.state == "ready")).all()
    return len(waiting)
