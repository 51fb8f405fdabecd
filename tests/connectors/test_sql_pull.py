"""The acceptance suite for pulls (A2 to A7, A10) on the sql connector; rung 1: real SQLite and PostgreSQL."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from b2bsync.store import Database
from b2bsync.sync import StreamBusy, rejects
from tests.connectors.rooms import ITEMS, Erp, Room, counts

T1, T2, T3 = "2026-01-01 10:00:00", "2026-01-01 11:00:00", "2026-01-01 12:00:00"


def seven(erp: Erp) -> None:
    erp.items([(f"A{i}", f"thing {i}", "1.5", T1 if i < 4 else T2) for i in range(1, 8)])


def test_first_pull_takes_everything_and_a_second_changes_nothing(
    sqlite_database: Database, erp: Erp, tmp_path: Path
) -> None:
    seven(erp)
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    assert counts(room.pull()) == ("ok", 7, 7, 0, 0, 0, 0)
    assert room.products() == {f"A{i}": f"thing {i}" for i in range(1, 8)}
    # A3: only the overlap before the last change is read again, and nothing in it is new
    assert counts(room.pull()) == ("ok", 4, 0, 0, 4, 0, 0)


def test_pull_into_postgresql(postgresql_database: Database, erp: Erp, tmp_path: Path) -> None:
    seven(erp)
    room = Room(postgresql_database, tmp_path, erp.settings(items=ITEMS))
    assert counts(room.pull()) == ("ok", 7, 7, 0, 0, 0, 0)
    erp.run(f"UPDATE item SET descr = 'new', chg = '{T3}' WHERE item_no = 'A2'")
    assert counts(room.pull()) == ("ok", 5, 0, 1, 4, 0, 0)
    assert counts(room.pull(full=True)) == ("ok", 7, 0, 0, 7, 0, 0)
    assert room.products()["A2"] == "new"


def test_a_change_is_taken_over_and_nothing_else_is_read(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    seven(erp)
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.pull()
    erp.run(f"UPDATE item SET descr = 'renamed', chg = '{T3}' WHERE item_no = 'A1'")
    erp.items([("A9", "late but stamped", "2", T3)])
    # four of 11:00 are in the overlap, A1 and A9 are new
    assert counts(room.pull()) == ("ok", 6, 1, 1, 4, 0, 0)
    assert (room.products()["A1"], room.products()["A9"]) == ("renamed", "late but stamped")


def test_equal_stamps_across_page_borders_all_arrive(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    erp.items([("A0", "first", "1", T1)])
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.pull()
    erp.items([(f"B{i:02}", "equal", "1", T2) for i in range(10)])  # A5: ten of one second, three to a page
    assert counts(room.pull()) == ("ok", 11, 10, 0, 1, 0, 0)
    assert len(room.products()) == 11


def test_a_row_that_commits_late_is_found_in_the_overlap(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    erp.items([("A1", "on time", "1", "2026-01-01 10:00:00")])
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.pull()
    erp.items([("A2", "stamped before, committed after", "1", "2026-01-01 09:56:00")])
    erp.items([("A3", "too late for an overlap of five minutes", "1", "2026-01-01 09:54:00")])
    assert counts(room.pull()) == ("ok", 2, 1, 0, 1, 0, 0)
    assert sorted(room.products()) == ["A1", "A2"]
    room.pull(full=True)
    assert sorted(room.products()) == ["A1", "A2", "A3"]


def test_rows_without_a_stamp_or_with_one_of_the_far_future_arrive(
    sqlite_database: Database, erp: Erp, tmp_path: Path
) -> None:
    erp.items([("A1", "normal", "1", T1), ("A2", "mistyped", "1", "2999-01-01 00:00:00")])
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.pull()
    erp.items([("A3", "created, never updated", "1", None), ("A4", "normal", "1", T2)])  # A6
    room.pull()
    assert sorted(room.products()) == ["A1", "A2", "A3", "A4"]
    erp.run(f"UPDATE item SET descr = 'changed' , chg = '{T3}' WHERE item_no = 'A4'")
    assert room.pull().changed == 1  # the mistyped stamp has not carried the cursor to 2999


@pytest.mark.parametrize("killed_after", [1, 2, 3, 4])
def test_killed_after_any_page_the_first_load_goes_on(
    killed_after: int, sqlite_database: Database, erp: Erp, tmp_path: Path
) -> None:
    seven(erp)  # pages of 3, 3, 1 and the end
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    assert room.pull_until_killed("items", killed_after)
    run = room.pull()
    assert (run.status, len(room.products())) == ("ok", 7)
    assert run.added == max(0, 7 - 3 * killed_after)
    first, second = room.query("SELECT status, error FROM sync_run ORDER BY id")
    assert (first.status, second.status) == ("failed", "ok")
    assert first.error == "interrupted: the process ended before the run did"
    assert counts(room.pull()) == ("ok", 4, 0, 0, 4, 0, 0)


@pytest.mark.parametrize("killed_after", [1, 2, 3, 4])
def test_killed_after_any_page_of_changes_the_next_run_loses_nothing(
    killed_after: int, sqlite_database: Database, erp: Erp, tmp_path: Path
) -> None:
    seven(erp)
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.pull()
    erp.run("UPDATE item SET descr = 'again', chg = '2026-01-01 12:30:00'")
    assert room.pull_until_killed("items", killed_after)
    erp.items([("A8", "meanwhile", "1", "2026-01-01 12:31:00")])
    assert room.pull().status == "ok"
    assert room.products() == {f"A{i}": "again" for i in range(1, 8)} | {"A8": "meanwhile"}


@pytest.mark.parametrize("killed_after", [1, 2, 3])
def test_a_killed_full_run_removes_nothing_it_has_not_looked_for(
    killed_after: int, sqlite_database: Database, erp: Erp, tmp_path: Path
) -> None:
    seven(erp)
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.pull()
    erp.run("DELETE FROM item WHERE item_no = 'A5'")
    assert room.pull_until_killed("items", killed_after, full=True)
    assert counts(room.pull(full=True))[:2] == ("ok", 6)
    assert sorted(room.products()) == ["A1", "A2", "A3", "A4", "A6", "A7"]


def test_a_full_run_finds_deletes_and_an_incremental_one_does_not(
    sqlite_database: Database, erp: Erp, tmp_path: Path
) -> None:
    seven(erp)
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.pull()
    erp.run("DELETE FROM item WHERE item_no = 'A2'")
    assert room.pull().removed == 0
    assert counts(room.pull(full=True)) == ("ok", 6, 0, 0, 6, 1, 0)  # A7
    assert "A2" not in room.products()


def test_a_full_run_that_would_lose_too_much_stops_and_says_how_to_allow_it(
    sqlite_database: Database, erp: Erp, tmp_path: Path
) -> None:
    seven(erp)
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.pull()
    erp.run("DELETE FROM item WHERE item_no IN ('A2', 'A3')")
    run = room.pull(full=True)
    assert (run.status, run.removed, len(room.products())) == ("stopped", 0, 7)
    assert run.error == (
        "2 of 7 known records are missing at the source, more than 20%. Nothing was removed. "
        "If this is right, run it again with --full --accept-loss"
    )
    assert counts(room.pull(full=True, accept_loss=True)) == ("ok", 5, 0, 0, 5, 2, 0)
    assert len(room.products()) == 5


def test_an_emptied_source_is_no_success(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    assert counts(room.pull()) == ("empty", 0, 0, 0, 0, 0, 0)
    seven(erp)
    room.pull()
    erp.run("DELETE FROM item")
    assert room.pull(full=True).status == "stopped"
    assert len(room.products()) == 7


def test_bad_records_are_set_aside_and_resolved_by_a_good_one(
    sqlite_database: Database, erp: Erp, tmp_path: Path
) -> None:
    seven(erp)
    erp.run("UPDATE item SET descr = NULL WHERE item_no = 'A4'")
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.mapping("products", PICKY)
    assert counts(room.pull()) == ("ok", 7, 6, 0, 0, 0, 1)
    with sqlite_database.session() as session:
        (reject,) = rejects(session, connector="erp")
    assert reject.key == "A4"
    assert '"item_no":"A4"' in reject.record
    assert "descr" in reject.error
    assert counts(room.pull()) == ("ok", 4, 0, 0, 3, 0, 1)  # it comes again in the overlap, and is one reject still
    with sqlite_database.session() as session:
        assert len(rejects(session)) == 1
    erp.run(f"UPDATE item SET descr = 'repaired', chg = '{T3}' WHERE item_no = 'A4'")
    assert room.pull().added == 1
    with sqlite_database.session() as session:
        assert rejects(session) == []
    assert room.products()["A4"] == "repaired"


PICKY = """
document = "Product"
dialect = "record"
[fields]
key = "item_no"
sku = "descr"
name = "descr"
"""


def test_a_bad_new_version_leaves_the_old_one_in_place(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    seven(erp)
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.mapping("products", PICKY)
    room.pull()
    erp.run(f"UPDATE item SET descr = NULL, chg = '{T3}' WHERE item_no = 'A4'")
    assert counts(room.pull(full=True)) == ("ok", 7, 0, 0, 6, 0, 1)
    assert room.products()["A4"] == "thing 4"


def test_a_run_of_nothing_but_bad_records_is_failed_and_keeps_its_place(
    sqlite_database: Database, erp: Erp, tmp_path: Path
) -> None:
    erp.items([("A1", "", "1", T1), ("A2", "", "1", T1)])
    erp.run("UPDATE item SET descr = NULL")
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.mapping("products", PICKY)
    run = room.pull()
    assert (run.status, run.error) == ("failed", "every one of the 2 records was refused; see the rejects")
    assert room.query("SELECT * FROM sync_cursor") == []


def test_more_rejects_than_the_share_stop_a_full_run(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    seven(erp)
    erp.run("UPDATE item SET descr = NULL WHERE item_no IN ('A1', 'A2')")
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.mapping("products", PICKY)
    run = room.pull(full=True)
    assert (run.status, run.added, run.rejected) == ("stopped", 5, 2)
    assert run.error.startswith("2 of 7 records were refused, more than 20%. Nothing was removed.")


def test_every_amount_arrives_exactly(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    erp.run("DROP TABLE item")
    kind = "NUMERIC(25, 6)" if erp.engine.dialect.name == "postgresql" else "TEXT"
    erp.run(f"CREATE TABLE item (item_no VARCHAR(20) PRIMARY KEY, descr VARCHAR(50), price {kind}, chg VARCHAR(30))")
    amounts = ["1234567890123456789.012345", "0.1", "-0.000001", "12.5"]
    for i, amount in enumerate(amounts):
        erp.run(f"INSERT INTO item VALUES ('A{i}', 'x', '{amount}', '{T1}')")
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    assert room.pull().added == 4
    assert [row.weight for row in room.query("SELECT weight FROM product ORDER BY key")] == amounts


def test_the_keys_alone_find_deletes(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    seven(erp)
    room = Room(sqlite_database, tmp_path, erp.settings(items={**ITEMS, "keys": "SELECT item_no FROM item"}))
    room.pull()
    erp.run("DELETE FROM item WHERE item_no = 'A2'")
    erp.items([("A8", "new, for the next run", "1", T1)])
    run = room.pull(keys_only=True)
    assert (run.mode, *counts(run)) == ("keys", "ok", 7, 0, 0, 6, 1, 0)
    assert sorted(room.products()) == ["A1", "A3", "A4", "A5", "A6", "A7"]
    erp.run("DELETE FROM item WHERE item_no < 'A7'")
    assert room.pull(keys_only=True).status == "stopped"


def test_without_a_cursor_every_run_is_a_full_one(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    seven(erp)
    room = Room(sqlite_database, tmp_path, erp.settings(items={k: v for k, v in ITEMS.items() if k != "cursor"}))
    assert room.pull().mode == "full"
    erp.run("DELETE FROM item WHERE item_no = 'A7'")
    assert counts(room.pull()) == ("ok", 6, 0, 0, 6, 1, 0)


def test_numbers_as_cursor_step_back_by_a_number(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    erp.run("CREATE TABLE part (no VARCHAR(9) PRIMARY KEY, name VARCHAR(9), version BIGINT)")
    erp.run("INSERT INTO part VALUES ('P1', 'one', 100), ('P2', 'two', 101)")
    parts = {
        "mapping": "parts",
        "query": "SELECT no, name, version FROM part",
        "key": "no",
        "cursor": "version",
        "lookback": 5,
    }
    room = Room(sqlite_database, tmp_path, erp.settings(parts=parts))
    room.mapping("parts", 'document = "Product"\ndialect = "record"\n[fields]\nkey = "no"\nsku = "no"\nname = "name"\n')
    assert room.pull("parts").added == 2
    erp.run("INSERT INTO part VALUES ('P3', 'late', 97), ('P4', 'too late', 95)")
    assert counts(room.pull("parts")) == ("ok", 3, 1, 0, 2, 0, 0)


def test_deleted_flags_remove_in_an_incremental_run(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    seven(erp)
    query = "SELECT item_no, descr, price, chg, CASE WHEN price < 0 THEN 'Y' ELSE 'N' END AS gone FROM item"
    room = Room(sqlite_database, tmp_path, erp.settings(items={**ITEMS, "query": query, "deleted": "gone"}))
    room.pull()
    erp.run(f"UPDATE item SET price = -1, chg = '{T3}' WHERE item_no = 'A7'")
    assert room.pull().removed == 1
    assert "A7" not in room.products()


def test_a_key_that_comes_twice_is_set_aside(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    erp.items([("A1", "same", "1", T1), ("A2", "same", "2", T1)])
    items = {**ITEMS, "key": "descr", "tie": "item_no"}
    room = Room(sqlite_database, tmp_path, erp.settings(items=items))
    room.pull()
    with sqlite_database.session() as session:
        (reject,) = rejects(session)
    assert reject.error == "the key 'same' came twice: the key columns do not identify a record"


def test_the_query_may_say_its_own_bounds(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    seven(erp)
    query = (
        "SELECT item_no, descr, price, chg FROM item WHERE CAST(:lo AS VARCHAR(30)) IS NULL OR chg > :lo"
        " OR (chg = :lo AND item_no > :tie) ORDER BY chg, item_no LIMIT :limit"
    )
    room = Room(sqlite_database, tmp_path, erp.settings(items={**ITEMS, "query": query, "page": 3}))
    assert counts(room.pull()) == ("ok", 7, 7, 0, 0, 0, 0)
    erp.run(f"UPDATE item SET descr = 'x', chg = '{T3}' WHERE item_no = 'A1'")
    assert room.pull().changed == 1


def test_a_changed_mapping_reads_everything_again(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    seven(erp)
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    room.pull()
    room.mapping("products", PICKY)
    run = room.pull()
    assert (run.mode, run.changed) == ("full", 7)
    assert run.warnings == ["the mapping products has changed: everything is read again"]


def test_what_pull_gives_is_what_discover_said(sqlite_database: Database, erp: Erp, tmp_path: Path) -> None:
    seven(erp)  # A2
    room = Room(sqlite_database, tmp_path, erp.settings(items=ITEMS))
    with room.connectors.open("erp") as source:
        (stream,) = source.discover().streams
        pages = list(source.pull("items", None, datetime.now(UTC)))
    assert (stream.name, stream.key, stream.cursor) == ("items", ("item_no",), "chg")
    assert {page.columns for page in pages} == {stream.columns} == {("item_no", "descr", "price", "chg")}
    assert [record.key for page in pages for record in page.records("items")] == [f"A{i}" for i in range(1, 8)]


def test_two_runs_of_one_stream_never_overlap(database: Database, erp: Erp, tmp_path: Path) -> None:
    seven(erp)
    room = Room(database, tmp_path, erp.settings(items=ITEMS))
    refused: list[str] = []

    def second(_: object) -> None:
        with pytest.raises(StreamBusy) as busy:
            room.puller().run("erp", "items")
        refused.append(str(busy.value))

    assert room.pull(progress=second).status == "ok"
    assert set(refused) == {
        "MAIN.production.erp.items is being synchronised by another run; wait for it or stop that one"
    }
    assert [row.status for row in room.query("SELECT status FROM sync_run")] == ["ok"]


def test_reading_never_writes(sqlite_database: Database, postgresql_url: str, tmp_path: Path) -> None:
    erp = Erp(create_engine(postgresql_url.replace("postgresql://", "postgresql+psycopg://")), postgresql_url)
    erp.run("CREATE TABLE item (item_no VARCHAR(20), chg VARCHAR(30))")
    erp.run("INSERT INTO item VALUES ('A1', '2026-01-01')")
    query = "WITH gone AS (DELETE FROM item RETURNING *) SELECT * FROM gone LIMIT :limit"
    room = Room(sqlite_database, tmp_path, erp.settings(items={**ITEMS, "query": query}))
    run = room.pull()
    assert run.status == "failed"
    assert "in a read-only transaction" in run.error
    assert erp.rows("SELECT item_no FROM item") == [("A1",)]
    erp.engine.dispose()
