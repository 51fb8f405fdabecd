"""Large files, written as they are made up, and a workspace that takes them."""

from collections.abc import Iterator
from pathlib import Path

TEXT = "Please deliver to the rear entrance and ask for the warehouse foreman before you unload; " * 2
LINES_OF_TEXT = 400
"""About 75 KB in a transaction set."""

PARTNER = """\
title    = "Acme Stores"
stage    = "production"
starts   = 2025-01-01
isa      = "ZZ:ACMESTORES"
[channel]
kind   = "directory"
in     = "exchange/acme/in"
out    = "exchange/acme/out"
settle = "10ms"
[documents]
receive = ["850"]
send    = ["997"]
"""

CONFIG = """\
[company.MAIN]
name = "Supplier"
isa  = "ZZ:SUPPLIER"
"""

HEAD = (
    "ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*SUPPLIER       *260302*0900*U*00401*{control:09d}*0*P*>~\n"
    "GS*PO*ACMESTORES*SUPPLIER*20260302*0900*{control}*X*004010~\n"
)
TAIL = "GE*{sets}*{control}~\nIEA*1*{control:09d}~\n"


def workspace(root: Path) -> Path:
    """A workspace with one partner, whose directories are there."""
    (root / "partners").mkdir(parents=True)
    (root / "config.toml").write_text(CONFIG, encoding="utf-8")
    (root / "partners" / "acme.toml").write_text(PARTNER, encoding="utf-8")
    for folder in ("in", "out"):
        (root / "exchange" / "acme" / folder).mkdir(parents=True)
    return root


def many(path: Path, size: int) -> int:
    """One interchange of purchase orders with long texts, at least ``size`` bytes; returns how many orders."""
    number = 0
    with path.open("w", encoding="ascii") as file:
        written = file.write(HEAD.format(control=1))
        while written < size:
            number += 1
            written += sum(map(file.write, _order(number, LINES_OF_TEXT)))
        file.write(TAIL.format(sets=number, control=1))
    return number


def single(path: Path, size: int) -> None:
    """One interchange of one purchase order that has ``size`` bytes."""
    with path.open("w", encoding="ascii") as file:
        file.write(HEAD.format(control=2))
        for piece in _order(1, size // (len(TEXT) + 6) + 1):
            file.write(piece)
        file.write(TAIL.format(sets=1, control=2))


def _order(number: int, texts: int) -> Iterator[str]:
    control = f"{number:06d}"
    yield f"ST*850*{control}~\nBEG*00*SA*PO-{number}**20260302~\nCUR*BY*USD~\nN9*ZZ*NOTES~\n"
    for _ in range(texts):
        yield f"MSG*{TEXT}~\n"
    yield "N1*BY*Acme Stores*92*0001~\nPO1*1*24*EA*10.00**VN*10001~\nCTT*1~\n"
    yield f"SE*{texts + 8}*{control}~\n"
