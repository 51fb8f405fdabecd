"""What came before is not processed again; what only looks so is."""

from tests.exchange.paper import body, group, interchange, order_file, purchase_order, transaction
from tests.exchange.trade import Trade


def test_an_interchange_that_comes_again_is_not_processed_again(trade: Trade) -> None:
    trade.receive(order_file("PO-1", control=7))
    trade.receive(order_file("PO-1", control=7))

    first, second = trade.messages()
    assert second["status"] == "duplicate"
    assert second["error"] == "interchange 000000007 came before, in message 1; it was not processed again"
    assert len(trade.documents(type="850")) == 1
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert (first["status"], len(trade.sent("997")), len(trade.sent("855"))) == ("translated", 1, 1)


def test_a_group_that_comes_again_in_another_interchange_is_passed_over(trade: Trade) -> None:
    trade.receive(interchange(group(transaction(purchase_order("PO-1")), control=5), control=1))
    again = group(transaction(purchase_order("PO-1")), control=5)
    fresh = group(transaction(purchase_order("PO-2")), control=6)
    trade.receive(interchange(again, fresh, control=2))

    assert [(d["number"], d["status"]) for d in trade.documents(type="850")] == [
        ("PO-1", "answered"),
        ("PO-2", "answered"),
    ]
    second = trade.messages()[1]
    assert (second["status"], second["error"]) == (
        "translated",
        "group PO 5 came before, in message 1; it was not processed; for a partner that counts its groups anew, "
        "set group = 0 in [duplicates]",
    )
    assert [s for one in trade.sent("997") for s in one if s.startswith("AK1")] == ["AK1*PO*5", "AK1*PO*6"]


def test_a_set_control_number_twice_in_a_group_rejects_the_second(trade: Trade) -> None:
    one, other = purchase_order("PO-1"), purchase_order("PO-2")
    trade.receive(interchange(group(transaction(one, control="0001"), transaction(other, control="0001"))))

    [acknowledgement] = trade.sent("997")
    assert body(acknowledgement) == [
        "ST*997*0001",
        "AK1*PO*1",
        "AK2*850*0001",
        "AK5*A",
        "AK2*850*0001",
        "AK5*R*23",  # the number is not unique within the group
        "AK9*P*2*2*1",
        "SE*8*0001",
    ]
    assert [d["status"] for d in trade.documents(type="850")] == ["answered", "refused"]
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_set_control_numbers_begin_anew_in_every_interchange(trade: Trade) -> None:
    trade.receive(order_file("PO-1", control=1))
    trade.receive(order_file("PO-2", control=2))

    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2"]


def test_the_same_file_again_after_a_failed_first_try_is_processed(trade: Trade) -> None:
    trade.agree('isa     = "ZZ:ACMESTORES"', 'isa     = "ZZ:ACME"')
    trade.receive(order_file())
    assert [m["status"] for m in trade.messages()] == ["failed"]

    trade.agree('isa     = "ZZ:ACME"', 'isa     = "ZZ:ACMESTORES"')
    trade.receive(order_file())
    assert [m["status"] for m in trade.messages()] == ["failed", "translated"]
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_a_file_that_the_transport_offers_twice_is_one_message(trade: Trade) -> None:
    """A crash between our commit and the move leaves the file claimed; it is offered again and is the same arrival."""
    trade.drop("monday.edi", order_file())
    trade.once()
    [claimed] = (trade.inbox / "done").iterdir()
    claimed.rename(trade.inbox / ".processing" / claimed.name)
    done = trade.once()

    assert (done.looked.received, done.looked.repeated) == (0, 1)
    assert len(trade.messages()) == 1
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_agreements_may_turn_the_windows_off(trade: Trade) -> None:
    trade.agree("[channel]", "[duplicates]\ninterchange = 0\ngroup = 0\n[channel]")
    trade.receive(order_file("PO-1", control=7))
    trade.receive(order_file("PO-1", control=7))

    assert [d["status"] for d in trade.documents(type="850")] == ["answered", "duplicate"]  # the business number holds
