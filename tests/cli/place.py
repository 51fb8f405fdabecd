"""A workspace of which ``b2bsync status`` tells. Its states come about as in real life: by pulls, tasks, nodes and
deliveries of the product's own."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from b2bsync.app import App
from b2bsync.app.installation import init
from b2bsync.app.status import status
from b2bsync.engine import prepare
from b2bsync.store import Database
from tests.exchange.trade import Trade

CONFIG = """
[database]
url = "{url}"
[connector.erp]
use = "sql"
url = "sqlite:///erp.db"
[connector.erp.stream.items]
mapping = "items"
query   = "SELECT no, name, price, chg FROM item"
key     = "no"
cursor  = "chg"
"""
MAPPING = """
document = "Product"
dialect  = "record"
[fields]
key    = "no"
sku    = "no"
name   = "name"
weight = { at = "price", type = "decimal" }
"""


@dataclass(frozen=True)
class Place(Trade):
    """A workspace without partners, with one stream of two items."""

    database: Database | None = None

    def open(self) -> App:
        """On the database that is open already, which is quicker."""
        app = App(self.root)
        if self.database is not None:
            app.__dict__["database"] = self.database
        return app

    def act(self, do: Callable[[App, Any], Any]) -> None:
        with self.open() as app, app.database.session() as session:
            do(app, session)
            session.commit()

    def older(self, table: str, column: str, hours: float, where: str = "1 = 1") -> None:
        """Make moments so much older: what a test would have to wait for."""

        def do(app: App, session: Any) -> None:
            minutes = int(hours * 60)
            sqlite = f"strftime('%Y-%m-%d %H:%M:%f000', {column}, '-{minutes} minutes')"
            older = sqlite if app.database.is_sqlite else f"{column} - interval '{minutes} minutes'"
            session.execute(text(f"update {table} set {column} = {older} where {where}"))

        self.act(do)

    def status(self) -> dict[str, Any]:
        with self.open() as app:
            return status(app)

    def found(self) -> dict[str, tuple[str, str, str]]:
        """Severity, subject and verb of what is told, by its word; all that is no note has a verb."""
        found = self.status()["findings"]
        assert [f for f in found if f["severity"] != "note" and not f["verb"].startswith("b2bsync ")] == []
        return {f["what"]: (f["severity"], f["subject"], f["verb"]) for f in found}

    def work(self, *lanes: str) -> None:
        """A task in each of these lanes."""
        assert self.database is not None
        prepare(self.database)

        def do(app: App, session: Any) -> None:
            for lane in lanes:
                app.lanes.add(session, lane, "judge", [1])

        self.act(do)

    def schedule(self, every: str) -> None:
        self.write("schedules/items.toml", f'what = "sync erp.items"\nevery = "{every}"\n')


def new_place(root: Path, database: Database) -> Place:
    init(root)
    place = Place(root, database)
    place.write("config.toml", CONFIG.format(url=database.url))
    place.write("mappings/items.toml", MAPPING)
    with sqlite3.connect(root / "erp.db") as erp:
        erp.execute("create table item (no text primary key, name text, price text, chg text)")
        items = [("A", "Tea", "1", "2026-01-01"), ("B", "Cup", "2", "2026-01-02")]
        erp.executemany("insert into item values (?, ?, ?, ?)", items)
    erp.close()
    return place
