"""What an interrupted send left in a directory: did the file arrive, or not, or can nobody tell?"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from b2bsync.channels.channel import CHUNK, Trace

READY = ".ready.part"
"""The end of a file's hidden name when it is complete."""
MOST = 100_000
"""Entries that are looked through; a partner's archive may have any number."""

_SEPARATORS = ".-_~ "


def trace_file(folder: Path, name: str, size: int, digest: str) -> Trace:
    """See ``DirectoryChannel.trace``. Raises OSError."""
    target = folder / name
    with suppress(FileNotFoundError):
        if _same(target, size, digest):
            return Trace(there=True, why=f"{target} has our content")
        return Trace(there=None, why=f"{target} has other content than what was sent: look at both")
    begun = _begun(folder, name)
    if any(found.st_nlink > 1 for found in begun.values()):
        # It gets its name as a second link. Only a program that took it over by that name can have moved that one.
        return Trace(there=True, why=f"{name} was complete, and was taken from {folder}")
    for path in _made_of(folder, name):
        with suppress(OSError):
            if _same(path, size, digest):
                return Trace(there=True, why=f"{path} has our content")
    if begun and not any(left.endswith(READY) for left in begun):
        return Trace(there=False, why=f"{name} was never complete in {folder}")
    return Trace(there=None, why=f"{name} is not in {folder} any more, or never was: the partner may have fetched it")


def _begun(folder: Path, name: str) -> dict[str, os.stat_result]:
    """The files of tries that ``put`` never ended: ``.NAME.0123abcd.part`` while it writes, ``….ready.part`` when it
    gives the file its name."""
    ours = re.compile(rf"\.{re.escape(name)}\.[0-9a-f]{{8}}(\.ready)?\.part").fullmatch
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if ours(entry.name):
                with suppress(FileNotFoundError):
                    found[entry.name] = entry.stat(follow_symlinks=False)
    return found


def _made_of(folder: Path, name: str) -> Iterator[Path]:
    """Files with names that programs make of it when they took it over (``NAME.bak``, ``20260301~NAME``), in the
    directory and in those directly below it (``done``, ``archive``)."""
    left = MOST
    for place in [folder, *_folders(folder)]:
        with suppress(OSError), os.scandir(place) as entries:  # one that we may not read says nothing
            for entry in entries:
                left -= 1
                if left < 0:
                    return
                if _is_made_of(entry.name, name) and entry.is_file(follow_symlinks=False):
                    yield Path(entry.path)


def _folders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False))


def _is_made_of(found: str, name: str) -> bool:
    before, met, after = found.partition(name)
    if not met or found.endswith(".part"):
        return False
    return (not before or before[-1] in _SEPARATORS) and (not after or after[0] in _SEPARATORS)


def _same(path: Path, size: int, digest: str) -> bool:
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_size != size:
        return False
    seen = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            seen.update(chunk)
    return seen.hexdigest() == digest
