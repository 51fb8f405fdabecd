"""Old business in the generated ERP: orders of 2024, all delivered and invoiced long before any agreement began.

A first pull meets them; none of them may be sent to anybody.
"""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from b2bsync.demo import acme
from b2bsync.demo.catalogue import COMPANY_PREFIX, FIRST_ITEM, Row, Rows
from b2bsync.vocabulary.identifiers import sscc
from b2bsync.vocabulary.numbers import rounded

ORDERS = 60
"""Each third is the demonstration customer's, the rest belongs to customers 100003 and on."""
FIRST_SALES_ORDER, FIRST_DELIVERY, FIRST_INVOICE = 4500000001, 8000000001, 9000000001
TABLES = ("SO_HDR", "SO_POS", "DELIV_HDR", "DELIV_PACK", "DELIV_POS", "INV_HDR", "INV_POS")


def rows(random: Random, so_far: Rows) -> Rows:
    """SO_*, DELIV_* and INV_*: one delivery with one carton and one invoice per order, three positions each."""
    result: Rows = {table: [] for table in TABLES}
    debtors = {row["CUST_NO"]: row for row in so_far["DEBTOR"]}
    units = {row["ITEM_NO"]: row["BASE_UOM"] for row in so_far["ITEM_MASTER"]}
    for index in range(ORDERS):
        customer = acme.CUSTOMER if index % 3 == 0 else str(100003 + index)
        _order(result, random, index, debtors[customer], units)
    return result


def _order(result: Rows, random: Random, index: int, debtor: Row, units: dict[str, str]) -> None:
    """One order from its date to its invoice; five days lie between two orders."""
    customer, currency, tax = debtor["CUST_NO"], debtor["CURR"], Decimal(debtor["TAX_PCT"])
    ordered = date(2024, 1, 8) + timedelta(days=5 * index)
    shipped, arrives, due = (ordered + timedelta(days=days) for days in (2, 5, 32))
    stamp = f"{shipped}T16:00:00.000000Z"
    order, delivery, invoice = FIRST_SALES_ORDER + index, FIRST_DELIVERY + index, FIRST_INVOICE + index
    place = acme.SHIP_TO if customer == acme.CUSTOMER else f"{int(customer) - 100000}-1"
    result["SO_HDR"].append(
        {
            "SO_NO": order,
            "CUST_NO": customer,
            "CUST_PO": f"OLD-{index + 1:04d}",
            "CUST_PO_DATE": ordered.isoformat(),
            "SHIP_ADDR": place,
            "CURR": currency,
            "REQ_DATE": shipped.isoformat(),
            "STATUS": "CLOSED",
            "ORD_DATE": ordered.isoformat(),
            "CHG_TS": stamp,
        }
    )
    net = Decimal(0)
    for position in range(1, 4):
        item = str(random.randint(FIRST_ITEM + 100, FIRST_ITEM + 1999))
        quantity, price = random.randint(1, 40), Decimal(random.randint(100, 9000)) / 100
        net += quantity * price
        goods = {"ITEM_NO": item, "QTY": str(quantity), "UOM": units[item]}
        priced = {"NET_PRICE": f"{price:.2f}", "PRICE_PER": "1"}
        result["SO_POS"].append(
            {
                "SO_NO": order,
                "POS_NO": position * 10,
                "CUST_POS": str(position),
                **goods,
                **priced,
                "QTY_CONF": str(quantity),
                "DATE_CONF": shipped.isoformat(),
                "QTY_DLV": str(quantity),
                "WHS": acme.WAREHOUSE,
                "STATUS": "DONE",
            }
        )
        of = {"SO_NO": order, "SO_POS": position * 10}
        result["DELIV_POS"].append({"DELIV_NO": delivery, "POS_NO": position, "PACK_NO": 1, **of, **goods})
        amount = f"{quantity * price:.2f}"
        result["INV_POS"].append({"INV_NO": invoice, "POS_NO": position, **of, **goods, **priced, "AMOUNT": amount})
    result["DELIV_HDR"].append(
        {
            "DELIV_NO": delivery,
            "CUST_NO": customer,
            "SHIP_ADDR": place,
            "WHS": acme.WAREHOUSE,
            "SHIP_DATE": shipped.isoformat(),
            "ETA": arrives.isoformat(),
            "CARRIER": "DEMO",
            "BOL": f"BOL{delivery}",
            "WEIGHT": "12.500",
            "PACK_CNT": 1,
            "STATUS": "I",
            "CREATED_TS": stamp,
            "CHG_TS": stamp,
        }
    )
    result["DELIV_PACK"].append(
        {
            "DELIV_NO": delivery,
            "PACK_NO": 1,
            "SSCC": sscc(0, COMPANY_PREFIX, (index + 1) * 1000 + 1),
            "PACK_TYPE": "CTN",
            "WEIGHT": "12.500",
            "TRACK_NO": f"DM{delivery}001",
        }
    )
    taxes = rounded(net * tax / 100, 2)
    result["INV_HDR"].append(
        {
            "INV_NO": invoice,
            "CUST_NO": customer,
            "SO_NO": order,
            "DELIV_NO": delivery,
            "INV_DATE": shipped.isoformat(),
            "DUE_DATE": due.isoformat(),
            "CURR": currency,
            "NET_AMT": f"{net:.2f}",
            "TAX_PCT": str(tax),
            "TAX_AMT": f"{taxes:.2f}",
            "GROSS_AMT": f"{net + taxes:.2f}",
            "NET_DAYS": 30,
            "CHG_TS": stamp,
        }
    )
