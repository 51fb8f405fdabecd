"""Invoices of the ERP: one per delivery and order, at the order's prices, due as the contract says."""

import sqlite3
from datetime import date, timedelta
from decimal import Decimal

from b2bsync.demo.erp.stock import now
from b2bsync.vocabulary.numbers import plain, rounded

NET_DAYS = 30
"""Without a contract that holds today."""


def invoice(connection: sqlite3.Connection, today: date) -> list[str]:
    """Invoices every delivery that has none yet."""
    said = []
    for delivery in connection.execute("SELECT * FROM DELIV_HDR WHERE STATUS = 'S' ORDER BY DELIV_NO").fetchall():
        number = delivery["DELIV_NO"]
        orders = connection.execute(
            "SELECT DISTINCT h.* FROM DELIV_POS p JOIN SO_HDR h USING (SO_NO) WHERE DELIV_NO = ? ORDER BY SO_NO",
            (number,),
        ).fetchall()
        said += [_invoice(connection, today, number, order) for order in orders]
        connection.execute("UPDATE DELIV_HDR SET STATUS = 'I', CHG_TS = ? WHERE DELIV_NO = ?", (now(), number))
    return said


def _invoice(connection: sqlite3.Connection, today: date, delivery: int, order: sqlite3.Row) -> str:
    lines = connection.execute(
        "SELECT d.QTY, p.* FROM DELIV_POS d JOIN SO_POS p ON p.SO_NO = d.SO_NO AND p.POS_NO = d.SO_POS"
        " WHERE d.DELIV_NO = ? AND d.SO_NO = ? ORDER BY d.POS_NO",
        (delivery, order["SO_NO"]),
    ).fetchall()
    positions: dict[int, sqlite3.Row] = {line["POS_NO"]: line for line in lines}
    quantities = dict.fromkeys(positions, Decimal(0))
    for line in lines:  # a line that fills several packages is one line of the invoice
        quantities[line["POS_NO"]] += Decimal(line[0])
    amounts = {
        position: rounded(quantities[position] * Decimal(line["NET_PRICE"]) / Decimal(line["PRICE_PER"]), 2)
        for position, line in positions.items()
    }
    debtor = connection.execute("SELECT * FROM DEBTOR WHERE CUST_NO = ?", (order["CUST_NO"],)).fetchone()
    contract = connection.execute(
        "SELECT * FROM CONTRACT_HDR WHERE CUST_NO = ? AND ? BETWEEN START_DATE AND END_DATE",
        (order["CUST_NO"], today.isoformat()),
    ).fetchone()
    net_days, discount, within = (
        (contract["NET_DAYS"], contract["CD_PCT"], contract["CD_DAYS"]) if contract else (NET_DAYS, None, None)
    )
    net = sum(amounts.values(), Decimal(0))
    tax = rounded(net * Decimal(debtor["TAX_PCT"]) / 100, 2)
    stamp = now()
    number = connection.execute(
        "INSERT INTO INV_HDR (CUST_NO, SO_NO, DELIV_NO, INV_DATE, DUE_DATE, CURR, NET_AMT, TAX_PCT, TAX_AMT, GROSS_AMT,"
        " NET_DAYS, CD_PCT, CD_DAYS, CHG_TS) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            order["CUST_NO"],
            order["SO_NO"],
            delivery,
            today.isoformat(),
            (today + timedelta(days=net_days)).isoformat(),
            order["CURR"] or debtor["CURR"],
            f"{net:.2f}",
            debtor["TAX_PCT"],
            f"{tax:.2f}",
            f"{net + tax:.2f}",
            net_days,
            discount,
            within,
            stamp,
        ),
    ).lastrowid
    connection.executemany(
        "INSERT INTO INV_POS VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                number,
                index,
                order["SO_NO"],
                position,
                line["ITEM_NO"],
                plain(quantities[position]),
                line["UOM"],
                line["NET_PRICE"],
                line["PRICE_PER"],
                f"{amounts[position]:.2f}",
            )
            for index, (position, line) in enumerate(positions.items(), start=1)
        ],
    )
    connection.execute(
        "UPDATE DEBTOR SET OPEN_BAL = ?, CHG_TS = ? WHERE CUST_NO = ?",
        (f"{Decimal(debtor['OPEN_BAL']) + net + tax:.2f}", stamp, order["CUST_NO"]),
    )
    return f"invoice {number} for delivery {delivery}: {net + tax:.2f}"
