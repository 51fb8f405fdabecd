"""Deliveries of the ERP: what is set aside leaves, in cartons or pallets that each carry an SSCC."""

import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from b2bsync.demo.erp.stock import factor, item_of, move, now
from b2bsync.vocabulary.identifiers import sscc
from b2bsync.vocabulary.numbers import plain, rounded

COMPANY_PREFIX = "9521234"
FIRST_DELIVERY = 8000000001
CARRIER, TRANSIT_DAYS = "DEMO", 2


class Kind(NamedTuple):
    """A kind of package: how much it may hold and what it weighs empty, in kilograms."""

    code: str
    holds: Decimal
    tare: Decimal


CARTON = Kind("CTN", Decimal(25), Decimal("0.5"))
PALLET = Kind("PAL", Decimal(600), Decimal(22))
PALLETS_FROM = Decimal(250)
"""Kilograms of goods from which a delivery goes on pallets."""


class Pick(NamedTuple):
    """What leaves of one order line: ``units`` of its own unit, each with ``pieces`` base units and a weight."""

    order: int
    position: int
    item: str
    unit: str
    units: Decimal
    pieces: Decimal
    weight: Decimal


class Package(NamedTuple):
    kind: Kind
    contents: list[tuple[Pick, Decimal]]

    @property
    def weight(self) -> Decimal:
        return rounded(self.kind.tare + sum((p.weight * units for p, units in self.contents), Decimal(0)), 3)


def deliver(connection: sqlite3.Connection, today: date) -> list[str]:
    """One delivery per order and warehouse (per ship-to where the contract consolidates) for all that is set aside."""
    groups: dict[tuple[str, str | None, str, int | None], list[sqlite3.Row]] = {}
    lines = connection.execute(
        "SELECT p.*, h.CUST_NO, h.SHIP_ADDR, coalesce(c.SPLIT_OK, 'Y') AS SPLIT_OK, coalesce(c.CONSOL, 'N') AS CONSOL"
        " FROM SO_POS p JOIN SO_HDR h USING (SO_NO)"
        " LEFT JOIN CONTRACT_HDR c ON c.CUST_NO = h.CUST_NO AND ? BETWEEN c.START_DATE AND c.END_DATE"
        " WHERE p.STATUS = 'OPEN' ORDER BY p.SO_NO, p.POS_NO",
        (today.isoformat(),),
    ).fetchall()
    picks = {(line["SO_NO"], line["POS_NO"]): _pick(connection, line) for line in lines}
    waiting = {
        line["SO_NO"]
        for line in lines
        if line["SPLIT_OK"] == "N"
        and picks[line["SO_NO"], line["POS_NO"]].units < Decimal(line["QTY_CONF"]) - Decimal(line["QTY_DLV"])
    }
    for line in lines:
        if picks[line["SO_NO"], line["POS_NO"]].units and line["SO_NO"] not in waiting:
            order = None if line["CONSOL"] == "Y" else line["SO_NO"]
            groups.setdefault((line["CUST_NO"], line["SHIP_ADDR"], line["WHS"], order), []).append(line)
    return [
        _ship(connection, today, customer, place, warehouse, [picks[line["SO_NO"], line["POS_NO"]] for line in group])
        for (customer, place, warehouse, _), group in groups.items()
    ]


def packed(picks: Sequence[Pick]) -> list[Package]:
    """Fills packages in the order of the lines; a unit is never broken, a unit too heavy for any goes alone."""
    goods = sum((pick.units * pick.weight for pick in picks), Decimal(0))
    kind = PALLET if goods >= PALLETS_FROM else CARTON
    packages: list[Package] = []
    room = Decimal(0)
    for pick in picks:
        left = pick.units
        while left:
            fits = (room / pick.weight).to_integral_value(ROUND_FLOOR) if pick.weight else left
            if fits < 1 or not packages:
                packages.append(Package(kind, []))
                room = kind.holds
                fits = max((room / pick.weight).to_integral_value(ROUND_FLOOR), Decimal(1)) if pick.weight else left
            units = min(left, fits)
            packages[-1].contents.append((pick, units))
            room -= units * pick.weight
            left -= units
    return packages


def _pick(connection: sqlite3.Connection, line: sqlite3.Row) -> Pick:
    item = item_of(connection, line["ITEM_NO"])
    pieces = factor(connection, item, line["UOM"]) if item else None
    assert item is not None and pieces is not None  # answered lines have both
    units = Decimal(line["QTY_RESV"]) / pieces
    weight = Decimal(item["NET_WT"] or 0) * pieces
    return Pick(line["SO_NO"], line["POS_NO"], line["ITEM_NO"], line["UOM"], units, pieces, weight)


def _ship(
    connection: sqlite3.Connection,
    today: date,
    customer: str,
    place: str | None,
    warehouse: str,
    picks: Sequence[Pick],
) -> str:
    orders = sorted({pick.order for pick in picks})
    # A package holds goods of one order only, so that its label can name the order.
    packages = [package for order in orders for package in packed([pick for pick in picks if pick.order == order])]
    stamp = now()
    arrives = (today + timedelta(days=TRANSIT_DAYS)).isoformat()
    weight = sum((package.weight for package in packages), Decimal(0))
    delivery = connection.execute(
        "INSERT INTO DELIV_HDR (CUST_NO, SHIP_ADDR, WHS, SHIP_DATE, ETA, CARRIER, BOL, WEIGHT, PACK_CNT, STATUS,"
        " CREATED_TS, CHG_TS) VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, 'S', ?, ?)",
        (customer, place, warehouse, today.isoformat(), arrives, CARRIER, plain(weight), len(packages), stamp, stamp),
    ).lastrowid
    assert delivery is not None
    connection.execute("UPDATE DELIV_HDR SET BOL = ? WHERE DELIV_NO = ?", (f"BOL{delivery}", delivery))
    position = 0
    for number, package in enumerate(packages, start=1):
        code = sscc(0, COMPANY_PREFIX, (delivery - FIRST_DELIVERY + 1) * 1000 + number)
        connection.execute(
            "INSERT INTO DELIV_PACK VALUES (?, ?, ?, ?, ?, ?)",
            (delivery, number, code, package.kind.code, plain(package.weight), f"DM{delivery}{number:03d}"),
        )
        for pick, units in package.contents:
            position += 1
            connection.execute(
                "INSERT INTO DELIV_POS VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (delivery, position, number, pick.order, pick.position, pick.item, plain(units), pick.unit),
            )
    for pick in picks:
        _post(connection, pick, warehouse)
    for order in orders:
        _close(connection, order, stamp)
    named = ", ".join(str(order) for order in orders)
    return f"delivery {delivery} for {named}: {len(picks)} lines in {len(packages)} packages"


def _post(connection: sqlite3.Connection, pick: Pick, warehouse: str) -> None:
    """Takes the goods off the shelf and counts them as delivered."""
    shelf = connection.execute(
        "SELECT * FROM WHS_STOCK WHERE ITEM_NO = ? AND WHS = ?", (pick.item, warehouse)
    ).fetchone()
    goods = pick.units * pick.pieces
    move(connection, shelf, -goods, -goods)
    key = (pick.order, pick.position)
    line = connection.execute("SELECT * FROM SO_POS WHERE SO_NO = ? AND POS_NO = ?", key).fetchone()
    delivered = Decimal(line["QTY_DLV"]) + pick.units
    done = delivered >= Decimal(line["QTY_CONF"])
    connection.execute(
        "UPDATE SO_POS SET QTY_RESV = '0', QTY_DLV = ?, STATUS = ? WHERE SO_NO = ? AND POS_NO = ?",
        (plain(delivered), "DONE" if done else "OPEN", *key),
    )


def _close(connection: sqlite3.Connection, order: int, stamp: str) -> None:
    connection.execute(
        "UPDATE SO_HDR SET CHG_TS = :stamp, STATUS = CASE WHEN EXISTS"
        " (SELECT 1 FROM SO_POS WHERE SO_NO = :order AND STATUS = 'OPEN') THEN 'ACCEPTED' ELSE 'CLOSED' END"
        " WHERE SO_NO = :order",
        {"order": order, "stamp": stamp},
    )
