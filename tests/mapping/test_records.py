"""Records: rows of SQL and CSV become master data and documents, orders become rows."""

from datetime import date, datetime
from decimal import Decimal as D

import pytest

from b2bsync.mapping import MappingError, Unmapped
from b2bsync.model import (
    AnswerLine,
    Contract,
    Customer,
    CustomerIdentifier,
    ErpAnswer,
    Identifier,
    ItemIds,
    Order,
    OrderLine,
    Party,
    PartyRole,
    PaymentTerms,
    Product,
    UnitConversion,
    UnitPrice,
)
from b2bsync.model.contract import ContractLine

PRODUCT = """
[codes.unit]
PCE = "EA"
CSE = "XCS"

[fields]
key = "ID"
sku = "ITEM_NO"
name = "DESCR"
base_unit = { at = "UOM", codes = "unit" }
gtin = "EAN"
active = "ACTIVE"
minimum_quantity = "MIN_QTY"
lead_time_days = "LEAD"
weight = { at = "GRAMS", read = "divide(value, 1000)", write = "multiply(value, 1000)" }
"extra.color" = "COLOR"
"extra.origin" = { at = "ORIGIN", optional = true }

[fields.units]
each = "UNITS"
unit = { at = "UOM", codes = "unit" }
numerator = "NUMER"
"""

ROW = {
    "ID": 4711,
    "ITEM_NO": "S-1  ",
    "DESCR": "Widget",
    "UOM": "PCE",
    "EAN": "4012345000009",
    "ACTIVE": 1,
    "MIN_QTY": 0.1,
    "LEAD": "3",
    "GRAMS": D("250"),
    "COLOR": None,
    "UNITS": [{"UOM": "CSE", "NUMER": 12}],
}


def test_a_row_becomes_a_product(record_mapping):
    assert record_mapping("Product", PRODUCT).read(ROW) == Product(
        key="4711",
        sku="S-1",
        name="Widget",
        base_unit="EA",
        gtin="4012345000009",
        active=True,
        minimum_quantity=D("0.1"),
        lead_time_days=3,
        weight=D("0.25"),
        units=(UnitConversion(unit="XCS", numerator=D(12)),),
    )


def test_a_product_becomes_a_row(record_mapping):
    product = Product(key="1", sku="S", base_unit="XCS", active=False, weight=D("0.25"), extra={"color": "red"})
    assert record_mapping("Product", PRODUCT).write(product) == {
        "ID": "1",
        "ITEM_NO": "S",
        "DESCR": "",
        "UOM": "CSE",
        "EAN": None,
        "ACTIVE": False,
        "MIN_QTY": None,
        "LEAD": None,
        "GRAMS": D(250),
        "COLOR": "red",
        "ORIGIN": None,
        "UNITS": [],
    }


@pytest.mark.parametrize(
    ("given", "exact"),
    [
        ("12.50", D("12.50")),
        (" 7 ", D(7)),
        (12, D(12)),
        (0.1, D("0.1")),
        (1e-07, D("0.0000001")),
        (1234567.89, D("1234567.89")),
        (D("1.10"), D("1.10")),
        ("", None),
        (None, None),
        ("1234567890123456789012345", D("1234567890123456789012345")),
    ],
)
def test_numbers_never_pass_through_float_arithmetic(record_mapping, given, exact):
    mapping = record_mapping("Product", '[fields]\nkey = "K"\nsku = "K"\nweight = "W"')
    weight = mapping.read({"K": "1", "W": given}).weight
    assert weight == exact
    assert str(weight) == str(exact)


@pytest.mark.parametrize(
    "given", ["1,5", "1e5", "NaN", float("nan"), D("NaN"), True, b"1", "12345678901234567890123456"]
)
def test_what_is_no_number(record_mapping, given):
    mapping = record_mapping("Product", '[fields]\nkey = "K"\nsku = "K"\nweight = "W"')
    with pytest.raises(Unmapped) as caught:
        mapping.read({"K": "1", "W": given})
    (finding,) = caught.value.findings
    assert (finding.code, finding.reference) == ("value-not-convertible", "W")


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("2026-03-01 10:30:00", date(2026, 3, 1)),
        ("20260301", date(2026, 3, 1)),
        (datetime(2026, 3, 1, 10, 30), date(2026, 3, 1)),
        (date(2026, 3, 1), date(2026, 3, 1)),
        ("", None),
        (None, None),
    ],
)
def test_dates(record_mapping, given, day):
    mapping = record_mapping("PriceList", '[fields]\nkey = "K"\nnumber = "K"\nvalid_from = "D"')
    assert mapping.read({"K": "1", "D": given}).valid_from == day


@pytest.mark.parametrize(
    ("given", "said"),
    [(1, True), (0, False), (D(1), True), ("Y", True), ("no", False), ("True", True), ("0", False), (None, False)],
)
def test_yes_and_no(record_mapping, given, said):
    mapping = record_mapping("Customer", '[fields]\nkey = "K"\nnumber = "K"\nblocked = "B"')
    assert mapping.read({"K": "1", "B": given}).blocked is said


def test_all_problems_of_a_row_are_said(record_mapping):
    row = ROW | {"ID": " ", "UOM": "XXX", "MIN_QTY": "a lot", "UNITS": [{"UOM": "CSE", "NUMER": 12}, {"UOM": "CSE"}]}
    del row["EAN"]
    with pytest.raises(Unmapped) as caught:
        record_mapping("Product", PRODUCT).read(row)
    assert [(f.code, f.message) for f in caught.value.findings] == [
        ("value-missing", "key (column ID): a value is required and there is none"),
        ("code-not-listed", "base_unit (column UOM): 'XXX' is not in the code list"),
        (
            "column-missing",
            "gtin (column EAN): the record has no column 'EAN'; it has ID, ITEM_NO, DESCR, UOM, ACTIVE, MIN_QTY, LEAD, "
            "GRAMS, COLOR, UNITS",
        ),
        ("value-not-convertible", "minimum_quantity (column MIN_QTY): 'a lot' is not a number"),
        ("column-missing", "units[2].numerator (column NUMER): the record has no column 'NUMER'; it has UOM"),
    ]
    assert caught.value.findings[1].allowed == "PCE, CSE"


def test_one_item_of_the_record_itself(record_mapping):
    """``each = "."``: flat columns become the one item of a list, when any of them says something."""
    mapping = record_mapping(
        "Order",
        """
        [fields]
        number = "PO"
        [[fields.parties]]
        each = "."
        when = { role = "buyer" }
        name = "BUYER"
        [[fields.parties]]
        each = "."
        when = { role = "ship_to" }
        name = "STORE"
        [[fields.parties.identifiers]]
        each = "."
        when = { scheme = "buyer" }
        value = "STORE_NO"
        [fields.lines]
        each = "lines"
        number = "POS"
        quantity = "QTY"
        "items.supplier" = "SKU"
        "price.amount" = { at = "PRICE", type = "decimal" }
        """,
    )
    order = Order(
        number="4711",
        parties=(
            Party(
                role=PartyRole.SHIP_TO, name="Store 7", identifiers=(Identifier("gln", "40"), Identifier("buyer", "7"))
            ),
        ),
        lines=(OrderLine(number="1", quantity=D(2), items=ItemIds(supplier="S-1"), price=UnitPrice(amount=D("9.25"))),),
    )
    row = mapping.write(order)
    assert row == {
        "PO": "4711",
        "BUYER": None,
        "STORE": "Store 7",
        "STORE_NO": "7",
        "lines": [{"POS": "1", "QTY": D(2), "SKU": "S-1", "PRICE": D("9.25")}],
    }
    again = mapping.read(row)
    assert again.parties == (Party(role=PartyRole.SHIP_TO, name="Store 7", identifiers=(Identifier("buyer", "7"),)),)
    assert again.lines == order.lines


def test_what_the_erp_answered(record_mapping):
    mapping = record_mapping(
        "ErpAnswer",
        """
        [fields]
        supplier_number = "SO"
        [fields.lines]
        each = "lines"
        number = "POS"
        quantity = "QTY"
        "price.amount" = "PRICE"
        """,
    )
    answer = mapping.read({"SO": 77, "lines": [{"POS": 1, "QTY": 2.0, "PRICE": 9.25}]})
    assert answer == ErpAnswer(
        supplier_number="77", lines=(AnswerLine(number="1", quantity=D("2.0"), price=UnitPrice(amount=D("9.25"))),)
    )
    assert mapping.read({"SO": 77, "lines": []}).lines == ()
    assert mapping.read({"SO": 77, "lines": None}).lines is None  # the lines were not read back
    assert mapping.write(ErpAnswer()) == {"SO": None, "lines": []}


def test_a_contract_with_its_lines(record_mapping):
    mapping = record_mapping(
        "Contract",
        """
        [fields]
        key = "ID"
        number = "NO"
        customer = "CUST"
        "terms.net_days" = "NET"
        ship_tos = { each = "PLACES", at = "NO" }
        [fields.lines]
        each = "LINES"
        sku = "SKU"
        price = "PRICE"
        """,
    )
    assert mapping.read(
        {
            "ID": 1,
            "NO": "C-1",
            "CUST": "100",
            "NET": 30,
            "PLACES": [{"NO": "7"}, {"NO": "8"}],
            "LINES": [{"SKU": "S", "PRICE": "9.25"}],
        }
    ) == Contract(
        key="1",
        number="C-1",
        customer="100",
        terms=PaymentTerms(net_days=30),
        ship_tos=("7", "8"),
        lines=(ContractLine(sku="S", price=D("9.25")),),
    )


def test_a_nested_struct_is_left_out_when_nothing_of_it_is_there(record_mapping):
    mapping = record_mapping("Customer", '[fields]\nkey = "K"\nnumber = "K"\n"address.city" = "C"')
    assert mapping.read({"K": "1", "C": None}) == Customer(key="1", number="1")


def test_constants(record_mapping):
    mapping = record_mapping(
        "CustomerIdentifier", '[fields]\nkey = "K"\nvalue = "K"\ncustomer = "C"\nscheme = { value = "gln" }'
    )
    assert mapping.read({"K": "40", "C": "100"}) == CustomerIdentifier(
        key="40", scheme="gln", value="40", customer="100"
    )


def test_one_column_for_two_fields_can_be_read_but_not_written(record_mapping):
    mapping = record_mapping("PriceList", '[fields]\nkey = "K"\nnumber = "K"')
    value = mapping.read({"K": "1"})
    assert (value.key, value.number) == ("1", "1")
    with pytest.raises(MappingError, match=r"fields\.key writes column 'K' too"):
        mapping.write(value)
