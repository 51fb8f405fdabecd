"""The answer to an order, and what the ERP made of it."""

from datetime import date

import pytest

from b2bsync.model import ContractLine, Identifier, Party, PartyRole, Purpose, Schedule, UnitPrice
from b2bsync.terms import AnswerLine, ErpAnswer, Judgement, Policy, amend, judge, respond
from tests.terms.agreement import TODAY, D, contract, decisions, line, order, situation

BUYER = Party(role=PartyRole.BUYER, identifiers=(Identifier("gln", "4006381000007"),))


# --- respond ---


def test_the_answer_repeats_the_order_and_adds_what_was_decided() -> None:
    asked = order(
        line(10, price="2.40"), line(5, None, number="2", buyer="778"), currency="EUR", parties=(BUYER,), release="3"
    )
    answer = respond(asked, judge(asked, situation()), responded=TODAY, supplier_number="SO-88")
    assert (answer.number, answer.release, answer.ordered, answer.purpose) == ("4711", "3", TODAY, Purpose.ORIGINAL)
    assert (answer.overall, answer.supplier_number, answer.responded) == ("changed", "SO-88", TODAY)
    assert (answer.currency, answer.parties, answer.total_lines) == ("EUR", (BUYER,), 2)
    first, second = answer.lines
    assert (first.quantity, first.unit, first.price and first.price.amount) == (D(10), "EA", D("2.50"))
    assert decisions(first) == [("10", "price_changed", "price_differs")]
    assert (second.items.buyer, decisions(second)) == ("778", [("5", "rejected", "unknown_item")])


def test_the_answer_names_our_number_where_the_order_did_not() -> None:
    asked = order(line(10, None, gtin="4006381333931"))
    assert respond(asked, judge(asked, situation())).lines[0].items.supplier == "TEA"


def test_the_answer_is_in_the_unit_the_order_is_in() -> None:
    asked = order(line(2, unit="KART"))
    assert respond(asked, judge(asked, situation(units={"KART": "XCS"}))).lines[0].unit == "KART"


def test_a_held_order_answers_as_held() -> None:
    asked = order(line(10, price="2.40"))
    answer = respond(asked, judge(asked, situation(), Policy(on_price_difference="hold")))
    assert (answer.overall, answer.lines[0].decisions[0].status) == ("held", "held")


def test_a_reason_for_the_whole_order_is_a_note() -> None:
    asked = order(line(10))
    answer = respond(asked, judge(asked, situation(duplicate_of="the order of 1 March")))
    assert (answer.overall, answer.reason) == ("rejected", "duplicate_order")
    assert answer.notes == ("order 4711 repeats the order of 1 March",)


def test_a_judgement_of_another_order_is_no_answer() -> None:
    judgement = judge(order(line(10)), situation())
    with pytest.raises(ValueError, match="the judgement has other lines than order 4711"):
        respond(order(line(10, number="2")), judgement)


# --- amend: ten teas at 2.50, confirmed by the ERP as it likes ---


def accepted(policy: Policy = Policy(), **world: object) -> Judgement:
    return judge(order(line(10)), situation(**world), policy)


def confirmed(judgement: Judgement, **line_values: object) -> Judgement:
    return amend(judgement, ErpAnswer(lines=(AnswerLine(number="1", **line_values),)))  # type: ignore[arg-type]


def test_what_the_erp_confirms_as_asked_stays_as_it_is() -> None:
    judgement = accepted()
    assert amend(judgement, ErpAnswer(supplier_number="SO-1")) == judgement
    assert confirmed(judgement) == judgement
    same = {"quantity": D(10), "price": UnitPrice(amount=D("2.5"), currency="EUR"), "ships": TODAY}
    assert confirmed(judgement, **same) == judgement


def test_the_erps_price_counts() -> None:
    amended = confirmed(accepted(), price=UnitPrice(amount=D("2.55")))
    assert decisions(amended.lines[0]) == [("10", "price_changed", "erp_changed")]
    assert amended.lines[0].holds and amended.lines[0].holds.amount == D("2.55")
    assert amended.lines[0].decisions[0].text == "the price is 2.55 per 1 EA"
    assert (amended.overall, amended.reason, amended.value) == ("changed", "erp_changed", D("25.50"))


def test_a_price_per_hundred_is_the_same_price() -> None:
    assert confirmed(accepted(), price=UnitPrice(amount=D(250), basis=D(100))) == accepted()


def test_the_erp_confirms_less() -> None:
    amended = confirmed(accepted(), quantity=D(8))
    assert decisions(amended.lines[0]) == [("8", "quantity_changed", "erp_changed"), ("2", "rejected", "erp_changed")]
    assert amended.lines[0].schedules == (1, 1)
    assert amended.lines[0].decisions[0].text == "8 confirmed instead of 10"
    assert (amended.promised, amended.value) == ({"TEA": D(8)}, D("20.00"))


def test_less_comes_off_the_backorder_first() -> None:
    split = accepted(Policy(out_of_stock="split"), available={"TEA": D(7)})
    assert decisions(confirmed(split, quantity=D(8)).lines[0]) == [
        ("7", "accepted", None),
        ("1", "backordered", "erp_changed"),
        ("2", "rejected", "erp_changed"),
    ]
    assert decisions(confirmed(split, quantity=D(6)).lines[0]) == [
        ("6", "quantity_changed", "erp_changed"),
        ("1", "rejected", "erp_changed"),
        ("3", "rejected", "erp_changed"),
    ]


def test_the_erp_confirms_more() -> None:
    amended = confirmed(accepted(), quantity=D(12))
    assert decisions(amended.lines[0]) == [("12", "quantity_changed", "erp_changed")]
    assert amended.lines[0].decisions[0].quantity == D(10)
    assert amended.promised == {"TEA": D(12)}


def test_the_erp_confirms_another_day() -> None:
    amended = confirmed(accepted(), ships=date(2026, 3, 9))
    assert amended.lines[0].decisions[0].status == "date_changed"
    assert amended.lines[0].decisions[0].ships == date(2026, 3, 9)


def test_several_changes_of_the_erp_are_one_changed_decision() -> None:
    amended = confirmed(accepted(), quantity=D(12), ships=date(2026, 3, 9), price=UnitPrice(amount=D(2)))
    decision = amended.lines[0].decisions[0]
    assert (decision.status, decision.answered, decision.ships) == ("changed", D(12), date(2026, 3, 9))
    assert decision.text == "12 confirmed instead of 10; leaves on 2026-03-09; the price is 2 per 1 EA"
    assert amended.value == D(24)


def test_a_schedule_keeps_its_number_when_the_erp_confirms_less() -> None:
    parts = (Schedule(quantity=D(4)), Schedule(quantity=D(6)))
    judgement = judge(order(line(10, schedules=parts)), situation())
    amended = confirmed(judgement, quantity=D(9)).lines[0]
    assert [(d.quantity, s) for d, s in zip(amended.decisions, amended.schedules, strict=True)] == [
        (D(4), 1),
        (D(5), 2),
        (D(1), 2),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        ErpAnswer(lines=()),
        ErpAnswer(lines=(AnswerLine(number="1", refused=True, text="item is locked"),)),
        ErpAnswer(lines=(AnswerLine(number="1", quantity=D(0)),)),
        ErpAnswer(refused=True, text="credit limit"),
    ],
)
def test_what_the_erp_does_not_take_is_refused(answer: ErpAnswer) -> None:
    amended = amend(accepted(), answer)
    assert decisions(amended.lines[0]) == [("10", "rejected", "erp_refused")]
    assert (amended.overall, amended.promised, amended.value) == ("rejected", {}, D(0))


def test_lines_that_were_not_pushed_stay_as_they_are() -> None:
    judgement = judge(order(line(10), line(5, "COFFEE", number="2")), situation())
    amended = confirmed(judgement, quantity=D(10))
    assert amended == judgement
    refused = amend(judgement, ErpAnswer(refused=True))
    assert refused.lines[1] == judgement.lines[1]
    assert refused.reason == "erp_refused"


def test_a_judgement_with_nothing_to_push_does_not_care_for_the_erp() -> None:
    judgement = judge(order(line(5, "COFFEE")), situation())
    assert amend(judgement, ErpAnswer(refused=True)) == judgement


def test_two_lines_of_one_number_are_answered_in_their_order() -> None:
    judgement = judge(order(line(10), line(4)), situation())
    answer = ErpAnswer(lines=(AnswerLine(number="1", quantity=D(10)), AnswerLine(number="1", quantity=D(3))))
    assert [line.decisions[0].answered for line in amend(judgement, answer).lines] == [D(10), D(3)]


def test_a_raised_quantity_is_cut_back() -> None:
    """Raised from 10 to 12 by the gate; the ERP takes 11, then 9."""
    minimum = contract(ContractLine(sku="TEA", price=D("2.50"), minimum_quantity=D(12)))
    raised = accepted(Policy(below_minimum="raise"), contracts=(minimum,))
    eleven, nine = confirmed(raised, quantity=D(11)).lines[0], confirmed(raised, quantity=D(9)).lines[0]
    assert [(d.quantity, d.answered, d.status.value) for d in eleven.decisions] == [(D(10), D(11), "quantity_changed")]
    assert [(d.quantity, d.answered, d.status.value) for d in nine.decisions] == [
        (D(9), D(9), "quantity_changed"),
        (D(1), D(1), "rejected"),
    ]
