"""Master data pulled from the supplier's systems.

Every record belongs to a supplier company and stage and is keyed by (source system, key): those four travel beside the
value (``b2bsync.store``), so the types here hold content only. ``key`` is the source's own key of the record.
"""

from datetime import date
from decimal import Decimal

import msgspec

from b2bsync.model.parts import Address


class UnitConversion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``numerator / denominator`` base units in one ``unit`` (a case of 12: 12/1)."""

    unit: str
    numerator: Decimal
    denominator: Decimal = Decimal(1)
    gtin: str | None = None


class Product(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    key: str
    sku: str
    name: str = ""
    base_unit: str = "EA"
    gtin: str | None = None
    category: str | None = None
    active: bool = True
    minimum_quantity: Decimal | None = None  # base units
    lot_multiple: Decimal | None = None  # base units
    lead_time_days: int | None = None
    weight: Decimal | None = None  # kilograms per base unit
    units: tuple[UnitConversion, ...] = ()
    extra: dict[str, str] = {}


class StockLevel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    key: str
    sku: str
    warehouse: str
    on_hand: Decimal  # base units
    reserved: Decimal = Decimal(0)
    next_quantity: Decimal | None = None  # what comes in next
    next_date: date | None = None


class Customer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    key: str
    number: str
    name: str = ""
    segment: str | None = None
    price_list: str | None = None
    currency: str | None = None
    warehouse: str | None = None  # where it is served from; None: any
    payment_terms: str | None = None
    payment_method: str | None = None
    credit_limit: Decimal | None = None
    balance: Decimal | None = None
    tax_number: str | None = None
    blocked: bool = False
    address: Address | None = None
    extra: dict[str, str] = {}


class CustomerIdentifier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number by which documents name a customer or one of its places."""

    key: str
    scheme: str  # as model.Identifier.scheme
    value: str
    customer: str  # Customer.number
    role: str | None = None  # buyer, ship_to, bill_to; None: any
    name: str | None = None


class PriceList(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    key: str
    number: str
    name: str = ""
    currency: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class Price(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The price of a product in a list, or of one customer (``customer`` set), from a quantity on.

    ``amount`` is for ``basis`` of ``unit``; ``from_quantity`` counts in ``unit`` too. Valid days are inclusive.
    """

    key: str
    sku: str
    price_list: str | None = None
    customer: str | None = None
    amount: Decimal
    currency: str
    unit: str = "EA"
    basis: Decimal = Decimal(1)
    from_quantity: Decimal = Decimal(0)
    kind: str = "net"
    valid_from: date | None = None
    valid_to: date | None = None


class Assortment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Lets a customer or a segment of customers order a product or a category, or forbids it (``allowed`` false)."""

    key: str
    customer: str | None = None
    segment: str | None = None
    sku: str | None = None
    category: str | None = None
    allowed: bool = True
    valid_from: date | None = None
    valid_to: date | None = None


class CrossReference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the customer calls something that we call otherwise. ``kind``: item, unit, store."""

    key: str
    customer: str
    kind: str
    theirs: str
    ours: str
    valid_from: date | None = None
    valid_to: date | None = None
