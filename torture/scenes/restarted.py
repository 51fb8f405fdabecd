"""PostgreSQL dies under the daemons and comes back, twice."""

import time
from typing import Any

from torture.postgresql import Server
from torture.rig import Rig, until
from torture.scenes.scene import PATIENCE, Scene, in_a_push

AWAY = 4.0


class Restarted(Scene):
    title = "PostgreSQL died in the middle of a push and came back, twice"
    needs_server = True

    @staticmethod
    def _moved(rig: Rig, before: Any) -> bool:
        now = rig.watch.one("select max(moved_at) from lane")  # none: it cannot be asked yet
        return now is not None and (before is None or now > before)

    def happen(self, rig: Rig, server: Server | None) -> None:
        assert server is not None
        flowing = []
        for _ in range(2):
            in_a_push(rig)
            server.stop()
            time.sleep(AWAY)
            server.start()
            until(lambda: self._moved(rig, None), PATIENCE)  # it can be asked again
            before = rig.watch.one("select max(moved_at) from lane")
            again = until(lambda before=before: self._moved(rig, before), PATIENCE)
            flowing.append("never" if again is None else f"{again:.1f} s")
            rig.allow(5)
        self.told("from its return to the first stage committed", ", ".join(flowing))
        for daemon in rig.daemons:
            if daemon.ended():
                self.wrong(f"the daemon {daemon.node} ended with {daemon.code}")
                daemon.start()
