"""The order book: how far every ordered line and schedule has come."""

from datetime import date
from decimal import Decimal

import msgspec


class OrderBookLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One schedule of one order line. Quantities are in ``unit``, the ordered one.

    Open is what was confirmed and not shipped: ``confirmed - shipped``, never below zero.
    """

    order_number: str
    release: str | None = None
    line: str
    schedule: int = 1
    customer: str
    sku: str | None = None
    unit: str | None = None
    ordered: Decimal
    confirmed: Decimal = Decimal(0)
    shipped: Decimal = Decimal(0)
    received: Decimal = Decimal(0)
    invoiced: Decimal = Decimal(0)
    price: Decimal | None = None
    currency: str | None = None
    status: str = "received"
    reason: str | None = None
    requested: date | None = None
    promised: date | None = None

    @property
    def open(self) -> Decimal:
        return max(self.confirmed - self.shipped, Decimal(0))
