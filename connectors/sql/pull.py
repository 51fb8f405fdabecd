"""Reads one stream: the user's SELECT with bounds, order and limit put around it, page by page.

SQLite and most servers are read by keyset (each page a query of its own), so that no reader blocks the ERP's writers;
PostgreSQL through a server-side cursor in one read-only snapshot.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.types import NullType

from b2bsync.sync import (
    ConfigError,
    Cursor,
    NotSupported,
    Page,
    RefusedRecord,
    SourceError,
    StreamInfo,
    digest_of,
    latest_allowed,
    lookback_of,
    step_back,
)

from .children import Nest
from .database import Database

if TYPE_CHECKING:
    from . import Stream

_BOUNDS = {"lo", "hi", "tie", "limit"}
_TUPLES = ("sqlite", "postgresql", "mysql", "mariadb")
_TRUE = {"1", "true", "t", "yes", "y", "x", "d", "deleted"}


@dataclass(frozen=True)
class Shape:
    """The columns as the database calls them, and where key, cursor and tie stand among them."""

    columns: tuple[str, ...]
    key: tuple[int, ...]
    cursor: int | None
    tie: tuple[int, ...]
    deleted: int | None


class Puller:
    def __init__(self, database: Database, name: str, stream: "Stream") -> None:
        self.database = database
        self.name = name
        self.stream = stream
        self.where = f"connector.{database.name}.stream.{name}"
        self.what = f"stream {name}: query"
        self.query = stream.query.strip().rstrip(";")
        self.bounds = binds_of(self.query) & _BOUNDS
        unknown = binds_of(self.query) - _BOUNDS
        if unknown:
            raise ConfigError(f"{self.where}.query", f"unknown parameters {sorted(unknown)}; known: {sorted(_BOUNDS)}")
        self.streaming = database.dialect == "postgresql"

    # What there is

    def shape(self, connection: sa.Connection) -> Shape:
        """Asks for no row, only for the columns. Raises SourceError when one that is configured is not among them."""
        if self.bounds:
            statement = sa.text(self.query).bindparams(
                **{name: (0 if name == "limit" else None) for name in self.bounds}
            )
        else:
            statement = sa.text(f"SELECT * FROM ({self.query}) b2bsync_q WHERE 1 = 0")
        columns = tuple(connection.execute(statement).keys())
        named = [re.sub(r":\d+$", "", column) for column in columns]  # SQLite calls the second one name:1
        if len(set(named)) != len(named):
            twice = sorted({c for c in named if named.count(c) > 1})
            raise SourceError(f"{self.where}.query: gives {', '.join(twice)} twice; name the columns with AS")
        place = {column.lower(): i for i, column in enumerate(columns)}

        def at(column: str, setting: str) -> int:
            if column.lower() not in place:
                raise SourceError(
                    f"{self.where}.{setting}: there is no column {column!r}; the query gives {', '.join(columns)}"
                )
            return place[column.lower()]

        stream = self.stream
        key = tuple(at(c, "key") for c in _listed(stream.key))
        tie = tuple(at(c, "tie") for c in _listed(stream.tie)) if stream.tie else key
        cursor = at(stream.cursor, "cursor") if stream.cursor else None
        return Shape(columns, key, cursor, tie, at(stream.deleted, "deleted") if stream.deleted else None)

    def check(self) -> None:
        """Raises what pulling would raise, for the query, its children and the keys query."""
        self.describe()

    def describe(self) -> StreamInfo:
        with self.database.connect(self.what) as connection, connection.begin():
            shape = self.shape(connection)
            Nest(self.database, self.where, self.stream.children, shape.columns, shape.key).check(connection)
            if self.stream.keys:
                keys = tuple(
                    connection.execute(
                        sa.text(f"SELECT * FROM ({self.stream.keys.strip().rstrip(';')}) q WHERE 1 = 0")
                    ).keys()
                )
                if len(keys) != len(shape.key):
                    raise SourceError(f"{self.where}.keys: gives {len(keys)} columns, the key has {len(shape.key)}")
        columns = (*shape.columns, *self.stream.children)
        key = tuple(shape.columns[i] for i in shape.key)
        cursor = shape.columns[shape.cursor] if shape.cursor is not None else None
        return StreamInfo(self.name, key, cursor, columns, digest_of(columns), self.stream.keys is not None)

    # Pages

    def pages(self, cursor: Cursor | None, until: datetime, *, full: bool) -> Iterator[Page]:
        with self.database.connect(self.what) as connection:
            with connection.begin():
                shape = self.shape(connection)
            nest = Nest(self.database, self.where, self.stream.children, shape.columns, shape.key)
            reader = Reader(self, connection, shape, nest)
            if self.bounds:
                yield from reader.by_parameters(cursor, until, full=full)
            elif shape.cursor is None or full:
                yield from reader.whole(until)
            else:
                yield from reader.changes(cursor, until)

    def keys(self) -> Iterator[Sequence[str]]:
        if self.stream.keys is None:
            raise NotSupported(f"{self.where}: has no keys query")
        with self.database.connect(f"stream {self.name}: keys") as connection, connection.begin():
            statement = sa.text(self.stream.keys.strip().rstrip(";"))
            result = connection.execute(statement, execution_options={"yield_per": self.stream.page})
            for rows in result.partitions():
                yield [key_text(tuple(row)) for row in rows]


class Reader:
    """One pull over one connection."""

    def __init__(self, puller: Puller, connection: sa.Connection, shape: Shape, nest: Nest) -> None:
        self.puller = puller
        self.connection = connection
        self.shape = shape
        self.nest = nest
        self.size = puller.stream.page
        self.source = sa.text(f"({puller.query}) b2bsync_q")
        self.key = [self._column(i) for i in shape.key]
        self.tie = [self._column(i) for i in shape.tie]

    def _column(self, place: int) -> sa.ColumnClause[Any]:
        return sa.column(self.shape.columns[place])

    def _select(self, *conditions: Any) -> sa.Select[Any]:
        return sa.select(sa.text("*")).select_from(self.source).where(*conditions)

    def whole(self, until: datetime) -> Iterator[Page]:
        """Everything, in the order of the key; the cursor to go on with comes with the last page."""
        bound = self._upper(until)
        yield from self._without_key()
        present = [c.is_not(None) for c in self.key]
        for rows in self._ordered(self.key, self.shape.key, present, None):
            yield self._page(rows, whole=True)
        yield Page(
            columns=self.columns, whole=True, complete=True, cursor=Cursor(value=bound) if bound is not None else None
        )

    def changes(self, cursor: Cursor | None, until: datetime) -> Iterator[Page]:
        if cursor is None or (cursor.value is None and not cursor.state):
            yield from self._first(None, self._upper(until), until)
            return
        if cursor.state.get("order") == "key":
            yield from self._first(cursor.tie, cursor.until, until)
            cursor = Cursor(value=cursor.until)
        elif cursor.until is not None:
            yield from self._between(cursor.value, cursor.tie, cursor.until)
            cursor = Cursor(value=cursor.until)
        upper = self._upper(until)
        yield from self._odd(upper)
        if cursor.value is None or upper is None or _less(upper, cursor.value):
            yield Page(columns=self.columns, cursor=Cursor(value=cursor.value))
            return
        place = f"{self.puller.where}.lookback"
        low = step_back(cursor.value, lookback_of(self.puller.stream.lookback, place), place)
        yield from self._between(low, None, upper)

    def _first(self, after: Sequence[Any] | None, upper: Any, until: datetime) -> Iterator[Page]:
        """The first load goes by key, which is always indexed, and can be resumed after any page."""
        if after is None:
            yield from self._without_key()
        present = [c.is_not(None) for c in self.key]
        for rows in self._ordered(self.key, self.shape.key, present, after):
            last = tuple(rows[-1][i] for i in self.shape.key)
            yield self._page(rows, cursor=Cursor(tie=last, until=upper, state={"order": "key"}))
        yield Page(columns=self.columns, cursor=Cursor(value=upper))

    def _between(self, low: Any, tie: Sequence[Any] | None, upper: Any) -> Iterator[Page]:
        """What changed from ``low`` (or just after ``low`` and ``tie``) up to ``upper``, by cursor and tie."""
        assert self.shape.cursor is not None
        column = self._column(self.shape.cursor)
        places = (self.shape.cursor, *self.shape.tie)
        conditions = [column <= _bound(upper)]
        after = None
        if tie is None:
            conditions.append(column >= _bound(low))
        else:
            after = (low, *tie)
        for rows in self._ordered([column, *self.tie], places, conditions, after):
            value, *rest = (rows[-1][i] for i in places)
            yield self._page(rows, cursor=Cursor(value=value, tie=tuple(rest), until=upper))
        yield Page(columns=self.columns, cursor=Cursor(value=upper))

    def _odd(self, upper: Any) -> Iterator[Page]:
        """Rows that no cursor ever reaches: never stamped, or stamped in the far future. They come in every run."""
        assert self.shape.cursor is not None
        column = self._column(self.shape.cursor)
        odd = column.is_(None) if upper is None else sa.or_(column.is_(None), column > _bound(upper))
        for rows in self._ordered(self.key, self.shape.key, [odd, *(c.is_not(None) for c in self.key)], None):
            yield self._page(rows)

    def _upper(self, until: datetime) -> Any:
        """The upper bound of this run, in the source's own form: its largest cursor value now."""
        if self.shape.cursor is None:
            return None
        column = self._column(self.shape.cursor)
        largest = sa.select(sa.func.max(column)).select_from(self.source)
        with self.connection.begin():
            found = self.connection.execute(largest).scalar()
            limit = latest_allowed(found, until) if found is not None else None
            if limit is not None and _less(limit, found):
                found = self.connection.execute(largest.where(column <= _bound(limit))).scalar()
        return found

    def _without_key(self) -> Iterator[Page]:
        missing = self._select(sa.or_(*(c.is_(None) for c in self.key))).limit(100)
        with self.connection.begin():
            rows = [tuple(row) for row in self.connection.execute(missing)]
        if rows:
            yield self._page(rows)

    def _ordered(
        self,
        order: Sequence[sa.ColumnClause[Any]],
        places: Sequence[int],
        conditions: Sequence[Any],
        after: Sequence[Any] | None,
    ) -> Iterator[list[Any]]:
        base = self._select(*conditions).order_by(*order)
        if self.puller.streaming:
            statement = base if after is None else base.where(self._later(order, after))
            with self.connection.begin():
                result = self.connection.execute(statement, execution_options={"yield_per": self.size})
                for page in result.partitions():
                    yield [tuple(row) for row in page]
            return
        while True:
            statement = (base if after is None else base.where(self._later(order, after))).limit(self.size)
            with self.connection.begin():
                found: Any = self.connection.execute(statement)
                rows = found.cursor.fetchall()  # the driver's own tuples: no wrapping of a million rows
                found.close()
            if rows:
                after = tuple(rows[-1][i] for i in places)
                yield rows
            if len(rows) < self.size:
                return

    def _later(self, order: Sequence[sa.ColumnClause[Any]], after: Sequence[Any]) -> Any:
        values = [_bound(v) for v in after]
        if len(order) == 1:
            return order[0] > values[0]
        if self.puller.database.dialect in _TUPLES:
            return sa.tuple_(*order) > sa.tuple_(*values)
        steps = [
            sa.and_(*(c == v for c, v in zip(order[:i], values[:i], strict=True)), order[i] > values[i])
            for i in range(len(order))
        ]
        return sa.or_(*steps)

    def by_parameters(self, cursor: Cursor | None, until: datetime, *, full: bool) -> Iterator[Page]:
        """The user's own query with :lo, :hi, :tie and :limit: null at first, then the last row's values."""
        bounds, shape = self.puller.bounds, self.shape
        whole = full or shape.cursor is None
        position = None if whole else cursor
        low, tie = (position.value, position.tie) if position else (None, ())
        if position and position.until is None and low is not None:
            place = f"{self.puller.where}.lookback"
            low = step_back(low, lookback_of(self.puller.stream.lookback, place), place)
        upper = self._until_like(low, until)
        highest = position.value if position else None
        while True:
            values = {"lo": low, "hi": upper, "tie": tie[0] if tie else None, "limit": self.size}
            statement = sa.text(self.puller.query).bindparams(**{n: values[n] for n in bounds})
            with self.connection.begin():
                result = self.connection.execute(statement, execution_options={"yield_per": self.size})
                count = 0
                for found in result.partitions():
                    rows = [tuple(row) for row in found]
                    count += len(rows)
                    at = None
                    if shape.cursor is not None:
                        low = highest = rows[-1][shape.cursor]
                        tie = tuple(rows[-1][i] for i in shape.tie)
                        at = Cursor(value=low, tie=tie, until=upper)
                        if low is None:
                            raise SourceError(
                                f"{self.puller.where}.cursor: {self.shape.columns[shape.cursor]} is null; use COALESCE"
                            )
                    yield self._page(rows, whole=whole, cursor=None if whole else at)
            if "limit" not in bounds or count < self.size or shape.cursor is None:
                break
        end = Cursor(value=highest) if highest is not None else None
        yield Page(columns=self.columns, whole=whole, complete=whole, cursor=end)

    def _until_like(self, like: Any, until: datetime) -> Any:
        if isinstance(like, int | float | bytes):
            return None
        if self.puller.database.dialect == "sqlite":
            separator = "T" if isinstance(like, str) and "T" in like else " "
            return until.astimezone(UTC).strftime(f"%Y-%m-%d{separator}%H:%M:%S")
        return until

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.shape.columns, *self.nest.names)

    def _page(self, rows: Sequence[Any], *, whole: bool = False, cursor: Cursor | None = None) -> Page:
        refused: list[RefusedRecord] = []
        place = self.shape.key
        if len(place) == 1:
            (only,) = place
            keys = [str(row[only]) for row in rows]
        else:
            keys = [key_text([row[i] for i in place]) for row in rows]
        if any(row[i] is None for i in place for row in rows):
            names = ", ".join(self.shape.columns[i] for i in place)
            bad = [row for row in rows if any(row[i] is None for i in place)]
            refused = [RefusedRecord("", repr(row), f"the key column {names} is null") for row in bad]
            kept = [n for n, row in enumerate(rows) if all(row[i] is not None for i in place)]
            rows, keys = [rows[n] for n in kept], [keys[n] for n in kept]
        deleted: list[str] = []
        if self.shape.deleted is not None:
            flag = self.shape.deleted
            gone = [str(row[flag]).lower() in _TRUE for row in rows]
            deleted = [k for k, g in zip(keys, gone, strict=True) if g]
            rows = [r for r, g in zip(rows, gone, strict=True) if not g]
            keys = [k for k, g in zip(keys, gone, strict=True) if not g]
        if self.nest.names and rows:
            rows = self.nest.attach(rows)
        return Page(self.columns, rows, keys, cursor, whole=whole, deleted=deleted, refused=refused)


def _listed(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


def key_text(values: Sequence[Any]) -> str:
    return "|".join(str(v) for v in values)


def binds_of(statement: str) -> set[str]:
    """The names of the parameters a statement binds."""
    return set(sa.text(statement).compile().params)


def _bound(value: Any) -> Any:
    return sa.bindparam(None, value, type_=NullType(), unique=True)


def _less(a: Any, b: Any) -> bool:
    try:
        return bool(a < b)
    except TypeError:
        return False
