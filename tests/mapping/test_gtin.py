"""A product's GTIN goes out under the qualifier (235) of its length; all of them are read."""

from datetime import date, datetime
from decimal import Decimal as D

import pytest

from b2bsync.model import (
    Invoice,
    InvoiceLine,
    ItemIds,
    OrderResponse,
    ResponseLine,
    ShipmentLine,
    ShipmentOrder,
    ShipNotice,
    UnitPrice,
)

NUMBERS = [
    ("96385074", "EN"),
    ("036000291452", "UP"),
    ("4006381333931", "EN"),
    ("10036000291459", "UK"),
    ("12345", "UP"),
]


@pytest.mark.parametrize(("gtin", "qualifier"), NUMBERS)
def test_an_answer(room, gtin, qualifier):
    line = ResponseLine(number="1", quantity=D(5), unit="EA", items=ItemIds(supplier="S-1", gtin=gtin))
    response = OrderResponse(number="PO-1", ordered=date(2026, 3, 1), lines=(line,))
    assert f"PO1*1*5*EA***VP*S-1*{qualifier}*{gtin}" in room.write("855", response)
    assert room.again("855", response).lines == (line,)


@pytest.mark.parametrize(("gtin", "qualifier"), NUMBERS)
def test_a_ship_notice(room, gtin, qualifier):
    line = ShipmentLine(order_line="1", quantity=D(5), unit="EA", items=ItemIds(supplier="S-1", gtin=gtin))
    order = ShipmentOrder(number="PO-1", lines=(line,))
    notice = ShipNotice(number="L-1", created=datetime(2026, 3, 1, 10, 0), orders=(order,))
    assert f"LIN*1*VP*S-1*{qualifier}*{gtin}" in room.write("856", notice)
    assert room.again("856", notice).orders == (order,)


@pytest.mark.parametrize(("gtin", "qualifier"), NUMBERS)
def test_an_invoice(room, gtin, qualifier):
    line = InvoiceLine(
        number="1",
        quantity=D(5),
        unit="EA",
        items=ItemIds(supplier="S-1", gtin=gtin),
        price=UnitPrice(amount=D(2)),
    )
    invoice = Invoice(number="R-1", issued=date(2026, 3, 1), total=D(10), lines=(line,))
    assert f"IT1*1*5*EA*2**VP*S-1*{qualifier}*{gtin}" in room.write("810", invoice)
    assert room.again("810", invoice).lines[0].items == ItemIds(supplier="S-1", gtin=gtin)


@pytest.mark.parametrize("qualifier", ["UP", "EN", "UK", "UA", "UI"])
def test_every_qualifier_is_read(room, qualifier):
    response = room.read("855", f"BAK*00*AD*1*20260301\nPO1*1*2*EA***{qualifier}*036000291452")
    assert response.lines[0].items == ItemIds(gtin="036000291452")


def test_no_gtin_writes_no_qualifier(room):
    line = ResponseLine(number="1", quantity=D(5), unit="EA", items=ItemIds(supplier="S-1"))
    response = OrderResponse(number="PO-1", ordered=date(2026, 3, 1), lines=(line,))
    assert "PO1*1*5*EA***VP*S-1" in room.write("855", response)
