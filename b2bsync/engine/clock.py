"""The database's clock: lanes, nodes and fires compare its times with its times, never two machines' clocks."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from b2bsync.store.clock import POSTGRESQL_NOW, SQLITE_NOW, now, now_sql
from b2bsync.store.types import UtcDateTime

__all__ = ["database_ago", "database_now", "now", "now_sql"]


class database_now(FunctionElement[datetime]):
    """The moment of the call by the database's clock, also in the middle of a transaction."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(database_now, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return SQLITE_NOW


@compiles(database_now, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return POSTGRESQL_NOW


class database_ago(FunctionElement[datetime]):
    """The moment that many whole seconds before now; after it where they are negative."""

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, seconds: int | ColumnElement[int]) -> None:
        super().__init__(literal(seconds, Integer) if isinstance(seconds, int) else seconds)


@compiles(database_ago, "sqlite")
def _sqlite_ago(element: Any, compiler: Any, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', printf('%+d seconds', -({seconds})))"


@compiles(database_ago, "postgresql")
def _postgresql_ago(element: Any, compiler: Any, **options: Any) -> str:
    return f"clock_timestamp() - make_interval(secs => {compiler.process(element.clauses, **options)})"
