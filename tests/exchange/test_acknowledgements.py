"""What a partner is told of what it sent: one 997 for every group that a 997 can name, whatever is wrong in it."""

import pytest

from tests.exchange.paper import body, group, interchange, order_file, purchase_order, transaction
from tests.exchange.trade import Trade


def answer(trade: Trade) -> list[str]:
    """The inside of the only 997 that we sent, from AK1 to AK9."""
    [acknowledgement] = trade.sent("997")
    return body(acknowledgement)[1:-1]


def changed(old: str, new: str) -> list[str]:
    """An 850 of which one segment is another."""
    content = purchase_order()
    assert old in content
    return [new if segment == old else segment for segment in content]


def test_a_segment_in_a_nested_loop_is_named_without_a_path(trade: Trade) -> None:
    content = purchase_order()
    content[5:5] = ["PID*F****Bolts", "PID*F****" + "x" * 81]  # PID05 has at most 80 characters
    trade.receive(interchange(group(transaction(content))))
    assert answer(trade) == [
        "AK1*PO*1", "AK2*850*0001", "AK3*PID*8**8", f"AK4*5*352*5*{'x' * 81}", "AK5*R*5", "AK9*R*1*1*0",
    ]  # fmt: skip


def test_a_value_that_holds_a_delimiter_of_ours_is_noted_without_it(trade: Trade) -> None:
    """The partner writes with | and we with *, which is an ordinary character to it."""
    content = changed("PO1*1*24*EA*10.00**VN*10001", "PO1*1*2#4*EA*10.00**VN*10001")
    text = interchange(group(transaction(content))).replace("*", "|").replace("#", "*")
    trade.receive(text)
    assert answer(trade) == ["AK1*PO*1", "AK2*850*0001", "AK3*PO1*6**8", "AK4*2*330*6", "AK5*R*5", "AK9*R*1*1*0"]


def test_a_control_character_is_noted_without_it(trade: Trade) -> None:
    content = changed("N1*BY*Acme Stores*92*0001", "N1*BY*Acme\x07Stores*92*0001")
    trade.receive(interchange(group(transaction(content))))
    assert answer(trade) == ["AK1*PO*1", "AK2*850*0001", "AK3*N1*4**8", "AK4*2**6", "AK5*R*5", "AK9*R*1*1*0"]


@pytest.mark.parametrize(
    ("head", "named"),
    [
        ("ST*850*12345678901", []),
        ("ST*8500*0002", []),
        ("ST*850*1", ["AK2*850*0001", "AK3*ST*1**8", "AK4*2*329*4*1", "AK5*R*3*5"]),
        ("ST*850", []),  # AK202 is mandatory: this set cannot be named, but it is counted
        ("ST**0001", []),
    ],
)
def test_a_set_whose_header_is_wrong(trade: Trade, head: str, named: list[str]) -> None:
    good, bad = transaction(purchase_order("PO-1")), transaction(purchase_order("PO-2"), control="0002")
    trade.receive(interchange(group(good, [head, *bad[1:]])))
    assert answer(trade) == ["AK1*PO*1", "AK2*850*0001", "AK5*A", *named, "AK9*P*2*2*1"]
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1"]


def test_a_count_that_no_acknowledgement_can_repeat(trade: Trade) -> None:
    trade.receive(interchange(group(transaction(purchase_order()), count=12345678)))
    assert answer(trade) == ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*E*999999*1*1*5"]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("*0900*1*X", "*0900*ABC*X", "GS06 'ABC' is no control number"),
        ("*0900*1*X", "*0900*1234567890*X", "GS06 '1234567890' is no control number"),
        ("GS*PO*", "GS*POX*", "GS01 'POX' is no functional group"),
    ],
)
def test_a_group_that_no_acknowledgement_can_name_is_not_processed(
    trade: Trade, right: str, wrong: str, said: str
) -> None:
    trade.receive(order_file().replace(right, wrong))
    [message] = trade.messages()
    assert message["status"] == "failed"
    assert said in message["error"]
    assert "no 997 can name it" in message["error"]
    assert (trade.documents(direction="in"), trade.sales_orders(), trade.sent("997")) == ([], [], [])
    [note] = trade.sent("TA1")  # what a 997 cannot say: the interchange was taken, its content is wrong
    assert note[1] == "TA1*000000001*260302*0900*E*024"

    trade.receive(order_file())  # corrected, under the same control number of the interchange
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert answer(trade) == ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]


def test_a_group_of_a_version_without_facts_is_read_by_the_nearest(trade: Trade) -> None:
    trade.receive(order_file().replace("*X*004010", "*X*004030"))
    assert answer(trade) == ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1"]
    [order] = [trade.document(document["id"]) for document in trade.documents(type="850")]
    assert order["version"] == "004030"
    assert [(f["severity"], f["code"]) for f in order["findings"]] == [("warning", "version-nearest")]


@pytest.mark.parametrize("version", ["ABCDEF", ""])
def test_a_group_of_a_version_that_we_cannot_read(trade: Trade, version: str) -> None:
    trade.receive(order_file().replace("*X*004010", f"*X*{version}"))
    assert answer(trade) == ["AK1*PO*1", "AK2*850*0001", "AK5*R", "AK9*R*1*1*0*2"]  # 2: version not supported


def test_the_other_groups_of_the_interchange_go_on(trade: Trade) -> None:
    bad = [s.replace("*0900*2*X", "*0900*TWO*X") for s in group(transaction(purchase_order("PO-1")), control=2)]
    trade.receive(interchange(bad, group(transaction(purchase_order("PO-2")), control=3)))
    assert answer(trade) == ["AK1*PO*3", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-2"]


def test_a_set_that_is_too_large_is_refused_and_the_others_go_on(trade: Trade) -> None:
    large = transaction([*purchase_order("PO-2"), "MTX*" + "x" * (64 << 20)], control="0002")  # the limit is 64 MiB
    sets = transaction(purchase_order("PO-1")), large, transaction(purchase_order("PO-3"), control="0003")
    trade.receive(interchange(group(*sets)))

    named = ["AK2*850*0001", "AK5*A", "AK2*850*0002", "AK5*R*5", "AK2*850*0003", "AK5*A"]
    assert answer(trade) == ["AK1*PO*1", *named, "AK9*P*3*3*2"]
    [refused] = trade.documents(status="refused")
    assert "transaction set 850 0002 is larger than the limit" in refused["reason"]
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-3"]


def test_two_interchanges_in_one_file_may_use_one_group_number(trade: Trade) -> None:
    first = interchange(group(transaction(purchase_order("PO-1")), control=1, code="PO"), control=1)
    bad = transaction(purchase_order("PO-2"), control="0002", count=99)
    second = interchange(group(transaction(purchase_order("PO-3")), bad), control=2)
    trade.agree("[channel]", "[duplicates]\ngroup = 0\n[channel]")  # this partner begins anew in every interchange
    trade.receive(first + second)

    assert [body(one)[1:-1] for one in trade.sent("997")] == [
        ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"],
        ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK2*850*0002", "AK5*R*4", "AK9*P*2*2*1"],
    ]
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-3"]


def test_long_groups_under_one_number_are_told_apart_over_many_commits(trade: Trade) -> None:
    """A commit holds at most fifty sets; the set that repeats a number of its group lies two commits behind it."""
    trade.agree("[channel]", "[duplicates]\ngroup = 0\n[channel]")
    inquiry = ["BAS*1*2*20260302", "CTT*0"]  # refused, so that nothing more follows
    numbers = [f"{n:04d}" for n in range(1, 103)]
    first = group(*(transaction(inquiry, "869", n) for n in numbers))
    second = group(*(transaction(inquiry, "869", n) for n in [*numbers, "0001"]))
    trade.receive(interchange(first, control=1) + interchange(second, control=2))

    one, other = (body(said)[1:-1] for said in trade.sent("997"))
    assert one[1:] == [s for n in numbers for s in (f"AK2*869*{n}", "AK5*R*1")] + ["AK9*R*102*102*0"]
    assert other[1:-3] == one[1:-1]
    assert other[-3:] == ["AK2*869*0001", "AK5*R*23*1", "AK9*R*103*103*0"]


def test_an_interchange_twice_in_one_file_is_processed_once(trade: Trade) -> None:
    trade.receive(order_file("PO-1", control=7) * 2)
    [message] = trade.messages()
    assert message["status"] == "translated"
    assert message["error"] == "interchange 000000007 came before, in message 1; it was not processed again"
    assert answer(trade) == ["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_the_same_bytes_again_are_answered_by_the_same_bytes(trade: Trade) -> None:
    """The buyer lost our 997 and sends again what it got no answer to."""
    trade.receive(order_file("PO-1", control=7))
    [lost] = trade.outbox.glob("997_*.edi")
    content = lost.read_bytes()
    lost.unlink()

    trade.receive(order_file("PO-1", control=7))
    assert [m["status"] for m in trade.messages()] == ["translated", "duplicate"]
    assert lost.read_bytes() == content
    assert [(d["state"], d["attempts"]) for d in trade.deliveries() if "997" in d["name"]] == [("sent", 2)]
    assert len(trade.documents(type="997")) == 1


def test_other_bytes_under_the_same_number_are_not_answered_by_the_first_ones(trade: Trade) -> None:
    trade.receive(order_file("PO-1", control=7))
    [first] = trade.outbox.glob("997_*.edi")
    first.unlink()

    trade.receive(order_file("PO-2", control=7))
    assert [m["status"] for m in trade.messages()] == ["translated", "duplicate"]
    assert trade.sent("997") == []
