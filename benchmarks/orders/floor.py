"""The floor of ``line``: ``python -m benchmarks.orders.floor FINISHED FRESH ORDERS``.

Inserts every row by which the finished database differs from the fresh one into the fresh one: the bare driver's
executemany, the same tables, indexes, keys and pragmas, blobs included, in commits of 20 purchase orders.
"""

import sqlite3
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured

BATCH = 20
PRAGMAS = ("synchronous = FULL", "foreign_keys = ON", "cache_size = -8192", "temp_store = MEMORY")
ORDER = (
    "blob", "blob_chunk", "artifact", "message", "document", "sales_order", "order_judgement", "order_book",
    "commitment", "push", "delivery", "delivery_document", "attempt",
)  # fmt: skip
"""What refers to what comes after it; other tables follow."""

Rows = list[tuple[Any, ...]]


class Grouping:
    """Which commit a row belongs to: that of its order, else the first."""

    def __init__(self, source: sqlite3.Connection) -> None:
        def column(query: str) -> dict[Any, Any]:
            return dict(source.execute(query).fetchall())

        inbound = source.execute("select id from document where direction = 'in' order by id").fetchall()
        self.documents: dict[Any, int] = {row[0]: n // BATCH for n, row in enumerate(inbound)}
        last = max(self.documents.values())
        for document, parent in source.execute("select id, parent_id from document where direction = 'out'"):
            self.documents[document] = self.documents.get(parent, last)
        orders = column("select id, document_id from sales_order")
        self.orders = {order: self.documents[document] for order, document in orders.items()}
        carried = source.execute("select delivery_id, document_id from delivery_document").fetchall()
        self.deliveries: dict[Any, int] = {}
        for delivery, document in carried:
            self.deliveries[delivery] = max(self.deliveries.get(delivery, 0), self.documents[document])
        sent = source.execute("select digest, id from delivery order by id desc").fetchall()
        self.digests = {digest: self.deliveries[delivery] for digest, delivery in sent}

    def of(self, table: str, row: dict[str, Any]) -> int:
        match table:
            case "document":
                return self.documents[row["id"]]
            case "sales_order":
                return self.orders[row["id"]]
            case "order_judgement" | "order_book" | "commitment":
                return self.orders[row["order_id"]]
            case "push":
                return self.documents[row["document_id"]]
            case "delivery":
                return self.deliveries[row["id"]]
            case "delivery_document" | "attempt":
                return self.deliveries[row["delivery_id"]]
            case "blob" | "blob_chunk":
                return self.digests.get(row["digest"], 0)
            case "claim":
                kind, _, number = row["subject"].partition(":")
                return self.documents[int(number)] if kind == "document" else 0
            case "event" if row["subject"] == "document":
                return self.documents[int(row["subject_id"])]
        return 0


def new_rows(source: sqlite3.Connection, table: str) -> tuple[list[str], Rows]:
    """Columns and rows of a table that the fresh database, attached as ``fresh``, does not have like this."""
    columns = [row[1] for row in source.execute(f'pragma table_info("{table}")')]
    return columns, source.execute(f'select * from main."{table}" except select * from fresh."{table}"').fetchall()


def main(finished: Path, fresh: Path, orders: int) -> None:
    measured = Measured()
    source = sqlite3.connect(finished)
    source.execute("attach ? as fresh", (str(fresh),))
    named = [row[0] for row in source.execute("select name from main.sqlite_master where type = 'table'")]
    tables = [name for name in ORDER if name in named]
    tables += [name for name in named if name not in ORDER and not name.startswith("sqlite_")]
    grouping = Grouping(source)
    commits: dict[int, dict[str, Rows]] = defaultdict(dict)
    statements: dict[str, str] = {}
    counts: dict[str, int] = {}
    for table in tables:
        columns, rows = new_rows(source, table)
        if not rows:
            continue
        counts[table] = len(rows)
        statements[table] = f'insert or replace into "{table}" values ({", ".join("?" * len(columns))})'
        for row in rows:
            group = grouping.of(table, dict(zip(columns, row, strict=True)))
            commits[group].setdefault(table, []).append(row)
    source.close()
    target = sqlite3.connect(fresh, isolation_level="IMMEDIATE")
    for pragma in PRAGMAS:
        target.execute(f"pragma {pragma}")
    measured.starts()
    with measured.work():
        for group in sorted(commits):
            for table in tables:
                if rows := commits[group].get(table, []):
                    target.executemany(statements[table], rows)
            target.commit()
    if target.execute("select count(*) from order_book").fetchone()[0] != counts["order_book"]:
        raise SystemExit("the floor did not insert every row")
    target.close()
    measured.facts = {"rows": counts, "commits": len(commits), "orders": orders}
    measured.print()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
