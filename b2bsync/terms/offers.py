"""The prices that may apply to a product, in order of precedence."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from b2bsync.model import Contract, ContractLine, Price, Product
from b2bsync.terms.situation import Situation
from b2bsync.terms.units import Factor
from b2bsync.terms.validity import holding, holds

FactorOf = Callable[[str | None], Factor | None]


class Offer(NamedTuple):
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
    factor: FactorOf,
) -> tuple[Offer, ...]:
    """All prices of a product on a day, so that the first whose tier and currency fit is the one that holds.

    Precedence: the contract's line for the product, its line for the category, the customer's own price, the contract's
    price list, the customer's price list. Within each: the higher tier, then the later ``valid_from``, then the lower amount
    per base unit, then the key. Rows with a negative amount, no positive basis or a unit that does not convert are left out.
    """
    currency = (contract.currency if contract else None) or situation.customer.currency
    of_product: list[Offer] = []
    of_category: list[Offer] = []
    for source, line in lines:
        size = factor(line.unit)
        if line.price is None or size is None or line.basis <= 0 or line.price < 0:
            continue
        own = line.sku is not None
        offer = Offer(
            "contract-line" if own else "contract-category", source, line.price, currency, line.basis,
            line.unit or product.base_unit, size, line.from_quantity, size.to_base(line.from_quantity),
            line.valid_from or date.min,
        )  # fmt: skip
        (of_product if own else of_category).append(offer)
    rows = [price for price in holding(situation.prices.get(product.sku, ()), on) if price.basis > 0 <= price.amount]
    own_rows = [price for price in rows if price.customer == situation.customer.number]
    groups = [of_product, of_category, _priced(own_rows, "customer-price", factor)]
    lists = {situation.customer.price_list: "customer-list"}
    if contract is not None and contract.price_list is not None:
        lists = {contract.price_list: "contract-list"} | lists | {contract.price_list: "contract-list"}
    for number, rule in lists.items():
        known = situation.price_lists.get(number) if number is not None else None
        if number is not None and (known is None or holds(known, on)):
            listed = [price for price in rows if price.customer is None and price.price_list == number]
            groups.append(_priced(listed, rule, factor))
    return tuple(offer for group in groups for offer in sorted(group, key=_rank))


def _priced(prices: Sequence[Price], rule: str, factor: FactorOf) -> list[Offer]:
    found = []
    for price in prices:
        size = factor(price.unit)
        if size is not None:
            found.append(
                Offer(
                    rule, price.key, price.amount, price.currency, price.basis, price.unit, size, price.from_quantity,
                    size.to_base(price.from_quantity), price.valid_from or date.min, price.price_list or "",
                )
            )  # fmt: skip
    return found


def _rank(offer: Offer) -> tuple[Decimal, int, Decimal, str]:
    per_base = offer.amount * offer.factor.denominator / (offer.basis * offer.factor.numerator)
    return -offer.from_base, -offer.starts.toordinal(), per_base, offer.source
