"""Rows of CSV and XLSX files, with their row numbers, in bounded memory."""

import csv
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.exceptions import InvalidFileException

from b2bsync.sync import SourceError

if TYPE_CHECKING:
    from . import Stream

MAX_UNPACKED = 1 << 30
"""Most bytes an XLSX file may unpack to."""

MAX_CELL = 1 << 20
"""Most characters in one CSV cell."""

Row = tuple[int, list[Any]]
"""Row number as an editor shows it (the first is 1), and the cells: text, None, or Decimal for a sheet's numbers."""


class Broken:
    """Stands among the rows for one that could not be cut into cells. ``last``: nothing after it can be read."""

    def __init__(self, number: int, text: str, message: str, *, last: bool) -> None:
        self.number, self.text, self.message, self.last = number, text, message, last


def rows_of(path: Path, stream: "Stream") -> Iterator[Row | Broken]:
    """All rows from the header on. Raises SourceError where the file as a whole cannot be read."""
    kind = stream.format or path.suffix.lower().lstrip(".")
    if kind == "xlsx":
        return _xlsx(path, stream)
    return _csv(path, stream)


def _csv(path: Path, stream: "Stream") -> Iterator[Row | Broken]:
    encoding = "utf-8-sig" if stream.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else stream.encoding
    csv.field_size_limit(MAX_CELL)
    delimiter = stream.delimiter
    number = 0
    with path.open(encoding=encoding, newline="") as file:
        try:
            skipped = 0
            first = file.readline()
            said = first.strip().strip('"').lstrip("\ufeff")
            if len(said) == 5 and said.lower().startswith("sep="):
                delimiter, skipped = said[4], 1
            else:
                file.seek(0)
            reader = csv.reader(file, delimiter=delimiter, quotechar=stream.quote or None, strict=True,
                                quoting=csv.QUOTE_MINIMAL if stream.quote else csv.QUOTE_NONE)  # fmt: skip
            while True:
                number = reader.line_num + skipped + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    ended = "unexpected end" in str(error)
                    text = "a quote is opened and never closed: the file is cut off" if ended else str(error)
                    yield Broken(number, "", text, last=ended)
                    if ended:
                        return
                    continue
                if cells and number >= max(stream.header, 1):
                    if number <= 1:
                        cells[0] = cells[0].lstrip("\ufeff")
                    yield number, [cell or None for cell in cells]
        except UnicodeDecodeError as error:
            found = error.object[error.start]
            raise SourceError(
                f"{path.name}, row {number} or soon after: byte 0x{found:02X} is no {stream.encoding}; "
                "declare the file's encoding (cp1252 and latin-1 are common)"
            ) from None


def _xlsx(path: Path, stream: "Stream") -> Iterator[Row | Broken]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > MAX_UNPACKED:
            raise SourceError(f"{path.name}: unpacks to {size} bytes; allowed are {MAX_UNPACKED}")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as error:
        raise SourceError(f"{path.name}: is no readable XLSX file ({error})") from None
    try:
        if stream.sheet is not None and stream.sheet not in book.sheetnames:
            raise SourceError(f"{path.name}: there is no sheet {stream.sheet!r}; it has {', '.join(book.sheetnames)}")
        sheet = book[stream.sheet] if stream.sheet else book.worksheets[0]
        sheet.reset_dimensions()
        dates: set[int] = set()
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            if number < max(stream.header, 1):
                continue
            values = [_cell(cell, book.epoch, i in dates) for i, cell in enumerate(cells)]
            while values and values[-1] is None:
                values.pop()
            if number == stream.header:
                dates = {i for i, name in enumerate(values) if name in stream.dates}
            wrong = next((cell for cell in cells if getattr(cell, "data_type", "") == "e"), None)
            if wrong is not None:
                yield Broken(number, repr(values), f"cell {wrong.coordinate} holds the error {wrong.value}", last=False)
            elif values:
                yield number, values
    finally:
        book.close()


def _cell(cell: Any, epoch: datetime, is_date: bool) -> Any:
    """The cell as text, a number as Decimal (as text where a format like 00000 shows zeros), a date as ISO text."""
    value = cell.value
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_date and isinstance(value, int | float):
        value = from_excel(value, epoch)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int):
        form = getattr(cell, "number_format", "") or ""
        return str(value).zfill(len(form)) if form and set(form) == {"0"} else Decimal(value)
    return Decimal(repr(value)) if isinstance(value, float) else str(value)
