"""The rules of the gate that look at one line, in the order they apply."""

from datetime import date
from decimal import Decimal

from b2bsync.model import OrderLine, Reason, UnitPrice
from b2bsync.terms.agreed import Agreed, ProductTerms
from b2bsync.terms.asked import compare
from b2bsync.terms.items import Item, named
from b2bsync.terms.judgement import Effect, Problem
from b2bsync.terms.policy import Policy
from b2bsync.terms.price import EffectivePrice, price_of
from b2bsync.terms.quantity import Part, fit
from b2bsync.terms.steps import Step
from b2bsync.terms.units import SAME, Factor, is_counted
from b2bsync.vocabulary.numbers import plain

ZERO = Decimal(0)
ONE = Decimal(1)


class LineWork:
    """One line while it is judged: what is known of it so far, and what is wrong with it."""

    __slots__ = (
        "agreed",
        "asked_currency",
        "base",
        "holds",
        "line",
        "may_split",
        "parts",
        "per_unit",
        "policy",
        "price",
        "price_change",
        "problems",
        "size",
        "sku",
        "steps",
        "terms",
        "unit",
    )

    def __init__(
        self, line: OrderLine, policy: Policy, currency: str | None, problems: tuple[Problem, ...], may_split: bool
    ) -> None:
        self.line = line
        self.policy = policy
        self.may_split = may_split
        self.asked_currency = (line.price.currency if line.price is not None else None) or currency
        self.problems: list[Problem] = list(problems)
        self.steps: list[Step] = []
        self.sku: str | None = None
        self.agreed: Agreed | None = None
        self.terms: ProductTerms | None = None
        self.unit = line.unit
        self.size: Factor = SAME
        self.base: Decimal | None = None
        self.parts: list[Part] = []
        self.price: EffectivePrice | None = None
        self.price_change: Problem | None = None
        self.holds: UnitPrice | None = line.price
        self.per_unit = ZERO  # the price that holds, for one ordered unit

    def add(self, rule: str, effect: Effect, reason: Reason, text: str) -> None:
        self.problems.append(Problem(rule, effect, reason, text))

    def stop(self) -> Problem | None:
        """The problem that decides the whole line: the first that rejects, else the first that holds."""
        if not self.problems:
            return None
        return next((p for p in self.problems if p.effect == "reject"), None) or self.problems[0]

    @property
    def first_requested(self) -> date | None:
        """The earliest day any part is wanted."""
        return min((part.requested for part in self.parts if part.requested is not None), default=None)

    def is_positive(self) -> bool:
        """Quantities are above zero."""
        line = self.line
        if line.quantity > 0 and (not line.schedules or all(s.quantity > 0 for s in line.schedules)):
            return True
        wrong = line.quantity if line.quantity <= 0 else next(s.quantity for s in line.schedules if s.quantity <= 0)
        self.add("quantity", "reject", Reason.NOT_POSITIVE, f"a quantity must be above zero, not {plain(wrong)}")
        return False

    def find_product(self, item: Item, agreed: Agreed) -> bool:
        """The item is known, sold at all, and one that this customer may order."""
        policy = self.policy
        terms = agreed.terms(item.sku) if item.sku is not None else None
        if terms is None:
            text = f"there is no product with {named(self.line.items)}"
            self.add("item", policy.unknown_item, Reason.UNKNOWN_ITEM, text)
            return False
        self.sku, self.terms, self.agreed = terms.product.sku, terms, agreed
        if item.by:
            self.steps.append(Step("item", None, terms.product.key, (), (item.by, item.number, self.sku)))
        if item.other is not None and policy.item_conflict != "first":
            text = f"its numbers name two products of ours, {self.sku} and {item.other}"
            self.add("item", policy.item_conflict, Reason.UNKNOWN_ITEM, text)
        if not terms.product.active:
            self.add("active", policy.inactive_item, Reason.ITEM_INACTIVE, f"{self.sku} is no longer sold")
        if not terms.allowed:
            text = f"{self.sku} is not in the assortment agreed"
            self.add("assortment", policy.not_in_assortment, Reason.NOT_IN_ASSORTMENT, text)
            self.steps.append(Step("assortment", None, terms.allowed_by, (), ("forbidden",)))
        elif terms.allowed_by:
            self.steps.append(Step("assortment", None, terms.allowed_by, (), ("allowed",)))
        return True

    def convert(self, pack_unit: str | None, units: dict[str, str]) -> bool:
        """The ordered unit converts to the base unit and is one that is sold; no fraction of a piece."""
        terms = self.terms
        assert terms is not None
        base_unit = terms.product.base_unit
        rules = self.policy.unit_rules
        unit = self.line.unit
        unit = (pack_unit or base_unit) if unit is None else units.get(unit, unit)
        self.unit = unit
        size = terms.factor(unit)
        if size is None:
            text = f"{unit} does not convert to {base_unit}, the unit of {self.sku}"
            self.add("unit", rules, Reason.UNIT_NOT_CONVERTIBLE, text)
            return False
        self.size = size
        self.base = base = size.to_base(self.line.quantity)
        if size is not SAME:
            self.steps.append(Step("unit", base, terms.product.key, (self.line.quantity,), (unit, base_unit)))
        if pack_unit is not None and pack_unit != unit and terms.factor(pack_unit) != size:
            text = f"the GTIN is that of one {pack_unit}, the quantity is in {unit}"
            self.add("unit", rules, Reason.UNIT_NOT_CONVERTIBLE, text)
        if terms.units_sold and unit not in terms.units_sold and size not in map(terms.factor, terms.units_sold):
            text = f"{self.sku} is sold in {', '.join(terms.units_sold)}, not in {unit}"
            self.add("unit", rules, Reason.UNIT_NOT_SOLD, text)
        if base % ONE and is_counted(base_unit):
            text = f"{plain(self.line.quantity)} {unit} is {plain(base)} {base_unit}, which cannot be split"
            self.add("unit", rules, Reason.UNIT_NOT_CONVERTIBLE, text)
        return True

    def split(self, requested: date | None, units: dict[str, str]) -> bool:
        """The schedules add up to the line. Makes the parts: one for each schedule, one for a line without."""
        line, base = self.line, self.base
        assert base is not None and self.terms is not None
        if not line.schedules:
            self.parts.append(Part(1, line.quantity, base, line.requested or requested))
            return True
        total = ZERO
        for number, schedule in enumerate(line.schedules, 1):
            unit = self.unit if schedule.unit is None else units.get(schedule.unit, schedule.unit)
            size = self.size if unit == self.unit else self.terms.factor(unit)
            if size is None:
                text = f"{unit} of schedule {number} does not convert to {self.terms.product.base_unit}"
                self.add("unit", self.policy.unit_rules, Reason.UNIT_NOT_CONVERTIBLE, text)
                self.parts.clear()
                return False
            part_base = size.to_base(schedule.quantity)
            quantity = schedule.quantity if size == self.size else self.size.from_base(part_base)
            when = schedule.requested or line.requested or requested
            self.parts.append(Part(number, quantity, part_base, when))
            total += part_base
        if total != base:
            unit = self.terms.product.base_unit
            text = f"the schedules add up to {plain(total)} {unit}, the line to {plain(base)} {unit}"
            self.add("schedules", self.policy.on_schedules_difference, Reason.SCHEDULES_DIFFER, text)
            self.parts.clear()
            return False
        return True

    def fit(self) -> None:
        """Minimum quantity and lot multiple."""
        terms = self.terms
        assert terms is not None
        if terms.minimum is None and terms.lot is None:
            return
        base_unit = terms.product.base_unit
        if terms.lot is not None:
            self.steps.append(Step("lot", terms.lot, terms.lot_source, (), (base_unit,)))
        if terms.minimum is not None:
            self.steps.append(Step("minimum", terms.minimum, terms.minimum_source, (), (base_unit,)))
        refused = fit(self.parts, terms, self.unit or base_unit, self.size, self.policy)
        if refused is not None:
            self.problems.append(refused)

    def find_price(self, then: Agreed, day: Step, tolerance: Decimal | None) -> None:
        """There is a price, in the order's currency, and the order's own agrees with it."""
        terms, policy = self.terms, self.policy
        assert terms is not None
        parts = self.parts
        quantity = parts[0].target if len(parts) == 1 else sum([part.target for part in parts], ZERO)
        then_terms = terms if then is self.agreed else then.terms(terms.product.sku)
        assert then_terms is not None  # products do not depend on the day
        price = price_of(
            then_terms, then, quantity, self.size, self.unit or "", self.asked_currency, policy.price_places, (day,)
        )
        self.price = price
        if price is None:
            text = f"no price is agreed for {self.sku} on {then.on.isoformat()}"
            self.add("price", policy.no_price, Reason.NO_PRICE, text)
            return
        if self.asked_currency is not None and price.currency is not None and price.currency != self.asked_currency:
            text = f"the order is in {self.asked_currency}, prices are agreed in {price.currency}"
            self.add("currency", policy.on_currency_difference, Reason.CURRENCY_DIFFERS, text)
            return
        percent = policy.price_tolerance_percent if tolerance is None else tolerance
        result = compare(self.line.price, price, self.size, terms, percent, policy)
        self.holds, self.per_unit = result.holds, result.per_unit
        if result.step is not None:
            self.steps.append(result.step)
        if result.problem is not None:
            if result.problem.effect == "change":
                self.price_change = result.problem
            else:
                self.problems.append(result.problem)
