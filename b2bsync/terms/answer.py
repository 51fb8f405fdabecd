"""What the ERP made of an order, read back, and the judgement amended by it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from operator import is_

import msgspec

from b2bsync.model import AnswerLine, Decision, DecisionStatus, ErpAnswer, Reason, UnitPrice
from b2bsync.terms.judgement import PUSHED, TAKEN, Judgement, L, Problem, Ruling, summed, withdrawn
from b2bsync.vocabulary.numbers import plain

ZERO = Decimal(0)


def amend(judgement: Judgement, answer: ErpAnswer) -> Judgement:
    """The judgement as the ERP confirmed it.

    Its quantity, price and date count, with reason ``erp_changed``; what it does not take is refused with
    ``erp_refused``. Parts that were not pushed (rejected, held) stay as they are. An answer that changes nothing gives
    the very judgement back.

    Less than was asked for is taken off the backordered parts first, then off the last; more goes to the last part.
    """
    if answer.refused:
        problem = Problem("erp", "reject", Reason.ERP_REFUSED, answer.text or "the order system refused the order")
        lines = tuple(withdrawn(line, problem) for line in judgement.lines)
        problems = (*judgement.problems, problem) if lines != judgement.lines else judgement.problems
    elif answer.lines is None:
        return judgement
    else:
        lines = _amend_lines(judgement.lines, answer.lines)
        if all(map(is_, lines, judgement.lines)):
            return judgement
        problems = judgement.problems
    return summed(lines, contract=judgement.contract, currency=judgement.currency, problems=problems)


def confirms(answer: ErpAnswer, ruling: Ruling) -> bool:
    """Whether the ERP took the order as it was decided, so that amending the judgement would change nothing."""
    if answer.refused:
        return False
    return answer.lines is None or all(map(is_, _amend_lines(ruling.lines, answer.lines), ruling.lines))


def _amend_lines(lines: Sequence[L], read: Sequence[AnswerLine]) -> tuple[L, ...]:
    waiting: dict[str, list[AnswerLine]] = {}
    for each in read:
        waiting.setdefault(each.number, []).append(each)
    return tuple([_amend_line(line, waiting.get(line.number)) for line in lines])


def _amend_line(line: L, waiting: list[AnswerLine] | None) -> L:
    taken = line.taken
    if not taken:
        return line
    read = waiting.pop(0) if waiting else None
    if read is None or read.refused or (read.quantity is not None and read.quantity <= 0):
        text = (read.text if read is not None else None) or "the order system did not take the line"
        return withdrawn(line, Problem("erp", "reject", Reason.ERP_REFUSED, text))
    if (
        read.ships is None
        and (read.quantity is None or read.quantity == taken)
        and (read.price is None or _same(read.price, line.holds, line.unit))
    ):
        return line
    decisions, schedules = list(line.decisions), list(line.schedules)
    if read.quantity is not None and read.quantity != taken:
        _change_quantity(decisions, schedules, read.quantity, taken, read.text)
    if read.ships is not None:
        for at, decision in enumerate(decisions):
            if decision.status in TAKEN and decision.ships != read.ships:
                text = read.text or f"leaves on {read.ships.isoformat()}"
                decisions[at] = _changed(decision, DecisionStatus.DATE_CHANGED, text, ships=read.ships)
    holds = line.holds
    if read.price is not None and not _same(read.price, holds, line.unit):
        per = f"{plain(read.price.basis)} {read.price.unit or line.unit or 'unit'}"
        text = read.text or f"the price is {plain(read.price.amount)} per {per}"
        for at, decision in enumerate(decisions):
            if decision.status in TAKEN:
                decisions[at] = _changed(decision, DecisionStatus.PRICE_CHANGED, text)
        holds = read.price
    if tuple(decisions) == line.decisions and holds is line.holds:
        return line
    return _revalued(line, tuple(decisions), tuple(schedules), holds)


def _change_quantity(
    decisions: list[Decision], schedules: list[int], quantity: Decimal, taken: Decimal, text: str | None
) -> None:
    """Takes what the ERP did not confirm off the pushed parts, or adds what it confirmed beyond them."""
    text = text or f"{plain(quantity)} confirmed instead of {plain(taken)}"
    pushed = [at for at, d in enumerate(decisions) if d.status is DecisionStatus.BACKORDERED]
    pushed = [at for at, d in enumerate(decisions) if d.status in TAKEN] + pushed
    if quantity > taken:
        at = max([at for at in pushed if decisions[at].status in TAKEN] or pushed)
        part = decisions[at]
        decisions[at] = _changed(
            part, DecisionStatus.QUANTITY_CHANGED, text, confirmed=part.answered + quantity - taken
        )
        return
    missing = taken - quantity
    for at in reversed(pushed):
        part = decisions[at]
        off = min(missing, part.answered)
        missing -= off
        left = part.answered - off
        kept = min(left, part.quantity)
        refused = Decision(
            quantity=part.quantity - kept, status=DecisionStatus.REJECTED, reason=Reason.ERP_CHANGED, text=text
        )
        if left:
            confirmed = left if left != kept else None
            decisions[at] = _changed(part, DecisionStatus.QUANTITY_CHANGED, text, quantity=kept, confirmed=confirmed)
            if refused.quantity:
                decisions.insert(at + 1, refused)
                schedules.insert(at + 1, schedules[at])
        else:
            decisions[at] = refused
        if not missing:
            return


def _changed(
    part: Decision,
    status: DecisionStatus,
    text: str,
    *,
    quantity: Decimal | None = None,
    confirmed: Decimal | None = None,
    ships: date | None = None,
) -> Decision:
    """The part with one thing changed by the ERP; a part that was changed otherwise before has several changes now."""
    if part.status is DecisionStatus.BACKORDERED:
        status = DecisionStatus.BACKORDERED
    elif part.status not in (DecisionStatus.ACCEPTED, status):
        status = DecisionStatus.CHANGED
    return Decision(
        quantity=part.quantity if quantity is None else quantity,
        confirmed=confirmed if quantity is not None or confirmed is not None else part.confirmed,
        status=status,
        ships=part.ships if ships is None else ships,
        reason=Reason.ERP_CHANGED,
        text=text if part.reason is not Reason.ERP_CHANGED or part.text is None else f"{part.text}; {text}",
    )


def _same(one: UnitPrice, other: UnitPrice | None, unit: str | None) -> bool:
    """Whether two prices are the same; without a unit one is per ordered unit, without a currency in the order's."""
    if other is None or (one.unit or unit) != (other.unit or unit):
        return False
    if one.currency is not None and other.currency is not None and one.currency != other.currency:
        return False
    return one.amount * other.basis == other.amount * one.basis


def _revalued(line: L, decisions: tuple[Decision, ...], schedules: tuple[int, ...], holds: UnitPrice | None) -> L:
    before = line.taken
    taken = sum([d.answered for d in decisions if d.status in PUSHED], ZERO)
    leaves = sum([d.answered for d in decisions if d.status in TAKEN], ZERO)
    value = line.value * taken / before
    if holds is not line.holds and holds is not None and holds.basis and (holds.unit or line.unit) == line.unit:
        value = taken * holds.amount / holds.basis
    promised = line.promised
    if line.base_quantity is not None and line.quantity > 0 and promised:
        promised = leaves * line.base_quantity / line.quantity
    return msgspec.structs.replace(
        line, decisions=decisions, schedules=schedules, holds=holds, value=value, promised=promised
    )
