"""A waiting interchange through the whole line: ``python -m benchmarks.orders.line WORKSPACE ORDERS``.

Receive, validate, map, judge, push to the stub ERP, answer, deliver, by the engine that ``b2bsync once`` runs.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import text

from benchmarks.measure import Measured
from benchmarks.orders.world import INBOUND


def main(root: Path, orders: int) -> None:
    measured = Measured()
    measured.facts["bytes"] = (root / INBOUND).stat().st_size
    erp = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.orders.erp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert erp.stdin is not None and erp.stdout is not None
    os.environ["STUB_ERP"] = erp.stdout.readline().strip()

    from b2bsync.app import App

    with App(root) as app:
        app.engine()  # imports what the work needs, and opens the database
        measured.starts()
        with measured.work():
            done = app.once()
        with app.database.session() as session:
            documents = session.execute(text("select type, status, count(*) from document group by 1, 2")).all()
            lines = session.execute(text("select status, reason, count(*) from order_book group by 1, 2")).all()
    erp.stdin.close()
    said = json.loads(erp.stdout.read())
    erp.wait()
    measured.children = said["cpu"]
    answered = Counter({(kind, status): count for kind, status, count in documents})
    if (answered["855", "sent"], answered["850", "answered"], done.ran.parked) != (orders, orders, 0):
        raise SystemExit(f"not every order was answered: {documents}, {done.ran}")
    measured.facts["lines"] = {"/".join(filter(None, key)): count for *key, count in lines}
    measured.facts["pushed"] = said["orders"]
    measured.print()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
