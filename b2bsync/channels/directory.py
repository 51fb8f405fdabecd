"""Exchange through directories: a partner (or an SFTP server, or another program) puts files into one and fetches from
another.

In: a file is ready when its size and time did not change between two looks that are ``settle`` apart, or when a marker
``NAME.done`` lies beside it. It is claimed by an atomic rename into ``.processing/``, under a name that no other file
ever has, and held by a lock that the operating system drops when the process dies; so a file whose process died is
offered again, and one that another process works on is not. Afterwards it goes to ``done/`` or ``failed/``.

Out: written under a temporary name, synced, and renamed; the partner sees whole files only.
"""

import errno
import fcntl
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from b2bsync.channels.channel import CHUNK, Arrival, ArrivalRefused, ChannelDown, NameTaken, Put, Trace
from b2bsync.channels.traces import READY, trace_file

MARKER = ".done"
PROCESSING, DONE, FAILED = ".processing", "done", "failed"
TURN = ".turn"
"""The file in ``.processing/`` that is locked by whoever takes files."""
TEMPORARY = (".part", ".tmp", ".filepart")
"""Endings that programs give to files they are still writing (WinSCP: .filepart)."""

_LONGEST_NAME = 255  # bytes; the limit of every usual file system
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class DirectoryChannel:
    """A pair of directories. ``inbound`` is looked into, ``outbound`` is written to; either may be None.

    ``settle``: seconds a file must stay unchanged; ``marker_only``: take only files that have a ``NAME.done`` beside
    them; ``largest``: bytes above which a file is set aside unread. ``clock`` gives seconds that only grow.
    """

    def __init__(
        self,
        inbound: Path | None,
        outbound: Path | None,
        *,
        settle: float = 2.0,
        marker_only: bool = False,
        largest: int = 4 << 30,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.inbound, self.outbound = inbound, outbound
        self.settle, self.marker_only, self.largest = settle, marker_only, largest
        self._clock = clock
        self._seen: dict[str, tuple[int, int, float]] = {}  # file name: size, time of change, first seen so at
        self._held: dict[str, int] = {}  # claim: descriptor that holds the lock

    def create(self) -> None:
        """Make the directories. Not done by itself: a missing directory is often a disk that is not mounted."""
        for folder in (self.inbound, self.outbound):
            if folder is not None:
                with _disk(folder):
                    folder.mkdir(parents=True, exist_ok=True)

    def check(self) -> None:
        """Raise ChannelDown when one of the directories cannot be read from or written to."""
        for folder in (self.inbound, self.outbound):
            if folder is not None:
                with _disk(folder):
                    probe = folder / f".b2bsync-{secrets.token_hex(4)}.tmp"
                    probe.touch(exist_ok=False)
                    probe.unlink()

    # -- in ------------------------------------------------------------------------------------------------------------

    def waiting(self) -> list[Arrival]:
        """One look: the files that may be taken now, those left behind by a dead process first, then by age.

        A file that has just appeared is not among them: look again after ``settle`` seconds. Raises ChannelDown.
        """
        inbound = self._inbound()
        now = self._clock()
        seen: dict[str, tuple[int, int, float]] = {}
        ready: list[tuple[int, str, Arrival]] = []
        with _disk(inbound):
            files = _regular_files(inbound)
            left = self._left_behind()
        for name, (size, changed) in files.items():
            if name.startswith(".") or name.endswith((MARKER, *TEMPORARY)):
                continue
            before = self._seen.get(name)
            since = before[2] if before is not None and before[:2] == (size, changed) else now
            seen[name] = (size, changed, since)
            same = before is not None and now - since >= self.settle and before[:2] == (size, changed)
            settled = same or not self.settle
            if name + MARKER in files or (settled and not self.marker_only):
                ready.append((changed, name, Arrival(name=_shown(name), path=inbound / name, size=size)))
        self._seen = seen
        return left + [arrival for _, _, arrival in sorted(ready, key=lambda item: item[:2])]

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether the directory is ours to take from, for as long as this lasts: somebody else's turn is not waited
        for. Ask ``waiting`` within it. A turn ends with its process, whatever becomes of that. Raises ChannelDown."""
        place = self._inbound() / PROCESSING / TURN
        with _disk(place):
            place.parent.mkdir(exist_ok=True)
            file = place.open("a")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def take(self, arrival: Arrival) -> Arrival | None:
        """Claim a file: nobody else can have it, and its path is the new one. None when somebody else was faster.

        Raises ArrivalRefused when this file cannot be processed (too large, not readable; it then is in ``failed/``)
        and ChannelDown when the directory cannot be written to.
        """
        inbound = self._inbound()
        if arrival.claim:
            claimed = arrival
        else:
            claim = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
            path = inbound / PROCESSING / _claimed(claim, arrival.path.name)
            with _disk(inbound):
                path.parent.mkdir(exist_ok=True)
                try:
                    arrival.path.rename(path)
                except FileNotFoundError:
                    return None
            claimed = Arrival(name=arrival.name, path=path, size=arrival.size, claim=claim)
        return self._hold(claimed)

    def release(self, arrival: Arrival) -> None:
        """Let a taken file go without a decision (an error of ours): it is offered again."""
        if (held := self._held.pop(arrival.claim, None)) is not None:
            os.close(held)

    def finish(self, arrival: Arrival) -> Path:
        """Move a taken file into ``done/``, after the commit that made its content ours. Doing it again is no error."""
        return self._move(arrival, DONE)

    def fail(self, arrival: Arrival, reason: str) -> Path:
        """Move a taken file into ``failed/``, with the reason in a text file beside it. Doing it again is no error."""
        path = self._move(arrival, FAILED)
        note = path.with_name(os.fsdecode(os.fsencode(path.name)[: _LONGEST_NAME - 15]) + ".reason.txt")
        with _disk(note):
            note.write_text(reason.rstrip() + "\n", encoding="utf-8")
        return path

    def _inbound(self) -> Path:
        if self.inbound is None:
            raise ChannelDown("in", "no inbound directory is set", "set in = … in the partner's [channel]")
        return self.inbound

    def _left_behind(self) -> list[Arrival]:
        """Files in ``.processing/`` that nobody holds: their process died."""
        assert self.inbound is not None
        folder = self.inbound / PROCESSING
        try:
            files = _regular_files(folder)
        except FileNotFoundError:
            return []
        left = []
        for file, (size, _) in sorted(files.items()):
            claim, _, name = file.partition("~")
            if not name or claim in self._held:
                continue
            arrival = Arrival(name=_shown(name), path=folder / file, size=size, claim=claim)
            with suppress(PermissionError):  # one that cannot be opened is refused when it is taken
                if (descriptor := _lock(arrival.path)) is None:
                    continue
                os.close(descriptor)
            left.append(arrival)
        return left

    def _hold(self, arrival: Arrival) -> Arrival | None:
        if arrival.claim in self._held:
            return None
        try:
            descriptor = _lock(arrival.path)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM, errno.ELOOP):
                advice = "correct its permissions and put it back into the directory"
                raise self._refused(arrival, "is not readable for us", advice) from None
            with _disk(arrival.path):
                raise
        if descriptor is None:
            return None
        self._held[arrival.claim] = descriptor
        # Only now: a marker that outlives its file would let the next file of that name in half written.
        self._forget_marker(arrival)
        size = os.fstat(descriptor).st_size
        if size > self.largest:
            raise self._refused(
                arrival,
                f"has {size} bytes, more than the {self.largest} allowed",
                "split it, or raise largest in the partner's [channel]",
            )
        return Arrival(name=arrival.name, path=arrival.path, size=size, claim=arrival.claim)

    def _refused(self, arrival: Arrival, why: str, advice: str) -> ArrivalRefused:
        place = self.fail(arrival, f"{arrival.name} {why}; {advice}")
        return ArrivalRefused(arrival.name, why, f"{advice} (it is kept as {place})", place)

    def _forget_marker(self, arrival: Arrival) -> None:
        name = arrival.path.name.partition("~")[2]
        inbound = self._inbound()
        if not os.path.lexists(inbound / name):
            with suppress(FileNotFoundError), _disk(inbound):
                (inbound / (name + MARKER)).unlink(missing_ok=True)

    def _move(self, arrival: Arrival, where: str) -> Path:
        if not arrival.claim:
            raise ValueError(f"{arrival.name} was not taken")
        target = self._inbound() / where / arrival.path.name
        with _disk(target.parent):
            target.parent.mkdir(exist_ok=True)
            try:
                arrival.path.rename(target)  # the claim in its name makes it collision-free
            except FileNotFoundError:
                if not target.exists():
                    raise
            _sync_folder(target.parent)
        self.release(arrival)
        return target

    # -- out -----------------------------------------------------------------------------------------------------------

    def put(self, name: str, chunks: Iterable[bytes]) -> Put:
        """Deliver bytes under a name, whole or not at all; on disk when this returns.

        The same name with the same bytes is what an interrupted try left: ``already`` is true, nothing is written. The
        same name with other bytes raises NameTaken. Raises ChannelDown when there is no room, or the directory is not
        usable.
        """
        outbound = self._outbound()
        if "/" in name or "\0" in name or name.startswith(".") or name.endswith((MARKER, *TEMPORARY)) or not name:
            raise ValueError(
                f"{name!r} is no name for a delivered file: no /, no leading dot, "
                f"not ending in {', '.join((MARKER, *TEMPORARY))}"
            )
        target = outbound / name
        with _disk(outbound):
            for stale in outbound.glob(f".{_escaped(name)}.*.part"):
                stale.unlink(missing_ok=True)
        temporary = outbound / f".{name}.{secrets.token_hex(4)}.part"
        ready = temporary.with_suffix(READY)
        try:
            self._write(temporary, chunks)
            with _disk(outbound):
                temporary.rename(ready)  # so that after a crash one sees if it can have been given its name
                try:
                    _place(ready, target)
                except FileExistsError:
                    if _same_bytes(ready, target):
                        return Put(place=str(target), already=True)
                    raise NameTaken(
                        str(target), "is there already, with other content", "look at both; it was not overwritten"
                    ) from None
                _sync_folder(outbound)
        finally:
            for left in (temporary, ready):
                with suppress(OSError):
                    left.unlink(missing_ok=True)
        return Put(place=str(target))

    def trace(self, name: str, size: int, digest: str) -> Trace:
        """Whether an interrupted ``put`` of that name arrived; ``size`` in bytes and ``digest`` (SHA-256, hex) are of
        what was sent. Raises ChannelDown.

        There: under its name, or where the partner put it: under a name made of it, here or one directory below. Not
        there: what we began to write was never given its name. Else nobody can tell, because partners fetch and delete.
        """
        outbound = self._outbound()
        with _disk(outbound):
            return trace_file(outbound, name, size, digest)

    def _outbound(self) -> Path:
        if self.outbound is None:
            raise ChannelDown("out", "no outbound directory is set", "set out = … in the partner's [channel]")
        return self.outbound

    @staticmethod
    def _write(path: Path, chunks: Iterable[bytes]) -> None:
        with _disk(path.parent):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            for chunk in chunks:  # outside of _disk: an error of the giver is not an error of the disk
                with _disk(path.parent):
                    view = memoryview(chunk)
                    while view:
                        view = view[file.write(view) :]
            with _disk(path.parent):
                os.fsync(descriptor)


_ADVICE = {
    errno.ENOENT: ("does not exist", "create it, mount its disk, or correct [channel] of the partner"),
    errno.ENOTDIR: ("is not a directory", "correct [channel] of the partner"),
    errno.EACCES: ("is not allowed for the user we run as", "correct the permissions of the directory"),
    errno.EPERM: ("is not allowed for the user we run as", "correct the permissions of the directory"),
    errno.EROFS: ("is on a disk that is mounted read-only", "mount it writable"),
    errno.ENOSPC: ("has no room left on its disk", "free some space; what was half written has been removed"),
    errno.EDQUOT: ("has no room left in its quota", "free some space; what was half written has been removed"),
    errno.EFBIG: (
        "cannot hold a file this large",
        "raise the limit on file sizes; what was half written has been removed",
    ),
    errno.ENAMETOOLONG: ("cannot hold a name this long", "shorten the name"),
}


@contextmanager
def _disk(where: Path) -> Iterator[None]:
    """What the operating system refuses becomes ChannelDown, with what to do."""
    try:
        yield
    except OSError as error:
        why, advice = _ADVICE.get(error.errno or 0, (f"cannot be used ({error.strerror})", "check the disk"))
        raise ChannelDown(str(where), why, advice) from error


def _regular_files(folder: Path) -> dict[str, tuple[int, int]]:
    """Name → (size, time of change in ns) of plain files; no directories, no links that could point anywhere, no
    pipes."""
    files = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(found.st_mode):
                    files[entry.name] = (found.st_size, found.st_mtime_ns)
    return files


def _lock(path: Path) -> int | None:
    """A descriptor that holds the file until it is closed or the process ends; None when it is held, or gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == path.stat().st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def _place(temporary: Path, target: Path) -> None:
    """Give the file its name, never over another one."""
    try:
        os.link(temporary, target)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP):
            raise
        if target.exists():  # a file system without links (FAT, some network shares)
            raise FileExistsError(errno.EEXIST, "exists", str(target)) from None
        temporary.rename(target)


def _same_bytes(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as a, other.open("rb") as b:
        while chunk := a.read(CHUNK):
            if chunk != b.read(CHUNK):
                return False
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _claimed(claim: str, name: str) -> str:
    room = _LONGEST_NAME - len(claim) - 1
    return f"{claim}~{os.fsdecode(os.fsencode(name)[-room:])}"


def _shown(name: str) -> str:
    """A file's name as text that can be stored: bytes that are no UTF-8 become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")


def _escaped(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)
