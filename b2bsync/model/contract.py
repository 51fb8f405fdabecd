"""Contract terms: what was agreed with a customer."""

from datetime import date
from decimal import Decimal

import msgspec

from b2bsync.model.parts import PaymentTerms


class Discount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A percentage off the list price, for one product, a category or (neither set) everything."""

    percentage: Decimal
    sku: str | None = None
    category: str | None = None
    from_quantity: Decimal = Decimal(0)


class Supply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Periodicity of supply: a recurring delivery every ``every`` ``unit`` (day, week, month)."""

    sku: str
    quantity: Decimal
    every: int
    unit: str
    first: date | None = None


class ContractLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What holds for one product or one category; an unset field leaves the product's or the contract's own value."""

    sku: str | None = None
    category: str | None = None
    price: Decimal | None = None
    unit: str | None = None
    basis: Decimal = Decimal(1)
    from_quantity: Decimal = Decimal(0)
    minimum_quantity: Decimal | None = None
    lot_multiple: Decimal | None = None
    units_sold: tuple[str, ...] = ()
    lead_time_days: int | None = None
    allowed: bool | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class Contract(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One agreement with one customer. Percentages are per hundred, days calendar days, valid days inclusive."""

    key: str
    number: str
    customer: str
    signed: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    currency: str | None = None
    price_list: str | None = None
    price_date: str = "ordered"  # which date prices an order: ordered, requested, shipped
    price_tolerance: Decimal | None = None  # percent, either way
    discounts: tuple[Discount, ...] = ()
    lines: tuple[ContractLine, ...] = ()
    assortment_only: bool = False  # only what a line or the assortment allows may be ordered
    lead_time_days: int | None = None
    delivery_priority: int | None = None
    ship_tos: tuple[str, ...] = ()
    split_deliveries: bool = True
    consolidate: bool = False
    payment_methods: tuple[str, ...] = ()
    terms: PaymentTerms | None = None
    credit_limit: Decimal | None = None
    prorate_invoices: bool = False
    minimum_order_value: Decimal | None = None
    approval_above: Decimal | None = None
    approver: str | None = None
    who_may_order: tuple[str, ...] = ()
    supplies: tuple[Supply, ...] = ()
    extra: dict[str, str] = {}
