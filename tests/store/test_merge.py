"""Merging pages: added, changed, unchanged, gone; prices and contracts keep what was known."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from b2bsync.model import Contract, Price, Product
from b2bsync.store import Database, master, merge
from b2bsync.store.convert import Origin
from b2bsync.store.merge import Counts
from b2bsync.store.tables import PriceRow, table_of

ORIGIN = Origin("MAIN", "production", "erp.products")
PRICES = Origin("MAIN", "production", "erp.prices")
MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def product(sku: str, name: str = "") -> Product:
    return Product(key=sku, sku=sku, name=name)


def take(
    session: Session, records: dict[str, str], run: int = 1, *, full: bool = True, origin: Origin = ORIGIN
) -> Counts:
    """Merges products given as SKU: name, with the name as hash."""
    page = [(sku, f"hash of {name}", product(sku, name)) for sku, name in records.items()]
    return merge.merge(session, "Product", origin, page, run=run, now=MONDAY, full=full)


def names(session: Session) -> dict[str, str]:
    return {row.sku: row.name for row in session.execute(text("select sku, name from product order by sku"))}


def test_new_changed_and_unchanged_records_are_told_apart(database: Database) -> None:
    with database.session() as session:
        assert take(session, {"A": "one", "B": "two"}) == Counts(added=2, changed=0, unchanged=0)
        assert take(session, {"A": "one", "B": "2", "C": "three"}, 2) == Counts(added=1, changed=1, unchanged=1)
        session.commit()
        assert names(session) == {"A": "one", "B": "2", "C": "three"}
        assert merge.count_rows(session, "Product", ORIGIN) == 3


def test_an_unchanged_record_needs_no_value(database: Database) -> None:
    with database.session() as session:
        take(session, {"A": "one", "B": "two"})
        known = merge.known_hashes(session, "Product", ORIGIN, ["A", "B", "Z"])
        assert known == {"A": "hash of one", "B": "hash of two"}
        page = [("A", "hash of one", None), ("B", "new hash", product("B", "2"))]
        counts = merge.merge(session, "Product", ORIGIN, page, run=2, now=MONDAY, full=False, known=known)
        assert counts == Counts(added=0, changed=1, unchanged=1)
        with pytest.raises(ValueError, match=r"record 'A' has no value although its hash other is not the known one"):
            merge.merge(session, "Product", ORIGIN, [("A", "other", None)], run=3, now=MONDAY, full=False)


def test_known_hashes_are_those_of_the_keys_asked_for_however_many_lie_between(database: Database) -> None:
    with database.session() as session:
        take(session, {f"{n:03d}": "x" for n in range(100)})
        known = merge.known_hashes(session, "Product", ORIGIN, ["000", "099"])
        assert known == {"000": "hash of x", "099": "hash of x"}
        assert merge.known_hashes(session, "Product", ORIGIN, []) == {}


def test_without_knowledge_a_first_load_still_goes_right(database: Database) -> None:
    with database.session() as session:
        assert merge.is_empty(session, "Product", ORIGIN)
        page = [(sku, "h1", product(sku)) for sku in "AB"]
        assert merge.merge(session, "Product", ORIGIN, page, run=1, now=MONDAY, full=True, known={}).added == 2
        assert not merge.is_empty(session, "Product", ORIGIN)
        again = [("A", "h1", product("A")), ("B", "h2", product("B", "2")), ("C", "h1", product("C"))]
        counts = merge.merge(session, "Product", ORIGIN, again, run=2, now=MONDAY, full=True, known={})
        assert counts == Counts(added=1, changed=1, unchanged=1)
        assert names(session) == {"A": "", "B": "2", "C": ""}
        assert merge.count_unseen(session, "Product", ORIGIN, 2) == 0


def test_of_a_key_that_comes_twice_in_a_page_the_last_holds(database: Database) -> None:
    with database.session() as session:
        page = [("A", "h1", product("A", "first")), ("A", "h2", product("A", "last"))]
        assert merge.merge(session, "Product", ORIGIN, page, run=1, now=MONDAY, full=True) == Counts(1, 0, 0)
        assert names(session) == {"A": "last"}


def test_origins_do_not_touch_each_other(database: Database) -> None:
    other = Origin("MAIN", "test", "erp.products")
    with database.session() as session:
        take(session, {"A": "real"})
        assert take(session, {"A": "trial"}, 2, origin=other) == Counts(1, 0, 0)
        assert merge.remove_unseen(session, "Product", other, 3, MONDAY) == 1
        assert names(session) == {"A": "real"}


def test_what_a_full_run_did_not_meet_is_removed(database: Database) -> None:
    with database.session() as session:
        take(session, {"A": "one", "B": "two", "C": "three", "D": "four"}, 1)
        take(session, {"C": "three"}, 2, full=False)  # says nothing about the others
        take(session, {"A": "one"}, 3)
        take(session, {"B": "changed", "E": "new"}, 3)
        take(session, {"D": "four"}, 3)
        assert merge.count_unseen(session, "Product", ORIGIN, 3) == 1
        assert merge.remove_unseen(session, "Product", ORIGIN, 3, MONDAY) == 1
        assert names(session) == {"A": "one", "B": "changed", "D": "four", "E": "new"}
        assert session.execute(text("select count(*) from sync_seen")).scalar_one() == 0


def test_a_full_run_in_any_order_finds_exactly_what_is_gone(database: Database) -> None:
    skus = [f"{n:04d}" for n in range(1000)]
    gone = {sku for sku in skus if int(sku) % 7 == 3}  # 143 of 1,000
    shuffled = [sku for sku in skus if sku not in gone]
    random.Random(1).shuffle(shuffled)
    with database.session() as session:
        take(session, dict.fromkeys(skus, "x"), 1)
        for start in range(0, len(shuffled), 100):
            take(session, dict.fromkeys(shuffled[start : start + 100], "x"), 2)
        assert merge.count_unseen(session, "Product", ORIGIN, 2) == 143
        assert merge.remove_unseen(session, "Product", ORIGIN, 2, MONDAY) == 143
        assert set(names(session)) == set(skus) - gone


def test_the_marks_of_a_run_that_ended_early_are_cleared_away(database: Database) -> None:
    with database.session() as session:
        run = "insert into sync_run (id, company, stage, connector, stream, mode, status, pages, read, added, changed, "
        run += "unchanged, removed, rejected, error, node, started_at) values (2, 'MAIN', 'production', 'erp', "
        run += "'products', 'full', 'stopped', 0, 0, 0, 0, 0, 0, 0, '', '', '2026-03-02 12:00:00')"
        session.execute(text(run))
        take(session, {"A": "one"}, 1)
        take(session, {"A": "one"}, 2)
        take(session, {"A": "one"}, 3)
        assert merge.remove_unseen(session, "Product", ORIGIN, 3, MONDAY) == 0
        assert session.execute(text("select count(*) from sync_seen")).scalar_one() == 0


def test_a_record_its_source_withdraws_is_deleted(database: Database) -> None:
    with database.session() as session:
        take(session, {"A": "one", "B": "two"})
        assert merge.remove(session, "Product", ORIGIN, ["A", "Z"], MONDAY) == 1
        assert names(session) == {"B": "two"}


def price(amount: str, **changes: object) -> Price:
    given: dict[str, object] = {"key": "A/L", "sku": "A", "price_list": "L", "amount": D(amount), "currency": "USD"}
    return Price(**{**given, **changes})  # type: ignore[arg-type]


def offer(session: Session, amount: str, run: int, now: datetime) -> Counts:
    return merge.merge(session, "Price", PRICES, [("A/L", amount, price(amount))], run=run, now=now, full=True)


def known_at(session: Session, moment: datetime | None) -> list[str]:
    found = master.prices(session, "MAIN", "production", ["A"], price_lists=["L"], known_at=moment)
    return [str(found.amount) for found in found.get("A", [])]


def test_a_price_that_changes_is_closed_and_opened_anew(database: Database) -> None:
    with database.session() as session:
        assert offer(session, "1.00", 1, MONDAY) == Counts(1, 0, 0)
        assert offer(session, "1.00", 2, MONDAY + DAY) == Counts(0, 0, 1)
        assert offer(session, "1.25", 3, MONDAY + 2 * DAY) == Counts(0, 1, 0)
        session.commit()
        assert known_at(session, None) == ["1.25"]
        assert known_at(session, MONDAY - DAY) == []
        assert known_at(session, MONDAY) == ["1"]
        assert known_at(session, MONDAY + 2 * DAY - timedelta(microseconds=1)) == ["1"]
        assert known_at(session, MONDAY + 2 * DAY) == ["1.25"]
        columns = table_of(PriceRow).c
        rows = session.execute(select(columns.known_from, columns.known_to).order_by(columns.id)).all()
        assert [tuple(row) for row in rows] == [(MONDAY, MONDAY + 2 * DAY), (MONDAY + 2 * DAY, None)]
        assert merge.count_rows(session, "Price", PRICES) == 1


def test_a_price_that_is_gone_stays_known_for_then(database: Database) -> None:
    with database.session() as session:
        offer(session, "1.00", 1, MONDAY)
        assert merge.remove_unseen(session, "Price", PRICES, 2, MONDAY + DAY) == 1
        assert merge.remove_unseen(session, "Price", PRICES, 3, MONDAY + 2 * DAY) == 0
        assert known_at(session, None) == []
        assert known_at(session, MONDAY) == ["1"]
        assert offer(session, "1.00", 4, MONDAY + 3 * DAY) == Counts(1, 0, 0)  # it is offered again
        assert merge.remove(session, "Price", PRICES, ["A/L"], MONDAY + 4 * DAY) == 1
        assert known_at(session, MONDAY + 3 * DAY) == ["1"]
        assert known_at(session, MONDAY + 4 * DAY) == []


def test_a_contract_keeps_its_history_and_a_price_loaded_blindly_too(database: Database) -> None:
    origin = Origin("MAIN", "production", "erp.contracts")
    with database.session() as session:
        for day, tolerance in enumerate(("1", "2")):
            contract = Contract(key="K1", number="K1", customer="C1", price_tolerance=D(tolerance))
            page = [("K1", tolerance, contract)]
            merge.merge(session, "Contract", origin, page, run=1, now=MONDAY + day * DAY, full=True, known={})
        [then] = master.contracts(session, "MAIN", "production", "C1", known_at=MONDAY)
        [now] = master.contracts(session, "MAIN", "production", "C1")
        assert (then.price_tolerance, now.price_tolerance) == (D(1), D(2))


def test_the_database_admits_one_open_row_per_key(database: Database) -> None:
    with database.session() as session:
        offer(session, "1.00", 1, MONDAY)
        session.commit()
        with pytest.raises(Exception, match=r"(?i)unique"):
            session.execute(
                text(
                    "insert into price (company, stage, source, key, hash, seen, sku, amount, currency, unit, basis, "
                    "from_quantity, kind, known_from) select company, stage, source, key, hash, seen, sku, amount, "
                    "currency, unit, basis, from_quantity, kind, known_from from price"
                )
            )


def test_valid_days_are_inclusive(database: Database) -> None:
    march = price("1", valid_from=date(2026, 3, 1), valid_to=date(2026, 3, 31))
    with database.session() as session:
        merge.merge(session, "Price", PRICES, [("A/L", "h", march)], run=1, now=MONDAY, full=True)
        for day, found in (
            (date(2026, 2, 28), 0),
            (date(2026, 3, 1), 1),
            (date(2026, 3, 31), 1),
            (date(2026, 4, 1), 0),
        ):
            prices = master.prices(session, "MAIN", "production", ["A"], price_lists=["L"], on=day)
            assert len(prices.get("A", [])) == found


def test_a_large_page_that_is_half_there_already(database: Database) -> None:
    with database.session() as session:
        old, new = [f"{n:03d}" for n in range(150)], [f"{n:03d}" for n in range(75, 225)]
        take(session, dict.fromkeys(old, "x"), 1)
        page = [(sku, "hash of x", product(sku, "x")) for sku in new]
        counts = merge.merge(session, "Product", ORIGIN, page, run=2, now=MONDAY, full=True, known={})
        assert counts == Counts(added=75, changed=0, unchanged=75)
        assert merge.remove_unseen(session, "Product", ORIGIN, 2, MONDAY) == 75
        assert sorted(names(session)) == new
