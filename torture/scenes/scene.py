"""What scenes have in common: a rig, a mishap in the middle, and the counts."""

import threading
import time
import traceback
from pathlib import Path

from torture import report, trial
from torture.counts import count
from torture.daemon import Daemon
from torture.erp import AFTER
from torture.postgresql import Server
from torture.rig import Rig, Told, running, until
from torture.world import Place

ORDERS = 40
PATIENCE = 60.0


class NotPlayed(Exception):
    """This machine does not let the scene happen; the text says why. Printed, and never counted as good."""


class Scene:
    """``title`` for people. ``forgiven``: counts that the mishap itself makes: told, and not wanted to be 0."""

    title = ""
    needs_server = False
    forgiven: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.facts: list[tuple[str, str]] = []
        self.problems: list[str] = []

    def before(self, place: Place) -> None:
        """Before anything is there."""

    def prepare(self, rig: Rig) -> None:
        """Before the daemons start."""

    def happen(self, rig: Rig, server: Server | None) -> None:
        """The mishap, in the middle of the trade; and whatever must be true while it lasts."""

    def after(self, place: Place) -> None:
        """When everything has ended."""

    def told(self, what: str, value: object) -> None:
        self.facts.append((what, str(value)))

    def wrong(self, what: str) -> None:
        self.problems.append(what)


def play(name: str, scene: Scene, store: str, server: Server | None, keep: Path | None, seed: int) -> bool:
    """Plays it and prints what came of it; whether everything was as wanted."""
    started = time.monotonic()
    with trial.place(f"{store}-{name}", server, keep) as place:
        try:
            scene.before(place)
        except NotPlayed as why:
            report.title(f"{store}: {scene.title}")
            report.line("NOT PLAYED", why)
            return False
        try:
            good = _played(scene, place, server, seed)
        except Exception as error:  # the other scenes are played all the same
            traceback.print_exc()
            scene.wrong(f"broken off: {error}")
            good = False
        finally:
            scene.after(place)
    report.title(f"{store}: {scene.title} ({time.monotonic() - started:.0f} s)")
    for what, value in scene.facts:
        report.line(what, value)
    for text in scene.problems:
        report.line("TROUBLE", text)
    report.line("result", "as wanted" if good and not scene.problems else "NOT as wanted")
    return good and not scene.problems


def _played(scene: Scene, place: Place, server: Server | None, seed: int) -> bool:
    rig = Rig(place, ORDERS, seed, hooked=False, beside=False)
    scene.prepare(rig)
    with running(rig):
        rig.allow(ORDERS // 2)
        until(lambda: rig.watch.one("select count(*) from document"), PATIENCE)
        scene.happen(rig, server)
        rig.allow(ORDERS - rig.quota)
        scene.problems += trial.settle(rig, ORDERS)
        counts = count(rig.place, rig.watch)
        if not counts.good or scene.problems:
            rig.watch.keep(place.folder / "tables.txt")
    for what, n in counts.wrong.items():
        if n:
            scene.told(("" if what in scene.forgiven else "<<< ") + what, n)
    if bad := [what for what, n in counts.wrong.items() if n and what not in scene.forgiven]:
        scene.problems += [text for text in counts.examples if text.startswith(tuple(bad))]
    resent = sum(n for what, n in counts.facts.items() if "very same file" in what or "likewise" in what)
    scene.told("documents, sales orders, the very same file again", (
        f"{counts.facts['documents, in and out']}, {counts.facts['sales orders in the ERP']}, {resent}"
    ))  # fmt: skip
    return not bad


def in_a_push(rig: Rig, seconds: float = PATIENCE) -> Daemon:
    """The daemon that waits for the ERP's answer at this moment; the ERP will take its time."""
    found: list[Daemon] = []
    came = threading.Event()

    def heard(told: Told) -> None:
        daemon = rig.daemon(told["pid"])
        if told["at"] == AFTER and told["slow"] and daemon and not came.is_set():
            found.append(daemon)
            came.set()

    rig.heard = heard
    try:
        if not came.wait(seconds):
            raise RuntimeError("no push came")
    finally:
        rig.heard = None
    return found[0]
