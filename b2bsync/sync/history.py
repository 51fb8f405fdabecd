"""What the runs left behind: run rows, cursors and records set aside. Nothing here commits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from b2bsync.store.tables import SyncCursor, SyncReject, SyncRun, table_of
from b2bsync.sync.protocol import Cursor, RefusedRecord

MAX_REJECTS = 10_000
"""Most records one run keeps as rejects; the others are counted only."""

_CHUNK = 500


@dataclass
class Progress:
    """A run as it stands. ``status``: running, ok, empty (the source had nothing), failed, stopped (by the loss
    guard)."""

    id: int
    company: str
    stage: str
    connector: str
    stream: str
    mode: str = "incremental"
    status: str = "running"
    pages: int = 0
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    rejected: int = 0
    error: str = ""
    warnings: list[str] = field(default_factory=list)

    @property
    def net_changes(self) -> int:
        return self.added + self.changed + self.removed


_COUNTED = (
    "mode", "status", "pages", "read", "added", "changed", "unchanged", "removed", "rejected", "error",
)  # fmt: skip


def start(
    session: Session, company: str, stage: str, connector: str, stream: str, node: str, now: datetime
) -> Progress:
    """A new run row. Runs of this stream that still say running were killed: the stream's lock is ours."""
    runs = table_of(SyncRun)
    mine = (runs.c.company == company, runs.c.stage == stage, runs.c.connector == connector, runs.c.stream == stream)
    session.execute(
        update(runs)
        .where(*mine, runs.c.status == "running")
        .values(status="failed", error="interrupted: the process ended before the run did", ended_at=now)
    )
    values = {"company": company, "stage": stage, "connector": connector, "stream": stream, "node": node}
    result: Any = session.execute(
        insert(runs).values(
            **values, mode="incremental", status="running", error="", started_at=now,
            pages=0, read=0, added=0, changed=0, unchanged=0, removed=0, rejected=0,
        )
    )  # fmt: skip
    return Progress(result.inserted_primary_key[0], company, stage, connector, stream)


def save(session: Session, run: Progress, ended: datetime | None = None) -> None:
    runs = table_of(SyncRun)
    values: dict[str, Any] = {name: getattr(run, name) for name in _COUNTED}
    if run.warnings:
        values["error"] = "; ".join([t for t in (run.error, *run.warnings) if t])
    session.execute(update(runs).where(runs.c.id == run.id).values(**values, ended_at=ended))


@dataclass(frozen=True)
class Position:
    """Where a stream stands: its cursor, the digest of mapping and columns it was read with, the last full run, and
    since when one is due."""

    cursor: Cursor | None
    digest: str
    full_at: datetime | None
    full_due: datetime | None = None


def position(session: Session, run: Progress) -> Position:
    table = table_of(SyncCursor)
    query = select(table.c.cursor, table.c.digest, table.c.full_at, table.c.full_due)
    row = session.execute(query.where(*_stream(table.c, run))).first()
    if row is None:
        return Position(None, "", None)
    return Position(Cursor.load(row.cursor) if row.cursor else None, row.digest, row.full_at, row.full_due)


def save_position(session: Session, run: Progress, at: Position, now: datetime) -> None:
    table = table_of(SyncCursor)
    values = {
        "cursor": at.cursor.dump() if at.cursor else "", "digest": at.digest, "full_at": at.full_at,
        "full_due": at.full_due, "updated_at": now,
    }  # fmt: skip
    updated: Any = session.execute(update(table).where(*_stream(table.c, run)).values(**values))
    if updated.rowcount == 0:
        session.execute(
            insert(table).values(
                company=run.company, stage=run.stage, connector=run.connector, stream=run.stream, **values
            )
        )


def owe_full(session: Session, now: datetime) -> list[tuple[str, str]]:
    """Lets the next run of every stream that was ever read be a full one; returns (connector, stream)."""
    table = table_of(SyncCursor)
    session.execute(update(table).values(full_due=now))
    found = session.execute(select(table.c.connector, table.c.stream).order_by(table.c.connector, table.c.stream))
    return [(row.connector, row.stream) for row in found]


def _stream(columns: Any, run: Progress) -> tuple[Any, ...]:
    return (
        columns.company == run.company,
        columns.stage == run.stage,
        columns.connector == run.connector,
        columns.stream == run.stream,
    )


def open_rejects(session: Session, run: Progress) -> dict[str, tuple[int, str, str]]:
    """The unresolved rejects of the stream: key → (id, record, error). At most ``MAX_REJECTS``, the newest."""
    table = table_of(SyncReject)
    rows = session.execute(
        select(table.c.id, table.c.key, table.c.record, table.c.error)
        .where(*_stream(table.c, run), table.c.resolved_at.is_(None))
        .order_by(table.c.id.desc())
        .limit(MAX_REJECTS)
    ).all()
    return {row.key: (row.id, row.record, row.error) for row in reversed(rows)}


def resolve_rejects(session: Session, ids: Iterable[int], now: datetime) -> None:
    table = table_of(SyncReject)
    for chunk in _chunks(list(ids)):
        session.execute(update(table).where(table.c.id.in_(chunk)).values(resolved_at=now))


def add_rejects(
    session: Session,
    run: Progress,
    refused: Sequence[RefusedRecord],
    known: Mapping[str, tuple[int, str, str]],
    now: datetime,
) -> None:
    """Sets records aside; an older reject of the same key gives way to the new one."""
    table = table_of(SyncReject)
    for chunk in _chunks([known[r.key][0] for r in refused if r.key in known]):
        session.execute(delete(table).where(table.c.id.in_(chunk)))
    if refused:
        session.execute(
            insert(table),
            [
                {
                    "run_id": run.id, "company": run.company, "stage": run.stage, "connector": run.connector,
                    "stream": run.stream, "key": r.key, "record": r.record, "error": r.error, "at": now,
                    "resolved_at": None,
                }
                for r in refused
            ],
        )  # fmt: skip


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[i : i + _CHUNK] for i in range(0, len(ids), _CHUNK))


def rejects(
    session: Session, *, connector: str | None = None, stream: str | None = None, limit: int = 100
) -> list[SyncReject]:
    """Records that wait for a good version of themselves, newest first."""
    query = select(SyncReject).where(table_of(SyncReject).c.resolved_at.is_(None))
    return _listed(session, query, SyncReject, connector, stream, limit)


def runs(
    session: Session, *, connector: str | None = None, stream: str | None = None, limit: int = 20
) -> list[SyncRun]:
    """The last runs, newest first."""
    return _listed(session, select(SyncRun), SyncRun, connector, stream, limit)


def cursors(session: Session) -> list[SyncCursor]:
    found = list(session.execute(select(SyncCursor).order_by(SyncCursor.connector, SyncCursor.stream)).scalars())
    session.expunge_all()
    return found


def _listed(
    session: Session, query: Any, table: Any, connector: str | None, stream: str | None, limit: int
) -> list[Any]:
    if connector is not None:
        query = query.where(table.connector == connector)
    if stream is not None:
        query = query.where(table.stream == stream)
    found = list(session.execute(query.order_by(table.id.desc()).limit(limit)).scalars())
    for row in found:
        session.expunge(row)
    return found
