"""The order book follows what the ERP ships and invoices: in the ordered unit, whoever gets the documents."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from b2bsync.exchange import Despatch
from b2bsync.exchange.operate import Refused
from b2bsync.model import Invoice, InvoiceLine, ItemIds, UnitPrice
from b2bsync.store import begin_write
from b2bsync.store.convert import Origin
from b2bsync.sync import Pulled
from tests.exchange.paper import group, interchange, order_file, purchase_order, transaction
from tests.exchange.trade import Trade

BOLTS = """\
title    = "Bolts and Beyond"
stage    = "production"
starts   = 2025-01-01
isa      = "ZZ:BOLTS"
customer = "100002"
[channel]
kind   = "directory"
in     = "exchange/bolts/in"
out    = "exchange/bolts/out"
settle = "10ms"
[documents]
receive = ["850", "997"]
send    = ["997", "855", "856", "810"]
"""


def line(trade: Trade, what: str, order: str = "PO-1") -> str:
    [found] = trade.order(order)["lines"]
    return f"{found[what]} of {found['ordered']} {found['unit']}"


def events(trade: Trade, document: int) -> list[tuple[str, str]]:
    return [(event["what"], event["detail"]) for event in trade.document(document)["events"]]


def invoice(number: str, quantity: str, *, credit: bool = False, order_line: str = "1") -> Invoice:
    return Invoice(
        number=number,
        credit=credit,
        issued=date(2026, 3, 4),
        order_number="PO-1",
        supplier_number="4500000001",
        currency="USD",
        total=Decimal(240),
        lines=(
            InvoiceLine(
                number="10",
                order_line=order_line,
                quantity=Decimal(quantity),
                unit="EA",
                items=ItemIds(supplier="10001"),
                price=UnitPrice(amount=Decimal(10)),
            ),
        ),
    )


def pulled(trade: Trade, invoices: Sequence[Invoice]) -> None:
    """An ERP that can do what the one of these tests cannot gives these."""
    with trade.open() as app, app.database.session() as session:
        begin_write(session)
        origin = Origin(app.config.main_company, app.config.stage, "erp.invoices")
        Despatch(app.setting)(session, origin, "invoices", [Pulled(i.number, {}, i, "") for i in invoices])
        session.commit()
    trade.once()


def test_pieces_that_are_shipped_for_cases_count_as_cases(trade: Trade) -> None:
    trade.erp("INSERT INTO ITEM_UOM VALUES ('10001', 'CS', '12', '1', NULL)")
    trade.pull("erp.products", full=True)
    trade.receive(order_file(lines={"10001": "2*CA*120.00"}))
    trade.ship(8000000001, 4500000001, "18")
    trade.pull("erp.shipments")

    assert line(trade, "shipped") == "1.5 of 2 XCS"


def test_what_cannot_be_counted_is_told(trade: Trade) -> None:
    trade.receive(order_file())
    trade.ship(8000000001, 4500000001, "2")
    trade.erp("UPDATE DELIV_POS SET UOM = 'PAL'")
    trade.pull("erp.shipments")
    pulled(trade, [invoice("9000000001", "24", order_line="7")])

    assert (line(trade, "shipped"), line(trade, "invoiced")) == ("0 of 24 EA", "0 of 24 EA")
    [shipment] = trade.documents(type="856")
    assert events(trade, shipment["id"]) == [
        ("not counted", "2 XPX not counted as shipped: line 1 was ordered in EA, and 10001 has no conversion from XPX")
    ]
    [bill] = trade.documents(type="810")
    assert events(trade, bill["id"]) == [("not counted", "24 EA not counted as invoiced: the order has no line 7")]


def test_a_credit_note_takes_back_what_was_invoiced(trade: Trade) -> None:
    trade.receive(order_file())
    pulled(trade, [invoice("9000000001", "24"), invoice("9000000002", "5", credit=True)])
    assert line(trade, "invoiced") == "19 of 24 EA"
    assert len(trade.sent("810")) == 2


def test_a_partner_that_gets_no_shipments_has_an_order_book_all_the_same(trade: Trade) -> None:
    trade.agree('"855", "856", "810"]', '"855"]')
    trade.receive(order_file())
    trade.ship(8000000001, 4500000001, "20")
    trade.invoice(9000000001, 8000000001, 4500000001)
    first = trade.pull("erp.shipments", "erp.invoices")
    again = trade.pull("erp.shipments", "erp.invoices", full=True)  # counted once
    assert [(run["read"], run["added"], run["unchanged"]) for run in first] == [(1, 1, 0)] * 2
    assert [(run["read"], run["added"], run["unchanged"]) for run in again] == [(1, 0, 1)] * 2

    assert (line(trade, "shipped"), line(trade, "invoiced")) == ("20 of 24 EA", "24 of 24 EA")
    [shipment] = trade.documents(type="856")
    reason = "is not among the documents that acme gets"
    assert (shipment["status"], shipment["reason"]) == ("learnt", reason)
    with pytest.raises(Refused, match=f"document {shipment['id']} is not sent: it {reason}"):
        trade.retry(shipment["id"])

    trade.agree('"855"]', '"855", "856"]')
    assert trade.retry(shipment["id"]) == "built and queued"
    trade.once()
    assert (len(trade.sent("856")), line(trade, "shipped")) == (1, "20 of 24 EA")


def test_an_invoice_whose_number_was_used_before_is_neither_sent_nor_counted(trade: Trade) -> None:
    trade.receive(order_file())
    pulled(trade, [invoice("9000000001", "20")])
    again = invoice("9000000001", "4")
    with trade.open() as app, app.database.session() as session:
        begin_write(session)
        depot = Origin(app.config.main_company, app.config.stage, "depot.invoices")
        Despatch(app.setting)(session, depot, "invoices", [Pulled("1", {}, again, "")])
        session.commit()

    assert (line(trade, "invoiced"), len(trade.sent("810"))) == ("20 of 24 EA", 1)
    [_, second] = trade.documents(type="810")
    reason = "has a number that was sent before, as MAIN:production:erp.invoices:9000000001"
    assert (second["status"], second["reason"]) == ("learnt", reason)
    with pytest.raises(Refused, match=f"document {second['id']} is not sent: it {reason}"):
        trade.retry(second["id"])


def test_a_shipment_that_mixes_two_buyers_goes_to_neither(trade: Trade) -> None:
    trade.write("partners/bolts.toml", BOLTS)
    for way in ("in", "out"):
        (trade.root / "exchange" / "bolts" / way).mkdir(parents=True)
    trade.receive(order_file("PO-1"))
    other = transaction(purchase_order("B-1"))
    trade.receive(interchange(group(other, sender="BOLTS"), sender="BOLTS"), "bolts")
    trade.ship(8000000001, 4500000001, "20")
    trade.erp("INSERT INTO DELIV_POS VALUES (8000000001, 2, 1, 4500000002, 10, '10001', '4', 'PCE')")
    trade.pull("erp.shipments")
    trade.once()

    assert trade.sent("856") == []
    assert list((trade.root / "exchange" / "bolts" / "out").glob("856_*")) == []
    [shipment] = trade.documents(type="856")
    reason = (
        "is for orders of acme and bolts, and none may see the other's: tell them another way what was shipped, then "
        "skip this document"
    )
    assert (shipment["status"], shipment["partner"], shipment["reason"]) == ("held", "", reason)
    assert events(trade, shipment["id"]) == [("held", reason)]
    # What left the warehouse is in the book of both.
    assert (line(trade, "shipped"), line(trade, "shipped", "B-1")) == ("20 of 24 EA", "4 of 24 EA")
    with pytest.raises(Refused, match="is for orders of acme and bolts"):
        trade.retry(shipment["id"])
