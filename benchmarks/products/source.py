"""The ERP to load from: a SQLite table of items, from a fixed seed."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

SEED = 20260102
WORKSPACE = Path(__file__).parent / "workspace"
PAGE = 5_000
"""Records per commit: the connector's default, and so the floor's."""

TABLE = """
CREATE TABLE ITEM_MASTER (
    ITEM_NO TEXT PRIMARY KEY, DESCR1 TEXT NOT NULL, BASE_UOM TEXT NOT NULL, EAN TEXT, PROD_GRP TEXT, STATUS TEXT,
    MIN_QTY TEXT, LOT_SIZE TEXT, LEAD_DAYS INTEGER, NET_WT TEXT, CHG_TS TEXT NOT NULL)"""


def generate(path: Path, products: int) -> None:
    """Write an ERP database with so many items."""
    erp = sqlite3.connect(path)
    erp.execute("PRAGMA journal_mode = WAL")
    erp.execute(TABLE)
    erp.executemany(f"INSERT INTO ITEM_MASTER VALUES ({', '.join('?' * 11)})", _items(products))
    erp.execute("CREATE INDEX ITEM_CHG ON ITEM_MASTER (CHG_TS, ITEM_NO)")
    erp.commit()
    erp.close()


def _items(products: int) -> Iterator[tuple[Any, ...]]:
    random = Random(SEED)
    for n in range(products):
        yield (
            f"{10_000_000 + n}",
            f"Article {n}, {random.choice(('steel', 'brass', 'nylon'))}, {random.randint(1, 900)} mm",
            random.choice(("PCE", "PCE", "PCE", "KG", "M")),
            f"{952_000_000_000 + n:013d}",
            f"G{n % 400:03d}",
            "Y" if random.random() < 0.97 else "N",
            f"{random.randint(1, 20) * 5}" if random.random() < 0.3 else None,
            "12" if random.random() < 0.2 else None,
            random.randint(1, 30),
            f"{random.randint(1, 90_000) / 1000:.3f}",
            f"2026-{n % 12 + 1:02d}-{n % 28 + 1:02d}T{n % 24:02d}:{n % 60:02d}:00.{n % 1_000_000:06d}Z",
        )


def workspace(root: Path) -> None:
    """Make a workspace with an empty, migrated database."""
    from b2bsync.app import App

    shutil.copytree(WORKSPACE, root)
    (root / "exchange" / "acme" / "in").mkdir(parents=True)
    (root / "exchange" / "acme" / "out").mkdir()
    with App(root) as app, app.database.session():
        pass
