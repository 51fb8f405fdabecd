"""Opening a database, and what is said when it cannot be used."""

import multiprocessing
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from b2bsync.store import (
    Database,
    DatabaseBusy,
    DatabaseFull,
    DatabaseUnreachable,
    DatabaseUnwritable,
    begin_write,
    blobs,
    control_numbers,
    driver,
    open_database,
)
from b2bsync.store.stalled import end_stalled


def test_what_is_not_committed_is_undone(database: Database) -> None:
    with database.session() as session:
        control_numbers.set_last(session, "kept", 1)
        session.commit()
        control_numbers.set_last(session, "lost", 1)
    with pytest.raises(LookupError), database.session() as session:
        control_numbers.set_last(session, "lost too", 1)
        raise LookupError
    with database.session() as session:
        assert session.execute(text("select scope from control_number")).scalars().all() == ["kept"]


def test_sqlite_is_set_up_to_survive_a_power_cut(sqlite_database: Database) -> None:
    with sqlite_database.session() as session:
        found = {
            name: session.execute(text(f"pragma {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}


def test_postgresql_urls_name_the_driver_or_not(postgresql_url: str) -> None:
    for prefix in ("postgresql://", "postgres://", "postgresql+psycopg://"):
        database = open_database(postgresql_url.replace("postgresql://", prefix))
        assert database.url.startswith("postgresql+psycopg://postgres")
        assert (database.is_postgresql, database.is_sqlite) == (True, False)
        database.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://db/b2bsync", "'mysql' is not supported (allowed: sqlite, postgresql)"),
        ("b2bsync.db", "is not a URL (allowed: sqlite:///path/to/file.db, postgresql://user@host/name)"),
        ("sqlite://", "a database in memory cannot be shared"),
        ("sqlite:///:memory:", "a database in memory cannot be shared"),
    ],
)
def test_a_url_of_another_kind_is_refused(url: str, says: str) -> None:
    with pytest.raises(ValueError) as refused:
        open_database(url)
    assert says in str(refused.value)


def test_a_file_that_cannot_be_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachable, match=r"there is no folder .*/missing; create it"):
        open_database(f"sqlite:///{tmp_path}/missing/b2bsync.db")
    with pytest.raises(DatabaseUnreachable, match="is a folder; name a file in it"):
        open_database(f"sqlite:///{tmp_path}")
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(DatabaseUnreachable, match="the file is not a SQLite database"):
        open_database(f"sqlite:///{tmp_path}/letter.txt")


def test_a_read_only_file_is_refused_at_once(sqlite_database: Database, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnwritable, match=r"may be read only .*check the file's and its folder's permissions"):
        open_database(f"sqlite:///file:{tmp_path}/test.db?mode=ro&uri=true")


def test_a_full_disk_loses_nothing_that_was_committed(sqlite_database: Database) -> None:
    with sqlite_database.session() as session:
        first = blobs.put(session, [b"first"])
        session.commit()
    with pytest.raises(DatabaseFull, match="the disk or the database is full"), sqlite_database.session() as session:
        pages = session.execute(text("pragma page_count")).scalar_one()
        session.execute(text(f"pragma max_page_count = {pages + 10}"))
        blobs.put(session, [bytes(200_000)])
    with sqlite_database.session() as session:
        assert blobs.read_all(session, first.digest) == b"first"
        assert session.execute(text("select count(*) from blob")).scalar_one() == 1


def test_a_server_that_does_not_answer_or_refuses(postgresql_url: str) -> None:
    with pytest.raises(DatabaseUnreachable, match="cannot be reached or refuses us") as refused:
        open_database("postgresql://me:secret@127.0.0.1:1/b2bsync")
    assert "secret" not in str(refused.value)
    with pytest.raises(
        DatabaseUnreachable, match=r'database "missing_\d+" does not exist.*check that it runs, and the URL'
    ):
        open_database(postgresql_url.replace("/test_", "/missing_"))


def test_a_role_that_may_not_write_is_told_so(postgresql_database: Database) -> None:
    with postgresql_database.session() as session:
        session.execute(text("set default_transaction_read_only = on"))
        session.commit()
        with pytest.raises(DatabaseUnwritable, match="read only"), postgresql_database.session() as reader:
            reader.execute(text("set transaction read only"))
            control_numbers.draw(reader, "isa")


def test_a_writer_that_waits_too_long_is_told_so(sqlite_database: Database) -> None:
    with sqlite_database.session() as writer:
        begin_write(writer)
        with pytest.raises(DatabaseBusy, match="another process kept it locked"), sqlite_database.session() as late:
            late.execute(text("pragma busy_timeout = 10"))
            control_numbers.draw(late, "isa")


def test_readers_do_not_wait_for_the_writer(database: Database) -> None:
    with database.session() as writer, database.session() as reader:
        control_numbers.draw(writer, "isa")
        assert control_numbers.last(reader, "isa") is None  # neither blocks nor sees what is not committed
        writer.commit()
        reader.rollback()
        assert control_numbers.last(reader, "isa") == 1


def test_a_reader_does_not_keep_the_writer_waiting(sqlite_database: Database) -> None:
    with sqlite_database.session() as reader, sqlite_database.session() as writer:
        assert control_numbers.last(reader, "isa") is None
        writer.execute(text("pragma busy_timeout = 0"))
        control_numbers.draw(writer, "isa")
        writer.commit()
        control_numbers.draw(reader, "isa")  # a session that read first may write all the same
        reader.commit()
        assert control_numbers.last(writer, "isa") == 2


def test_begin_write_twice_is_once(sqlite_database: Database) -> None:
    with sqlite_database.session() as session:
        begin_write(session)
        begin_write(session)
        control_numbers.draw(session, "isa")
        begin_write(session)
        session.commit()
        assert control_numbers.last(session, "isa") == 1


def _draw(url: str, times: int, results: "multiprocessing.SimpleQueue[list[int] | str]") -> None:
    """Draws numbers in transactions that read before they write, as stages do."""
    try:
        database = open_database(url)
        drawn = []
        for _ in range(times):
            with database.session() as session:
                control_numbers.last(session, "isa")
                drawn.append(control_numbers.draw(session, "isa"))
                session.commit()
        results.put(drawn)
    except Exception as error:
        results.put(repr(error))


def test_two_processes_that_write_at_once_both_get_through(database: Database) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.SimpleQueue()
    processes = [context.Process(target=_draw, args=(database.url, 100, results)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    first, second = results.get(), results.get()
    assert sorted([*first, *second]) == list(range(1, 201))


def test_two_threads_that_claim_at_once_wait_for_each_other(sqlite_database: Database) -> None:
    taken: list[int] = []

    def draw() -> None:
        with sqlite_database.session() as session:
            taken.append(control_numbers.draw(session, "isa"))
            session.commit()

    with sqlite_database.session() as session:
        assert control_numbers.draw(session, "isa") == 1
        thread = threading.Thread(target=draw)
        thread.start()
        session.commit()
        thread.join()
    assert taken == [2]


def test_keys_that_do_not_exist_are_refused(sqlite_database: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError), sqlite_database.session() as session:
        raw = session.connection().connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.execute("insert into delivery_document (delivery_id, document_id) values (1, 1)")


@pytest.mark.parametrize("last", ["a statement", "a pipeline"])
def test_a_transaction_that_stands_still_lets_its_rows_go(postgresql_database: Database, last: str) -> None:
    """As one of a process that was frozen in the middle of it: others must be able to take its work over."""
    with postgresql_database.session() as session:
        control_numbers.set_last(session, "isa", 1)
        session.commit()
    impatient = open_database(postgresql_database.url, idle=1)
    with pytest.raises(DatabaseBusy, match="stood still for too long and was ended"), impatient.session() as frozen:
        control_numbers.draw(frozen, "isa")
        if last == "a pipeline":  # which is what executemany is; the server may miss that it stands still after one
            driver.execute_many(frozen, "update control_number set value = value where scope = ?", [("isa",)] * 100)
        with postgresql_database.session() as session:
            assert control_numbers.draw(session, "isa") == 2  # waits for the other one's end
            session.commit()
        control_numbers.draw(frozen, "isa")
    impatient.close()


@pytest.mark.parametrize("sent", ["half of a pipeline", "a pipeline"])
def test_a_transaction_that_stands_still_is_ended_by_others(postgresql_database: Database, sent: str) -> None:
    with postgresql_database.session() as session:
        control_numbers.set_last(session, "isa", 1)
        session.commit()
    url = postgresql_database.url.replace("+psycopg", "")
    with closing(psycopg.connect(url, application_name="b2bsync")) as frozen:
        frozen.execute("set idle_in_transaction_session_timeout = 1000")  # which does not count here
        frozen.execute("update control_number set value = 2")
        if sent == "half of a pipeline":
            frozen.pgconn.enter_pipeline_mode()
            frozen.pgconn.send_query_params(b"select 1", [])
            frozen.pgconn.send_flush_request()  # and no sync, which would be the pipeline's end
            frozen.pgconn.flush()
        else:
            with frozen.cursor() as cursor:
                cursor.executemany("update control_number set value = %s", [(3,), (2,)])
        time.sleep(2.0)
        assert end_stalled(postgresql_database, 60.0) == []  # not for long enough
        assert end_stalled(postgresql_database, 1.0) == [frozen.info.backend_pid]
        with postgresql_database.session() as session:
            assert control_numbers.draw(session, "isa") == 2  # its row is free, and as it was


@pytest.mark.parametrize(("the_server", "ours"), [("off", "on"), ("on", "on"), ("remote_write", "remote_write")])
def test_no_server_may_forget_what_was_committed(postgresql_url: str, the_server: str, ours: str) -> None:
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(f"alter database {connection.info.dbname} set synchronous_commit = '{the_server}'")
    database = open_database(postgresql_url)
    with database.session() as session:
        assert driver.fetch(session, "show synchronous_commit") == [(ours,)]
        session.rollback()
        assert driver.fetch(session, "show synchronous_commit") == [(ours,)]
    database.close()


def test_what_is_read_after_a_lock_is_what_stands_there_then(postgresql_database: Database) -> None:
    with postgresql_database.engine.connect() as connection:
        name = connection.execute(text("select current_database()")).scalar_one()
        connection.execute(text(f"alter database {name} set default_transaction_isolation = 'repeatable read'"))
        connection.commit()
    database = open_database(postgresql_database.url)
    with database.session() as session:
        assert session.execute(text("show transaction_isolation")).scalar_one() == "read committed"
    database.close()


def test_limits_of_the_url_stay(postgresql_database: Database) -> None:
    own = postgresql_database.url + "&options=-c%20statement_timeout%3D12345&keepalives_idle=7"
    database = open_database(own)
    with database.session() as session:
        assert session.execute(text("show statement_timeout")).scalar_one() == "12345ms"
        assert session.execute(text("show idle_in_transaction_session_timeout")).scalar_one() == "1min"
    assert (database.engine.url.query["keepalives_idle"], database.engine.url.query["keepalives_count"]) == ("7", "3")
    assert "idle_in_transaction" not in database.where
    database.close()


def test_a_connection_that_was_cut_is_told_in_our_words(postgresql_database: Database) -> None:
    """Beneath the session, where SQLAlchemy does not see it: closing the session fails, too."""
    unreachable = pytest.raises(DatabaseUnreachable, match="the server cannot be reached")
    with unreachable, postgresql_database.session() as session:
        [(pid,)] = driver.fetch(session, "select pg_backend_pid()")
        with postgresql_database.session() as other:
            other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        driver.fetch(session, "select 1")
    with postgresql_database.session() as session:
        assert driver.fetch(session, "select 1") == [(1,)]
