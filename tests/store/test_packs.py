"""A case ordered by its own GTIN is found, and forgotten when the product no longer has it."""

from datetime import UTC, datetime
from decimal import Decimal

from b2bsync.model import Product, UnitConversion
from b2bsync.store import Database, master, merge
from b2bsync.store.convert import Origin

ORIGIN = Origin("MAIN", "production", "erp.products")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def product(*packs: str) -> Product:
    units = tuple(
        UnitConversion(unit="XCS", numerator=Decimal(12 * n), gtin=gtin) for n, gtin in enumerate(packs, start=1)
    )
    return Product(key="A", sku="10012", gtin="9521234100126", units=units)


def take(database: Database, hash: str, value: Product, run: int, *, full: bool = False) -> None:
    with database.session() as session:
        merge.merge(session, "Product", ORIGIN, [("A", hash, value)], run=run, now=NOW, full=full)
        session.commit()


def found(database: Database, *gtins: str) -> dict[str, str]:
    with database.session() as session:
        by_gtin = master.products_by_gtin(session, "MAIN", "production", gtins)
    return {gtin: product.sku for gtin, product in by_gtin.items()}


def test_a_product_is_found_by_the_gtin_of_its_case(database: Database) -> None:
    take(database, "1", product("19521234100123"), 1)
    assert found(database, "19521234100123") == {"19521234100123": "10012"}
    assert found(database, "9521234100126") == {"09521234100126": "10012"}
    assert found(database, "29521234100120") == {}


def test_a_changed_pack_replaces_the_old_one(database: Database) -> None:
    take(database, "1", product("19521234100123"), 1)
    take(database, "2", product("29521234100120"), 2)
    assert found(database, "19521234100123", "29521234100120") == {"29521234100120": "10012"}


def test_a_removed_product_takes_its_packs_along(database: Database) -> None:
    take(database, "1", product("19521234100123"), 1)
    with database.session() as session:
        assert merge.remove_unseen(session, "Product", ORIGIN, 2, NOW) == 1
        session.commit()
    assert found(database, "19521234100123") == {}
    with database.session() as session:
        merge.merge(session, "Product", ORIGIN, [("B", "1", Product(key="B", sku="B"))], run=3, now=NOW, full=False)
        merge.remove(session, "Product", ORIGIN, ["B"], NOW)
        session.commit()
    assert found(database, "19521234100123") == {}
