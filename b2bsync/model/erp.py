"""What goes to the ERP for an order, and what the ERP makes of it."""

from datetime import date
from decimal import Decimal

import msgspec

from b2bsync.model.parts import Party, PaymentTerms, UnitPrice


class SalesOrderLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line that is taken, accepted and backordered parts together. ``number`` is the buyer's line number;
    ``base_quantity`` counts in the product's base unit."""

    number: str
    sku: str
    quantity: Decimal
    unit: str | None = None
    base_quantity: Decimal | None = None
    price: UnitPrice | None = None
    requested: date | None = None
    ships: date | None = None
    description: str | None = None


class SalesOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="SalesOrder", tag_field="document"):
    """A judged order as the ERP is asked to take it. ``key`` is the push key, the same for every try."""

    key: str
    customer: str  # Customer.number
    number: str  # the buyer's order number
    release: str | None = None
    ordered: date | None = None
    requested: date | None = None
    currency: str | None = None
    contract: str | None = None
    warehouse: str | None = None
    ship_to: str | None = None  # the place's identifier as the order gave it
    value: Decimal | None = None
    terms: PaymentTerms | None = None
    parties: tuple[Party, ...] = ()
    notes: tuple[str, ...] = ()
    lines: tuple[SalesOrderLine, ...] = ()


class AnswerLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line as the ERP has it; what is unset is as asked. ``number`` is the buyer's line number, ``quantity`` counts
    in the ordered unit."""

    number: str
    quantity: Decimal | None = None
    price: UnitPrice | None = None
    ships: date | None = None
    refused: bool = False
    text: str | None = None


class ErpAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="ErpAnswer", tag_field="document"):
    """The ERP's order, read back. ``lines`` None: it confirmed the order and its lines were not read back. Otherwise a
    line that was pushed and is not among them was not taken."""

    supplier_number: str | None = None
    refused: bool = False
    text: str | None = None
    lines: tuple[AnswerLine, ...] | None = None
