"""CSV and XLSX files from a directory; rung 1: real files."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from b2bsync.store import Database
from b2bsync.sync import rejects
from tests.connectors.rooms import Room, counts

PRICES = """
document = "Product"
dialect = "record"
[fields]
key = "sku"
sku = "sku"
name = "name"
weight = { at = "weight", type = "decimal" }
"""

STREAM: dict[str, Any] = {
    "mapping": "prices",
    "pattern": "products*.csv",
    "content": "full",
    "key": "sku",
    "delimiter": ";",
    "decimal": ",",
    "thousands": ".",
    "decimals": ["weight"],
    "settle": "0s",
    "page": 2,
}


class Inbox:
    """The directory with its room."""

    def __init__(self, database: Database, folder: Path, **changes: Any) -> None:
        self.folder = folder / "inbox"
        self.folder.mkdir()
        self.clock = 1_700_000_000
        stream = {**STREAM, **changes}
        self.room = Room(database, folder, {"use": "files", "directory": "inbox", "stream": {"items": stream}})
        self.room.mapping("prices", PRICES)

    def put(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        self.clock += 1
        os.utime(path, (self.clock, self.clock))
        return path

    def names(self) -> dict[str, list[str]]:
        """What is where: waiting files under ''."""
        places = {"": self.folder, **{n: self.folder / n for n in ("processing", "done", "failed")}}
        return {n: sorted(f.name for f in p.iterdir() if f.is_file()) for n, p in places.items() if p.is_dir()}

    def weights(self) -> dict[str, str]:
        return {row.key: row.weight for row in self.room.query("SELECT key, weight FROM product ORDER BY key")}


GOOD = 'sku;name;weight\n0001;Hammer;1.234,50\n0002;Säge;0,5\n0003;"a;b";-7\n'


def test_a_whole_set_in_the_notation_of_its_country(sqlite_database: Database, tmp_path: Path) -> None:
    inbox = Inbox(sqlite_database, tmp_path, encoding="cp1252")
    inbox.put("products1.csv", GOOD, "cp1252")
    assert counts(inbox.room.pull()) == ("ok", 3, 3, 0, 0, 0, 0)
    assert inbox.room.products() == {"0001": "Hammer", "0002": "Säge", "0003": "a;b"}
    assert inbox.weights() == {"0001": "1234.5", "0002": "0.5", "0003": "-7"}
    assert inbox.names() == {"": [], "processing": [], "done": ["products1.csv"], "failed": []}


@pytest.mark.parametrize(
    ("start", "encoding"),
    [("\ufeff", "utf-8"), ("sep=;\n", "utf-8"), ("\ufeffsep=;\r\n", "utf-8"), ("\ufeff", "utf-16-le")],
)
def test_a_mark_of_byte_order_and_a_sep_line_are_no_data(
    start: str, encoding: str, sqlite_database: Database, tmp_path: Path
) -> None:
    inbox = Inbox(sqlite_database, tmp_path, encoding=encoding, delimiter=";" if "sep" not in start else ",")
    inbox.put("products1.csv", start + GOOD, encoding)
    assert counts(inbox.room.pull()) == ("ok", 3, 3, 0, 0, 0, 0)


def test_the_same_file_twice_is_no_change(sqlite_database: Database, tmp_path: Path) -> None:
    inbox = Inbox(sqlite_database, tmp_path)
    inbox.put("products1.csv", GOOD)
    inbox.room.pull()
    inbox.put("products2.csv", GOOD)
    assert counts(inbox.room.pull()) == ("empty", 0, 0, 0, 0, 0, 0)
    assert inbox.names()["done"] == ["products1.csv", "products2.csv"]
    assert counts(inbox.room.pull(full=True)) == ("ok", 3, 0, 0, 3, 0, 0)  # the newest of done/ again, when asked


def test_of_whole_sets_the_newest_counts_and_finds_deletes(sqlite_database: Database, tmp_path: Path) -> None:
    inbox = Inbox(sqlite_database, tmp_path, max_loss=0.5)
    inbox.put("products1.csv", GOOD)
    inbox.room.pull()
    inbox.put("products2.csv", "sku;name;weight\n0009;Old;1\n")
    inbox.put("products3.csv", 'sku;name;weight\n0001;Hammer;1.234,50\n0003;"a;b";-7\n')
    assert counts(inbox.room.pull()) == ("ok", 2, 0, 0, 2, 1, 0)
    assert sorted(inbox.room.products()) == ["0001", "0003"]
    assert inbox.names()["done"] == ["products1.csv", "products2.csv", "products3.csv"]


def test_a_short_file_is_no_mass_deletion(sqlite_database: Database, tmp_path: Path) -> None:
    inbox = Inbox(sqlite_database, tmp_path)
    inbox.put("products1.csv", GOOD)
    inbox.room.pull()
    inbox.put("products2.csv", "sku;name;weight\n0001;Hammer;1.234,50\n")
    assert inbox.room.pull().status == "stopped"
    assert len(inbox.room.products()) == 3
    assert counts(inbox.room.pull(full=True, accept_loss=True)) == ("ok", 1, 0, 0, 1, 2, 0)


def test_changes_are_taken_in_order_and_nothing_else_goes(sqlite_database: Database, tmp_path: Path) -> None:
    inbox = Inbox(sqlite_database, tmp_path, content="delta", deleted="gone", page=10)
    inbox.put("products1.csv", "sku;name;weight;gone\n1;one;1;\n2;two;2;\n1;one again;1;\n")
    inbox.put("products2.csv", "sku;name;weight;gone\n2;two;2;Y\n3;three;3;\n")
    assert inbox.room.pull().status == "ok"
    assert inbox.room.products() == {"1": "one again", "3": "three"}
    run = inbox.room.pull(full=True)
    assert (run.status, run.error) == (
        "failed",
        "connector.erp.stream.items: its files hold changes, there is no whole set",
    )


def test_bad_rows_are_set_aside_with_their_place(sqlite_database: Database, tmp_path: Path) -> None:
    inbox = Inbox(sqlite_database, tmp_path, max_loss=1.0)
    inbox.put(
        "products1.csv",
        "sku;name;weight\n1;one;1\n2;two\n3;three;1.5\n4;four;twelve\n;nobody;1\n6;six;6\n",
    )
    assert counts(inbox.room.pull()) == ("ok", 6, 2, 0, 0, 0, 4)
    with sqlite_database.session() as session:
        found = sorted(r.error for r in rejects(session))
    assert found == [
        "products1.csv, row 3: has 2 columns, the header has 3",
        "products1.csv, row 4: column weight: '1.5' is no number with decimal ','",
        "products1.csv, row 5: column weight: 'twelve' is no number with decimal ','",
        "products1.csv, row 6: the key is empty",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "products1.csv: is empty, it has not even a header row"),
        (b"weight;extra;name;sku\n1;1;x;1\n", None),
        (b"number;name\n1;x\n", "products1.csv, row 1: there is no column 'sku', 'weight'; the file has number, name"),
        (
            b"sku;sku;weight\n1;1;1\n",
            "products1.csv: the column names 'sku' occur more than once (merged header cells?)",
        ),
        (b"sku;name;weight\n1;S\xe4ge;1\n", "byte 0xE4 is no utf-8; declare the file's encoding"),
        (b'sku;name;weight\n1;one;1\n2;"cut off;2\n', "row 3: a quote is opened and never closed: the file is cut off"),
    ],
)
def test_a_file_that_is_not_as_declared_goes_to_failed_with_the_reason(
    content: bytes, message: str | None, sqlite_database: Database, tmp_path: Path
) -> None:
    inbox = Inbox(sqlite_database, tmp_path)
    inbox.put("products1.csv", content)
    run = inbox.room.pull()
    if message is None:  # another order of columns, and one that nothing uses, are nobody's problem
        assert run.status == "ok"
        return
    assert run.status == "failed"
    assert message in run.error
    assert inbox.names()["failed"] == ["products1.csv", "products1.csv.error.txt"]
    assert message in (inbox.folder / "failed" / "products1.csv.error.txt").read_text(encoding="utf-8")


def test_one_bad_file_of_changes_does_not_stop_the_others(sqlite_database: Database, tmp_path: Path) -> None:
    inbox = Inbox(sqlite_database, tmp_path, content="delta")
    inbox.put("products1.csv", "something else\n")
    inbox.put("products2.csv", GOOD)
    run = inbox.room.pull()
    assert (run.status, run.added) == ("failed", 3)
    assert inbox.names()["done"] == ["products2.csv"]


def test_a_file_being_written_is_left_alone(sqlite_database: Database, tmp_path: Path) -> None:
    inbox = Inbox(sqlite_database, tmp_path, settle="1h")
    path = inbox.put("products1.csv", GOOD)
    os.utime(path)
    assert inbox.room.pull().status == "empty"
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert inbox.room.pull().added == 3


def test_a_marker_says_that_the_file_is_complete(sqlite_database: Database, tmp_path: Path) -> None:
    inbox = Inbox(sqlite_database, tmp_path, complete="marker", marker=".ok")
    inbox.put("products1.csv", GOOD)
    assert inbox.room.pull().status == "empty"
    inbox.put("products1.csv.ok", "")
    assert inbox.room.pull().added == 3
    assert inbox.names()[""] == []


@pytest.mark.parametrize("content", ["full", "delta"])
@pytest.mark.parametrize("killed_after", [1, 2, 3])
def test_killed_after_any_page_the_file_is_read_to_its_end(
    killed_after: int, content: str, sqlite_database: Database, tmp_path: Path
) -> None:
    inbox = Inbox(sqlite_database, tmp_path, content=content, page=1, max_loss=0.5)
    inbox.put("products0.csv", "sku;name;weight\n0009;gone;1\n0001;Old name;1\n")
    inbox.room.pull()
    inbox.put("products1.csv", GOOD)
    assert inbox.room.pull_until_killed("items", killed_after)
    assert inbox.names()["processing"] == ["products1.csv"]
    assert inbox.room.pull().status == ("empty" if (content, killed_after) == ("delta", 3) else "ok")
    kept = {"0009"} if content == "delta" else set()
    assert set(inbox.room.products()) == {"0001", "0002", "0003"} | kept
    assert inbox.room.products()["0001"] == "Hammer"
    assert inbox.names() == {"": [], "processing": [], "done": ["products0.csv", "products1.csv"], "failed": []}


def test_rows_of_one_key_become_lists(sqlite_database: Database, tmp_path: Path) -> None:
    inbox = Inbox(sqlite_database, tmp_path, lists={"packs": ["unit", "pieces"]}, decimals=["pieces"])
    inbox.put("products1.csv", "sku;name;unit;pieces\n1;one;XCS;12\n1;one;XPX;480\n2;two;XCS;6\n")
    with inbox.room.connectors.open("erp") as source:
        pages = list(source.pull("items", None, datetime.now().astimezone()))
    records = [record for page in pages for record in page.records("items")]
    assert [(r.key, r.data) for r in records] == [
        (
            "1",
            {"sku": "1", "name": "one", "packs": [{"unit": "XCS", "pieces": "12"}, {"unit": "XPX", "pieces": "480"}]},
        ),
        ("2", {"sku": "2", "name": "two", "packs": [{"unit": "XCS", "pieces": "6"}]}),
    ]


def workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "List"
    sheet.append(["Products of the year"])
    sheet.append(["sku", "name", "weight", "since"])
    sheet.append(["00012", "Text keeps its zeros", 12.5, datetime(2026, 1, 31)])
    sheet.append([13, "A format shows zeros", 0.1, datetime(2026, 1, 31, 12, 30)])
    sheet["A4"].number_format = "00000"
    sheet.append([14, "A plain number", 3.0, 46053])
    sheet.append([15, "An error", "#N/A", None])
    book.save(path)


def test_a_sheet_gives_text_zeros_decimals_and_dates(sqlite_database: Database, tmp_path: Path) -> None:
    inbox = Inbox(
        sqlite_database, tmp_path, pattern="*.xlsx", sheet="List", header=2, dates=["since"], decimals=["weight"]
    )
    workbook(inbox.folder / "products.xlsx")
    os.utime(inbox.folder / "products.xlsx", (1, 1))
    with inbox.room.connectors.open("erp") as source:
        first, *_ = [page for page in source.pull("items", None, datetime.now().astimezone()) if page.rows]
    assert first.columns == ("sku", "name", "weight", "since")
    assert list(first.rows) == [
        ["00012", "Text keeps its zeros", "12.5", "2026-01-31"],
        ["00013", "A format shows zeros", "0.1", "2026-01-31"],
    ]
    run = inbox.room.pull(full=True, accept_loss=True)
    assert (run.added, run.rejected) == (3, 1)
    assert inbox.weights() == {"00012": "12.5", "00013": "0.1", "14": "3"}
    with sqlite_database.session() as session:
        (reject,) = rejects(session)
    assert reject.error == "products.xlsx, row 6: cell C6 holds the error #N/A"


def test_something_else_named_xlsx_is_said_to_be_none(sqlite_database: Database, tmp_path: Path) -> None:
    inbox = Inbox(sqlite_database, tmp_path, pattern="*.xlsx")
    inbox.put("products.xlsx", b"<html>please log in</html>")
    run = inbox.room.pull()
    assert run.status == "failed"
    assert run.error.startswith("products.xlsx: is no readable XLSX file")
