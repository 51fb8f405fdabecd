"""Results as a person reads them."""

import platform
import sqlite3
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("SQLAlchemy", "msgspec", "dbos", "alembic", "sqlmodel")


def versions() -> str:
    """Interpreter, libraries and machine that the figures belong to."""
    libraries = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, SQLite {sqlite3.sqlite_version}, {libraries}\n{_processor()}, {platform.platform()}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose first column is text and whose others are figures."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    print(f"\n{title}")
    for row in (header, ["-" * width for width in widths], *rows):
        first, *others = (
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "  ".join([first, *others]))


def verdict(what: str, found: float, wanted: float, *, most: bool = False, unit: str = "") -> None:
    """Print whether a figure is what was wanted: at least, or (``most``) at most."""
    good = found <= wanted if most else found >= wanted
    bound = "at most" if most else "at least"
    print(f"  {'reached' if good else 'MISSED '}  {what}: {found:.3g}{unit}, wanted {bound} {wanted:.3g}{unit}")


def mb(size: int) -> str:
    return f"{size / 1_000_000:.0f} MB"
