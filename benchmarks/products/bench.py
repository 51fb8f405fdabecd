"""Products: what is run and what is wanted of it."""

import argparse
import shutil
from pathlib import Path
from statistics import median

from benchmarks import report
from benchmarks.measure import Measured, run
from benchmarks.products.source import PAGE, generate, workspace

RATIO, GOAL = 0.2, 0.35
"""Wanted at least, and hoped for: the floor's CPU time as a part of the first load's."""
AGAIN = 0.5
"""Wanted at most: an unchanged re-sync's CPU time as a part of the first load's."""
MEMORY = 200_000_000
ANSWER = 5.0
"""Seconds within which a received file is answered while a load runs."""


def products(options: argparse.Namespace, folder: Path) -> None:
    erp = folder / "erp.db"
    generate(erp, options.products)
    for name in ("loaded", "floor", "daemon"):
        workspace(folder / name)
    first = run("products.load", folder / "loaded", erp, "first")
    again = run("products.load", folder / "loaded", erp, "full")
    floor = run("products.floor", folder / "loaded" / "b2bsync.db", folder / "floor" / "b2bsync.db")
    shutil.rmtree(folder / "floor")
    answering = run("products.answering", folder / "daemon", erp)
    seconds = answering.facts["answers"]
    report.table(
        f"products: {options.products:,} through the sql connector and a compiled mapping, commits of {PAGE:,}",
        ("case", "CPU s", "wall s", "products/CPU s", "start s", "peak"),
        [
            _row("first load", first, options.products),
            _row("--full again, nothing changed", again, options.products),
            _row("floor: executemany", floor, options.products),
        ],
    )
    print(
        f"  beside the load ({answering.wall:.0f} s, daemon): {len(seconds)} files acknowledged, "
        f"median {median(seconds):.2f} s, longest {max(seconds):.2f} s"
    )
    report.verdict("CPU time of the floor to the first load's", floor.cpu / first.cpu, RATIO)
    report.verdict("the same against the goal", floor.cpu / first.cpu, GOAL)
    report.verdict("CPU time of --full again to the first load's", again.cpu / first.cpu, AGAIN, most=True)
    report.verdict("peak memory of the first load", first.peak / 1e6, MEMORY / 1e6, most=True, unit=" MB")
    report.verdict("peak memory of --full again", again.peak / 1e6, MEMORY / 1e6, most=True, unit=" MB")
    report.verdict("longest wait for an acknowledgement", max(seconds), ANSWER, most=True, unit=" s")


def _row(name: str, measured: Measured, products: int) -> tuple[str, ...]:
    return (
        name,
        f"{measured.cpu:.2f}",
        f"{measured.wall:.2f}",
        f"{products / measured.cpu:,.0f}",
        f"{measured.start:.2f}",
        report.mb(measured.peak),
    )
