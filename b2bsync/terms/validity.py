"""On which days a row holds."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar


class Dated(Protocol):
    @property
    def valid_from(self) -> date | None: ...
    @property
    def valid_to(self) -> date | None: ...


Row = TypeVar("Row", bound=Dated)


def holds(row: Dated, on: date) -> bool:
    """Whether a row is valid on a day; both ends are inclusive, an open end has no limit."""
    return (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or on <= row.valid_to)


def holding(rows: Iterable[Row], on: date) -> list[Row]:
    """The rows that are valid on a day."""
    return [row for row in rows if holds(row, on)]
