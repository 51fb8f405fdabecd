"""The demonstration's workspace: its queries and mappings make canonical values of the ERP's rows."""

import shutil
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

import b2bsync.demo
from b2bsync.mapping import Library
from b2bsync.model import Address, Contract, Discount, Identifier, PartyRole, Supply, UnitConversion
from b2bsync.sync import Connection, Connectors
from b2bsync.vocabulary.identifiers import is_sscc
from b2bsync.workspace import builtin

WORKSPACE = Path(b2bsync.demo.__file__).parent / "workspace"
LIBRARY = Library([builtin() / "mappings"])


@pytest.fixture(scope="module")
def erp_connection(erp_original: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    root = tmp_path_factory.mktemp("workspace")
    shutil.copy(erp_original, root / "erp.db")
    settings = tomllib.loads((WORKSPACE / "config.toml").read_text(encoding="utf-8"))["connector"]
    connectors = Connectors(settings, root)
    assert connectors.check() == []
    with connectors.open("erp") as connection:
        yield connection


def pulled(connection: Any, stream: str) -> dict[str, Any]:
    """Every value of a stream by key, mapped as the configuration says."""
    mapping = LIBRARY.get(f"demo_erp/{stream}")
    pages = connection.pull(stream, None, datetime.now(UTC))
    return {record.key: mapping.read(record.data) for page in pages for record in page.records(stream)}


def test_every_statement_is_one_that_the_erp_understands(erp_connection: Connection) -> None:
    assert erp_connection.check().problems == ()


@pytest.mark.parametrize(
    ("stream", "count"),
    [
        ("products", 5000),
        ("stock", 15000),
        ("customers", 200),
        ("customer_identifiers", 1802),  # 801 GLNs, 601 numbers of the customers', 200 of ours, 200 for tax
        ("cross_references", 397),  # Acme's one, and four of each odd one of 2 to 200 (99)
        ("price_lists", 4),
        ("assortments", 54),  # nine groups, 25 refusals, 20 exceptions
        ("contracts", 200),
        ("shipments", 60),
        ("invoices", 60),
    ],
)
def test_all_records_of_a_stream_are_read(erp_connection: Connection, stream: str, count: int) -> None:
    values = pulled(erp_connection, stream)
    assert len(values) == count


def test_prices_of_lists_and_of_customers(erp_connection: Connection) -> None:
    prices = pulled(erp_connection, "prices")
    # 5000 + 5000 + 3000 + 2000, and two more steps for each tenth item of 10100 to 15000
    assert Counter(price.kind for price in prices.values())["list"] == 15000 + 2 * 491
    own = [(p.from_quantity, p.amount, p.unit, p.kind) for p in prices.values() if p.customer == "100001"]
    assert own == [
        (Decimal(0), Decimal("3.00"), "EA", "net"),
        (Decimal(100), Decimal("2.60"), "EA", "net"),
        (Decimal(500), Decimal("2.20"), "EA", "net"),
    ]


def test_a_product_with_its_case(erp_connection: Connection) -> None:
    product = pulled(erp_connection, "products")["10012"]
    assert (product.base_unit, product.gtin, product.weight) == ("EA", "9521234100126", Decimal("0.05"))
    assert product.units == (UnitConversion(unit="XCS", numerator=Decimal(12), gtin="19521234100123"),)


def test_stock_with_what_comes_in(erp_connection: Connection) -> None:
    level = pulled(erp_connection, "stock")["10009|ATL"]
    assert (level.on_hand, level.reserved, level.next_quantity, level.next_date) == (
        Decimal(55),
        Decimal(15),
        Decimal(200),
        date(2026, 3, 16),
    )


def test_customers_and_the_numbers_that_name_them(erp_connection: Connection) -> None:
    customers = pulled(erp_connection, "customers")
    assert [number for number, customer in customers.items() if customer.blocked] == ["100002", "100077"]
    assert customers["100001"].address == Address(
        lines=("500 Commerce Drive",), city="Columbus", region="OH", postal_code="43215", country="US"
    )
    named = [
        (i.scheme, i.value, i.role)
        for i in pulled(erp_connection, "customer_identifiers").values()
        if i.customer == "100001"
    ]
    assert sorted(named, key=str) == [
        ("buyer", "0001", "buyer"),
        ("buyer", "0042", "ship_to"),
        ("buyer", "0043", "ship_to"),
        ("gln", "9521235000012", "buyer"),
        ("gln", "9521235000029", "ship_to"),
        ("gln", "9521235000036", "bill_to"),
        ("gln", "9521235000043", "ship_to"),
        ("supplier", "100001", None),
        ("tax", "31-0000001", None),
    ]


def test_acme_s_contract(erp_connection: Connection) -> None:
    contract: Contract = pulled(erp_connection, "contracts")["K-100001"]
    assert contract.discounts == (Discount(percentage=Decimal(5)),)
    assert [(line.sku, line.price, line.unit) for line in contract.lines] == [("10007", Decimal("4.20"), "EA")]
    assert contract.supplies == (
        Supply(sku="10001", quantity=Decimal(240), every=2, unit="month", first=date(2025, 2, 1)),
    )
    assert (contract.price_date, contract.price_tolerance, contract.assortment_only) == ("ordered", Decimal(2), True)
    assert (contract.ship_tos, contract.payment_methods) == (("0042", "0043"), ("transfer", "direct_debit"))
    assert contract.terms is not None
    assert (contract.terms.net_days, contract.terms.discount_percentage, contract.terms.discount_days) == (
        30,
        Decimal(2),
        10,
    )
    assert (contract.minimum_order_value, contract.approval_above) == (Decimal(100), Decimal(25000))


def test_every_term_of_the_model_is_agreed_with_somebody(erp_connection: Connection) -> None:
    contracts = list(pulled(erp_connection, "contracts").values())
    unset = [
        field.name
        for field in msgspec.structs.fields(Contract)
        if all(getattr(contract, field.name) in (None, (), {}, False) for contract in contracts)
    ]
    assert unset == ["extra"]
    with_units = [line for contract in contracts for line in contract.lines if line.units_sold]
    assert len(with_units) == 40
    assert {line.units_sold for line in with_units} == {("EA", "XCS")}


def test_a_shipment_with_its_packages_and_parties(erp_connection: Connection) -> None:
    notice = pulled(erp_connection, "shipments")["8000000001"]
    assert (notice.number, notice.shipped, notice.expected) == ("8000000001", date(2024, 1, 10), date(2024, 1, 13))
    assert notice.created == datetime(2024, 1, 10, 16, tzinfo=UTC)
    assert [(order.number, order.supplier_number) for order in notice.orders] == [("OLD-0001", "4500000001")]
    package = notice.orders[0].packages[0]
    assert (package.sscc, package.kind, package.weight) == ("095212340000010012", "CT", Decimal("12.500"))
    assert is_sscc(package.sscc)
    assert [line.order_line for line in package.lines] == ["1", "2", "3"]
    parties = {party.role: party.identifiers for party in notice.parties}
    assert parties == {
        PartyRole.BUYER: (
            Identifier("buyer", "0001"),
            Identifier("supplier", "100001"),
            Identifier("gln", "9521235000012"),
        ),
        PartyRole.SHIP_TO: (Identifier("buyer", "0042"), Identifier("gln", "9521235000029")),
        PartyRole.SHIP_FROM: (Identifier("gln", "9521234000013"),),
    }


def test_invoices_add_up_and_say_their_taxes(erp_connection: Connection) -> None:
    invoices = pulled(erp_connection, "invoices")
    for invoice in invoices.values():
        assert invoice.net == sum(line.amount for line in invoice.lines)
        assert invoice.total == invoice.net + sum(tax.amount for tax in invoice.taxes)
    assert {(i.currency, *(tax.rate for tax in i.taxes)) for i in invoices.values()} == {
        ("USD",),
        ("EUR", Decimal(20)),
        ("MXN", Decimal(16)),
    }
