"""What the connector tests share: an ERP's database, a workspace with mappings, and runs that are killed."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from b2bsync.mapping import Library
from b2bsync.store import Database, open_database
from b2bsync.store.convert import Origin
from b2bsync.sync import Connectors, Progress, Pull, Sink

PRODUCTS = """
document = "Product"
dialect = "record"
[fields]
key = "item_no"
sku = "item_no"
name = "descr"
weight = { at = "price", type = "decimal" }
"""

ITEMS = {
    "mapping": "products",
    "query": "SELECT item_no, descr, price, chg FROM item",
    "key": "item_no",
    "cursor": "chg",
    "page": 3,
}


@dataclass
class Erp:
    engine: sa.Engine
    url: str

    def run(self, statement: str, rows: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None = None) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), rows)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def items(self, rows: Sequence[tuple[str, str, str | None, str | None]]) -> None:
        values = [{"n": n, "d": d, "p": p, "c": c} for n, d, p, c in rows]
        self.run("INSERT INTO item VALUES (:n, :d, CAST(:p AS NUMERIC), :c)", values)

    def settings(self, **streams: Mapping[str, Any]) -> dict[str, Any]:
        """A connector that reads this database; its password, where it has one, stays in the URL's environment."""
        os.environ["ERP_TEST_URL"] = str(self.url)
        return {"use": "sql", "url": {"env": "ERP_TEST_URL"}, "stream": streams}


class Room:
    """A workspace with one connector, ``erp``, and b2bsync's own database."""

    def __init__(self, database: Database, folder: Path, connector: Mapping[str, Any], **sinks: Sink) -> None:
        self.database = database
        self.folder = folder
        self.connector = dict(connector)
        self.sinks = sinks
        self.mapping("products", PRODUCTS)

    def mapping(self, name: str, text: str) -> None:
        file = self.folder / "mappings" / f"{name}.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")

    @property
    def connectors(self) -> Connectors:
        return Connectors({"erp": self.connector}, self.folder)

    def puller(self, database: Database | None = None) -> Pull:
        library = Library([self.folder / "mappings"])
        return Pull(
            database or self.database, library, self.connectors, company="MAIN", stage="production", sinks=self.sinks
        )

    def pull(self, stream: str = "items", **options: Any) -> Progress:
        return self.puller().run("erp", stream, **options)

    def pull_until_killed(self, stream: str, pages: int, **options: Any) -> bool:
        """Pulls in a process of its own that dies once so many pages are stored. False: it was done before that."""
        child = os.fork()
        if child == 0:
            self.database.engine.dispose(close=False)
            own = open_database(self.database.url)
            count = 0

            def progress(_: Progress) -> None:
                nonlocal count
                count += 1
                if count == pages:
                    os._exit(9)

            self.puller(own).run("erp", stream, progress=progress, **options)
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9

    def products(self) -> dict[str, str]:
        """Name by key, of what is in the store."""
        query = "SELECT key, name FROM product WHERE company = 'MAIN' AND stage = 'production' ORDER BY key"
        return {row.key: row.name for row in self.query(query)}

    def query(self, statement: str) -> list[Any]:
        with self.database.session() as session:
            return list(session.execute(sa.text(statement)))


def counts(run: Progress) -> tuple[str, int, int, int, int, int, int]:
    """Status, read, added, changed, unchanged, removed, rejected."""
    return run.status, run.read, run.added, run.changed, run.unchanged, run.removed, run.rejected


ORIGIN = Origin("MAIN", "production", "erp.items")
Progressed = Callable[[Progress], None]
