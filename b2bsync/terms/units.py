"""Quantities in a product's base unit and back, and prices per unit."""

from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from b2bsync.model import Product
from b2bsync.vocabulary.numbers import MAX_PLACES, rounded

ONE = Decimal(1)
SMALLEST = Decimal(1).scaleb(-MAX_PLACES)
NEARLY = Decimal("0.000000001")

SAME_KIND: dict[str, tuple[str, Decimal]] = {
    "EA": ("piece", ONE),
    "H87": ("piece", ONE),
    "DZN": ("piece", Decimal(12)),
    "GRO": ("piece", Decimal(144)),
    "KGM": ("mass", ONE),
    "GRM": ("mass", Decimal("0.001")),
    "LBR": ("mass", Decimal("0.45359237")),
    "LTR": ("volume", ONE),
    "MLT": ("volume", Decimal("0.001")),
    "MTR": ("length", ONE),
    "CMT": ("length", Decimal("0.01")),
    "FOT": ("length", Decimal("0.3048")),
}
"""Units that convert by definition (UN/ECE Rec 20), so that no product has to say how many pieces a dozen has."""


class Factor(NamedTuple):
    """``numerator / denominator`` base units in one unit: a ratio, because a third has no decimal."""

    numerator: Decimal
    denominator: Decimal

    def to_base(self, quantity: Decimal) -> Decimal:
        if self.denominator == 1:
            return quantity * self.numerator
        return _bounded(quantity * self.numerator / self.denominator)

    def from_base(self, quantity: Decimal) -> Decimal:
        if self.numerator == self.denominator:
            return quantity
        found = _bounded(quantity * self.denominator / self.numerator)
        if self.denominator != 1:  # three thirds, each cut off after twelve places, are one again
            whole = found.to_integral_value()
            return whole if abs(found - whole) < NEARLY else found
        return found

    @property
    def ratio(self) -> Fraction:
        return Fraction(self.numerator) / Fraction(self.denominator)


SAME = Factor(ONE, ONE)


def _bounded(quantity: Decimal) -> Decimal:
    """At most twelve places, what the store keeps: only an endless fraction has more."""
    return rounded(quantity, MAX_PLACES) if quantity % SMALLEST else quantity


def factor(product: Product, unit: str | None) -> Factor | None:
    """How many base units one ``unit`` has, or None when nothing says so. The product's own conversions come first."""
    base = product.base_unit
    if unit is None or unit == base:
        return SAME
    for conversion in product.units:
        if conversion.unit == unit:
            if conversion.numerator > 0 and conversion.denominator > 0:
                return Factor(conversion.numerator, conversion.denominator)
            return None
    here, there = SAME_KIND.get(unit), SAME_KIND.get(base)
    if here is None or there is None or here[0] != there[0]:
        return None
    return Factor(here[1], there[1])


def is_counted(unit: str) -> bool:
    """Whether a unit comes in whole numbers: pieces, and every package (Rec 21, ``X`` in front)."""
    return unit in ("EA", "H87", "DZN", "GRO", "PR", "SET") or (len(unit) == 3 and unit[0] == "X")


def common_multiple(one: Fraction, other: Fraction) -> Fraction:
    """The smallest quantity that is a whole number of both."""
    return Fraction(
        lcm(one.numerator * other.denominator, other.numerator * one.denominator), one.denominator * other.denominator
    )


def down(quantity: Decimal, step: Fraction) -> Decimal:
    """The greatest multiple of ``step`` that is not above ``quantity``."""
    return _decimal(Fraction(quantity) // step * step)


def up(quantity: Decimal, step: Fraction) -> Decimal:
    """The smallest multiple of ``step`` that is not below ``quantity``."""
    return _decimal(-(-Fraction(quantity) // step) * step)


def _decimal(number: Fraction) -> Decimal:
    return _bounded(Decimal(number.numerator) / Decimal(number.denominator))
