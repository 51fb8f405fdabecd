"""Exact decimals and moments come back as they went in."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal as D

import pytest
from sqlalchemy import select

from b2bsync.model import Price
from b2bsync.store import Database, journal, master, merge
from b2bsync.store.convert import Origin
from b2bsync.store.tables import Event, PriceRow, table_of

ORIGIN = Origin("MAIN", "production", "erp.prices")
NOW = datetime(2026, 3, 2, tzinfo=UTC)

NUMBERS = [
    "0",
    "1.5",
    "-12.345",
    "0.000000000001",
    "1234567890123456789012345",
    "-1234567890123.123456789012",
    "9999999999999999999999999",
    "0.1",
    "1000000",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_decimal_of_25_digits_comes_back(database: Database, number: str) -> None:
    price = Price(key="1", sku="A", amount=D(number), currency="USD", price_list="L")
    with database.session() as session:
        merge.merge(session, "Price", ORIGIN, [("1", "h", price)], run=1, now=NOW, full=True)
        session.commit()
        [found] = master.prices(session, "MAIN", "production", ["A"], price_lists=["L"])["A"]
        assert found.amount == D(number)
        column = table_of(PriceRow).c.amount
        session.execute(table_of(PriceRow).update().values(amount=D(number)))  # and through SQLAlchemy's own way
        assert session.execute(select(column)).scalar_one() == D(number)


@pytest.mark.parametrize("number", ["0.0000000000001", "12345678901234567890123456", "NaN", "Infinity"])
def test_a_number_that_would_be_rounded_is_refused(database: Database, number: str) -> None:
    price = Price(key="1", sku="A", amount=D(number), currency="USD")
    with database.session() as session, pytest.raises(ValueError, match="cannot be kept exactly"):
        merge.merge(session, "Price", ORIGIN, [("1", "h", price)], run=1, now=NOW, full=True)


def test_a_moment_comes_back_in_utc(database: Database) -> None:
    local = datetime(2026, 3, 2, 12, 30, 15, 250, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with database.session() as session:
        journal.add_events(session, [journal.NewEvent("document", 1, "held")], local)
        session.commit()
        [event] = journal.events(session, "document", 1)
        assert event.at == datetime(2026, 3, 2, 7, 0, 15, 250, tzinfo=UTC)
        assert event.at.tzinfo is UTC
        column = table_of(Event).c.at
        session.execute(table_of(Event).update().values(at=local))
        assert session.execute(select(column)).scalar_one() == event.at


def test_a_moment_without_a_zone_is_refused(sqlite_database: Database) -> None:
    with sqlite_database.session() as session, pytest.raises(ValueError, match="a moment needs a time zone"):
        journal.add_events(session, [journal.NewEvent("document", 1, "held")], datetime(2026, 3, 2))
