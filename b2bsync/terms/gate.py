"""The contract gate: an order, judged line by line against what was agreed."""

from datetime import date
from decimal import Decimal, localcontext

from b2bsync.model import Decision, DecisionStatus, Order, OrderLine, Reason
from b2bsync.terms.agreed import Agreed, agreed
from b2bsync.terms.credit import within_credit
from b2bsync.terms.items import Item
from b2bsync.terms.judgement import PUSHED, Judgement, LineJudgement, Problem, summed
from b2bsync.terms.line import LineWork
from b2bsync.terms.policy import Policy
from b2bsync.terms.situation import Situation
from b2bsync.terms.steps import Step
from b2bsync.terms.stock import Allocation
from b2bsync.vocabulary.numbers import EXACT

ZERO = Decimal(0)
DEFAULT = Policy()


def judge(order: Order, situation: Situation, policy: Policy = DEFAULT) -> Judgement:
    """Decides every line of an order: what is accepted, changed, backordered, refused or held, why, and at which price.

    Pure: the same values give the same judgement. Never raises on bad content; that is what it reports. The rules and
    their order are in ``docs/contract-gate.md``.
    """
    with localcontext(EXACT):
        ordered = order.ordered or situation.today
        terms = agreed(situation, ordered, order.contract)
        problems = tuple(_order_problems(order, situation, policy, terms))
        gate = _Gate(order, situation, policy, terms, ordered, problems)
        lines = tuple([gate.judge_line(line) for line in order.lines])
        currency = order.currency or terms.currency
        lines, credit = within_credit(lines, situation, policy, currency)
        contract = terms.contract.key if terms.contract is not None else None
        return summed(lines, contract=contract, currency=currency, problems=problems + credit)


def _order_problems(order: Order, situation: Situation, policy: Policy, terms: Agreed) -> list[Problem]:
    """What is wrong with the order as a whole; it counts for every line."""
    found = []
    if situation.duplicate_of is not None:
        text = f"order {order.number} repeats {situation.duplicate_of}"
        found.append(Problem("duplicate", policy.duplicate, Reason.DUPLICATE_ORDER, text))
    if situation.customer.blocked:
        text = f"customer {situation.customer.number} is blocked"
        found.append(Problem("customer", policy.customer_blocked, Reason.CUSTOMER_BLOCKED, text))
    day = terms.on.isoformat()
    if terms.contract is None and policy.no_contract != "price_list":
        text = f"no contract with {situation.customer.number} is valid on {day}"
        found.append(Problem("contract", policy.no_contract, Reason.NO_CONTRACT, text))
    elif (
        order.contract is not None
        and policy.unknown_contract != "use_valid"
        and (terms.contract is None or terms.contract.number != order.contract)
    ):
        text = f"contract {order.contract} is not valid on {day}"
        found.append(Problem("contract", policy.unknown_contract, Reason.NO_CONTRACT, text))
    if not order.lines:
        found.append(Problem("quantity", "reject", Reason.NOT_POSITIVE, "the order has no lines"))
    return found


class _Gate:
    """One order while it is judged."""

    def __init__(
        self,
        order: Order,
        situation: Situation,
        policy: Policy,
        terms: Agreed,
        ordered: date,
        problems: tuple[Problem, ...],
    ) -> None:
        self.order = order
        self.situation = situation
        self.policy = policy
        self.terms = terms
        self.ordered = ordered
        self.problems = problems
        self.allocation = Allocation(situation, policy, order.ship_not_before, order.cancel_after)
        contract = terms.contract
        self.price_date = contract.price_date if contract is not None else "ordered"
        self.tolerance = contract.price_tolerance if contract is not None else None
        self.may_split = contract.split_deliveries if contract is not None else True
        self._days: dict[date, Step] = {}

    def judge_line(self, line: OrderLine) -> LineJudgement:
        work = LineWork(line, self.policy, self.order.currency, self.problems, self.may_split)
        if (
            work.is_positive()
            and work.find_product(self._item(line), self.terms)
            and work.convert(self.pack_unit, self.terms.units)
            and work.split(self.order.requested, self.terms.units)
        ):
            work.fit()
            then, day = self._pricing(work)
            work.find_price(then, day, self.tolerance)
        return self._decided(work)

    def _item(self, line: OrderLine) -> Item:
        self.pack_unit: str | None = None
        if self.situation.items and line.number in self.situation.items:
            return Item(self.situation.items[line.number])
        item = self.terms.numbers.find(line.items)
        self.pack_unit = item.unit
        return item

    def _pricing(self, work: LineWork) -> tuple[Agreed, Step]:
        """The terms of the day that prices the line, chosen by the contract: ordered, requested or shipped."""
        on = self.ordered
        if self.price_date == "requested":
            on = work.first_requested or on
        elif self.price_date == "shipped":
            assert work.terms is not None
            earliest = self.allocation.earliest(work.terms.lead_days)
            on = max(earliest, work.first_requested or earliest)
        step = self._days.get(on)
        if step is None:
            self._days[on] = step = Step("pricing-day", None, None, (), (on.isoformat(), self.price_date))
        return (self.terms if on == self.ordered else agreed(self.situation, on, self.order.contract)), step

    def _decided(self, work: LineWork) -> LineJudgement:
        line = work.line
        decisions: list[Decision] = []
        schedules: list[int] = []
        promised = ZERO
        stop = work.stop()
        if stop is not None:
            status = DecisionStatus.HELD if stop.effect == "hold" else DecisionStatus.REJECTED
            text = "; ".join([p.text for p in work.problems])
            for number, quantity in [(p.schedule, p.quantity) for p in work.parts] or [(1, line.quantity)]:
                decisions.append(Decision(quantity=quantity, status=status, reason=stop.reason, text=text))
                schedules.append(number)
        elif len(work.parts) == 1:
            promised = self.allocation.decide(work, work.parts[0], decisions)
            schedules = [work.parts[0].schedule] * len(decisions)
        else:
            for part in work.parts:
                promised += self.allocation.decide(work, part, decisions)
                schedules += [part.schedule] * (len(decisions) - len(schedules))
        value = ZERO
        for decision in decisions:
            if decision.status in PUSHED:
                value += decision.answered * work.per_unit
        return LineJudgement(
            number=line.number,
            sku=work.sku,
            quantity=line.quantity,
            unit=work.unit,
            base_quantity=work.base,
            asked=line.price,
            price=work.price,
            holds=work.holds,
            decisions=tuple(decisions),
            schedules=tuple(schedules),
            promised=promised,
            value=value,
            problems=tuple(work.problems),
            steps=tuple(work.steps),
        )
