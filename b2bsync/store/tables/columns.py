"""Column declarations that the tables share. A SQLModel field needs a fresh Column each time, hence functions."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from b2bsync.store.types import KEY, ExactDecimal, UtcDateTime

SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
"""Every constraint has a name, the same on both databases: SQLite can only drop what is named."""


def row_id() -> Any:
    return Field(default=None, primary_key=True, sa_type=KEY)


def reference(to: str, *, nullable: bool = True, index: bool = True) -> Any:
    """A foreign key to ``table.column``; required when not nullable."""
    if nullable:
        return Field(default=None, foreign_key=to, sa_type=KEY, index=index)
    return Field(foreign_key=to, sa_type=KEY, index=index)


def big(*, nullable: bool = False, default: int | None = None) -> Any:
    """A whole number of 64 bits: sizes, offsets, numbers of other rows."""
    if nullable:
        return Field(default=None, sa_type=KEY, nullable=True)
    return Field(sa_type=KEY) if default is None else Field(default=default, sa_type=KEY)


def decimal(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_type=ExactDecimal, nullable=True) if nullable else Field(sa_type=ExactDecimal)


def moment(*, nullable: bool = False, index: bool = False) -> Any:
    if nullable:
        return Field(default=None, sa_type=UtcDateTime, nullable=True, index=index)
    return Field(default_factory=lambda: datetime.now(UTC), sa_type=UtcDateTime, index=index)


def text(*, nullable: bool = False, default: str | None = "") -> Any:
    return Field(default=None, sa_type=Text, nullable=True) if nullable else Field(default=default, sa_type=Text)
