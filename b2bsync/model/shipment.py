"""Despatch advices: X12 856, EDIFACT DESADV, cXML ShipNoticeRequest."""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from b2bsync.model.order import Purpose
from b2bsync.model.parts import ItemIds, Party, Reference


class ShipmentLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``order_line`` is the buyer's line number; ``quantity`` what is in this package (or shipment) of it."""

    order_line: str | None = None
    quantity: Decimal
    unit: str | None = None
    ordered: Decimal | None = None
    items: ItemIds
    description: str | None = None
    lot: str | None = None
    extra: dict[str, str] = {}


class Package(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    sscc: str | None = None  # 18 digits
    kind: str | None = None  # UN/ECE Rec 21
    weight: Decimal | None = None  # kilograms, gross
    tracking: str | None = None
    lines: tuple[ShipmentLine, ...] = ()


class ShipmentOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The part of a shipment that belongs to one order: packed (S-O-P-I) or loose (S-O-I)."""

    number: str  # the buyer's order number
    release: str | None = None
    ordered: date | None = None
    supplier_number: str | None = None
    packages: tuple[Package, ...] = ()
    lines: tuple[ShipmentLine, ...] = ()


class ShipNotice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="ShipNotice", tag_field="document"):
    number: str  # the supplier's shipment number
    purpose: Purpose = Purpose.ORIGINAL
    created: datetime | None = None
    shipped: date | None = None
    expected: date | None = None
    carrier: str | None = None  # SCAC or name
    tracking: str | None = None
    bill_of_lading: str | None = None
    package_count: int | None = None
    weight: Decimal | None = None  # kilograms, gross
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    orders: tuple[ShipmentOrder, ...] = ()
    total_lines: int | None = None
    extra: dict[str, str] = {}
