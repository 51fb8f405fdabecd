"""Parts that documents and master data share."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec


class PartyRole(StrEnum):
    """What a party does in a document (X12 98, EDIFACT 3035, cXML Contact role)."""

    BUYER = "buyer"  # sold-to: whose contract counts
    SUPPLIER = "supplier"
    SHIP_TO = "ship_to"
    SHIP_FROM = "ship_from"
    BILL_TO = "bill_to"
    REMIT_TO = "remit_to"
    CARRIER = "carrier"
    OTHER = "other"


class Identifier(msgspec.Struct, frozen=True, gc=False):
    """A number and the list it is from. ``scheme`` is ``gln``, ``duns``, ``buyer`` (assigned by the buyer),
    ``supplier`` (assigned by us), ``tax`` or the document's own code when it is none of these."""

    scheme: str
    value: str


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    lines: tuple[str, ...] = ()
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2, or what the document said


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    function: str | None = None
    name: str | None = None
    telephone: str | None = None
    email: str | None = None


class Party(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    role: PartyRole
    name: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    address: Address | None = None
    contacts: tuple[Contact, ...] = ()
    tax_number: str | None = None  # fiscal address
    electronic_address: str | None = None


class Reference(msgspec.Struct, frozen=True, omit_defaults=True):
    """A number of another document or system; ``kind`` is ours where we know it (``contract``, ``department``,
    ``bill_of_lading``), else the dialect's own qualifier."""

    kind: str
    value: str
    text: str | None = None


class ItemIds(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The numbers one product is called by on a line."""

    supplier: str | None = None  # our number, the SKU
    buyer: str | None = None
    gtin: str | None = None
    manufacturer: str | None = None


class UnitPrice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A price for ``basis`` pieces of ``unit``. ``kind`` is net, gross, list or contract where the document says."""

    amount: Decimal
    currency: str | None = None
    basis: Decimal = Decimal(1)
    unit: str | None = None
    kind: str | None = None


class AllowanceCharge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A discount (``charge`` false) or a surcharge, as amount, percentage or both."""

    charge: bool
    code: str | None = None
    amount: Decimal | None = None
    percentage: Decimal | None = None
    text: str | None = None


class Tax(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    kind: str | None = None  # VAT, sales, …
    rate: Decimal | None = None  # percent
    base: Decimal | None = None
    amount: Decimal | None = None
    exempt: bool = False


class PaymentTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When and how to pay: 2 % within 10 days, else net 30."""

    code: str | None = None
    net_days: int | None = None
    discount_percentage: Decimal | None = None
    discount_days: int | None = None
    due: date | None = None
    text: str | None = None
