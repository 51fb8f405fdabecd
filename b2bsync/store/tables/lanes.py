"""Tables of the lane layer: order, retries and exclusivity, readable with SQL."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from b2bsync.store.tables.columns import big, moment, row_id, text
from b2bsync.store.types import KEY, UtcDateTime


class Lane(SQLModel, table=True):
    """One ordered stream of work. ``awake`` is the generation of the wake-up now in the engine, 0 asleep; ``owner`` the
    run that holds it; ``gen`` only grows.

    ``down_since``: the first failure of those in a row. ``turned_at``: when it was last paused, resumed, blocked, freed
    or retried. ``lost_by``: the silent node whose run it was taken from, until another run begins. ``slots``: into how
    many lanes this stream is spread; ``after_task``: no later task of it may begin while an earlier one of a lane
    beside it waits."""

    __tablename__ = "lane"
    id: str = Field(primary_key=True)
    awake: int = 0
    gen: int = 0
    owner: str = ""
    node: str = ""
    fails: int = 0
    next_try: datetime | None = moment(nullable=True)
    paused: bool = False
    blocked: int | None = Field(
        default=None, sa_type=KEY
    )  # the parked task of a strict stage that nothing may overtake
    error: str = text()
    moved_at: datetime | None = moment(nullable=True)
    down_since: datetime | None = moment(nullable=True)
    turned_at: datetime | None = moment(nullable=True)
    lost_by: str | None = None
    slots: int | None = None
    after_task: int | None = big(nullable=True)


class TaskRow(SQLModel, table=True):
    """A unit of work in a lane: what stage is due for which subject. Its id is its place; a finished task is deleted.

    State: ready, parked (waits for an operator)."""

    __tablename__ = "task"
    __table_args__ = (Index("ix_task_lane", "lane", "state", "id"), Index("ix_task_subject", "stage", "subject"))
    id: int | None = row_id()
    lane: str
    stage: str  # name of the registered stage, not test or production
    subject: int = big()
    state: str = "ready"
    starts: int = 0
    error: str = text()
    created_at: datetime = moment()


class Fire(SQLModel, table=True):
    """One planned occurrence of a schedule: whoever inserted the row runs it."""

    __tablename__ = "fire"
    schedule_id: str = Field(primary_key=True)
    planned_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    node: str
    outcome: str = "run"  # run, skipped
    fired_at: datetime = moment()


class Node(SQLModel, table=True):
    """A daemon. ``silence``: seconds without a beat after which it counts as dead."""

    __tablename__ = "node"
    id: str = Field(primary_key=True)
    beat: datetime = moment()
    started: datetime = moment()
    version: str = ""
    pid: int = 0
    host: str = ""
    silence: int = Field(default=15, sa_column_kwargs={"server_default": "15"})


class Pace(SQLModel, table=True):
    """How fast something may go that several lanes share. ``next_at``: when its next piece would be due if all went
    evenly; the past when it rested."""

    __tablename__ = "pace"
    key: str = Field(primary_key=True)
    next_at: datetime = moment()
