"""Pace: so many a minute and no more, over all lanes and nodes that share it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from b2bsync.engine.clock import database_now, now
from b2bsync.engine.rows import PACE

SHORTEST_WAIT = 1.0
"""Seconds; the engine looks for delayed wake-ups no more often."""

MOST_AHEAD = 600.0
"""Seconds that what may wait waits at most for what went before it; more is forgiven."""


@dataclass(frozen=True)
class Turn:
    """``granted`` pieces may go now. Where that is fewer than asked for, the next may go in ``wait`` seconds."""

    granted: int
    wait: float


def take_turn(session: Session, key: str, wanted: int, per_minute: int) -> Turn:
    """As many of ``wanted`` pieces as may go now, counted as gone. In no minute do more than ``per_minute`` go: they go
    evenly, and a tenth of them at once after a rest, so that a long queue goes at nine tenths of it. What
    ``count_gone`` counts comes on top and makes the others wait longer.

    Others that share the key wait until the transaction ends: take the lanes' locks before it."""
    planned = _planned(session, key)
    moment = now(session)
    granted, following, wait = _turn(planned, moment, wanted, per_minute)
    if granted:
        session.execute(update(PACE).where(PACE.c.key == key).values(next_at=following))
    return Turn(granted, wait)


def count_gone(session: Session, key: str, pieces: int, per_minute: int) -> None:
    """Pieces that wait for nobody go now: the next turn of the others is later by their share.

    Others that share the key wait until the transaction ends: take the lanes' locks before it."""
    planned = _planned(session, key)
    following = _debt(planned, now(session), pieces, per_minute)
    session.execute(update(PACE).where(PACE.c.key == key).values(next_at=following))


def _planned(session: Session, key: str) -> datetime:
    """When the next would be due if all went evenly; the row is locked."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(make(PACE).values(key=key, next_at=database_now()).on_conflict_do_nothing())
    session.execute(update(PACE).where(PACE.c.key == key).values(key=key))
    planned: datetime = session.execute(select(PACE.c.next_at).where(PACE.c.key == key)).scalar_one()
    return planned


def _turn(planned: datetime, moment: datetime, wanted: int, per_minute: int) -> tuple[int, datetime, float]:
    """The generic cell rate algorithm: ``planned`` is when the next would be due if all went evenly."""
    at_once, between = _evenly(per_minute)
    ahead = _ahead(planned, moment)
    granted = max(0, min(wanted, floor(at_once - ahead / between + 1e-6)))
    ahead += granted * between
    wait = max(ahead - (at_once - 1) * between, SHORTEST_WAIT)
    return granted, moment + timedelta(seconds=ahead), wait


def _debt(planned: datetime, moment: datetime, pieces: int, per_minute: int) -> datetime:
    """When the next is due after ``pieces`` that went without asking."""
    between = _evenly(per_minute)[1]
    return moment + timedelta(seconds=min(_ahead(planned, moment) + pieces * between, MOST_AHEAD))


def _evenly(per_minute: int) -> tuple[int, float]:
    """How many may go at once after a rest, and the seconds from one to the next."""
    at_once = max(1, per_minute // 10)
    return at_once, 60.006 / (per_minute - at_once + 1)  # a little over a minute: sums of such numbers are not exact


def _ahead(planned: datetime, moment: datetime) -> float:
    """Seconds. The clock was set back, or the rate was raised: nobody waits for ever because of it."""
    return min(max((planned - moment).total_seconds(), 0.0), MOST_AHEAD)
