"""Orders: what is run and what is wanted of it."""

import argparse
import shutil
from pathlib import Path

from benchmarks import report
from benchmarks.measure import Measured, median, run
from benchmarks.orders.world import INBOUND, LINES, interchange, workspace

RATIO = 0.15
"""Wanted at least: the floor's CPU time as a part of ours."""
MORE = 4
"""The interchange that shows whether memory follows the number of orders has so many times more of them."""
GROWTH = 1.25


def orders(options: argparse.Namespace, folder: Path) -> None:
    workspace(folder / "fresh")
    lines, floors = [], []
    for n in range(options.runs):
        lines.append(_line(folder, f"line{n}", options.orders))
        floors.append(_floor(folder, f"line{n}", options.orders))
        shutil.rmtree(folder / f"line{n}")
    many = _line(folder, "many", options.orders * MORE)
    line, floor = median(lines), median(floors)
    report.table(
        f"orders: one interchange of {options.orders:,} purchase orders of {LINES} lines "
        f"({line.facts['bytes']:,} bytes), median of {options.runs}",
        ("case", "CPU s", "wall s", "orders/CPU s", "orders/s", "start s", "ERP's CPU s", "peak", "for the work"),
        [
            _row("receive … 855 sent", line, options.orders),
            _row(f"the same, {MORE} times the orders", many, options.orders * MORE),
            _row("floor: the same rows, bare driver", floor, options.orders),
        ],
    )
    print("  lines: " + ", ".join(f"{count} {what}" for what, count in line.facts["lines"].items()))
    print("  rows: " + ", ".join(f"{count} {table}" for table, count in floor.facts["rows"].items()))
    report.verdict("CPU time of the floor to ours", floor.cpu / line.cpu, RATIO)
    what = f"memory needed for the work, {MORE} times the orders to once"
    report.verdict(what, many.growth / line.growth, GROWTH, most=True)


def _row(name: str, measured: Measured, orders: int) -> tuple[str, ...]:
    return (
        name,
        f"{measured.cpu:.2f}",
        f"{measured.wall:.2f}",
        f"{orders / measured.cpu:.0f}",
        f"{orders / measured.wall:.0f}",
        f"{measured.start:.2f}",
        f"{measured.children:.2f}",
        report.mb(measured.peak),
        report.mb(measured.growth),
    )


def _line(folder: Path, name: str, orders: int) -> Measured:
    shutil.copytree(folder / "fresh", folder / name)
    (folder / name / INBOUND).write_bytes(interchange(orders))  # here: the case's memory shall be the line's alone
    return run("orders.line", folder / name, orders)


def _floor(folder: Path, name: str, orders: int) -> Measured:
    shutil.copy(folder / "fresh" / "b2bsync.db", folder / "floor.db")
    try:
        return run("orders.floor", folder / name / "b2bsync.db", folder / "floor.db", orders)
    finally:
        for left in folder.glob("floor.db*"):
            left.unlink()
