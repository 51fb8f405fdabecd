"""An ERP that is away, says no, or breaks off in the middle: never two orders, never none."""

import pytest

from b2bsync.store import pushes
from tests.exchange.paper import group, interchange, order_file, purchase_order, transaction, without_clock
from tests.exchange.trade import Trade


@pytest.fixture(autouse=True, params=["one by one", "together"])
def takes(request: pytest.FixtureRequest, trade: Trade) -> None:
    """Whether the ERP takes every question by itself or many in one call."""
    if request.param == "together":
        (trade.root / "erp-takes-many").touch()


def answer_of(trade: Trade) -> list[str]:
    [answer] = trade.sent("855")
    return [s for s in without_clock(answer) if s.startswith(("BAK", "ACK", "N9", "MSG"))]


def test_while_the_erp_is_away_orders_wait_and_acknowledgements_leave(trade: Trade) -> None:
    (trade.root / "erp-is-away").touch()
    done = trade.receive(order_file())

    assert done.ran.backing_off == {"erp:erp": "erp.example:5432 refuses the connection"}
    lane = trade.lanes()["erp:erp"]
    assert (lane["state"], lane["waiting"], lane["parked"]) == ("backing off", 1, 0)
    assert (len(trade.sent("997")), trade.sent("855"), trade.sales_orders()) == (1, [], [])
    assert [d["status"] for d in trade.documents(type="850")] == ["pushing"]

    (trade.root / "erp-is-away").unlink()
    trade.retry_lane("erp:erp")
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert answer_of(trade) == ["BAK*00*AD*PO-1*20260302****4500000001*D", "ACK*IA*24*EA*068*D"]
    assert trade.lanes()["erp:erp"]["state"] == "asleep"


def test_the_erps_refusal_reaches_the_buyer_and_the_order_book_word_for_word(trade: Trade) -> None:
    trade.erp("INSERT INTO REFUSAL VALUES ('debtor 100001 is over his limit: call Ms Hill')")
    trade.receive(order_file())

    assert trade.sales_orders() == [(4500000001, "PO-1", "REFUSED")]
    assert answer_of(trade)[0] == "BAK*00*RD*PO-1*20260302****4500000001*D"
    assert "ACK*IR*24*EA" in answer_of(trade)
    [document] = trade.documents(type="850")
    assert (document["status"], document["reason"]) == ("answered", "debtor 100001 is over his limit: call Ms Hill")
    life = trade.order("PO-1")
    assert (life["status"], life["lines"][0]["confirmed"]) == ("refused", 0)


def test_a_refused_order_frees_the_stock_it_was_promised(trade: Trade) -> None:
    trade.erp("INSERT INTO REFUSAL VALUES ('not today')")
    trade.receive(order_file("PO-1", control=1, lines={"10002": "40*EA*6.00"}))
    trade.erp("DELETE FROM REFUSAL")
    trade.receive(order_file("PO-2", control=2, lines={"10002": "40*EA*6.00"}))

    assert next(s for s in trade.sent("855")[1] if s.startswith("ACK")).startswith("ACK*IA*40*EA*068*")


def test_an_order_that_got_in_before_the_connection_broke_is_found_again(trade: Trade) -> None:
    (trade.root / "lose-connection-after-create").touch()
    done = trade.receive(order_file())
    assert list(done.ran.backing_off) == ["erp:erp"]
    assert trade.sales_orders() == [(4500000001, "PO-1", "NEW")]  # it is there, and nobody on our side knows
    assert trade.sent("855") == []

    (trade.root / "erp-is-away").unlink()
    trade.retry_lane("erp:erp")
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert answer_of(trade) == ["BAK*00*AD*PO-1*20260302****4500000001*D", "ACK*IA*24*EA*068*D"]


def test_orders_that_a_dead_process_may_have_handed_over_are_looked_for_together(trade: Trade) -> None:
    """Three looks at all of them with pauses between, not at one after the other: a batch has up to a hundred."""
    (trade.root / "erp-is-away").touch()
    trade.receive(three_orders())
    with trade.open() as app, app.database.session() as session:
        keys = [push.idem_key for push in pushes.pushes(session)]
        assert len(keys) == 3
        pushes.set_pushes(session, {key: {"attempts": 1} for key in keys})  # as it is after kill -9 in the middle
        session.commit()
    (trade.root / "erp-is-away").unlink()
    trade.retry_lane("erp:erp")
    trade.once()

    each = [f"PO-{n}" for n in range(1, 4)]
    looks = [f"find {number}" for number in each]
    last = [call for number in each for call in (f"find {number}", f"create {number}")]
    assert (trade.root / "calls.txt").read_text().splitlines() == [*looks * 3, *last]
    assert [row[1] for row in trade.sales_orders()] == each


def test_what_the_erp_confirms_counts_and_not_what_the_gate_expected(trade: Trade) -> None:
    trade.erp("CREATE TRIGGER CUT AFTER UPDATE OF QTY_CONF ON SO_POS WHEN NEW.QTY_CONF = '24' BEGIN"
              " UPDATE SO_POS SET QTY_CONF = '18' WHERE SO_NO = NEW.SO_NO; END")  # fmt: skip
    trade.receive(order_file())

    assert answer_of(trade) == [
        "BAK*00*AC*PO-1*20260302****4500000001*D",
        "ACK*IQ*18*EA*068*D",
        "ACK*IR*6*EA",
    ]
    [line] = trade.order("PO-1")["lines"]
    assert (str(line["ordered"]), str(line["confirmed"]), line["reason"]) == ("24", "18", "erp_changed")


def test_stock_that_was_promised_is_not_promised_twice(trade: Trade) -> None:
    """40 are there; nothing is synced between the two orders."""
    trade.receive(order_file("PO-1", control=1, lines={"10002": "30*EA*6.00"}))
    trade.receive(order_file("PO-2", control=2, lines={"10002": "30*EA*6.00"}))

    first, second = ([s for s in answer if s.startswith("ACK")] for answer in trade.sent("855"))
    assert first[0].startswith("ACK*IA*30*EA*068*")
    assert second == ["ACK*IB*30*EA"]


def test_a_statement_that_the_erp_does_not_understand_is_told(trade: Trade) -> None:
    config = trade.root / "config.toml"
    text = config.read_text()
    config.write_text(text.replace("INSERT INTO SO_HDR (CUST_NO,", "INSERT INTO SO_HEAD (CUST_NO,"))
    done = trade.receive(order_file())
    assert "SO_HEAD" in done.ran.backing_off["erp:erp"]
    assert len(trade.sent("997")) == 1

    config.write_text(text)
    trade.retry_lane("erp:erp")
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_an_order_that_the_erp_chokes_on_does_not_hold_up_the_others(trade: Trade) -> None:
    (trade.root / "erp-chokes-on").write_text("PO-1")
    (trade.root / "erp-is-away").touch()
    trade.receive(order_file("PO-1", control=1))
    trade.receive(order_file("PO-2", control=2))
    (trade.root / "erp-is-away").unlink()
    trade.retry_lane("erp:erp")
    trade.once()

    assert trade.sales_orders() == [(4500000001, "PO-2", "ACCEPTED")]
    broken, good = sorted(trade.documents(type="850"), key=lambda d: str(d["number"]))
    assert (broken["number"], broken["status"]) == ("PO-1", "failed")
    assert "the ERP broke down over order PO-1" in broken["reason"]
    assert (good["number"], good["status"]) == ("PO-2", "answered")

    (trade.root / "erp-chokes-on").unlink()
    trade.retry(broken["id"])
    trade.once()
    assert [row[1] for row in trade.sales_orders()] == ["PO-2", "PO-1"]
    assert len(trade.sent("855")) == 2


def three_orders() -> bytes:
    return interchange(group(*(transaction(purchase_order(f"PO-{n}"), control=f"{n:04d}") for n in range(1, 4))))


def test_an_erp_that_decides_in_its_own_time_is_waited_for(trade: Trade) -> None:
    (trade.root / "erp-thinks").write_text("5")
    done = trade.receive(three_orders())
    assert (done.ran.parked, done.ran.backing_off) == (0, {})
    assert [row[1:] for row in trade.sales_orders()] == [(f"PO-{n}", "ACCEPTED") for n in range(1, 4)]
    assert [d["status"] for d in trade.documents(type="850")] == ["answered"] * 3


def test_an_erp_whose_answers_cannot_be_read_holds_the_lane_and_parks_nothing(trade: Trade) -> None:
    (trade.root / "erp-thinks").write_text("3")
    (trade.root / "erp-hides-orders").touch()
    done = trade.receive(three_orders())
    assert (done.ran.parked, done.ran.backing_off) == (0, {"erp:erp": "there is no view of orders"})
    assert [d["status"] for d in trade.documents(type="850")] == ["pushing"] * 3

    (trade.root / "erp-hides-orders").unlink()
    trade.retry_lane("erp:erp")
    trade.once()
    assert [row[1:] for row in trade.sales_orders()] == [(f"PO-{n}", "ACCEPTED") for n in range(1, 4)]
    assert [d["status"] for d in trade.documents(type="850")] == ["answered"] * 3


def test_what_a_slow_erp_took_so_far_is_answered_before_the_rest_goes(
    trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow: here every order counts as one that used the time of a whole batch up."""
    monkeypatch.setattr("b2bsync.exchange.handover.SETTLED", -1.0)
    trade.agree("[channel]", "[send]\nbatch = 10\n[channel]")
    done = trade.receive(three_orders())

    assert (done.ran.parked, done.ran.backing_off) == (0, {})
    assert [row[1:] for row in trade.sales_orders()] == [(f"PO-{n}", "ACCEPTED") for n in range(1, 4)]
    answers = trade.sent("855")
    assert len(answers) == 3, "each in an interchange of its own: they were made in three commits"
    with trade.open() as app, app.database.session() as session:
        tries = [push.attempts for push in pushes.pushes(session)]
    assert tries == [1, 1, 1], "those whose turn had not come were not looked for as if they might be there"
    assert [next(s for s in answer if s.startswith("BAK")).split("*")[3] for answer in answers] == [
        "PO-1",
        "PO-2",
        "PO-3",
    ]


def test_two_erps_and_no_word_which_of_them_parks_the_order(trade: Trade) -> None:
    config = trade.root / "config.toml"
    text = config.read_text()
    push = text[
        text.index("[connector.erp.push.order]") : text.index(
            "\n[connector.erp.stream.shipments.children.ORDERS.children.LOOSE]"
        )
    ]
    second = '\n[connector.second]\nuse = "sql"\nurl = "sqlite:///erp.db"\n' + push.replace(
        "connector.erp.", "connector.second."
    )
    config.write_text(text + second)
    trade.receive(order_file())
    with trade.open() as app, app.database.session() as session:
        [task] = app.lanes.parked(session)
    assert task.error.endswith(
        "which connector takes the orders of acme? Those with a push for orders: erp, second; "
        "name one in [erp] connector of partners/acme.toml"
    )

    trade.agree("[channel]", '[erp]\nconnector = "second"\n[channel]')
    trade.retry_lane("orders:acme")
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
