"""An agreed rate: never more in any minute, evenly, over all lanes that share it; waiting for it is no failure."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from b2bsync.engine import Engine, Outcome, Task, take_turn
from b2bsync.engine.pace import MOST_AHEAD, _debt, _turn
from b2bsync.store import Database
from tests.engine.stages import Note, add, operator, see, seen

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("rate", [1, 2, 7, 10, 60, 599, 6000])
@pytest.mark.parametrize("late", [0.0, 0.9, 7.0])
def test_no_minute_ever_has_more(rate: int, late: float) -> None:
    """A queue that never empties, worked off by somebody who comes ``late`` seconds after the time he was told."""
    planned = moment = START
    sent: list[datetime] = []
    while moment < START + timedelta(minutes=4):
        granted, planned_next, wait = _turn(planned, moment, 20, rate)
        planned = planned_next if granted else planned
        sent += [moment] * granted
        moment += timedelta(seconds=0.01 if granted == 20 else wait + late)
    minute = timedelta(minutes=1)
    fullest = max(bisect_left(sent, at + minute) - n for n, at in enumerate(sent) if n == 0 or sent[n - 1] < at)
    assert fullest <= rate
    if not late and rate >= 10:
        assert len(sent) >= 0.85 * rate * 4


def test_after_a_rest_a_tenth_goes_at_once() -> None:
    granted, planned, wait = _turn(START - timedelta(days=1), START, 20, 60)
    assert (granted, wait) == (6, pytest.approx(60 / 55, rel=0.001))  # one comes due every 60/55 s
    assert (planned - START).total_seconds() == pytest.approx(6 * 60 / 55, rel=0.001)
    assert _turn(planned, START + timedelta(seconds=1.1), 20, 60)[0] == 1


def test_a_clock_that_was_set_back_stops_nobody_for_ever() -> None:
    granted, planned, wait = _turn(START + timedelta(days=1), START, 5, 6)
    assert (granted, wait) == (0, MOST_AHEAD)
    assert (planned - START).total_seconds() == MOST_AHEAD


@pytest.mark.parametrize("rate", [2, 30, 600])
def test_what_waits_for_nobody_makes_the_others_wait_longer(rate: int) -> None:
    """A minute's share goes at once, on top of a full burst; after it a queue goes as if all had asked."""
    burst, planned, _ = _turn(START, START, rate, rate)
    planned = _debt(planned, START, rate, rate)
    gone, moment = burst + rate, START
    while moment < START + timedelta(minutes=5):
        granted, following, wait = _turn(planned, moment, 20, rate)
        planned = following if granted else planned
        gone += granted
        if moment < START + timedelta(minutes=1):
            assert gone == burst + rate
        moment += timedelta(seconds=wait)
    assert 0.8 * rate * 5 <= gone <= rate * 6


def test_what_waits_for_nobody_is_forgiven_in_the_end() -> None:
    assert _debt(START, START, 100_000, 60) == START + timedelta(seconds=MOST_AHEAD)


def test_lanes_share_it(prepared: Database) -> None:
    with prepared.session() as session:
        assert take_turn(session, "acme", 2, 30).granted == 2
        session.commit()
    with prepared.session() as session:
        other = take_turn(session, "acme", 2, 30)
        assert other.granted == 1
        assert 1.0 <= other.wait <= 60 / 28
        assert take_turn(session, "beta", 2, 30).granted == 2


class Slow(Note):
    """May do one task at a time, and the next in a minute."""

    def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
        see(session, tasks[:1])
        return Outcome(again=[task.id for task in tasks[1:]], later=60.0)


def test_a_lane_that_waits_for_its_rate_flows(prepared: Database) -> None:
    add(prepared, [1, 2, 3])
    engine = Engine(prepared, [Slow()])
    ran = engine.run_once()
    assert (ran.tasks, ran.backing_off, ran.later) == (1, {}, {"one": 60.0})
    with operator(prepared) as (session, lanes):
        [lane] = lanes.listing(session)
        assert (lane.state, lane.fails, lane.error, lane.waiting) == ("flowing", 0, "", 2)
        assert lane.next_try is not None
    assert engine.run_once().batches == 0  # not yet
    with prepared.session() as session:
        session.execute(text("update lane set next_try = null"))
        session.commit()
    engine.run_once()
    assert seen(prepared) == [1, 2]
    with prepared.session() as session:
        assert session.execute(text("select starts from task")).scalars().all() == [0]
