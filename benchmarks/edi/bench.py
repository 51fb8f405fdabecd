"""X12 and EDIFACT: CPU time as a ratio to splitting the same bytes in the same process, and memory."""

import argparse
from pathlib import Path

from benchmarks import report
from benchmarks.edi.case import made
from benchmarks.measure import Measured, run

WANTED = (  # work, type, what it is, gate, goal
    ("segments", "850", "X12 to segments and elements, streamed", 0.30, 0.40),
    ("segments", "ORDERS", "EDIFACT to segments and elements, components on access", 0.16, 0.30),
    ("components", "ORDERS", "EDIFACT to components, released", 0.08, 0.12),
    ("judge", "850", "850 read and judged", 0.10, 0.16),
    ("judge", "810", "810 read and judged", 0.10, 0.16),
    ("judge", "ORDERS", "ORDERS read and judged", 0.05, 0.12),
)
MORE = 10_000_000
"""Bytes that reading may need at any size of the file."""

SIZES = (10, 100)


def edi(options: argparse.Namespace, folder: Path) -> None:
    done: dict[tuple[str, str, int], Measured] = {}
    rows = []
    for megabytes in SIZES:
        for work, type, what, _, _ in WANTED:
            made(type, megabytes, folder)
            cases = [run("edi.case", work, type, megabytes, folder) for _ in range(options.runs)]
            middle = done[work, type, megabytes] = sorted(cases, key=_ratio)[len(cases) // 2]
            rows.append(
                (
                    f"{what}, {megabytes} MB",
                    f"{middle.facts['size'] / middle.cpu / 1e6:.1f}",
                    f"{middle.facts['size'] / middle.facts['floor'] / 1e6:.0f}",
                    f"{_ratio(middle):.3f}",
                    report.mb(middle.facts["grown"]),
                )
            )
    report.table("X12 and EDIFACT", ("case", "MB/CPU s", "floor", "ratio", "grown"), rows)
    for work, type, what, gate, goal in WANTED:
        for megabytes in SIZES:
            case = done[work, type, megabytes]
            report.verdict(f"{what}, {megabytes} MB", _ratio(case), gate)
            report.verdict("the same against the goal", _ratio(case), goal)
        grown = max(done[work, type, megabytes].facts["grown"] for megabytes in SIZES)
        report.verdict(f"{what}: memory", grown / 1e6, MORE / 1e6, most=True, unit=" MB more")


def _ratio(case: Measured) -> float:
    return float(case.facts["floor"] / case.cpu)
