"""Tasks that died twice with their process get their last start one after another.

Each of them may be the one that kills; the others only ran beside it. Alone among suspects, only the guilty one dies a
third time, and is parked for it. Work that never died runs beside as ever.
"""

import threading
import time
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds after which a suspect that still runs is believed: the next one starts beside it."""


class Suspects:
    """Whose turn it is in this process. ``clock`` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._run = ""
        self._since = 0.0

    def take(self, run: str) -> bool:
        """Whether this run of a lane may start its suspect now."""
        with self._lock:
            if self._run not in ("", run) and self._clock() - self._since < PATIENCE:
                return False
            self._run, self._since = run, self._clock()
            return True

    def let_go(self, run: str) -> None:
        """Its suspect came to an end, or it had none."""
        with self._lock:
            if self._run == run:
                self._run = ""


SUSPECTS = Suspects()
