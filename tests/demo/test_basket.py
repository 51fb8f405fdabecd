"""Acme's order from the buyer's X12 to the ERP's answer: each line comes to what was foretold for it."""

import tomllib
from collections import defaultdict
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

import b2bsync.demo
from b2bsync import edi
from b2bsync.demo.basket import basket
from b2bsync.demo.buyer import paper
from b2bsync.demo.erp import open_books, step
from b2bsync.mapping import Library
from b2bsync.model import DecisionStatus, ErpAnswer, Order, SalesOrder, SalesOrderLine
from b2bsync.sync import Connectors, Created, IdemKey, Target
from b2bsync.terms import Judgement, Policy, Situation, amend, judge
from b2bsync.vocabulary.verdicts import Verdict
from b2bsync.workspace import builtin

TODAY = date(2026, 3, 2)
WORKSPACE = Path(b2bsync.demo.__file__).parent / "workspace"
LIBRARY = Library([builtin() / "mappings"])


def connectors(folder: Path) -> Connectors:
    """The demonstration's connectors on the ``erp.db`` in a folder."""
    return Connectors(tomllib.loads((WORKSPACE / "config.toml").read_text(encoding="utf-8"))["connector"], folder)


def read_order(erp: Path) -> Order:
    """The buyer's 850 through the codec and the shipped mapping."""
    data = paper.interchange("PO", [paper.purchase_order(basket(erp, TODAY))], 1)
    (cut,) = [event for event in edi.scan([data]) if isinstance(event, edi.TransactionCut)]
    read = edi.read_set(cut.raw, edi.Delimiters(segment="~", element="*", component=">"), "004010")
    assert (read.verdict, read.findings) == (Verdict.ACCEPTED, ())
    order = LIBRARY.get("x12/004010/850").read(read.root)
    assert isinstance(order, Order)
    return order


def situation(erp: Path) -> Situation:
    """Everything that the ERP's streams say about Acme, as the gate wants it."""
    values: dict[str, list[Any]] = {}
    with connectors(erp.parent).open("erp") as connection:
        for stream in (
            "customers",
            "contracts",
            "price_lists",
            "prices",
            "products",
            "cross_references",
            "assortments",
            "stock",
        ):
            read = LIBRARY.get(f"demo_erp/{stream}").read
            pages = connection.pull(stream, None, datetime.now(UTC))
            values[stream] = [read(record.data) for page in pages for record in page.records(stream)]
    prices = defaultdict(list)
    for price in values["prices"]:
        if price.customer in (None, "100001"):
            prices[price.sku].append(price)
    (customer,) = [customer for customer in values["customers"] if customer.number == "100001"]
    stock = {level.sku: level for level in values["stock"] if level.warehouse == customer.warehouse}
    return Situation(
        today=TODAY,
        customer=customer,
        contracts=tuple(contract for contract in values["contracts"] if contract.customer == "100001"),
        price_lists={price_list.number: price_list for price_list in values["price_lists"]},
        prices=prices,
        products={product.sku: product for product in values["products"]},
        cross_references=tuple(x for x in values["cross_references"] if x.customer == "100001"),
        assortments=tuple(rule for rule in values["assortments"] if rule.customer in (None, "100001")),
        available={sku: level.on_hand - level.reserved for sku, level in stock.items()},
        next_stock={sku: level.next_date for sku, level in stock.items() if level.next_date},
        credit_left=customer.credit_limit - customer.balance,
    )


@pytest.fixture(scope="module")
def order(erp_original: Path) -> Order:
    return read_order(erp_original)


@pytest.fixture(scope="module")
def judgement(erp_original: Path, order: Order) -> Judgement:
    gate = tomllib.loads((WORKSPACE / "partners" / "acme.toml").read_text(encoding="utf-8"))["gate"]
    return judge(order, situation(erp_original), msgspec.convert(gate, Policy))


def decisions(judgement: Judgement) -> dict[str, list[tuple[str, str, str | None]]]:
    """Line number to (quantity, status, reason) of each part."""
    return {
        line.number: [(str(d.quantity), str(d.status), d.reason and str(d.reason)) for d in line.decisions]
        for line in judgement.lines
    }


GATE = {
    "1": [("24", "accepted", None)],
    "2": [("10", "rejected", "unknown_item")],
    "3": [("6", "rejected", "not_in_assortment")],
    "4": [("5", "rejected", "unit_not_convertible")],
    "5": [("20", "rejected", "below_minimum")],
    "6": [("24", "quantity_changed", "not_a_lot_multiple"), ("6", "rejected", "not_a_lot_multiple")],
    "7": [("40", "price_changed", "price_differs")],
    "8": [("10", "accepted", None)],
    "9": [("40", "accepted", None), ("60", "backordered", "out_of_stock")],
    "10": [("120", "accepted", None)],
    "11": [("12", "accepted", None)],
    "12": [("2", "accepted", None)],
    "13": [("100", "accepted", None)],
    "14": [("30", "backordered", "out_of_stock")],
}


def test_the_basket_says_prices_that_follow_from_the_contract(erp_original: Path) -> None:
    lines = basket(erp_original, TODAY)["lines"]
    assert [(line["item"], line["quantity"], line["unit"], line["price"]) for line in lines] == [
        ("10001", "24", "EA", "9.5"),  # 10.00 less 5 %
        ("99999", "10", "EA", "5"),
        ("10003", "6", "EA", "7.03"),
        ("10004", "5", "KG", "11.4"),
        ("10005", "20", "EA", "1.9"),
        ("10006", "30", "EA", "2.85"),
        ("10007", "40", "EA", "3.5"),  # agreed are 4.20
        ("10008", "10", "EA", "18.9"),  # agreed are 19.00: 0.5 % off
        ("10009", "100", "EA", "17.1"),
        ("10010", "120", "EA", "2.6"),  # the price from 100 on
        ("ACM-7711", "12", "EA", "7.6"),
        ("19521234100123", "2", "CA", "18.24"),  # 12 x 1.60 less 5 %
        ("10013", "100", "EA", "4.75"),
        ("10014", "30", "EA", "13.3"),
    ]


def test_the_buyer_s_order_is_read_without_a_finding(order: Order) -> None:
    assert (order.number, order.currency, order.ordered, order.requested) == (
        "ACME-7001",
        "USD",
        TODAY,
        TODAY + timedelta(days=7),
    )
    assert (order.lines[11].items.gtin, order.lines[11].unit) == ("19521234100123", "XCS")
    assert order.lines[10].items.buyer == "ACM-7711"


def test_every_line_of_the_order_meets_the_rule_it_was_made_for(judgement: Judgement) -> None:
    assert decisions(judgement) == GATE
    held = {line.number: line.holds.amount for line in judgement.lines if line.holds}
    assert (held["7"], held["8"], held["12"]) == (Decimal("4.20"), Decimal("18.9"), Decimal("18.24"))
    assert {line.number: line.decisions[-1].ships for line in judgement.lines if line.number in ("9", "14")} == {
        "9": date(2026, 3, 16),
        "14": date(2026, 3, 23),
    }


def test_the_basket_foretells_what_the_gate_and_the_erp_decide(erp_original: Path) -> None:
    foretold = {line["number"]: line["expected"] for line in basket(erp_original, TODAY)["lines"]}
    assert {number: text for number, text in foretold.items() if number in ("1", "5", "6", "9", "13")} == {
        "1": "accepted",
        "5": "rejected: below_minimum",
        "6": "24 quantity_changed, 6 rejected: not_a_lot_multiple",
        "9": "40 accepted, 60 backordered: out_of_stock",
        "13": "60 quantity_changed: erp_changed, 40 rejected: erp_changed",
    }
    assert list(foretold) == list(GATE)


def pushed(erp: Path, order: Order, judgement: Judgement) -> tuple[ErpAnswer | None, ErpAnswer]:
    """Puts the taken lines into the ERP by the configured statements; gives the answer before and after its pass."""
    sales_order = SalesOrder(
        key="k",
        customer="100001",
        number=order.number,
        ordered=order.ordered,
        requested=order.requested,
        currency=order.currency,
        ship_to="9521235000029",  # the ERP's own number for the place is 0042
        lines=tuple(
            SalesOrderLine(number=line.number, sku=line.sku, quantity=line.taken, unit=line.unit, price=line.holds)
            for line in judgement.lines
            if line.taken and line.sku
        ),
    )
    record = LIBRARY.get("demo_erp/order").write(sales_order)
    read = LIBRARY.get("demo_erp/order_answer").read
    idem = IdemKey(partner="acme", kind="order", number=order.number, customer="100001")
    with connectors(erp.parent).open("erp") as target, closing(open_books(erp)) as books:
        assert isinstance(target, Target)
        assert target.find("order", idem) is None
        assert target.create("order", record, idem) == Created("4500000061")
        assert target.find("order", idem) == "4500000061"
        assert step(books, TODAY) == []  # nothing is answered before it is released
        target.confirm("order", "4500000061", idem)
        before = target.read_back("order", "4500000061")
        step(books, TODAY)
        target.confirm("order", "4500000061", idem)  # once more, as after a crash: it must not be answered twice
        after = target.read_back("order", "4500000061")
        assert after is not None
        assert books.execute("SELECT SHIP_ADDR, STATUS FROM SO_HDR WHERE SO_NO = 4500000061").fetchone()[:] == (
            "0042",
            "ACCEPTED",
        )
    return None if before is None else read(before), read(after)


def test_the_erp_takes_the_order_and_cuts_the_item_on_allocation(erp: Path, order: Order, judgement: Judgement) -> None:
    before, answer = pushed(erp, order, judgement)
    assert before is None
    assert answer.supplier_number == "4500000061"
    assert answer.lines is not None
    assert [line.number for line in answer.lines] == ["1", "6", "7", "8", "9", "10", "11", "12", "13", "14"]

    amended = amend(judgement, answer)
    changed = decisions(amended)
    assert {number: parts for number, parts in changed.items() if parts != GATE[number]} == {
        "13": [("60", "quantity_changed", "erp_changed"), ("40", "rejected", "erp_changed")]
    }
    assert amended.overall is DecisionStatus.CHANGED


def test_what_the_erp_ships_and_invoices_of_it(erp: Path, order: Order, judgement: Judgement) -> None:
    pushed(erp, order, judgement)
    with connectors(erp.parent).open("erp") as connection:
        found = {}
        for stream in ("shipments", "invoices"):
            read = LIBRARY.get(f"demo_erp/{stream}").read
            pages = connection.pull(stream, None, datetime.now(UTC))
            found[stream] = [read(record.data) for page in pages for record in page.records(stream)]
    notice, invoice = found["shipments"][-1], found["invoices"][-1]

    assert [part.number for part in notice.orders] == ["ACME-7001"]
    shipped: dict[str, Decimal] = defaultdict(Decimal)
    for package in notice.orders[0].packages:
        for line in package.lines:
            shipped[line.order_line] += line.quantity
    assert shipped == {"1": 24, "6": 24, "7": 40, "8": 10, "9": 40, "10": 120, "11": 12, "12": 2, "13": 60}

    # 228 + 68.40 + 168 + 189 + 684 + 312 + 91.20 + 36.48 + 285
    assert (invoice.order_number, invoice.total) == ("ACME-7001", Decimal("2062.08"))
    assert {line.order_line: line.items.buyer for line in invoice.lines if line.items.buyer} == {"11": "ACM-7711"}
