"""Rules on stock and dates: what leaves now, what waits, what comes too late. Today is 2 March 2026."""

from datetime import date

import pytest

from b2bsync.model import ContractLine, Product
from b2bsync.terms import Judgement, Policy, judge
from tests.terms.agreement import TEA, TODAY, D, contract, decisions, line, order, situation


def judged(quantity: int, available: str, policy: Policy, *, unit: str = "EA", **changes: object) -> Judgement:
    return judge(order(line(quantity, unit=unit)), situation(available={"TEA": D(available)}, **changes), policy)


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("backorder", [("10", "backordered", "out_of_stock")]),
        ("reject", [("10", "rejected", "out_of_stock")]),
        ("split", [("7", "accepted", None), ("3", "backordered", "out_of_stock")]),
        ("partial", [("7", "quantity_changed", "out_of_stock"), ("3", "rejected", "out_of_stock")]),
    ],
)
def test_ten_are_ordered_and_seven_are_there(way: str, expected: object) -> None:
    judgement = judged(10, "7", Policy(out_of_stock=way))  # type: ignore[arg-type]
    assert decisions(judgement.lines[0]) == expected
    assert judgement.promised == ({"TEA": D(7)} if way in ("split", "partial") else {})


def test_what_is_not_known_to_be_there_is_not_promised() -> None:
    nothing = judge(order(line(10)), situation(available={}))
    assert decisions(nothing.lines[0]) == [("10", "backordered", "out_of_stock")]
    below_zero = judged(10, "-3", Policy(out_of_stock="split"))
    assert decisions(below_zero.lines[0]) == [("10", "backordered", "out_of_stock")]


def test_how_much_is_there_is_explained_and_not_told_to_the_buyer() -> None:
    judged_line = judged(10, "7", Policy()).lines[0]
    assert judged_line.steps[-1].text == "7 EA available, 10 EA wanted"
    assert judged_line.decisions[0].text == "not enough in stock"


def test_stock_is_not_looked_at_where_it_is_not_kept() -> None:
    assert decisions(judged(10, "0", Policy(check_stock=False)).lines[0]) == [("10", "accepted", None)]


def test_lines_of_one_product_take_in_their_order() -> None:
    """20 are there: 12 for the first line, not enough for one more case, 8 for the third."""
    lines = (line(12, number="1"), line(1, number="2", unit="XCS"), line(8, number="3"))
    judgement = judge(order(*lines), situation(available={"TEA": D(20)}))
    assert [decisions(judged_line)[0][1] for judged_line in judgement.lines] == ["accepted", "backordered", "accepted"]
    assert judgement.promised == {"TEA": D(20)}


def test_a_split_ships_whole_cases_and_whole_lots() -> None:
    """30 pieces are two cases of 12. In lots of 24 the two cases are one lot; 40 pieces are no more than that."""
    split = Policy(out_of_stock="split")
    assert decisions(judged(4, "30", split, unit="XCS").lines[0])[0] == ("2", "accepted", None)
    lots = contract(ContractLine(sku="TEA", price=D("2.50"), lot_multiple=D(24)))
    assert decisions(judged(4, "40", split, unit="XCS", contracts=(lots,)).lines[0]) == [
        ("2", "accepted", None),
        ("2", "backordered", "out_of_stock"),
    ]
    assert decisions(judged(4, "11", split, unit="XCS").lines[0]) == [("4", "backordered", "out_of_stock")]


def test_a_contract_that_forbids_split_deliveries_backorders_the_whole() -> None:
    whole = contract(ContractLine(sku="TEA", price=D("2.50")), split_deliveries=False)
    judgement = judged(10, "7", Policy(out_of_stock="split"), contracts=(whole,))
    assert decisions(judgement.lines[0]) == [("10", "backordered", "out_of_stock")]


def test_a_raised_quantity_is_not_split() -> None:
    minimum = contract(ContractLine(sku="TEA", price=D("2.50"), minimum_quantity=D(10)))
    policy = Policy(below_minimum="raise", out_of_stock="split")
    judgement = judged(5, "7", policy, contracts=(minimum,))
    assert decisions(judgement.lines[0]) == [("10", "backordered", "out_of_stock")]
    assert judgement.lines[0].decisions[0].quantity == D(5)


def test_held_and_rejected_lines_take_nothing() -> None:
    wrong = line(15, number="1", price="2.40")
    judgement = judge(
        order(wrong, line(15, number="2")),
        situation(available={"TEA": D(20)}),
        Policy(on_price_difference="hold"),
    )
    assert [decisions(judged_line)[0][1] for judged_line in judgement.lines] == ["held", "accepted"]
    assert judgement.promised == {"TEA": D(15)}


def test_the_next_order_finds_what_is_left() -> None:
    before = situation(available={"TEA": D(20)}, credit_left=D(100))
    first = judge(order(line(15)), before)
    after = before.after(first)
    assert (after.available["TEA"], after.credit_left) == (D(5), D("62.50"))
    assert decisions(judge(order(line(15)), after).lines[0]) == [("15", "backordered", "out_of_stock")]


# --- dates ---


def ships(judgement: Judgement) -> date | None:
    return judgement.lines[0].decisions[0].ships


def test_lead_times_contract_line_before_contract_before_product_before_setting() -> None:
    product = Product(key="p", sku="TEA", lead_time_days=5)
    line_days = contract(ContractLine(sku="TEA", price=D("2.50"), lead_time_days=1), lead_time_days=3)
    contract_days = contract(ContractLine(sku="TEA", price=D("2.50")), lead_time_days=3)
    no_days = contract(ContractLine(sku="TEA", price=D("2.50")))
    setting = Policy(lead_time_days=8)
    by_contract = [
        ships(judge(order(line(1)), situation(products={"TEA": product}, contracts=(c,)), setting))
        for c in (line_days, contract_days, no_days)
    ]
    assert by_contract == [date(2026, 3, 3), date(2026, 3, 5), date(2026, 3, 7)]
    assert ships(judge(order(line(1)), situation(products={"TEA": TEA}), setting)) == date(2026, 3, 10)


def test_it_leaves_on_the_requested_day_and_not_before() -> None:
    assert ships(judge(order(line(1), requested=date(2026, 3, 20)), situation())) == date(2026, 3, 20)
    assert ships(judge(order(line(1), ship_not_before=date(2026, 3, 15)), situation())) == date(2026, 3, 15)
    assert ships(judge(order(line(1)), situation())) == TODAY


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(), ("1", "date_changed", "date_not_possible")),
        (Policy(late="reject"), ("1", "rejected", "date_not_possible")),
        (Policy(late="hold"), ("1", "held", "date_not_possible")),
        (Policy(late="accept"), ("1", "accepted", None)),
        (Policy(late_days=2), ("1", "accepted", None)),
        (Policy(late_days=1), ("1", "date_changed", "date_not_possible")),
    ],
)
def test_three_days_are_needed_and_one_is_given(policy: Policy, expected: object) -> None:
    slow = contract(ContractLine(sku="TEA", price=D("2.50"), lead_time_days=3))
    judgement = judge(order(line(1), requested=date(2026, 3, 3)), situation(contracts=(slow,)), policy)
    assert decisions(judgement.lines[0]) == [expected]


def test_what_cannot_leave_before_the_order_is_cancelled_is_rejected() -> None:
    slow = contract(ContractLine(sku="TEA", price=D("2.50"), lead_time_days=3))
    late = judge(order(line(1), cancel_after=date(2026, 3, 4)), situation(contracts=(slow,)))
    assert decisions(late.lines[0]) == [("1", "rejected", "date_not_possible")]
    in_time = judge(order(line(1), cancel_after=date(2026, 3, 5)), situation(contracts=(slow,)))
    assert decisions(in_time.lines[0]) == [("1", "accepted", None)]


def test_a_backorder_leaves_when_more_comes_in() -> None:
    comes = {"next_stock": {"TEA": date(2026, 3, 18)}}
    assert ships(judged(10, "0", Policy(), **comes)) == date(2026, 3, 18)
    assert ships(judged(10, "0", Policy())) is None
    late = situation(available={}, **comes)
    cancelled = judge(order(line(10), cancel_after=date(2026, 3, 17)), late)
    assert decisions(cancelled.lines[0]) == [("10", "rejected", "out_of_stock")]


def test_several_changes_make_one_status() -> None:
    slow = contract(ContractLine(sku="TEA", price=D("2.50"), lead_time_days=3, lot_multiple=D(6)))
    asked = order(line(13, price="2.40"), requested=date(2026, 3, 3))
    decision = judge(asked, situation(contracts=(slow,)), Policy(lot="round_up")).lines[0].decisions[0]
    assert (decision.status, decision.reason, decision.answered) == ("changed", "not_a_lot_multiple", D(18))
    assert decision.text == (
        "it is sold in lots of 6 EA, 13 EA is no multiple of it: rounded; "
        "the price agreed is 2.5 EUR per 1 EA, the order says 2.4 per EA; "
        "cannot leave by 2026-03-03, but on 2026-03-05"
    )
