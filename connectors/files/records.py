"""From rows to pages: header, keys, numbers and dates in plain form, lists, and what has to be set aside."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from b2bsync.sync import Page, RefusedRecord, SourceError

from .tables import Broken, Row, rows_of

if TYPE_CHECKING:
    from . import Stream

_TRUE = {"1", "true", "t", "yes", "y", "x", "d", "deleted"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


class Sheet:
    """One file being read. ``columns`` are known once the header was; lists come after the plain columns."""

    def __init__(self, path: Path, stream: "Stream") -> None:
        self.path = path
        self.stream = stream
        self.truncated = ""
        self._sheet = stream.is_xlsx(path)
        self._rows = rows_of(path, stream)
        self._pushed: list[Row] = []
        self.header = self._header()
        self._at = {name: i for i, name in enumerate(self.header)}
        inner = {column for columns in stream.lists.values() for column in columns}
        self._outer = [i for i, name in enumerate(self.header) if name not in inner]
        self._lists = [[(c, self._at[c]) for c in columns] for columns in stream.lists.values()]
        self.columns = (*(self.header[i] for i in self._outer), *stream.lists)
        self._key = [self._at[c] for c in stream.key_columns]
        self._deleted = self._at[stream.deleted] if stream.deleted else None
        self._decimals = [self._at[c] for c in stream.decimals]
        self._dates = [self._at[c] for c in stream.dates]

    def _header(self) -> tuple[str, ...]:
        stream = self.stream
        if stream.header == 0:
            header = list(stream.columns)
        else:
            first = next(self._rows, None)
            if first is None:
                raise SourceError(f"{self.path.name}: is empty, it has not even a header row")
            if isinstance(first, Broken):
                raise SourceError(f"{self.path.name}, row {first.number}: {first.message}")
            header = [str(cell or "").strip() for cell in first[1]]
            if stream.columns and header != list(stream.columns):
                raise SourceError(f"{self.path.name}, row {first[0]}: the columns are {', '.join(header)}; "
                                  f"declared are {', '.join(stream.columns)}")  # fmt: skip
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice:
            shown = ", ".join(repr(name) for name in twice)
            raise SourceError(f"{self.path.name}: the column names {shown} occur more than once (merged header cells?)")
        missing = [name for name in stream.needed if name not in header]
        if missing:
            raise SourceError(
                f"{self.path.name}, row {stream.header or 1}: there is no column {', '.join(map(repr, missing))}; "
                f"the file has {', '.join(header)}"
            )
        return tuple(header)

    def pages(self, skip: int, size: int) -> Iterator[tuple[Page, int]]:
        """Pages after the first ``skip`` records, and how many records there were up to each page's end."""
        page = Page(columns=self.columns, rows=[], keys=[], refused=[], deleted=[])
        count = 0
        for record in self._records():
            count += 1
            if count <= skip:
                continue
            _add(page, record)
            if len(page.rows) + len(page.refused) + len(page.deleted) >= size:
                yield page, count
                page = Page(columns=self.columns, rows=[], keys=[], refused=[], deleted=[])
        yield page, count

    def _records(self) -> Iterator["RefusedRecord | tuple[str, Sequence[Any] | None]"]:
        """A key with its row (None: the row says that it is gone), or what cannot be taken."""
        group: list[tuple[int, list[Any]]] = []
        for row in self._rows:
            if isinstance(row, Broken):
                if row.last:
                    self.truncated = f"{self.path.name}, row {row.number}: {row.message}"
                yield self._refused("", row.number, row.text, row.message)
                continue
            number, cells = row
            problem = self._convert(cells)
            key = self._key_of(cells)
            if problem or key is None:
                yield self._refused(
                    key or "", number, json.dumps(cells, ensure_ascii=False, default=str), problem or "the key is empty"
                )
            elif not self.stream.lists:
                yield key, self._single(cells)
            else:
                if group and self._key_of(group[0][1]) != key:
                    yield self._grouped(group)
                    group = []
                group.append((number, cells))
        if group:
            yield self._grouped(group)

    def _refused(self, key: str, number: int, record: str, message: str) -> RefusedRecord:
        return RefusedRecord(key, record, f"{self.path.name}, row {number}: {message}")

    def _key_of(self, cells: Sequence[Any]) -> str | None:
        parts = [cells[i] if i < len(cells) else None for i in self._key]
        return None if None in parts else "|".join(map(str, parts))

    def _convert(self, cells: list[Any]) -> str | None:
        """Brings numbers and dates into plain form, in place. Returns what is wrong with the row."""
        wanted = len(self.header)
        if len(cells) != wanted:
            if self._sheet and len(cells) < wanted:
                cells.extend([None] * (wanted - len(cells)))  # a sheet has no empty cells at the end of a row
            else:
                return f"has {len(cells)} columns, the header has {wanted}"
        for i in self._decimals:
            if isinstance(cells[i], str):
                number = plain_number(cells[i], self.stream.decimal, self.stream.thousands)
                if number is None:
                    return f"column {self.header[i]}: {cells[i]!r} is no number with decimal {self.stream.decimal!r}"
                cells[i] = number
        for i in self._dates:
            if cells[i] is not None:
                try:
                    cells[i] = plain_date(cells[i], self.stream.date_format)
                except ValueError:
                    return f"column {self.header[i]}: {cells[i]!r} is no date of the form {self.stream.date_format}"
        if self._sheet:
            cells[:] = [format(cell, "f") if isinstance(cell, Decimal) else cell for cell in cells]
        return None

    def _single(self, cells: Sequence[Any]) -> Sequence[Any] | None:
        return None if self._is_deleted(cells) else cells

    def _is_deleted(self, cells: Sequence[Any]) -> bool:
        return self._deleted is not None and str(cells[self._deleted]).strip().lower() in _TRUE

    def _grouped(self, group: list[tuple[int, list[Any]]]) -> tuple[str, Sequence[Any] | None]:
        """Consecutive rows of one key as one record: the first row's values and the lists."""
        first = group[0][1]
        key = self._key_of(first) or ""
        if self._is_deleted(first):
            return key, None
        lists = [[{name: cells[i] for name, i in columns} for _, cells in group] for columns in self._lists]
        return key, [*(first[i] for i in self._outer), *lists]


def _add(page: Page, record: "RefusedRecord | tuple[str, Sequence[Any] | None]") -> None:
    if isinstance(record, RefusedRecord):
        page.refused.append(record)  # type: ignore[attr-defined]
    elif record[1] is None:
        page.deleted.append(record[0])  # type: ignore[attr-defined]
    else:
        page.keys.append(record[0])  # type: ignore[attr-defined]
        page.rows.append(record[1])  # type: ignore[attr-defined]


def plain_number(text: str, decimal: str, thousands: str) -> str | None:
    """``1.234,50-`` as ``-1234.50``; None where it is no number in that notation (``1.5`` with ``.`` for groups)."""
    text = text.strip().replace("\u00a0", "").replace(" ", "")
    if text.endswith("-"):
        text = "-" + text[:-1]
    whole, point, places = text.partition(decimal)
    if thousands and thousands in whole:
        first, *groups = whole.split(thousands)
        if not 1 <= len(first.lstrip("+-")) <= 3 or any(len(group) != 3 for group in groups):
            return None
        whole = first + "".join(groups)
    text = f"{whole}.{places}" if point else whole
    return text if _NUMBER.fullmatch(text) and text.isascii() else None


def plain_date(text: str, form: str) -> str:
    """The day as ISO text; text that is ISO already (a true Excel date) stays."""
    try:
        return datetime.strptime(text, form).date().isoformat()
    except ValueError:
        return datetime.fromisoformat(text).date().isoformat()
