"""850: what a buyer's order means."""

from datetime import date
from decimal import Decimal as D

import pytest

from b2bsync.mapping import Unmapped
from b2bsync.model import (
    Address,
    AllowanceCharge,
    Contact,
    Identifier,
    ItemIds,
    Order,
    OrderLine,
    Party,
    PartyRole,
    PaymentTerms,
    Purpose,
    Reference,
    Schedule,
    Tax,
    UnitPrice,
)

ORDER = """
    BEG*00*SA*PO-4711*7*20260301*C-88
    CUR*BY*USD
    REF*DP*055
    REF*ZZ**no number here
    PER*BD*Ann Buyer*TE*555-0100*EM*ann@example.com
    SAC*C*D240***1250*Z*5********Freight
    ITD*05**2**10**30
    DTM*002*20260315
    DTM*037*20260310
    DTM*001*20260401
    TXI*ST*12.5*7
    N9*ZZ*NOTES
    MSG*Ring twice
    MSG*Leave at the dock
    N1*BY*Acme*92*100
    N1*ST*Acme Store 7*UL*4012345000009
    N3*Main Street 1*Dock 2
    N3*Back yard
    N4*Dayton*OH*45401*US
    PER*RE*Ben*TE*555-0101
    PO1*1*12*CA*9.25*CT*IN*B-1*VN*S-1*UP*012345678905*MG*M-1
    PID*F****Widget, blue
    DTM*010*20260312
    SCH*4*EA***002*20260312
    SCH*8*EA***002*20260319
    PO1**5*EA***SK*B-2
    SDQ*EA*92*STORE1*2*STORE2*3
    CTT*2
    AMT*TT*111
"""


def test_an_order(room):
    assert room.read("850", ORDER) == Order(
        number="PO-4711",
        purpose=Purpose.ORIGINAL,
        kind="SA",
        release="7",
        ordered=date(2026, 3, 1),
        contract="C-88",
        currency="USD",
        requested=date(2026, 3, 15),
        ship_not_before=date(2026, 3, 10),
        cancel_after=date(2026, 4, 1),
        references=(Reference("department", "055"), Reference("ZZ", "", "no number here")),
        contacts=(Contact(function="BD", name="Ann Buyer", telephone="555-0100", email="ann@example.com"),),
        allowances=(AllowanceCharge(charge=True, code="D240", amount=D("12.50"), percentage=D(5), text="Freight"),),
        taxes=(Tax(kind="sales", amount=D("12.5"), rate=D(7)),),
        terms=PaymentTerms(code="05", discount_percentage=D(2), discount_days=10, net_days=30),
        notes=("Ring twice", "Leave at the dock"),
        parties=(
            Party(role=PartyRole.BUYER, name="Acme", identifiers=(Identifier("buyer", "100"),)),
            Party(
                role=PartyRole.SHIP_TO,
                name="Acme Store 7",
                identifiers=(Identifier("gln", "4012345000009"),),
                address=Address(
                    lines=("Main Street 1", "Dock 2", "Back yard"),
                    city="Dayton",
                    region="OH",
                    postal_code="45401",
                    country="US",
                ),
                contacts=(Contact(function="RE", name="Ben", telephone="555-0101"),),
            ),
        ),
        lines=(
            OrderLine(
                number="1",
                quantity=D(12),
                unit="XCS",
                items=ItemIds(buyer="B-1", supplier="S-1", gtin="012345678905", manufacturer="M-1"),
                price=UnitPrice(amount=D("9.25"), kind="contract"),
                description="Widget, blue",
                requested=date(2026, 3, 12),
                schedules=(
                    Schedule(quantity=D(4), unit="EA", requested=date(2026, 3, 12)),
                    Schedule(quantity=D(8), unit="EA", requested=date(2026, 3, 19)),
                ),
            ),
            OrderLine(
                number="2",  # the buyer gave none: its place counts
                quantity=D(5),
                unit="EA",
                items=ItemIds(buyer="B-2"),
                schedules=(
                    Schedule(quantity=D(2), unit="EA", ship_to="STORE1"),
                    Schedule(quantity=D(3), unit="EA", ship_to="STORE2"),
                ),
            ),
        ),
        total_lines=2,
        total=D(111),
    )


def test_an_order_goes_out_and_comes_in_again(room):
    order = room.read("850", ORDER)
    assert room.again("850", order) == order


@pytest.mark.parametrize(
    ("code", "purpose"),
    [
        ("00", "original"),
        ("01", "cancel"),
        ("04", "change"),
        ("05", "replace"),
        ("06", "confirmation"),
        ("07", "duplicate"),
        ("22", "information_copy"),
    ],
)
def test_what_an_order_is_meant_to_do(room, code, purpose):
    order = room.read("850", f"BEG*{code}*SA*1**20260301\nPO1*1*1*EA")
    assert order.purpose == purpose


@pytest.mark.parametrize(
    ("code", "role"),
    [("BY", "buyer"), ("ST", "ship_to"), ("BT", "bill_to"), ("SE", "supplier"), ("SU", "supplier"), ("DA", "other")],
)
def test_roles_of_parties(room, code, role):
    order = room.read("850", f"BEG*00*SA*1**20260301\nN1*{code}*Somebody\nPO1*1*1*EA")
    assert order.parties == (Party(role=PartyRole(role), name="Somebody"),)


@pytest.mark.parametrize(
    ("code", "scheme"),
    [("1", "duns"), ("9", "duns"), ("UL", "gln"), ("91", "supplier"), ("92", "buyer"), ("ZZ", "ZZ")],
)
def test_lists_that_numbers_of_parties_are_from(room, code, scheme):
    order = room.read("850", f"BEG*00*SA*1**20260301\nN1*BY**{code}*12345\nPO1*1*1*EA")
    assert order.parties[0].identifiers == (Identifier(scheme, "12345"),)


@pytest.mark.parametrize(
    ("qualifier", "field"),
    [
        ("BP", "buyer"),
        ("IN", "buyer"),
        ("VP", "supplier"),
        ("VN", "supplier"),
        ("UP", "gtin"),
        ("EN", "gtin"),
        ("UK", "gtin"),
        ("MG", "manufacturer"),
    ],
)
def test_item_numbers_by_qualifier(room, qualifier, field):
    order = room.read("850", f"BEG*00*SA*1**20260301\nPO1*1*1*EA***PI*other*{qualifier}*4711")
    expected = {"buyer": "other"} | {field: "4711"}
    assert order.lines[0].items == ItemIds(**expected)


def test_a_price_for_a_hundred(room):
    order = room.read("850", "BEG*00*SA*1**20260301\nPO1*1*1*EA*925*HP")
    assert order.lines[0].price == UnitPrice(amount=D(925), basis=D(100))


def test_a_price_for_a_hundred_goes_out_as_the_price_of_one(room):
    order = Order(
        number="1",
        ordered=date(2026, 3, 1),
        kind="SA",
        lines=(
            OrderLine(
                number="1", quantity=D(1), unit="EA", items=ItemIds(), price=UnitPrice(amount=D("925.50"), basis=D(100))
            ),
        ),
    )
    assert room.write("850", order)[1] == "PO1*1*1*EA*9.255"


def test_stores_share_an_sdq_segment_until_it_is_full(room):
    schedules = tuple(Schedule(quantity=D(n), unit="EA", ship_to=f"S{n:02d}") for n in range(1, 13))
    line = OrderLine(number="1", quantity=D(78), unit="EA", items=ItemIds(buyer="B"), schedules=schedules)
    order = Order(number="1", kind="SA", ordered=date(2026, 3, 1), lines=(line,))
    assert [s for s in room.write("850", order) if s.startswith("SDQ")] == [
        "SDQ*EA*92*S01*1*S02*2*S03*3*S04*4*S05*5*S06*6*S07*7*S08*8*S09*9*S10*10",
        "SDQ*EA*92*S11*11*S12*12",
    ]
    assert room.again("850", order).lines == (line,)


def test_all_that_does_not_fit_is_said_with_its_place(room):
    tree = room.tree("850", "BEG*00*SA*1**20260301\nPO1*1*1*EA*5\nPO1*2*2*EA*6")
    tree.segments["BEG"][0][1] = "99"
    tree.segments["BEG"][0][5] = "20260231"
    tree.loops["PO1"][1].segments["PO1"][0][2] = "two"
    tree.loops["PO1"][1].segments["PO1"][0][4] = "6,00"
    with pytest.raises(Unmapped) as caught:
        room.mappings.get("x12/004010/850").read(tree)
    assert [(f.code, f.tag, f.element, f.value) for f in caught.value.findings] == [
        ("code-not-listed", "BEG", 1, "99"),
        ("value-not-convertible", "BEG", 5, "20260231"),
        ("value-not-convertible", "PO1", 2, "two"),
        ("value-not-convertible", "PO1", 4, "6,00"),
    ]
    purpose, _, quantity, _ = caught.value.findings
    assert purpose.allowed == "00, 01, 04, 05, 06, 07, 22"
    assert quantity.segment == 4
    assert quantity.message == "lines[2].quantity: 'two' is not a number"


def test_a_line_without_a_quantity(room):
    tree = room.tree("850", "BEG*00*SA*1**20260301\nPO1*1")
    with pytest.raises(Unmapped) as caught:
        room.mappings.get("x12/004010/850").read(tree)
    (finding,) = caught.value.findings
    assert (finding.code, finding.segment, finding.tag, finding.element) == ("value-missing", 3, "PO1", 2)
    assert finding.message == "lines[1].quantity: a value is required and there is none"
