"""A batch of orders handed to the ERP, between the transaction that reserved them and the one that keeps what came of
it: find, create, confirm, read back."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from b2bsync.engine import Task, still_held
from b2bsync.exchange.sales_order import sales_order
from b2bsync.mapping import Mapping, Unmapped
from b2bsync.model import Order
from b2bsync.partners import Partner
from b2bsync.store.tables import DocumentRow, OrderRow, PushRow
from b2bsync.sync import (
    AmbiguousOutcome,
    BatchTarget,
    IdemKey,
    Placed,
    Pushed,
    Refused,
    SourceError,
    Target,
    Unreachable,
    Wanted,
    place_many,
    settle_many,
)
from b2bsync.terms import Ruling

KIND = "order"

SETTLED = 4.0
"""Seconds after which what a slow ERP took so far is answered; the rest of the batch goes with the next."""

AT_ONCE = 40
"""Orders in one call to an ERP that takes many: so many may be in doubt when the line breaks."""

PATIENCE = 4.0
"""Seconds to wait, for a whole batch, until an ERP that works on its own time shows what it made of the orders."""


@dataclass
class Case:
    """One order on its way in. ``reasons`` is what the gate said as JSON, with its steps, ``judged`` the same without
    them, ``judgement`` that until the ERP changes it. ``first_try`` false: an earlier try may have created it unseen.
    ``trouble``: why it is not settled though it is ``placed``."""

    task: Task
    row: DocumentRow
    order_row: OrderRow
    order: Order
    reasons: str
    judged: Ruling
    judgement: Ruling
    key: IdemKey
    push: PushRow
    first_try: bool
    tried: bool = False
    trouble: str = ""
    placed: Placed | None = None
    outcome: Pushed | Refused | None = None
    ref: str | None = None


@dataclass
class Work:
    partners: dict[str, Partner]
    cases: list[Case]
    parked: dict[int, str] = field(default_factory=dict)
    trouble: str = ""


def hand_over(target: Target, mapping: Mapping, work: Work) -> str:
    """Every order of the batch once, as many as ``SETTLED`` gives time for; stops where the ERP shows that it is away.
    Returns that trouble.

    An order that the ERP cannot work with is parked alone: it must not hold up those behind it. What every order
    runs into is no fault of an order, and then the lane waits instead.
    """
    until = time.monotonic() + SETTLED
    broken: dict[int, str] = {}
    ready = _written(mapping, work)
    at_once = AT_ONCE if isinstance(target, BatchTarget) else 1
    tried, trouble = 0, ""
    for start in range(0, len(ready), at_once):
        if trouble or (tried and time.monotonic() > until):
            break
        piece = ready[start : start + at_once]
        tried += len(piece)
        still_held()
        trouble = _place(target, piece, broken)
        broken |= _settle_placed(target, [case for case, _ in piece])
    if trouble:
        return trouble
    if broken and len(broken) == tried:
        return next(iter(broken.values()))
    work.parked |= broken
    return ""


def _written(mapping: Mapping, work: Work) -> list[tuple[Case, dict[str, Any]]]:
    """The orders as the ERP is to have them; what cannot be written is parked."""
    ready = []
    for case in work.cases:
        try:
            record = mapping.write(sales_order(case.key.text, case.order_row.customer, case.order, case.judgement))
        except Unmapped as error:
            work.parked[case.task.id] = f"order {case.order.number} cannot be written for the ERP: {error}"
        else:
            ready.append((case, record))
    return ready


def _place(target: Target, piece: Sequence[tuple[Case, dict[str, Any]]], broken: dict[int, str]) -> str:
    """Finds or creates some orders. Adds to ``broken`` what the ERP cannot work with; returns why it is away, if so."""
    for case, _ in piece:
        case.tried = True
    trouble = ""
    wanted = [Wanted(record, case.key, case.ref, case.first_try) for case, record in piece]
    for (case, _), placed in zip(piece, place_many(target, KIND, wanted), strict=True):
        match placed:
            case Placed(ref=ref):
                case.placed, case.ref = placed, ref
            case Refused():
                case.outcome = placed
            case SourceError():
                case.first_try = False
                broken[case.task.id] = str(placed)
            case AmbiguousOutcome() | Unreachable():
                case.first_try = False
                trouble = trouble or str(placed)
    return trouble


def _settle_placed(target: Target, cases: Sequence[Case]) -> dict[int, str]:
    """Confirms and reads back what was placed and is not settled yet. Returns what the ERP cannot work with."""
    waiting = _unsettled(cases)
    if not waiting:
        return {}
    still_held()
    broken: dict[int, str] = {}
    said = settle_many(target, KIND, [(case.placed, case.key) for case in waiting if case.placed])
    for case, settled in zip(waiting, said, strict=True):
        match settled:
            case Pushed() | Refused():
                case.outcome = settled
            case AmbiguousOutcome():
                case.first_try, case.trouble = False, str(settled)
            case SourceError():
                case.first_try, case.placed = False, None
                broken[case.task.id] = str(settled)
    return broken


def wait_for(target: Target, work: Work) -> str:
    """The ERP has the orders but has not said yet what it made of them: ask again for a while."""
    until = time.monotonic() + PATIENCE
    waiting = _unsettled(work.cases)
    while waiting and time.monotonic() < until:
        time.sleep(0.1)
        work.parked |= _settle_placed(target, waiting)
        waiting = _unsettled(waiting)
    return waiting[-1].trouble if waiting else ""


def _unsettled(cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if case.placed is not None and case.outcome is None]
