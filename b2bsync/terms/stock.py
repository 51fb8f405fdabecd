"""What happens to a part of a line: when it leaves, from what is there or from what comes in."""

from datetime import date, timedelta
from decimal import Decimal

from b2bsync.model import Decision, DecisionStatus, Reason
from b2bsync.terms.judgement import Problem
from b2bsync.terms.line import LineWork
from b2bsync.terms.policy import Policy
from b2bsync.terms.quantity import Part, granule
from b2bsync.terms.situation import Situation
from b2bsync.terms.steps import Step
from b2bsync.terms.units import down

ZERO = Decimal(0)

STATUS_OF = {
    "price": DecisionStatus.PRICE_CHANGED,
    "minimum": DecisionStatus.QUANTITY_CHANGED,
    "lot": DecisionStatus.QUANTITY_CHANGED,
    "stock": DecisionStatus.QUANTITY_CHANGED,
    "date": DecisionStatus.DATE_CHANGED,
}
"""What a change by a rule makes of an acceptance; two different ones make CHANGED."""


class Allocation:
    """Stock and calendar of one order while it is judged: lines and schedules take in their order."""

    def __init__(
        self, situation: Situation, policy: Policy, not_before: date | None, cancel_after: date | None
    ) -> None:
        self.situation = situation
        self.policy = policy
        self.not_before = not_before
        self.cancel_after = cancel_after
        self.left: dict[str, Decimal] = {}
        self._earliest: dict[int, date] = {}

    def earliest(self, days: int | None) -> date:
        """The first day something with this lead time can leave; the policy's where nobody says."""
        days = self.policy.lead_time_days if days is None else days
        found = self._earliest.get(days)
        if found is None:
            self._earliest[days] = found = self.situation.today + timedelta(days=days)
        return found

    def decide(self, work: LineWork, part: Part, out: list[Decision]) -> Decimal:
        """Adds the decisions of one part and returns the base units it takes from stock."""
        terms = work.terms
        assert terms is not None
        earliest = self.earliest(terms.lead_days)
        asked = part.requested
        ships = earliest if asked is None or asked < earliest else asked
        if self.not_before is not None and ships < self.not_before:
            ships = self.not_before
        changes = [change for change in (part.change, work.price_change) if change is not None]
        late = self._lateness(earliest, asked)
        if late is not None:
            if late.effect != "change":
                out.append(_stopped(part.quantity, late))
                return ZERO
            changes.append(late)
        kept = part.quantity
        if part.target < part.base and part.change is not None:  # rounded down: the rest is refused
            kept = work.size.from_base(part.target)
            if not kept:
                out.append(_stopped(part.quantity, part.change))
                return ZERO
        confirmed = work.size.from_base(part.target) if part.target > part.base else None
        taken = self._allocate(work, part, kept, confirmed, ships, changes, out)
        if kept != part.quantity and part.change is not None:
            out.append(_stopped(part.quantity - kept, part.change))
        return taken

    def _lateness(self, earliest: date, asked: date | None) -> Problem | None:
        if self.cancel_after is not None and earliest > self.cancel_after:
            text = f"cannot leave before {earliest.isoformat()}, to be cancelled after {self.cancel_after.isoformat()}"
            return Problem("date", "reject", Reason.DATE_NOT_POSSIBLE, text)
        if asked is None or earliest <= asked or self.policy.late == "accept":
            return None
        if (earliest - asked).days <= self.policy.late_days:
            return None
        text = f"cannot leave by {asked.isoformat()}, but on {earliest.isoformat()}"
        return Problem("date", self.policy.late, Reason.DATE_NOT_POSSIBLE, text)

    def _allocate(
        self,
        work: LineWork,
        part: Part,
        kept: Decimal,
        confirmed: Decimal | None,
        ships: date,
        changes: list[Problem],
        out: list[Decision],
    ) -> Decimal:
        sku, wanted = work.sku or "", part.target
        left = self.left.get(sku)
        if left is None:
            left = self.situation.available.get(sku, ZERO)
        if not self.policy.check_stock or left >= wanted:
            self.left[sku] = left - wanted
            out.append(_taken(kept, confirmed, ships, changes))
            return wanted
        return self._short(work, part, kept, confirmed, ships, changes, out, left)

    def _short(
        self,
        work: LineWork,
        part: Part,
        kept: Decimal,
        confirmed: Decimal | None,
        ships: date,
        changes: list[Problem],
        out: list[Decision],
        left: Decimal,
    ) -> Decimal:
        """Not enough is there: what leaves now, what waits and what is refused."""
        terms, sku, way = work.terms, work.sku or "", self.policy.out_of_stock
        assert terms is not None
        base = terms.product.base_unit
        # How much is there is for the explanation: the text of a decision is read by the buyer.
        work.steps.append(Step("stock", max(left, ZERO), None, (part.target,), (base,)))
        text = "not enough in stock"
        short = Problem("stock", "change", Reason.OUT_OF_STOCK, text)
        now = ZERO
        # A raised quantity is never split: less than the minimum or a lot would leave.
        if left > 0 and confirmed is None and way in ("split", "partial") and (way == "partial" or work.may_split):
            step = granule(terms, work.unit or base, work.size)
            now = down(left, step) if step is not None else left
        leaves = work.size.from_base(now) if now > 0 else ZERO
        rest = kept - leaves
        if leaves:
            self.left[sku] = left - now
            out.append(_taken(leaves, None, ships, [*changes, short] if way == "partial" else changes))
        if way in ("reject", "partial"):
            out.append(_stopped(rest, short))
            return now
        comes = self.situation.next_stock.get(sku)
        when = None if comes is None else max(comes, ships)
        if when is not None and self.cancel_after is not None and when > self.cancel_after:
            out.append(_stopped(rest, short))
            return now
        out.append(
            Decision(
                quantity=rest,
                confirmed=confirmed,
                status=DecisionStatus.BACKORDERED,
                ships=when,
                reason=Reason.OUT_OF_STOCK,
                text="; ".join([text, *(change.text for change in changes)]),
            )
        )
        return now


def _taken(quantity: Decimal, confirmed: Decimal | None, ships: date, changes: list[Problem]) -> Decision:
    if not changes:
        return Decision(quantity=quantity, confirmed=confirmed, status=DecisionStatus.ACCEPTED, ships=ships)
    statuses = {STATUS_OF[change.rule] for change in changes}
    return Decision(
        quantity=quantity,
        confirmed=confirmed,
        status=statuses.pop() if len(statuses) == 1 else DecisionStatus.CHANGED,
        ships=ships,
        reason=changes[0].reason,
        text="; ".join([change.text for change in changes]),
    )


def _stopped(quantity: Decimal, problem: Problem) -> Decision:
    status = DecisionStatus.HELD if problem.effect == "hold" else DecisionStatus.REJECTED
    return Decision(quantity=quantity, status=status, reason=problem.reason, text=problem.text)
