"""Invoices and credit notes: X12 810, EDIFACT INVOIC, cXML InvoiceDetailRequest, UBL Invoice."""

from datetime import date
from decimal import Decimal

import msgspec

from b2bsync.model.order import Purpose
from b2bsync.model.parts import AllowanceCharge, ItemIds, Party, PaymentTerms, Reference, Tax, UnitPrice


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    number: str
    quantity: Decimal
    unit: str | None = None
    items: ItemIds
    price: UnitPrice
    amount: Decimal | None = None  # line total without tax
    order_line: str | None = None
    description: str | None = None
    allowances: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    extra: dict[str, str] = {}


class Invoice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="Invoice", tag_field="document"):
    """``credit`` marks a credit note; its amounts are positive all the same."""

    number: str
    purpose: Purpose = Purpose.ORIGINAL
    credit: bool = False
    issued: date
    order_number: str | None = None
    release: str | None = None
    order_date: date | None = None
    shipment_number: str | None = None
    supplier_number: str | None = None
    currency: str | None = None
    terms: PaymentTerms | None = None
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    allowances: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[Tax, ...] = ()  # the breakdown
    fiscal_id: str | None = None  # number given by a tax authority
    notes: tuple[str, ...] = ()
    lines: tuple[InvoiceLine, ...] = ()
    total: Decimal  # to pay, with tax
    net: Decimal | None = None
    total_lines: int | None = None
    extra: dict[str, str] = {}
