"""What was removed from the database, in files that a person can read: gzip, one JSON object a line.

``FOLDER/CLASS/YYYY-MM/STAMP.jsonl.gz``: the class of data, the month its rows are of, and when it was made. A file
is whole, synced and named in its folder's ``manifest.jsonl`` before what it holds is deleted; one that no manifest
names was left by a process that died, and its rows were not deleted because of it.
"""

import base64
import gzip
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import msgspec

MANIFEST = "manifest.jsonl"
SUFFIX = ".jsonl.gz"

Record = Mapping[str, Any]
"""``{"table": "document", "row": {…}}``, or a piece of raw bytes: ``{"blob": digest, "start": 0, "text": "ISA*…"}``,
``base64`` instead of ``text`` where it is no ASCII."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the archive, as its manifest names it. ``bytes`` and ``sha256`` are of the file as it lies there,
    ``keys`` the rows it was made for: ids, or digests of raw bytes."""

    kind: str = msgspec.field(name="class")
    month: str
    file: str
    lines: int
    bytes: int
    sha256: str
    made_at: datetime
    keys: list[int | str]


class Damaged(Exception):
    """A file of the archive is not what its manifest says; the text says which and how."""


_ENCODER = msgspec.json.Encoder(decimal_format="string")


class Archive:
    """The archive below a directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, kind: str, month: str, keys: Sequence[int | str], records: Iterable[Record]) -> Written:
        """Writes a file; it is on disk, and in the manifest, when this returns. Raises OSError."""
        folder = self.folder / kind / month
        folder.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC)
        for left in folder.glob(".*.part"):  # of a process that died
            if left.stat().st_mtime < now.timestamp() - 86_400:
                left.unlink(missing_ok=True)
        name = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}{SUFFIX}"
        part = folder / f".{name}.part"
        try:
            with part.open("wb") as file:
                lines = _write(file, records)
                file.flush()
                os.fsync(file.fileno())
            digest, size = _digest(part)
            part.rename(folder / name)
        finally:
            part.unlink(missing_ok=True)
        for place in (folder, folder.parent, self.folder):
            _sync(place)
        written = Written(
            kind=kind, month=month, file=name, lines=lines, bytes=size, sha256=digest, made_at=now, keys=list(keys)
        )
        with (folder / MANIFEST).open("ab") as manifest:
            manifest.write(b"\n" + _ENCODER.encode(written))  # in front: a line that a dead process left torn ends here
            manifest.flush()
            os.fsync(manifest.fileno())
        _sync(folder)
        return written

    def files(self, kind: str | None = None, month: str | None = None) -> Iterator[Written]:
        """Every file that a manifest names, by class and month, in the order in which they were made."""
        for manifest in sorted(self.folder.glob(f"{kind or '*'}/{month or '*'}/{MANIFEST}")):
            for line in manifest.read_bytes().splitlines():
                try:
                    yield msgspec.json.decode(line, type=Written)
                except msgspec.DecodeError:
                    continue  # empty, or torn: its file was not counted on

    def path(self, written: Written) -> Path:
        return self.folder / written.kind / written.month / written.file

    def check(self, written: Written) -> None:
        """Raises Damaged when a file is missing or not what was written."""
        path = self.path(written)
        try:
            found = _digest(path)
        except OSError as error:
            raise Damaged(f"{path} cannot be read ({error.strerror}); restore it from a backup") from error
        if found != (written.sha256, written.bytes):
            raise Damaged(f"{path} is not what was written ({written.sha256}); restore it from a backup")

    def records(self, written: Written) -> Iterator[dict[str, Any]]:
        """What a file holds. Raises Damaged."""
        self.check(written)
        with gzip.open(self.path(written), "rb") as file:
            for line in file:
                yield msgspec.json.decode(line)

    def find(self, kind: str, key: int | str) -> Iterator[dict[str, Any]]:
        """The records of the file that was last made for a row, or of none."""
        holding = [written for written in self.files(kind) if key in written.keys]
        yield from self.records(holding[-1]) if holding else ()

    def raw(self, digest: str) -> Iterator[bytes] | None:
        """Raw bytes by their SHA-256; None when the archive has not got them. Raises Damaged, also at the end when
        the bytes are not those."""
        holding = [written for written in self.files("blobs") if digest in written.keys]
        return self._raw(holding[-1], digest) if holding else None

    def _raw(self, written: Written, digest: str) -> Iterator[bytes]:
        sha = hashlib.sha256()
        for record in self.records(written):
            if record["blob"] == digest:
                data = record["text"].encode() if "text" in record else base64.b64decode(record["base64"])
                sha.update(data)
                yield data
        if sha.hexdigest() != digest:
            raise Damaged(f"{self.path(written)} has other bytes under {digest}; restore it from a backup")


def piece(digest: str, start: int, data: bytes) -> Record:
    """A piece of raw bytes as a record."""
    if data.isascii():
        return {"blob": digest, "start": start, "text": data.decode("ascii")}
    return {"blob": digest, "start": start, "base64": base64.b64encode(data).decode("ascii")}


def _write(file: IO[bytes], records: Iterable[Record]) -> int:
    lines = 0
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as packed:
        for record in records:
            packed.write(_ENCODER.encode(record) + b"\n")
            lines += 1
    return lines


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
