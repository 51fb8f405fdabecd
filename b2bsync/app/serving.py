"""The daemon: looks into the channels while the engine works, and takes changed files of the workspace over."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from b2bsync import config as configuration
from b2bsync.app.collector import settle_collector
from b2bsync.app.failures import EXPECTED, messages
from b2bsync.app.installation import App
from b2bsync.app.retention import Nightly
from b2bsync.exchange.intake import Intake
from b2bsync.store import DatabaseTooNew, StoreError
from b2bsync.vocabulary.decoding import prepare_decoders

HOUSEKEEPING = 30.0
"""Seconds between looks for overdue acknowledgements."""

RELOADED = ("config.toml", "partners/*.toml", "mappings/**/*", "guides/**/*.toml", "schedules/*.toml",
            "connectors/**/*.py")  # fmt: skip
"""What of a workspace takes effect at once in a daemon that runs."""


class Report:
    """What a daemon tells whoever started it; the base says nothing."""

    def started(self, node: str) -> None:
        """The engine runs."""

    def looked(self, received: int, problems: list[str]) -> None:
        """One look into the channels: files that came, and what is wrong with a channel or with the database."""

    def reloading(self, problems: list[str]) -> None:
        """Files of the workspace changed: they take effect now, or not, because of these problems."""


def serve(root: Path, stop: threading.Event, report: Report) -> bool:
    """Run the daemon of a workspace until ``stop`` is set; True when everything ended cleanly. Raises NodeBusy.

    When files of the workspace change, the engine ends its batches and starts again with them. A configuration that
    cannot work is told and left alone: the daemon goes on with what it had.
    """
    clean = True
    while clean and not stop.is_set():
        with App(root) as app:
            clean = _run(app, stop, report)
    return clean


def _run(app: App, stop: threading.Event, report: Report) -> bool:
    """Until it shall end or begin anew."""
    watched = _fingerprint(app.workspace.root)
    engine = app.engine()
    prepare_decoders()  # nothing of ours runs on another thread yet
    engine.start()
    settle_collector()
    intake = Intake(app.setting)
    nightly = Nightly(app)
    cared = 0.0
    try:
        report.started(app.config.node)
        for problem in app.problems:
            report.reloading([str(problem)])
        while not stop.is_set() and not engine.stopping:  # a lost node id is told when it cannot start again
            looked = intake.look()
            try:
                if time.monotonic() - cared > HOUSEKEEPING:
                    app.check_tables()
                    app.housekeeping()
                    nightly.look()
                    cared = time.monotonic()
            except DatabaseTooNew:  # a newer program has changed the tables in a way that this one cannot go along with
                raise
            except StoreError as error:  # the engine waits for the database too
                looked.problems.append(str(error))
            report.looked(looked.received, looked.problems)
            stop.wait(app.config.receive.poll.total_seconds())
            seen = _fingerprint(app.workspace.root)
            if seen != watched:
                watched = seen
                problems = _mistakes(app.workspace.root)
                report.reloading(problems)
                if not problems:
                    break
    finally:
        nightly.stop()
        clean = engine.stop()
    return clean


def _fingerprint(root: Path) -> frozenset[tuple[str, int, int]]:
    """The files that matter, with time and size; one that vanishes while we look is left out."""
    found = set()
    for pattern in RELOADED:
        for path in root.glob(pattern):
            try:
                if path.is_file() and path.suffix in (".toml", ".py"):
                    stat = path.stat()
                    found.add((str(path), stat.st_mtime_ns, stat.st_size))
            except FileNotFoundError:
                continue
    return frozenset(found)


def _mistakes(root: Path) -> list[str]:
    """Why the configuration as it stands cannot work. Partners with mistakes are left out and told at the start."""
    try:
        configuration.load(root)
    except EXPECTED as error:
        return messages(error)
    return []
