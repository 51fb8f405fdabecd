"""The generated ERP: the same every time, of the size that was promised, with terms of every kind."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from b2bsync.demo.generator import generate
from b2bsync.vocabulary.identifiers import is_gln, is_gtin, is_sscc

TODAY = date(2026, 3, 2)
"""The day the database was generated for (see conftest)."""


@pytest.fixture
def rows(erp_original: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(erp_original)) as connection:
        yield connection


def digest(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
        ]
        content = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    assert len(content["ITEM_MASTER"]) == 5000
    return hashlib.sha256(repr(content).encode()).hexdigest()


def one(rows: sqlite3.Connection, statement: str) -> object:
    return rows.execute(statement).fetchone()[0]


def test_the_same_seed_and_day_make_the_same_database(erp_original: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again.db", TODAY)
    generate(tmp_path / "other.db", TODAY, seed=2)

    assert digest(tmp_path / "again.db") == digest(erp_original)
    assert digest(tmp_path / "other.db") != digest(erp_original)


def test_a_database_that_is_there_is_never_overwritten(erp: Path) -> None:
    before = erp.read_bytes()
    with pytest.raises(FileExistsError, match="already exists; delete it first"):
        generate(erp, TODAY)
    assert erp.read_bytes() == before


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("WAREHOUSE", 3),
        ("ITEM_MASTER", 5000),
        ("WHS_STOCK", 15000),
        ("DEBTOR", 200),
        ("CONTRACT_HDR", 200),
        ("PRICE_LIST", 4),
        ("CONTRACT_SUPPLY", 133),  # Acme's one, and two of each third of 2 to 200 (66 customers)
        ("CONTRACT_BUYER", 80),  # two of each fifth customer (40)
        ("SO_HDR", 60),
        ("DELIV_HDR", 60),
        ("INV_HDR", 60),
    ],
)
def test_counts(rows: sqlite3.Connection, table: str, count: int) -> None:
    assert one(rows, f"SELECT count(*) FROM {table}") == count


@pytest.mark.parametrize(
    ("customers", "table", "condition"),
    [
        # customer 100001 is Acme; the others' terms follow from the last three digits
        (51, "CONTRACT_DISC", "PROD_GRP IS NULL"),  # a discount on everything: Acme, each 4th
        (50, "CONTRACT_POS", "FROM_QTY = '500'"),  # individual prices by quantity: 2, 6 … 198
        (40, "CONTRACT_POS", "SALES_UOMS = 'PCE,CS' AND MIN_QTY = '24' AND LOT_SIZE = '12'"),  # quantities: each 5th
        (50, "CONTRACT_HDR", "CD_PCT = '2' AND CD_DAYS = 10 AND NET_DAYS = 30"),  # Acme, 5, 9 … 197
        (67, "CONTRACT_HDR", "PRICE_DATE = 'O'"),  # priced by order date: Acme, each 3rd
        (41, "CONTRACT_HDR", "APPR_ABOVE IS NOT NULL"),  # approvals: Acme, each 5th
        (33, "CONTRACT_HDR", "SPLIT_OK = 'N'"),  # each 6th
        (50, "CONTRACT_HDR", "CONSOL = 'Y'"),  # each 4th
        (22, "CONTRACT_HDR", "PRORATE = 'Y'"),  # each 9th
        (29, "CONTRACT_HDR", "ASSORT_ONLY = 'Y'"),  # Acme, each 7th
        (10, "CONTRACT_HDR", "END_DATE < '2025-01-01'"),  # over: each 20th
        (20, "CONTRACT_HDR", "CURR = 'EUR'"),  # each 10th
        (101, "CONTRACT_HDR", "MIN_ORD_VAL = '100.00'"),  # Acme, each 2nd
        (200, "CONTRACT_HDR", "SIGN_DATE IS NOT NULL AND DLV_PRIO BETWEEN 1 AND 3 AND CREDIT_LIM IS NOT NULL"),
        (67, "CONTRACT_SUPPLY", "EVERY_N = 2 AND PERIOD = 'M'"),  # every two months: Acme, each 3rd
    ],
)
def test_every_kind_of_term_occurs_as_often_as_its_rule_says(
    rows: sqlite3.Connection, customers: int, table: str, condition: str
) -> None:
    assert one(rows, f"SELECT count(DISTINCT CONTRACT_NO) FROM {table} WHERE {condition}") == customers


def test_two_debtors_are_blocked(rows: sqlite3.Connection) -> None:
    assert rows.execute("SELECT CUST_NO FROM DEBTOR WHERE BLOCK_FLAG = 'X'").fetchall() == [("100002",), ("100077",)]


def test_acme_s_terms_are_the_ones_written_down(rows: sqlite3.Connection) -> None:
    assert rows.execute(
        "SELECT NAME1, PLIST, CURR, WHS, BLOCK_FLAG FROM DEBTOR WHERE CUST_NO = '100001'"
    ).fetchall() == [("Acme Stores Inc.", "US-A", "USD", "ATL", "")]
    assert rows.execute(
        "SELECT START_DATE, END_DATE, TOL_PCT, NET_DAYS, CD_PCT, CD_DAYS FROM CONTRACT_HDR WHERE CUST_NO = '100001'"
    ).fetchall() == [("2025-01-01", "2034-12-31", "2", 30, "2", 10)]
    assert rows.execute("SELECT ITEM_NO, FIX_PRICE FROM CONTRACT_POS WHERE CONTRACT_NO = 'K-100001'").fetchall() == [
        ("10007", "4.20")
    ]
    assert rows.execute(
        "SELECT ITEM_NO, FROM_QTY, AMOUNT FROM PRICE_COND WHERE CUST_NO = '100001' ORDER BY COND_NO"
    ).fetchall() == [("10010", "0", "3.00"), ("10010", "100", "2.60"), ("10010", "500", "2.20")]
    assert rows.execute("SELECT WHS, QTY_ONHAND, QTY_RESERVED FROM WHS_STOCK WHERE ITEM_NO = '10009'").fetchall() == [
        ("ATL", "55", "15"),
        ("MTY", "0", "0"),
        ("RNO", "0", "0"),
    ]


def test_goods_to_come_lie_ahead_of_the_day(rows: sqlite3.Connection) -> None:
    assert one(rows, "SELECT NEXT_DATE FROM WHS_STOCK WHERE ITEM_NO = '10009' AND WHS = 'ATL'") == "2026-03-16"
    earliest = one(rows, "SELECT min(NEXT_DATE) FROM WHS_STOCK")
    assert isinstance(earliest, str)
    assert date.fromisoformat(earliest) > TODAY


@pytest.mark.parametrize(
    ("column", "check", "count"),
    [
        ("SELECT EAN FROM ITEM_MASTER", is_gtin, 5000),
        ("SELECT EAN FROM ITEM_UOM", is_gtin, 3525),
        ("SELECT GLN FROM DEBTOR_ADDR", is_gln, 801),
        ("SELECT GLN FROM WAREHOUSE", is_gln, 3),
        ("SELECT SSCC FROM DELIV_PACK", is_sscc, 60),
    ],
)
def test_numbers_are_unique_and_carry_their_check_digit(
    rows: sqlite3.Connection, column: str, check: object, count: int
) -> None:
    assert callable(check)
    numbers = {number for (number,) in rows.execute(column)}
    assert len(numbers) == count
    assert [number for number in numbers if not check(number)] == []
    assert all(check(number[:-1] + str((int(number[-1]) + 1) % 10)) is False for number in numbers)


def test_the_first_gtin_by_hand(rows: sqlite3.Connection) -> None:
    # 952123410001: 3 x (5+1+3+1+0+1) + (9+2+2+4+0+0) = 33 + 17 = 50, so the check digit is 0.
    assert one(rows, "SELECT EAN FROM ITEM_MASTER WHERE ITEM_NO = '10001'") == "9521234100010"
    # 1952123410012 as case: 3 x (1+5+1+3+1+0+2) + (9+2+2+4+0+1) = 39 + 18 = 57, so it is 3.
    assert one(rows, "SELECT EAN FROM ITEM_UOM WHERE ITEM_NO = '10012'") == "19521234100123"


def test_old_business_ended_before_any_agreement_began(rows: sqlite3.Connection) -> None:
    assert one(rows, "SELECT max(SHIP_DATE) FROM DELIV_HDR") == "2024-10-31"
    assert one(rows, "SELECT count(*) FROM SO_HDR WHERE STATUS <> 'CLOSED'") == 0
    assert one(rows, "SELECT count(*) FROM INV_HDR WHERE CUST_NO = '100001'") == 20
