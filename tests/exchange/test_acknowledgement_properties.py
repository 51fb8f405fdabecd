"""Whatever bytes a partner sends: once a group has a number that can be named, its 997 can be written."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from b2bsync import edi
from b2bsync.exchange.acknowledge import Judged, acknowledgement
from b2bsync.mapping import Library
from b2bsync.vocabulary.findings import Severity
from b2bsync.vocabulary.verdicts import Verdict
from tests.exchange.paper import group, interchange, purchase_order, transaction

MAPPING = Library([Path(__file__).resolve().parents[2] / "mappings"]).get("x12/004010/997")
OURS = [edi.Delimiters("~", "*", ">"), edi.Delimiters("\n", "|", ":"), edi.Delimiters("'", "+", ".")]
LIMIT = 3000


def acknowledged(data: bytes, ours: edi.Delimiters) -> list[str]:
    """The 997s to what the bytes hold; every group that a 997 can name gets one."""
    texts, sets, nameable = [], list[Judged](), True
    for event in edi.scan([data], limit=LIMIT):
        match event:
            case edi.GroupStart():
                sets, nameable = [], all(finding.severity is not Severity.FATAL for finding in event.findings)
            case edi.TransactionCut():
                read = edi.read_set(event.raw, event.interchange.delimiters, event.group.version, event.type)
                sets.append(Judged(event.type, event.control_number, read.verdict, read.findings))
            case edi.TransactionDropped():
                sets.append(Judged(event.type, event.control_number, Verdict.REJECTED, (event.finding,)))
            case edi.GroupEnd() if nameable and event.header.code:
                codes = [f.ack_code for f in event.findings if f.ack_code]
                said = acknowledgement(
                    event.header.code, event.header.control_number, event.included, sets,
                    received=event.received, group_codes=codes, delimiters=ours,
                )  # fmt: skip
                assert said.received == event.received == len(sets)
                texts.append(edi.write_set("997", "004010", "0001", MAPPING.write(said, ours), ours))
    return texts


ORDERS = interchange(group(transaction(purchase_order()), transaction(purchase_order("PO-2"), control="0002")))
SEGMENTS = ["ST*850*0003~", "SE*1*0003~", "GE*12345678*1~", "GS*PO*A*B*20260302*0900*2*X*004010~", "PO1*1*many*EA~",
            "N1*ST*a|b:c+d.e'f~", "PO1*1*\x0724*EA~", "TOOLONG*1~", "X~", "REF*DP~", "ST*850~", "ST**1~",
            "ST*8500*12345678901~", "N1" + "*x" * 120 + "~", "N1" + "*" * 120 + "\x07~", "SLN*1**A~",
            "REF*" + "9" * 200 + "~", "SE*999*0001~", "BEG~", "\xa0\xe9*1~", "ST*850*00>4~",
            "PO1*1*" + "7" * LIMIT + "~"]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.tuples(st.integers(106, len(ORDERS)), st.integers(0, 20), st.sampled_from(SEGMENTS)), max_size=6),
    st.sampled_from(OURS),
)
@example([(150, 0, "N1*ST*a|b:c+d.e'f~")], OURS[1])
def test_the_acknowledgement_of_damaged_orders_can_be_written(
    damages: list[tuple[int, int, str]], ours: edi.Delimiters
) -> None:
    text = ORDERS
    for place, removed, put in damages:
        text = text[:place] + put + text[place + removed :]
    for answer in acknowledged(text.encode("latin-1"), ours):
        assert answer.startswith(f"ST{ours.element}997{ours.element}0001{ours.segment}AK1{ours.element}")


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(OURS))
def test_the_acknowledgement_of_any_bytes_in_a_group_can_be_written(junk: bytes, ours: edi.Delimiters) -> None:
    head = ORDERS[: ORDERS.index("BEG*")].encode()
    answers = acknowledged(head + junk, ours)
    assert answers
    assert all("AK9" in answer for answer in answers)


@pytest.mark.parametrize("segment", SEGMENTS)
def test_the_acknowledgement_of_one_odd_segment_can_be_written(segment: str) -> None:
    [answer, *_] = acknowledged(ORDERS.replace("N1*BY", f"{segment}N1*BY", 1).encode("latin-1"), OURS[0])
    assert answer.startswith("ST*997*0001~AK1*PO*1~")
