"""A document nobody wrote code for: an 846 made of TOML in a workspace, both ways."""

from datetime import date
from decimal import Decimal as D

from b2bsync import edi
from b2bsync.model import Identifier, InventoryLine, InventoryReport, ItemIds, Party, PartyRole

INVENTORY = """
document = "InventoryReport"
dialect = "x12"
version = "004010"
type = "846"

[codes.kind]
"33" = "available"
"17" = "on_hand"
"63" = "on_order"

[fields]
purpose = { at = "BIA01", codes = "purpose" }
kind = "BIA02"
number = "BIA03"
as_of = "BIA04"
total_lines = { at = "CTT01", write = "count(lines)" }

[fields.parties]
each = "N1"
role = { at = "N101", codes = "party_role", otherwise = "other" }
name = "N102"

[fields.parties.identifiers]
each = "."
scheme = { at = "N103", codes = "id_scheme", otherwise = "@same" }
value = "N104"

[fields.lines]
each = "LIN"
number = "LIN01"
"items.supplier" = { pair = ["VN", "VP"], from = "LIN02" }
"items.gtin" = { pair = ["UP", "EN"], from = "LIN02" }
description = "PID[PID01=F].PID05"
kind = { at = "QTY.QTY01", codes = "kind", otherwise = "@same" }
quantity = "QTY02"
unit = { at = "QTY03.1", codes = "@unit" }
available = "QTY.DTM[DTM01=018].DTM02"
"""

SEGMENTS = [
    "BIA*00*DD*INV-7*20260301",
    "N1*SE*We*UL*4012345000009",
    "LIN*1*VN*S-1*UP*012345678905",
    "PID*F****Widget",
    "QTY*33*120*CA",
    "LIN*2*VN*S-2",
    "QTY*63*40*EA",
    "DTM*018*20260401",
    "CTT*2",
]

REPORT = InventoryReport(
    number="INV-7",
    kind="DD",
    as_of=date(2026, 3, 1),
    parties=(Party(role=PartyRole.SUPPLIER, name="We", identifiers=(Identifier("gln", "4012345000009"),)),),
    lines=(
        InventoryLine(
            number="1",
            items=ItemIds(supplier="S-1", gtin="012345678905"),
            description="Widget",
            kind="available",
            quantity=D(120),
            unit="XCS",
        ),
        InventoryLine(
            number="2",
            items=ItemIds(supplier="S-2"),
            kind="on_order",
            quantity=D(40),
            unit="EA",
            available=date(2026, 4, 1),
        ),
    ),
    total_lines=2,
)


def test_an_inventory_report_in(workspace, room):
    mapping = workspace({"x12/004010/846": INVENTORY}).find("x12", "004010", "846")
    assert mapping.read(room.tree("846", "\n".join(SEGMENTS))) == REPORT


def test_an_inventory_report_out(workspace):
    mapping = workspace({"x12/004010/846": INVENTORY}).find("x12", "004010", "846")
    text = edi.write_set("846", "004010", "0001", mapping.write(REPORT), edi.Delimiters("~", "*", ">"))
    assert text.split("~")[1:-2] == SEGMENTS
