"""Load the catalogue: ``python -m benchmarks.products.load WORKSPACE ERP first|full``.

``first`` is the first load of everything, ``full`` reads and hashes all of it again with nothing changed.
"""

import os
import sys
from pathlib import Path

from benchmarks.measure import Measured


def main(root: Path, erp: Path, mode: str) -> None:
    os.environ["BENCH_ERP"] = f"sqlite:///{erp}"
    measured = Measured()
    from b2bsync.app import App

    with App(root) as app:
        pull = app.pull
        measured.starts()
        with measured.work():
            run = pull.run("erp", "products", full=mode == "full")
    expected = (run.read, 0) if mode == "first" else (0, run.read)
    if run.status != "ok" or not run.read or (run.added, run.unchanged) != expected or run.rejected:
        raise SystemExit(f"the load did not go as it should: {run}")
    measured.facts = {"read": run.read, "added": run.added, "unchanged": run.unchanged, "pages": run.pages}
    measured.print()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
