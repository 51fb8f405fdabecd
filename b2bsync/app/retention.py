"""What is old enough leaves the database for the archive, some rows at a time; nothing that lives, whatever its age."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from b2bsync.app.failures import NotFound
from b2bsync.app.installation import App
from b2bsync.store import StoreError, begin_write, blobs, journal, retention
from b2bsync.store.archive import Archive, Damaged, Record, Written, piece
from b2bsync.store.families import Families
from b2bsync.store.journal import NewEvent
from b2bsync.store.retention import Gone, Key, Kind, Unit

log = logging.getLogger("b2bsync.retention")

BATCH = 100
"""Units in a file, and in a transaction that deletes."""

UNUSED = timedelta(days=1)
"""How long texts and raw bytes stay that nothing refers to: somebody may be about to."""

RAW_BYTES = 64 << 20
"""Raw bytes in one file of the archive, unless a single content has more."""

LONGEST = 10.0
"""Seconds that a daemon which is to end waits for the batch that runs."""


def kinds(gone: Gone) -> tuple[Kind, ...]:
    """Every class of data; those that point come before those they point to."""
    return (
        retention.Orders(),
        Families(gone),
        retention.Messages(gone),
        retention.ATTEMPTS,
        retention.EVENTS,
        retention.SYNC_RUNS,
        retention.PRICES,
        retention.CONTRACTS,
        retention.COMMITMENTS,
        retention.CREDIT,
        retention.Claims(),
    )


class Removed(msgspec.Struct, kw_only=True):
    """What left of one class: ``units`` with what belongs to them in ``rows``, and the archive's files."""

    name: str
    keep: str
    units: int = 0
    rows: int = 0
    files: list[str] = msgspec.field(default_factory=list)
    oldest: datetime | None = None


def run(app: App, who: str, *, dry: bool = False, stop: Callable[[], bool] = lambda: False) -> list[Removed]:
    """Archive and remove what may go; ``dry``: only count it. Ends early, between two batches, when ``stop`` says so.

    Raises StoreError and OSError; what was removed until then is in the archive.
    """
    now = datetime.now(UTC)
    archive = _archive(app)
    done: list[Removed] = []
    gone: Gone = defaultdict(set)
    for kind in kinds(gone):
        kept = getattr(app.config.retention, kind.setting).kept
        removed = Removed(name=kind.name, keep="forever" if kept is None else f"{kept.days}d")
        done.append(removed)
        if kept is not None:
            _sweep(app, kind, now - kept, archive, removed, gone if dry else None, stop)
    artifacts, raw = Removed(name="artifacts", keep="while used"), Removed(name="blobs", keep="while used")
    done += [artifacts, raw]
    if any(removed.units for removed in done if removed.name == "documents"):
        _sweep(app, retention.ARTIFACTS, now - UNUSED, archive, artifacts, gone if dry else None, stop)
    _sweep_raw(app, now - UNUSED, archive, raw, dry, stop)
    if not dry and (said := ", ".join(f"{r.units} {r.name}" for r in done if r.units)):
        with app.database.session() as session:
            journal.add_events(session, [NewEvent("retention", app.config.node, "archived", said, who)])
            session.commit()
    return done


def _archive(app: App) -> Archive | None:
    folder = app.config.retention.archive.folder
    return Archive(folder) if folder is not None else None


def _sweep(
    app: App,
    kind: Kind,
    before: datetime,
    archive: Archive | None,
    removed: Removed,
    dry: Gone | None,
    stop: Callable[[], bool],
) -> None:
    """Through the whole class, and again while something went: what it pointed to may go after it."""
    after: Key | None = None
    went = False
    while not stop():
        with app.database.session() as session:
            units, after = kind.due(session, before, after, BATCH)
        if dry is not None:
            units = [unit for unit in units if unit.key not in dry[kind.name]]
            dry[kind.name].update(i for unit in units for i in unit.rows or (unit.key,))
            _count(removed, units, sum(max(len(unit.rows), 1) for unit in units))
            went |= bool(units)
        elif units:
            went |= _remove(app, kind, before, archive, units, removed)
        if after is None and not went:
            return
        if after is None:
            went = False


def _remove(
    app: App, kind: Kind, before: datetime, archive: Archive | None, units: list[Unit], removed: Removed
) -> bool:
    """First the files, then the deletion of what is as it was when they were written."""
    rows = 0
    if archive is not None:
        for month, some in groupby(sorted(units, key=_month), key=_month):
            together = list(some)
            with app.database.session() as session:
                keys = [key for unit in together for key in unit.rows or (unit.key,)]
                written = archive.write(kind.name, month, keys, kind.records(session, together))
            rows += written.lines
            removed.files.append(_shown(written))
    with app.database.session() as session:
        begin_write(session)
        still = kind.again(session, before, units)
        kind.remove(session, still)
        session.commit()
    _count(removed, still, rows or len(still))
    return bool(still)


def _sweep_raw(
    app: App, before: datetime, archive: Archive | None, removed: Removed, dry: bool, stop: Callable[[], bool]
) -> None:
    after = ""
    while not stop():
        with app.database.session() as session:
            found = blobs.unused(session, before, after, BATCH, RAW_BYTES)
        if not found:
            return
        after = found[-1].digest
        units = [Unit(blob.digest, blob.created_at) for blob in found]
        if dry:
            _count(removed, units, len(units))
            continue
        whole = [unit for unit, blob in zip(units, found, strict=True) if blob.size >= 0]
        for month, some in groupby(sorted(whole, key=_month), key=_month) if archive is not None else ():
            together = [str(unit.key) for unit in some]
            assert archive is not None
            removed.files.append(_shown(archive.write("blobs", month, together, _pieces(app, together))))
        gone = [unit for unit in units if blobs.take_apart(app.database, str(unit.key), unit.at)]
        _count(removed, gone, len(gone))


def _pieces(app: App, digests: list[str]) -> Iterator[Record]:
    for digest in digests:
        start = 0
        for data in blobs.stream(app.database, digest):
            yield piece(digest, start, data)
            start += len(data)


def _month(unit: Unit) -> str:
    return f"{unit.at:%Y-%m}"


def _shown(written: Written) -> str:
    return f"{written.kind}/{written.month}/{written.file}"


def _count(removed: Removed, units: list[Unit], rows: int) -> None:
    removed.units += len(units)
    removed.rows += rows
    moments = [unit.at for unit in units] + ([removed.oldest] if removed.oldest else [])
    removed.oldest = min(moments, default=None)


# -- by night


class Nightly:
    """Runs it once a day in a thread of the daemon; of several nodes one does."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Start when the hour has come and nobody has done it today. Raises StoreError."""
        now = datetime.now(UTC)
        busy = self._thread is not None and self._thread.is_alive()
        if busy or now.hour < self._app.config.retention.hour:
            return
        with self._app.database.session() as session:
            mine = retention.tonight(session, now)
            session.commit()
        if mine:
            self._thread = threading.Thread(target=self._run, name="b2bsync-retention", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends after the batch that runs."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(LONGEST)  # a file that is being written is written anew another night

    def _run(self) -> None:
        try:
            for removed in run(self._app, self._app.config.node, stop=self._stopping.is_set):
                if removed.units:
                    log.info("%d %s removed", removed.units, removed.name)
        except (StoreError, OSError) as error:
            log.error("retention stopped: %s; it goes on tomorrow, or by `b2bsync archive run`", error)
        except Exception:
            log.exception("retention stopped")


# -- the archive


def files(app: App) -> list[dict[str, Any]]:
    """Every file of the archive."""
    names = ("month", "file", "lines", "bytes", "sha256", "made_at")
    return [{"class": w.kind, **{name: getattr(w, name) for name in names}} for w in _opened(app).files()]


def check(app: App) -> list[str]:
    """What is wrong with the archive's files."""
    archive, wrong = _opened(app), []
    for written in archive.files():
        try:
            archive.check(written)
        except Damaged as error:
            wrong.append(str(error))
    return wrong


def show(app: App, kind: str, key: str) -> Iterator[dict[str, Any]]:
    """The records of the file that a row went to. Raises NotFound."""
    found = False
    for record in _opened(app).find(kind, int(key) if key.isdecimal() else key):
        found = True
        yield record
    if not found:
        raise NotFound(f"the archive has no {kind} {key}; `b2bsync archive list` shows its files")


def raw(app: App, digest: str) -> Iterator[bytes]:
    """Raw bytes that were archived, by their SHA-256. Raises NotFound."""
    found = _opened(app).raw(digest)
    if found is None:
        raise NotFound(f"the archive has no raw bytes {digest}; the rows of messages and deliveries name theirs")
    return found


def _opened(app: App) -> Archive:
    archive = _archive(app)
    if archive is None:
        raise NotFound("there is no archive: [retention] archive is false")
    return archive


def place(app: App) -> Path | None:
    """Where the archive is."""
    return app.config.retention.archive.folder
