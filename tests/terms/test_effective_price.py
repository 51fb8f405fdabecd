"""Which price holds, and the steps that led to it."""

from datetime import date
from decimal import Decimal

import pytest

from b2bsync.model import ContractLine, Customer, Discount, PriceList, Product, UnitConversion
from b2bsync.terms import EffectivePrice, effective_price
from tests.terms.agreement import CUSTOMER, TODAY, D, contract, row, situation


def price_of(quantity: int, unit: str | None = "EA", on: date = TODAY, **changes: object) -> EffectivePrice | None:
    return effective_price("TEA", D(quantity), unit, on, situation(**changes))


def amount_of(quantity: int, unit: str | None = "EA", on: date = TODAY, **changes: object) -> Decimal | None:
    price = price_of(quantity, unit, on, **changes)
    return price.amount if price is not None else None


def test_the_contract_line_comes_before_the_own_price_and_every_list():
    rows = {"TEA": (row("2.70", customer="1001"), row("3.00", price_list="VIP"), row("3.20", price_list="BASE"))}
    lists = {"price_list": "VIP"}
    in_line = contract(ContractLine(sku="TEA", price=D("2.50")), **lists)
    in_category = contract(ContractLine(category="drinks", price=D("2.60")), **lists)

    assert amount_of(1, prices=rows, contracts=(in_line,)) == D("2.50")
    assert amount_of(1, prices=rows, contracts=(in_category,)) == D("2.60")
    assert amount_of(1, prices=rows, contracts=(contract(**lists),)) == D("2.70")
    assert amount_of(1, prices={"TEA": rows["TEA"][1:]}, contracts=(contract(**lists),)) == D("3.00")
    assert amount_of(1, prices={"TEA": rows["TEA"][2:]}, contracts=(contract(**lists),)) == D("3.20")
    assert amount_of(1, prices={}, contracts=(contract(**lists),)) is None


def test_a_line_for_the_product_comes_before_one_for_its_category():
    lines = (ContractLine(category="drinks", price=D("2.00")), ContractLine(sku="TEA", price=D("2.50")))
    assert amount_of(1, contracts=(contract(*lines),)) == D("2.50")


def test_prices_of_other_customers_and_lists_do_not_count():
    rows = {"TEA": (row("1.00", customer="2002"), row("1.10", price_list="STAFF"), row("3.20", price_list="BASE"))}
    assert amount_of(1, prices=rows, contracts=()) == D("3.20")


@pytest.mark.parametrize(
    ("quantity", "unit", "expected"),
    [(1, "EA", "3.00"), (99, "EA", "3.00"), (100, "EA", "2.80"), (500, "EA", "2.60"), (8, "XCS", "36.00")],
)
def test_the_highest_tier_reached_counts(quantity: int, unit: str, expected: str):
    """Eight cases are 96 pieces: still the first tier, 12 x 3.00 a case."""
    rows = (
        row("3.00", price_list="BASE"),
        row("2.80", price_list="BASE", from_quantity=D(100)),
        row("2.60", price_list="BASE", from_quantity=D(500)),
    )
    assert amount_of(quantity, unit, prices={"TEA": rows}, contracts=()) == D(expected)


def test_a_tier_counts_in_the_unit_of_its_row():
    rows = (
        row("36.00", unit="XCS", price_list="BASE"),
        row("30.00", unit="XCS", price_list="BASE", from_quantity=D(10)),
    )
    assert amount_of(9, "XCS", prices={"TEA": rows}, contracts=()) == D("36.00")
    assert amount_of(120, "EA", prices={"TEA": rows}, contracts=()) == D("2.50")
    assert amount_of(119, "EA", prices={"TEA": rows}, contracts=()) == D("3.00")


def test_of_two_rows_of_one_tier_the_one_that_began_later_counts_then_the_lower():
    old = row("3.00", price_list="BASE", valid_from=date(2025, 1, 1))
    new = row("3.30", price_list="BASE", valid_from=date(2026, 1, 1))
    same_day = row("3.25", price_list="BASE", valid_from=date(2026, 1, 1))
    assert amount_of(1, prices={"TEA": (old, new)}, contracts=()) == D("3.30")
    assert amount_of(1, prices={"TEA": (old, new, same_day)}, contracts=()) == D("3.25")


def test_rows_hold_on_their_first_and_their_last_day():
    march = row("3.00", price_list="BASE", valid_from=date(2026, 3, 1), valid_to=date(2026, 3, 31))
    days = {date(2026, 2, 28): None, date(2026, 3, 1): D("3.00"), date(2026, 3, 31): D("3.00"), date(2026, 4, 1): None}
    assert {day: amount_of(1, on=day, prices={"TEA": (march,)}, contracts=()) for day in days} == days


def test_a_list_that_has_ended_has_no_prices():
    rows = {"TEA": (row("3.00", price_list="BASE"),)}
    ended = {"BASE": PriceList(key="l-1", number="BASE", valid_to=date(2026, 2, 28))}
    assert amount_of(1, prices=rows, contracts=(), price_lists=ended) is None
    assert amount_of(1, on=date(2026, 2, 28), prices=rows, contracts=(), price_lists=ended) == D("3.00")


def test_the_contract_of_the_pricing_day_counts():
    this_year = contract(ContractLine(sku="TEA", price=D("2.50")), valid_to=date(2026, 12, 31))
    next_year = contract(ContractLine(sku="TEA", price=D("2.90")), key="k-8", number="C-8", valid_from=date(2027, 1, 1))
    both = (this_year, next_year)
    assert amount_of(1, on=date(2026, 12, 31), contracts=both) == D("2.50")
    assert amount_of(1, on=date(2027, 1, 1), contracts=both) == D("2.90")


def test_of_two_contracts_the_one_named_counts_then_the_later():
    general = contract(ContractLine(sku="TEA", price=D("2.50")), valid_from=date(2025, 1, 1))
    campaign = contract(ContractLine(sku="TEA", price=D("2.10")), key="k-9", number="C-9", valid_from=date(2026, 3, 1))
    both = situation(contracts=(general, campaign))
    later = effective_price("TEA", D(1), "EA", TODAY, both)
    named = effective_price("TEA", D(1), "EA", TODAY, both, contract="C-7")
    assert (later and later.amount, named and named.amount) == (D("2.10"), D("2.50"))


def test_discounts_come_off_list_prices_only_and_the_most_exact_one_counts():
    rows = {"TEA": (row("3.00", price_list="BASE"),)}
    off = (
        Discount(percentage=D(5)),
        Discount(percentage=D(10), category="drinks"),
        Discount(percentage=D(20), category="drinks", from_quantity=D(100)),
        Discount(percentage=D(50), category="tableware"),
    )
    assert amount_of(1, prices=rows, contracts=(contract(discounts=off),)) == D("2.70")
    assert amount_of(100, prices=rows, contracts=(contract(discounts=off),)) == D("2.40")
    priced = contract(ContractLine(sku="TEA", price=D("2.50")), discounts=off)
    assert amount_of(1, prices=rows, contracts=(priced,)) == D("2.50")


def test_a_basis_is_kept_in_the_rows_own_unit_and_resolved_in_another():
    """450.00 for 100 pieces stays that; a case of 12 costs 450 / 100 x 12 = 54.00."""
    rows = {"TEA": (row("450.00", basis=D(100), price_list="BASE"),)}
    pieces = price_of(10, prices=rows, contracts=())
    case = price_of(1, "XCS", prices=rows, contracts=())
    assert pieces and (pieces.amount, pieces.basis, pieces.unit) == (D("450.00"), D(100), "EA")
    assert case and (case.amount, case.basis, case.unit) == (D("54.00"), D(1), "XCS")


def test_a_price_that_no_decimal_expresses_is_rounded_and_says_so():
    """10.00 a case of 12 is 0.8333… a piece."""
    rows = {"TEA": (row("10.00", unit="XCS", price_list="BASE"),)}
    piece = price_of(1, prices=rows, contracts=())
    assert piece and piece.amount == D("0.833333")
    assert [step.rule for step in piece.steps] == ["pricing-day", "customer-list", "conversion", "rounding"]


def test_pieces_and_dozens_convert_without_being_told():
    assert amount_of(1, "H87") == D("2.50")
    assert amount_of(1, "DZN") == D("30.00")


def test_there_is_no_price_in_a_unit_that_does_not_convert_nor_for_an_unknown_product():
    assert price_of(1, "KGM") is None
    assert effective_price("COFFEE", D(1), "EA", TODAY, situation()) is None


def test_rows_in_another_currency_count_only_when_there_is_no_other():
    dollars = row("2.00", price_list="BASE", currency="USD")
    euros = row("3.00", price_list="BASE")
    both = price_of(1, prices={"TEA": (dollars, euros)}, contracts=())
    only = price_of(1, prices={"TEA": (dollars,)}, contracts=())
    assert both and (both.amount, both.currency) == (D("3.00"), "EUR")
    assert only and (only.amount, only.currency) == (D("2.00"), "USD")


def test_without_an_agreed_currency_the_one_asked_for_counts():
    rows = {"TEA": (row("2.00", price_list="BASE", currency="USD"), row("3.00", price_list="BASE"))}
    anybody = situation(customer=Customer(key="c", number="1001", price_list="BASE"), contracts=(), prices=rows)
    price = effective_price("TEA", D(1), "EA", TODAY, anybody, currency="EUR")
    assert price and price.amount == D("3.00")


def test_rows_that_make_no_sense_are_left_out():
    """No basis, a negative amount, and a product whose case has no size."""
    broken = Product(key="p", sku="TEA", units=(UnitConversion(unit="XCS", numerator=D(1), denominator=D(0)),))
    rows = (
        row("1.00", price_list="BASE", basis=D(0)),
        row("-1.00", price_list="BASE"),
        row("1.10", price_list="BASE", unit="XCS"),
        row("3.00", price_list="BASE"),
    )
    assert amount_of(1, prices={"TEA": rows}, contracts=(), products={"TEA": broken}) == D("3.00")


def test_the_steps_tell_the_whole_way_with_the_rows_they_used():
    rows = {"TEA": (row("3.00", key="pl-88", price_list="BASE", from_quantity=D(10)),)}
    agreed = contract(discounts=(Discount(percentage=D(10), category="drinks"),))
    price = price_of(2, "XCS", prices=rows, contracts=(agreed,), customer=CUSTOMER)
    assert price is not None
    assert [step.text for step in price.steps] == [
        "prices of 2026-03-02 hold (asked for)",
        "price list BASE of the customer: 3 EUR per 1 EA, from 10 EA on [pl-88]",
        "less 10 % on drinks: 2.7 [k-7/discounts/1]",
        "in XCS (12 EA) instead of 1 EA (1 EA each): 32.4 [p-tea]",
    ]
    assert price.source == "pl-88"
    assert price.amount == D("32.40") == price.steps[-1].value
