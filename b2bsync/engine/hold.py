"""Whether a run still holds its lane, asked in the middle of its work, outside of every transaction.

A process may stand still for longer than the others wait: frozen, or its machine asleep. When it goes on, another node
has taken its lanes over. The fence keeps it from writing; what it sends outside no fence can take back. So a stage asks
before each such effect, and at most the one that was under way happens twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import select

from b2bsync.engine.rows import LANE
from b2bsync.store.database import Database

FRESH = 1.0
"""Seconds for which it holds that a lane was ours: nobody takes one over sooner."""


class Fenced(Exception):
    """Another run owns the lane now."""


class Hold:
    """The claim of the run ``owner`` to a lane."""

    def __init__(self, database: Database, lane: str, owner: str) -> None:
        self._database, self._lane, self._owner = database, lane, owner
        self._proved = float("-inf")

    def renew(self) -> None:
        """It was ours just now: the fence let a transaction through."""
        self._proved = _moment()

    def check(self) -> None:
        """Raises Fenced when the lane is another run's. Asks the database only when the last proof is not fresh."""
        if _moment() - self._proved < FRESH:
            return
        asked = _moment()
        with self._database.session() as session:
            owner = session.execute(select(LANE.c.owner).where(LANE.c.id == self._lane)).scalar_one_or_none()
        if owner != self._owner:
            raise Fenced(self._lane)
        self._proved = asked


_hold: ContextVar[Hold | None] = ContextVar("hold", default=None)


@contextmanager
def holding(hold: Hold) -> Iterator[None]:
    """What ``still_held`` asks while inside, in this thread."""
    token = _hold.set(hold)
    try:
        yield
    finally:
        _hold.reset(token)


def still_held() -> None:
    """Call it in ``perform`` before each effect on the outside. Raises Fenced, which is not to be caught, when another
    node has taken the lane over."""
    if (hold := _hold.get()) is not None:
        hold.check()


def _moment() -> float:
    """A clock that nobody sets and that also counts while the machine sleeps, where there is such a one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
