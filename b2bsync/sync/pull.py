"""Pulls one stream of one connector into the master data, page by page.

A page's records, counts, rejects and cursor are one commit. Hashing and mapping happen before that transaction takes
the write lock: the stream's lock guarantees that nobody else changes these rows meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from b2bsync.mapping import Library, MappingError
from b2bsync.store import Database, StoreError, begin_write, clock, merge
from b2bsync.store.convert import KINDS, Origin
from b2bsync.store.figures import Figures
from b2bsync.sync import history, pages
from b2bsync.sync.collector import collector_paused
from b2bsync.sync.digest import hasher
from b2bsync.sync.errors import NotSupported, SyncError
from b2bsync.sync.history import Position, Progress
from b2bsync.sync.loader import Connectors
from b2bsync.sync.lock import stream_lock
from b2bsync.sync.protocol import Page, RefusedRecord, Source, digest_of
from b2bsync.sync.settings import StreamSettings


class Pulled(NamedTuple):
    """One record that became a business document."""

    key: str
    record: dict[str, Any]
    value: Any
    hash: str


Sink = Callable[[Session, Origin, str, Sequence[Pulled]], int]
"""Takes (session, origin, stream, records) inside the page's transaction and does not commit. Records of one page may
come again in a later run; telling them apart is the sink's, which returns how many it did not know."""


class Pull:
    """Runs streams. ``sinks`` receive what is no master data, by canonical type (``ShipNotice``)."""

    def __init__(
        self,
        database: Database,
        library: Library,
        connectors: Connectors,
        *,
        company: str,
        stage: str,
        sinks: Mapping[str, Sink] | None = None,
        node: str = "",
    ) -> None:
        self.database = database
        self.mappings = library
        self.connectors = connectors
        self.company = company
        self.stage = stage
        self.sinks = dict(sinks or {})
        self.node = node

    def run(
        self,
        connector: str,
        stream: str,
        *,
        full: bool = False,
        keys_only: bool = False,
        accept_loss: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> Progress:
        """Pulls until the source has no more. ``full`` reads everything and finds what is gone; ``keys_only`` reads
        nothing but the keys, where the source can list them, and finds just that.

        What goes wrong at the source ends in status ``failed`` with the error; pages stored before stay and the next
        run goes on after them. Raises ConfigError for a stream that is not configured, StreamBusy when it runs
        already and StoreError when our own database fails.
        """
        settings = self.connectors.stream(connector, stream)
        with stream_lock(self.database, f"{self.company}.{self.stage}.{connector}.{stream}"):
            with self.database.session() as session:
                begin_write(session)
                # By the database's clock, as the moment in which an order was noted to be in the ERP: what frees its
                # promise must not be that two machines' clocks differ.
                started = clock.now(session)
                run = history.start(session, self.company, self.stage, connector, stream, self.node, started)
                session.commit()
            work = _Work(self, settings, run, started, full, keys_only, accept_loss, progress or (lambda _: None))
            work.run()
            return run


@dataclass
class _Work:
    """One run under way."""

    pull: Pull
    settings: StreamSettings
    progress: Progress
    started: datetime
    full: bool
    keys_only: bool
    accept_loss: bool
    tell: Callable[[Progress], None]

    def run(self) -> None:
        try:
            with self.pull.connectors.open(self.progress.connector) as source:
                if not isinstance(source, Source):
                    raise NotSupported(f"connector {self.progress.connector} cannot be pulled from")
                self._prepare()
                if self.keys_only:
                    self._reconcile(source)
                else:
                    for page in source.pull(self.progress.stream, self.position.cursor, self.started, full=self.full):
                        self._store(page)
                        self.tell(self.progress)
            self._finish()
        except (SyncError, MappingError) as error:
            self._fail(str(error))
        except StoreError as error:
            with suppress(StoreError):
                self._fail(str(error))
            raise
        except Exception as error:  # a connector or sink that fails unexpectedly: this run, not the others
            self._fail(f"{type(error).__name__}: {error}")
        except BaseException:
            self._fail("interrupted")
            raise
        self.tell(self.progress)

    def _prepare(self) -> None:
        run = self.progress
        self.mapping = self.pull.mappings.get(self.settings.mapping)
        self.kind = self.mapping.document
        self.sink = self.pull.sinks.get(self.kind)
        if self.sink is None and self.kind not in KINDS:
            raise SyncError(
                f"mapping {self.settings.mapping} makes a {self.kind}, which nothing here takes "
                f"(master data: {', '.join(sorted(KINDS))}; documents: {', '.join(sorted(self.pull.sinks)) or 'none'})"
            )
        self.origin = Origin(run.company, run.stage, f"{run.connector}.{run.stream}")
        self.figures = Figures(self.kind, self.origin, self.started)
        self.columns: tuple[str, ...] | None = None
        self.stopped = ""
        self.problems: list[str] = []
        self.new_rejects = 0
        with self.pull.database.session() as session:
            self.position = history.position(session, run)
            self.rejects = history.open_rejects(session, run)
        before = self.position.digest.partition(":")[0]
        if (
            before
            and before != self.mapping.hash[:16]
            and self.settings.rereadable
            and not (self.full or self.keys_only)
        ):
            self.full = True
            run.warnings.append(f"the mapping {self.settings.mapping} has changed: everything is read again")
        elif self.position.full_due is not None and self._owes_full() and not (self.full or self.keys_only):
            self.full = True
            run.warnings.append("the database was restored: everything is read again, to find what is gone since")
        self.digest = f"{self.mapping.hash[:16]}:{self.position.digest.partition(':')[2]}"

    def _owes_full(self) -> bool:
        """Documents are never removed and come again from the cursor on; what cannot be read again cannot be owed."""
        return self.sink is None and self.settings.rereadable

    def _store(self, page: Page) -> None:
        before = replace(self.progress)
        try:
            with collector_paused():
                self._take(page)
        except BaseException:  # nothing of this page was committed: neither may its counts be
            for field in fields(before):
                setattr(self.progress, field.name, getattr(before, field.name))
            raise

    def _take(self, page: Page) -> None:
        run, now = self.progress, datetime.now(UTC)
        if page.columns and page.columns != self.columns:
            self._columns(page.columns)
        if page.problem:
            self.problems.append(page.problem)
        keys, rows, refused = pages.distinct(page)
        hashes = pages.hashes_of(self.hash_row, rows) if rows else []
        with self.pull.database.session() as session:
            if self.sink is None:
                known = merge.known_hashes(session, self.kind, self.origin, [*keys, *(r.key for r in refused)])
                records, bad = self._mapped(keys, rows, hashes, known)
            else:
                known = merge.Known()
                documents, bad = self._documents(keys, rows, hashes)
            refused = [*refused, *bad]
            begin_write(session)
            if self.sink is None:
                kept = pages.kept(refused, records, known)
                taken_over = len(records)
                records += [(key, digest, None) for key, digest in kept.items()]
                counts = merge.merge(
                    session, self.kind, self.origin, records, run=run.id, now=now, full=page.whole, known=known
                )
                run.added += counts.added
                run.changed += counts.changed
                run.unchanged += counts.unchanged - len(kept)
                run.removed += merge.remove(session, self.kind, self.origin, page.deleted, now) if page.deleted else 0
                # A run over changes meets some records again that have not changed: they say nothing new.
                met = (key for key, _, value in records[:taken_over] if page.whole or value is not None)
                self.figures.read(session, met, now)
            elif documents:
                new = self.sink(session, self.origin, run.stream, documents)
                run.added, run.unchanged = run.added + new, run.unchanged + len(documents) - new
            run.pages += 1
            run.read += len(page.rows) + len(page.refused) + len(page.deleted)
            if page.whole:
                run.mode = "full"
            self._set_aside(session, keys, refused, now)
            if page.complete:
                self._complete(session, page, now)  # before the source may throw away what it read from
            elif page.cursor is not None and run.rejected < run.read:
                self.position = replace(self.position, cursor=page.cursor, digest=self.digest)
                history.save_position(session, run, self.position, now)
            history.save(session, run)
            session.commit()

    def _columns(self, columns: tuple[str, ...]) -> None:
        shape = digest_of(columns)
        before = self.digest.partition(":")[2]
        if before and before != shape and self.columns is None:
            self.progress.warnings.append(f"the columns have changed; now: {', '.join(columns)}")
        self.columns = columns
        self.digest = f"{self.mapping.hash[:16]}:{shape}"
        self.hash_row = hasher(self.mapping.hash, columns)

    def _mapped(
        self, keys: Sequence[str], rows: Sequence[Sequence[Any]], hashes: Sequence[str], known: Mapping[str, str]
    ) -> tuple[list[tuple[str, str, Any]], list[RefusedRecord]]:
        """Only what has changed is mapped."""
        read, columns = self.mapping.read, self.columns or ()
        records: list[tuple[str, str, Any]] = []
        bad: list[RefusedRecord] = []
        for key, row, digest in zip(keys, rows, hashes, strict=True):
            if known.get(key) == digest:
                records.append((key, digest, None))
                continue
            try:
                records.append((key, digest, read(dict(zip(columns, row, strict=False)))))
            except Exception as error:
                bad.append(pages.refusal(key, columns, row, error))
        return records, bad

    def _documents(
        self, keys: Sequence[str], rows: Sequence[Sequence[Any]], hashes: Sequence[str]
    ) -> tuple[list[Pulled], list[RefusedRecord]]:
        columns = self.columns or ()
        documents: list[Pulled] = []
        bad: list[RefusedRecord] = []
        for key, row, digest in zip(keys, rows, hashes, strict=True):
            record = dict(zip(columns, row, strict=False))
            try:
                documents.append(Pulled(key, record, self.mapping.read(record), digest))
            except Exception as error:
                bad.append(pages.refusal(key, columns, row, error))
        return documents, bad

    def _set_aside(
        self, session: Session, keys: Sequence[str], refused: Sequence[RefusedRecord], now: datetime
    ) -> None:
        run = self.progress
        bad = {r.key for r in refused}
        if self.rejects:
            good = [self.rejects.pop(key)[0] for key in keys if key in self.rejects and key not in bad]
            history.resolve_rejects(session, good, now)
        new = [r for r in refused if self.rejects.get(r.key, (0, "", ""))[1:] != (r.record, r.error)]
        room = max(0, history.MAX_REJECTS - self.new_rejects)
        history.add_rejects(session, run, new[:room], self.rejects, now)
        self.new_rejects += len(new)
        run.rejected += len(refused)

    def _finish(self) -> None:
        run, now = self.progress, datetime.now(UTC)
        with self.pull.database.session() as session:
            begin_write(session)
            run.status = "ok" if run.read else "empty"
            if self.problems:
                run.status, run.error = "failed", "; ".join(self.problems)
            elif self._all_refused():
                run.status = "failed"
                run.error = f"every one of the {run.read} records was refused; see the rejects"
            elif self.stopped:
                run.status, run.error = "stopped", self.stopped
            elif run.removed:
                run.status = "ok"
            if run.status == "ok" and run.mode == "full":
                self.figures.gone(session, now)
            history.save(session, run, now)
            session.commit()

    def _reconcile(self, source: Source) -> None:
        """Marks every record whose key the source still lists as seen, and removes the others."""
        run = self.progress
        if self.sink is not None:
            raise NotSupported(f"stream {run.stream} gives documents: they are never removed")
        run.mode, self.digest = "keys", self.position.digest
        for keys in source.list_keys(run.stream):
            now = datetime.now(UTC)
            with self.pull.database.session() as session:
                known = merge.known_hashes(session, self.kind, self.origin, keys)
                begin_write(session)
                records = [(key, known[key], None) for key in keys if key in known]
                counts = merge.merge(
                    session, self.kind, self.origin, records, run=run.id, now=now, full=True, known=known
                )
                run.pages, run.read, run.unchanged = (
                    run.pages + 1,
                    run.read + len(keys),
                    run.unchanged + counts.unchanged,
                )
                history.save(session, run)
                session.commit()
            self.tell(run)
        with self.pull.database.session() as session:
            begin_write(session)
            self._complete(session, Page(), datetime.now(UTC))
            session.commit()

    def _all_refused(self) -> bool:
        """Whether nothing of what came was good and it is not just the old rejects again, seen in the overlap."""
        run = self.progress
        return bool(run.read and run.rejected == run.read and self.new_rejects)

    def _complete(self, session: Session, page: Page, now: datetime) -> None:
        """The whole set was read: removes what is gone, unless that is suspiciously much."""
        run = self.progress
        if self.problems or self._all_refused():
            return
        if not self.accept_loss:
            self.stopped = self._suspicion(session)
            if self.stopped:
                return
        if self.sink is None:
            run.removed += merge.remove_unseen(session, self.kind, self.origin, run.id, now)
        self.position = Position(page.cursor or self.position.cursor, self.digest, self.started)
        history.save_position(session, run, self.position, now)

    def _suspicion(self, session: Session) -> str:
        run, share = self.progress, self.settings.max_loss
        how = "Nothing was removed. If this is right, run it again with --full --accept-loss"
        if run.rejected and run.rejected > share * run.read:
            return f"{run.rejected} of {run.read} records were refused, more than {share:.0%}. {how}"
        if self.sink is not None:
            return ""
        gone = merge.count_unseen(session, self.kind, self.origin, run.id)
        known = merge.count_rows(session, self.kind, self.origin) - run.added
        if gone > share * known:
            return f"{gone} of {known} known records are missing at the source, more than {share:.0%}. {how}"
        return ""

    def _fail(self, message: str) -> None:
        self.progress.status, self.progress.error = "failed", message
        with self.pull.database.session() as session:
            begin_write(session)
            history.save(session, self.progress, datetime.now(UTC))
            session.commit()
