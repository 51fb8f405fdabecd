"""What an agreement limits: how fast a partner is sent to, and how many lanes work for it."""

import pytest

from b2bsync.app import documents
from b2bsync.engine import slot_lane
from tests.exchange.paper import group, interchange, order_file, purchase_order, transaction
from tests.exchange.trade import Trade, build


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trade:
    if request.param == "sqlite":
        trade: Trade = request.getfixturevalue("trade")
        return trade
    url = request.getfixturevalue("postgresql_url")
    return build(tmp_path_factory.mktemp("trade") / "workspace", url)


def test_a_rate_lets_files_go_one_by_one(trade: Trade) -> None:
    trade.agree("[channel]", "[limits]\nrate = 1\n[channel]")
    done = trade.receive(order_file())
    assert [d["state"] for d in trade.deliveries()] == ["sent", "queued"]  # the 997 and the 855
    assert list(done.ran.later) == ["send:acme"]
    lane = trade.lanes()["send:acme"]
    assert (lane["fails"], lane["error"]) == (0, "")
    assert lane["next_try"] is not None

    trade.agree("rate = 1", "rate = 0")
    trade.retry_lane("send:acme")
    trade.once()
    assert [d["state"] for d in trade.deliveries()] == ["sent", "sent"]


def test_acknowledgements_wait_for_no_rate_and_the_answers_for_them(either: Trade) -> None:
    either.agree("[channel]", "[limits]\nrate = 1\nslots = 3\n[channel]")
    for n in range(1, 9):
        either.drop(f"{n}.edi", order_file(f"PO-{n}", control=n))
    done = either.once()
    assert len(either.sent("997")) == 8
    answered = len(either.sent("855"))
    assert answered <= 1  # it may have been quicker than the first acknowledgement
    lanes = either.lanes()
    waiting = {lane: row["waiting"] for lane, row in lanes.items() if lane.startswith(("send:", "ack:"))}
    assert sum(waiting.values()) == 8 - answered
    assert {lane for lane, left in waiting.items() if left} == set(done.ran.later) <= set(waiting) - {"ack:acme"}
    assert len(done.ran.later) >= 2

    for lane in done.ran.later:  # one of them would have its turn, were it not for eight acknowledgements
        either.retry_lane(lane)
    assert set(either.once().ran.later) == set(done.ran.later)
    assert len(either.sent("855")) == answered

    either.drop("9.edi", order_file("PO-9", control=9))
    either.once()
    assert (len(either.sent("997")), len(either.sent("855"))) == (9, answered)


def test_slots_keep_an_order_together_and_answer_all(trade: Trade) -> None:
    numbers = [f"PO-{n}" for n in range(1, 7)]
    sets = [transaction(purchase_order(number), control=f"{n:04d}") for n, number in enumerate(numbers, 1)]
    trade.agree("[channel]", "[limits]\nslots = 4\n[channel]")
    trade.receive(interchange(group(*sets)))

    assert len(trade.sent("855")) == 6
    assert {order for _, order, _ in trade.sales_orders()} == set(numbers)
    used = {lane for lane in trade.lanes() if lane.startswith(("orders:", "send:"))}
    every = {f"{stream}{slot}" for stream in ("orders:acme", "send:acme") for slot in ("", "#1", "#2", "#3")}
    assert used == every
    assert {slot_lane("orders:acme", number, 4) for number in numbers} <= every

    trade.agree("slots = 4", "slots = 1")
    [order] = trade.documents(type="850", number="PO-1")
    trade.receive(order_file("PO-9", control=9))
    assert len(trade.sent("855")) == 7
    with trade.open() as app:
        documents.resend(app, order["id"], "test")
    trade.once()
    assert {d["state"] for d in trade.deliveries()} == {"sent"}


def test_documents_that_share_an_interchange_share_a_lane(trade: Trade) -> None:
    numbers = [f"PO-{n}" for n in range(1, 7)]
    sets = [transaction(purchase_order(number), control=f"{n:04d}") for n, number in enumerate(numbers, 1)]
    trade.agree("[channel]", "[send]\nbatch = 10\n[limits]\nslots = 4\n[channel]")
    trade.receive(interchange(group(*sets)))
    answered = [[s.split("*")[3] for s in file if s.startswith("BAK*")] for file in trade.sent("855")]
    lanes = [{slot_lane("send:acme", number, 4) for number in file} for file in answered]
    assert sorted(number for file in answered for number in file) == numbers
    assert [len(lane) for lane in lanes] == [1] * len(lanes)
