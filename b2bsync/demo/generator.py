"""Makes the ERP's database: 5,000 items in three warehouses, 200 debtors with a contract each, a year of old orders.

The same seed and the same day give the same rows. Only what must lie ahead (goods still to come in) depends on the day.
"""

import sqlite3
from datetime import date
from importlib.resources import files
from pathlib import Path
from random import Random

from b2bsync.demo import catalogue, debtors, history
from b2bsync.demo.catalogue import Row

SEED = 20250101


def generate(path: Path, today: date | None = None, seed: int = SEED) -> dict[str, int]:
    """Writes a new ERP database to ``path`` and gives the number of rows per table.

    ``today`` is the day that future receipts count from (default: the real one). Raises FileExistsError when the file
    is already there: a database with orders in it is never overwritten.
    """
    if path.exists():
        raise FileExistsError(f"{path} already exists; delete it first, or choose another folder for the demo")
    random = Random(seed)
    rows = catalogue.rows(random, today or date.today())
    for part in (debtors, history):
        for table, more in part.rows(random, rows).items():
            rows.setdefault(table, []).extend(more)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        _create(connection)
        for table, values in rows.items():
            _insert(connection, table, values)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
    finally:
        connection.close()
    return {table: len(values) for table, values in rows.items()}


def _create(connection: sqlite3.Connection) -> None:
    """The tables, statement by statement: ``executescript`` would commit the transaction we are in."""
    statement = ""
    for line in files("b2bsync.demo").joinpath("erp_schema.sql").read_text(encoding="utf-8").splitlines():
        statement += line.split("--")[0] + "\n"
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def _insert(connection: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    """All rows of one table, which name the same columns."""
    columns = tuple(rows[0])
    places = ", ".join(f":{column}" for column in columns)
    connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)
