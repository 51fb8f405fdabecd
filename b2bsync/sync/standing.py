"""How each stream stands: its last run, its last success, and what is usual for it. From the run rows only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from b2bsync.store.tables import SyncRun, table_of

RECENT = 50
"""So many runs of a stream are looked at for what is usual."""

REMEMBERED = 2000
"""So many runs are looked at for how long a stream has been empty before."""

DONE = ("ok", "empty")

_RUN = table_of(SyncRun)


@dataclass(frozen=True)
class StreamState:
    """A stream, by its runs. ``last`` is the newest run (columns of ``sync_run``), ``ended`` the newest that ended.

    ``success``: when the newest run that read its source to the end began. ``usual``: the median length of such runs of
    the mode of ``last``; None before there is any. ``rows_at``: where the newest run that ended read nothing, when one
    before it had rows; ``lull``: the longest time that this stream read nothing before and then had rows again."""

    connector: str
    stream: str
    last: Any
    ended: Any
    success: datetime | None
    usual: timedelta | None
    rows_at: datetime | None
    lull: timedelta | None

    @property
    def name(self) -> str:
        return f"{self.connector}.{self.stream}"

    @property
    def running(self) -> bool:
        return bool(self.last.status == "running")


def stream_states(session: Session) -> list[StreamState]:
    """Every stream that was ever pulled, by name."""
    pairs = select(_RUN.c.connector, _RUN.c.stream).group_by(_RUN.c.connector, _RUN.c.stream)
    return [_state(session, *pair) for pair in session.execute(pairs.order_by(_RUN.c.connector, _RUN.c.stream))]


def _state(session: Session, connector: str, stream: str) -> StreamState:
    of_stream = (_RUN.c.connector == connector, _RUN.c.stream == stream)
    recent = session.execute(select(_RUN).where(*of_stream).order_by(_RUN.c.id.desc()).limit(RECENT)).all()
    last = recent[0]
    ended = next((run for run in recent if run.status != "running"), None)
    success = next((run.started_at for run in recent if run.status in DONE), None)
    if success is None:
        older = select(func.max(_RUN.c.id)).where(*of_stream, _RUN.c.status.in_(DONE)).scalar_subquery()
        success = session.execute(select(_RUN.c.started_at).where(_RUN.c.id == older)).scalar()
    lengths = [
        (run.ended_at - run.started_at).total_seconds()
        for run in recent
        if run.status in DONE and run.ended_at and run.mode == last.mode
    ]
    rows_at, lull = None, None
    if ended is not None and is_empty(ended):
        rows_at, lull = _lulls(session, of_stream)
    return StreamState(
        connector, stream, last, ended, success, timedelta(seconds=median(lengths)) if lengths else None, rows_at, lull
    )


def is_empty(run: Any) -> bool:
    return run.status in DONE and not run.read


def _lulls(session: Session, of_stream: Sequence[Any]) -> tuple[datetime | None, timedelta | None]:
    """When it had rows last, and the longest time between two runs with rows that had runs without any in between."""
    runs = session.execute(
        select(_RUN.c.started_at, _RUN.c.read)
        .where(*of_stream, _RUN.c.status.in_(DONE))
        .order_by(_RUN.c.id.desc())
        .limit(REMEMBERED)
    ).all()
    with_rows = [i for i, run in enumerate(runs) if run.read]
    if not with_rows:
        return None, None
    gaps = [runs[a].started_at - runs[b].started_at for a, b in pairwise(with_rows) if b - a > 1]
    return runs[with_rows[0]].started_at, max(gaps, default=None)
