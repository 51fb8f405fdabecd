"""Bytes as they came or went, kept once per content, in chunks so that no size needs that much memory.

A large content is stored in parts, a commit for each, so that nobody waits for the database's write lock while a
gigabyte is written. Its row says size -1 until the caller's own transaction keeps it: nobody can read it before, and
what a killed process left is taken up by the next one with the same content, or removed by retention.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, islice
from typing import IO, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from b2bsync.store import driver, rows
from b2bsync.store.database import Database
from b2bsync.store.errors import DatabaseFull
from b2bsync.store.tables import Blob, BlobChunk, table_of

CHUNK = 256 * 1024
"""Size in bytes of every chunk but a blob's last."""

AHEAD = 8 << 20
"""Bytes above which a content is stored in parts before the transaction that keeps it; also the size of a part."""

UNFINISHED = -1
"""The size of a blob whose chunks are not all there yet."""

_BLOB = table_of(Blob)
_CHUNK = table_of(BlobChunk)
_BATCH = 16  # chunks per statement: 4 MiB
_PART = 4 * CHUNK  # read at a time by whoever takes long over it
_ONCE = "on conflict do nothing"


class BlobInfo(NamedTuple):
    digest: str  # SHA-256, hex
    size: int  # bytes


@dataclass(frozen=True)
class Content:
    """Bytes that lie in a temporary file, with the address they will have."""

    info: BlobInfo
    file: IO[bytes]


@contextmanager
def spooled(chunks: Iterable[bytes]) -> Iterator[Content]:
    """Reads everything, in pieces of whatever size, into a temporary file (``TMPDIR``): the address is known after the
    last byte only. Raises DatabaseFull when that disk has no room."""
    digest = hashlib.sha256()
    size = 0
    with tempfile.SpooledTemporaryFile(max_size=4 * CHUNK) as whole:
        for piece in chunks:
            digest.update(piece)
            size += len(piece)
            with _room():
                whole.write(piece)
        with _room():
            whole.seek(0)
        yield Content(BlobInfo(digest.hexdigest(), size), whole)


def store_ahead(database: Database, content: Content) -> None:
    """Stores a large content part by part, each committed; a small one is left to ``keep``. Takes up what a process
    that died had stored already."""
    digest, size = content.info
    if size <= AHEAD:
        return
    with database.session() as session:
        # A new date, so that retention takes it for nobody's left-over.
        tail = "on conflict (digest) do update set created_at = excluded.created_at where blob.size < 0"
        row = (digest, UNFINISHED, datetime.now(UTC))
        begun = driver.insert_plain(session, _BLOB, ("digest", "size", "created_at"), [row], tail)
        there = _starts(session, digest) if begun else frozenset()
        session.commit()
    if not begun:
        return  # it is kept already
    missing = _batches(content, there)
    while part := list(islice(missing, AHEAD // (_BATCH * CHUNK))):
        with database.session() as session:
            for batch in part:
                driver.insert_plain(session, _CHUNK, ("digest", "start", "data"), batch, _ONCE)
            session.commit()


def keep(session: Session, content: Content) -> BlobInfo:
    """Keeps a content in the caller's transaction, whatever of it is stored already, and returns its address. Until
    that transaction ends nobody removes it."""
    digest, size = content.info
    while True:
        row = (digest, size, datetime.now(UTC))
        if driver.insert_plain(session, _BLOB, ("digest", "size", "created_at"), [row], _ONCE):
            there: frozenset[int] = frozenset()
            break
        # Changes nothing, and locks the row: retention looks at it after this transaction, or has removed it before.
        if driver.execute(session, "update blob set size = size where digest = ?", (digest,)):
            [[kept]] = driver.fetch(session, "select size from blob where digest = ?", (digest,))
            if kept >= 0:
                return content.info
            there = _starts(session, digest)
            break
    for batch in _batches(content, there):
        driver.insert_plain(session, _CHUNK, ("digest", "start", "data"), batch, _ONCE)
    driver.execute(session, "update blob set size = ? where digest = ? and size < 0", (size, digest))
    return content.info


def put(session: Session, chunks: Iterable[bytes]) -> BlobInfo:
    """Keeps the bytes, in pieces of whatever size, and returns their address. The same content is kept once.

    All of it in the caller's transaction: for what is known to be small. What may be large goes through ``spooled``,
    ``store_ahead`` and ``keep``.
    """
    with spooled(chunks) as content:
        return keep(session, content)


def read(session: Session, digest: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The bytes from ``start`` on, ``length`` of them or all, in pieces of at most ``CHUNK``.

    Raises KeyError when there is no such blob (before the first piece).
    """
    end = size(session, digest)
    if length is not None:
        end = min(end, start + length)
    return _pieces(session, digest, start, end)


def stream(database: Database, digest: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The same for whoever takes long over the pieces: no transaction is open between them, so that a slow reader of a
    gigabyte keeps nobody from anything. Raises KeyError at the first piece."""
    at = start
    while True:
        with database.session() as session:
            whole = size(session, digest)
            end = whole if length is None else min(start + length, whole)
            if at >= end:
                return
            part = list(_pieces(session, digest, at, min(end, at - at % CHUNK + _PART)))
        at += sum(map(len, part))
        yield from part


def read_all(session: Session, digest: str) -> bytes:
    """The whole content at once: for what is known to be small. Raises KeyError."""
    return b"".join(read(session, digest))


def size(session: Session, digest: str) -> int:
    """Length in bytes. Raises KeyError when there is no such blob."""
    found = driver.fetch(session, "select size from blob where digest = ?", (digest,))
    if not found or found[0][0] < 0:
        raise KeyError(f"there is no blob {digest}")
    return int(found[0][0])


def unused(session: Session, before: datetime, after: str, limit: int, most: int) -> list[Blob]:
    """Blobs from before a moment that no message and no delivery refers to, behind a digest, up to ``most`` bytes; also
    those that a process left unfinished."""
    where = rows.compared(session, _BLOB, "created_at", "<", before) & rows.Where("digest > ?", (after,))
    for table in ("message", "delivery"):
        where &= rows.Where(f"not exists (select 1 from {table} t where t.digest = blob.digest)")
    found = rows.read(session, Blob, where, f"order by digest limit {int(limit)}")
    total = list(accumulate(max(blob.size, 0) for blob in found))
    return [blob for place, blob in enumerate(found) if place == 0 or total[place] <= most]


def take_apart(database: Database, digest: str, made: datetime) -> bool:
    """Removes a blob that nothing refers to any more, a part at a time, each committed. False when it is needed again,
    or was touched after ``made``, its row's date: then it stays, or is completed by whoever wants it."""
    while True:
        with database.session() as session:
            driver.execute(session, "update blob set size = size where digest = ?", (digest,))  # the lock
            if not _forsaken(session, digest, made):
                return False
            driver.execute(session, "update blob set size = ? where digest = ?", (UNFINISHED, digest))
            some = sorted(_starts(session, digest))[-AHEAD // CHUNK :]
            driver.execute_many(
                session, "delete from blob_chunk where digest = ? and start = ?", [(digest, start) for start in some]
            )
            done = len(some) < AHEAD // CHUNK
            if done:
                driver.execute(session, "delete from blob where digest = ?", (digest,))
            session.commit()
        if done:
            return True


def _forsaken(session: Session, digest: str, made: datetime) -> bool:
    query = select(_BLOB.c.created_at).where(_BLOB.c.digest == digest)
    if session.execute(query).scalar_one_or_none() != made:
        return False
    for table in ("message", "delivery"):
        if driver.fetch(session, f"select 1 from {table} where digest = ? limit 1", (digest,)):
            return False
    return True


def _starts(session: Session, digest: str) -> frozenset[int]:
    """Where the chunks begin that are stored."""
    found = driver.fetch(session, "select start from blob_chunk where digest = ?", (digest,))
    return frozenset(row[0] for row in found)


def _pieces(session: Session, digest: str, start: int, end: int) -> Iterator[bytes]:
    for at in range(start - start % CHUNK, end, CHUNK):
        [[data]] = driver.fetch(session, "select data from blob_chunk where digest = ? and start = ?", (digest, at))
        yield data[max(start - at, 0) : end - at]


def _batches(content: Content, there: frozenset[int]) -> Iterator[Sequence[driver.Row]]:
    """The chunks that are not stored yet, some to a statement."""
    digest, size = content.info
    batch: list[driver.Row] = []
    for at in range(0, size, CHUNK):
        if at in there:
            continue
        content.file.seek(at)
        batch.append((digest, at, content.file.read(CHUNK)))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def _room() -> Iterator[None]:
    """What the disk of the temporary files refuses, in words."""
    try:
        yield
    except OSError as error:
        raise DatabaseFull(
            f"{tempfile.gettempdir()}: the temporary file of what is being received cannot be written "
            f"({os.strerror(error.errno or 0)}); free some space there, or set TMPDIR to a larger disk. "
            "Nothing of it was kept: it is taken up again"
        ) from error
