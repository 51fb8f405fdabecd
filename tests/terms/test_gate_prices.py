"""Rules on the price an order asks for. The contract's price of tea is 2.50."""

from datetime import date

import pytest

from b2bsync.model import ContractLine, Discount, ItemIds, OrderLine, UnitPrice
from b2bsync.terms import Judgement, LineJudgement, Policy, judge
from tests.terms.agreement import D, contract, decisions, line, order, row, situation


def judged(price: str | None, policy: Policy = Policy(), **changes: object) -> LineJudgement:
    return judge(order(line(10, price=price)), situation(**changes), policy).lines[0]


@pytest.mark.parametrize(
    ("policy", "price", "status", "answered"),
    [
        (Policy(), "2.50", "accepted", "2.50"),
        (Policy(), None, "accepted", "2.50"),  # the order names no price: the answer does
        (Policy(), "2.40", "price_changed", "2.50"),
        (Policy(), "2.60", "price_changed", "2.50"),  # the contract's is better for the customer
        (Policy(), "0", "price_changed", "2.50"),
        (Policy(on_price_difference="reject"), "2.40", "rejected", "2.40"),
        (Policy(on_price_difference="hold"), "2.40", "held", "2.40"),
        (Policy(on_price_difference="reject"), "2.60", "price_changed", "2.50"),
        (Policy(on_better_price="accept"), "2.60", "accepted", "2.60"),
        (Policy(on_better_price="hold"), "2.60", "held", "2.60"),
        (Policy(on_better_price="reject"), "2.60", "rejected", "2.60"),
        # 2 % of 2.50 is 0.05
        (Policy(price_tolerance_percent=D(2)), "2.45", "accepted", "2.45"),
        (Policy(price_tolerance_percent=D(2)), "2.55", "accepted", "2.55"),
        (Policy(price_tolerance_percent=D(2)), "2.449", "price_changed", "2.50"),
        (Policy(price_tolerance_absolute=D("0.10")), "2.40", "accepted", "2.40"),
        (Policy(price_tolerance_absolute=D("0.10")), "2.39", "price_changed", "2.50"),
        # the wider of both
        (Policy(price_tolerance_percent=D(1), price_tolerance_absolute=D("0.10")), "2.40", "accepted", "2.40"),
    ],
)
def test_the_order_says(policy: Policy, price: str | None, status: str, answered: str) -> None:
    result = judged(price, policy)
    assert [d.status.value for d in result.decisions] == [status]
    assert result.holds and result.holds.amount == D(answered)


def test_a_changed_price_says_which_and_why() -> None:
    decision = judged("2.40").decisions[0]
    assert decision.reason == "price_differs"
    assert decision.text == "the price agreed is 2.5 EUR per 1 EA, the order says 2.4 per EA"


def test_the_contracts_tolerance_comes_before_the_settings() -> None:
    agreed = contract(ContractLine(sku="TEA", price=D("2.50")), price_tolerance=D(4))
    assert judged("2.40", contracts=(agreed,)).decisions[0].status == "accepted"
    strict = contract(ContractLine(sku="TEA", price=D("2.50")), price_tolerance=D(0))
    assert (
        judged("2.45", Policy(price_tolerance_percent=D(2)), contracts=(strict,)).decisions[0].status == "price_changed"
    )


def test_no_price_is_held_or_rejected() -> None:
    nothing = {"contracts": (contract(),)}
    assert decisions(judged("2.50", **nothing)) == [("10", "held", "no_price")]
    assert decisions(judged("2.50", Policy(no_price="reject"), **nothing)) == [("10", "rejected", "no_price")]


def asked(price: UnitPrice, quantity: int = 24, unit: str = "EA", **changes: object) -> LineJudgement:
    ordered = OrderLine(number="1", quantity=D(quantity), unit=unit, items=ItemIds(supplier="TEA"), price=price)
    return judge(order(ordered), situation(**changes)).lines[0]


def test_prices_compare_whatever_unit_and_basis_they_are_in() -> None:
    """2.50 a piece is 30.00 a case and 250.00 a hundred."""
    assert asked(UnitPrice(amount=D("30.00"), unit="XCS")).decisions[0].status == "accepted"
    assert asked(UnitPrice(amount=D("250.00"), basis=D(100))).decisions[0].status == "accepted"
    assert asked(UnitPrice(amount=D("30.00")), quantity=2, unit="XCS").decisions[0].status == "accepted"
    assert asked(UnitPrice(amount=D("29.00"), unit="XCS")).decisions[0].status == "price_changed"
    assert asked(UnitPrice(amount=D("30.00"), unit="KGM")).decisions[0].reason == "unit_not_convertible"


def test_an_order_counts_its_value_once_whatever_unit_its_price_is_in() -> None:
    """24 pieces at 30.00 a case are 60.00."""
    assert asked(UnitPrice(amount=D("30.00"), unit="XCS")).value == D("60.00")
    assert asked(UnitPrice(amount=D("250.00"), basis=D(100))).value == D("60.00")


def test_a_computed_price_is_met_by_its_rounded_form() -> None:
    """10.00 a case of 12 is 0.8333…: 0.83 and 0.8333 are right, 0.84 is not. 9.99 less 10 % is 8.991: 8.99 is right."""
    cases = {"contracts": (contract(ContractLine(sku="TEA", price=D("10.00"), unit="XCS")),)}
    assert [asked(UnitPrice(amount=D(p)), **cases).decisions[0].status.value for p in ("0.83", "0.8333", "0.84")] == [
        "accepted",
        "accepted",
        "price_changed",
    ]
    rows = {"TEA": (row("9.99", price_list="BASE"),)}
    less = {"prices": rows, "contracts": (contract(discounts=(Discount(percentage=D(10)),)),)}
    assert judged("8.99", **less).decisions[0].status == "accepted"
    assert judged("9", **less).decisions[0].status == "price_changed"


def test_a_rows_own_price_is_not_met_by_its_rounded_form() -> None:
    screws = {"contracts": (contract(ContractLine(sku="TEA", price=D("0.014"))),)}
    assert judged("0.01", **screws).decisions[0].status == "price_changed"


def test_another_currency_is_refused_even_where_no_price_is_named() -> None:
    dollars = judge(order(line(10), currency="USD"), situation())
    assert decisions(dollars.lines[0]) == [("10", "rejected", "currency_differs")]
    assert dollars.text == "the order is in USD, prices are agreed in EUR"
    on_line = asked(UnitPrice(amount=D("2.50"), currency="USD"))
    assert on_line.decisions[0].reason == "currency_differs"
    held = judge(order(line(10), currency="USD"), situation(), Policy(on_currency_difference="hold"))
    assert held.overall == "held"


# --- the day that prices the order ---

ROWS = {
    "TEA": (
        row("2.00", price_list="BASE", valid_to=date(2026, 3, 31)),
        row("2.20", price_list="BASE", valid_from=date(2026, 4, 1)),
    )
}


def priced_on(which: str, **terms: object) -> Judgement:
    """An order of 2 March for 10 April."""
    agreed = contract(price_date=which, **terms)
    return judge(order(line(10), requested=date(2026, 4, 10)), situation(contracts=(agreed,), prices=ROWS))


def test_the_contract_says_which_day_prices_an_order() -> None:
    prices = {which: priced_on(which).lines[0].holds for which in ("ordered", "requested", "shipped")}
    assert {which: price and price.amount for which, price in prices.items()} == {
        "ordered": D("2.00"),
        "requested": D("2.20"),
        "shipped": D("2.20"),
    }


def test_shipped_means_the_day_it_can_leave() -> None:
    agreed = contract(price_date="shipped", lead_time_days=30)  # 1 April
    judgement = judge(order(line(10)), situation(contracts=(agreed,), prices=ROWS))
    price = judgement.lines[0].price
    assert price and (price.amount, price.on) == (D("2.20"), date(2026, 4, 1))
    assert price.steps[0].text == "prices of 2026-04-01 hold (shipped)"


def test_an_order_without_a_date_is_of_today() -> None:
    judgement = judge(order(line(10), ordered=None), situation(contracts=(contract(),), prices=ROWS))
    assert judgement.lines[0].price and judgement.lines[0].price.on == date(2026, 3, 2)
