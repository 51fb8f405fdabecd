"""The daemon as a process: started, killed, frozen, and what it used of the processor in all its lives."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from torture.world import Place

HOOK = Path(__file__).parent / "hook"
CHECKOUT = Path(__file__).parent.parent


def command(place: Place, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "b2bsync", "-w", str(place.root), *arguments]


class Daemon:
    """``b2bsync serve`` under one node name. ``cpu``: seconds of all its lives that are over; ``lives``: how many."""

    def __init__(self, place: Place, node: str, erp: str, *, hooked: bool = True, more: dict[str, str] | None = None):
        self.place, self.node = place, node
        self.environment = {**os.environ, **place.environment(erp, node), **(more or {})}
        if hooked:
            self.environment |= {"TORTURE_ARM": str(place.folder / "arm"), "PYTHONPATH": str(HOOK)}
        self.log = place.folder / f"daemon-{node}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.cpu, self.lives, self.code = 0.0, 0, 0

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command(self.place, "serve"), cwd=CHECKOUT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.lives += 1

    def ended(self) -> bool:
        """Whether it is no more; then its processor time is counted and ``code`` is what it ended with."""
        if self.process is None:
            return True
        pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
        if pid == 0:
            return False
        self.process.returncode = self.code = os.waitstatus_to_exitcode(status)
        self.cpu += usage.ru_utime + usage.ru_stime
        self.process = None
        return True

    def wait(self, seconds: float) -> bool:
        """Whether it ended within this time."""
        until = time.monotonic() + seconds
        while not self.ended():
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def signal(self, number: int) -> None:
        if self.process is not None:
            os.kill(self.process.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.wait(10)

    def stop(self) -> None:
        """As systemd does: asked, and killed when it does not hear."""
        self.signal(signal.SIGTERM)
        if not self.wait(30):
            self.kill()

    def keep_up(self) -> bool:
        """Starts it again when it ended by itself, as systemd does; whether it did. ``b2bsync once`` may have had its
        place."""
        if self.process is not None and self.ended():
            self.start()
            return True
        return False
