"""From a judged order to the rows of the order book."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from b2bsync.model import Decision, DecisionStatus, Order
from b2bsync.store.orders import BookLine
from b2bsync.terms import GRAVITY, PUSHED, LineRuling, Ruling

ZERO = Decimal(0)
DECISIONS = msgspec.json.Encoder(decimal_format="string")


def not_as_ordered(order: Order, judgement: Ruling) -> list[tuple[str, int, Decimal]]:
    """What is taken of the lines and schedules of which more or less is taken than was ordered, in the ordered unit."""
    found = []
    for line, verdict in zip(order.lines, judgement.lines, strict=True):
        if len(line.schedules) < 2:
            ordered = line.schedules[0].quantity if line.schedules else line.quantity
            if (taken := verdict.taken) != ordered:
                found.append((line.number, 1, taken))
            continue
        for number, schedule in enumerate(line.schedules, start=1):
            taken = _sum(d for d in _of_schedule(verdict, number) if d.status in PUSHED)
            if taken != schedule.quantity:
                found.append((line.number, number, taken))
    return found


def book_lines(order_id: int, order: Order, judgement: Ruling, *, confirmed: bool = False) -> list[BookLine]:
    """One row per schedule of each line. ``confirmed``: the ERP has it, so what is taken counts as confirmed."""
    rows = []
    for line, verdict in zip(order.lines, judgement.lines, strict=True):
        if not line.schedules:
            when = line.requested or order.requested
            rows.append(_row(order_id, verdict, 1, line.quantity, when, verdict.decisions, confirmed))
        for number, schedule in enumerate(line.schedules, start=1):
            decisions = verdict.decisions if len(line.schedules) == 1 else _of_schedule(verdict, number)
            when = schedule.requested or order.requested
            rows.append(_row(order_id, verdict, number, schedule.quantity, when, decisions, confirmed))
    return rows


def _row(
    order_id: int,
    line: LineRuling,
    schedule: int,
    quantity: Decimal,
    requested: date | None,
    decisions: tuple[Decision, ...],
    confirmed: bool,
) -> BookLine:
    gravest: Decision | None
    pushed: Sequence[Decision]
    if len(decisions) == 1:  # most lines
        gravest = decisions[0]
        pushed = decisions if gravest.status in PUSHED else ()
        promised = gravest.ships if pushed else None
    else:
        gravest = max(decisions, key=_gravity, default=None)
        pushed = [d for d in decisions if d.status in PUSHED]
        promised = max([d.ships for d in pushed if d.ships], default=None)
    holds = line.holds
    status = gravest.status.value if gravest else "received"
    if gravest and gravest.status is DecisionStatus.REJECTED and pushed:
        status = DecisionStatus.QUANTITY_CHANGED.value  # a part of it is taken all the same
    return BookLine(
        order_id=order_id,
        line=line.number,
        schedule=schedule,
        sku=line.sku,
        unit=line.unit,
        ordered=quantity,
        confirmed=_sum(pushed) if confirmed else ZERO,
        price=holds.amount if holds else None,
        currency=holds.currency if holds else None,
        status=status,
        reason=gravest.reason if gravest else None,
        requested=requested,
        promised=promised,
        decisions=DECISIONS.encode(decisions).decode(),
    )


def _gravity(decision: Decision) -> int:
    return GRAVITY.get(decision.status, 1)


def _of_schedule(line: LineRuling, schedule: int) -> tuple[Decision, ...]:
    return tuple(d for d, s in zip(line.decisions, line.schedules, strict=True) if s == schedule)


def _sum(decisions: Iterable[Decision]) -> Decimal:
    return sum([d.answered for d in decisions], ZERO)


def summary(judgement: Ruling) -> str:
    """What a listing says of an order: nothing when it goes as ordered, else how much of it does not and the worst."""
    text = judgement.text or ""
    if judgement.overall is not DecisionStatus.CHANGED:
        return text
    other = sum(any(d.status is not DecisionStatus.ACCEPTED for d in line.decisions) for line in judgement.lines)
    if not other:
        return text
    return f"{other} of {len(judgement.lines)} lines not as ordered" + (f"; among them: {text}" if text else "")
