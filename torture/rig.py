"""One trade under way: the ERP and the buyers as processes, the daemons, and the line on which the ERP tells of every
order in flight."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from torture import world
from torture.beside import Beside
from torture.daemon import CHECKOUT, Daemon
from torture.watch import Watch
from torture.world import Place

Told = dict[str, Any]


class Rig:
    """Everything that runs. ``heard`` is called for every order in flight, on a thread of its own."""

    def __init__(self, place: Place, orders: int, seed: int, *, hooked: bool = True, beside: bool = True) -> None:
        self.place, self.seed, self.quota = place, seed, 0
        world.make(place, orders, seed)
        self.heard: Callable[[Told], None] | None = None
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.bind(place.tell)
        threading.Thread(target=self._listen, daemon=True).start()
        self.allow(0)
        self.erp = self._foreign("torture.erp", str(place.books), place.tell, str(seed))
        self.address = self._said(self.erp)
        self.buyers = self._foreign("torture.buyers", str(place.folder), str(seed))
        self._said(self.buyers)
        nodes = ("main",) if place.is_sqlite else ("a", "b")
        self.daemons = [Daemon(place, node, self.address, hooked=hooked) for node in nodes]
        self.watch = Watch(place)
        self.beside = Beside(place, self.address, seed)
        self.talkative = beside
        code, said = self.beside.run("sync", "books.stock")
        if code:
            raise RuntimeError(f"the first sync failed: {said}")

    def allow(self, more: int) -> None:
        """The buyers may send so many more orders."""
        self.quota += more
        fresh = self.place.folder / "quota.new"
        fresh.write_text(str(self.quota))
        fresh.replace(self.place.folder / "quota")

    def daemon(self, pid: int) -> Daemon | None:
        return next((d for d in self.daemons if d.pid == pid), None)

    def close(self) -> None:
        self.beside.stop()
        for daemon in self.daemons:
            daemon.stop()
        for process in (self.buyers, self.erp):
            with contextlib.suppress(BrokenPipeError, ValueError):
                process.communicate(timeout=30)  # the end of their input is their end
        self._line.close()
        self.watch.close()

    def _foreign(self, module: str, *arguments: str) -> subprocess.Popen[str]:
        log = (self.place.folder / f"{module}.log").open("a")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=log, text=True, env=dict(os.environ),
            )  # fmt: skip

    @staticmethod
    def _said(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{process.args!r} did not start")
        return line

    def _listen(self) -> None:
        while True:
            try:
                told = json.loads(self._line.recv(4096))
            except (OSError, ValueError):
                return
            if self.heard is not None:
                self.heard(told)


@contextlib.contextmanager
def running(rig: Rig) -> Iterator[Rig]:
    """Daemons and commands, until the end."""
    try:
        for daemon in rig.daemons:
            daemon.start()
        if rig.talkative:
            rig.beside.start()
        yield rig
    finally:
        rig.close()


def until(what: Callable[[], Any], seconds: float, pause: float = 0.02) -> float | None:
    """Seconds until it was so; None: it was not within the time."""
    started = time.monotonic()
    while not what():
        if time.monotonic() - started > seconds:
            return None
        time.sleep(pause)
    return time.monotonic() - started
