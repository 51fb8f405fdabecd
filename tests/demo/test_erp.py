"""The ERP process: what it makes of the sales orders that are put into its tables."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from b2bsync.demo.erp import open_books, step
from b2bsync.demo.erp.delivery import CARTON, PALLET, Pick, packed
from b2bsync.vocabulary.identifiers import is_sscc

TODAY = date(2026, 3, 2)
"""The day the database was generated for (see conftest)."""

Line = tuple[str, str, str, str]
"""Item, quantity, unit, net price."""

ORDER: tuple[Line, ...] = (
    ("10001", "24", "PCE", "9.50"),
    ("10009", "100", "PCE", "17.10"),
    ("10012", "2", "CS", "18.24"),
    ("10013", "100", "PCE", "4.75"),
)


@pytest.fixture
def books(erp: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_books(erp)) as connection:
        yield connection


def enter(books: sqlite3.Connection, customer: str, lines: tuple[Line, ...], status: str = "RELEASED") -> int:
    books.execute("BEGIN IMMEDIATE")
    number: int = books.execute(
        "INSERT INTO SO_HDR (CUST_NO, CUST_PO, SHIP_ADDR, CURR, STATUS) VALUES (?, 'PO-1', '0042', 'USD', ?)"
        " RETURNING SO_NO",
        (customer, status),
    ).fetchone()[0]
    books.executemany(
        "INSERT INTO SO_POS (SO_NO, POS_NO, ITEM_NO, QTY, UOM, NET_PRICE) VALUES (?, ?, ?, ?, ?, ?)",
        [(number, 10 * place, *line) for place, line in enumerate(lines, start=1)],
    )
    books.execute("COMMIT")
    return number


def all_of(books: sqlite3.Connection, statement: str, *values: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in books.execute(statement, values)]


def test_an_order_that_is_not_released_is_left_alone(books: sqlite3.Connection) -> None:
    number = enter(books, "100001", ORDER, status="NEW")
    assert step(books, TODAY) == []
    assert all_of(books, "SELECT STATUS FROM SO_HDR WHERE SO_NO = ?", number) == [("NEW",)]


def test_a_released_order_is_answered_delivered_as_far_as_stock_goes_and_invoiced(books: sqlite3.Connection) -> None:
    number = enter(books, "100001", ORDER)
    assert number == 4500000061

    assert step(books, TODAY) == [
        "sales order 4500000061 (PO PO-1 of 100001): accepted 4 of 4 positions",
        "delivery 8000000061 for 4500000061: 4 lines in 2 packages",
        "invoice 9000000061 for delivery 8000000061: 1233.48",
    ]
    # 10009 has 55 - 15 = 40 in Atlanta; 10013 is on allocation with 60 per order.
    assert all_of(
        books, "SELECT ITEM_NO, QTY, QTY_CONF, QTY_DLV, STATUS FROM SO_POS WHERE SO_NO = ? ORDER BY POS_NO", number
    ) == [
        ("10001", "24", "24", "24", "DONE"),
        ("10009", "100", "100", "40", "OPEN"),
        ("10012", "2", "2", "2", "DONE"),
        ("10013", "100", "60", "60", "DONE"),
    ]
    # 24 x 9.50 + 40 x 17.10 + 2 x 18.24 + 60 x 4.75 = 228 + 684 + 36.48 + 285
    assert all_of(
        books, "SELECT NET_AMT, GROSS_AMT, DUE_DATE, CD_PCT, CD_DAYS FROM INV_HDR WHERE SO_NO = ?", number
    ) == [("1233.48", "1233.48", "2026-04-01", "2", 10)]
    assert all_of(books, "SELECT QTY_ONHAND, QTY_RESERVED FROM WHS_STOCK WHERE ITEM_NO = '10009' AND WHS = 'ATL'") == [
        ("15", "15")
    ]
    assert all_of(books, "SELECT QTY_ONHAND FROM WHS_STOCK WHERE ITEM_NO = '10012' AND WHS = 'ATL'") == [("5976",)]
    assert all_of(books, "SELECT OPEN_BAL FROM DEBTOR WHERE CUST_NO = '100001'") == [("2433.48",)]


def test_packages_carry_what_the_lines_say_and_a_serial_code_each(books: sqlite3.Connection) -> None:
    enter(books, "100001", ORDER)
    step(books, TODAY)

    codes = [str(code) for (code,) in all_of(books, "SELECT SSCC FROM DELIV_PACK WHERE DELIV_NO = 8000000061")]
    assert codes == ["095212340000610014", "095212340000610021"]
    assert all(is_sscc(code) for code in codes)
    # A carton holds 25 kg: 24 x 0.25 + 40 x 0.25 + 2 x 12 x 0.05 = 17.2, which leaves room for 31 x 0.25.
    assert all_of(
        books, "SELECT PACK_NO, ITEM_NO, QTY, UOM FROM DELIV_POS WHERE DELIV_NO = 8000000061 ORDER BY POS_NO"
    ) == [
        (1, "10001", "24", "PCE"),
        (1, "10009", "40", "PCE"),
        (1, "10012", "2", "CS"),
        (1, "10013", "31", "PCE"),
        (2, "10013", "29", "PCE"),
    ]
    assert all_of(books, "SELECT WEIGHT, PACK_CNT FROM DELIV_HDR WHERE DELIV_NO = 8000000061") == [("33.2", 2)]


def test_the_rest_follows_when_the_goods_have_come_in(books: sqlite3.Connection) -> None:
    number = enter(books, "100001", ORDER)
    step(books, TODAY)
    assert step(books, date(2026, 3, 15)) == []

    assert step(books, date(2026, 3, 16)) == [
        "delivery 8000000062 for 4500000061: 1 lines in 1 packages",
        "invoice 9000000062 for delivery 8000000062: 1026.00",
    ]
    assert all_of(books, "SELECT STATUS FROM SO_HDR WHERE SO_NO = ?", number) == [("CLOSED",)]
    assert all_of(
        books, "SELECT QTY_ONHAND, QTY_RESERVED, NEXT_QTY FROM WHS_STOCK WHERE ITEM_NO = '10009' AND WHS = 'ATL'"
    ) == [("155", "15", None)]


def test_a_blocked_debtor_gets_nothing(books: sqlite3.Connection) -> None:
    number = enter(books, "100002", ORDER)
    assert step(books, TODAY) == [
        "sales order 4500000061 (PO PO-1 of 100002): refused, debtor 100002 is blocked for orders"
    ]
    assert all_of(books, "SELECT STATUS, REFUSE_TEXT FROM SO_HDR WHERE SO_NO = ?", number) == [
        ("REFUSED", "debtor 100002 is blocked for orders")
    ]
    assert all_of(books, "SELECT DISTINCT STATUS, QTY_CONF FROM SO_POS WHERE SO_NO = ?", number) == [("REFUSED", "0")]
    assert all_of(books, "SELECT count(*) FROM DELIV_POS WHERE SO_NO = ?", number) == [(0,)]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (("99999", "1", "PCE", "1"), "item 99999 does not exist"),
        (("10001", "1", "CS", "1"), "item 10001 is not sold in CS"),
        (("10001", "0", "PCE", "1"), "a position needs a quantity above zero and a price"),
        (("10088", "1", "PCE", "1"), "item 10088 is discontinued"),  # 10088 = 97 x 104
    ],
)
def test_a_position_that_cannot_be_supplied_is_refused_beside_the_others(
    books: sqlite3.Connection, line: Line, text: str
) -> None:
    number = enter(books, "100001", (line, ("10001", "1", "PCE", "9.50")))
    assert step(books, TODAY)[0].endswith("accepted 1 of 2 positions")
    assert all_of(books, "SELECT POS_NO, STATUS, REFUSE_TEXT FROM SO_POS WHERE SO_NO = ? ORDER BY POS_NO", number) == [
        (10, "REFUSED", text),
        (20, "DONE", None),
    ]


def test_who_came_first_gets_the_last_pieces(books: sqlite3.Connection) -> None:
    first = enter(books, "100001", (("10009", "30", "PCE", "17.10"),))
    second = enter(books, "100001", (("10009", "30", "PCE", "17.10"),))
    step(books, TODAY)
    assert all_of(books, "SELECT SO_NO, QTY_DLV FROM SO_POS WHERE SO_NO IN (?, ?)", first, second) == [
        (first, "30"),
        (second, "10"),
    ]


def test_a_contract_that_forbids_splitting_waits_for_the_last_piece(books: sqlite3.Connection) -> None:
    # 100006 is a sixth customer: no split deliveries. It is served from Atlanta.
    enter(books, "100006", (("10001", "5", "PCE", "9.50"), ("10009", "100", "PCE", "17.10")))
    assert step(books, TODAY) == ["sales order 4500000061 (PO PO-1 of 100006): accepted 2 of 2 positions"]
    assert step(books, date(2026, 3, 16)) == [
        "delivery 8000000061 for 4500000061: 2 lines in 2 packages",
        "invoice 9000000061 for delivery 8000000061: 1757.50",
    ]


def test_a_contract_that_consolidates_gets_one_delivery_for_two_orders(books: sqlite3.Connection) -> None:
    # 100004 is a fourth customer: deliveries to one place travel together; invoices stay apart.
    for _ in range(2):
        enter(books, "100004", (("10001", "5", "PCE", "2"),))
    assert step(books, TODAY)[2:] == [
        "delivery 8000000061 for 4500000061, 4500000062: 2 lines in 2 packages",
        "invoice 9000000061 for delivery 8000000061: 10.00",
        "invoice 9000000062 for delivery 8000000061: 10.00",
    ]


def pick(units: str, weight: str) -> Pick:
    return Pick(1, 10, "10001", "PCE", Decimal(units), Decimal(1), Decimal(weight))


def test_packing_fills_cartons_and_takes_pallets_for_heavy_goods() -> None:
    assert [(p.kind, [units for _, units in p.contents]) for p in packed([pick("7", "10")])] == [
        (CARTON, [2]),
        (CARTON, [2]),
        (CARTON, [2]),
        (CARTON, [1]),
    ]
    assert [(p.kind, p.weight) for p in packed([pick("30", "10")])] == [(PALLET, Decimal("322.000"))]
    assert [p.weight for p in packed([pick("2", "40")])] == [Decimal("40.500"), Decimal("40.500")]
    assert [[units for _, units in p.contents] for p in packed([pick("2.5", "20")])] == [
        [Decimal(1)],
        [Decimal(1)],
        [Decimal("0.5")],
    ]


def test_the_process_works_on_what_others_write_and_ends_on_sigterm(erp: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "b2bsync.demo.erp", str(erp), "--poll", "0.02"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"erp: open for business on {erp}\n"
        with closing(open_books(erp)) as books:
            enter(books, "100001", ORDER[:1])
        assert (
            process.stdout.readline() == "erp: sales order 4500000061 (PO PO-1 of 100001): accepted 1 of 1 positions\n"
        )
        assert process.stdout.readline() == "erp: delivery 8000000061 for 4500000061: 1 lines in 1 packages\n"
        assert process.stdout.readline() == "erp: invoice 9000000061 for delivery 8000000061: 228.00\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()


def test_the_process_says_when_its_database_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "b2bsync.demo.erp", str(tmp_path / "no.db")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == f"erp: {tmp_path / 'no.db'} is not there; b2bsync.demo.generator makes it\n"
