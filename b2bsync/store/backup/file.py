"""The file: one gzip stream of frames, each a kind, a length and MessagePack.

A header, then each table (its shape, its rows in frames of some hundred kilobytes, how many there were), then the sum:
rows per table and the SHA-256 of everything before it. So a file that was cut, changed or left half written is told
from a whole one.
"""

import gzip
import hashlib
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

import msgspec

from b2bsync.store.backup.errors import BackupDamaged, BackupError, BackupTooNew
from b2bsync.store.backup.shape import KINDS, TableShape

FORMAT = 1
MAGIC = b"b2bsync backup\n"
HEADER, TABLE, ROWS, END, SUM = b"H", b"T", b"R", b"E", b"S"
LEVEL = 1  # of gzip: EDI at 69 MB a second of CPU where the default makes 15, for a file a fifth larger
LARGEST_FRAME = 1 << 30  # a length beyond it is damage; a frame holds rows of about 256 KiB, or one large row

_GZIP = 16 + zlib.MAX_WBITS
_LENGTH = struct.Struct(">cI")
_encode = msgspec.msgpack.Encoder().encode

T = TypeVar("T")
Rows = list[list[Any]]


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """``program`` and ``revision``: the version that wrote it and its schema; ``database``: sqlite or postgresql;
    ``created_at``: ISO 8601 in UTC, taken just before the snapshot."""

    format: int = FORMAT
    program: str
    revision: str
    stage: str
    company: str
    node: str
    database: str
    created_at: str


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    rows: dict[str, int]
    sha256: str


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A whole backup: where it is, its size in bytes, what it says of itself, and rows per table."""

    path: Path
    size: int
    header: Header
    rows: dict[str, int]
    sha256: str


class Writer:
    """Writes frames to an open file; ``finish`` ends it. Errors of the disk come through as OSError."""

    def __init__(self, file: BinaryIO, header: Header) -> None:
        self._file = file
        self._zip = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
        self._hash = hashlib.sha256()
        self._table = ""
        self.rows: dict[str, int] = {}
        self._put(MAGIC)
        self._frame(HEADER, header)

    def table(self, shape: TableShape) -> None:
        self._table = shape.name
        self.rows[shape.name] = 0
        self._frame(TABLE, shape)

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        self.rows[self._table] += len(rows)
        self._frame(ROWS, rows)

    def end_table(self) -> None:
        self._frame(END, self.rows[self._table])

    def finish(self) -> str:
        """Writes the sum; returns the SHA-256."""
        digest = self._hash.hexdigest()
        self._frame(SUM, Sum(rows=self.rows, sha256=digest))
        self._file.write(self._zip.flush())
        return digest

    def _frame(self, kind: bytes, value: Any) -> None:
        payload = _encode(value)
        self._put(_LENGTH.pack(kind, len(payload)))
        self._put(payload)

    def _put(self, data: bytes) -> None:
        self._hash.update(data)
        self._file.write(self._zip.compress(data))


class Reader:
    """Reads what ``Writer`` wrote. Raises BackupDamaged and BackupTooNew; ``sum`` is there once all was read."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._path = path
        self._zip = cast(BinaryIO, gzip.GzipFile(fileobj=file, mode="rb"))
        self._hash = hashlib.sha256()
        self.sum: Sum | None = None
        try:
            begins = self._take(len(MAGIC))
        except BackupDamaged:
            begins = b""
        if begins != MAGIC:
            raise BackupDamaged(f"{path} is no backup of b2bsync; name a file that `b2bsync backup` wrote")
        payload = self._expect(HEADER)
        said = self._decode(payload, dict[str, Any])
        if said.get("format", 0) > FORMAT:
            raise BackupTooNew(
                f"{path} was written by b2bsync {said.get('program')}, in a form that this program does not know; "
                "restore it with that program"
            )
        self.header = self._decode(payload, Header)

    def tables(self) -> Iterator[tuple[TableShape, Iterator[Rows]]]:
        """Each table with its rows, which have to be taken before the next table is asked for."""
        counts: dict[str, int] = {}
        while True:
            before = self._hash.hexdigest()
            kind, payload = self._next()
            if kind == SUM:
                break
            if kind != TABLE:
                raise self._damaged("a table does not begin where one should")
            shape = self._decode(payload, TableShape)
            if unknown := set(shape.kinds) - set(KINDS):
                raise BackupTooNew(
                    f"{self._path} holds values that this program does not know ({', '.join(sorted(unknown))}); "
                    f"restore it with b2bsync {self.header.program}"
                )
            yield shape, self._rows(shape, counts)
            if shape.name not in counts:
                raise RuntimeError(f"the rows of {shape.name} were not read")
        total = self._decode(payload, Sum)
        if total.sha256 != before or total.rows != counts:
            raise self._damaged("its sum does not fit what stands in it")
        if self._read(1):  # also makes gzip compare its own sum
            raise self._damaged("something follows its end")
        self.sum = total

    def _rows(self, shape: TableShape, counts: dict[str, int]) -> Iterator[Rows]:
        count = 0
        while True:
            kind, payload = self._next()
            if kind == END:
                break
            if kind != ROWS:
                raise self._damaged(f"the rows of {shape.name} do not end")
            rows = self._decode(payload, Rows)
            if any(len(row) != len(shape.columns) for row in rows):
                raise self._damaged(f"a row of {shape.name} does not have {len(shape.columns)} columns")
            count += len(rows)
            yield rows
        if self._decode(payload, int) != count:
            raise self._damaged(f"rows of {shape.name} are missing")
        counts[shape.name] = count

    def _expect(self, wanted: bytes) -> bytes:
        kind, payload = self._next()
        if kind != wanted:
            raise self._damaged("its header is missing")
        return payload

    def _next(self) -> tuple[bytes, bytes]:
        kind, length = _LENGTH.unpack(self._take(_LENGTH.size))
        if length > LARGEST_FRAME:
            raise self._damaged("a part of it has an impossible length")
        return kind, self._take(length)

    def _take(self, size: int) -> bytes:
        data = self._read(size)
        if len(data) < size:
            raise self._damaged("it ends too early")
        self._hash.update(data)
        return data

    def _read(self, size: int) -> bytes:
        try:
            return self._zip.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise self._damaged(str(error)) from error

    def _decode(self, payload: bytes, kind: Any) -> Any:
        try:
            return msgspec.msgpack.decode(payload, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, why: str) -> BackupDamaged:
        return BackupDamaged(f"{self._path} is damaged or was cut off: {why}; take another backup, nothing was changed")


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """The reader of a file. Raises BackupError where it cannot be read."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupError(f"{path} cannot be read ({error.strerror}); name the file of a backup") from error
    with file:
        yield Reader(file, path)


def read_backup(path: Path) -> Backup:
    """Reads all of a backup and proves it whole. Raises BackupDamaged, BackupTooNew and BackupError."""
    with opened(path) as reader:
        for _, parts in reader.tables():
            for _ in parts:
                pass
        assert reader.sum is not None
        return Backup(
            path=path, size=path.stat().st_size, header=reader.header, rows=reader.sum.rows, sha256=reader.sum.sha256
        )
