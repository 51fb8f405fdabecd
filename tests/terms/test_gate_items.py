"""Rules on what is ordered: known, sold, allowed, in a unit that is sold."""

from datetime import date

import pytest

from b2bsync.model import Assortment, ContractLine, CrossReference, OrderLine, Product, UnitConversion
from b2bsync.terms import Judgement, Policy, judge
from tests.terms.agreement import CUP, TEA, TODAY, D, contract, decisions, line, order, situation


def judged(asked: OrderLine, policy: Policy = Policy(), **changes: object) -> Judgement:
    return judge(order(asked), situation(**changes), policy)


def decided(asked: OrderLine, policy: Policy = Policy(), **changes: object) -> list[tuple[str, str, str | None]]:
    return decisions(judged(asked, policy, **changes).lines[0])


ACCEPTED = [("10", "accepted", None)]


# --- which product ---


def test_our_number_names_the_product() -> None:
    assert judged(line(10)).lines[0].sku == "TEA"
    assert decided(line(10)) == ACCEPTED


def test_an_unknown_number_is_rejected_and_the_answer_repeats_it() -> None:
    judgement = judged(line(10, "COFFEE"))
    assert decisions(judgement.lines[0]) == [("10", "rejected", "unknown_item")]
    assert judgement.lines[0].decisions[0].text == "there is no product with our number COFFEE"
    assert decided(line(10, "COFFEE"), Policy(unknown_item="hold")) == [("10", "held", "unknown_item")]


@pytest.mark.parametrize("gtin", ["4006381333931", "04006381333931"])
def test_a_gtin_names_the_product_in_any_length(gtin: str) -> None:
    assert judged(line(10, None, gtin=gtin)).lines[0].sku == "TEA"


def test_the_gtin_of_a_pack_names_the_product_and_the_unit() -> None:
    """Two of the case's GTIN without a unit are two cases of 12."""
    judgement = judged(line(2, None, unit=None, gtin="14006381333938"))
    assert (judgement.lines[0].sku, judgement.lines[0].unit, judgement.lines[0].base_quantity) == ("TEA", "XCS", D(24))
    assert judgement.promised == {"TEA": D(24)}


def test_the_gtin_of_a_pack_with_the_unit_of_a_piece_is_refused() -> None:
    """Is 24 of a case's GTIN in pieces 24 or 288? Nobody can know."""
    assert decided(line(24, None, unit="EA", gtin="14006381333938")) == [("24", "rejected", "unit_not_convertible")]
    assert decided(line(2, None, unit="XCS", gtin="14006381333938")) == [("2", "accepted", None)]


def test_the_customers_own_number_names_the_product() -> None:
    mine = CrossReference(key="x1", customer="1001", kind="item", theirs="778-A", ours="TEA")
    assert judged(line(10, None, buyer="778-A"), cross_references=(mine,)).lines[0].sku == "TEA"
    assert decided(line(10, None, buyer="778-B"), cross_references=(mine,)) == [("10", "rejected", "unknown_item")]


def test_a_cross_reference_holds_on_its_days_and_the_later_one_counts() -> None:
    past = CrossReference(key="x1", customer="1001", kind="item", theirs="778", ours="TEA", valid_to=date(2026, 3, 1))
    now = CrossReference(key="x2", customer="1001", kind="item", theirs="778", ours="CUP", valid_from=date(2026, 1, 1))
    assert judged(line(10, None, buyer="778"), cross_references=(past, now)).lines[0].sku == "CUP"
    assert judged(line(10, None, buyer="778"), cross_references=(past,)).lines[0].sku is None


def test_numbers_that_name_two_products_are_held() -> None:
    asked = line(10, "CUP", gtin="4006381333931")
    judgement = judged(asked)
    assert decisions(judgement.lines[0]) == [("10", "held", "unknown_item")]
    assert judgement.text == "its numbers name two products of ours, CUP and TEA"
    assert decided(asked, Policy(item_conflict="first")) == ACCEPTED


def test_what_the_caller_resolved_counts() -> None:
    assert judged(line(10, "COFFEE"), items={"1": "CUP"}).lines[0].sku == "CUP"
    assert decided(line(10, "TEA"), items={"1": None}) == [("10", "rejected", "unknown_item")]


def test_an_inactive_product_is_rejected() -> None:
    gone = Product(key="p", sku="TEA", active=False)
    assert decided(line(10), products={"TEA": gone}) == [("10", "rejected", "item_inactive")]


# --- assortment ---

FORBIDDEN = [("10", "rejected", "not_in_assortment")]


def allow(key: str, *, allowed: bool = True, **names: object) -> Assortment:
    return Assortment(key=key, allowed=allowed, **names)  # type: ignore[arg-type]


def test_a_contract_line_forbids() -> None:
    terms = contract(ContractLine(sku="TEA", price=D("2.50"), allowed=False))
    assert decided(line(10), contracts=(terms,)) == FORBIDDEN


def test_a_contract_line_for_the_product_comes_before_its_category_and_every_row() -> None:
    terms = contract(
        ContractLine(category="drinks", allowed=False), ContractLine(sku="TEA", price=D("2.50"), allowed=True)
    )
    rows = (allow("a1", allowed=False, customer="1001", sku="TEA"),)
    assert decided(line(10), contracts=(terms,), assortments=rows) == ACCEPTED


def test_assortment_only_lets_through_what_a_line_or_a_row_names() -> None:
    only = contract(ContractLine(sku="TEA", price=D("2.50")), assortment_only=True)
    assert decided(line(10), contracts=(only,)) == ACCEPTED
    assert decided(line(10, "CUP"), contracts=(only,)) == FORBIDDEN
    listed = {"prices": {}, "assortments": (allow("a1", segment="retail", category="tableware"),)}
    assert decided(line(10, "CUP"), Policy(no_price="hold"), contracts=(only,), **listed) == [
        ("10", "held", "no_price")
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((), ACCEPTED),
        ((allow("a", allowed=False, segment="retail", category="drinks"),), FORBIDDEN),
        ((allow("a", allowed=False, segment="wholesale", category="drinks"),), ACCEPTED),
        ((allow("a", allowed=False, customer="2002", sku="TEA"),), ACCEPTED),
        # product before category
        (
            (allow("a", allowed=False, customer="1001", category="drinks"), allow("b", segment="retail", sku="TEA")),
            ACCEPTED,
        ),
        # customer before segment before everybody
        ((allow("a", allowed=False, segment="retail", sku="TEA"), allow("b", customer="1001", sku="TEA")), ACCEPTED),
        ((allow("a", allowed=False, sku="TEA"), allow("b", segment="retail", sku="TEA")), ACCEPTED),
        # of two equal ones the one that forbids
        ((allow("a", customer="1001", sku="TEA"), allow("b", allowed=False, customer="1001", sku="TEA")), FORBIDDEN),
        ((allow("a", allowed=False, customer="1001", sku="TEA"), allow("b", customer="1001", sku="TEA")), FORBIDDEN),
        # days
        ((allow("a", allowed=False, sku="TEA", valid_to=date(2026, 3, 1)),), ACCEPTED),
        ((allow("a", allowed=False, sku="TEA", valid_to=date(2026, 3, 2)),), FORBIDDEN),
        ((allow("a", allowed=False),), FORBIDDEN),
    ],
)
def test_the_most_exact_assortment_row_decides(
    rows: tuple[Assortment, ...], expected: list[tuple[str, str, str | None]]
) -> None:
    priced = contract(ContractLine(price=D("2.50")))
    assert decided(line(10), contracts=(priced,), assortments=rows) == expected


# --- units ---


def test_cases_become_pieces() -> None:
    judgement = judged(line(2, unit="XCS"))
    assert judgement.lines[0].base_quantity == D(24)
    assert judgement.promised == {"TEA": D(24)}
    assert judgement.value == D("60.00")  # 24 at 2.50


def test_the_customers_unit_code_is_translated() -> None:
    unit = CrossReference(key="x", customer="1001", kind="unit", theirs="KART", ours="XCS")
    assert judged(line(2, unit="KART"), cross_references=(unit,)).lines[0].base_quantity == D(24)
    assert judged(line(2, unit="KART"), units={"KART": "XCS"}).lines[0].base_quantity == D(24)


def test_a_unit_that_does_not_convert_is_rejected() -> None:
    assert decided(line(10, unit="KGM")) == [("10", "rejected", "unit_not_convertible")]
    assert decided(line(10, unit="KGM"), Policy(unit_rules="hold")) == [("10", "held", "unit_not_convertible")]


def test_only_the_contracts_units_are_sold() -> None:
    cases_only = contract(ContractLine(sku="TEA", price=D("2.50"), units_sold=("XCS",)))
    assert decided(line(24), contracts=(cases_only,)) == [("24", "rejected", "unit_not_sold")]
    assert decided(line(2, unit="XCS"), contracts=(cases_only,)) == [("2", "accepted", None)]


def test_a_dozen_is_a_case_of_twelve_where_only_cases_are_sold() -> None:
    cases_only = contract(ContractLine(sku="TEA", price=D("2.50"), units_sold=("XCS",)))
    assert decided(line(2, unit="DZN"), contracts=(cases_only,)) == [("2", "accepted", None)]


def test_a_fraction_of_a_piece_is_rejected_and_half_a_case_is_six_pieces() -> None:
    assert decided(line("0.3", unit="XCS")) == [("0.3", "rejected", "unit_not_convertible")]  # 3.6 pieces
    assert decided(line("0.5", unit="XCS")) == [("0.5", "accepted", None)]


def test_weights_may_have_fractions_and_thirds_stay_exact() -> None:
    """Three bags of a third of a kilogram are one kilogram."""
    cheese = Product(
        key="p",
        sku="TEA",
        base_unit="KGM",
        units=(UnitConversion(unit="XBG", numerator=D(1), denominator=D(3)),),
    )
    world = {"products": {"TEA": cheese}, "available": {"TEA": D(1)}}
    assert judged(line("0.25", unit="KGM"), **world).promised == {"TEA": D("0.25")}
    assert judged(line(250, unit="GRM"), **world).promised == {"TEA": D("0.25")}
    assert judged(line(3, unit="XBG"), **world).promised == {"TEA": D(1)}


def test_a_line_without_a_unit_counts_in_base_units() -> None:
    assert judged(line(10, unit=None)).lines[0].unit == "EA"


# --- quantities that are none ---


@pytest.mark.parametrize("quantity", ["0", "-5"])
def test_a_quantity_must_be_above_zero(quantity: str) -> None:
    assert decided(line(quantity)) == [(quantity, "rejected", "not_positive")]


def test_everything_that_is_wrong_is_said_and_the_first_rejection_names_the_reason() -> None:
    gone = Product(key="p", sku="TEA", active=False)
    terms = contract(ContractLine(sku="TEA", allowed=False))
    decision = judged(line(10), contracts=(terms,), products={"TEA": gone}).lines[0].decisions[0]
    assert decision.reason == "item_inactive"
    assert decision.text == (
        "TEA is no longer sold; TEA is not in the assortment agreed; no price is agreed for TEA on 2026-03-02"
    )


def test_the_example_agrees_with_itself() -> None:
    assert (TEA.base_unit, CUP.base_unit, TODAY.isoformat()) == ("EA", "EA", "2026-03-02")
