"""Kills, each timed to land with a push or a send in flight, and how the daemon comes back from them."""

import os
import signal
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from torture.daemon import Daemon
from torture.erp import AFTER, ANSWERED, BEFORE
from torture.rig import Rig, Told, until

PUSH = (BEFORE, AFTER, ANSWERED)
NAMED = {"before": "before the file has its name", "after": "after the file has its name"}
PATIENCE = 20.0
"""Seconds in which a moment must come; then another one is waited for."""
LONGEST = 90.0
TAKE_OVERS = 8
"""With two nodes, every so many kills the killed one stays away until the other has its lanes."""
PHASES = ("until no task had died twice", "until the moment came", "until it was back")


@dataclass
class Kills:
    """What came of them. Times in seconds."""

    done: int = 0
    moments: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    flowing: list[float] = field(default_factory=list)
    taken_over: list[float] = field(default_factory=list)
    missed: int = 0
    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))
    trouble: list[str] = field(default_factory=list)


class Killer:
    def __init__(self, rig: Rig, seed: int) -> None:
        self.rig, self.random = rig, Random(seed)
        self.kills = Kills()
        self._wanted = ""
        self._victim: int = 0
        self._hit = threading.Event()
        self._arm = rig.place.folder / "arm"
        rig.heard = self._heard

    def run(self, kills: int, orders: int) -> Kills:
        """So many kills, while so many orders are sent: a few of them just before every kill."""
        sent = 0
        for n in range(kills):
            began = time.monotonic()
            self._wait_for_flow()
            flows = time.monotonic()
            share = orders * (n + 1) // kills - sent
            sent += share
            self.rig.allow(share)
            time.sleep(self.random.uniform(0.1, 0.6))
            daemon = self._kill()
            killed = time.monotonic()
            if daemon is None:
                self.kills.trouble.append(f"kill {n + 1}: no push and no send came to be killed in")
                continue
            self.kills.done += 1
            if sys.stderr.isatty() or n % 10 == 9:
                print(f"  {self.kills.done} kills, {self.rig.quota} orders", file=sys.stderr, flush=True)
            self._come_back(daemon, stay_away=len(self.rig.daemons) > 1 and n % TAKE_OVERS == TAKE_OVERS - 1)
            back = time.monotonic()
            for phase, seconds in zip(PHASES, (flows - began, killed - flows, back - killed), strict=True):
                self.kills.spent[phase] += seconds
        return self.kills

    def _wait_for_flow(self) -> None:
        """A task that is killed three times by chance would be parked, which is right but not what is tried here."""
        for daemon in self.rig.daemons:
            daemon.keep_up()
        until(lambda: self.rig.watch.most_starts() < 2, PATIENCE)

    def _kill(self) -> Daemon | None:
        for _ in range(6):
            moment = self.random.choice((*PUSH, *NAMED))
            victim = self._push(moment) if moment in PUSH else self._send(moment)
            if victim is not None:
                return victim
            self.kills.missed += 1
            self.rig.allow(5)
            for daemon in self.rig.daemons:
                daemon.keep_up()
        return None

    def _heard(self, told: Told) -> None:
        if told["at"] == self._wanted and (told["slow"] or told["at"] == ANSWERED) and self.rig.daemon(told["pid"]):
            self._wanted = ""
            os.kill(told["pid"], signal.SIGKILL)
            self._victim = told["pid"]
            self._hit.set()

    def _push(self, moment: str) -> Daemon | None:
        self._hit.clear()
        self._wanted = moment
        hit = self._hit.wait(PATIENCE)
        self._wanted = ""
        if not hit and not self._hit.is_set():
            return None
        victim = self.rig.daemon(self._victim)
        assert victim is not None
        victim.wait(10)
        self.kills.moments[f"push, {moment}"] += 1
        return victim

    def _send(self, when: str) -> Daemon | None:
        fresh = self._arm.with_name("arm.new")
        fresh.write_text(when)
        fresh.replace(self._arm)
        pids = {daemon.pid: daemon for daemon in self.rig.daemons}
        found: list[Daemon] = []

        def died() -> bool:
            found[:] = [d for pid, d in pids.items() if self._arm.with_name(f"arm.{pid}").exists()]
            return bool(found)

        if until(died, PATIENCE, 0.005) is None:
            self._arm.unlink(missing_ok=True)
            if not died():
                return None
        [victim] = found
        note = self._arm.with_name(f"arm.{victim.pid}")
        if not victim.wait(10):
            self.kills.trouble.append(f"a send of {note.read_text()} was to be killed {when} its name, and was not")
            victim.kill()
        self.kills.moments[f"send of {note.read_text()[:3]}, {NAMED[when]}"] += 1
        note.unlink()
        return victim

    def _come_back(self, daemon: Daemon, *, stay_away: bool) -> None:
        watch, killed = self.rig.watch, time.monotonic()
        self.kills.stages.update(watch.running(daemon.node))
        if stay_away:
            self._take_over(daemon, killed)
        before = watch.moved(daemon.node)
        started = time.monotonic()
        daemon.start()
        while watch.moved(daemon.node) == before:
            if time.monotonic() - started > LONGEST:
                self.kills.trouble.append(f"node {daemon.node} did not flow within {LONGEST:.0f} s of its restart")
                return
            if daemon.keep_up():
                started = time.monotonic()  # a command had its place; the next start counts
            time.sleep(0.02)
        self.kills.flowing.append(time.monotonic() - started)

    def _take_over(self, daemon: Daemon, killed: float) -> None:
        """Until the other node has every lane that this one held and that has work."""
        held = self.rig.watch.held(daemon.node)
        if not held:
            return

        def taken() -> bool:
            now = self.rig.watch.held(daemon.node)
            return all(now.get(lane) != owner for lane, owner in held.items())

        if until(taken, LONGEST, 0.05) is None:
            self.kills.trouble.append(f"the lanes {', '.join(held)} of {daemon.node} were not taken over")
        else:
            self.kills.taken_over.append(time.monotonic() - killed)
