"""Blobs: kept once, in chunks, read from anywhere."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from b2bsync.store import Database, blobs, journal


def test_bytes_come_back_as_they_went_in(database: Database) -> None:
    with database.session() as session:
        info = blobs.put(session, [b"ISA*00", b"*", b"", b"GS"])
        session.commit()
    assert info.size == 9
    # sha256 of b"ISA*00*GS"
    assert info.digest == "6a361b7477cfb297e6240d95e3473824a6527de924d1f0f0657cd3baf387cce7"
    with database.session() as session:
        assert blobs.read_all(session, info.digest) == b"ISA*00*GS"
        assert b"".join(blobs.read(session, info.digest, 4, 3)) == b"00*"
        assert b"".join(blobs.read(session, info.digest, 7)) == b"GS"
        assert b"".join(blobs.read(session, info.digest, 7, 100)) == b"GS"
        assert b"".join(blobs.read(session, info.digest, 9)) == b""


def test_a_long_blob_is_cut_into_chunks(database: Database) -> None:
    whole = bytes(range(256)) * 2560  # 640 KiB: two chunks and a half
    with database.session() as session:
        info = blobs.put(session, (whole[i : i + 100_000] for i in range(0, len(whole), 100_000)))
        session.commit()
        starts = session.execute(text("select start from blob_chunk order by start")).scalars().all()
        assert starts == [0, 262144, 524288]
        assert blobs.read_all(session, info.digest) == whole
        across = list(blobs.read(session, info.digest, 262140, 8))
        assert across == [b"\xfc\xfd\xfe\xff", b"\x00\x01\x02\x03"]


def test_the_same_content_is_kept_once(database: Database) -> None:
    with database.session() as session:
        first = blobs.put(session, [b"same"])
        second = blobs.put(session, [b"sa", b"me"])
        session.commit()
        assert first == second
        assert session.execute(text("select count(*) from blob_chunk")).scalar_one() == 1


def test_an_empty_blob_and_a_missing_one(database: Database) -> None:
    with database.session() as session:
        info = blobs.put(session, [])
        assert info.size == 0
        assert blobs.read_all(session, info.digest) == b""
        with pytest.raises(KeyError, match="no blob 00ff"):
            blobs.read(session, "00ff")


LARGE = [bytes([n]) * 1_000_000 for n in range(20)]  # 20 MB: more than two parts

FULL = """
import resource, sys
from b2bsync.store import StoreError, blobs
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
try:
    with blobs.spooled([b"x" * 100_000] * 50):
        print("there was room")
except StoreError as error:
    print(type(error).__name__, error)
"""


def stored(database: Database) -> tuple[int, int]:
    """How many blobs and chunks there are."""
    with database.session() as session:
        counts = (session.execute(text(f"select count(*) from {t}")).scalar_one() for t in ("blob", "blob_chunk"))
        return next(counts), next(counts)


def test_a_large_content_is_stored_in_parts_and_read_once_it_is_kept(database: Database) -> None:
    with blobs.spooled(LARGE) as content:
        blobs.store_ahead(database, content)
        assert stored(database) == (1, 77)
        with database.session() as session:
            with pytest.raises(KeyError):
                blobs.read(session, content.info.digest)
            assert blobs.keep(session, content) == content.info
            session.commit()
        blobs.store_ahead(database, content)  # it is there: nothing to do
    digest = content.info.digest
    assert b"".join(blobs.stream(database, digest)) == b"".join(LARGE)
    assert b"".join(blobs.stream(database, digest, 999_999, 2)) == b"\x00\x01"
    assert b"".join(blobs.stream(database, digest, 19_999_999)) == b"\x13"


def test_what_a_killed_process_left_is_taken_up(database: Database) -> None:
    with blobs.spooled(LARGE) as content:
        blobs.store_ahead(database, content)
        with database.session() as session:
            session.execute(text("delete from blob_chunk where start > 6000000"))
            session.commit()
        with database.session() as session:  # also by somebody who stores nothing ahead
            assert blobs.put(session, LARGE) == content.info
            session.rollback()
        blobs.store_ahead(database, content)
        assert stored(database) == (1, 77)
        with database.session() as session:
            blobs.keep(session, content)
            session.commit()
            assert blobs.read_all(session, content.info.digest) == b"".join(LARGE)


def test_only_what_nothing_refers_to_is_taken_apart(database: Database) -> None:
    with database.session() as session:
        kept, unused = blobs.put(session, LARGE[:12]), blobs.put(session, [b"y" * 9_000_000])
        given = {
            "company": "MAIN",
            "stage": "test",
            "partner": "acme",
            "channel": "cli",
            "external_id": "1",
            "name": "",
        }
        journal.add_message(session, **given, blob=kept)
        session.commit()
        later = datetime.now(UTC) + timedelta(seconds=1)
        [found] = blobs.unused(session, later, "", 10, 1 << 30)
        assert (found.digest, blobs.unused(session, found.created_at, "", 10, 1)) == (unused.digest, [])
        made = session.execute(text("select created_at from blob")).scalars().all()
        assert len(made) == 2
    assert not blobs.take_apart(database, kept.digest, found.created_at)
    assert not blobs.take_apart(database, unused.digest, later)  # somebody touched it
    assert blobs.take_apart(database, unused.digest, found.created_at)
    assert stored(database) == (1, 46)


def test_a_disk_without_room_for_the_temporary_file_is_told() -> None:
    done = subprocess.run([sys.executable, "-c", FULL], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("DatabaseFull ")
    assert "free some space there, or set TMPDIR to a larger disk" in done.stdout
