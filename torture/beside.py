"""The command line beside the daemon: what people type, at any moment, also the worst."""

import os
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from random import Random

from torture.daemon import CHECKOUT, command
from torture.world import Place, partners

PAUSE = (1.0, 5.0)
PATIENCE = 120.0


class Beside:
    """One command at a time, at random, until ``stop``. ``ran`` counts (verb, exit code); ``odd`` has what nobody
    should see: a traceback, or a command that did not end."""

    def __init__(self, place: Place, erp: str, seed: int) -> None:
        self.place = place
        self.environment = {**os.environ, **place.environment(erp, "a" if place.url else "main")}
        self.random = Random(seed)
        self.ran: Counter[tuple[str, int]] = Counter()
        self.odd: list[str] = []
        self.polite = self.took_over = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Waits for the one that runs."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def post(self) -> None:
        """Hands over what lies in the post, when nobody else does."""
        if not self._thread.is_alive():
            for file in self._post():
                self._receive(file)

    def run(self, *arguments: str) -> tuple[int, str]:
        try:
            done = subprocess.run(
                command(self.place, *arguments), cwd=CHECKOUT, env=self.environment, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=PATIENCE,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            self.odd.append(f"b2bsync {' '.join(arguments)} did not end within {PATIENCE:.0f} s")
            return -1, ""
        said = done.stdout if done.returncode == 0 else done.stdout + done.stderr
        self.ran[
            " ".join(arguments[:2]) if arguments[0] in ("documents", "lanes") else arguments[0], done.returncode
        ] += 1
        if "Traceback" in said:
            self.odd.append(f"b2bsync {' '.join(arguments)}:\n{said[-2000:]}")
        return done.returncode, said

    def _work(self) -> None:
        while not self._stop.wait(self.random.uniform(*PAUSE)):
            for file in self._post()[:1]:
                self._receive(file)
            lane = self.random.choice(["erp:erp", f"send:{self.random.choice(partners())}"])
            match self.random.randrange(5):
                case 0:
                    self._once()
                case 1:
                    self.run("status", "--json")
                case 2:
                    self.run("documents", "list", "-n", "20")
                case 3:
                    self.run("sync", f"books.{self.random.choice(('stock', 'shipments', 'invoices'))}")
                case 4:
                    self.run("lanes", "retry", lane)

    def _once(self) -> None:
        """Beside a daemon it says so and ends; when it comes while no daemon runs, it does the work."""
        code, said = self.run("once")
        if "is running already" in said:
            self.polite += 1
            if code != 1:
                self.odd.append(f"b2bsync once ended with {code} beside a daemon")
        else:
            self.took_over += 1

    def _post(self) -> list[Path]:
        return sorted(p for p in (self.place.folder / "post").iterdir() if p.suffix == ".x12" and p.name[0] != ".")

    def _receive(self, file: Path) -> None:
        code, said = self.run("receive", str(file), "--partner", file.name[:3])
        if code == 0:
            file.rename(file.parent / "done" / file.name)
        else:
            self.odd.append(f"b2bsync receive {file.name} ended with {code}: {said[-300:]}")
            time.sleep(1)
