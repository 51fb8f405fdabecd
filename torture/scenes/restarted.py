"""PostgreSQL dies under the daemons and comes back, twice."""

import time

from torture.postgresql import Server
from torture.rig import Rig, until
from torture.scenes.scene import PATIENCE, Scene, in_a_push

AWAY = 4.0


class Restarted(Scene):
    title = "PostgreSQL died in the middle of a push and came back, twice"
    needs_server = True

    def happen(self, rig: Rig, server: Server | None) -> None:
        assert server is not None
        flowing = []
        for _ in range(2):
            in_a_push(rig)
            server.stop()
            time.sleep(AWAY)
            server.start()
            before = rig.watch.one("select max(moved_at) from lane")
            again = until(lambda before=before: rig.watch.one("select max(moved_at) from lane") > before, PATIENCE)
            flowing.append("never" if again is None else f"{again:.1f} s")
            rig.allow(5)
        self.told("from its return to the first stage committed", ", ".join(flowing))
        for daemon in rig.daemons:
            if daemon.ended():
                self.wrong(f"the daemon {daemon.node} ended with {daemon.code}")
                daemon.start()
