"""Files for a partner: whole or not at all, once."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from b2bsync.channels import ChannelDown, DirectoryChannel, NameTaken


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_partner_sees_the_file_only_when_it_is_whole(outbox: Path) -> None:
    seen = []

    def chunks() -> Iterator[bytes]:
        yield b"ISA*"
        seen.append([name for name in listing(outbox) if not name.startswith(".")])
        yield b"IEA~"

    put = DirectoryChannel(None, outbox).put("855-1.edi", chunks())
    assert seen == [[]]
    assert (put.place, put.already) == (str(outbox / "855-1.edi"), False)
    assert listing(outbox) == ["855-1.edi"]
    assert (outbox / "855-1.edi").read_bytes() == b"ISA*IEA~"


def test_the_same_file_again_is_already_delivered(outbox: Path) -> None:
    channel = DirectoryChannel(None, outbox)
    channel.put("855-1.edi", [b"ISA*IEA~"])
    before = (outbox / "855-1.edi").stat()
    assert channel.put("855-1.edi", [b"ISA*", b"IEA~"]).already
    after = (outbox / "855-1.edi").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert listing(outbox) == ["855-1.edi"]


@pytest.mark.parametrize("other", [b"ISA*OTHER~", b"ISA*IEB~", b""])
def test_other_bytes_under_a_name_that_is_taken_are_refused(outbox: Path, other: bytes) -> None:
    channel = DirectoryChannel(None, outbox)
    channel.put("855-1.edi", [b"ISA*IEA~"])
    with pytest.raises(NameTaken) as caught:
        channel.put("855-1.edi", [other])
    assert str(caught.value) == (
        f"{outbox}/855-1.edi: is there already, with other content; look at both; it was not overwritten"
    )
    assert (outbox / "855-1.edi").read_bytes() == b"ISA*IEA~"
    assert listing(outbox) == ["855-1.edi"]


def test_an_error_of_the_giver_leaves_nothing_behind(outbox: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"ISA*"
        raise LookupError("the blob is gone")

    with pytest.raises(LookupError, match="the blob is gone"):
        DirectoryChannel(None, outbox).put("855-1.edi", chunks())
    assert listing(outbox) == []


FILL = """
import sys, pathlib, resource
from b2bsync.channels import ChannelDown, DirectoryChannel
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    DirectoryChannel(None, pathlib.Path(sys.argv[1])).put("855-1.edi", [b"x" * 60_000] * 3)
except ChannelDown as error:
    print(error.why, error.advice, sep="; ")
"""


def test_no_room_is_said_and_the_half_written_file_removed(outbox: Path) -> None:
    """The operating system refuses to write on after 100,000 bytes, as a full disk would."""
    said = subprocess.run([sys.executable, "-c", FILL, str(outbox)], capture_output=True, text=True, check=True).stdout
    assert (
        said == "cannot hold a file this large; raise the limit on file sizes; what was half written has been removed\n"
    )
    assert listing(outbox) == []


def test_what_a_killed_process_left_is_removed_by_the_next_try(outbox: Path) -> None:
    (outbox / ".855-1.edi.0badcafe.part").write_bytes(b"ISA*")
    (outbox / ".855-2.edi.0badcafe.part").write_bytes(b"ISA*")
    DirectoryChannel(None, outbox).put("855-1.edi", [b"ISA*IEA~"])
    assert listing(outbox) == [".855-2.edi.0badcafe.part", "855-1.edi"]


@pytest.mark.parametrize("name", ["", "../x.edi", "a/b.edi", ".hidden", "x.part", "x.tmp", "x.edi.done"])
def test_names_that_a_receiver_would_not_look_at_are_refused(outbox: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is no name for a delivered file"):
        DirectoryChannel(None, outbox).put(name, [b"x"])
    assert listing(outbox) == []


def test_a_directory_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ChannelDown) as caught:
        DirectoryChannel(None, tmp_path / "nowhere").put("x.edi", [b"x"])
    assert caught.value.why == "does not exist"


def test_what_one_puts_another_takes(outbox: Path) -> None:
    us, them = DirectoryChannel(None, outbox), DirectoryChannel(outbox, None, settle=0)
    us.put("855-1.edi", [b"ISA*IEA~"])
    them.waiting()
    (arrival,) = them.waiting()
    taken = them.take(arrival)
    assert taken is not None
    assert b"".join(taken.open()) == b"ISA*IEA~"
