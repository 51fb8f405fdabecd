"""Bytes as they came or went, kept once per content, in chunks so that no size needs that much memory."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from b2bsync.store import driver
from b2bsync.store.tables import Blob, BlobChunk, table_of

CHUNK = 256 * 1024
"""Size in bytes of every chunk but a blob's last."""

_BLOB = table_of(Blob)
_CHUNK = table_of(BlobChunk)
_BATCH = 16  # chunks per statement: 4 MiB


class BlobInfo(NamedTuple):
    digest: str  # SHA-256, hex
    size: int  # bytes


def put(session: Session, chunks: Iterable[bytes]) -> BlobInfo:
    """Keeps the bytes, in pieces of whatever size, and returns their address. The same content is kept once."""
    digest = hashlib.sha256()
    size = 0
    with tempfile.SpooledTemporaryFile(max_size=4 * CHUNK) as whole:  # the address is known after the last byte only
        for piece in chunks:
            digest.update(piece)
            size += len(piece)
            whole.write(piece)
        info = BlobInfo(digest.hexdigest(), size)
        row = (info.digest, size, datetime.now(UTC))
        if driver.insert_plain(session, _BLOB, ("digest", "size", "created_at"), [row], "on conflict do nothing"):
            whole.seek(0)
            for batch in _batches(whole, info.digest):
                driver.insert_plain(session, _CHUNK, ("digest", "start", "data"), batch)
    return info


def read(session: Session, digest: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The bytes from ``start`` on, ``length`` of them or all, in pieces of at most ``CHUNK``.

    Raises KeyError when there is no such blob (before the first piece).
    """
    end = size(session, digest)
    if length is not None:
        end = min(end, start + length)
    return _pieces(session, digest, start, end)


def read_all(session: Session, digest: str) -> bytes:
    """The whole content at once: for what is known to be small. Raises KeyError."""
    return b"".join(read(session, digest))


def size(session: Session, digest: str) -> int:
    """Length in bytes. Raises KeyError when there is no such blob."""
    found = session.execute(select(_BLOB.c.size).where(_BLOB.c.digest == digest)).scalar_one_or_none()
    if found is None:
        raise KeyError(f"there is no blob {digest}")
    return int(found)


def _pieces(session: Session, digest: str, start: int, end: int) -> Iterator[bytes]:
    query = select(_CHUNK.c.data).where(_CHUNK.c.digest == digest)
    for at in range(start - start % CHUNK, end, CHUNK):
        data = bytes(session.execute(query.where(_CHUNK.c.start == at)).scalar_one())
        yield data[max(start - at, 0) : end - at]


def _batches(whole: IO[bytes], digest: str) -> Iterator[list[driver.Row]]:
    at = 0
    batch: list[driver.Row] = []
    while data := whole.read(CHUNK):
        batch.append((digest, at, data))
        at += len(data)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
