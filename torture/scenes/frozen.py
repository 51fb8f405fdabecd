"""A daemon that stands still for longer than its silence may last, in the middle of a push, and goes on as if nothing
had been."""

import signal
import time

from torture.postgresql import Server
from torture.rig import Rig, until
from torture.scenes.scene import Scene, in_a_push

SILENCE = 15
FROZEN = SILENCE + 15.0
"""The server ends a transaction that stands still after the silence; a watchdog that waited for it then goes on."""
SESSIONS = """
select pid, state, wait_event, extract(epoch from now() - xact_start)::int as seconds,
       pg_blocking_pids(pid)::text as waits_for, left(regexp_replace(query, '\\s+', ' ', 'g'), 160) as query
from pg_stat_activity where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()"""
"""Who is in a transaction, and who waits for whom."""


class Frozen(Scene):
    title = f"a daemon frozen for {FROZEN:.0f} s in the middle of a push, and thawed"

    def happen(self, rig: Rig, server: Server | None) -> None:
        daemon = in_a_push(rig)
        daemon.signal(signal.SIGSTOP)
        stopped = time.monotonic()
        held = rig.watch.held(daemon.node)
        if len(rig.daemons) > 1 and held:
            taken = until(
                lambda: all(rig.watch.held(daemon.node).get(lane) != owner for lane, owner in held.items()), FROZEN, 0.1
            )
            self.told(
                f"its {len(held)} lanes at work were taken over", "no" if taken is None else f"after {taken:.1f} s"
            )
            if taken is None:
                for session in rig.watch.rows(SESSIONS):
                    self.told("a session of the database while it was frozen", tuple(session))
                self.wrong(f"nobody took {', '.join(held)} over from the frozen node")
        time.sleep(max(0.0, stopped + FROZEN - time.monotonic()))
        daemon.signal(signal.SIGCONT)
        if daemon.wait(2.0):
            self.wrong(f"the thawed daemon ended with {daemon.code}")
