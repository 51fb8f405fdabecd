"""What check says (A1) and what nothing ever says (A11) on the sql connector."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from b2bsync.store import Database
from b2bsync.sync import ConfigError, Connectors
from tests.connectors.rooms import ITEMS, Erp, Room


def problems(settings: dict[str, Any], folder: Path) -> list[tuple[str, str, str]]:
    with Connectors({"erp": settings}, folder).open("erp") as connection:
        return [(p.kind, p.where, p.message) for p in connection.check().problems]


def test_all_is_well(erp: Erp, tmp_path: Path) -> None:
    assert problems(erp.settings(items=ITEMS), tmp_path) == []


def test_a_wrong_host_a_missing_database_and_a_missing_file(postgresql_url: str, tmp_path: Path) -> None:
    ((kind, where, message),) = problems({"use": "sql", "url": "postgresql://reader@127.0.0.1:1/erp"}, tmp_path)
    assert (kind, where) == ("unreachable", "connector.erp.url")
    assert "127.0.0.1" in message
    away = postgresql_url.replace("/test_", "/nowhere_")
    ((kind, _, message),) = problems({"use": "sql", "url": away}, tmp_path)
    assert kind == "missing"
    assert "does not exist" in message
    ((kind, _, message),) = problems({"use": "sql", "url": "sqlite:///away.db"}, tmp_path)
    assert kind == "unreachable"
    assert message == f"connector erp: there is no database file {tmp_path / 'away.db'}"
    assert not (tmp_path / "away.db").exists()


def test_a_wrong_password_is_told_apart_and_never_shown(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        name = connection.execute("SELECT current_database()").fetchone()[0]  # type: ignore[index]
        folder, port = connection.info.host, connection.info.port
        rules = Path(connection.execute("SHOW hba_file").fetchone()[0])  # type: ignore[index]
        before = rules.read_text()
        connection.execute(f"CREATE ROLE {name}_reader LOGIN PASSWORD 'right-horse'")
        rules.write_text(f"local {name} {name}_reader scram-sha-256\n" + before)
        connection.execute("SELECT pg_reload_conf()")
        try:
            url = f"postgresql://{name}_reader@/{name}?host={folder}&port={port}"
            settings: dict[str, Any] = {"use": "sql", "url": url, "password": {"env": "ERP_PASSWORD"}}
            monkeypatch.setenv("ERP_PASSWORD", "wrong-horse")
            ((kind, _, message),) = problems(settings, tmp_path)
            assert kind == "credentials"
            assert "password authentication failed" in message
            monkeypatch.setenv("ERP_PASSWORD", "right-horse")
            connection.execute("CREATE TABLE secret_prices (item_no TEXT, descr TEXT, price NUMERIC, chg TEXT)")
            settings["stream"] = {"items": {**ITEMS, "query": "SELECT * FROM secret_prices"}}
            ((kind, where, said),) = problems(settings, tmp_path)
            assert (kind, where) == ("permission", "connector.erp.stream.items")
            assert "permission denied for table secret_prices" in said
            assert "horse" not in message + said + caplog.text
        finally:
            rules.write_text(before)
            connection.execute("SELECT pg_reload_conf()")
            connection.execute(f"DROP ROLE {name}_reader")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"query": "SELECT * FROM article"}, "article"),
        ({"query": "SELECT item_no, descr, cost FROM item"}, "cost"),
        (
            {"key": "item_number"},
            "connector.erp.stream.items.key: there is no column 'item_number'; the query gives item_no,",
        ),
        ({"cursor": "changed"}, "connector.erp.stream.items.cursor: there is no column 'changed'"),
        ({"query": "SELECT item_no, item_no, chg FROM item"}, "connector.erp.stream.items.query: gives item_no twice"),
        ({"keys": "SELECT item_no, chg FROM item"}, "connector.erp.stream.items.keys: gives 2 columns, the key has 1"),
        (
            {"children": {"units": {"query": "SELECT descr FROM item WHERE item_no IN :keys"}}},
            "connector.erp.stream.items.children.units.key: the query must give the column 'item_no'",
        ),
    ],
)
def test_a_missing_table_or_column_is_named(changes: dict[str, Any], said: str, erp: Erp, tmp_path: Path) -> None:
    ((kind, where, message),) = problems(erp.settings(items={**ITEMS, **changes}), tmp_path)
    assert (kind, where) == ("missing", "connector.erp.stream.items")
    assert said in message


def test_a_push_statement_is_planned_and_not_run(erp: Erp, tmp_path: Path) -> None:
    push = {
        "mapping": "order",
        "find": "SELECT item_no FROM item WHERE descr = :idem",
        "create": "INSERT INTO item (item_no, descr) VALUES (:number, :idem)",
        "confirm": "UPDATE item SET state = 'R' WHERE item_no = :ref",
        "read_back": "SELECT * FROM item WHERE item_no = :ref",
    }
    settings = {**erp.settings(), "push": {"order": push}}
    ((kind, where, message),) = problems(settings, tmp_path)
    assert (kind, where) == ("missing", "connector.erp.push.order")
    assert "push order: confirm" in message
    assert "state" in message
    assert erp.rows("SELECT * FROM item") == []


def test_a_failed_run_says_which_statement(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    room = Room(sqlite_database, tmp_path, erp.settings(items={**ITEMS, "query": "SELECT * FROM article"}))
    run = room.pull()
    assert run.status == "failed"
    assert "stream items: query" in run.error
    assert "article" in run.error


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"use": "sql", "url": "sqlite:///erp.db", "streams": {}},
            "connector.erp.streams: unknown key. Did you mean 'stream'?",
        ),
        ({"use": "sql"}, "connector.erp: object missing required field `url`"),
        ({"use": "sqll", "url": "x"}, "connector.erp.use: there is no connector 'sqll'. Known: files, sql"),
        ({"url": "x"}, "connector.erp.use: names the kind of connector and is missing"),
        (
            {"use": "sql", "url": "sqlite:///x", "stream": {"items": {**ITEMS, "page": 0}}},
            "connector.erp.stream[...]: page is 0; allowed are 1 to 100000 rows",
        ),
        (
            {"use": "sql", "url": "sqlite:///x", "stream": {"items": {**ITEMS, "query": "DELETE FROM item"}}},
            "query must be a SELECT (or WITH … SELECT); it begins with 'DELETE'",
        ),
        (
            {"use": "sql", "url": "sqlite:///x", "stream": {"items": {**ITEMS, "lookback": "5 minutes"}}},
            "lookback: '5 minutes' is no duration; write a whole number and s, m, h or d, such as 5m",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(settings: dict[str, Any], said: str, tmp_path: Path) -> None:
    (problem,) = Connectors({"erp": settings}, tmp_path).check()
    assert said in problem


def test_a_password_in_the_configuration_is_refused_without_repeating_it(tmp_path: Path) -> None:
    settings = {"use": "sql", "url": "postgresql://reader:hunter2@db/erp"}
    with (
        pytest.raises(ConfigError, match="holds a password") as refused,
        Connectors({"erp": settings}, tmp_path).open("erp"),
    ):
        pass
    assert "hunter2" not in str(refused.value)


def test_a_secret_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = {"use": "sql", "url": {"env": "NO_SUCH_VARIABLE"}}
    with (
        pytest.raises(ConfigError, match=r"connector\.erp\.url: the environment variable NO_SUCH_VARIABLE is not set"),
        Connectors({"erp": settings}, tmp_path).open("erp"),
    ):
        pass
