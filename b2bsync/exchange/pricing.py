"""What a customer pays for something, and every step that led to it."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from b2bsync.exchange.situations import situation
from b2bsync.model import ItemIds, Order, OrderLine
from b2bsync.store import master
from b2bsync.store.catalogue import Catalogue
from b2bsync.terms import EffectivePrice, effective_price


class NoPrice(Exception):
    """Customer or product is unknown, or nothing says what it costs; the text says which and where to look."""


def explain_price(
    session: Session,
    company: str,
    stage: str,
    customer_number: str,
    sku: str,
    quantity: Decimal,
    unit: str | None,
    on: date,
) -> EffectivePrice:
    """The price that the contract gate would find on that day. Raises NoPrice."""
    customer = master.customer(session, company, stage, customer_number)
    if customer is None:
        raise NoPrice(f"there is no customer {customer_number} in {company}; was the stream of customers synced?")
    line = OrderLine(number="1", quantity=quantity, unit=unit, items=ItemIds(supplier=sku))
    asked = Order(number="", ordered=on, lines=(line,))
    agreed = situation(session, Catalogue(), company, stage, customer, [asked], on)
    if sku not in agreed.products:
        raise NoPrice(f"there is no product {sku} in {company}; was the stream of products synced?")
    found = effective_price(sku, quantity, unit, on, agreed)
    product = agreed.products[sku]
    if found is None and unit is not None and unit != product.base_unit:
        units = ", ".join([product.base_unit, *(u.unit for u in product.units)])
        raise NoPrice(f"{sku} has no price in unit {unit}; it is known in {units}")
    if found is None:
        raise NoPrice(
            f"nothing says what {sku} costs customer {customer_number} on {on}: no contract line, no price of the "
            f"customer's own and none in the lists {', '.join(sorted(agreed.price_lists)) or '(none)'}"
        )
    return found
