"""One run on one store: a trade from the first order to the last invoice, with kills or without."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from torture import report
from torture.counts import Books, Counts, count, missing, unsaid
from torture.kills import Killer, Kills
from torture.postgresql import Server
from torture.rig import Rig, running
from torture.world import Place

SETTLED = 300.0
"""Seconds in which everything must be worked off after the last kill."""
QUIET = 3.0


@dataclass
class Cost:
    """``documents`` in and out, ``cpu`` of the daemons' processes and ``server`` of PostgreSQL's, seconds."""

    documents: int
    wall: float
    cpu: float
    server: float

    def __str__(self) -> str:
        each = 1000 / self.documents
        text = f"{self.documents / self.wall:.1f} documents/s, {each * self.cpu:.1f} ms of CPU per document"
        return text + (f", and {each * self.server:.1f} ms of the database server's" if self.server else "")


@dataclass
class Trial:
    store: str
    counts: Counts
    cost: Cost
    kills: Kills = field(default_factory=Kills)
    trouble: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return self.counts.good and not self.trouble and not self.kills.trouble


@contextlib.contextmanager
def place(store: str, server: Server | None, keep: Path | None = None) -> Iterator[Place]:
    """A folder for one run, with a database of its own; kept where ``keep`` says, else thrown away."""
    folder = Path(tempfile.mkdtemp(prefix=f"b2bsync-torture-{store}-", dir=keep))
    made = Place(folder, server.database() if server is not None else "")
    yield made
    if keep is None:
        shutil.rmtree(folder, ignore_errors=True)


def run(store: str, server: Server | None, where: Place, *, kills: int, orders: int, seed: int) -> Trial:
    """``kills`` 0: a plain run of the same trade, to compare its cost."""
    rig = Rig(where, orders, seed, hooked=kills > 0, beside=kills > 0)
    before = server.cpu if server else 0.0
    started = time.monotonic()
    with running(rig):
        if kills:
            done = Killer(rig, seed).run(kills, orders)
        else:
            done = Kills()
            rig.allow(orders)
        rig.beside.stop()
        trouble = settle(rig, orders)
        wall = time.monotonic() - started - (QUIET if not trouble else 0)
        used = server.cpu - before if server else 0.0
        counts = count(where, rig.watch)
        if not counts.good:
            rig.watch.keep(where.folder / "tables.txt")
        for daemon in rig.daemons:
            daemon.stop()
    cpu = sum(daemon.cpu for daemon in rig.daemons)
    trial = Trial(store, counts, Cost(counts.facts["documents, in and out"], wall, cpu, used), done, trouble)
    trial.trouble += rig.beside.odd
    if kills:
        show(trial, rig)
    return trial


def settle(rig: Rig, orders: int) -> list[str]:
    """Until nothing is due any more and the buyers have everything; what is wrong when that does not come."""
    books = Books(rig.place)
    until = time.monotonic() + SETTLED
    still_since: float | None = None
    try:
        while time.monotonic() < until:
            for daemon in rig.daemons:
                daemon.keep_up()
            rig.beside.post()
            sent = books.one("SELECT count(*) FROM SENT WHERE KIND = 'first'")
            under_way = missing(books) or unsaid(books) or rig.place.waits()
            if sent < min(orders, rig.quota) or under_way or rig.watch.waiting() or rig.watch.unsent():
                still_since = None
            elif still_since is None:
                still_since = time.monotonic()
            elif time.monotonic() - still_since > QUIET:
                return []
            time.sleep(0.2)
        return [
            f"not worked off after {SETTLED:.0f} s: the buyers miss {missing(books)}, {rig.watch.waiting()} tasks wait"
        ]
    finally:
        books.close()


def show(trial: Trial, rig: Rig) -> None:
    kills = trial.kills
    report.title(
        f"{trial.store}: {kills.done} kills -9 of {len(rig.daemons)} daemon{'s' if len(rig.daemons) > 1 else ''}"
    )
    report.counts(trial.counts)
    report.histogram("kills by the moment they were timed for", kills.moments)
    report.histogram("stages that were under way when it was killed (several lanes at once)", kills.stages)
    report.times("from restart to the first stage committed", kills.flowing)
    if len(rig.daemons) > 1:
        report.times("from a kill until the other node had all its lanes", kills.taken_over)
    spent = ", ".join(f"{seconds / max(kills.done, 1):.1f} s {phase}" for phase, seconds in kills.spent.items())
    report.line("time that a kill took", f"{spent}; {kills.missed} moments did not come")
    ran = [f"{verb} {n} (exit code {code})" for (verb, code), n in sorted(rig.beside.ran.items())]
    report.line("commands beside the daemon", ", ".join(ran))
    once = f"{rig.beside.polite} / {rig.beside.took_over}"
    report.line("`once` said that a daemon runs / did the work of a dead one", once)
    report.line("cost, with the starts after every kill", trial.cost)
    for text in (*kills.trouble, *trial.trouble):
        report.line("TROUBLE", text)
