"""``b2bsync once`` and ``serve``."""

import logging
import os
import signal
import threading
from queue import SimpleQueue

import typer

from b2bsync.app import Report
from b2bsync.app import serve as run
from b2bsync.cli.output import Chosen, Json, counted, opened, print_json, say, tell_warning, telling


def once(json: Json = False) -> None:
    """Receive what lies there and work off everything that is due; then end. Not beside a daemon."""
    with opened() as app:
        done = app.once()
    if json:
        print_json(
            {
                "received": done.looked.received,
                "repeated": done.looked.repeated,
                "tasks": done.ran.tasks,
                "parked": done.ran.parked,
                "backing_off": done.ran.backing_off,
                "problems": done.looked.problems,
                "need_a_look": {f"{what}s": counts for what, counts in done.need_a_look.items()},
            }
        )
    else:
        files, tasks = counted(done.looked.received, "file"), counted(done.ran.tasks, "task")
        say(f"{files} received, {tasks} done, {done.ran.parked} parked")
        for problem in done.looked.problems:
            tell_warning("channel", problem)
        for lane, why in done.ran.backing_off.items():
            tell_warning(f"lane {lane} waits", why)
        for lane, seconds in done.ran.later.items():
            say(f"lane {lane} goes on in {seconds:.0f} s, as its rate allows: run once again then")
        for what, counts in done.need_a_look.items():
            for status, count in sorted(counts.items()):
                _tell_look(what, status, count)
    if any(done.need_a_look.values()) or done.ran.parked or done.looked.problems or done.ran.backing_off:
        raise typer.Exit(1)


def _tell_look(what: str, status: str, count: int) -> None:
    subject = f"1 {what} needs" if count == 1 else f"{count:,} {what}s need"
    tell_warning(status, f"{subject} a look: b2bsync {what}s list --status {status}")


class Log(Report):
    """Tells the log what the daemon does; a trouble that stays is told once."""

    def __init__(self) -> None:
        self.log = logging.getLogger("b2bsync.daemon")
        self._told: set[str] = set()

    def started(self, node: str) -> None:
        self.log.info("node %s runs; SIGTERM ends it", node)

    def looked(self, received: int, problems: list[str]) -> None:
        if received:
            self.log.info("%d files received", received)
        for problem in problems:
            if problem not in self._told:
                self.log.warning("%s", problem)
        self._told = set(problems)

    def reloading(self, problems: list[str]) -> None:
        if not problems:
            self.log.info("files of the workspace changed; starting again with them")
        for problem in problems:
            self.log.error("%s", problem)


def serve() -> None:
    """Run the daemon: receive, sync by schedule, push, answer, send. Ends cleanly on SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("alembic", "apscheduler", "dbos", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    stop = threading.Event()
    # A handler runs between any two steps of this thread, also while it holds the event's lock: setting the event there
    # could wait for itself. This queue may be put to at any moment.
    asked: SimpleQueue[None] = SimpleQueue()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: asked.put(None))

    def heed() -> None:
        asked.get()
        stop.set()

    threading.Thread(target=heed, name="b2bsync-signals", daemon=True).start()
    report = Log()
    with telling():
        clean = run(Chosen.root, stop, report)
    if not clean:
        report.log.warning("something still ran; it is taken up again at the next start")
        logging.shutdown()
        os._exit(0)
    report.log.info("ended")
