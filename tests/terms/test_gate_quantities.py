"""Rules on how much: minimum, lot, schedules."""

import pytest

from b2bsync.model import ContractLine, Product, Schedule
from b2bsync.terms import Judgement, Policy, judge
from tests.terms.agreement import TEA, D, contract, decisions, line, order, situation


def judged(quantity: int, policy: Policy, *, unit: str = "EA", available: int = 1000, **terms: object) -> Judgement:
    """A line for tea under a contract line with ``terms``."""
    agreed = contract(ContractLine(sku="TEA", price=D("2.50"), **terms))  # type: ignore[arg-type]
    world = situation(contracts=(agreed,), available={"TEA": D(available)})
    return judge(order(line(quantity, unit=unit)), world, policy)


def decided(
    quantity: int, policy: Policy = Policy(), *, unit: str = "EA", **terms: object
) -> list[tuple[str, str, str | None]]:
    return decisions(judged(quantity, policy, unit=unit, **terms).lines[0])


REJECT = Policy()
RAISE = Policy(below_minimum="raise")
DOWN = Policy(lot="round_down")
UP = Policy(lot="round_up")


@pytest.mark.parametrize(
    ("policy", "quantity", "expected"),
    [
        (REJECT, 10, [("10", "accepted", None)]),
        (REJECT, 9, [("9", "rejected", "below_minimum")]),
        (RAISE, 9, [("10", "quantity_changed", "below_minimum")]),
        (RAISE, 11, [("11", "accepted", None)]),
    ],
)
def test_minimum_of_ten(policy: Policy, quantity: int, expected: object) -> None:
    assert decided(quantity, policy, minimum_quantity=D(10)) == expected


@pytest.mark.parametrize(
    ("policy", "quantity", "expected"),
    [
        (REJECT, 12, [("12", "accepted", None)]),
        (REJECT, 13, [("13", "rejected", "not_a_lot_multiple")]),
        (DOWN, 13, [("12", "quantity_changed", "not_a_lot_multiple"), ("1", "rejected", "not_a_lot_multiple")]),
        (DOWN, 3, [("3", "rejected", "not_a_lot_multiple")]),
        (UP, 13, [("18", "quantity_changed", "not_a_lot_multiple")]),
    ],
)
def test_lots_of_six(policy: Policy, quantity: int, expected: object) -> None:
    assert decided(quantity, policy, lot_multiple=D(6)) == expected


def test_decisions_add_up_to_what_was_ordered_also_where_more_is_confirmed() -> None:
    raised = judged(13, UP, lot_multiple=D(6)).lines[0]
    assert [(d.quantity, d.confirmed) for d in raised.decisions] == [(D(13), D(18))]
    assert raised.promised == D(18)
    assert raised.value == D("45.00")  # 18 at 2.50


def test_a_raise_goes_to_whole_lots() -> None:
    """The minimum is 10, in lots of 4: 12 is the least."""
    both = {"minimum_quantity": D(10), "lot_multiple": D(4)}
    assert decided(4, RAISE, **both) == [("12", "quantity_changed", "below_minimum")]


def test_rounding_down_below_the_minimum_is_refused_or_raised() -> None:
    """11 in lots of 4 is 8, and the minimum is 10."""
    both = {"minimum_quantity": D(10), "lot_multiple": D(4)}
    assert decided(11, DOWN, **both) == [("11", "rejected", "below_minimum")]
    assert decided(11, Policy(lot="round_down", below_minimum="raise"), **both) == [
        ("12", "quantity_changed", "below_minimum")
    ]


def test_cases_are_rounded_to_whole_cases() -> None:
    """One case is 12; with lots of 30 the next quantity of whole cases is 60, five cases."""
    assert decided(1, UP, unit="XCS", lot_multiple=D(30)) == [("5", "quantity_changed", "not_a_lot_multiple")]
    assert decided(1, RAISE, unit="XCS", minimum_quantity=D(30)) == [("3", "quantity_changed", "below_minimum")]


def test_the_contracts_quantities_come_before_the_products() -> None:
    product = Product(key="p", sku="TEA", minimum_quantity=D(100), lot_multiple=D(50), units=TEA.units)
    agreed = contract(ContractLine(sku="TEA", price=D("2.50"), minimum_quantity=D(10), lot_multiple=D(5)))
    plain = contract(ContractLine(sku="TEA", price=D("2.50")))
    asked = order(line(15))
    assert judge(asked, situation(products={"TEA": product}, contracts=(agreed,))).overall == "accepted"
    refused = judge(asked, situation(products={"TEA": product}, contracts=(plain,)))
    assert [p.reason for p in refused.lines[0].problems] == ["not_a_lot_multiple"]


def test_a_contract_lines_quantities_count_in_its_unit() -> None:
    """A minimum of two cases is 24 pieces."""
    cases = contract(ContractLine(sku="TEA", price=D("30.00"), unit="XCS", minimum_quantity=D(2)))
    short = judge(order(line(23)), situation(contracts=(cases,)))
    enough = judge(order(line(24)), situation(contracts=(cases,)))
    assert decisions(short.lines[0]) == [("23", "rejected", "below_minimum")]
    assert decisions(enough.lines[0]) == [("24", "accepted", None)]
    assert enough.value == D("60.00")  # two cases at 30.00


def test_the_price_is_that_of_the_quantity_confirmed() -> None:
    lines = (
        ContractLine(sku="TEA", price=D("2.50"), minimum_quantity=D(100)),
        ContractLine(sku="TEA", price=D("2.00"), from_quantity=D(100)),
    )
    judgement = judge(order(line(20)), situation(contracts=(contract(*lines),)), RAISE)
    assert judgement.lines[0].holds and judgement.lines[0].holds.amount == D("2.00")


# --- schedules ---


def scheduled(*quantities: int | str, total: int, policy: Policy = Policy(), **changes: object) -> Judgement:
    parts = tuple(Schedule(quantity=D(q)) for q in quantities)
    return judge(order(line(total, schedules=parts)), situation(**changes), policy)


def test_each_schedule_has_its_decisions() -> None:
    judgement = scheduled(4, 6, total=10)
    assert decisions(judgement.lines[0]) == [("4", "accepted", None), ("6", "accepted", None)]
    assert judgement.lines[0].schedules == (1, 2)


def test_schedules_take_stock_in_their_order() -> None:
    judgement = scheduled(4, 6, 2, total=12, available={"TEA": D(6)})
    assert decisions(judgement.lines[0]) == [
        ("4", "accepted", None),
        ("6", "backordered", "out_of_stock"),
        ("2", "accepted", None),
    ]


def test_schedules_that_do_not_add_up_are_held_as_one() -> None:
    judgement = scheduled(4, 5, total=10)
    assert decisions(judgement.lines[0]) == [("10", "held", "schedules_differ")]
    assert judgement.text == "the schedules add up to 9 EA, the line to 10 EA"
    refused = scheduled(4, 5, total=10, policy=Policy(on_schedules_difference="reject"))
    assert decisions(refused.lines[0]) == [("10", "rejected", "schedules_differ")]


def test_schedules_may_count_in_another_unit() -> None:
    """A line of two cases, in schedules of 18 and 6 pieces: one and a half cases, and half a case."""
    parts = (Schedule(quantity=D(18), unit="EA"), Schedule(quantity=D(6), unit="EA"))
    judgement = judge(order(line(2, unit="XCS", schedules=parts)), situation())
    assert [d.quantity for d in judgement.lines[0].decisions] == [D("1.5"), D("0.5")]
    assert judgement.promised == {"TEA": D(24)}


def test_a_schedule_of_nothing_is_refused() -> None:
    assert decisions(scheduled(10, 0, total=10).lines[0]) == [("10", "rejected", "not_positive")]


def test_a_lot_counts_for_each_schedule_and_a_minimum_for_the_line() -> None:
    terms = contract(ContractLine(sku="TEA", price=D("2.50"), lot_multiple=D(4), minimum_quantity=D(16)))
    judgement = scheduled(5, 4, total=9, contracts=(terms,), policy=Policy(lot="round_up", below_minimum="raise"))
    assert decisions(judgement.lines[0]) == [
        ("8", "quantity_changed", "not_a_lot_multiple"),
        ("8", "quantity_changed", "below_minimum"),
    ]
    assert [d.quantity for d in judgement.lines[0].decisions] == [D(5), D(4)]
