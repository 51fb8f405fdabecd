"""An order's life: the buyer's 850, our 997 and 855, what the ERP ships as 856 and 810, the buyer's 997s."""

import shutil
from pathlib import Path

import pytest

from tests.exchange.paper import (
    acknowledgement_file,
    body,
    group,
    interchange,
    order_file,
    purchase_order,
    transaction,
    without_clock,
)
from tests.exchange.trade import SSCC, Trade, build

TWO_LINES = {"10001": "24*EA*10.00", "10002": "50*EA*6.00"}


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Trade:
    """A story that is told on both databases."""
    root = tmp_path / "workspace"
    if request.param == "postgresql":
        return build(root, request.getfixturevalue("postgresql_url"))
    shutil.copytree(request.getfixturevalue("original_trade"), root)
    return Trade(root)


def test_an_order_is_acknowledged_and_answered(either: Trade) -> None:
    either.drop("monday.edi", order_file(lines=TWO_LINES))
    done = either.once()

    assert (done.looked.received, done.looked.problems, done.ran.parked) == (1, [], 0)
    [acknowledgement] = either.sent("997")
    assert without_clock(acknowledgement) == [
        "ISA*00*          *00*          *ZZ*SUPPLIER       *ZZ*ACMESTORES     *D*T*U*00401*000000001*0*P*>",
        "GS*FA*SUPPLIER*ACMESTORES*D*T*1*X*004010",
        "ST*997*0001",
        "AK1*PO*1",
        "AK2*850*0001",
        "AK5*A",
        "AK9*A*1*1*1",
        "SE*6*0001",
        "GE*1*1",
        "IEA*1*000000001",
    ]
    [answer] = either.sent("855")
    assert without_clock(answer) == [
        "ISA*00*          *00*          *ZZ*SUPPLIER       *ZZ*ACMESTORES     *D*T*U*00401*000000002*0*P*>",
        "GS*PR*SUPPLIER*ACMESTORES*D*T*2*X*004010",
        "ST*855*0001",
        "BAK*00*AC*PO-1*20260302****4500000001*D",  # accepted with changes; the ERP's number; today
        "CUR*SE*USD",
        "N1*BY*Acme Stores*92*0001",
        "N1*ST*Acme Warehouse*92*0042",
        "PO1*1*24*EA*10**VP*10001",
        "ACK*IA*24*EA*068*D",
        "PO1*2*50*EA*6**VP*10002",
        "ACK*IB*50*EA",  # 40 are there: the whole line waits
        "CTT*2",
        "SE*11*0001",
        "GE*1*2",
        "IEA*1*000000002",
    ]
    assert either.erp("SELECT CUST_NO, CUST_PO, SHIP_ADDR, STATUS FROM SO_HDR") == [
        ("100001", "PO-1", "0042", "ACCEPTED")
    ]
    assert either.erp("SELECT CUST_POS, ITEM_NO, QTY, UOM, NET_PRICE FROM SO_POS ORDER BY POS_NO") == [
        ("1", "10001", "24", "PCE", "10.00"),
        ("2", "10002", "50", "PCE", "6.00"),
    ]
    assert [path.name for path in (either.inbox / "done").iterdir() if path.name.endswith("monday.edi")] != []


def test_delimiters_in_a_description_and_an_address_of_the_erp_stop_nothing(trade: Trade) -> None:
    trade.receive(order_file())
    trade.ship(8000000001, 4500000001, "20")
    trade.erp("UPDATE ITEM_MASTER SET DESCR1 = 'Hex bolt > M8 * 40~zinc' || char(10) || 'bag'")
    trade.erp("UPDATE DEBTOR_ADDR SET STREET = '42 Dock Road > Gate 3' WHERE ADDR_TYPE = 'SH'")
    trade.pull("erp.shipments")
    trade.once()

    [notice] = trade.sent("856")
    assert [s for s in body(notice) if s.startswith(("N3", "PID"))] == [
        "N3*1 Store Street",
        "N3*42 Dock Road Gate 3",
        "PID*F****Hex bolt M8 40 zinc bag",
    ]


def test_what_the_erp_ships_and_invoices_goes_out_and_into_the_order_book(either: Trade) -> None:
    either.receive(order_file())
    either.ship(8000000001, 4500000001, "20")
    either.invoice(9000000001, 8000000001, 4500000001)
    either.pull("erp.shipments", "erp.invoices")
    either.once()

    [notice] = either.sent("856")
    assert body(notice) == [
        "ST*856*0001",
        "BSN*00*8000000001*20260303*1200*0001",  # shipment, order, packaging, item
        "HL*1**S*1",
        "TD1*CTN*1****G*6*KG",
        "TD5*B*2*UPSN",
        "REF*BM*B-77",
        "DTM*011*20260303",
        "DTM*017*20260303",
        "N1*BY*Acme Stores*92*0001",
        "N3*1 Store Street",
        "N4*Dallas*TX*75201*US",
        "N1*ST*Acme Warehouse*92*0042",
        "N3*42 Dock Road",
        "N4*Dallas*TX*75202*US",
        "N1*SF*Atlanta*UL*9521234000013",
        "N4*Atlanta***US",
        "HL*2*1*O*1",
        "PRF*PO-1***20260302",
        "REF*VN*4500000001",
        "HL*3*2*P*1",
        "TD1*CTN*1****G*6*KG",
        "REF*2I*1Z999",
        f"MAN*GM*{SSCC}",
        "HL*4*3*I*0",
        "LIN*1*VP*10001",
        "SN1**20*EA**24*EA",
        "PID*F****Hex bolt",
        "CTT*4",
        "SE*29*0001",
    ]
    [invoice] = either.sent("810")
    assert body(invoice) == [
        "ST*810*0001",
        "BIG*20260304*9000000001*20260302*PO-1***DI*00",
        "CUR*SE*USD",
        "REF*SI*8000000001",
        "REF*VN*4500000001",
        "N1*BY*Acme Stores*92*0001",
        "N3*1 Store Street",
        "N4*Dallas*TX*75201*US",
        "N1*ST*Acme Warehouse*92*0042",
        "N3*42 Dock Road",
        "N4*Dallas*TX*75202*US",
        "ITD******20260403*30",
        "IT1*1*24*EA*10**VP*10001",
        "PID*F****Hex bolt",
        "TDS*24000",
        "CTT*1",
        "SE*17*0001",
    ]
    [line] = either.order("PO-1")["lines"]
    assert [str(line[name]) for name in ("ordered", "confirmed", "shipped", "invoiced", "open")] == [
        "24", "24", "20", "24", "4",
    ]  # fmt: skip


def test_goods_without_a_carton_hang_on_the_order(trade: Trade) -> None:
    trade.receive(order_file())
    trade.ship(8000000001, 4500000001, "24", packed=False)
    trade.pull("erp.shipments")
    trade.once()

    [notice] = trade.sent("856")
    assert body(notice)[1].endswith("*0004")  # shipment, order, item
    assert [segment for segment in notice if segment.startswith(("HL", "LIN", "SN1", "MAN"))] == [
        "HL*1**S*1",
        "HL*2*1*O*1",
        "HL*3*2*I*0",
        "LIN*1*VP*10001",
        "SN1**24*EA",
    ]


def test_the_buyers_acknowledgements_close_deliveries(either: Trade) -> None:
    either.receive(order_file())
    either.receive(acknowledgement_file("PR", "2", ["AK2*855*0001", "AK5*A"]))

    ours, answer = either.deliveries()
    assert (ours["state"], ours["ack_state"]) == ("sent", "none")  # a 997 is never acknowledged
    assert (answer["name"], answer["state"], answer["ack_state"]) == ("855_acme_000000002.edi", "acked", "accepted")
    [response] = either.documents(type="855")
    assert (response["status"], response["verdict"]) == ("acknowledged", "accepted")
    assert len(either.sent("997")) == 1  # and theirs got none from us


def test_a_rejecting_acknowledgement_marks_the_document(trade: Trade) -> None:
    trade.receive(order_file())
    refusal = ["AK2*855*0001", "AK3*PO1*6**8", "AK4*2*380*6*24", "AK5*R*5"]
    trade.receive(acknowledgement_file("PR", "2", refusal, verdict="R"))

    assert (trade.deliveries()[1]["state"], trade.deliveries()[1]["ack_state"]) == ("rejected", "rejected")
    [response] = trade.documents(type="855")
    assert response["status"] == "refused"
    assert response["reason"] == "PO1 in segment 6: element 2 code 6, value '24'. codes 5"


def test_of_two_documents_in_a_group_one_can_be_rejected(trade: Trade) -> None:
    trade.agree("[channel]", "[send]\nbatch = 10\n[channel]")
    both = group(
        transaction(purchase_order("PO-1"), control="0001"), transaction(purchase_order("PO-2"), control="0002")
    )
    trade.receive(interchange(both))
    [answers] = trade.sent("855")
    assert [segment for segment in answers if segment.startswith(("ST", "BAK"))] == [
        "ST*855*0001",
        answers[3],
        "ST*855*0002",
        next(s for s in answers if s.startswith("BAK") and "PO-2" in s),
    ]

    verdicts = [["AK2*855*0001", "AK5*A"], ["AK2*855*0002", "AK3*BAK*2**8", "AK4*3*324*7*PO-2", "AK5*R*5"]]
    content = acknowledgement_file("PR", "2", *verdicts, verdict="P").replace("AK9*P*2*2*2", "AK9*P*2*2*1")
    trade.receive(content)
    assert [(d["number"], d["status"]) for d in trade.documents(type="855")] == [
        ("PO-1", "acknowledged"),
        ("PO-2", "refused"),
    ]
    assert trade.deliveries()[1]["ack_state"] == "partially_accepted"


def test_what_a_rejecting_acknowledgement_does_not_name_is_rejected_too(trade: Trade) -> None:
    trade.agree("[channel]", "[send]\nbatch = 10\n[channel]")
    both = group(
        transaction(purchase_order("PO-1"), control="0001"), transaction(purchase_order("PO-2"), control="0002")
    )
    trade.receive(interchange(both))
    detail = ["AK2*855*0002", "AK3*BAK*2**8", "AK4*3*324*7*PO-2", "AK5*R*5"]
    content = acknowledgement_file("PR", "2", detail, verdict="R").replace("AK9*R*1*1*0", "AK9*R*2*2*0")
    trade.receive(content)

    assert [(d["number"], d["status"], d["reason"]) for d in trade.documents(type="855")] == [
        ("PO-1", "refused", "the whole group was rejected"),
        ("PO-2", "refused", "BAK in segment 2: element 3 code 7, value 'PO-2'. codes 5"),
    ]


def test_zeros_before_control_numbers_mean_nothing(trade: Trade) -> None:
    trade.receive(order_file())
    trade.receive(acknowledgement_file("PR", "000000002", ["AK2*855*000000001", "AK5*R*5"], verdict="R"))

    assert trade.deliveries()[1]["state"] == "rejected"
    [response] = trade.documents(type="855")
    assert (response["status"], response["reason"]) == ("refused", "codes 5")


def test_an_acknowledgement_of_something_we_never_sent_waits_for_a_person(trade: Trade) -> None:
    trade.receive(acknowledgement_file("PR", "77", ["AK2*855*0001", "AK5*A"]))

    [document] = trade.documents()
    assert (document["status"], document["reason"]) == ("held", "acknowledges group PR 77, which we did not send")


def test_shipments_from_before_the_agreement_are_learnt_and_not_sent(trade: Trade) -> None:
    trade.receive(order_file())
    trade.ship(8000000001, 4500000001, "20", day="2024-12-31")
    trade.invoice(9000000001, 8000000001, 4500000001, day="2024-12-31")
    trade.pull("erp.shipments", "erp.invoices")
    trade.once()

    assert trade.sent("856") + trade.sent("810") == []
    [shipment] = trade.documents(type="856")
    assert (shipment["status"], shipment["reason"]) == (
        "learnt",
        "is of 2024-12-31, before the agreement starts on 2025-01-01",
    )
    [invoice] = trade.documents(type="810")
    assert invoice["status"] == "learnt"

    # Somebody decides that it shall go all the same.
    assert trade.retry(shipment["id"]) == "built and queued"
    trade.once()
    [notice] = trade.sent("856")
    assert body(notice)[1] == "BSN*00*8000000001*20241231*1200*0001"


def test_what_is_pulled_again_is_sent_once(either: Trade) -> None:
    either.receive(order_file())
    either.ship(8000000001, 4500000001, "20")
    either.pull("erp.shipments")
    either.pull("erp.shipments", full=True)
    either.erp("UPDATE DELIV_HDR SET WEIGHT = '7.5', CHG_TS = '2026-03-05T00:00:00.000000Z'")
    either.pull("erp.shipments")
    either.once()

    assert len(either.sent("856")) == 1
    [shipment] = either.documents(type="856")
    assert [(event["what"], event["detail"]) for event in either.document(shipment["id"])["events"]] == [
        (
            "changed at the source",
            "ShipNotice 8000000001 changed in the ERP after it was made; what was sent stays as it is",
        )
    ]
    [line] = either.order("PO-1")["lines"]
    assert str(line["shipped"]) == "20"


def test_a_shipment_of_an_order_that_came_by_telephone_is_learnt(trade: Trade) -> None:
    trade.erp("INSERT INTO SO_HDR (CUST_NO, CUST_PO, STATUS) VALUES ('100001', 'PHONE', 'ACCEPTED')")
    trade.erp(
        "INSERT INTO SO_POS (SO_NO, POS_NO, CUST_POS, ITEM_NO, QTY, UOM)"
        " VALUES (4500000001, 10, '1', '10001', '5', 'PCE')"
    )
    trade.ship(8000000001, 4500000001, "5")
    trade.pull("erp.shipments")

    [shipment] = trade.documents(type="856")
    assert (shipment["status"], shipment["reason"]) == ("learnt", "belongs to no order that came through b2bsync")
