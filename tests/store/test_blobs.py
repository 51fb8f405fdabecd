"""Blobs: kept once, in chunks, read from anywhere."""

import pytest
from sqlalchemy import text

from b2bsync.store import Database, blobs


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
