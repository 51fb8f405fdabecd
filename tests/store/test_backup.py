"""Backups: every value comes back exactly, on either database, at flat memory, and a damaged file changes nothing."""

import gzip
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import tracemalloc
import zlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select, text
from sqlmodel import SQLModel

from b2bsync.store import Database, DatabaseNotMigrated, blobs, claims, control_numbers, journal, open_database
from b2bsync.store.backup import (
    Backup,
    BackupDamaged,
    BackupError,
    BackupTooNew,
    NotEmpty,
    filled,
    load,
    make_empty,
    new_file,
    numbers_drawn,
    read_backup,
    refuse_open,
    replace_database,
    write_backup,
)
from b2bsync.store.backup.file import Header, Writer
from b2bsync.store.backup.shape import TableShape, shapes
from b2bsync.store.migrations import OLDEST, check_version, newest_revision
from b2bsync.store.tables import InstallationFact, table_of

VALUES: dict[str, list[Any]] = {
    "text": ["plain", "Ünïcode ☃ 𝄞", "quote ' \" \\ \\N tab\t line\nbreak\r", ""],
    "integer": [1, 0, -7, 2_000_000_000],
    "decimal": [
        Decimal("1234567890123456789012345"), Decimal("-0.000000000001"), Decimal("1000000"),
        Decimal("-1234567890123.123456789012"),
    ],
    "moment": [
        datetime(2026, 3, 2, 12, 30, tzinfo=UTC), datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2038, 1, 19, 3, 14, 8, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC),
    ],
    "day": [date(2026, 2, 28), date(1900, 1, 1), date(9999, 12, 31), date(2024, 2, 29)],
    "boolean": [True, False, True, False],
    "bytes": [b"\x00\xff\n\r\\", b"", bytes(range(256)), b"ISA*00*"],
}  # fmt: skip


def rows_for(table: Table, shape: TableShape, before: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Four rows with every kind of value; keys differ, references lead somewhere, and what may be null is, once."""
    rows = []
    unique = {c.name for c in table.primary_key.columns}
    for constraint in [*table.constraints, *table.indexes]:
        if getattr(constraint, "unique", True) and hasattr(constraint, "columns"):
            unique |= {c.name for c in constraint.columns}
    for n in range(4):
        row: dict[str, Any] = {}
        for column, kind in zip(table.columns, shape.kinds, strict=True):
            [*references] = column.foreign_keys
            value = VALUES[kind][n]
            if references:
                to = references[0].column
                others = before.get(to.table.name, rows)
                value = others[n][to.name] if n < len(others) else None if column.nullable else others[0][to.name]
            elif column.name in unique:
                value = {"text": f"{value}#{n}", "integer": 10 * n + 1}.get(kind, value)
            if n == 1 and column.nullable:
                value = None
            row[column.name] = value
        rows.append(row)
    return rows


def fill(database: Database) -> None:
    """Every table gets rows."""
    before: dict[str, list[dict[str, Any]]] = {}
    with database.session() as session:
        for shape, table in shapes():
            before[table.name] = rows_for(table, shape, before)
            session.execute(insert(table), before[table.name])
        session.commit()


def content(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of ours, as the program reads them; but for what each migration notes of itself."""
    with database.session() as session:
        session.execute(delete(InstallationFact).where(table_of(InstallationFact).c.key == OLDEST))
        return {
            name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for name, table in SQLModel.metadata.tables.items()
        }


def backup(database: Database, path: Path, **options: Any) -> Backup:
    return write_backup(database, path, stage="production", company="MAIN", node="main", program="1.0", **options)


def restored(path: Path, url: str) -> Database:
    """The backup in an empty database."""
    found = read_backup(path)
    if url.startswith("sqlite"):
        target = Path(url.removeprefix("sqlite:///"))
        with new_file(target) as new:
            with filled(new) as (_, session):
                load(session, found)
                session.commit()
            replace_database(new, target, replace=False)
        return open_database(url)
    database = open_database(url)
    with database.session() as session:
        make_empty(session, database.where)
        load(session, found)
        session.commit()
    return database


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where to restore to; not where the backup is taken."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'restored.db'}"
    return str(request.getfixturevalue("postgresql_url"))


def test_every_row_of_every_table_comes_back_on_either_database(
    database: Database, empty_url: str, tmp_path: Path
) -> None:
    fill(database)
    made = backup(database, tmp_path / "a.backup")
    assert set(made.rows) == set(SQLModel.metadata.tables)
    assert {name: n for name, n in made.rows.items() if n != 4} == {"installation": 5}
    again = restored(made.path, empty_url)
    try:
        check_version(again)
        found, wanted = content(again), content(database)
        for name in wanted:
            assert found[name] == wanted[name], name
        # The next row does not get a number that is taken.
        with again.session() as session:
            events = [journal.NewEvent(subject="lane", subject_id="a", what="new")]
            journal.add_events(session, events)
            newest = session.execute(text("select max(id) from event")).scalar_one()
            assert newest == max(row[0] for row in wanted["event"]) + 1
        with open_database(again.url).session() as session:
            assert session.execute(text("select count(*) from event")).scalar_one() == 4
    finally:
        again.close()


def test_a_backup_says_what_it_is(database: Database, tmp_path: Path) -> None:
    before = datetime.now(UTC)
    made = backup(database, tmp_path / "a.backup")
    assert read_backup(tmp_path / "a.backup") == made
    assert (made.header.stage, made.header.company, made.header.node) == ("production", "MAIN", "main")
    assert (made.header.program, made.header.revision) == ("1.0", newest_revision())
    assert made.header.database == ("sqlite" if database.is_sqlite else "postgresql")
    assert before <= datetime.fromisoformat(made.header.created_at) <= datetime.now(UTC)
    assert made.size == (tmp_path / "a.backup").stat().st_size
    assert (tmp_path / "a.backup").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir() if "a.backup" in p.name] == ["a.backup"]


def test_it_is_one_moment_while_others_go_on_writing(database: Database, empty_url: str, tmp_path: Path) -> None:
    """Each commit writes two rows that belong together; a backup has both or none."""
    stop = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        while not stop.is_set():
            with database.session() as session:
                claims.claim(session, "first", [(str(written), "message:1")], None)
                control_numbers.draw(session, "isa")
                claims.claim(session, "second", [(str(written), "message:1")], None)
                session.commit()
            written += 1

    with database.session() as session:
        for n in range(40):  # something to read in between: tables come in the order of their references
            blobs.put(session, [random.Random(n).randbytes(60_000)])
        session.commit()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        while written < 3:
            assert writer.is_alive()
        for n in range(3):
            backup(database, tmp_path / f"{n}.backup")
        seen = written
        while written < seen + 3:
            assert writer.is_alive()
    finally:
        stop.set()
        writer.join()
    again = restored(tmp_path / "2.backup", empty_url)
    with again.session() as session:
        found = session.execute(text("select scope, count(*) from claim group by scope"))
        counted: dict[str, int] = {row[0]: row[1] for row in found}
        assert counted["first"] == counted["second"] == control_numbers.last(session, "isa")
        assert 3 <= counted["first"] < written
    again.close()


def test_memory_stays_flat_however_large_a_blob_is(database: Database, tmp_path: Path) -> None:
    size = 12 << 20
    source = random.Random(7)
    with database.session() as session:
        blobs.put(session, (source.randbytes(1 << 20) for _ in range(size >> 20)))
        session.commit()
    tracemalloc.start()
    try:
        made = backup(database, tmp_path / "large.backup")
        found = read_backup(made.path)
        with new_file(tmp_path / "restored.db") as new, filled(new) as (_, session):
            load(session, found)
            session.commit()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert made.size > size
    assert peak < size // 2


# -- what is refused, before anything is changed


@pytest.fixture
def small(sqlite_database: Database, tmp_path: Path) -> Backup:
    """A backup of a few rows."""
    fill(sqlite_database)
    return backup(sqlite_database, tmp_path / "small.backup")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(small: Backup, share: float) -> None:
    small.path.write_bytes(small.path.read_bytes()[: int(small.size * share)])
    with pytest.raises(BackupDamaged, match=r"small\.backup"):
        read_backup(small.path)


def test_a_file_in_which_anything_changed_is_refused(small: Backup) -> None:
    whole = small.path.read_bytes()
    content = gzip.decompress(whole)
    for place in range(0, len(whole), 97):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        small.path.write_bytes(changed)
        if _unpacked(changed) == content:  # a bit of gzip's that means nothing: of the time in its head, or padding
            read_backup(small.path)
            continue
        with pytest.raises((BackupDamaged, BackupTooNew)):
            read_backup(small.path)


def _unpacked(data: bytes) -> bytes | None:
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error):
        return None


def test_a_file_with_rows_taken_out_is_refused(small: Backup) -> None:
    """Sound gzip around content that does not fit its own sum."""
    content = gzip.decompress(small.path.read_bytes())
    for changed in (content[:-1], content + b"x", content.replace(b"plain", b"PLAIN", 1)):
        assert changed != content
        small.path.write_bytes(gzip.compress(changed))
        with pytest.raises(
            BackupDamaged, match=r"damaged or was cut off: .*; take another backup, nothing was changed"
        ):
            read_backup(small.path)


@pytest.mark.parametrize(
    "what", [b"", b"ISA*00*          *00*", gzip.compress(b"something else entirely")], ids=["empty", "x12", "gzip"]
)
def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path, what: bytes) -> None:
    (tmp_path / "x").write_bytes(what)
    with pytest.raises(BackupDamaged, match="is no backup of b2bsync"):
        read_backup(tmp_path / "x")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"nowhere cannot be read \(No such file or directory\)"):
        read_backup(tmp_path / "nowhere")


def by_hand(path: Path, revision: str, tables: dict[str, list[dict[str, tuple[str, Any]]]], form: int = 1) -> Path:
    """A backup written by another program: table → rows, each column → (kind, value)."""
    header = Header(
        format=form, program="0.1", revision=revision, stage="production", company="MAIN", node="main",
        database="sqlite", created_at="2026-03-02T12:00:00+00:00",
    )  # fmt: skip
    with path.open("wb") as file:
        writer = Writer(file, header)
        for name, rows in tables.items():
            writer.table(TableShape(name, tuple(rows[0]), tuple(kind for kind, _ in rows[0].values())))
            writer.add([[value for _, value in row.values()] for row in rows])
            writer.end_table()
        writer.finish()
    return path


def test_an_older_backup_is_migrated_up(empty_url: str, tmp_path: Path) -> None:
    """``installation`` and ``sync_cursor.full_due`` came after revision 0006."""
    cursor = {
        "company": ("text", "MAIN"), "stage": ("text", "production"), "connector": ("text", "erp"),
        "stream": ("text", "products"), "cursor": ("text", "{}"), "digest": ("text", "d"),
        "full_at": ("moment", None), "updated_at": ("moment", "2026-03-02 11:00:00.000000"),
    }  # fmt: skip
    path = by_hand(tmp_path / "old.backup", "0006", {"sync_cursor": [cursor]})
    again = restored(path, empty_url)
    check_version(again)
    assert [row[:6] for row in content(again)["sync_cursor"]] == [("MAIN", "production", "erp", "products", "{}", "d")]
    again.close()


def test_a_backup_of_a_newer_program_is_refused(empty_url: str, tmp_path: Path) -> None:
    range_ = {"scope": ("text", "isa"), "value": ("integer", 1)}
    path = by_hand(tmp_path / "new.backup", "9999", {"control_number": [range_]})
    with pytest.raises(BackupTooNew, match=r"version 9999, written by b2bsync 0.1; this program knows up to 00\d\d"):
        restored(path, empty_url)
    for strange in (
        by_hand(tmp_path / "form.backup", newest_revision(), {"control_number": [range_]}, form=2),
        by_hand(tmp_path / "kind.backup", newest_revision(), {"control_number": [{"scope": ("colour", "red")}]}),
    ):
        with pytest.raises(BackupTooNew, match=r"does not know.*restore it with"):
            read_backup(strange)
    if empty_url.startswith("sqlite"):
        assert list(tmp_path.glob("*restor*")) == []


def test_a_database_that_is_not_this_programs_is_not_backed_up(database: Database, tmp_path: Path) -> None:
    with database.session() as session:
        session.execute(text("update alembic_version set version_num = '0006'"))
        session.commit()
    with pytest.raises(DatabaseNotMigrated, match="of version 0006, this program's are of"):
        backup(database, tmp_path / "a.backup")
    assert not list(tmp_path.glob("*.backup*"))


def test_an_existing_file_is_not_overwritten_unless_told(sqlite_database: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    path.write_text("precious")
    with pytest.raises(BackupError, match="is there already and is not overwritten"):
        backup(sqlite_database, path)
    assert path.read_text() == "precious"
    assert backup(sqlite_database, path, overwrite=True) == read_backup(path)


def test_a_folder_that_is_not_there(sqlite_database: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"cannot be written \(No such file or directory\); create its folder"):
        backup(sqlite_database, tmp_path / "no" / "a.backup")


FULL = """\
import resource, sys
from pathlib import Path
from b2bsync.store import open_database
from b2bsync.store.backup import BackupError, write_backup

database = open_database(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_backup(database, Path(sys.argv[2]), stage="test", company="MAIN", node="main", program="1", overwrite=True)
except BackupError as error:
    sys.exit(f"refused: {error}")
"""


@pytest.mark.parametrize("before", [None, b"the backup of yesterday"], ids=["new", "overwritten"])
def test_a_full_disk_leaves_no_half_file(sqlite_database: Database, tmp_path: Path, before: bytes | None) -> None:
    with sqlite_database.session() as session:
        blobs.put(session, [random.Random(1).randbytes(400_000)])
        session.commit()
    folder = tmp_path / "backups"
    folder.mkdir()
    path = folder / "a.backup"
    if before is not None:
        path.write_bytes(before)
    done = subprocess.run(
        [sys.executable, "-c", FULL, sqlite_database.url, str(path)], capture_output=True, text=True, timeout=60
    )
    assert "cannot be written (File too large); raise the limit" in done.stderr, done.stderr
    assert [p.read_bytes() for p in folder.iterdir()] == ([] if before is None else [before])


def test_a_postgresql_database_with_rows_is_never_replaced(postgresql_database: Database, small: Backup) -> None:
    where = postgresql_database.where
    with postgresql_database.session() as session:
        control_numbers.draw(session, "isa")
        session.execute(text("insert into claim values ('a', 'b', 'c', now(), now()), ('a', 'd', 'c', now(), now())"))
        session.commit()
    with postgresql_database.session() as session:
        with pytest.raises(NotEmpty, match=r"is not empty \(rows in claim: 2, control_number: 1\), .*createdb"):
            make_empty(session, where)
        session.rollback()
        session.execute(text("delete from claim"))
        session.execute(text("delete from control_number"))
        session.commit()
        session.execute(text("delete from installation"))
        with pytest.raises(NotEmpty, match="not made by this program"):
            make_empty(session, where)
        session.rollback()
    # Without rows its tables make place; a restore that fails leaves them.
    for commits in (False, True):
        with postgresql_database.session() as session:
            make_empty(session, where)
            load(session, small)
            session.commit() if commits else session.rollback()
        assert (content(postgresql_database)["event"] != []) == commits


def test_a_sqlite_file_is_replaced_only_when_told_and_kept_aside(small: Backup, tmp_path: Path) -> None:
    target = tmp_path / "b2bsync.db"
    with sqlite3.connect(target) as old:
        old.execute("create table precious (x)")
    old.close()
    with new_file(target) as new:
        with filled(new) as (_, session):
            load(session, small)
            session.commit()
        with pytest.raises(NotEmpty, match=r"there is a database already: .*say --replace"):
            replace_database(new, target, replace=False)
        aside = replace_database(new, target, replace=True)
    assert aside is not None
    assert aside.name.startswith("b2bsync.db.replaced-")
    with sqlite3.connect(aside) as old:
        assert [name for (name,) in old.execute("select name from sqlite_master")] == ["precious"]
    old.close()
    database = open_database(f"sqlite:///{target}")
    check_version(database)
    database.close()
    assert sorted(p.name for p in tmp_path.glob("*b2bsync.db*")) == sorted(["b2bsync.db", aside.name])


def test_a_damaged_sqlite_file_is_kept_aside_too(small: Backup, tmp_path: Path) -> None:
    target = tmp_path / "b2bsync.db"
    target.write_bytes(b"no database any more" * 1000)
    with new_file(target) as new:
        with filled(new) as (_, session):
            load(session, small)
            session.commit()
        aside = replace_database(new, target, replace=True)
    assert aside is not None
    assert aside.read_bytes().startswith(b"no database any more")


def test_the_log_of_a_lost_file_is_not_played_back(sqlite_database: Database, small: Backup, tmp_path: Path) -> None:
    target = tmp_path / "lost.db"
    with sqlite_database.session() as session:
        session.execute(text("delete from event"))
        session.commit()
    shutil.copy(tmp_path / "test.db-wal", f"{target}-wal")
    assert Path(f"{target}-wal").stat().st_size > 0
    again = restored(small.path, f"sqlite:///{target}")
    assert len(content(again)["event"]) == 4
    with again.session() as session:
        assert session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    again.close()


def test_a_database_that_somebody_has_open_is_left_alone(sqlite_database: Database, sqlite_url: str) -> None:
    """Also when the other one does nothing at the moment, as a daemon between two looks."""
    target = Path(sqlite_url.removeprefix("sqlite:///"))
    with sqlite_database.session() as session:
        control_numbers.draw(session, "isa")
        session.commit()
    for look in (refuse_open, numbers_drawn):
        with pytest.raises(BackupError, match="is in use: stop the daemon"):
            look(target)
    sqlite_database.close()
    refuse_open(target)
    assert numbers_drawn(target) == {"isa": 1}


def test_control_numbers_that_cannot_be_read(tmp_path: Path) -> None:
    target = tmp_path / "b2bsync.db"
    assert numbers_drawn(target) is None
    assert not target.exists()
    target.write_bytes(b"a damaged disk" * 1000)
    assert numbers_drawn(target) is None
    target.unlink()
    with sqlite3.connect(target) as other:
        other.execute("create table precious (x)")
    other.close()
    assert numbers_drawn(target) is None
    with sqlite3.connect(target) as other:
        other.execute("create table control_number (scope text, value text)")
        other.execute("insert into control_number values ('isa', 'seven')")
    other.close()
    assert numbers_drawn(target) is None


DIES = """\
import os, signal, sys
from pathlib import Path
from b2bsync.store.backup import filled, load, new_file, read_backup

with new_file(Path(sys.argv[2])) as new, filled(new) as (_, session):
    load(session, read_backup(Path(sys.argv[1])))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_restore_that_dies_leaves_no_database(small: Backup, tmp_path: Path) -> None:
    target = tmp_path / "b2bsync.db"
    died = subprocess.run([sys.executable, "-c", DIES, str(small.path), str(target)], timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert not target.exists()
    again = restored(small.path, f"sqlite:///{target}")
    assert len(content(again)["message"]) == 4
    again.close()


def test_moments_before_the_backup_are_kept_to_the_microsecond(sqlite_database: Database, tmp_path: Path) -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(microseconds=1)
    with sqlite_database.session() as session:
        claims.claim(session, "order", [("a", "document:1")], timedelta(days=3), at)
        session.commit()
    made = backup(sqlite_database, tmp_path / "a.backup")
    again = restored(made.path, f"sqlite:///{tmp_path / 'again.db'}")
    assert content(again)["claim"] == content(sqlite_database)["claim"]
    again.close()
