"""The floor of ``load``: ``python -m benchmarks.products.floor LOADED FRESH``.

Inserts the rows that the load made with the driver's executemany: the same table, indexes and pragmas, the same pages
as commits. Reading them is not counted.
"""

import sqlite3
import sys
from pathlib import Path

from benchmarks.measure import Measured
from benchmarks.products.source import PAGE

PRAGMAS = ("synchronous = FULL", "foreign_keys = ON", "cache_size = -32768", "temp_store = MEMORY")


def main(loaded: Path, fresh: Path) -> None:
    measured = Measured()
    source = sqlite3.connect(loaded)
    columns = [row[1] for row in source.execute("pragma table_info(product)")]
    rows = source.execute("select * from product order by id")
    target = sqlite3.connect(fresh, isolation_level="IMMEDIATE")
    for pragma in PRAGMAS:
        target.execute(f"pragma {pragma}")
    insert = f"insert into product values ({', '.join('?' * len(columns))})"
    measured.starts()
    while page := rows.fetchmany(PAGE):
        with measured.work():
            target.executemany(insert, page)
            target.commit()
    measured.facts = {"rows": target.execute("select count(*) from product").fetchone()[0]}
    measured.print()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
