"""Puts the rows of child queries into their records as lists."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from b2bsync.sync import SourceError

from .database import Database

if TYPE_CHECKING:
    from . import Child

_BATCH = 500  # values in one IN list: every database takes as many


class Nest:
    """The children of one level: lists to append to each row, in the order of ``names``."""

    def __init__(
        self,
        database: Database,
        where: str,
        children: Mapping[str, "Child"],
        columns: Sequence[str],
        key: Sequence[int],
    ) -> None:
        self.database = database
        self.names = tuple(children)
        self._levels = [_Level(database, f"{where}.children.{n}", child, columns, key) for n, child in children.items()]

    def attach(self, rows: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows with one list of dicts more for each child query."""
        with self.database.connect("child queries") as connection, connection.begin():
            return self._attach(connection, rows)

    def _attach(self, connection: sa.Connection, rows: Sequence[Any]) -> list[tuple[Any, ...]]:
        found = [level.read(connection, rows) for level in self._levels]
        bound = [level.bound for level in self._levels]
        return [(*row, *(lists.get(row[at], []) for lists, at in zip(found, bound, strict=True))) for row in rows]

    def check(self, connection: sa.Connection) -> None:
        for level in self._levels:
            level.read(connection, (), check=True)


class _Level:
    def __init__(
        self, database: Database, where: str, child: "Child", columns: Sequence[str], key: Sequence[int]
    ) -> None:
        self.database = database
        self.where = where
        self.child = child
        names = {c.lower(): i for i, c in enumerate(columns)}
        if child.of is not None:
            if child.of.lower() not in names:
                raise SourceError(f"{where}.of: there is no column {child.of!r} above; there are {', '.join(columns)}")
            self.bound = names[child.of.lower()]
        elif len(key) == 1:
            self.bound = key[0]
        else:
            raise SourceError(f"{where}.of: the record's key has {len(key)} columns; say which one is bound")
        self.parent = child.key or columns[self.bound]
        self.many = ":keys" in child.query
        text = sa.text(child.query.strip().rstrip(";"))
        self.statement = text.bindparams(sa.bindparam("keys", expanding=True)) if self.many else text

    def read(
        self, connection: sa.Connection, rows: Sequence[Any], *, check: bool = False
    ) -> dict[Any, list[dict[str, Any]]]:
        values = list(dict.fromkeys(row[self.bound] for row in rows if row[self.bound] is not None))
        batches: list[Any] = [values[i : i + _BATCH] for i in range(0, len(values), _BATCH)] if self.many else values
        if check:
            batches = [[None]] if self.many else [None]
        lists: dict[Any, list[dict[str, Any]]] = {}
        for batch in batches:
            try:
                result: Any = connection.execute(self.statement, {"keys" if self.many else "key": batch})
            except sa.exc.SQLAlchemyError as error:
                raise self.database.translated(error, f"{self.where}.query") from error
            columns = tuple(result.keys())
            at = self._place(columns)
            below = Nest(self.database, self.where, self.child.children, columns, [at] if at is not None else [0])
            found = result.cursor.fetchall()
            if check:
                below.check(connection)
            elif below.names:
                found = below._attach(connection, found)
            names = (*columns, *below.names)
            for row in found:
                owner = row[at] if at is not None else batch
                lists.setdefault(owner, []).append(dict(zip(names, row, strict=True)))
        return lists

    def _place(self, columns: Sequence[str]) -> int | None:
        """Where the parent's value stands in the child's rows; with ``= :key`` it need not."""
        found = next((i for i, c in enumerate(columns) if c.lower() == self.parent.lower()), None)
        if found is None and self.many:
            raise SourceError(
                f"{self.where}.key: the query must give the column {self.parent!r} that names the parent; "
                f"it gives {', '.join(columns)}"
            )
        return found
