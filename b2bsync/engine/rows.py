"""The engine's tables for statements without objects."""

from sqlalchemy import Table

from b2bsync.store.tables.lanes import Fire, Lane, Node, Pace, TaskRow

LANE: Table = Lane.__table__  # type: ignore[attr-defined]
TASK: Table = TaskRow.__table__  # type: ignore[attr-defined]
NODE: Table = Node.__table__  # type: ignore[attr-defined]
FIRE: Table = Fire.__table__  # type: ignore[attr-defined]
PACE: Table = Pace.__table__  # type: ignore[attr-defined]
