"""One case in one process: ``python -m benchmarks.edi.case WORK TYPE MEGABYTES FOLDER``.

``cpu`` is that of the work on the whole file, read in pieces of 64 KiB. The facts carry the floor of the same process:
decoding the same bytes and splitting them at the terminator, in pieces of ten megabytes.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from b2bsync.edi import TransactionCut, scan
from b2bsync.edi.charset import charset
from b2bsync.edi.judge import judge_set
from b2bsync.edi.tokens import components, segments
from benchmarks.edi.source import Source
from benchmarks.measure import Measured, highest

TERMINATORS = {"850": "~", "810": "~", "ORDERS": "'"}


def made(type: str, megabytes: int, folder: Path) -> Path:
    """The file of a type and size, made up when it is first asked for."""
    path = folder / f"{type}-{megabytes}.edi"
    if not path.exists():
        source = Source()
        size = megabytes * 1_000_000
        with path.open("wb") as file:
            file.writelines(source.edifact(size) if type == "ORDERS" else source.x12(type, size))
    return path


def pieces(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(size):
            yield piece


def drained(rows: Iterable[Any]) -> int:
    """How many there were; each is let go before the next one."""
    count = 0
    for _ in rows:
        count += 1
    return count


def judged(path: Path) -> int:
    """Judges every set by every rule; none may have a finding."""
    count = 0
    for event in scan(pieces(path, 64 * 1024)):
        if isinstance(event, TransactionCut):
            found = judge_set(
                event.raw, event.interchange.delimiters, event.version, event.type, start=event.start,
                charset=charset(event.interchange.version),
            )  # fmt: skip
            if found.findings:
                raise SystemExit(f"{path}: {found.findings[0]}")
            count += 1
    return count


WORKS = {
    "segments": lambda path: drained(segments(pieces(path, 64 * 1024))),
    "components": lambda path: drained(components(pieces(path, 64 * 1024))),
    "judge": judged,
}


def floor(path: Path, terminator: str) -> float:
    """CPU seconds of the least that reading could be."""
    spent = 0.0
    for piece in pieces(path, 10_000_000):
        start = time.process_time()
        len(piece.decode("latin-1").split(terminator))
        spent += time.process_time() - start
    return spent


def main() -> None:
    work, type, megabytes, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
    path = made(type, megabytes, folder)
    measured = Measured()
    for event in scan(pieces(path, 64 * 1024)):  # imports and facts of the first set are no work
        if isinstance(event, TransactionCut):
            judge_set(event.raw, event.interchange.delimiters, event.version, event.type)
            break
    measured.starts()
    with measured.work():
        measured.facts["count"] = WORKS[work](path)
    measured.facts["size"] = path.stat().st_size
    measured.facts["grown"] = max(highest() - measured.base, 0)  # before the floor, which holds ten megabytes
    measured.facts["floor"] = sorted(floor(path, TERMINATORS[type]) for _ in range(3))[1]
    measured.print()


if __name__ == "__main__":
    main()
