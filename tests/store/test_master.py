"""Look-ups over master data: many keys at once, per company and stage, by day and by what was known."""

from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest

from b2bsync.model import (
    Assortment,
    Contract,
    CrossReference,
    Customer,
    CustomerIdentifier,
    Price,
    PriceList,
    Product,
    StockLevel,
)
from b2bsync.store import Database, master, merge
from b2bsync.store.convert import Origin

MAIN = ("MAIN", "production")
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def fill(database: Database, values: list[Any], source: str = "erp", stage: str = "production") -> None:
    with database.session() as session:
        for kind in {type(value).__name__ for value in values}:
            page = [(value.key, "h", value) for value in values if type(value).__name__ == kind]
            origin = Origin("MAIN", stage, f"{source}.{kind}")
            merge.merge(session, kind, origin, page, run=1, now=NOW, full=True)
        session.commit()


def test_products_by_sku_and_by_any_form_of_their_gtin(database: Database) -> None:
    ean = Product(key="1", sku="A", gtin="4006381333931")
    upc = Product(key="2", sku="B", gtin="036000291452")
    padded = Product(key="3", sku="C", gtin="00012345678905")
    fill(database, [ean, upc, padded, Product(key="4", sku="D")])
    fill(database, [Product(key="1", sku="A", name="trial")], stage="test")
    with database.session() as session:
        assert master.products(session, *MAIN, ["A", "D", "Z"]) == {"A": ean, "D": Product(key="4", sku="D")}
        assert master.products(session, *MAIN, []) == {}
        asked = ["04006381333931", "0036000291452", "012345678905", "4000001000005"]
        assert master.products_by_gtin(session, *MAIN, asked) == {
            "04006381333931": ean,
            "00036000291452": upc,
            "00012345678905": padded,
        }


def test_of_two_sources_the_later_record_holds(database: Database) -> None:
    fill(database, [Product(key="1", sku="A", name="old")], "legacy")
    fill(database, [Product(key="77", sku="A", name="new")], "erp")
    with database.session() as session:
        assert master.products(session, *MAIN, ["A"])["A"].name == "new"


def test_thousands_of_keys_are_one_question(database: Database) -> None:
    fill(database, [Product(key=str(n), sku=str(n)) for n in range(3)])
    with database.session() as session:
        assert set(master.products(session, *MAIN, map(str, range(70_000)))) == {"0", "1", "2"}


def test_customers_by_number_and_by_what_documents_call_them(database: Database) -> None:
    acme = Customer(key="1", number="C1", name="Acme")
    store = CustomerIdentifier(key="1", scheme="gln", value="4000001000005", customer="C1", role="ship_to")
    other = CustomerIdentifier(key="2", scheme="duns", value="4000001000005", customer="C2")
    fill(database, [acme, Customer(key="2", number="C2"), store, other])
    with database.session() as session:
        assert master.customer(session, *MAIN, "C1") == acme
        assert master.customer(session, *MAIN, "C9") is None
        assert set(master.customers(session, *MAIN)) == {"C1", "C2"}
        asked = [("gln", "4000001000005"), ("gln", "4000001000012")]
        assert master.customers_by_identifiers(session, *MAIN, asked) == [store]


def test_prices_of_lists_and_of_the_customer(database: Database) -> None:
    def price(key: str, **changes: Any) -> Price:
        return Price(key=key, sku="A", amount=D(key), currency="USD", **changes)

    retail, tier, own = (
        price("3", price_list="L1"),
        price("2", price_list="L1", from_quantity=D(10)),
        price("1", customer="C1"),
    )
    fill(database, [retail, tier, own, price("4", price_list="L2"), price("5", customer="C2")])
    fill(database, [PriceList(key="1", number="L1", currency="USD"), PriceList(key="2", number="L2")])
    with database.session() as session:
        assert master.prices(session, *MAIN, ["A", "B"], price_lists=["L1"], customer="C1") == {
            "A": [retail, tier, own]
        }
        assert master.prices(session, *MAIN, ["A"], price_lists=["L1"]) == {"A": [retail, tier]}
        assert master.prices(session, *MAIN, ["A"], customer="C1") == {"A": [own]}
        assert master.prices(session, *MAIN, ["A"]) == {}
        assert master.price_lists(session, *MAIN, ["L1"])["L1"].currency == "USD"
        assert set(master.price_lists(session, *MAIN)) == {"L1", "L2"}


def test_a_customer_specific_price_in_a_list_is_for_that_customer_only(database: Database) -> None:
    special = Price(key="1", sku="A", price_list="L1", customer="C2", amount=D(1), currency="USD")
    fill(database, [special])
    with database.session() as session:
        assert master.prices(session, *MAIN, ["A"], price_lists=["L1"], customer="C1") == {}
        assert master.prices(session, *MAIN, ["A"], price_lists=["L1"], customer="C2") == {"A": [special]}


def test_contracts_that_hold_on_a_day(database: Database) -> None:
    old = Contract(key="1", number="K1", customer="C1", valid_to=date(2025, 12, 31))
    new = Contract(key="2", number="K2", customer="C1", valid_from=date(2026, 1, 1))
    fill(database, [old, new, Contract(key="3", number="K3", customer="C2")])
    with database.session() as session:
        assert master.contracts(session, *MAIN, "C1") == [old, new]
        assert master.contracts(session, *MAIN, "C1", on=date(2025, 12, 31)) == [old]
        assert master.contracts(session, *MAIN, "C1", on=date(2026, 1, 1)) == [new]
        assert set(master.contracts_of(session, *MAIN, ["C1", "C2", "C3"])) == {"C1", "C2"}
        assert master.contracts(session, *MAIN, "C9") == []


def test_assortments_of_customer_segment_and_everybody(database: Database) -> None:
    mine = Assortment(key="1", customer="C1", sku="A")
    retail = Assortment(key="2", segment="retail", category="screws")
    all_ = Assortment(key="3", sku="B", allowed=False, valid_to=date(2026, 3, 1))
    fill(database, [mine, retail, all_, Assortment(key="4", customer="C2", sku="A")])
    with database.session() as session:
        assert master.assortments(session, *MAIN, customer="C1", segment="retail") == [mine, retail, all_]
        assert master.assortments(session, *MAIN, customer="C1") == [mine, all_]
        assert master.assortments(session, *MAIN, customer="C1", on=date(2026, 3, 2)) == [mine]


def test_cross_references_and_stock(database: Database) -> None:
    item = CrossReference(key="1", customer="C1", kind="item", theirs="0815", ours="A")
    unit = CrossReference(key="2", customer="C1", kind="unit", theirs="0815", ours="XCS")
    here = StockLevel(key="1", sku="A", warehouse="W1", on_hand=D(5))
    there = StockLevel(key="2", sku="A", warehouse="W2", on_hand=D(7))
    fill(database, [item, unit, here, there])
    with database.session() as session:
        assert master.cross_references(session, *MAIN, "C1", "item", ["0815", "0816"]) == {"0815": item}
        assert master.cross_references(session, *MAIN, "C1", "unit") == {"0815": unit}
        assert master.cross_references(session, *MAIN, "C2", "item") == {}
        assert master.stock(session, *MAIN, ["A", "B"]) == {"A": [here, there]}
        assert master.stock(session, *MAIN, ["A"], warehouse="W2") == {"A": [there]}


@pytest.mark.parametrize("stage", ["production", "test"])
def test_counts_by_kind(database: Database, stage: str) -> None:
    fill(database, [Product(key="1", sku="A"), Product(key="2", sku="B"), Customer(key="1", number="C1")])
    with database.session() as session:
        found = {kind: count for kind, count in master.counts(session, "MAIN", stage).items() if count}
    assert found == ({"Product": 2, "Customer": 1} if stage == "production" else {})
