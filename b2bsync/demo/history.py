"""Old business in the generated ERP: orders of 2024, all delivered and invoiced long before any agreement began.

A first pull meets them; none of them may be sent to anybody.
"""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from b2bsync.demo import acme
from b2bsync.demo.catalogue import COMPANY_PREFIX, FIRST_ITEM
from b2bsync.vocabulary.identifiers import sscc
from b2bsync.vocabulary.numbers import rounded

ORDERS = 60
"""Each third is the demonstration customer's, the rest belongs to customers 100003 and on."""
FIRST_SALES_ORDER, FIRST_DELIVERY, FIRST_INVOICE = 4500000001, 8000000001, 9000000001

Rows = dict[str, list[tuple[Any, ...]]]


def rows(random: Random, so_far: Rows) -> Rows:
    """SO_*, DELIV_* and INV_*: one delivery with one carton and one invoice per order, three positions each."""
    tables = ("SO_HDR", "SO_POS", "DELIV_HDR", "DELIV_PACK", "DELIV_POS", "INV_HDR", "INV_POS")
    result: Rows = {table: [] for table in tables}
    debtors = {row[0]: row for row in so_far["DEBTOR"]}
    units = {str(row[0]): str(row[2]) for row in so_far["ITEM_MASTER"]}
    for index in range(ORDERS):
        customer = acme.CUSTOMER if index % 3 == 0 else str(100003 + index)
        debtor = debtors[customer]
        currency, tax = str(debtor[4]), Decimal(str(debtor[11]))
        ordered = date(2024, 1, 8) + timedelta(days=5 * index)
        shipped, arrives, due = (ordered + timedelta(days=days) for days in (2, 5, 32))
        stamp = f"{shipped}T16:00:00.000000Z"
        order, delivery, invoice = FIRST_SALES_ORDER + index, FIRST_DELIVERY + index, FIRST_INVOICE + index
        place = acme.SHIP_TO if customer == acme.CUSTOMER else f"{int(customer) - 100000}-1"
        result["SO_HDR"].append(
            (
                order,
                customer,
                f"OLD-{index + 1:04d}",
                ordered.isoformat(),
                None,
                None,
                place,
                currency,
                shipped.isoformat(),
                "CLOSED",
                None,
                ordered.isoformat(),
                stamp,
            )
        )
        net = Decimal(0)
        for position in range(1, 4):
            item = str(random.randint(FIRST_ITEM + 100, FIRST_ITEM + 1999))
            quantity, price = random.randint(1, 40), Decimal(random.randint(100, 9000)) / 100
            net += quantity * price
            ship, unit = shipped.isoformat(), units[item]
            result["SO_POS"].append(
                (
                    order,
                    position * 10,
                    str(position),
                    item,
                    str(quantity),
                    unit,
                    f"{price:.2f}",
                    "1",
                    str(quantity),
                    ship,
                    "0",
                    str(quantity),
                    acme.WAREHOUSE,
                    "DONE",
                    None,
                )
            )
            result["DELIV_POS"].append((delivery, position, 1, order, position * 10, item, str(quantity), unit))
            result["INV_POS"].append(
                (
                    invoice,
                    position,
                    order,
                    position * 10,
                    item,
                    str(quantity),
                    unit,
                    f"{price:.2f}",
                    "1",
                    f"{quantity * price:.2f}",
                )
            )
        result["DELIV_HDR"].append(
            (
                delivery,
                customer,
                place,
                acme.WAREHOUSE,
                shipped.isoformat(),
                arrives.isoformat(),
                "DEMO",
                f"BOL{delivery}",
                "12.500",
                1,
                "I",
                stamp,
                stamp,
            )
        )
        code = sscc(0, COMPANY_PREFIX, (delivery - FIRST_DELIVERY + 1) * 1000 + 1)
        result["DELIV_PACK"].append((delivery, 1, code, "CTN", "12.500", f"DM{delivery}001"))
        taxes = rounded(net * tax / 100, 2)
        result["INV_HDR"].append(
            (
                invoice,
                customer,
                order,
                delivery,
                shipped.isoformat(),
                due.isoformat(),
                currency,
                f"{net:.2f}",
                str(tax),
                f"{taxes:.2f}",
                f"{net + taxes:.2f}",
                30,
                None,
                None,
                stamp,
            )
        )
    return result
