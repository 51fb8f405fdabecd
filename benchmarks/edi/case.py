"""One case in one process: ``python -m benchmarks.edi.case WORK TYPE MEGABYTES FOLDER [memory]``.

``cpu`` is that of the work on the whole file, the fact ``floor`` that of splitting the same bytes (the bytes written,
where the work writes), taken in turn with the work every ten megabytes. With ``memory`` there is no floor, and the fact
``grown`` is what the process needed beyond what it had.
"""

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from b2bsync.edi import TransactionCut, scan
from b2bsync.edi.answers import answer_file
from b2bsync.edi.judge import judge_cut
from b2bsync.edi.tokens import components, segments
from benchmarks.edi import writing
from benchmarks.edi.clock import Clock
from benchmarks.edi.mistakes import Wrong
from benchmarks.edi.source import Source
from benchmarks.edi.writing import chunks, written
from benchmarks.measure import Measured, highest

_REJECTED = re.compile(rb"AK5\*R\*|UCM\+[0-9]+\+[^+]*\+4").match
"""A line of an answer that rejects a set."""

_TRAILER = re.compile(rb"~SE\*|'UNT\+").findall
TERMINATORS = {"850": "~", "810": "~", "ORDERS": "'"}


def made(type: str, megabytes: int, folder: Path, *, wrong: bool = False) -> Path:
    """The file of a type and size, made up when it is first asked for."""
    path = folder / f"{type}-{megabytes}{'-wrong' if wrong else ''}.edi"
    if not path.exists():
        source = Wrong() if wrong else Source()
        with path.open("wb") as file:
            file.writelines(source.interchange(type, megabytes * 1_000_000))
    return path


def drained(rows: Iterable[Any]) -> int:
    """How many there were; each is let go before the next one."""
    count = 0
    for _ in rows:
        count += 1
    return count


def judged(pieces: Iterable[bytes]) -> int:
    """Judges every set by every rule; none may have a finding."""
    count = 0
    for event in scan(pieces):
        if isinstance(event, TransactionCut):
            found = judge_cut(event)
            if found.findings:
                raise SystemExit(f"{event.type} {event.control_number}: {found.findings[0]}")
            count += 1
    return count


def answered(pieces: Iterable[bytes], clock: Clock) -> int:
    """Acknowledges everything; how many sets are rejected."""
    count, rest = 0, b""
    for answer in answer_file(pieces):
        with clock.paused():
            *lines, rest = (rest + answer).split(b"\n")
            count += sum(map(bool, map(_REJECTED, lines)))
    return count


READINGS: dict[str, Callable[[Iterable[bytes]], int]] = {
    "segments": lambda pieces: drained(segments(pieces)),
    "components": lambda pieces: drained(components(pieces)),
    "judge": judged,
}


def work(name: str, type: str, path: Path, clock: Clock) -> int:
    """Do it with the clock running; how many segments, sets or bytes there were."""
    if name.startswith("write"):
        return written(name, path, type, clock)
    pieces = clock.read(path)
    clock.run()
    count = answered(pieces, clock) if name == "answer" else READINGS[name](pieces)
    clock.stop()
    if name == "answer" and count != sets(path):
        raise SystemExit(f"{path}: {count} of {sets(path)} sets are rejected")
    return count


def sets(path: Path) -> int:
    """The trailers in a file."""
    count, rest = 0, b""
    for piece in chunks(path):
        rest += piece
        count += len(_TRAILER(rest))
        rest = rest[-4:] if not rest.endswith((b"*", b"+")) else b""
    return count


def warmed(name: str, type: str, path: Path) -> None:
    """Imports, and the facts of the first set, are no work."""
    with path.open("rb") as file:
        first = file.read(20_000)
    if name == "answer":
        drained(answer_file([first]))
    if name == "write-interchange":
        writing.warmed(type)
    for event in scan([first]):
        if isinstance(event, TransactionCut):
            judge_cut(event)
            break


def main() -> None:
    name, type, megabytes, folder, *more = sys.argv[1:]
    path = made(type, int(megabytes), Path(folder), wrong=name == "answer")
    measured = Measured()
    clock = Clock(TERMINATORS[type], with_floor=not more)
    warmed(name, type, path)
    measured.starts()
    measured.facts["count"] = work(name, type, path, clock)
    measured.cpu = clock.work
    measured.facts["floor"] = clock.floor
    measured.facts["size"] = path.stat().st_size
    measured.facts["grown"] = max(highest() - measured.base, 0)
    measured.print()


if __name__ == "__main__":
    main()
