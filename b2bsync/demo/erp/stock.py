"""Stock of the ERP: units, goods that come in, and what is set aside for open order lines."""

import sqlite3
from datetime import UTC, date, datetime
from decimal import ROUND_FLOOR, Decimal

from b2bsync.vocabulary.numbers import plain


def now() -> str:
    """The time of change in the ERP's format: UTC with microseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def factor(connection: sqlite3.Connection, item: sqlite3.Row, unit: str) -> Decimal | None:
    """Base units in one ``unit`` of an ITEM_MASTER row, or None when the item is not sold in it."""
    if unit == item["BASE_UOM"]:
        return Decimal(1)
    row = connection.execute(
        "SELECT NUMER, DENOM FROM ITEM_UOM WHERE ITEM_NO = ? AND UOM = ?", (item["ITEM_NO"], unit)
    ).fetchone()
    return Decimal(row["NUMER"]) / Decimal(row["DENOM"]) if row else None


def item_of(connection: sqlite3.Connection, number: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute("SELECT * FROM ITEM_MASTER WHERE ITEM_NO = ?", (number,)).fetchone()
    return row


def receive_goods(connection: sqlite3.Connection, today: date) -> None:
    """What was announced for today or earlier is on the shelf now."""
    due = connection.execute("SELECT * FROM WHS_STOCK WHERE NEXT_DATE <= ?", (today.isoformat(),)).fetchall()
    for row in due:
        on_hand = plain(Decimal(row["QTY_ONHAND"]) + Decimal(row["NEXT_QTY"]))
        connection.execute(
            "UPDATE WHS_STOCK SET QTY_ONHAND = ?, NEXT_QTY = NULL, NEXT_DATE = NULL, CHG_TS = ?"
            " WHERE ITEM_NO = ? AND WHS = ?",
            (on_hand, now(), row["ITEM_NO"], row["WHS"]),
        )


def reserve(connection: sqlite3.Connection) -> None:
    """Sets stock aside for every open line that lacks some, oldest order first; only whole sales units."""
    lines = connection.execute(
        "SELECT p.*, d.WHS AS HOME FROM SO_POS p JOIN SO_HDR h USING (SO_NO) JOIN DEBTOR d USING (CUST_NO)"
        " WHERE p.STATUS = 'OPEN' ORDER BY p.SO_NO, p.POS_NO"
    ).fetchall()
    for line in lines:
        item = item_of(connection, line["ITEM_NO"])
        pieces = factor(connection, item, line["UOM"]) if item else None
        if pieces is None:
            continue
        held = Decimal(line["QTY_RESV"])
        missing = (Decimal(line["QTY_CONF"]) - Decimal(line["QTY_DLV"])) * pieces - held
        if missing <= 0:
            continue
        # Goods set aside for a line lie in one warehouse; it changes only when nothing is set aside.
        shelf = _shelf(connection, line["ITEM_NO"], line["HOME"] or (line["WHS"] if held else None), missing)
        if shelf is None:
            continue
        free = Decimal(shelf["QTY_ONHAND"]) - Decimal(shelf["QTY_RESERVED"])
        units = (min(free, missing) / pieces).to_integral_value(ROUND_FLOOR) if line["UOM"] not in ("KG", "M") else None
        taken = min(free, missing) if units is None else units * pieces
        if taken > 0:
            move(connection, shelf, Decimal(0), taken)
            connection.execute(
                "UPDATE SO_POS SET QTY_RESV = ?, WHS = ? WHERE SO_NO = ? AND POS_NO = ?",
                (plain(held + taken), shelf["WHS"], line["SO_NO"], line["POS_NO"]),
            )


def move(connection: sqlite3.Connection, shelf: sqlite3.Row, on_hand: Decimal, reserved: Decimal) -> None:
    """Adds to (or with negative numbers takes from) a WHS_STOCK row."""
    connection.execute(
        "UPDATE WHS_STOCK SET QTY_ONHAND = ?, QTY_RESERVED = ?, CHG_TS = ? WHERE ITEM_NO = ? AND WHS = ?",
        (
            plain(Decimal(shelf["QTY_ONHAND"]) + on_hand),
            plain(Decimal(shelf["QTY_RESERVED"]) + reserved),
            now(),
            shelf["ITEM_NO"],
            shelf["WHS"],
        ),
    )


def _shelf(connection: sqlite3.Connection, item: str, warehouse: str | None, wanted: Decimal) -> sqlite3.Row | None:
    """The stock row to take from: the customer's warehouse, else the first that has all, else the fullest."""
    rows: list[sqlite3.Row] = connection.execute(
        "SELECT * FROM WHS_STOCK WHERE ITEM_NO = ? AND WHS = coalesce(?, WHS) ORDER BY WHS", (item, warehouse)
    ).fetchall()
    free = [Decimal(row["QTY_ONHAND"]) - Decimal(row["QTY_RESERVED"]) for row in rows]
    for row, quantity in zip(rows, free, strict=True):
        if quantity >= wanted:
            return row
    return rows[free.index(max(free))] if rows else None
