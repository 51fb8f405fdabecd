"""The disk fills up under workspace and exchange directories, and with SQLite under the database; later there is room
again."""

import os
import subprocess
import time

from torture.postgresql import Server
from torture.rig import Rig
from torture.scenes.scene import NotPlayed, Scene
from torture.world import Place

SIZE = 48 << 20
FULL = 20.0


class Disk(Scene):
    title = "the disk full in the middle, and room again"

    def before(self, place: Place) -> None:
        place.root.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place.root)], capture_output=True, text=True
        )
        if done.returncode:
            raise NotPlayed(f"a small disk cannot be mounted here ({done.stderr.strip()}); run it as root")

    def happen(self, rig: Rig, server: Server | None) -> None:
        ballast = rig.place.root / "ballast"
        deadline = time.monotonic() + FULL
        with ballast.open("wb", buffering=0) as file:
            while time.monotonic() < deadline:  # what others give free is taken, too
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    time.sleep(0.2)
                for daemon in rig.daemons:
                    if daemon.ended():
                        self.wrong(f"the daemon {daemon.node} ended with {daemon.code}")
                        daemon.start()
        left = os.statvfs(rig.place.root).f_bavail
        backing = rig.watch.rows("select id, error from lane where fails > 0 and id not like 'sync:%'")
        self.told("blocks that were free at the end, lanes that backed off", f"{left}, {len(backing)}")
        ballast.unlink()

    def after(self, place: Place) -> None:
        for _ in range(20):
            if subprocess.run(["umount", str(place.root)], capture_output=True).returncode == 0:
                return
            time.sleep(0.5)
