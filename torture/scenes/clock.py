"""A machine's clock is set back by an hour while its daemon runs. With SQLite the database reads the same clock, with
PostgreSQL the other node's and the server's stay right."""

import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from torture.postgresql import Server
from torture.rig import Rig, until
from torture.scenes.scene import PATIENCE, NotPlayed, Scene
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
        rig.allow(10)
        if until(lambda: self._dated(rig), PATIENCE) is None:
            self.wrong("no document is dated an hour back: the clock was not set")
        self.told("documents dated an hour back, among others", self._dated(rig))
        daemon = rig.daemons[0]
        if daemon.ended():
            self.wrong(f"the daemon ended with {daemon.code}")
            daemon.start()

    def _dated(self, rig: Rig) -> int:
        then = datetime.now(UTC) - timedelta(seconds=BACK / 2)
        text = then.strftime("%Y-%m-%d %H:%M:%S")
        return int(rig.watch.one("select count(*) from document where created_at < :then", then=text) or 0)
