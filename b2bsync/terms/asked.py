"""The price an order asks for, against the one that was agreed."""

from decimal import Decimal

import msgspec

from b2bsync.model import Reason, UnitPrice
from b2bsync.terms.agreed import ProductTerms
from b2bsync.terms.judgement import Effect, Problem
from b2bsync.terms.policy import Policy
from b2bsync.terms.price import EffectivePrice
from b2bsync.terms.steps import Step
from b2bsync.terms.units import ONE, Factor
from b2bsync.vocabulary.numbers import plain, rounded

HUNDRED = Decimal(100)


class Comparison(msgspec.Struct, frozen=True, gc=False):
    """The price that holds, the same for one ordered unit, and what is wrong with the one that was asked."""

    holds: UnitPrice
    per_unit: Decimal
    problem: Problem | None = None
    step: Step | None = None


def compare(
    asked: UnitPrice | None,
    price: EffectivePrice,
    size: Factor,
    terms: ProductTerms,
    percent: Decimal,
    policy: Policy,
) -> Comparison:
    """Compares per ordered unit, whatever unit and basis both prices are in.

    The wider of both tolerances counts, the percentage of the agreed price. A price that was discounted or converted
    also counts as met when the order's is the same, rounded to the places the order gives (at least two).
    """
    basis = price.basis
    ours = price.amount if basis == ONE else price.amount / basis
    if asked is None:
        return Comparison(price.unit_price, ours)
    theirs = asked.amount if asked.basis == ONE or not asked.basis else asked.amount / asked.basis
    if asked.unit is not None and asked.unit != price.unit:
        their_size = terms.factor(asked.unit)
        if their_size is None:
            text = f"the price is per {asked.unit}, which does not convert to {terms.product.base_unit}"
            problem = Problem("price", policy.unit_rules, Reason.UNIT_NOT_CONVERTIBLE, text)
            return Comparison(asked, theirs, problem)
        if their_size != size:
            theirs = theirs * their_size.denominator * size.numerator / (their_size.numerator * size.denominator)
    if theirs == ours:
        return Comparison(asked, theirs)
    if price.computed and theirs == rounded(ours, max(2, -_exponent(asked.amount))):
        return Comparison(asked, theirs, None, _step(theirs, ours, price, "the same, rounded"))
    if abs(theirs - ours) <= max(ours * percent / HUNDRED, policy.price_tolerance_absolute):
        return Comparison(asked, theirs, None, _step(theirs, ours, price, "within the tolerance"))
    effect: Effect | str = policy.on_price_difference if ours > theirs else policy.on_better_price
    if effect == "accept":
        return Comparison(asked, theirs, None, _step(theirs, ours, price, "taken as ordered"))
    step = _step(theirs, ours, price, "differs")
    agreed = " ".join([word for word in (plain(price.amount), price.currency) if word])
    text = (
        f"the price agreed is {agreed} per {plain(basis)} {price.unit}, the order says {plain(theirs)} per {price.unit}"
    )
    if effect == "change":
        return Comparison(price.unit_price, ours, Problem("price", "change", Reason.PRICE_DIFFERS, text), step)
    stop: Effect = "hold" if effect == "hold" else "reject"
    return Comparison(asked, theirs, Problem("price", stop, Reason.PRICE_DIFFERS, text), step)


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _step(theirs: Decimal, ours: Decimal, price: EffectivePrice, outcome: str) -> Step:
    return Step("price-asked", theirs, price.source, (ours,), (price.unit, outcome))
