"""856: a shipment's tree of levels."""

from datetime import date, datetime
from decimal import Decimal as D

from b2bsync.model import (
    Identifier,
    ItemIds,
    Package,
    Party,
    PartyRole,
    Reference,
    ShipmentLine,
    ShipmentOrder,
    ShipNotice,
)


def line(number: str, quantity: int) -> ShipmentLine:
    return ShipmentLine(order_line=number, quantity=D(quantity), unit="EA", items=ItemIds(buyer=f"B-{number}"))


PACKED = ShipNotice(
    number="SH-1",
    created=datetime(2026, 3, 5, 14, 30),
    shipped=date(2026, 3, 5),
    expected=date(2026, 3, 8),
    carrier="UPSN",
    tracking="1Z999",
    bill_of_lading="BOL-9",
    package_count=2,
    weight=D("12.5"),
    parties=(Party(role=PartyRole.SHIP_TO, name="Store 7", identifiers=(Identifier("gln", "4012345000009"),)),),
    references=(Reference("department", "055"),),
    orders=(
        ShipmentOrder(
            number="PO-1",
            release="7",
            ordered=date(2026, 3, 1),
            supplier_number="SO-9",
            packages=(
                Package(
                    sscc="061414100000000012",
                    kind="CT",
                    weight=D(3),
                    tracking="1Z1",
                    lines=(line("1", 4), line("2", 6)),
                ),
                Package(sscc="061414100000000029", lines=(line("1", 8),)),
            ),
        ),
    ),
    total_lines=None,
)


def test_packed_orders(room):
    assert room.write("856", PACKED) == [
        "BSN*00*SH-1*20260305*1430*0001",
        "HL*1**S*1",
        "TD1*CTN*2****G*12.5*KG",
        "TD5*B*2*UPSN",
        "REF*2I*1Z999",
        "REF*BM*BOL-9",
        "REF*DP*055",
        "DTM*011*20260305",
        "DTM*017*20260308",
        "N1*ST*Store 7*UL*4012345000009",
        "HL*2*1*O*1",
        "PRF*PO-1*7**20260301",
        "REF*VN*SO-9",
        "HL*3*2*P*1",
        "TD1*CTN*1****G*3*KG",
        "REF*2I*1Z1",
        "MAN*GM*061414100000000012",
        "HL*4*3*I*0",
        "LIN*1*BP*B-1",
        "SN1**4*EA",
        "HL*5*3*I*0",
        "LIN*2*BP*B-2",
        "SN1**6*EA",
        "HL*6*2*P*1",
        "MAN*GM*061414100000000029",
        "HL*7*6*I*0",
        "LIN*1*BP*B-1",
        "SN1**8*EA",
        "CTT*7",
    ]


def test_packed_orders_read_back(room):
    assert room.again("856", PACKED) == PACKED


LOOSE = ShipNotice(
    number="SH-2",
    created=datetime(2026, 3, 5, 14, 30),
    carrier="Two men and a van",
    orders=(
        ShipmentOrder(number="PO-1", lines=(line("1", 4), line("2", 6))),
        ShipmentOrder(number="PO-2", lines=(line("1", 1),)),
    ),
)


def test_loose_orders(room):
    assert room.write("856", LOOSE) == [
        "BSN*00*SH-2*20260305*1430*0004",
        "HL*1**S*1",
        "TD5*B****Two men and a van",
        "HL*2*1*O*1",
        "PRF*PO-1",
        "HL*3*2*I*0",
        "LIN*1*BP*B-1",
        "SN1**4*EA",
        "HL*4*2*I*0",
        "LIN*2*BP*B-2",
        "SN1**6*EA",
        "HL*5*1*O*1",
        "PRF*PO-2",
        "HL*6*5*I*0",
        "LIN*1*BP*B-1",
        "SN1**1*EA",
        "CTT*6",
    ]


def test_loose_orders_read_back(room):
    assert room.again("856", LOOSE) == LOOSE


def test_the_tree_follows_the_parents_whatever_the_order(room):
    """Both orders first, then the items: only HL02 says whose they are."""
    notice = room.read(
        "856",
        """
        BSN*00*SH-3*20260305*1430*0004
        HL*1**S
        TD1*CTN*1****G*10*LB
        HL*2*1*O
        PRF*PO-1
        HL*3*1*O
        PRF*PO-2
        HL*4*3*I
        LIN**VN*S-2
        SN1**2*EA**3*EA
        HL*5*2*I
        LIN**VN*S-1*LT*LOT-8
        SN1**1*EA
        CTT*5
        """,
    )
    assert notice.weight == D("4.5359237")  # ten pounds
    assert [(o.number, [(i.items.supplier, i.quantity, i.ordered, i.lot) for i in o.lines]) for o in notice.orders] == [
        ("PO-1", [("S-1", D(1), None, "LOT-8")]),
        ("PO-2", [("S-2", D(2), D(3), None)]),
    ]


def test_what_hangs_on_no_level_is_not_read(room):
    notice = room.read("856", "BSN*00*SH-4*20260305*1430\nHL*1**S\nHL*2*1*O\nPRF*PO-1\nCTT*2")
    assert [o.number for o in notice.orders] == ["PO-1"]
    assert notice.orders[0].lines == ()
