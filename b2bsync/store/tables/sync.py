"""How far each stream was read, what each run did, and what it set aside."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from b2bsync.store.tables.columns import big, moment, reference, row_id, text
from b2bsync.store.types import KEY


class SyncCursor(SQLModel, table=True):
    __tablename__ = "sync_cursor"
    company: str = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    connector: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    cursor: str = text()  # JSON Cursor
    digest: str = ""  # schema digest of the stream as last discovered
    full_at: datetime | None = moment(nullable=True)
    full_due: datetime | None = moment(nullable=True)  # since when a full run is due, whatever the next one was to be
    updated_at: datetime = moment()


class SyncRun(SQLModel, table=True):
    """Status: running, ok, empty, failed, stopped. ``mode``: incremental, full."""

    __tablename__ = "sync_run"
    __table_args__ = (Index("ix_sync_run_stream", "connector", "stream", "id"),)
    id: int | None = row_id()
    company: str
    stage: str
    connector: str
    stream: str
    mode: str
    status: str
    pages: int = 0
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    rejected: int = 0
    error: str = text()
    node: str = ""
    started_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)


class SyncReject(SQLModel, table=True):
    """A record that could not be taken over: kept with the reason until its source sends a good one."""

    __tablename__ = "sync_reject"
    __table_args__ = (Index("ix_sync_reject_stream", "company", "stage", "connector", "stream", "key"),)
    id: int | None = row_id()
    run_id: int = reference("sync_run.id", nullable=False)
    company: str
    stage: str
    connector: str
    stream: str
    key: str
    record: str = text()  # JSON
    error: str = text()
    at: datetime = moment()
    resolved_at: datetime | None = moment(nullable=True)


class SyncSeen(SQLModel, table=True):
    """Which rows a full run met and found unchanged: bit ``id % 60`` of word ``id // 60``. A note beside the rows, so
    that a nightly full run over a million unchanged rows writes some thousand words and not every row."""

    __tablename__ = "sync_seen"
    __table_args__ = {"sqlite_with_rowid": False}
    run: int = Field(primary_key=True, sa_type=KEY)
    kind: str = Field(primary_key=True)
    word: int = Field(primary_key=True, sa_type=KEY)
    bits: int = big()
