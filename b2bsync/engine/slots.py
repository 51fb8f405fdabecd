"""One stream spread over lanes that run beside each other, its slots: everything of one key stays in one of them.

Slot 0 is the lane of the stream's own name, the others are ``NAME#1``, ``NAME#2`` … When the number of slots changes, a
key may get another lane. So that nothing of it is overtaken, no task added since may begin while one from before the
change waits in a lane beside it (``lane.after_task``). Whoever adds locks slot 0 first; a run locks its own lane."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from b2bsync.engine.rows import LANE, TASK

_SLOT = re.compile(r"(.+)#[1-9][0-9]*").fullmatch


def slot_lane(stream: str, key: str, slots: int) -> str:
    """The lane of a key; the same on every machine and in every run.

    >>> slot_lane("orders:acme", "PO-1", 1), slot_lane("orders:acme", "PO-1", 4), slot_lane("orders:acme", "PO-2", 4)
    ('orders:acme', 'orders:acme#2', 'orders:acme')
    """
    return slot_name(stream, zlib.crc32(key.encode()) % slots)


def slot_name(stream: str, number: int) -> str:
    return f"{stream}#{number}" if number else stream


def stream_of(lane: str) -> str:
    """The stream that a lane is a slot of.

    >>> stream_of("orders:acme#3"), stream_of("orders:acme")
    ('orders:acme', 'orders:acme')
    """
    found = _SLOT(lane)
    return found[1] if found else lane


def beside(session: Session, stream: str) -> list[str]:
    """All lanes that a stream has or had, slot 0 first."""
    named = LANE.c.id.startswith(f"{stream}#", autoescape=True)
    found = session.execute(select(LANE.c.id).where(named)).scalars()
    return [stream, *sorted(lane for lane in found if stream_of(lane) == stream)]


def earlier_beside(session: Session, lane: str, task: int) -> str | None:
    """A lane beside this one in which a task up to that number waits still; None when there is none."""
    others = [name for name in beside(session, stream_of(lane)) if name != lane]
    waits = select(TASK.c.lane).where(TASK.c.lane.in_(others), TASK.c.state == "ready", TASK.c.id <= task)
    return session.execute(waits.order_by(TASK.c.id).limit(1)).scalar_one_or_none()


def settle(
    session: Session, stream: str, slots: int, now: int, after: int | None, make: Callable[[str], object]
) -> int:
    """The number of slots to use for what is added now to a stream whose slot 0 is locked; ``slots`` are wanted,
    ``now`` in use, ``after`` is its ``after_task``, and ``make`` makes a lane's row unless it is there.

    A change waits until the one before has taken effect."""
    if after is not None:
        # Numbers of deleted tasks may come again on SQLite: what bounds the change must be a task that is there.
        after = _bound(session, beside(session, stream), after)
    if after is None and slots != now:
        for number in range(1, slots):
            make(slot_name(stream, number))
        after = _bound(session, beside(session, stream), None)
        session.execute(update(LANE).where(LANE.c.id == stream).values(slots=slots))
        return slots
    return now


def _bound(session: Session, lanes: Sequence[str], most: int | None) -> int | None:
    """Let the lanes wait for each other's tasks of now, up to a number; returns the last of these."""
    waiting = select(func.max(TASK.c.id)).where(TASK.c.lane.in_(lanes), TASK.c.state == "ready")
    last: int | None = session.execute(waiting if most is None else waiting.where(TASK.c.id <= most)).scalar_one()
    for lane in lanes:  # slot 0 first, as everybody does
        session.execute(update(LANE).where(LANE.c.id == lane).values(after_task=last))
    return last
