"""One installation, wired: configuration, database, partners, mappings, connectors, stages, engine."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from b2bsync import config as configuration
from b2bsync import partners as trading
from b2bsync import store, workspace
from b2bsync.app.collector import settle_collector
from b2bsync.config import Config
from b2bsync.edi.codes import JUDGED
from b2bsync.edi.guides import Guides
from b2bsync.engine import Engine, Lanes, Ran, Schedules, load_schedules, prepare
from b2bsync.exchange import STAGES, Despatch, Setting, mark_overdue
from b2bsync.exchange.intake import Intake, Looked
from b2bsync.mapping import Library
from b2bsync.partners import Partners
from b2bsync.store import Database, journal
from b2bsync.sync import Connectors, Pull
from b2bsync.sync.stage import PullStage, Scheduled
from b2bsync.vocabulary.settings import Problem
from b2bsync.workspace import Workspace

NEED_A_LOOK: dict[Literal["message", "document"], tuple[str, ...]] = {
    "message": ("failed", "partial"),
    "document": ("failed", "held", "refused"),
}
"""Statuses in which a message or a document waits for a person."""


@dataclass
class Once:
    """What ``once`` did: files received, the engine's count, and how many messages and documents came to need a person:
    ``{"message": {"failed": 1}, "document": {"held": 2}}``."""

    looked: Looked
    ran: Ran
    need_a_look: dict[str, dict[str, int]]


class App:
    """One installation, opened. Parts are made when first asked for, so that a listing does not load the engine.

    Raises SettingsError for a configuration that cannot work and StoreError for a database that cannot be used. Partner
    files with mistakes are left out and named in ``problems``.
    """

    def __init__(self, root: Path, *, looks: bool = False) -> None:
        """``looks``: nothing is added to a lane; what DBOS needs is then neither loaded nor made, which takes longer
        than all that a look does."""
        self._looks = looks
        self.workspace = Workspace.open(root)
        self.config: Config = configuration.load(root)
        self._opened = False

    @cached_property
    def _loaded_partners(self) -> tuple[Partners, list[Problem]]:
        return trading.load(self.workspace.partners, self.config.company, self.config.main_company, JUDGED)

    @property
    def partners(self) -> Partners:
        return self._loaded_partners[0]

    @property
    def problems(self) -> list[Problem]:
        """What keeps partners out."""
        return self._loaded_partners[1]

    @cached_property
    def database(self) -> Database:
        """Opened and at the newest schema; the first to come migrates, under a lock."""
        silence = int(self.config.engine.silence.total_seconds())
        idle = max(silence, store.LEAST_IDLE_SECONDS)
        database = store.open_database(self.config.database_url(), idle=idle, writes=not self._looks)
        try:
            store.check_version(database)
        except store.DatabaseNotMigrated:
            store.migrate(database)
        if not self._looks:
            prepare(database)
        self._opened = True
        return database

    @cached_property
    def mappings(self) -> Library:
        return Library(self.workspace.folders("mappings"))

    @cached_property
    def guides(self) -> Guides:
        return Guides(self.workspace.folders("guides"))

    @cached_property
    def connectors(self) -> Connectors:
        return Connectors(self.config.connector, self.config.root)

    @cached_property
    def lanes(self) -> Lanes:
        return Lanes(self.database)

    @cached_property
    def setting(self) -> Setting:
        return Setting(
            database=self.database,
            lanes=self.lanes,
            partners=self.partners,
            mappings=self.mappings,
            connectors=self.connectors,
            stage=self.config.stage,
            node=self.config.node,
            guides=self.guides,
        )

    @cached_property
    def pull(self) -> Pull:
        despatch = Despatch(self.setting)
        return Pull(
            self.database,
            self.mappings,
            self.connectors,
            company=self.config.main_company,
            stage=self.config.stage,
            sinks={"ShipNotice": despatch, "Invoice": despatch},
            node=self.config.node,
        )

    @cached_property
    def schedules(self) -> Schedules:
        return load_schedules(self.workspace.folders("schedules"))

    def engine(self) -> Engine:
        """An engine of this node with every stage registered; it is not started."""
        settings = self.config.engine
        return Engine(
            self.database,
            [*(stage(self.setting) for stage in STAGES), PullStage(self.pull)],
            self.config.node,
            threads=settings.threads,
            syncs=settings.syncs,
            poll=settings.poll.total_seconds(),
            silence=int(settings.silence.total_seconds()),
            schedules=self.schedules.found,
            actions={"sync": Scheduled(self.lanes, self.connectors)},
            lock_folder=self.config.root,
        )

    def once(self) -> Once:
        """Receive what lies in the channels and work everything off that is due. Raises NodeBusy beside a daemon."""
        engine = self.engine()
        settle_collector()
        before = self._troubles()
        intake = Intake(self.setting)
        looked = intake.look()
        settle = max((p.agreement.channel.settle.total_seconds() for p in self.partners if p.inbound), default=0.0)
        if settle:
            time.sleep(settle + 0.05)  # a file counts as whole when it did not change between two looks
            again = intake.look()
            looked.received += again.received
            looked.repeated += again.repeated
            looked.problems = again.problems
        ran = engine.run_once()
        self.housekeeping()
        after = self._troubles()
        counts = {
            what: dict(Counter(status for i, status in found.items() if before[what].get(i) != status))
            for what, found in after.items()
        }
        return Once(looked, ran, counts)

    def _troubles(self) -> dict[str, dict[int, str]]:
        with self.database.session() as session:
            return {what: journal.standing(session, what, statuses) for what, statuses in NEED_A_LOOK.items()}

    def housekeeping(self) -> int:
        """Mark what is overdue; returns how many acknowledgements became so."""
        with self.database.session() as session:
            late = mark_overdue(session, datetime.now(UTC))
            session.commit()
        return late

    def check_tables(self) -> None:
        """What runs for long asks now and then. Raises DatabaseTooNew where a newer program has changed the tables in a
        way that this one cannot go along with."""
        store.check_version(self.database)

    def close(self) -> None:
        if self._opened:
            if "lanes" in self.__dict__:
                self.lanes.close()
            self.database.close()

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def init(directory: Path) -> Path:
    """Make a workspace with a commented configuration; returns its root. Raises WorkspaceError."""
    return workspace.init(directory).root
