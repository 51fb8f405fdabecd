"""Records that have to wait for something that is only known later: beyond a megabyte they wait on disk."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

IN_MEMORY = 1 << 20
"""Bytes that are kept in memory."""


class Spool:
    """Byte strings in the order in which they came. It can be read once, and is empty then."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile[bytes](max_size=IN_MEMORY)
        self.count = 0

    def add(self, record: bytes) -> None:
        """Put one at the end."""
        self._file.write(len(record).to_bytes(4, "big") + record)
        self.count += 1

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while head := self._file.read(4):
            yield self._file.read(int.from_bytes(head, "big"))
        self.close()

    def close(self) -> None:
        """Let go of all that is in it."""
        self._file.close()
