"""What every transport offers, and the ways it can fail."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec

CHUNK = 256 * 1024
"""Bytes handed over at a time, in and out: memory does not depend on the size of a file."""


class ChannelError(Exception):
    """Something went wrong at a transport: where, why, and what to do about it."""

    def __init__(self, where: str, why: str, advice: str):
        super().__init__(f"{where}: {why}; {advice}")
        self.where, self.why, self.advice = where, why, advice


class ChannelDown(ChannelError):
    """The other side (or our own disk) cannot be used now. Nothing was taken and nothing was sent; trying later makes
    sense."""


class ArrivalRefused(ChannelError):
    """One file cannot be taken, and has been set aside in ``failed/`` (``place``); the other files are not affected."""

    def __init__(self, where: str, why: str, advice: str, place: Path):
        super().__init__(where, why, advice)
        self.place = place


class NameTaken(ChannelError):
    """Something else was already delivered under this name. Nothing was overwritten; trying again does not help."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One file from a partner. ``name`` is what the partner called it; ``path`` is where it is now; ``size`` in bytes.

    ``claim`` is empty until the file is taken. From then on it names this one physical file for ever, over crashes and
    restarts: a file that is offered again after a crash has the claim it had, a file that was sent twice has two.
    """

    name: str
    path: Path
    size: int
    claim: str = ""

    def open(self) -> Iterator[bytes]:
        """The bytes in chunks of 256 KiB.

        Raises ChannelDown when the disk fails to give them, and at the end when there were more or fewer than ``size``:
        somebody still writes. Nothing of it may be kept then; ``release`` it, and it is offered again as it is by then.
        """
        given = 0
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    given += len(chunk)
                    yield chunk
        except OSError as error:
            raise ChannelDown(str(self.path), f"cannot be read ({error.strerror})", "check the disk") from error
        if given != self.size:
            why = f"has {given} bytes, and had {self.size} when it was taken: it is still being written"
            raise ChannelDown(str(self.path), why, "set a longer settle, or marker = true, in the partner's [channel]")


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """What became of something sent: the place it now has, and whether it had been there ``already`` (an earlier try
    arrived)."""

    place: str
    already: bool = False


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Whether something that may have been sent arrived: ``there`` is true, false, or None where nobody can tell.
    ``why`` says what was found, for the person who has to decide then."""

    there: bool | None
    why: str


class Channel(Protocol):
    """A transport to one partner. ``waiting`` → ``take`` → (the caller commits) → ``finish`` or ``fail``; ``put``
    sends; ``trace`` asks about a send that was interrupted."""

    def waiting(self) -> list[Arrival]: ...
    def take(self, arrival: Arrival) -> Arrival | None: ...
    def release(self, arrival: Arrival) -> None: ...
    def finish(self, arrival: Arrival) -> Path: ...
    def fail(self, arrival: Arrival, reason: str) -> Path: ...
    def put(self, name: str, chunks: Iterable[bytes]) -> Put: ...
    def trace(self, name: str, size: int, digest: str) -> Trace: ...
