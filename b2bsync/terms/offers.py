"""The prices that may apply to a product, in order of precedence."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from b2bsync.model import Contract, ContractLine, Price, Product
from b2bsync.terms.situation import Situation
from b2bsync.terms.units import Factor
from b2bsync.terms.validity import holds

FactorOf = Callable[[str | None], Factor | None]


class Offer(msgspec.Struct, frozen=True, gc=False):
    """One price row: ``amount`` for ``basis`` of ``unit``, from ``from_base`` base units on."""

    rule: str
    source: str
    amount: Decimal
    currency: str | None
    basis: Decimal
    unit: str
    factor: Factor
    from_quantity: Decimal
    from_base: Decimal
    starts: date
    price_list: str = ""


def offers(
    product: Product,
    situation: Situation,
    contract: Contract | None,
    lines: Sequence[tuple[str, ContractLine]],
    on: date,
    price_lists: Mapping[str, str],
    factor: FactorOf,
) -> tuple[Offer, ...]:
    """All prices of a product on a day, so that the first whose tier and currency fit is the one that holds.

    Precedence: the contract's line for the product, its line for the category (or for everything), the customer's own
    price, then ``price_lists`` (number to rule) in their order. Within each: the higher tier, then the later
    ``valid_from``, then the lower amount per base unit, then the key. Rows with a negative amount, no positive basis or
    a unit that does not convert are left out.
    """
    rows = situation.prices.get(product.sku, ())
    own = situation.customer.number
    if not lines and len(rows) == 1:  # most products have one price: nothing to put in order
        return _of_row(rows[0], on, own, price_lists, factor)
    groups: dict[str, list[Offer]] = {}
    if lines:
        currency = (contract.currency if contract else None) or situation.customer.currency
        groups = {"contract-line": [], "contract-category": []}
        for source, line in lines:
            if line.price is not None and (size := factor(line.unit)) and line.basis > 0 and line.price >= 0:
                rule = "contract-line" if line.sku is not None else "contract-category"
                unit, tier = line.unit or product.base_unit, line.from_quantity
                starts = line.valid_from or date.min
                groups[rule].append(
                    Offer(rule, source, line.price, currency, line.basis, unit, size, tier, size.to_base(tier), starts)
                )
    groups["customer-price"] = []
    for rule in price_lists.values():
        groups[rule] = []
    for price in rows:
        for offer in _of_row(price, on, own, price_lists, factor):
            groups[offer.rule].append(offer)
    for group in groups.values():
        if len(group) > 1:
            group.sort(key=_rank)
    return tuple([offer for group in groups.values() for offer in group])


def _of_row(price: Price, on: date, own: str, price_lists: Mapping[str, str], factor: FactorOf) -> tuple[Offer, ...]:
    """The offer a price row makes to the customer ``own``, if it makes one."""
    if price.customer is None:
        rule = price_lists.get(price.price_list) if price.price_list is not None else None
    else:
        rule = "customer-price" if price.customer == own else None
    if rule is None or not holds(price, on) or price.basis <= 0 or price.amount < 0:
        return ()
    size = factor(price.unit)
    if size is None:
        return ()
    tier = price.from_quantity
    starts, number = price.valid_from or date.min, price.price_list or ""
    from_base = size.to_base(tier) if tier else tier
    offer = Offer(
        rule, price.key, price.amount, price.currency, price.basis, price.unit, size, tier, from_base, starts, number
    )
    return (offer,)


def _rank(offer: Offer) -> tuple[Decimal, int, Decimal, str]:
    per_base = offer.amount * offer.factor.denominator / (offer.basis * offer.factor.numerator)
    return -offer.from_base, -offer.starts.toordinal(), per_base, offer.source
