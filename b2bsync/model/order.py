"""Purchase orders: X12 850 and 860, EDIFACT ORDERS and ORDCHG, cXML OrderRequest."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from b2bsync.model.parts import (
    AllowanceCharge,
    Contact,
    ItemIds,
    Party,
    PaymentTerms,
    Reference,
    Tax,
    UnitPrice,
)


class Purpose(StrEnum):
    """What a document is meant to do (X12 353, EDIFACT 1225, cXML OrderRequestHeader/@type)."""

    ORIGINAL = "original"
    CANCEL = "cancel"
    REPLACE = "replace"
    CHANGE = "change"
    CONFIRMATION = "confirmation"
    DUPLICATE = "duplicate"
    INFORMATION_COPY = "information_copy"


class Schedule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How much of a line is wanted when and where (X12 SCH and SDQ, EDIFACT delivery groups)."""

    quantity: Decimal
    unit: str | None = None
    requested: date | None = None
    ship_to: str | None = None  # identifier of the place, as the document gives it


class OrderLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    number: str  # the buyer's line number, text; unique within the order
    quantity: Decimal
    unit: str | None = None
    items: ItemIds
    price: UnitPrice | None = None
    description: str | None = None
    requested: date | None = None
    schedules: tuple[Schedule, ...] = ()
    allowances: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    references: tuple[Reference, ...] = ()
    extra: dict[str, str] = {}


class Order(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="Order", tag_field="document"):
    """What a buyer asks for. ``number`` with ``release`` identifies it for the buyer; ``version`` counts changes."""

    number: str
    purpose: Purpose = Purpose.ORIGINAL
    kind: str | None = None  # X12 92: stand-alone, release, blanket …, the dialect's own code
    release: str | None = None
    version: str | None = None
    ordered: date | None = None
    currency: str | None = None
    contract: str | None = None
    requested: date | None = None
    ship_not_before: date | None = None
    cancel_after: date | None = None
    parties: tuple[Party, ...] = ()
    contacts: tuple[Contact, ...] = ()
    terms: PaymentTerms | None = None
    references: tuple[Reference, ...] = ()
    allowances: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    notes: tuple[str, ...] = ()
    lines: tuple[OrderLine, ...] = ()
    total_lines: int | None = None  # as the document said it
    total: Decimal | None = None
    extra: dict[str, str] = {}


class OrderChange(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="OrderChange", tag_field="document"
):
    """A change to an order sent before. ``lines`` holds them as they should be, ``actions`` what to do per line."""

    number: str
    purpose: Purpose = Purpose.CHANGE
    release: str | None = None
    version: str | None = None
    ordered: date | None = None
    changed: date | None = None
    currency: str | None = None
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    allowances: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    notes: tuple[str, ...] = ()
    lines: tuple[OrderLine, ...] = ()
    actions: dict[str, str] = {}  # line number to add, delete, change, replace
    extra: dict[str, str] = {}
