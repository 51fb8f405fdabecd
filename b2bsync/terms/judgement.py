"""What the gate says about an order."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, TypeVar

import msgspec

from b2bsync.model import Decision, DecisionStatus, Reason, UnitPrice
from b2bsync.terms.price import EffectivePrice
from b2bsync.terms.steps import Step

ZERO = Decimal(0)

Effect = Literal["reject", "hold", "change", "note"]

TAKEN = frozenset(
    {
        DecisionStatus.ACCEPTED,
        DecisionStatus.PRICE_CHANGED,
        DecisionStatus.QUANTITY_CHANGED,
        DecisionStatus.DATE_CHANGED,
        DecisionStatus.CHANGED,
    }
)
"""The statuses of a part that is sold from what is there."""

PUSHED = TAKEN | {DecisionStatus.BACKORDERED}
"""The statuses of a part that the ERP has to know of."""


class Problem(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One rule that was not met, and what follows from it."""

    rule: str
    effect: Effect
    reason: Reason
    text: str


class LineRuling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was decided of one line: the decisions add up to ``quantity``, what was ordered in ``unit`` (our code).

    ``schedules`` holds the number of the schedule (from 1) that each decision belongs to. ``holds`` is the price that
    is answered, ``promised`` counts base units taken from stock.
    """

    number: str
    sku: str | None = None
    quantity: Decimal
    unit: str | None = None
    base_quantity: Decimal | None = None
    holds: UnitPrice | None = None
    decisions: tuple[Decision, ...]
    schedules: tuple[int, ...]
    promised: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    problems: tuple[Problem, ...] = ()

    @property
    def taken(self) -> Decimal:
        """What the ERP is asked for, in the ordered unit: accepted and backordered parts."""
        if len(self.decisions) == 1:  # most lines, and asked for again and again
            only = self.decisions[0]
            if only.status not in PUSHED:
                return ZERO
            return only.quantity if only.confirmed is None else only.confirmed
        return sum((d.answered for d in self.decisions if d.status in PUSHED), ZERO)


class LineJudgement(LineRuling, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A ruling and how it came about. ``asked`` is the order's price, ``price`` the contract's."""

    asked: UnitPrice | None = None
    price: EffectivePrice | None = None
    steps: tuple[Step, ...] = ()


class Ruling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was decided of an order: its lines, their summary, and what is promised: base units by SKU and the net value
    of all parts taken. Read from a judgement's JSON it costs half of the judgement."""

    overall: DecisionStatus
    reason: Reason | None = None
    text: str | None = None
    lines: tuple[LineRuling, ...] = ()
    promised: dict[str, Decimal] = {}
    value: Decimal = Decimal(0)
    currency: str | None = None
    contract: str | None = None  # key of the contract that counted
    problems: tuple[Problem, ...] = ()


class Judgement(Ruling, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A ruling with the steps that led to it, line by line."""

    lines: tuple[LineJudgement, ...] = ()


L = TypeVar("L", bound=LineRuling)


def withdrawn(line: L, problem: Problem) -> L:
    """The line with every part that was taken or backordered held or refused instead, for that problem."""
    status = DecisionStatus.HELD if problem.effect == "hold" else DecisionStatus.REJECTED
    decisions = tuple(
        Decision(quantity=d.quantity, status=status, reason=problem.reason, text=problem.text)
        if d.status in PUSHED
        else d
        for d in line.decisions
    )
    if decisions == line.decisions:
        return line
    return msgspec.structs.replace(
        line, decisions=decisions, promised=Decimal(0), value=Decimal(0), problems=(*line.problems, problem)
    )


def overall(lines: Sequence[LineJudgement]) -> DecisionStatus:
    """The order's status, by precedence.

    Held if any part is held; rejected if every part is, or there is none; accepted if every part is taken as ordered;
    changed otherwise.
    """
    statuses = {decision.status for line in lines for decision in line.decisions}
    if DecisionStatus.HELD in statuses:
        return DecisionStatus.HELD
    if statuses <= {DecisionStatus.REJECTED}:
        return DecisionStatus.REJECTED
    if statuses == {DecisionStatus.ACCEPTED}:
        return DecisionStatus.ACCEPTED
    return DecisionStatus.CHANGED


GRAVITY = {
    DecisionStatus.HELD: 4,
    DecisionStatus.REJECTED: 3,
    DecisionStatus.BACKORDERED: 2,
    DecisionStatus.ACCEPTED: 0,
}


def gravest(lines: Sequence[LineJudgement]) -> Decision | None:
    """The decision that explains the order's status; None when all is accepted.

    Held before rejected before backordered before changed; of equals the first in line order.
    """
    worst: Decision | None = None
    for line in lines:
        for decision in line.decisions:
            if decision.reason is not None and (
                worst is None or GRAVITY.get(decision.status, 1) > GRAVITY.get(worst.status, 1)
            ):
                worst = decision
    return worst


def summed(
    lines: tuple[LineJudgement, ...],
    *,
    contract: str | None = None,
    currency: str | None = None,
    problems: tuple[Problem, ...] = (),
) -> Judgement:
    """The judgement that follows from its lines; the order's own problems name the reason first."""
    promised: dict[str, Decimal] = {}
    for line in lines:
        if line.promised and line.sku is not None:
            promised[line.sku] = promised.get(line.sku, Decimal(0)) + line.promised
    status = overall(lines)
    reason, text = None, None
    first = next((p for p in problems if p.effect in ("reject", "hold")), None)
    if first is not None:
        reason, text = first.reason, first.text
    elif status is not DecisionStatus.ACCEPTED and (worst := gravest(lines)) is not None:
        reason, text = worst.reason, worst.text
    return Judgement(
        overall=status,
        reason=reason,
        text=text,
        lines=lines,
        promised=promised,
        value=sum([line.value for line in lines], ZERO),
        currency=currency,
        contract=contract,
        problems=problems,
    )
