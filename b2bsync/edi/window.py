"""A window on a stream of bytes: what was read and is still needed, with its offset in the whole."""

from collections.abc import Iterable

BLOCK = 64 * 1024
"""Bytes that are at least asked for at a time."""


class Window:
    """``data[at:]`` is what has not been used. It grows at least by what is left in it, so that searching it again
    from ``at`` after every growth stays linear in the size of the stream."""

    def __init__(self, chunks: Iterable[bytes], offset: int) -> None:
        self._chunks = iter(chunks)
        self._base = offset  # offset of data[0]
        self.data = b""
        self.at = 0
        self.ended = False

    @property
    def offset(self) -> int:
        """Offset in the stream of the next unused byte."""
        return self._base + self.at

    @property
    def left(self) -> int:
        """Unused bytes that have been read."""
        return len(self.data) - self.at

    def grow(self) -> bool:
        """Read on; false at the end. Used bytes are dropped: places in ``data`` move, ``at`` becomes 0."""
        if self.ended:
            return False
        rest = self.data[self.at :]
        wanted = max(BLOCK, len(rest))
        pieces, got = [rest], 0
        while got < wanted:
            chunk = next(self._chunks, None)
            if chunk is None:
                self.ended = True
                break
            pieces.append(bytes(chunk))
            got += len(chunk)
        self._base += self.at
        self.data, self.at = b"".join(pieces), 0
        return got > 0

    def need(self, count: int) -> bool:
        """Have ``count`` unused bytes at hand, if the stream has them."""
        while self.left < count:
            if not self.grow():
                return False
        return True
