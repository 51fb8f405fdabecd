"""X12 and EDIFACT: CPU time as a ratio to splitting the same bytes in the same process, memory, and peers."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import report
from benchmarks.edi.case import made
from benchmarks.edi.peers import peers
from benchmarks.measure import Measured, run


class Case(NamedTuple):
    """A work on a type, and the ratios that are wanted of it; None where it is only shown."""

    work: str
    type: str
    what: str
    gate: float | None = None
    goal: float | None = None


CASES = (
    Case("segments", "850", "X12 to segments and elements, streamed", 0.30, 0.40),
    Case("segments", "ORDERS", "EDIFACT to segments, components on access", 0.16, 0.30),
    Case("components", "ORDERS", "EDIFACT to components, released", 0.08, 0.12),
    Case("judge", "850", "850 read and judged", 0.10, 0.16),
    Case("judge", "810", "810 read and judged", 0.10, 0.16),
    Case("judge", "ORDERS", "ORDERS read and judged", 0.05, 0.12),
    Case("answer", "850", "850 with one error each, and the 997", 0.04, 0.08),
    Case("answer", "810", "810 with one error each, and the 997", 0.04, 0.08),
    Case("answer", "ORDERS", "ORDERS with one error each, and the CONTRL", 0.04, 0.08),
    Case("write-interchange", "850", "X12 written, interchanges", 0.20, 0.30),
    Case("write-messages", "850", "X12 written, sets", 0.20, 0.30),
    Case("write-read", "850", "X12 written from rows as read"),
    Case("write-interchange", "ORDERS", "EDIFACT written, interchanges", 0.10, 0.20),
    Case("write-messages", "ORDERS", "EDIFACT written, messages", 0.10, 0.20),
    Case("write-read", "ORDERS", "EDIFACT written from rows as read"),
)
SIZES = (10, 100)
"""Megabytes of a file."""

MORE = 10_000_000
"""Bytes that a work may need at any size of the file."""

LINEAR = 0.75
"""Of the speed at the smaller size that must be left at the larger one, by the ratio or by the CPU time of a byte; the
rest is noise of the floor or of the machine."""

NOISE = 3
"""Runs of the smaller file for each of the larger one, which evens out by its length."""


def edi(options: argparse.Namespace, folder: Path) -> None:
    rows: list[tuple[str, ...]] = []
    for case in CASES:
        rows += _measured(case, options.runs, folder)
    header = ("case", "MB", "MB/CPU s", "floor", "gate", "goal", "found", "", "grown")
    report.table("X12 and EDIFACT, ratio of CPU time to the floor", header, rows)
    peers(folder)


def _measured(case: Case, runs: int, folder: Path) -> Iterator[tuple[str, ...]]:
    """The rows of a case: one for each size."""
    ratios, speeds = list[float](), list[float]()
    for megabytes in SIZES:
        wrong = case.work == "answer"
        path = made(case.type, megabytes, folder, wrong=wrong)
        times = [_run(case, megabytes, folder) for _ in range(runs if megabytes == SIZES[0] else max(1, runs // NOISE))]
        middle = sorted(times, key=ratio)[len(times) // 2]
        grown = _run(case, megabytes, folder, "memory").facts["grown"]
        size = path.stat().st_size
        ratios.append(ratio(middle))
        speeds.append(size / middle.cpu)
        yield (
            case.what,
            str(megabytes),
            f"{speeds[-1] / 1e6:.1f}",
            f"{size / middle.facts['floor'] / 1e6:.0f}",
            _figure(case.gate),
            _figure(case.goal),
            f"{ratios[-1]:.3f}",
            _said(case, ratios, speeds, grown),
            f"{grown / 1e6:.1f} MB",
        )


def _run(case: Case, megabytes: int, folder: Path, *more: str) -> Measured:
    return run("edi.case", case.work, case.type, megabytes, folder, *more)


def ratio(measured: Measured) -> float:
    return float(measured.facts["floor"] / measured.cpu)


def _figure(wanted: float | None) -> str:
    return "" if wanted is None else f"{wanted:.2f}"


def _said(case: Case, ratios: list[float], speeds: list[float], grown: int) -> str:
    """What was reached and what was missed."""
    said = []
    if case.gate is not None and case.goal is not None:
        found = ratios[-1]
        said.append("goal" if found >= case.goal else "gate" if found >= case.gate else "missed")
    if max(ratios[-1] / ratios[0], speeds[-1] / speeds[0]) < LINEAR:
        said.append("missed: not linear")
    if grown > MORE:
        said.append("missed: memory")
    return ", ".join(said)
