"""Master data values and rows say the same: every field has its column, and every value comes back."""

from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from b2bsync.model import (
    Address,
    Assortment,
    Contract,
    ContractLine,
    CrossReference,
    Customer,
    CustomerIdentifier,
    Discount,
    PaymentTerms,
    Price,
    PriceList,
    Product,
    StockLevel,
    Supply,
    UnitConversion,
)
from b2bsync.store import Database, merge
from b2bsync.store.convert import KINDS, Origin, from_row

NOW = datetime(2026, 3, 2, tzinfo=UTC)
BOOKKEEPING = {"id", "company", "stage", "source", "key", "hash", "seen", "updated_at", "known_from", "known_to"}
DAYS: dict[str, Any] = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31)}

FULL: list[msgspec.Struct] = [
    Product(
        key="1",
        sku="A-1",
        name='Screw "M4" × 20',
        base_unit="H87",
        gtin="4006381333931",
        category="screws",
        active=False,
        minimum_quantity=D("12.5"),
        lot_multiple=D(6),
        lead_time_days=3,
        weight=D("0.0025"),
        units=(UnitConversion(unit="XCS", numerator=D(144), denominator=D(1), gtin="14006381333938"),),
        extra={"colour": "blue"},
    ),
    StockLevel(
        key="1",
        sku="A-1",
        warehouse="W1",
        on_hand=D("-3.5"),
        reserved=D(2),
        next_quantity=D(100),
        next_date=date(2026, 4, 1),
    ),
    Customer(
        key="1",
        number="C1",
        name="Acme",
        segment="retail",
        price_list="L1",
        currency="USD",
        warehouse="W1",
        payment_terms="NET30",
        payment_method="transfer",
        credit_limit=D("10000.50"),
        balance=D("-12.34"),
        tax_number="US123",
        blocked=True,
        address=Address(lines=("1 Main St",), city="Springfield", region="IL", postal_code="62701", country="US"),
        extra={"since": "1999"},
    ),
    CustomerIdentifier(key="1", scheme="gln", value="4000001000005", customer="C1", role="ship_to", name="Store 5"),
    PriceList(key="1", number="L1", name="Retail", currency="USD", **DAYS),
    Price(
        key="1",
        sku="A-1",
        price_list="L1",
        customer="C1",
        amount=D("1234567890123.123456789012"),
        currency="USD",
        unit="XCS",
        basis=D(100),
        from_quantity=D("2.5"),
        kind="gross",
        **DAYS,
    ),
    Contract(
        key="1",
        number="K1",
        customer="C1",
        signed=date(2025, 12, 1),
        price_tolerance=D("0.5"),
        discounts=(Discount(percentage=D("2.5"), sku="A-1"),),
        lines=(ContractLine(sku="A-1", price=D("1.10"), units_sold=("H87", "XCS"), allowed=True),),
        terms=PaymentTerms(net_days=30, discount_percentage=D(2), discount_days=10),
        supplies=(Supply(sku="A-1", quantity=D(5), every=2, unit="month"),),
        extra={"clerk": "Jo"},
        **DAYS,
    ),
    Assortment(key="1", customer="C1", segment="retail", sku="A-1", category="screws", allowed=False, **DAYS),
    CrossReference(key="1", customer="C1", kind="item", theirs="0815", ours="A-1", **DAYS),
]
BARE: list[msgspec.Struct] = [
    Product(key="1", sku="A-1"),
    StockLevel(key="1", sku="A-1", warehouse="W1", on_hand=D(0)),
    Customer(key="1", number="C1"),
    CustomerIdentifier(key="1", scheme="gln", value="4000001000005", customer="C1"),
    PriceList(key="1", number="L1"),
    Price(key="1", sku="A-1", amount=D(1), currency="USD"),
    Contract(key="1", number="K1", customer="C1"),
    Assortment(key="1"),
    CrossReference(key="1", customer="C1", kind="item", theirs="0815", ours="A-1"),
]


@pytest.mark.parametrize("name", list(KINDS))
def test_every_field_has_its_column(name: str) -> None:
    kind = KINDS[name]
    assert set(kind.table.columns.keys()) - BOOKKEEPING == set(kind.columns)
    if name == "Contract":  # kept whole; the columns are what is searched
        assert set(kind.columns) - {"body"} < set(Contract.__struct_fields__)
    else:
        assert {*kind.columns, "key"} == set(kind.type.__struct_fields__)


@pytest.mark.parametrize("name", list(KINDS))
def test_every_field_is_of_its_columns_kind(name: str) -> None:
    """A decimal field has a decimal column, a day has a day, and what may be missing may be null."""
    kind = KINDS[name]
    fields = {field.name: field.type for field in msgspec.structs.fields(kind.type)}
    expected = {
        "Decimal": "ExactDecimal",
        "date": "Date",
        "int": "Integer",
        "bool": "Boolean",
        "str": "AutoString",
        "tuple": "Text",
        "dict": "Text",
        "Address": "Text",
        "Contract": "Text",
    }
    for column in kind.columns:
        declared = fields.get(column, kind.type)
        types = [t for t in getattr(declared, "__args__", ()) if t is not type(None)]
        plain = declared if not hasattr(declared, "__args__") else getattr(declared, "__origin__", types[0])
        assert type(kind.table.c[column].type).__name__ == expected[plain.__name__], column
        optional = type(None) in getattr(declared, "__args__", ())
        assert kind.table.c[column].nullable == optional, column


@pytest.mark.parametrize("value", [*FULL, *BARE], ids=lambda value: type(value).__name__)
def test_every_value_comes_back(database: Database, value: Any) -> None:
    kind = KINDS[type(value).__name__]
    with database.session() as session:
        origin = Origin("MAIN", "test", "erp.stream")
        merge.merge(session, kind.name, origin, [("1", "h", value)], run=1, now=NOW, full=True)
        session.commit()
        row = session.execute(select(kind.table)).one()
        assert from_row(kind.name, row) == value
        assert (row.company, row.stage, row.source, row.key, row.hash, row.seen) == (
            "MAIN",
            "test",
            "erp.stream",
            "1",
            "h",
            1,
        )
        assert (row.known_from if kind.bitemporal else row.updated_at) == NOW


def test_full_values_leave_no_field_out() -> None:
    for value in FULL:
        for field in msgspec.structs.fields(value):
            if type(value) is Contract and field.name not in ("key", "number", "customer", *DAYS):
                continue
            assert getattr(value, field.name) != field.default, f"{type(value).__name__}.{field.name}"
