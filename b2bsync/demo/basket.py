"""What Acme orders in the demonstration: one line for every rule of the contract gate, priced from the ERP's own rows.

The buyer's process reads it as JSON; ``expected`` is what the line should come to and is never sent to anybody.
"""

import json
import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from b2bsync.demo import acme
from b2bsync.vocabulary.numbers import plain

ORDER = "ACME-7001"
LEAD_DAYS = 7
"""Days from the order to the requested day."""

Pricing = Callable[[Decimal], Decimal]


class Wish(NamedTuple):
    """A line before it is priced. ``says`` makes the price on the order from the one that was agreed."""

    item: str
    quantity: int
    expected: str
    unit: str = "EA"
    qualifier: str = "VN"  # VN our number, IN the buyer's, UK the GTIN of a case
    says: Pricing = lambda agreed: agreed


WISHES = (
    Wish("10001", 24, "accepted"),
    Wish("99999", 10, "rejected: unknown_item", says=lambda _: Decimal(5)),
    Wish("10003", 6, "rejected: not_in_assortment"),
    Wish("10004", 5, "rejected: unit_not_convertible", unit="KG"),
    Wish("10005", 20, "rejected: below_minimum"),
    Wish("10006", 30, "24 quantity_changed, 6 rejected: not_a_lot_multiple"),
    Wish("10007", 40, "price_changed: 4.2", says=lambda _: Decimal("3.5")),
    Wish("10008", 10, "accepted", says=lambda agreed: agreed - Decimal("0.1")),
    Wish("10009", 100, "40 accepted, 60 backordered: out_of_stock"),
    Wish("10010", 120, "accepted"),
    Wish("10011", 12, "accepted", qualifier="IN"),
    Wish("10012", 2, "accepted", unit="CA", qualifier="UK"),
    Wish("10013", 100, "60 quantity_changed: erp_changed, 40 rejected: erp_changed"),
    Wish("10014", 30, "30 backordered: out_of_stock"),
)
"""In the order of the lines, which count from 1."""


def basket(erp: Path, today: date) -> dict[str, Any]:
    """The order as JSON-able values: parties, dates, and lines of number, quantity, unit, price, item and text."""
    connection = sqlite3.connect(f"file:{erp}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        return {
            "number": ORDER,
            "ordered": today.isoformat(),
            "requested": (today + timedelta(days=LEAD_DAYS)).isoformat(),
            "currency": "USD",
            "sold_to": _place(connection, "SO", acme.SOLD_TO_GLN),
            "ship_to": _place(connection, "SH", acme.SHIP_TO_GLN),
            "lines": [_line(connection, number, wish) for number, wish in enumerate(WISHES, start=1)],
        }
    finally:
        connection.close()


def write_basket(erp: Path, target: Path, today: date | None = None) -> None:
    target.write_text(json.dumps(basket(erp, today or date.today()), indent=1), encoding="utf-8")


def _place(connection: sqlite3.Connection, kind: str, gln: str) -> dict[str, str]:
    row = connection.execute("SELECT * FROM DEBTOR_ADDR WHERE ADDR_TYPE = ? AND GLN = ?", (kind, gln)).fetchone()
    return {"name": row["NAME1"], "number": row["CUST_ADDR_NO"], "gln": row["GLN"]}


def _line(connection: sqlite3.Connection, number: int, wish: Wish) -> dict[str, str]:
    item = connection.execute("SELECT * FROM ITEM_MASTER WHERE ITEM_NO = ?", (wish.item,)).fetchone()
    case = connection.execute("SELECT * FROM ITEM_UOM WHERE ITEM_NO = ? AND UOM = 'CS'", (wish.item,)).fetchone()
    agreed = _agreed(connection, wish)
    said = wish.item
    if wish.qualifier == "IN":
        said = connection.execute(
            "SELECT THEIRS FROM CUST_ITEM_XREF WHERE CUST_NO = ? AND KIND = 'I' AND OURS = ?",
            (acme.CUSTOMER, wish.item),
        ).fetchone()["THEIRS"]
    elif wish.qualifier == "UK":
        said = case["EAN"]
    if wish.unit == "CA":
        agreed *= Decimal(case["NUMER"]) / Decimal(case["DENOM"])
    return {
        "number": str(number),
        "quantity": str(wish.quantity),
        "unit": wish.unit,
        "price": plain(wish.says(agreed)),
        "qualifier": wish.qualifier,
        "item": said,
        "text": item["DESCR1"] if item else "Something nobody sells",
        "expected": wish.expected,
    }


def _agreed(connection: sqlite3.Connection, wish: Wish) -> Decimal:
    """The contract's price of one piece: fixed, else the customer's own by quantity, else list less the discount."""
    fixed = connection.execute(
        "SELECT FIX_PRICE FROM CONTRACT_POS WHERE CONTRACT_NO = ? AND ITEM_NO = ?", (acme.CONTRACT, wish.item)
    ).fetchone()
    if fixed:
        return Decimal(fixed["FIX_PRICE"])
    own = connection.execute(
        "SELECT AMOUNT, FROM_QTY FROM PRICE_COND WHERE CUST_NO = ? AND ITEM_NO = ?", (acme.CUSTOMER, wish.item)
    ).fetchall()
    if own:
        return max((Decimal(r["FROM_QTY"]), Decimal(r["AMOUNT"])) for r in own if int(r["FROM_QTY"]) <= wish.quantity)[
            1
        ]
    listed = connection.execute(
        "SELECT AMOUNT FROM PRICE_COND WHERE PLIST = ? AND ITEM_NO = ?", (acme.PRICE_LIST, wish.item)
    ).fetchone()
    discount = connection.execute(
        "SELECT DISC_PCT FROM CONTRACT_DISC WHERE CONTRACT_NO = ?", (acme.CONTRACT,)
    ).fetchone()
    return Decimal(listed["AMOUNT"]) * (100 - Decimal(discount["DISC_PCT"])) / 100 if listed else Decimal(0)
