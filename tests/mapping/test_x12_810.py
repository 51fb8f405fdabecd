"""810: invoices and credit notes."""

from datetime import date
from decimal import Decimal as D

import pytest

from b2bsync.mapping import Unmapped
from b2bsync.model import (
    AllowanceCharge,
    Invoice,
    InvoiceLine,
    ItemIds,
    Party,
    PartyRole,
    PaymentTerms,
    Reference,
    Tax,
    UnitPrice,
)

INVOICE = Invoice(
    number="INV-1",
    issued=date(2026, 3, 6),
    order_number="PO-1",
    release="7",
    order_date=date(2026, 3, 1),
    shipment_number="SH-1",
    supplier_number="SO-9",
    currency="USD",
    terms=PaymentTerms(net_days=30, discount_percentage=D(2), discount_days=10, due=date(2026, 4, 5)),
    parties=(Party(role=PartyRole.BILL_TO, name="Acme", tax_number="12-345"),),
    references=(Reference("department", "055"),),
    allowances=(AllowanceCharge(charge=True, code="D240", amount=D("5.50"), text="Freight"),),
    taxes=(Tax(kind="sales", amount=D("7.77"), rate=D(7), base=D(111)),),
    notes=("Thank you",),
    lines=(
        InvoiceLine(
            number="1",
            order_line="1",
            quantity=D(12),
            unit="EA",
            items=ItemIds(buyer="B-1", supplier="S-1"),
            price=UnitPrice(amount=D("9.25")),
            description="Widget",
            allowances=(AllowanceCharge(charge=False, code="F810", amount=D("1.00"), percentage=D(1)),),
        ),
    ),
    total=D("123.27"),
    total_lines=1,
)


def test_an_invoice(room):
    assert room.write("810", INVOICE) == [
        "BIG*20260306*INV-1*20260301*PO-1*7**DI*00",
        "NTE**Thank you",
        "CUR*SE*USD",
        "REF*SI*SH-1",
        "REF*VN*SO-9",
        "REF*DP*055",
        "N1*BT*Acme",
        "REF*TJ*12-345",
        "ITD***2**10*20260405*30",
        "IT1*1*12*EA*9.25**BP*B-1*VP*S-1",
        "PID*F****Widget",
        "SAC*A*F810***100*Z*1",
        "TDS*12327",
        "TXI*ST*7.77*7*****111",
        "SAC*C*D240***550**********Freight",
        "CTT*1",
    ]


def test_an_invoice_read_back(room):
    assert room.again("810", INVOICE) == INVOICE


def test_a_credit_note(room):
    note = Invoice(number="CN-1", issued=date(2026, 3, 9), credit=True, total=D("10.00"), total_lines=0)
    assert room.write("810", note) == ["BIG*20260309*CN-1*****CR*00", "TDS*1000", "CTT*0"]
    assert room.again("810", note) == note


def test_an_invoice_line_names_the_line_of_the_order(room):
    line = InvoiceLine(
        number="10", order_line="3", quantity=D(1), unit="EA", items=ItemIds(), price=UnitPrice(amount=D(5))
    )
    invoice = Invoice(number="1", issued=date(2026, 3, 6), lines=(line,), total=D(5))
    assert room.write("810", invoice)[1] == "IT1*3*1*EA*5"


def test_a_total_with_more_than_two_decimals_has_no_place(room):
    invoice = Invoice(number="1", issued=date(2026, 3, 6), total=D("1.005"))
    with pytest.raises(Unmapped) as caught:
        room.mappings.get("x12/004010/810").write(invoice)
    (finding,) = caught.value.findings
    assert (finding.tag, finding.element, finding.value) == ("TDS", 1, "1.005")
    assert finding.message == "total: 1.005 has more than 2 decimal places"
