"""Sales orders of the ERP: it answers what was released to it, line by line, and may refuse or cut."""

import sqlite3
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from b2bsync.demo.erp.stock import factor, item_of, now
from b2bsync.vocabulary.numbers import plain


def answer(connection: sqlite3.Connection, today: date) -> list[str]:
    """Every released order becomes ACCEPTED, its lines OPEN or REFUSED, or it is REFUSED as a whole."""
    said = []
    for order in connection.execute("SELECT * FROM SO_HDR WHERE STATUS = 'RELEASED' ORDER BY SO_NO").fetchall():
        refusal = _refusal(connection, order)
        lines = connection.execute("SELECT * FROM SO_POS WHERE SO_NO = ? ORDER BY POS_NO", (order["SO_NO"],)).fetchall()
        taken = 0
        for line in lines:
            reason, quantity = (refusal, None) if refusal else _judge(connection, line)
            taken += reason is None
            connection.execute(
                "UPDATE SO_POS SET STATUS = ?, REFUSE_TEXT = ?, QTY_CONF = ?, DATE_CONF = ?"
                " WHERE SO_NO = ? AND POS_NO = ?",
                (
                    "REFUSED" if reason else "OPEN",
                    reason,
                    plain(quantity or Decimal(0)),
                    None if reason else today.isoformat(),
                    line["SO_NO"],
                    line["POS_NO"],
                ),
            )
        if not taken and refusal is None:
            refusal = "no position can be supplied"
        connection.execute(
            "UPDATE SO_HDR SET STATUS = ?, REFUSE_TEXT = ?, CHG_TS = ? WHERE SO_NO = ?",
            ("REFUSED" if refusal else "ACCEPTED", refusal, now(), order["SO_NO"]),
        )
        outcome = f"refused, {refusal}" if refusal else f"accepted {taken} of {len(lines)} positions"
        said.append(f"sales order {order['SO_NO']} (PO {order['CUST_PO']} of {order['CUST_NO']}): {outcome}")
    return said


def _refusal(connection: sqlite3.Connection, order: sqlite3.Row) -> str | None:
    debtor = connection.execute("SELECT * FROM DEBTOR WHERE CUST_NO = ?", (order["CUST_NO"],)).fetchone()
    if debtor is None:
        return f"debtor {order['CUST_NO']} does not exist"
    if debtor["BLOCK_FLAG"] == "X":
        return f"debtor {order['CUST_NO']} is blocked for orders"
    return None


def _judge(connection: sqlite3.Connection, line: sqlite3.Row) -> tuple[str | None, Decimal | None]:
    """Why a line is refused, or None with the quantity that is confirmed, in the line's unit."""
    item = item_of(connection, line["ITEM_NO"])
    if item is None:
        return f"item {line['ITEM_NO']} does not exist", None
    if item["STATUS"] != "A":
        return f"item {line['ITEM_NO']} is discontinued", None
    pieces = factor(connection, item, line["UOM"])
    if pieces is None:
        return f"item {line['ITEM_NO']} is not sold in {line['UOM']}", None
    quantity = Decimal(line["QTY"])
    if quantity <= 0 or line["NET_PRICE"] is None:
        return "a position needs a quantity above zero and a price", None
    if item["MAX_SO_QTY"] is not None:
        quantity = min(quantity, (Decimal(item["MAX_SO_QTY"]) / pieces).to_integral_value(ROUND_FLOOR))
        if not quantity:
            return f"item {line['ITEM_NO']} is on allocation", None
    return None, quantity
