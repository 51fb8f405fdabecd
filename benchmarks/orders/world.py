"""The supplier's world that the orders are judged against, from a fixed seed: products, stock, prices, customers.

About nine lines in ten are taken as ordered; the rest meets one rule or another of the contract gate.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from b2bsync.app import App
from b2bsync.model import Contract, Customer, CustomerIdentifier, Discount, Price, PriceList, Product, StockLevel
from b2bsync.model.master import UnitConversion
from b2bsync.store import begin_write, merge
from b2bsync.store.convert import Origin

SEED = 20260101
PRODUCTS = 5_000
CUSTOMERS = 5
LINES = 20
INBOUND = Path("exchange/acme/in/orders.edi")
"""Where the interchange is laid, within the workspace."""
WORKSPACE = Path(__file__).parent / "workspace"


@dataclass(frozen=True)
class World:
    products: list[Product]
    stock: list[StockLevel]
    prices: list[Price]
    customers: list[Customer]
    identifiers: list[CustomerIdentifier]
    contracts: list[Contract]


def world() -> World:
    random = Random(SEED)
    products = [
        Product(
            key=sku,
            sku=sku,
            name=f"Article {sku} of group {int(sku) % 40}",
            category=f"G{int(sku) % 40:02d}",
            minimum_quantity=Decimal(50) if random.random() < 0.01 else None,
            lot_multiple=Decimal(12) if random.random() < 0.05 else None,
            lead_time_days=random.randint(1, 10),
            units=(UnitConversion(unit="XCS", numerator=Decimal(12)),),
        )
        for sku in (str(100_000 + n) for n in range(PRODUCTS))
    ]
    stock = [
        StockLevel(
            key=f"{p.sku}|ATL",
            sku=p.sku,
            warehouse="ATL",
            on_hand=Decimal(0 if random.random() < 0.02 else random.randint(50_000, 90_000)),
        )
        for p in products
    ]
    prices = [
        Price(
            key=f"{p.sku}|US-A",
            sku=p.sku,
            price_list="US-A",
            amount=Decimal(random.randint(100, 9_999)) / 100,
            currency="USD",
        )
        for p in products
    ]
    numbers = [f"C{n + 1:03d}" for n in range(CUSTOMERS)]
    customers = [
        Customer(key=n, number=n, name=f"Customer {n}", price_list="US-A", currency="USD", warehouse="ATL")
        for n in numbers
    ]
    identifiers = [CustomerIdentifier(key=f"B{n}", scheme="buyer", value=n, customer=n, role="buyer") for n in numbers]
    contracts = [
        Contract(
            key=f"K{n}",
            number=f"K{n}",
            customer=n,
            currency="USD",
            price_list="US-A",
            price_tolerance=Decimal(2),
            discounts=(Discount(percentage=Decimal(5)),),
        )
        for n in numbers
    ]
    return World(products, stock, prices, customers, identifiers, contracts)


def workspace(root: Path) -> None:
    """Make a workspace whose database has all of the master data and nothing else."""
    shutil.copytree(WORKSPACE, root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "exchange" / "acme" / "in").mkdir(parents=True)
    (root / "exchange" / "acme" / "out").mkdir()
    made = world()
    lists = [PriceList(key="US-A", number="US-A", currency="USD")]
    with App(root) as app, app.database.session() as session:
        begin_write(session)
        masters: list[Sequence[Any]] = [
            made.products, made.stock, lists, made.prices, made.customers, made.identifiers, made.contracts,
        ]  # fmt: skip
        for values in masters:
            kind = type(values[0]).__name__
            origin = Origin("MAIN", "production", f"stub.{kind}")
            records = [(value.key, str(n), value) for n, value in enumerate(values)]
            merge.merge(session, kind, origin, records, run=1, now=datetime.now(UTC), full=True)
        session.commit()


def interchange(orders: int) -> bytes:
    """An 850 interchange with so many purchase orders of 20 lines each, every one with values of its own."""
    random, made = Random(SEED + 1), world()
    price = {p.sku: p.amount for p in made.prices}
    today = datetime.now(UTC)
    day, due = f"{today:%Y%m%d}", f"{today + timedelta(days=14):%Y%m%d}"
    text = [
        f"ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*SUPPLIER       *{today:%y%m%d}*{today:%H%M}"
        "*U*00401*000000001*0*P*>~\n",
        f"GS*PO*ACMESTORES*SUPPLIER*{day}*{today:%H%M}*1*X*004010~\n",
    ]
    for n in range(1, orders + 1):
        customer = random.choice(made.customers).number
        store = random.randint(1, 400)
        segments = [
            f"ST*850*{n:09d}",
            f"BEG*00*SA*PO{n:07d}**{day}",
            "CUR*BY*USD",
            f"REF*DP*{random.randint(1, 99):03d}",
            f"PER*BD*Buyer {random.randint(1, 30)}*TE*555{random.randint(0, 9_999_999):07d}",
            f"DTM*002*{due}",
            f"N1*BY*Customer {customer}*92*{customer}",
            f"N1*ST*Store {store}*92*{store:04d}",
            f"N3*{random.randint(1, 999)} Main Street",
            f"N4*Springfield*GA*{random.randint(10_000, 99_999)}*US",
        ]
        total = 0
        for line, product in enumerate(random.sample(made.products, LINES), start=1):
            case = random.random() < 0.2
            quantity = random.randint(1, 10) if case else 12 * random.randint(1, 20)
            agreed = price[product.sku] * 95 / 100 * (12 if case else 1)
            said = agreed * 9 / 10 if random.random() < 0.02 else agreed
            sku = "999999" if random.random() < 0.01 else product.sku
            total += quantity
            unit = "CA" if case else "EA"
            segments.append(f"PO1*{line}*{quantity}*{unit}*{said:.2f}**BP*A{product.sku}*VN*{sku}")
            segments.append(f"PID*F****{product.name}")
        segments.append(f"CTT*{LINES}*{total}")
        segments.append(f"SE*{len(segments) + 1}*{n:09d}")
        text.append("~\n".join(segments) + "~\n")
    text.append(f"GE*{orders}*1~\nIEA*1*000000001~\n")
    return "".join(text).encode("ascii")
