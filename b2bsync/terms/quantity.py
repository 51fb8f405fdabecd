"""Minimum quantity and lot multiple of a line and its schedules."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from b2bsync.model import Reason
from b2bsync.terms.agreed import ProductTerms
from b2bsync.terms.judgement import Problem
from b2bsync.terms.policy import Policy
from b2bsync.terms.units import Factor, common_multiple, down, is_counted, up
from b2bsync.vocabulary.numbers import plain

ZERO = Decimal(0)


class Part:
    """One schedule of a line while it is judged.

    ``quantity`` is in the ordered unit, ``base`` and ``target`` in base units: what was asked for and what is to be
    confirmed. ``change`` says why these two differ.
    """

    __slots__ = ("base", "change", "quantity", "requested", "schedule", "target")

    def __init__(self, schedule: int, quantity: Decimal, base: Decimal, requested: date | None) -> None:
        self.schedule = schedule
        self.quantity = quantity
        self.base = base
        self.target = base
        self.requested = requested
        self.change: Problem | None = None


def granule(terms: ProductTerms, unit: str, size: Factor) -> Fraction | None:
    """The smallest quantity, in base units, that can be delivered: whole ordered units and whole lots. None: any."""
    step = size.ratio if is_counted(unit) else None
    if terms.lot is None:
        return step
    lot = Fraction(terms.lot)
    return lot if step is None else common_multiple(step, lot)


def fit(parts: Sequence[Part], terms: ProductTerms, unit: str, size: Factor, policy: Policy) -> Problem | None:
    """Rounds every schedule to the lot and raises the line to its minimum, or says why it is refused.

    Sets ``target`` and ``change`` of the parts; returns a problem with effect ``reject``, or None. A lot counts for
    each schedule, as each is delivered by itself; a minimum for the line. A raise goes to the last schedule.
    """
    lot, minimum = terms.lot, terms.minimum
    if lot is not None and (refused := _fit_lot(parts, lot, terms, unit, size, policy)):
        return refused
    if minimum is None:
        return None
    total = sum([part.target for part in parts], ZERO)
    if total >= minimum:
        return None
    base = terms.product.base_unit
    text = f"the minimum is {plain(minimum)} {base}, this is {plain(total)} {base}"
    if policy.below_minimum == "reject":
        return Problem("minimum", "reject", Reason.BELOW_MINIMUM, text)
    last = parts[-1]
    wanted = last.target + minimum - total
    step = granule(terms, unit, size)
    last.target = wanted if step is None else up(wanted, step)
    last.change = Problem("minimum", "change", Reason.BELOW_MINIMUM, f"{text}: raised")
    return None


def _fit_lot(
    parts: Sequence[Part], lot: Decimal, terms: ProductTerms, unit: str, size: Factor, policy: Policy
) -> Problem | None:
    uneven = [part for part in parts if part.base % lot]
    if not uneven:
        return None
    base = terms.product.base_unit
    text = f"it is sold in lots of {plain(lot)} {base}, {plain(uneven[0].base)} {base} is no multiple of it"
    if policy.lot == "reject":
        return Problem("lot", "reject", Reason.NOT_A_LOT_MULTIPLE, text)
    step = granule(terms, unit, size) or Fraction(lot)
    for part in uneven:
        part.target = down(part.base, step) if policy.lot == "round_down" else up(part.base, step)
        part.change = Problem("lot", "change", Reason.NOT_A_LOT_MULTIPLE, f"{text}: rounded")
    raised = policy.below_minimum == "raise" and terms.minimum is not None
    if not raised and not any(part.target for part in parts):
        return Problem("lot", "reject", Reason.NOT_A_LOT_MULTIPLE, f"{text}, and less than one lot")
    return None
