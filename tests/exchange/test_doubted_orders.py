"""Orders that an earlier try may have created in the ERP unseen: looked for until they must be in sight, no longer.

The clock is one that only waiting moves, so that what is waited is a list; the ERP and the kills are real.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from b2bsync.engine import Engine
from b2bsync.exchange import STAGES, Push
from b2bsync.exchange.doubt import Clock, Doubts
from tests.acceptance.processes import KILLED, command
from tests.exchange.paper import group, interchange, purchase_order, transaction
from tests.exchange.trade import Trade


class Waiting:
    """Seconds that pass while somebody waits, each wait in ``naps``, and what happens at a moment."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.naps: list[float] = []
        self.happens: list[tuple[float, Callable[[], object]]] = []

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.naps.append(seconds)
        for moment, happening in [each for each in self.happens if each[0] <= self.seconds]:
            self.happens.remove((moment, happening))
            happening()

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, self.sleep)


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture(autouse=True, params=["one by one", "together"])
def takes(request: pytest.FixtureRequest, trade: Trade) -> None:
    """Whether the ERP takes every question by itself or many in one call."""
    if request.param == "together":
        (trade.root / "erp-takes-many").touch()


@contextmanager
def process(trade: Trade, waiting: Waiting, node: str = "main") -> Iterator[Engine]:
    """One process of b2bsync, as far as what it remembers goes."""
    with trade.open() as app:
        stages = [Push(app.setting, waiting.clock) if each is Push else each(app.setting) for each in STAGES]
        yield Engine(app.database, stages, node, lock_folder=app.config.root)


def kill_at_the_first_order_of(trade: Trade, orders: int) -> None:
    """The first one is in the ERP then; nobody on our side knows of which it is."""
    numbers = range(1, orders + 1)
    paper = group(*(transaction(purchase_order(f"PO-{n}"), control=f"{n:04d}") for n in numbers))
    trade.drop("monday.edi", interchange(paper))
    flag = trade.write("kill-after-create", "")
    assert command(trade.root, "once") == KILLED
    assert trade.sales_orders() == [(4500000001, "PO-1", "NEW")]
    flag.unlink()
    (trade.root / "calls.txt").unlink()


def hide(trade: Trade, number: str) -> Callable[[], object]:
    """The ERP still works at this order: it is not to be found until the function is called."""
    trade.erp("UPDATE SO_HDR SET EXT_REF = '-' || EXT_REF WHERE CUST_PO = ?", number)
    return lambda: trade.erp("UPDATE SO_HDR SET EXT_REF = substr(EXT_REF, 2) WHERE CUST_PO = ?", number)


def lose_the_answer(trade: Trade) -> None:
    """To the next order that is created; the ERP is away from then on."""
    trade.write("lose-connection-after-create", "")


def calls(trade: Trade) -> list[str]:
    """What was asked of the ERP since the last look."""
    path = trade.root / "calls.txt"
    found = path.read_text().splitlines()
    path.unlink()
    return found


def come_back(trade: Trade) -> None:
    (trade.root / "erp-is-away").unlink()
    trade.retry_lane("erp:erp")


def accepted(*numbers: str) -> list[tuple[int, str, str]]:
    return [(4500000000 + n, number, "ACCEPTED") for n, number in enumerate(numbers, start=1)]


def test_an_order_of_a_dead_process_that_comes_to_light_late_is_not_created_twice(
    trade: Trade, waiting: Waiting
) -> None:
    kill_at_the_first_order_of(trade, 1)
    waiting.happens = [(2.4, hide(trade, "PO-1"))]
    with process(trade, waiting) as engine:
        engine.run_once()

    assert calls(trade) == ["find PO-1"] * 3
    assert waiting.naps == [0.5, 2.0]
    assert trade.sales_orders() == accepted("PO-1")
    assert len(trade.sent("855")) == 1


def test_forty_orders_in_doubt_are_waited_for_once(trade: Trade, waiting: Waiting) -> None:
    """Each of them runs alone, since one may be what killed the process; none of the others was tried since."""
    kill_at_the_first_order_of(trade, 40)
    with process(trade, waiting) as engine:
        ran = engine.run_once()

    assert (ran.parked, ran.backing_off) == (0, {})
    second = ["find PO-2"] * 4 + ["create PO-2"]
    others = [f"{call} PO-{n}" for n in range(3, 41) for call in ("find", "create")]
    assert calls(trade) == ["find PO-1", *second, *others]
    assert waiting.naps == [0.5, 2.0]
    assert trade.sales_orders() == accepted(*(f"PO-{n}" for n in range(1, 41)))


def test_only_what_is_left_of_the_time_is_waited(trade: Trade, waiting: Waiting) -> None:
    """The ERP was away for a second and a half after the process had begun."""
    kill_at_the_first_order_of(trade, 2)
    away = trade.write("erp-is-away", "")
    with process(trade, waiting) as engine:
        assert list(engine.run_once().backing_off) == ["erp:erp"]
        waiting.seconds = 1.5
        away.unlink()
        trade.retry_lane("erp:erp")
        engine.run_once()

    assert calls(trade) == ["find PO-1", *["find PO-2"] * 4, "create PO-2"]
    assert waiting.naps == [0.5, 0.5]
    assert trade.sales_orders() == accepted("PO-1", "PO-2")


def test_what_this_process_tried_itself_is_looked_for_with_the_whole_pauses(trade: Trade, waiting: Waiting) -> None:
    """Though it was seen in doubt before: the try of this process is the last one that counts."""
    kill_at_the_first_order_of(trade, 3)
    lose_the_answer(trade)
    with process(trade, waiting) as engine:
        assert list(engine.run_once().backing_off) == ["erp:erp"]
        assert calls(trade) == ["find PO-1", *["find PO-2"] * 4, "create PO-2"]
        assert waiting.naps == [0.5, 2.0]

        waiting.happens = [(2.5 + 2.4, hide(trade, "PO-2"))]
        come_back(trade)
        engine.run_once()

    assert calls(trade) == [*["find PO-2"] * 3, "find PO-3", "create PO-3"]
    assert waiting.naps == [0.5, 2.0, 0.5, 2.0]
    assert trade.sales_orders() == accepted("PO-1", "PO-2", "PO-3")


def test_what_another_node_tried_since_is_looked_for_with_the_whole_pauses(trade: Trade, waiting: Waiting) -> None:
    """And what it did not come to is as old as it was."""
    kill_at_the_first_order_of(trade, 3)
    trade.write("erp-is-away", "")
    with process(trade, waiting) as one, process(trade, waiting, "other") as other:
        one.run_once()  # sees all three in doubt and comes to none
        waiting.seconds = 10.0
        come_back(trade)
        lose_the_answer(trade)
        other.run_once()
        assert calls(trade) == ["find PO-1", *["find PO-2"] * 4, "create PO-2"]
        assert waiting.naps == [0.5, 2.0]

        waiting.happens = [(12.5 + 2.4, hide(trade, "PO-2"))]
        come_back(trade)
        one.run_once()

    assert calls(trade) == [*["find PO-2"] * 3, "find PO-3", "create PO-3"]
    assert waiting.naps == [0.5, 2.0, 0.5, 2.0]
    assert trade.sales_orders() == accepted("PO-1", "PO-2", "PO-3")


def test_since_when_nobody_can_have_tried_an_order(waiting: Waiting) -> None:
    doubts = Doubts(waiting.clock)

    def quiet(tries: Mapping[str, int], behind: Mapping[str, int]) -> dict[str, float]:
        return doubts.quiet_since("erp:erp", tries, lambda: behind)

    assert quiet({"new": 0}, {}) == {}
    waiting.seconds = 1.0
    assert quiet({"a": 1, "new": 0}, {"a": 2, "new": 1, "b": 1, "c": 3}) == {"a": 1.0}
    waiting.seconds = 9.0
    assert quiet({"b": 1}, {"b": 2, "c": 3}) == {"b": 1.0}, "seen in doubt when a was"
    assert quiet({"new": 1}, {"new": 2, "c": 3}) == {"new": 9.0}, "tried for the first time after it was seen"
    waiting.seconds = 20.0
    assert quiet({"b": 2, "c": 3}, {"b": 3, "c": 4}) == {"b": 20.0, "c": 1.0}, "b was tried again since"
    assert doubts.quiet_since("erp:second", {"c": 3}, dict) == {"c": 20.0}, "nothing was seen in this lane"
