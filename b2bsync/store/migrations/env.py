"""Alembic runs this file. The connection, its transaction and the lock are the caller's (``migrate``)."""

from typing import Any

from alembic import context
from sqlmodel import SQLModel

import b2bsync.store.tables  # noqa: F401  (registers every table)


def ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Leaves out tables that are not ours: the durable engine keeps its own in the same database."""
    return kind != "table" or name in SQLModel.metadata.tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_name=ours,
    compare_type=True,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
