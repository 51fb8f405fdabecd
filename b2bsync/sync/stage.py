"""Pulls as work of a lane: what a schedule enqueues and a daemon runs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from b2bsync.engine import Lanes, Parked, PeerDown, Stage, Task
from b2bsync.sync.errors import ConfigError, StreamBusy
from b2bsync.sync.loader import Connectors
from b2bsync.sync.pull import Pull

INCREMENTAL, FULL = 0, 1
PREFIX = "sync:"


class PullStage(Stage):
    """Stage ``sync``, one stream per lane (``sync:erp.products``); the subject says incremental or full."""

    name = "sync"
    batch = 1

    def __init__(self, pull: Pull) -> None:
        self.pull = pull

    def perform(self, work: Any, tasks: Sequence[Task]) -> None:
        connector, _, stream = tasks[0].lane.removeprefix(PREFIX).partition(".")
        try:
            self.pull.run(connector, stream, full=tasks[0].subject == FULL)
        except StreamBusy as error:
            raise PeerDown(str(error), retry_after=5.0) from error
        except ConfigError as error:
            raise Parked(str(error)) from error


class Scheduled:
    """The action behind ``what = "sync erp.products"``: one task per stream, none for a stream that waits already."""

    def __init__(self, lanes: Lanes, connectors: Connectors) -> None:
        self.lanes = lanes
        self.connectors = connectors

    def __call__(self, session: Session, target: str, planned: datetime) -> None:
        name, full = parsed(target)
        for connector, stream in selected(self.connectors, [name]):
            lane = f"{PREFIX}{connector}.{stream}"
            if not self.lanes.waiting(session, lane):
                self.lanes.add(session, lane, "sync", [FULL if full else INCREMENTAL])


def parsed(target: str) -> tuple[str, bool]:
    """What follows ``sync`` in a schedule: ``erp``, ``erp.products`` or ``erp.products full``. Raises ConfigError."""
    name, *options = target.split() or [""]
    if not name or options not in ([], ["full"]):
        raise ConfigError(
            "schedule", f"sync {target!r} is not understood; allowed: CONNECTOR, CONNECTOR.STREAM, and full"
        )
    return name, bool(options)


def selected(connectors: Connectors, names: Sequence[str]) -> list[tuple[str, str]]:
    """Streams by ``connector`` or ``connector.stream``; none named: all. In the order of the configuration.

    Raises ConfigError for a name that is not configured.
    """
    found: list[tuple[str, str]] = []
    for name in names or connectors.names():
        connector, _, stream = name.partition(".")
        if stream:
            connectors.stream(connector, stream)
        found += [(connector, s) for s in ([stream] if stream else connectors.streams(connector))]
    return list(dict.fromkeys(found))
