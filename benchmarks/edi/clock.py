"""CPU time of work that is paused now and then, and of the floor on the same bytes in between."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")

PIECE = 64 * 1024
"""Bytes that are read at once."""

SECTION = 10_000_000
"""Bytes that the floor takes at once, just before or behind the same bytes of the work: so both meet the machine in
the same mood."""


class Clock:
    """``work`` and ``floor`` are CPU seconds of the process. Memory is measured without ``with_floor``, because a
    section and its segments take more of it than the work."""

    def __init__(self, terminator: str, with_floor: bool = True) -> None:
        self.terminator, self.with_floor = terminator, with_floor
        self.work = self.floor = 0.0
        self._since = 0.0

    def run(self) -> None:
        """Work begins, or goes on."""
        self._since = time.process_time()

    def stop(self) -> None:
        """What comes now is no work."""
        self.work += time.process_time() - self._since

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What happens inside is no work."""
        self.stop()
        try:
            yield
        finally:
            self.run()

    def split(self, section: bytes) -> None:
        """The floor: decode bytes and split them at the terminator."""
        start = time.process_time()
        len(section.decode("latin-1").split(self.terminator))
        self.floor += time.process_time() - start

    def read(self, path: Path) -> Iterator[bytes]:
        """The pieces of a file for the work; the floor takes each section first."""
        size = path.stat().st_size
        with path.open("rb") as file:
            for begin in range(0, size, SECTION):
                end = min(begin + SECTION, size)
                if self.with_floor:
                    with self.paused():
                        file.seek(begin)
                        self.split(file.read(end - begin))
                        file.seek(begin)
                while (left := end - file.tell()) > 0:
                    yield file.read(min(PIECE, left))

    def prepared(self, batches: Iterable[Sequence[T]]) -> Iterator[T]:
        """What the work is given, a batch at a time; to make a batch is no work."""
        source = iter(batches)
        while True:
            with self.paused():
                batch = next(source, None)
            if batch is None:
                return
            yield from batch

    def written(self, pieces: Iterable[bytes]) -> tuple[int, int]:
        """Size and checksum of what the work writes; the floor takes each section afterwards."""
        size, check, section = 0, 0, list[bytes]()
        for piece in pieces:
            self.stop()
            size += len(piece)
            check = crc32(piece, check)
            if self.with_floor:
                section.append(piece)
                if sum(map(len, section)) >= SECTION:
                    self.split(b"".join(section))
                    section = []
            self.run()
        with self.paused():
            if section:
                self.split(b"".join(section))
        return size, check
