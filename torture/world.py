"""The workspace under torture: twenty partners, an ERP of a hundred items, and not enough of some of them."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from torture.erp import now

PARTNERS = 20
PLENTY = 80
"""Items of which there is always enough: 100000, 100001 and so on."""
SCARCE = 20
"""Items that run out: 200000, 200001 and so on."""
WORKSPACE = Path(__file__).parent / "workspace"
PRICE = Decimal("2.50")

PARTNER = """\
title  = "Buyer {number}"
stage  = "production"
starts = 2020-01-01
isa    = "ZZ:BUYER{number}"
gate   = {{ out_of_stock = "partial" }}

[channel]
kind   = "directory"
in     = "exchange/{name}/in"
out    = "exchange/{name}/out"
settle = "100ms"

[documents]
receive = ["850", "997"]
send    = ["997", "855", "856", "810"]
"""


@dataclass(frozen=True)
class Place:
    """Where one run happens: a workspace, the ERP's database, the buyers' ledger."""

    folder: Path
    url: str = ""
    """Of our database; empty: SQLite in the workspace."""

    @property
    def root(self) -> Path:
        return self.folder / "workspace"

    @property
    def books(self) -> Path:
        return self.folder / "erp.db"

    @property
    def ledger(self) -> Path:
        return self.folder / "buyers.db"

    @property
    def tell(self) -> str:
        return str(self.folder / "tell")

    @property
    def database(self) -> str:
        return self.url or f"sqlite:///{self.root / 'b2bsync.db'}"

    @property
    def is_sqlite(self) -> bool:
        return not self.url

    def waits(self) -> bool:
        """Whether something of the buyers lies in the supplier's directories and was not taken yet."""
        return any(self.root.glob("exchange/*/in/*.x12"))

    def environment(self, erp: str = "127.0.0.1:1", node: str = "main") -> dict[str, str]:
        return {
            "TORTURE_ERP": erp,
            "TORTURE_BOOKS": f"sqlite:///{self.books}",
            "B2BSYNC_DATABASE_URL": self.database,
            "B2BSYNC_NODE": node,
        }


def partners() -> list[str]:
    return [f"p{n:02d}" for n in range(1, PARTNERS + 1)]


def plenty(n: int) -> str:
    return f"{100_000 + n % PLENTY}"


def scarce(n: int) -> str:
    return f"{200_000 + n % SCARCE}"


def make(place: Place, orders: int, seed: int) -> None:
    """Workspace, ERP and master data. About ``orders`` orders are to come: the scarce items are short of that."""
    random = Random(seed)
    shutil.copytree(WORKSPACE, place.root, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    (place.root / "partners").mkdir()
    for name in partners():
        number = name[1:]
        (place.root / "partners" / f"{name}.toml").write_text(PARTNER.format(name=name, number=number), "utf-8")
        for direction in ("in", "out"):
            (place.root / "exchange" / name / direction).mkdir(parents=True)
    books = sqlite3.connect(place.books)
    books.executescript((Path(__file__).parent / "erp_schema.sql").read_text("utf-8"))
    stock = {plenty(n): 10_000_000 for n in range(PLENTY)}
    share = max(orders // SCARCE, 2)  # orders that will ask for one scarce item, five pieces each or so
    stock |= {scarce(n): random.randint(share, share * 3) for n in range(SCARCE)}
    books.executemany(
        "INSERT INTO ITEM (ITEM_NO, QTY_FIRST, QTY_ONHAND, CHG_TS) VALUES (?, ?, ?, ?)",
        [(item, quantity, quantity, now()) for item, quantity in stock.items()],
    )
    books.commit()
    books.close()
    _master_data(place, list(stock))


@contextlib.contextmanager
def _set(environment: Mapping[str, str]) -> Iterator[None]:
    """The environment of this very process, for as long as it opens the workspace itself."""
    before = dict(os.environ)
    os.environ |= environment
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


def _master_data(place: Place, items: Sequence[str]) -> None:
    """Products, prices and customers at once; stock is pulled from the ERP, as it will be all the time."""
    from b2bsync.app import App
    from b2bsync.model import Contract, Customer, CustomerIdentifier, Price, PriceList, Product
    from b2bsync.store import begin_write, merge
    from b2bsync.store.convert import Origin

    customers = [f"C{name[1:]}" for name in partners()]
    masters: list[Sequence[Any]] = [
        [Product(key=sku, sku=sku, name=f"Article {sku}", lead_time_days=1) for sku in items],
        [PriceList(key="US", number="US", currency="USD")],
        [Price(key=sku, sku=sku, price_list="US", amount=PRICE, currency="USD") for sku in items],
        [
            Customer(key=n, number=n, name=f"Customer {n}", price_list="US", currency="USD", warehouse="ATL")
            for n in customers
        ],
        [CustomerIdentifier(key=f"B{n}", scheme="buyer", value=n, customer=n, role="buyer") for n in customers],
        [Contract(key=f"K{n}", number=f"K{n}", customer=n, currency="USD", price_list="US") for n in customers],
    ]
    with _set(place.environment()), App(place.root) as app, app.database.session() as session:
        begin_write(session)
        for values in masters:
            kind = type(values[0]).__name__
            records = [(value.key, str(n), value) for n, value in enumerate(values)]
            merge.merge(
                session, kind, Origin("MAIN", "production", f"torture.{kind}"), records, run=1, now=datetime.now(UTC),
                full=True,
            )  # fmt: skip
        session.commit()
