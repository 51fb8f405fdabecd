"""Whether what an order takes fits into the credit that is left."""

from decimal import Decimal

from b2bsync.model import Reason
from b2bsync.terms.judgement import LineJudgement, Problem, withdrawn
from b2bsync.terms.policy import Policy
from b2bsync.terms.situation import Situation
from b2bsync.vocabulary.numbers import plain

ZERO = Decimal(0)


def within_credit(
    lines: tuple[LineJudgement, ...], situation: Situation, policy: Policy, currency: str | None
) -> tuple[tuple[LineJudgement, ...], tuple[Problem, ...]]:
    """The lines, and a problem when their value is above the credit left.

    Then every part that was taken or backordered is held or refused instead. Credit in another currency than the
    order's cannot be compared and counts as exceeded.
    """
    left = situation.credit_left
    if left is None or policy.credit_exceeded == "accept":
        return lines, ()
    value = sum([line.value for line in lines], ZERO)
    own = situation.customer.currency
    if not value:
        return lines, ()
    if own is not None and currency is not None and own != currency:
        text = f"credit is kept in {own}, the order is in {currency}"
    elif value > left:
        text = f"the order is worth {plain(value)} {currency or ''}, {plain(left)} of credit is left"
    else:
        return lines, ()
    problem = Problem("credit", policy.credit_exceeded, Reason.CREDIT_EXCEEDED, text)
    return tuple([withdrawn(line, problem) for line in lines]), (problem,)
