"""What is kept of master data is what the tables say, whoever changes them."""

from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from b2bsync.model import Price, PriceList, Product, StockLevel
from b2bsync.store import Database, master, merge
from b2bsync.store.catalogue import Catalogue
from b2bsync.store.convert import Origin

MAIN = ("MAIN", "production")
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def take_over(database: Database, values: list[Any], *, commit: bool = True) -> None:
    """One page per kind; a value's hash is its own text, so that a changed value is a changed record."""
    with database.session() as session:
        for kind in sorted({type(value).__name__ for value in values}):
            page = [(value.key, repr(value), value) for value in values if type(value).__name__ == kind]
            merge.merge(session, kind, Origin(*MAIN, f"erp.{kind}"), page, run=1, now=NOW, full=True)
        if commit:
            session.commit()


def product(sku: str, name: str = "") -> Product:
    return Product(key=sku, sku=sku, name=name)


def listed(sku: str, amount: str, number: str = "A") -> Price:
    return Price(key=f"{sku}|{number}", sku=sku, price_list=number, amount=D(amount), currency="USD")


def test_what_is_kept_is_not_read_again(database: Database) -> None:
    """Told by rows that are changed behind everybody's back: nothing in the product does that."""
    catalogue = Catalogue()
    take_over(database, [product("A", "before"), listed("A", "1")])
    with database.session() as session:
        assert catalogue.products(session, *MAIN, ["A"])["A"].name == "before"
        assert catalogue.prices(session, *MAIN, ["A"], price_lists=["A"], customer="C")["A"][0].amount == 1
        session.connection().exec_driver_sql("update product set name = 'behind'")
        session.connection().exec_driver_sql("update price set currency = 'EUR'")
        assert catalogue.products(session, *MAIN, ["A"])["A"].name == "before"
        assert catalogue.prices(session, *MAIN, ["A"], price_lists=["A"], customer="C")["A"][0].currency == "USD"
        assert Catalogue().products(session, *MAIN, ["A"])["A"].name == "behind"


def test_a_change_is_seen_at_once_and_one_that_is_rolled_back_never(database: Database) -> None:
    catalogue = Catalogue()
    take_over(database, [product("A", "one"), StockLevel(key="A|W", sku="A", warehouse="W", on_hand=D(1))])
    with database.session() as session:
        assert catalogue.products(session, *MAIN, ["A"])["A"].name == "one"
    take_over(database, [product("A", "never")], commit=False)
    with database.session() as session:
        assert catalogue.products(session, *MAIN, ["A"])["A"].name == "one"
    take_over(database, [product("A", "two"), StockLevel(key="A|W", sku="A", warehouse="W", on_hand=D(2))])
    with database.session() as session:
        assert catalogue.products(session, *MAIN, ["A"])["A"].name == "two"
        assert catalogue.stock(session, *MAIN, ["A"])["A"][0].on_hand == 2


def test_removed_and_unseen_records_are_gone(database: Database) -> None:
    catalogue = Catalogue()
    take_over(database, [product("A"), product("B"), listed("A", "1")])
    with database.session() as session:
        assert len(catalogue.products(session, *MAIN, ["A", "B"])) == 2
        assert catalogue.prices(session, *MAIN, ["A"], price_lists=["A"], customer="C")
        merge.remove(session, "Product", Origin(*MAIN, "erp.Product"), ["A"], NOW)
        merge.remove_unseen(session, "Price", Origin(*MAIN, "erp.Price"), 2, NOW)
        session.commit()
    with database.session() as session:
        assert list(catalogue.products(session, *MAIN, ["A", "B"])) == ["B"]
        assert catalogue.prices(session, *MAIN, ["A"], price_lists=["A"], customer="C") == {}


def test_companies_and_stages_are_kept_apart(database: Database) -> None:
    catalogue = Catalogue()
    take_over(database, [product("A")])
    with database.session() as session:
        assert catalogue.products(session, "MAIN", "test", ["A"]) == {}
        assert catalogue.products(session, "OTHER", "production", ["A"]) == {}
        assert list(catalogue.products(session, *MAIN, ["A"])) == ["A"]


def test_the_oldest_make_room(database: Database) -> None:
    catalogue = Catalogue(limit=3)
    take_over(database, [product(sku) for sku in "ABCDE"])
    with database.session() as session:
        assert sorted(catalogue.products(session, *MAIN, "ABCDE")) == list("ABCDE")  # more than it may keep
        catalogue.products(session, *MAIN, "DE")
        catalogue.products(session, *MAIN, "A")
        session.connection().exec_driver_sql("delete from product")
        kept = [sku for sku in "ABCDE" if catalogue.products(session, *MAIN, [sku])]
        assert 0 < len(kept) <= 3 and "A" in kept


def test_a_customers_own_price_stands_beside_the_lists(database: Database) -> None:
    own = Price(key="own", sku="A", customer="C1", amount=D(7), currency="USD", valid_from=date(2026, 1, 1))
    other = Price(key="other", sku="A", customer="C2", amount=D(6), currency="USD")
    take_over(database, [PriceList(key="A", number="A"), own, other, listed("A", "9"), listed("B", "8", "B")])
    catalogue = Catalogue()
    with database.session() as session:
        for _ in range(2):
            found = catalogue.prices(session, *MAIN, ["A", "B"], price_lists=["A", "B"], customer="C1")
            assert {sku: {price.key for price in prices} for sku, prices in found.items()} == {
                "A": {"own", "A|A"},
                "B": {"B|B"},
            }


def test_the_first_price_of_a_customers_own_is_seen_at_once(database: Database) -> None:
    take_over(database, [PriceList(key="A", number="A"), listed("A", "9")])
    catalogue = Catalogue()

    def keys() -> set[str]:
        with database.session() as session:
            found = catalogue.prices(session, *MAIN, ["A"], price_lists=["A"], customer="C1")
            return {price.key for price in found["A"]}

    assert keys() == {"A|A"}  # and that he has none of his own is kept
    take_over(database, [Price(key="own", sku="A", customer="C1", amount=D(7), currency="USD")])
    assert keys() == {"own", "A|A"}
    with database.session() as session:
        merge.remove(session, "Price", Origin(*MAIN, "erp.Price"), ["own"], NOW)
        session.commit()
    assert keys() == {"A|A"}


SKUS = st.sampled_from("ABCD")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(SKUS, st.integers(1, 3), st.sampled_from(["A", "B", None])), max_size=12))
def test_whatever_changes_it_says_what_the_tables_say(
    database: Database, changes: list[tuple[str, int, str | None]]
) -> None:
    catalogue = Catalogue(limit=3)
    for sku, amount, number in changes:
        price = listed(sku, str(amount), number or "A")
        if number is None:
            with database.session() as session:
                merge.remove(session, "Price", Origin(*MAIN, "erp.Price"), [price.key], NOW)
                session.commit()
        else:
            take_over(database, [price])
        with database.session() as session:
            kept = catalogue.prices(session, *MAIN, "ABCD", price_lists=["A", "B"], customer="C")
            there = master.prices(session, *MAIN, "ABCD", price_lists=["A", "B"], customer="C")
            by_key = {sku: sorted(prices, key=lambda p: p.key) for sku, prices in there.items()}
            assert {sku: sorted(prices, key=lambda p: p.key) for sku, prices in kept.items()} == by_key
