"""855: the answer to an order, one ACK for each part of a line's answer."""

from datetime import date
from decimal import Decimal as D

import pytest

from b2bsync.model import (
    Decision,
    DecisionStatus,
    Identifier,
    ItemIds,
    OrderResponse,
    Party,
    PartyRole,
    Reason,
    Reference,
    ResponseLine,
    UnitPrice,
)

RESPONSE = OrderResponse(
    number="PO-4711",
    overall=DecisionStatus.CHANGED,
    release="7",
    ordered=date(2026, 3, 1),
    responded=date(2026, 3, 2),
    supplier_number="SO-77",
    currency="USD",
    parties=(Party(role=PartyRole.SHIP_TO, name="Store 7", identifiers=(Identifier("buyer", "0007"),)),),
    references=(Reference("department", "055"),),
    notes=("Thank you",),
    lines=(
        ResponseLine(
            number="1",
            quantity=D(12),
            unit="XCS",
            items=ItemIds(buyer="B-1", supplier="S-1"),
            price=UnitPrice(amount=D("9.25")),
            description="Widget",
            decisions=(
                Decision(quantity=D(8), status=DecisionStatus.PRICE_CHANGED, ships=date(2026, 3, 20)),
                Decision(quantity=D(4), status=DecisionStatus.BACKORDERED, ships=date(2026, 4, 1)),
            ),
        ),
        ResponseLine(
            number="2",
            quantity=D(5),
            unit="EA",
            items=ItemIds(buyer="B-2"),
            decisions=(Decision(quantity=D(5), status=DecisionStatus.REJECTED),),
        ),
    ),
    total_lines=2,
)


def test_an_answer_with_parts(room):
    assert room.write("855", RESPONSE) == [
        "BAK*00*AC*PO-4711*20260301*7***SO-77*20260302",
        "CUR*SE*USD",
        "REF*DP*055",
        "N9*L1*NOTES",
        "MSG*Thank you",
        "N1*ST*Store 7*92*0007",
        "PO1*1*12*CA*9.25**BP*B-1*VP*S-1",
        "PID*F****Widget",
        "ACK*IP*8*CA*068*20260320",
        "ACK*IB*4*CA*068*20260401",
        "PO1*2*5*EA***BP*B-2",
        "ACK*IR*5*EA",
        "CTT*2",
    ]


def test_an_answer_read_back(room):
    assert room.again("855", RESPONSE) == RESPONSE


@pytest.mark.parametrize(
    ("overall", "code"),
    [("accepted", "AD"), ("changed", "AC"), ("backordered", "AC"), ("rejected", "RD"), ("held", "AH")],
)
def test_the_answer_as_a_whole(room, overall, code):
    response = OrderResponse(number="1", ordered=date(2026, 3, 1), overall=DecisionStatus(overall))
    assert room.write("855", response)[0] == f"BAK*00*{code}*1*20260301"


@pytest.mark.parametrize(
    ("code", "overall"),
    [("AC", "changed"), ("AD", "accepted"), ("AE", "changed"), ("RD", "rejected"), ("RJ", "rejected")],
)
def test_the_answer_as_a_whole_read(room, code, overall):
    assert room.read("855", f"BAK*00*{code}*1*20260301").overall == overall


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("accepted", "IA"),
        ("price_changed", "IP"),
        ("quantity_changed", "IQ"),
        ("date_changed", "DR"),
        ("changed", "IC"),
        ("backordered", "IB"),
        ("rejected", "IR"),
        ("held", "IH"),
    ],
)
def test_what_happens_to_a_line(room, status, code):
    decision = Decision(quantity=D(1), status=DecisionStatus(status))
    line = ResponseLine(number="1", quantity=D(1), unit="EA", items=ItemIds(buyer="B"), decisions=(decision,))
    response = OrderResponse(number="1", ordered=date(2026, 3, 1), lines=(line,))
    assert f"ACK*{code}*1*EA" in room.write("855", response)
    assert room.again("855", response).lines == (line,)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("not_in_assortment", "R1"),
        ("unknown_item", "R2"),
        ("unit_not_convertible", "R3"),
        ("unit_not_sold", "R3"),
        ("below_minimum", "IR"),
        ("erp_refused", "IR"),
    ],
)
def test_why_a_line_is_rejected(room, reason, code):
    decision = Decision(quantity=D(1), status=DecisionStatus.REJECTED, reason=Reason(reason))
    line = ResponseLine(number="1", quantity=D(1), unit="EA", items=ItemIds(buyer="B"), decisions=(decision,))
    response = OrderResponse(number="1", ordered=date(2026, 3, 1), lines=(line,))
    assert f"ACK*{code}*1*EA" in room.write("855", response)
    [read] = room.again("855", response).lines
    assert read.decisions == (Decision(quantity=D(1), status=DecisionStatus.REJECTED),)


def test_a_reason_that_rejects_nothing_leaves_the_status(room):
    decision = Decision(quantity=D(1), status=DecisionStatus.HELD, reason=Reason.UNKNOWN_ITEM)
    line = ResponseLine(number="1", quantity=D(1), unit="EA", items=ItemIds(buyer="B"), decisions=(decision,))
    assert "ACK*IH*1*EA" in room.write("855", OrderResponse(number="1", ordered=date(2026, 3, 1), lines=(line,)))


def test_a_deleted_item_reads_as_rejected(room):
    response = room.read("855", "BAK*00*RD*1*20260301\nPO1*1*2*EA***BP*B\nACK*ID*2*EA")
    assert response.lines[0].decisions == (Decision(quantity=D(2), status=DecisionStatus.REJECTED),)


def test_more_confirmed_than_ordered(room):
    decision = Decision(quantity=D(5), confirmed=D(12), status=DecisionStatus.QUANTITY_CHANGED)
    line = ResponseLine(number="1", quantity=D(5), unit="EA", items=ItemIds(buyer="B"), decisions=(decision,))
    response = OrderResponse(number="1", ordered=date(2026, 3, 1), lines=(line,))
    assert "ACK*IQ*12*EA" in room.write("855", response)
