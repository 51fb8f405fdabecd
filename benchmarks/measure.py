"""What one process cost, measured by itself; each case runs in a process of its own."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


@dataclass
class Measured:
    """``cpu`` and ``wall`` in seconds for the work itself, ``start`` the CPU seconds of imports and opening before it,
    ``children`` the CPU seconds of other processes that the work waited for. ``base`` and ``peak``: resident bytes
    before the work and at the highest up to its end, the interpreter and all libraries included."""

    cpu: float = 0.0
    wall: float = 0.0
    start: float = 0.0
    children: float = 0.0
    base: int = 0
    peak: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def growth(self) -> int:
        """Bytes that the work needed beyond what the process had when it began."""
        return self.peak - self.base

    @contextmanager
    def work(self) -> Iterator[None]:
        """Add what happens inside to ``cpu`` (every thread of this process) and ``wall``."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.cpu += time.process_time() - cpu
            self.wall += time.perf_counter() - wall
            self.peak = highest()  # now: whoever counts what was made afterwards sorts it in memory

    def starts(self) -> None:
        """Everything so far was preparation."""
        self.start = time.process_time()
        self.base = resident()

    def print(self) -> None:
        """Hand the result to the process that waits for it."""
        self.peak = self.peak or highest()
        json.dump(asdict(self), sys.stdout)


def resident() -> int:
    """Resident bytes of this process now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def highest() -> int:
    """The most resident bytes this program ever had. Not ``ru_maxrss``: a new process begins with that of the one which
    started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def run(module: str, *arguments: object) -> Measured:
    """Run one case, ``python -m benchmarks.MODULE …``, in a fresh process. Raises CalledProcessError when it fails."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    return Measured(**json.loads(done.stdout))


def median(runs: list[Measured]) -> Measured:
    """The run in the middle by CPU time."""
    return sorted(runs, key=lambda run: run.cpu)[len(runs) // 2]
