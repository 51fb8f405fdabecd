"""The price that holds for a product, a customer, a quantity and a day, and every step that led to it."""

from datetime import date
from decimal import Decimal, localcontext

import msgspec

from b2bsync.model import UnitPrice
from b2bsync.terms.agreed import Agreed, ProductTerms, agreed
from b2bsync.terms.offers import Offer
from b2bsync.terms.situation import Situation
from b2bsync.terms.steps import Step
from b2bsync.terms.units import ONE, Factor
from b2bsync.vocabulary.numbers import EXACT, rounded

HUNDRED = Decimal(100)


class EffectivePrice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """``amount`` for ``basis`` of ``unit`` (the ordered one). ``source`` is the key of the row it comes from.

    The last step's value is the amount. ``computed`` says that it is not a row's own number: discounted or converted.
    """

    amount: Decimal
    currency: str | None = None
    basis: Decimal = ONE
    unit: str
    on: date
    source: str
    computed: bool = False
    steps: tuple[Step, ...] = ()

    @property
    def unit_price(self) -> UnitPrice:
        """The price as documents carry it."""
        return UnitPrice(amount=self.amount, currency=self.currency, basis=self.basis, unit=self.unit, kind="contract")


def effective_price(
    sku: str,
    quantity: Decimal,
    unit: str | None,
    on: date,
    situation: Situation,
    *,
    contract: str | None = None,
    currency: str | None = None,
    places: int = 6,
) -> EffectivePrice | None:
    """The price of ``quantity`` ``unit`` (None: base unit) of a product on its pricing day, or None when there is none.

    ``contract`` is the number an order names, ``currency`` the one it asks for where neither contract nor customer has
    one; ``places`` are kept of a price that is discounted or converted. None also when the
    product is unknown or the unit does not convert. Precedence: see ``b2bsync.terms.offers``.
    """
    with localcontext(EXACT):
        terms_then = agreed(situation, on, contract)
        product = terms_then.terms(sku)
        size = product.factor(unit) if product is not None else None
        if product is None or size is None:
            return None
        day = (Step("pricing-day", None, None, (), (on.isoformat(), "asked for")),)
        return price_of(
            product, terms_then, size.to_base(quantity), size, unit or product.product.base_unit, currency, places, day
        )


def price_of(
    terms: ProductTerms,
    terms_then: Agreed,
    base_quantity: Decimal,
    size: Factor,
    unit: str,
    currency: str | None,
    places: int,
    before: tuple[Step, ...],
) -> EffectivePrice | None:
    """As ``effective_price``, for a product whose terms are at hand; ``before`` are the steps so far."""
    wanted = terms_then.currency or currency
    offer = _choose(terms, base_quantity, wanted)
    if offer is None:
        return None
    amount, basis, computed = offer.amount, offer.basis, False
    words = (offer.currency or "", offer.unit, offer.price_list)
    steps = [*before, Step(offer.rule, amount, offer.source, (basis, offer.from_quantity), words)]
    if offer.rule in ("contract-list", "customer-list"):
        for source, discount in terms.discounts:
            if base_quantity >= discount.from_quantity:
                amount = amount * (HUNDRED - discount.percentage) / HUNDRED
                computed = True
                whom = discount.sku or discount.category or "everything"
                steps.append(Step("discount", amount, source, (discount.percentage,), (f"on {whom}",)))
                break
    if offer.factor is not size and offer.factor != size:
        # One ordered unit: the row's amount per base unit, times the base units in it.
        row = offer.factor
        amount = amount * row.denominator * size.numerator / (basis * row.numerator * size.denominator)
        sizes = (size.numerator / size.denominator, row.numerator / row.denominator, basis)
        steps.append(Step("conversion", amount, terms.product.key, sizes, (unit, offer.unit, terms.product.base_unit)))
        basis, computed = ONE, True
    if computed:
        exact, amount = amount, rounded(amount, places)
        if exact != amount:
            steps.append(Step("rounding", amount, None, (Decimal(places),)))
    return EffectivePrice(
        amount=amount,
        currency=offer.currency,
        basis=basis,
        unit=unit,
        on=terms_then.on,
        source=offer.source,
        computed=computed,
        steps=tuple(steps),
    )


def _choose(terms: ProductTerms, base_quantity: Decimal, currency: str | None) -> Offer | None:
    """The first offer whose tier is reached, in the wanted currency; only when there is none, in any."""
    other: Offer | None = None
    for offer in terms.offers:
        if base_quantity >= offer.from_base:
            if currency is None or offer.currency is None or offer.currency == currency:
                return offer
            if other is None:
                other = offer
    return other
