"""A batch of orders handed to the ERP, between the transaction that reserved them and the one that keeps what came of
it: find, create, confirm, read back."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from b2bsync.engine import Task, still_held
from b2bsync.exchange.doubt import Clock
from b2bsync.exchange.sales_order import sales_order
from b2bsync.mapping import Mapping, Unmapped
from b2bsync.model import Order
from b2bsync.partners import Partner
from b2bsync.store.tables import DocumentRow, OrderRow, PushRow
from b2bsync.sync import (
    PAUSES,
    AmbiguousOutcome,
    BatchTarget,
    IdemKey,
    Placed,
    Pushed,
    Refused,
    SourceError,
    Target,
    Unreachable,
    place,
    settle_many,
)
from b2bsync.terms import Ruling

KIND = "order"

SETTLED = 4.0
"""Seconds after which what a slow ERP took so far is answered; the rest of the batch goes with the next."""

AT_ONCE = 40
"""Orders in one question to an ERP that takes many."""

PATIENCE = 4.0
"""Seconds to wait, for a whole batch, until an ERP that works on its own time shows what it made of the orders."""

IN_SIGHT = sum(PAUSES)
"""Seconds after which an order that an ERP has taken can be found there: a request may outlive whoever made it, and a
replica may lag."""


@dataclass
class Case:
    """One order on its way in. ``reasons`` is what the gate said as JSON, with its steps, ``judged`` the same without
    them, ``judgement`` that until the ERP changes it. ``first_try`` false: an earlier try may have created it unseen,
    none since ``quiet`` (by the clock); ``looked``: it was just looked for; ``searched``: what an earlier try may have
    made was waited for. ``trouble``: why it is not settled though it is ``placed``."""

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
    quiet: float
    looked: bool = False
    searched: bool = False
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


def hand_over(target: Target, mapping: Mapping, work: Work, clock: Clock) -> str:
    """Every order of the batch once, as many as ``SETTLED`` gives time for; stops at the first that shows the ERP
    is away. Returns that trouble.

    An order that the ERP cannot work with is parked alone: it must not hold up those behind it. What every order
    runs into is no fault of an order, and then the lane waits instead.
    """
    together = isinstance(target, BatchTarget)
    try:
        _look(target, work.cases)
        _search(target, work.cases, clock)
    except Unreachable as error:
        return str(error)
    until = clock.now() + SETTLED
    broken: dict[int, str] = {}
    tried, trouble = 0, ""
    for case in work.cases:
        unsearched = not case.first_try and case.ref is None and not case.searched
        if trouble or unsearched or (tried and clock.now() > until):
            break
        tried += 1
        try:
            record = mapping.write(sales_order(case.key.text, case.order_row.customer, case.order, case.judgement))
        except Unmapped as error:
            work.parked[case.task.id] = f"order {case.order.number} cannot be written for the ERP: {error}"
            continue
        still_held()
        case.tried = True
        try:
            _place(target, record, case, clock)
            if not together:
                broken |= _settle_placed(target, [case])
        except AmbiguousOutcome as error:
            case.ref, case.first_try = error.ref or case.ref, False
            if case.ref is None:
                trouble = str(error)
        except SourceError as error:
            case.first_try = False
            broken[case.task.id] = str(error)
        except Unreachable as error:
            case.first_try = False
            trouble = str(error)
    if together:
        broken |= _settle_placed(target, work.cases)
    if trouble:
        return trouble
    if broken and len(broken) == tried:
        return next(iter(broken.values()))
    work.parked |= broken
    return ""


def _look(target: Target, cases: Sequence[Case]) -> None:
    """Asks a target that takes many for all orders that nobody can have created yet; they are looked for one by one
    where one of them is more than it can work with."""
    if not isinstance(target, BatchTarget):
        return
    new = [case for case in cases if case.first_try and case.ref is None]
    for some in _pieces(new):
        try:
            found = target.find_many(KIND, [case.key for case in some])
        except SourceError:
            continue
        for case in some:
            case.looked, case.ref = True, found.get(case.key.text)


def _search(target: Target, cases: Sequence[Case], clock: Clock) -> None:
    """Looks for the orders that an earlier try may have created unseen until such an order must be in sight, with the
    pauses once for all of them: after a crash the whole batch is in doubt. As many as ``SETTLED`` gives time for; the
    others stay for the next batch. Each is looked for once more before it is created, and that is enough where the
    earlier try is long over."""
    doubtful = [case for case in cases if not case.first_try and case.ref is None]
    fresh: list[Case] = []
    for case in doubtful:
        case.searched = clock.now() - case.quiet >= IN_SIGHT
        if not case.searched:
            fresh.append(case)
    until = clock.now() + SETTLED
    for some in _pieces(fresh) if isinstance(target, BatchTarget) else ([case] for case in fresh):
        _find(target, some)
        for case in some:
            case.searched = True
        if clock.now() > until:
            break
    for pause in PAUSES:
        missing = [case for case in fresh if case.searched and case.ref is None]
        left = max((case.quiet for case in missing), default=float("-inf")) + IN_SIGHT - clock.now()
        if left <= 0:
            return
        clock.sleep(min(pause, left))
        for some in _pieces(missing):
            _find(target, some)


def _find(target: Target, cases: Sequence[Case]) -> None:
    """One look; an order that the target cannot work with is met again when it is placed."""
    still_held()
    if isinstance(target, BatchTarget):
        with suppress(SourceError):
            found = target.find_many(KIND, [case.key for case in cases])
            for case in cases:
                case.ref = found.get(case.key.text)
            return
    for case in cases:
        with suppress(SourceError):
            case.ref = target.find(KIND, case.key)


def _place(target: Target, record: dict[str, Any], case: Case, clock: Clock) -> None:
    first_try = case.first_try or case.searched
    placed = place(
        target, KIND, record, case.key, known_ref=case.ref, first_try=first_try, looked=case.looked, sleep=clock.sleep
    )
    if isinstance(placed, Refused):
        case.outcome = placed
    else:
        case.placed, case.ref = placed, placed.ref


def _settle_placed(target: Target, cases: Sequence[Case]) -> dict[int, str]:
    """Confirms and reads back what was placed and is not settled yet. Returns what the ERP cannot work with."""
    broken: dict[int, str] = {}
    for some in _pieces(_unsettled(cases)):
        still_held()
        said = settle_many(target, KIND, [(case.placed, case.key) for case in some if case.placed])
        for case, settled in zip(some, said, strict=True):
            match settled:
                case Pushed() | Refused():
                    case.outcome = settled
                case AmbiguousOutcome():
                    case.first_try, case.trouble = False, str(settled)
                case SourceError():
                    case.first_try, case.placed = False, None
                    broken[case.task.id] = str(settled)
    return broken


def wait_for(target: Target, work: Work, clock: Clock) -> str:
    """The ERP has the orders but has not said yet what it made of them: ask again for a while. Returns its trouble, if
    it still has not."""
    until = clock.now() + PATIENCE
    asked = waiting = _unsettled(work.cases)
    broken: dict[int, str] = {}
    while waiting and clock.now() < until:
        clock.sleep(0.1)
        broken |= _settle_placed(target, waiting)
        waiting = _unsettled(waiting)
    if broken and len(broken) == len(asked):
        return next(iter(broken.values()))
    work.parked |= broken
    return waiting[-1].trouble if waiting else ""


def _unsettled(cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if case.placed is not None and case.outcome is None]


def _pieces(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    return (cases[start : start + AT_ONCE] for start in range(0, len(cases), AT_ONCE))
