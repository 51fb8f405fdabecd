"""Rules on the order as a whole, and its status."""

from datetime import date

import msgspec
import pytest

from b2bsync.model import Customer
from b2bsync.terms import Judgement, Lookups, Policy, judge, lookups
from tests.terms.agreement import CUSTOMER, D, contract, decisions, line, order, row, situation

BLOCKED = msgspec.structs.replace(CUSTOMER, blocked=True)


@pytest.mark.parametrize(
    ("world", "policy", "overall", "reason"),
    [
        ({"duplicate_of": "4711 of 1 March"}, Policy(), "rejected", "duplicate_order"),
        ({"duplicate_of": "4711 of 1 March"}, Policy(duplicate="hold"), "held", "duplicate_order"),
        ({"customer": BLOCKED}, Policy(), "held", "customer_blocked"),
        ({"customer": BLOCKED}, Policy(customer_blocked="reject"), "rejected", "customer_blocked"),
        ({"contracts": ()}, Policy(no_contract="reject"), "rejected", "no_contract"),
        ({"contracts": ()}, Policy(no_contract="hold"), "held", "no_contract"),
    ],
)
def test_a_problem_of_the_order_counts_for_every_line(
    world: dict[str, object], policy: Policy, overall: str, reason: str
) -> None:
    judgement = judge(order(line(10), line(5, "CUP", number="2")), situation(**world), policy)
    assert (judgement.overall, judgement.reason) == (overall, reason)
    assert [decisions(judged) for judged in judgement.lines] == [[("10", overall, reason)], [("5", overall, reason)]]
    assert judgement.promised == {}
    assert judgement.value == 0


def test_without_a_contract_the_price_list_counts_by_default() -> None:
    prices = {"TEA": (row("3.20", price_list="BASE"),)}
    judgement = judge(order(line(10, price="3.20")), situation(contracts=(), prices=prices))
    assert (judgement.overall, judgement.contract) == ("accepted", None)


@pytest.mark.parametrize(
    ("first", "last", "is_valid"),
    [
        (None, None, True),
        (date(2026, 3, 2), date(2026, 3, 2), True),
        (date(2026, 3, 3), None, False),
        (None, date(2026, 3, 1), False),
    ],
)
def test_a_contract_must_be_valid_on_the_day_of_the_order(
    first: date | None, last: date | None, is_valid: bool
) -> None:
    terms = contract(valid_from=first, valid_to=last)
    judgement = judge(order(line(10)), situation(contracts=(terms,)), Policy(no_contract="reject"))
    assert (judgement.contract == "k-7") is is_valid


def test_the_contract_of_another_customer_does_not_count() -> None:
    theirs = contract(customer="2002")
    assert judge(order(line(10)), situation(contracts=(theirs,))).contract is None


@pytest.mark.parametrize(
    ("policy", "overall"),
    [
        (Policy(), "accepted"),
        (Policy(unknown_contract="hold"), "held"),
        (Policy(unknown_contract="reject"), "rejected"),
    ],
)
def test_an_order_may_name_a_contract_that_is_not_valid(policy: Policy, overall: str) -> None:
    assert judge(order(line(10), contract="C-99"), situation(), policy).overall == overall
    assert judge(order(line(10), contract="C-7"), situation(), policy).overall == "accepted"


# --- credit: ten teas at 2.50 are 25.00 ---


@pytest.mark.parametrize(
    ("left", "policy", "overall"),
    [
        ("25.00", Policy(), "accepted"),
        ("24.99", Policy(), "held"),
        ("24.99", Policy(credit_exceeded="reject"), "rejected"),
        ("24.99", Policy(credit_exceeded="accept"), "accepted"),
    ],
)
def test_the_order_must_fit_into_the_credit_left(left: str, policy: Policy, overall: str) -> None:
    judgement = judge(order(line(10)), situation(credit_left=D(left)), policy)
    assert judgement.overall == overall
    assert judgement.promised == ({"TEA": D(10)} if overall == "accepted" else {})


def test_credit_holds_what_was_taken_and_leaves_what_was_rejected() -> None:
    judgement = judge(order(line(10), line(5, "COFFEE", number="2")), situation(credit_left=D(20)))
    assert [decisions(judged) for judged in judgement.lines] == [
        [("10", "held", "credit_exceeded")],
        [("5", "rejected", "unknown_item")],
    ]
    assert judgement.text == "the order is worth 25 EUR, 20 of credit is left"


def test_backorders_take_credit_too() -> None:
    assert judge(order(line(10)), situation(available={}, credit_left=D(20))).overall == "held"


def test_credit_in_another_currency_is_held() -> None:
    dollars = Customer(key="c", number="1001", currency="USD")
    judgement = judge(order(line(10), currency="EUR"), situation(customer=dollars, credit_left=D(10000)))
    assert judgement.reason == "credit_exceeded"


# --- the order's status ---

GOOD = line(1, number="1")
CHANGED = line(1, number="2", price="1.00")
WAITS = line(1, "CUP", number="3")
WRONG = line(1, "COFFEE", number="4")
HELD = line(1, number="5", gtin="0000000000017")


@pytest.mark.parametrize(
    ("lines", "overall", "reason"),
    [
        ((GOOD,), "accepted", None),
        ((GOOD, CHANGED), "changed", "price_differs"),
        ((GOOD, WAITS), "changed", "out_of_stock"),
        ((GOOD, WRONG), "changed", "unknown_item"),
        ((WRONG,), "rejected", "unknown_item"),
        ((WAITS,), "changed", "out_of_stock"),
        # what is gravest names the reason
        ((CHANGED, WAITS, WRONG), "changed", "unknown_item"),
        ((WRONG, HELD), "held", "unknown_item"),
        ((), "rejected", "not_positive"),
    ],
)
def test_held_before_all_rejected_before_all_accepted_before_changed(
    lines: tuple[object, ...], overall: str, reason: str | None
) -> None:
    cup = msgspec.structs.replace(situation().products["CUP"], gtin="0000000000017")
    world = situation(products={**situation().products, "CUP": cup}, available={"TEA": D(100)})
    judgement = judge(order(*lines), world)  # type: ignore[arg-type]
    assert (judgement.overall, judgement.reason) == (overall, reason)


# --- values ---


def test_a_judgement_is_kept_as_json() -> None:
    judgement = judge(order(line(2, unit="XCS", price="31.00"), WRONG), situation())
    kept = msgspec.json.encode(judgement)
    again = msgspec.json.decode(kept, type=Judgement)
    assert again == judgement
    assert again.lines[0].price and again.lines[0].price.steps[1].text == (
        "contract price 2.5 EUR per 1 EA, from 0 EA on [k-7/lines/1]"
    )


def test_what_led_to_a_decision() -> None:
    judged = judge(order(line(2, unit="XCS", price="31.00")), situation()).lines[0]
    assert [step.text for step in judged.steps] == [
        "supplier number TEA is product TEA [p-tea]",
        "2 XCS are 24 EA [p-tea]",
        "the order says 31 per XCS, the contract 30: differs [k-7/lines/1]",
    ]


def test_what_has_to_be_looked_up_for_an_order() -> None:
    asked = order(line(1, gtin="4006381333931"), line(1, None, number="2", buyer="778"), line(1, number="3"))
    assert lookups(asked) == Lookups(("TEA",), ("04006381333931",), ("TEA", "778"))


def test_compiled_terms_stay_with_the_next_order_unless_they_change() -> None:
    first = situation()
    judge(order(line(10)), first)
    assert first.but(duplicate_of="4711").compiled is first.compiled
    repriced = first.but(contracts=(contract(),))
    assert judge(order(line(10)), repriced).reason == "no_price"
