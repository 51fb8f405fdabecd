"""The files that were taken from a directory, which stay in its ``done/``."""

import errno
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from b2bsync.channels.channel import Arrival, ChannelDown
from b2bsync.channels.directory import DONE

_STAMP = "%Y%m%dT%H%M%S"


def archived(inbound: Path, since: datetime) -> list[Arrival]:
    """What was taken from ``inbound`` at that moment or later, oldest first, each with the claim it had then.

    Raises ChannelDown when the folder cannot be read; one that is not there yet holds nothing.
    """
    try:
        return sorted(_found(inbound / DONE, since), key=when)
    except OSError as error:
        advice = "correct its permissions" if error.errno in (errno.EACCES, errno.EPERM) else "check the disk"
        raise ChannelDown(str(inbound / DONE), f"cannot be read ({error.strerror})", advice) from error


def when(arrival: Arrival) -> tuple[str, int, str]:
    """The order in which archived files came: claims are of whole seconds, within one they were taken by their age."""
    return arrival.claim.partition("-")[0], arrival.path.stat().st_mtime_ns, arrival.claim


def _found(folder: Path, since: datetime) -> Iterator[Arrival]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        claim, separator, name = path.name.partition("~")
        if separator and path.is_file() and not path.is_symlink():
            try:
                taken = datetime.strptime(claim.partition("-")[0], _STAMP).replace(tzinfo=UTC)
            except ValueError:
                continue  # somebody put it there
            if taken >= since:
                shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                yield Arrival(name=shown, path=path, size=path.stat().st_size, claim=claim)
