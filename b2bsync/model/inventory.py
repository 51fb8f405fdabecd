"""Inventory reports: X12 846, EDIFACT INVRPT."""

from datetime import date
from decimal import Decimal

import msgspec

from b2bsync.model.order import Purpose
from b2bsync.model.parts import ItemIds, Party, Reference


class InventoryLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    number: str | None = None
    items: ItemIds
    description: str | None = None
    kind: str | None = None  # available, on_hand, on_order …
    quantity: Decimal
    unit: str | None = None
    available: date | None = None
    extra: dict[str, str] = {}


class InventoryReport(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="InventoryReport", tag_field="document"
):
    number: str
    purpose: Purpose = Purpose.ORIGINAL
    kind: str | None = None
    as_of: date | None = None
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    lines: tuple[InventoryLine, ...] = ()
    total_lines: int | None = None
    extra: dict[str, str] = {}
