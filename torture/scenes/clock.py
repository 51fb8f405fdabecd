"""A machine's clock is set back by an hour while its daemon runs. With SQLite the database reads the same clock, with
PostgreSQL the other node's and the server's stay right."""

import shutil
import subprocess
import time
from pathlib import Path

from torture.postgresql import Server
from torture.rig import Rig
from torture.scenes.scene import NotPlayed, Scene
from torture.world import Place

BACK = 3600
SOURCE = Path(__file__).with_name("clock.c")


class Clock(Scene):
    title = "the clock of one machine set back by an hour"

    def before(self, place: Place) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise NotPlayed("there is no C compiler to make a clock with that can be set")
        library = place.folder / "clock.so"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"], check=True)

    def prepare(self, rig: Rig) -> None:
        self._shift = rig.place.folder / "clock"
        self._shift.write_text("0")
        library = str(rig.place.folder / "clock.so")
        rig.daemons[0].environment |= {"LD_PRELOAD": library, "TORTURE_CLOCK": str(self._shift)}

    def happen(self, rig: Rig, server: Server | None) -> None:
        time.sleep(3)
        self._shift.write_text(str(-BACK))
        time.sleep(3)
        daemon = rig.daemons[0]
        at = rig.watch.one("select max(moved_at) from lane where node = :node", node=daemon.node)
        self.told("its last stage was committed at, by the database's clock", at)
        if daemon.ended():
            self.wrong(f"the daemon ended with {daemon.code}")
            daemon.start()
