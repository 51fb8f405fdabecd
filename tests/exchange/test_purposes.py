"""What an 850 means: only an original makes an order, and it makes it once."""

import pytest
from sqlalchemy import text

from b2bsync.app import documents
from tests.exchange.paper import group, interchange, order_file, purchase_order, transaction
from tests.exchange.trade import Trade


@pytest.mark.parametrize(
    ("purpose", "status", "reason"),
    [
        ("01", "held", "asks to cancel order PO-1: decide in the ERP, then skip this document"),
        ("05", "held", "replaces order PO-1: change it in the ERP, then skip this document"),
        ("06", "recorded", "confirmation: creates no order"),
        ("07", "recorded", "duplicate: creates no order"),
        ("22", "recorded", "information_copy: creates no order"),
    ],
)
def test_another_purpose_never_makes_a_second_order(trade: Trade, purpose: str, status: str, reason: str) -> None:
    trade.receive(order_file("PO-1", control=1))
    trade.receive(order_file("PO-1", control=2, purpose=purpose))

    first, second = trade.documents(type="850")
    assert (second["status"], second["reason"]) == (status, reason)
    assert trade.document(second["id"])["parent"] == first["id"]
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert (len(trade.sent("997")), len(trade.sent("855"))) == (2, 1)


@pytest.mark.parametrize(
    ("purpose", "status"), [("01", "held"), ("05", "held"), ("06", "held"), ("07", "held"), ("22", "recorded")]
)
def test_nor_does_it_make_a_first_one(trade: Trade, purpose: str, status: str) -> None:
    trade.receive(order_file("PO-1", purpose=purpose))

    [document] = trade.documents(type="850")
    assert document["status"] == status
    assert trade.sales_orders() == []
    assert trade.sent("855") == []


def test_the_same_order_under_new_control_numbers_is_a_duplicate(trade: Trade) -> None:
    trade.receive(order_file("PO-1", control=1))
    trade.receive(order_file("PO-1", control=2))

    first, second = trade.documents(type="850")
    assert second["status"] == "duplicate"
    assert second["reason"] == f"order PO-1 came before, as document {first['id']}; it was not ordered again"
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert (len(trade.sent("997")), len(trade.sent("855"))) == (2, 1)


def test_both_copies_of_an_order_in_one_group_make_one_order(trade: Trade) -> None:
    trade.receive(
        interchange(group(transaction(purchase_order(), control="0001"), transaction(purchase_order(), control="0002")))
    )
    assert [d["status"] for d in trade.documents(type="850")] == ["answered", "duplicate"]
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_other_content_under_a_known_number_waits_for_a_person(trade: Trade) -> None:
    trade.receive(order_file("PO-1", control=1))
    trade.receive(order_file("PO-1", control=2, lines={"10001": "36*EA*10.00"}))

    first, second = trade.documents(type="850")
    assert second["status"] == "held"
    assert second["reason"] == (
        f"order PO-1 came before, as document {first['id']}, with other content: ask the buyer, then skip this"
    )
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_the_same_number_of_another_customer_is_another_order(trade: Trade) -> None:
    trade.erp(
        "INSERT INTO DEBTOR_ADDR VALUES (9, '100002', 'SO', '9521235000098', '0002', 'Bolts', '2 Bolt Road', 'Austin',"
        " 'TX', '73301', 'US', '2025-01-02T00:00:00.000000Z')"
    )
    trade.pull("erp.customer_identifiers", full=True)
    trade.receive(order_file("PO-1", control=1))
    trade.receive(order_file("PO-1", control=2, buyer="0002"))

    assert trade.erp("SELECT CUST_NO, CUST_PO FROM SO_HDR ORDER BY SO_NO") == [("100001", "PO-1"), ("100002", "PO-1")]
    assert len(trade.sent("855")) == 2


def versioned(version: str, quantity: int, control: int) -> str:
    content = purchase_order("PO-1", {"10001": f"{quantity}*EA*10.00"})
    return interchange(
        group(transaction([*content[:2], f"REF*PP*{version}", *content[2:]]), control=control), control=control
    )


def test_another_version_of_a_known_order_waits_for_a_person(trade: Trade) -> None:
    trade.receive(versioned("1", 24, control=1))
    trade.receive(versioned("2", 36, control=2))

    first, second = trade.documents(type="850")
    assert (second["status"], second["reason"]) == (
        "held",
        f"order PO-1 came before, as document {first['id']}, with other content: ask the buyer, then skip this",
    )
    assert len(trade.sent("855")) == 1
    life = trade.order("PO-1")
    assert (life["document_id"], str(life["lines"][0]["confirmed"])) == (first["id"], "24")


@pytest.mark.parametrize(("effect", "status", "answers"), [("reject", "answered", 2), ("hold", "held", 1)])
def test_a_repeat_that_the_gate_answers_leaves_the_first_order_alone(
    trade: Trade, effect: str, status: str, answers: int
) -> None:
    trade.agree("[channel]", f'[gate]\nduplicate = "{effect}"\n[channel]')
    trade.receive(order_file("PO-1", control=1))
    trade.receive(order_file("PO-1", control=2))

    first, second = trade.documents(type="850")
    reason = f"order PO-1 repeats document {first['id']}"
    assert (second["status"], second["reason"]) == (status, reason)
    sent = [s for answer in trade.sent("855") for s in answer if s.startswith(("BAK", "ACK"))]
    assert [s[:6] for s in sent] == ["BAK*00", "ACK*IA", "BAK*00", "ACK*IR"][: 2 * answers]
    if status == "held":
        with trade.open() as app:
            documents.skip(app, second["id"], "test", "not wanted")
    life = trade.order("PO-1")
    assert (life["status"], life["erp_number"], life["document_id"]) == ("confirmed", "4500000001", first["id"])
    assert str(life["lines"][0]["confirmed"]) == "24"


def test_a_corrected_order_takes_the_place_of_one_that_the_gate_refused(trade: Trade) -> None:
    trade.receive(order_file("PO-1", control=1, lines={"99999": "24*EA*10.00", "10002": "0*EA*6.00"}))
    assert trade.order("PO-1")["status"] == "refused"
    trade.receive(order_file("PO-1", control=2, lines={"10001": "24*EA*10.00"}))

    assert [d["status"] for d in trade.documents(type="850")] == ["answered", "answered"]
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    life = trade.order("PO-1")
    assert life["status"] == "confirmed"
    assert [(line["line"], line["sku"], str(line["confirmed"])) for line in life["lines"]] == [("1", "10001", "24")]


def test_a_corrected_order_takes_the_place_of_one_that_the_erp_refused(trade: Trade) -> None:
    trade.erp("INSERT INTO REFUSAL VALUES ('not this item')")
    trade.receive(order_file("PO-1", control=1, lines={"10001": "24*EA*10.00"}))
    trade.erp("DELETE FROM REFUSAL")
    trade.receive(order_file("PO-1", control=2, lines={"10002": "5*EA*6.00"}))

    assert trade.sales_orders() == [(4500000001, "PO-1", "REFUSED"), (4500000002, "PO-1", "ACCEPTED")]
    life = trade.order("PO-1")
    assert (life["status"], life["erp_number"]) == ("confirmed", "4500000002")
    assert [(line["line"], line["sku"], str(line["confirmed"])) for line in life["lines"]] == [("1", "10002", "5")]
    first, second = (next(s for s in answer if s.startswith("BAK")) for answer in trade.sent("855"))
    assert (first[:12], second[:12]) == ("BAK*00*RD*PO", "BAK*00*AD*PO")


def test_a_number_that_is_used_again_after_its_window_waits_for_a_person(trade: Trade) -> None:
    trade.receive(order_file("PO-1", control=1))
    with trade.open() as app, app.database.session() as session:
        session.execute(text("UPDATE claim SET expires_at = '2026-01-01 00:00:00.000000' WHERE scope = 'order'"))
        session.commit()
    trade.receive(order_file("PO-1", control=2, lines={"10001": "36*EA*10.00"}))

    first, second = trade.documents(type="850")
    assert (second["status"], second["reason"]) == (
        "held",
        f"order PO-1 came before, as document {first['id']} (confirmed), and its number is used again: ask the buyer, "
        f"then skip this",
    )
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
