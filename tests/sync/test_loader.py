"""Connector modules: a workspace's own, its overrides, and documents that go to a sink."""

from pathlib import Path
from typing import Any

import pytest

from b2bsync.store import Database
from b2bsync.sync import ConfigError, Connectors, Modules, Pulled
from tests.connectors.rooms import Room, counts

MEMO = '''
"""A connector in one file: a list from its settings."""
from collections.abc import Iterator
from datetime import datetime
import msgspec
from b2bsync.sync import Capability, CheckResult, Context, Discovery, Page, StreamInfo, StreamSettings, digest_of

class Stream(StreamSettings, kw_only=True, forbid_unknown_fields=True):
    rows: list[list[str]]

class Settings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    stream: dict[str, Stream]

def connect(settings: Settings, context: Context) -> "Memo":
    return Memo(settings)

class Memo:
    COLUMNS = ("key", "number")
    def __init__(self, settings): self.settings = settings
    def check(self): return CheckResult("memo")
    def close(self): pass
    def discover(self):
        info = StreamInfo("list", ("key",), None, self.COLUMNS, digest_of(self.COLUMNS))
        return Discovery("memo", (info,), (Capability("list", "native"),))
    def list_keys(self, stream): yield [row[0] for row in self.settings.stream[stream].rows]
    def pull(self, stream, cursor, until, *, full=False):
        rows = self.settings.stream[stream].rows
        yield Page(self.COLUMNS, rows, [row[0] for row in rows], whole=True, complete=True)
'''


def workspace(folder: Path, name: str, text: str) -> None:
    (folder / "connectors").mkdir(exist_ok=True)
    (folder / "connectors" / f"{name}.py").write_text(text, encoding="utf-8")


def test_the_shipped_connectors_are_found(tmp_path: Path) -> None:
    assert [(name, hidden) for name, _, hidden in Modules(tmp_path).names()] == [("files", False), ("sql", False)]


def test_a_workspaces_file_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    workspace(tmp_path, "sql", MEMO)
    assert [(name, hidden) for name, _, hidden in Modules(tmp_path).names()] == [("files", False), ("sql", True)]
    module = Modules(tmp_path).load("sql", "connector.erp.use")
    assert module.__doc__ == "A connector in one file: a list from its settings."


def test_what_is_no_connector_is_said_to_be_none(tmp_path: Path) -> None:
    workspace(tmp_path, "broken", "import no_such_module_anywhere")
    workspace(tmp_path, "empty", "")
    with pytest.raises(ConfigError, match="cannot be loaded: ModuleNotFoundError: No module named 'no_such_module_any"):
        Modules(tmp_path).load("broken", "connector.erp.use")
    with pytest.raises(ConfigError, match=r"empty\.py is no connector: it has no Settings"):
        Modules(tmp_path).load("empty", "connector.erp.use")


def test_one_that_is_not_configured_is_named(tmp_path: Path) -> None:
    connectors = Connectors({"erp": {"use": "sql", "url": "sqlite:///erp.db"}}, tmp_path)
    with pytest.raises(ConfigError, match=r"connector\.webshop: is not configured\. Configured: erp"):
        connectors.settings("webshop")
    with pytest.raises(ConfigError, match=r"connector\.erp\.stream\.stock: is not configured\. Streams: none"):
        connectors.stream("erp", "stock")


NOTICES = """
document = "ShipNotice"
dialect = "record"
[fields]
number = "number"
"""


def test_documents_go_to_their_sink_in_the_pages_transaction(sqlite_database: Database, tmp_path: Path) -> None:
    workspace(tmp_path, "memo", MEMO)
    taken: list[Pulled] = []

    def sink(session: Any, origin: Any, stream: str, records: Any) -> int:
        assert (origin.source, stream) == ("erp.list", "list")
        new = [record for record in records if record.key not in {p.key for p in taken}]
        taken.extend(new)
        return len(new)

    rows = [["1", "S-1"], ["2", "S-2"]]
    settings = {"use": "memo", "stream": {"list": {"mapping": "notices", "rows": rows}}}
    room = Room(sqlite_database, tmp_path, settings, ShipNotice=sink)
    room.mapping("notices", NOTICES)
    assert counts(room.pull("list")) == ("ok", 2, 2, 0, 0, 0, 0)
    assert [(p.key, p.record["number"], p.value.number) for p in taken] == [("1", "S-1", "S-1"), ("2", "S-2", "S-2")]
    assert counts(room.pull("list", full=True)) == ("ok", 2, 0, 0, 2, 0, 0)


def test_a_sink_that_fails_stores_nothing_of_the_page(sqlite_database: Database, tmp_path: Path) -> None:
    workspace(tmp_path, "memo", MEMO)

    def sink(session: Any, origin: Any, stream: str, records: Any) -> int:
        raise RuntimeError("the order is unknown")

    settings = {"use": "memo", "stream": {"list": {"mapping": "notices", "rows": [["1", "S-1"]]}}}
    room = Room(sqlite_database, tmp_path, settings, ShipNotice=sink)
    room.mapping("notices", NOTICES)
    run = room.pull("list")
    assert (run.status, run.error, run.read) == ("failed", "RuntimeError: the order is unknown", 0)
    assert room.query("SELECT * FROM sync_cursor") == []


def test_documents_without_a_sink_are_refused_at_once(sqlite_database: Database, tmp_path: Path) -> None:
    workspace(tmp_path, "memo", MEMO)
    settings = {"use": "memo", "stream": {"list": {"mapping": "notices", "rows": []}}}
    room = Room(sqlite_database, tmp_path, settings)
    room.mapping("notices", NOTICES)
    assert "mapping notices makes a ShipNotice, which nothing here takes" in room.pull("list").error


def test_a_mapping_that_is_not_there_fails_the_run(sqlite_database: Database, tmp_path: Path) -> None:
    workspace(tmp_path, "memo", MEMO)
    settings = {"use": "memo", "stream": {"list": {"mapping": "notice", "rows": []}}}
    room = Room(sqlite_database, tmp_path, settings)
    room.mapping("notices", NOTICES)
    run = room.pull("list")
    assert run.status == "failed"
    assert "there is no mapping 'notice'; did you mean 'notices'?" in run.error
