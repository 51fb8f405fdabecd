"""The durable engine underneath: everything that knows DBOS.

Our tables own order, retries and exclusivity; DBOS owns the hand-over to a thread, here or on another node, and the
resumption after a crash. One wake-up of a lane is one workflow ``drain(lane, generation)``."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Engine as SqlEngine
from sqlalchemy.orm import Session

from b2bsync.store.database import Database

if TYPE_CHECKING:
    from dbos import DBOSClient, DBOSConfig, EnqueueOptions

APPLICATION = "b2bsync"
SHAPE = "1"
"""The shape of the workflow: work that waits under another one is not picked up. Changes only when ``drain`` does."""
LANES, SYNCS = "lanes", "syncs"
SYNC_PREFIX = "sync:"
FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]

_singleton = threading.Lock()  # DBOS is one per process


def queue_of(lane: str) -> str:
    """Long pulls have a queue and threads of their own, so that they never keep received files waiting."""
    return SYNCS if lane.startswith(SYNC_PREFIX) else LANES


def wake_up_id(lane: str, generation: int) -> str:
    """Padded, because DBOS breaks ties of whole seconds by the text of the id."""
    return f"lane-{lane}-{generation:012d}"


def prepare(database: Database) -> None:
    """Create or upgrade the engine's own tables and queues; safe to repeat and from several processes at once. Whoever
    adds work calls it first, outside of every transaction: the app does, with the store's migration.

    SQLite keeps them in the same file, PostgreSQL in the schema ``dbos``."""
    from dbos import DBOS

    url = _url(database.engine)
    with _quiet():
        DBOS.migrate(url)
        client = _client(database.engine)
        try:
            for queue, seconds in ((LANES, 0.1), (SYNCS, 0.5)):
                client.register_queue(
                    queue, worker_concurrency=1, polling_interval_sec=seconds, on_conflict="never_update"
                )
        finally:
            client.destroy()


@dataclass(frozen=True)
class WakeUp:
    """A wake-up as the engine knows it. State: ENQUEUED, DELAYED, PENDING (runs, or ran when
    its node died), or an end."""

    state: str
    node: str
    shape: str

    @property
    def waits(self) -> bool:
        return self.state in ("ENQUEUED", "DELAYED") and self.shape == SHAPE


class Dispatch:
    """Enqueues and looks up wake-ups; needs no running engine."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._made: DBOSClient | None = None

    def enqueue(self, session: Session, lane: str, generation: int, delay: float = 0.0) -> None:
        """Inside the caller's transaction: visible with its commit, gone with its rollback. ``delay`` in seconds."""
        options: EnqueueOptions = {
            "workflow_name": "drain",
            "queue_name": queue_of(lane),
            "workflow_id": wake_up_id(lane, generation),
            "app_version": SHAPE,
        }
        if delay > 0:
            options["delay_seconds"] = delay
        self._client().enqueue_in_transaction(session, options, lane, generation)

    def look_up(self, ids: Sequence[str]) -> dict[str, WakeUp]:
        found: dict[str, WakeUp] = {}
        for some in _slices(ids, 500):
            for status in self._client().list_workflows(workflow_ids=some, load_input=False, load_output=False):
                found[status.workflow_id] = WakeUp(status.status, status.executor_id or "", status.app_version or "")
        return found

    def forget(self, ids: Sequence[str]) -> None:
        """Remove wake-ups that this process has worked off itself."""
        for some in _slices(ids, 500):
            self._client().delete_workflows(some)

    def purge(self, older_than: timedelta = timedelta(minutes=10)) -> int:
        """Delete ended wake-ups; what an operator wants to know of them is in our tables."""
        before = (datetime.now(UTC) - older_than).isoformat()
        count = 0
        while True:
            ended = self._client().list_workflows(
                name="drain", status=FINISHED, completed_before=before, limit=500, load_input=False, load_output=False
            )
            self.forget([status.workflow_id for status in ended])
            count += len(ended)
            if len(ended) < 500:
                return count

    def close(self) -> None:
        with self._lock:
            if self._made is not None:
                self._made.destroy()
                self._made = None

    def _client(self) -> DBOSClient:
        with self._lock:
            if self._made is None:
                self._made = _client(self._database.engine)
            return self._made


class Runtime:
    """DBOS running in this process: hands wake-ups to ``drain`` on its threads."""

    def __init__(self, database: Database, node: str, drain: Callable[[str, int], object]) -> None:
        self._database = database
        self._node = node
        self._drain = drain

    def launch(self, *, threads: int, syncs: int, poll: float) -> None:
        """``threads`` for lanes, ``syncs`` for lanes of pulls, ``poll`` in seconds. Resumes what this node
        left behind."""
        from dbos import DBOS

        if not _singleton.acquire(blocking=False):
            raise RuntimeError("another engine runs in this process; there can be only one: stop it first")
        config: DBOSConfig = {
            "name": APPLICATION,
            "application_version": SHAPE,
            "executor_id": self._node,
            "system_database_url": _url(self._database.engine),
            # A superseded run waits in its thread for the outcome of its successor: a few threads more than workers.
            "max_executor_threads": threads + syncs + 4,
            "sys_db_pool_size": 8,
            "run_migrations": False,
            "log_level": "WARNING",
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": 0.25,
        }
        if self._database.is_sqlite:
            # DBOS would open the file without WAL, without synchronous and with a pool of its own.
            config["system_database_engine"] = self._database.engine
        try:
            prepare(self._database)
            DBOS(config=config)
            DBOS.workflow(name="drain", max_recovery_attempts=1000)(self._workflow())
            DBOS.launch()
            # As many at once as there are threads, or the first node would claim every waiting lane.
            DBOS.register_queue(LANES, worker_concurrency=threads, polling_interval_sec=poll)
            DBOS.register_queue(SYNCS, worker_concurrency=syncs, polling_interval_sec=max(poll, 0.5))
        except BaseException:
            self.destroy()
            raise

    def _workflow(self) -> Callable[[str, int], None]:
        def drain(lane: str, generation: int) -> None:
            self._drain(lane, generation)

        return drain

    def destroy(self, *, clean: bool = True) -> None:
        """Stop taking up wake-ups. What still runs stays PENDING and is resumed by the next launch of this node.

        ``clean``: nothing runs any more, so that a wake-up that is being taken from its queue just now may come to its
        end, which it does at once while the engine stops; DBOS would complain of each that it cannot end."""
        from dbos import DBOS

        busy = clean and self._busy()
        try:
            with _quiet():
                DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=1 if busy else 0)
        finally:
            _singleton.release()

    def _busy(self, patience: float = 2.0) -> bool:
        """Whether wake-ups are in the queues or on their way to their ends. Without its database DBOS would ask for
        ever: then they are not waited for."""
        from dbos import DBOS

        found: list[object] = []

        def ask() -> None:
            with suppress(Exception):
                waiting = DBOS.list_workflows(status="ENQUEUED", limit=1, load_input=False, load_output=False)
                found.extend(waiting)
                begun = DBOS.list_workflows(
                    status="PENDING", executor_id=self._node, limit=1, load_input=False, load_output=False
                )
                found.extend(begun)

        asking = threading.Thread(target=ask, name="b2bsync-leave", daemon=True)
        asking.start()
        asking.join(patience)
        return bool(found)


def _client(engine: SqlEngine) -> DBOSClient:
    from dbos import DBOSClient

    return DBOSClient(system_database_engine=engine, application_name=APPLICATION, lazy=True)


def _url(engine: SqlEngine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _slices(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, size)):
        yield some


@contextmanager
def _quiet() -> Iterator[None]:
    """DBOS's logger speaks until it is configured: about a database that exists already, about being destroyed."""
    logger = logging.getLogger("dbos")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(max(before, logging.WARNING))
