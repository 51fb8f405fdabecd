"""What stands in a backup: our tables with their columns, and how a value of each kind is written.

A value is written the same whatever database it comes from: decimals and moments as text (``12.5``,
``2026-03-02 12:30:00.000000`` in UTC), days as ``2026-03-02``, bytes, whole numbers, truth values and text as they are.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, String, Table
from sqlmodel import SQLModel

import b2bsync.store.tables  # noqa: F401  (registers every table)
from b2bsync.store.types import ExactDecimal, UtcDateTime, moment_text
from b2bsync.vocabulary.numbers import plain

Convert = Callable[[Any], Any]

KINDS = ("text", "integer", "decimal", "moment", "day", "boolean", "bytes")


class TableShape(msgspec.Struct, frozen=True):
    """A table as it stands in a file: ``kinds[i]`` is the kind of ``columns[i]``."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]


def shapes() -> list[tuple[TableShape, Table]]:
    """Every table of ours, one that others refer to before them."""
    return [
        (
            TableShape(str(table.name), tuple(str(c.name) for c in table.columns), tuple(map(_kind, table.columns))),
            table,
        )
        for table in SQLModel.metadata.sorted_tables
    ]


def _kind(column: "Column[Any]") -> str:
    kind: Any = column.type
    if isinstance(kind, ExactDecimal):
        return "decimal"
    if isinstance(kind, UtcDateTime):
        return "moment"
    kind = getattr(kind, "impl_instance", kind)
    for of, name in ((Boolean, "boolean"), (Integer, "integer"), (LargeBinary, "bytes"), (Date, "day")):
        if isinstance(kind, of):
            return name
    if isinstance(kind, String):
        return "text"
    raise TypeError(f"{column}: a backup cannot hold columns of {kind!r}; give that kind a name in {__name__}")


def to_file(kind: str, sqlite: bool) -> Convert | None:
    """From what the driver gives to what the file holds; never called with None. None: as it is."""
    if sqlite:
        return {"boolean": bool}.get(kind)
    convert: dict[str, Convert] = {"decimal": plain, "moment": moment_text, "day": str, "bytes": bytes}
    return convert.get(kind)


def from_file(kind: str, sqlite: bool) -> Convert | None:
    """From what the file holds to what the driver takes; never called with None. None: as it is."""
    if kind == "moment" and not sqlite:
        return _with_zone
    return None


def _with_zone(moment: str) -> str:
    return moment + "+00"


def converters(kinds: tuple[str, ...], sqlite: bool, which: Callable[[str, bool], Convert | None]) -> list[Any]:
    """(position, convert) of the columns whose values are changed."""
    found = [(i, which(kind, sqlite)) for i, kind in enumerate(kinds)]
    return [(i, convert) for i, convert in found if convert is not None]


def converted(row: tuple[Any, ...] | list[Any], changes: list[tuple[int, Convert]]) -> tuple[Any, ...] | list[Any]:
    if not changes:
        return row
    cells = list(row)
    for i, convert in changes:
        if cells[i] is not None:
            cells[i] = convert(cells[i])
    return cells
