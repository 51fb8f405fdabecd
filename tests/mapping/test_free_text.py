"""What people write may hold a delimiter and still leaves; a number that holds one is refused."""

from datetime import date
from decimal import Decimal as D

import pytest

from b2bsync import edi
from b2bsync.model import Address, Invoice, ItemIds, OrderResponse, Party, PartyRole, ResponseLine

DAY = date(2026, 3, 1)


def response(number="PO-1", description=None, notes=(), parties=()):
    line = ResponseLine(number="1", quantity=D(5), unit="EA", items=ItemIds(buyer="B-1"), description=description)
    return OrderResponse(number=number, ordered=DAY, notes=notes, parties=parties, lines=(line,))


@pytest.mark.parametrize(
    ("description", "written"),
    [
        ("Adapter RJ45>USB", "Adapter RJ45 USB"),
        ("Cable 2*1.5", "Cable 2 1.5"),
        ("about ~ 5 m", "about 5 m"),
        ("Cable\r\nblack\n", "Cable black"),
        ("Cable\tblack", "Cable black"),
        ("a  b", "a  b"),
        ('Screw 5/8" & nut: steel', 'Screw 5/8" & nut: steel'),
    ],
)
def test_a_description(room, description, written):
    assert f"PID*F****{written}" in room.write("855", response(description=description))


def test_a_description_of_delimiters_alone_is_left_out(room):
    assert [s for s in room.write("855", response(description=">~")) if s.startswith("PID")] == []


def test_names_addresses_and_notes(room):
    address = Address(lines=("Gate 3 > left", "Dock\n7"), city="Springfield*North")
    party = Party(role=PartyRole.SHIP_TO, name="Hill~Sons", address=address)
    written = room.write("855", response(parties=(party,), notes=("call > before", "*")))
    assert written[1:-2] == [
        "N9*L1*NOTES",
        "MSG*call before",
        "N1*ST*Hill Sons",
        "N3*Gate 3 left*Dock 7",
        "N4*Springfield North",
    ]


def test_a_note_of_an_invoice(room):
    invoice = Invoice(number="R-1", issued=DAY, total=D(0), notes=("10% > 500 USD",))
    assert "NTE**10% 500 USD" in room.write("810", invoice)


def test_the_delimiters_are_those_of_the_partner(room):
    own = edi.Delimiters(segment="\n", element="|", component="^")
    tree = room.mappings.get("x12/004010/855").write(response(description="RJ45>USB|2^3\n*"), own)
    assert "PID|F||||RJ45>USB 2 3 *" in edi.write_set("855", "004010", "0001", tree, own).split("\n")


@pytest.mark.parametrize("number", ["PO>1", "PO*1", "PO~1"])
def test_a_number_is_refused_and_not_changed(room, number):
    with pytest.raises(edi.Unwritable) as refused:
        room.write("855", response(number=number))
    assert refused.value.finding.message == (
        f"BAK03 holds the delimiter {number[2]!r}; change the value or the partner's delimiters, or set a replacement "
        "character"
    )
