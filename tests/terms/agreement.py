"""A small world to judge orders in: customer 1001, a contract, and tea by the piece and by the case of 12."""

from datetime import date
from decimal import Decimal
from typing import Any

from b2bsync.model import (
    Contract,
    ContractLine,
    Customer,
    ItemIds,
    Order,
    OrderLine,
    Price,
    Product,
    Schedule,
    UnitConversion,
    UnitPrice,
)
from b2bsync.terms import Situation

D = Decimal
TODAY = date(2026, 3, 2)

TEA = Product(
    key="p-tea",
    sku="TEA",
    name="Green tea",
    category="drinks",
    gtin="4006381333931",
    units=(UnitConversion(unit="XCS", numerator=D(12), gtin="14006381333938"),),
)
CUP = Product(key="p-cup", sku="CUP", name="Cup", category="tableware")
CUSTOMER = Customer(key="c-1001", number="1001", segment="retail", currency="EUR", price_list="BASE")
CONTRACT = Contract(
    key="k-7",
    number="C-7",
    customer="1001",
    currency="EUR",
    lines=(ContractLine(sku="TEA", price=D("2.50")), ContractLine(sku="CUP", price=D("4.00"))),
)


def situation(**changes: Any) -> Situation:
    """Tea at 2.50 and cups at 4.00 by contract, 1,000 of each there; ``changes`` replace any of it."""
    values: dict[str, Any] = {
        "today": TODAY,
        "customer": CUSTOMER,
        "contracts": (CONTRACT,),
        "products": {"TEA": TEA, "CUP": CUP},
        "available": {"TEA": D(1000), "CUP": D(1000)},
    }
    return Situation(**(values | changes))


def contract(*lines: ContractLine, **terms: Any) -> Contract:
    """Contract C-7 with other lines or terms."""
    values: dict[str, Any] = {"key": "k-7", "number": "C-7", "customer": "1001", "currency": "EUR", "lines": lines}
    return Contract(**(values | terms))


def line(
    quantity: str | int,
    sku: str | None = "TEA",
    *,
    number: str = "1",
    price: str | None = None,
    unit: str | None = "EA",
    schedules: tuple[Schedule, ...] = (),
    **ids: str,
) -> OrderLine:
    """A line for our number ``sku``; ``ids`` are other numbers it gives."""
    asked = UnitPrice(amount=D(price)) if price is not None else None
    items = ItemIds(supplier=sku, **ids)
    return OrderLine(number=number, quantity=D(quantity), unit=unit, items=items, price=asked, schedules=schedules)


def order(*lines: OrderLine, **values: Any) -> Order:
    """Order 4711 of today."""
    return Order(**({"number": "4711", "ordered": TODAY, "lines": lines} | values))


def row(amount: str, **values: Any) -> Price:
    """A price row for tea."""
    return Price(**({"key": f"price-{amount}", "sku": "TEA", "amount": D(amount), "currency": "EUR"} | values))


def decisions(judged: Any) -> list[tuple[str, str, str | None]]:
    """What was decided, as (answered quantity, status, reason)."""
    return [(str(d.answered), d.status.value, d.reason and d.reason.value) for d in judged.decisions]
