"""One stream over several lanes: each key in order in one of them, whatever the number of lanes was before."""

import random
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.orm import Session

from b2bsync.engine import Engine, Outcome, Task, slot_lane, stream_of
from b2bsync.store import Database
from tests.engine.stages import Note, operator, see, until


class Keyed(Note):
    """Notes (key, number) of what it did in ``done``; the subject is key * 1000 + number."""

    batch = 5

    def __init__(self) -> None:
        super().__init__()
        self.done: list[int] = []
        self._lock = threading.Lock()

    def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
        see(session, tasks)
        with self._lock:
            self.done += [task.subject for task in tasks]
        return None


def spread(database: Database, slots: int, subjects: Sequence[int]) -> None:
    with operator(database) as (session, lanes):
        lanes.spread(session, "orders:acme", slots, "note", subjects, lambda: [f"PO-{s // 1000}" for s in subjects])


def of_key(done: Sequence[int], key: int) -> list[int]:
    return [subject for subject in done if subject // 1000 == key]


def states(database: Database) -> dict[str, tuple[str, str]]:
    with operator(database) as (session, lanes):
        return {lane.id: (lane.state, lane.error) for lane in lanes.listing(session)}


def test_a_key_always_has_the_same_lane() -> None:
    lanes = [slot_lane("orders:acme", f"PO-{n}", 4) for n in range(1000)]
    assert set(lanes) == {"orders:acme", "orders:acme#1", "orders:acme#2", "orders:acme#3"}
    assert min(lanes.count(lane) for lane in set(lanes)) > 200
    assert lanes == [slot_lane("orders:acme", f"PO-{n}", 4) for n in range(1000)]
    assert {stream_of(lane) for lane in lanes} == {"orders:acme"}
    assert slot_lane("orders:acme", "PO-1", 1) == "orders:acme"


def test_slots_run_beside_each_other(prepared: Database) -> None:
    stage = Keyed()
    both = threading.Barrier(2, timeout=60)
    stage.during = lambda tasks: both.wait() and None
    assert slot_lane("orders:acme", "PO-1", 4) != slot_lane("orders:acme", "PO-2", 4)
    spread(prepared, 4, [1000, 2000])
    engine = Engine(prepared, [stage])
    engine.start()
    try:  # passes only when both are under way at once
        until(lambda: len(stage.done) == 2, "both are done")
    finally:
        engine.stop()


def test_what_waited_before_a_change_goes_first(prepared: Database) -> None:
    """PO-1 has slot 2 of 4; with one lane it has slot 0, and must not overtake itself there."""
    stage = Keyed()
    engine = Engine(prepared, [stage])
    spread(prepared, 4, [1000, 2000])
    with operator(prepared) as (session, lanes):
        lanes.pause(session, slot_lane("orders:acme", "PO-1", 4))
    spread(prepared, 1, [1001, 2001])
    engine.run_once()
    assert stage.done == [2000]  # 2001 is behind 1001, which waits for the paused lane
    assert states(prepared)["orders:acme"] == (
        "waiting",
        "waits for older work in lane orders:acme#2: the slots were changed",
    )
    with operator(prepared) as (session, lanes):
        lanes.resume(session, "orders:acme#2")
    engine.run_once()
    assert stage.done == [2000, 1000, 1001, 2001]
    assert states(prepared)["orders:acme"] == ("asleep", "")


def test_a_daemon_goes_on_by_itself_after_a_change(prepared: Database) -> None:
    stage = Keyed()
    began, go_on = threading.Event(), threading.Event()

    def during(tasks: Sequence[Task]) -> None:
        if tasks[0].subject == 1000:
            began.set()
            assert go_on.wait(60)

    stage.during = during
    engine = Engine(prepared, [stage])
    engine.start()
    try:
        spread(prepared, 4, [1000])
        assert began.wait(60)
        spread(prepared, 1, [1001])
        until(lambda: "waits for older work" in states(prepared)["orders:acme"][1], "the new lane waits")
        assert stage.done == []
        go_on.set()
        until(lambda: stage.done == [1000, 1001], "the new lane goes on")
    finally:
        go_on.set()
        engine.stop()


@pytest.mark.parametrize("seed", range(3))
def test_changes_at_any_time_lose_nothing_and_keep_each_keys_order(prepared: Database, seed: int) -> None:
    chance = random.Random(seed)
    stage = Keyed()
    engine = Engine(prepared, [stage], threads=4)
    numbers = dict.fromkeys(range(1, 9), 0)
    engine.start()
    try:
        for _ in range(25):
            some = []
            for key in chance.sample(list(numbers), 3):
                some.append(key * 1000 + numbers[key])
                numbers[key] += 1
            spread(prepared, chance.choice([1, 2, 4, 7]), some)
        until(lambda: len(stage.done) == 75, "all is done")
    finally:
        engine.stop()
    for key, count in numbers.items():
        assert of_key(stage.done, key) == [key * 1000 + n for n in range(count)]
