"""Files from a partner: when one is taken, by whom, and what becomes of it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from b2bsync.channels import Arrival, ArrivalRefused, ChannelDown, DirectoryChannel


class Clock:
    """Seconds that pass when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def names(arrivals: list[Arrival]) -> list[str]:
    return [arrival.name for arrival in arrivals]


def take_only(channel: DirectoryChannel) -> Arrival:
    """What a receiver does: two looks, then the claim of the one file there is."""
    channel.waiting()
    (arrival,) = channel.waiting()
    taken = channel.take(arrival)
    assert taken is not None
    return taken


def test_a_file_is_offered_when_it_did_not_change_for_the_settling_time(inbox: Path) -> None:
    clock = Clock()
    channel = DirectoryChannel(inbox, None, settle=2, clock=clock)
    (inbox / "order.edi").write_bytes(b"ISA*00*")
    assert names(channel.waiting()) == []

    clock.now += 1
    with (inbox / "order.edi").open("ab") as file:
        file.write(b"more")  # the partner is still writing
    assert names(channel.waiting()) == []
    clock.now += 1
    assert names(channel.waiting()) == []
    clock.now += 1
    assert [(a.name, a.size, a.claim) for a in channel.waiting()] == [("order.edi", 11, "")]


def test_a_marker_makes_a_file_ready_at_once_and_goes_with_it(inbox: Path) -> None:
    channel = DirectoryChannel(inbox, None, settle=60, marker_only=True)
    (inbox / "a.edi").write_bytes(b"A")
    (inbox / "b.edi").write_bytes(b"B")
    (inbox / "b.edi.done").touch()
    (arrival,) = channel.waiting()
    assert arrival.name == "b.edi"
    assert channel.take(arrival) is not None
    assert sorted(p.name for p in inbox.iterdir()) == [".processing", "a.edi"]


def test_a_marker_that_outlived_a_crash_does_not_let_the_next_file_in_half_written(inbox: Path) -> None:
    (inbox / ".processing").mkdir()
    (inbox / ".processing" / "20260101T000000-00000001~b.edi").write_bytes(b"B")
    (inbox / "b.edi.done").touch()  # the process died between the rename and the removal of the marker
    channel = DirectoryChannel(inbox, None, settle=60, marker_only=True)
    (left,) = channel.waiting()
    assert channel.take(left) is not None
    assert not (inbox / "b.edi.done").exists()


@pytest.mark.parametrize("name", ["order.edi.part", "order.tmp", "order.filepart", ".hidden", "order.edi.done"])
def test_files_still_being_written_are_not_offered(inbox: Path, name: str) -> None:
    channel = DirectoryChannel(inbox, None, settle=0)
    (inbox / name).write_bytes(b"x")
    (inbox / "other.edi").write_bytes(b"x")
    channel.waiting()
    assert names(channel.waiting()) == ["other.edi"]


def test_a_file_that_need_not_settle_is_offered_at_once(inbox: Path) -> None:
    (inbox / "order.edi").write_bytes(b"x")
    assert names(DirectoryChannel(inbox, None, settle=0).waiting()) == ["order.edi"]


def test_directories_links_and_pipes_are_not_offered(inbox: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"not for the partner")
    (inbox / "folder").mkdir()
    (inbox / "link.edi").symlink_to(tmp_path / "secret")
    os.mkfifo(inbox / "pipe.edi")
    (inbox / "plain.edi").write_bytes(b"x")
    channel = DirectoryChannel(inbox, None, settle=0)
    channel.waiting()
    assert names(channel.waiting()) == ["plain.edi"]


def test_a_taken_file_is_read_in_chunks_and_then_kept_in_done(inbox: Path) -> None:
    content = b"0123456789" * 60_000  # 600,000 bytes: two whole chunks of 262,144 and a rest
    (inbox / "big.edi").write_bytes(content)
    channel = DirectoryChannel(inbox, None, settle=0)
    taken = take_only(channel)
    chunks = list(taken.open())
    assert [len(chunk) for chunk in chunks] == [262_144, 262_144, 75_712]
    assert b"".join(chunks) == content
    assert channel.waiting() == []

    place = channel.finish(taken)
    assert place == inbox / "done" / f"{taken.claim}~big.edi"
    assert place.read_bytes() == content
    assert channel.finish(taken) == place  # again, after a crash: no error
    assert channel.waiting() == []


def test_an_empty_file_is_offered_like_any_other(inbox: Path) -> None:
    (inbox / "empty.edi").touch()
    taken = take_only(DirectoryChannel(inbox, None, settle=0))
    assert (taken.size, list(taken.open())) == (0, [])


def test_files_of_one_name_never_meet(inbox: Path) -> None:
    channel = DirectoryChannel(inbox, None, settle=0)
    for content in (b"first", b"second", b"third"):
        (inbox / "order.edi").write_bytes(content)
        channel.finish(take_only(channel))
    assert sorted(p.read_bytes() for p in (inbox / "done").iterdir()) == [b"first", b"second", b"third"]
    assert len({p.name for p in (inbox / "done").iterdir()}) == 3


def test_a_failed_file_has_its_reason_beside_it(inbox: Path) -> None:
    channel = DirectoryChannel(inbox, None, settle=0)
    (inbox / "order.edi").write_bytes(b"hello")
    place = channel.fail(take_only(channel), "no X12: byte 0 is 'h', allowed: ISA")
    assert place.parent == inbox / "failed"
    assert place.read_bytes() == b"hello"
    assert place.with_name(place.name + ".reason.txt").read_text() == "no X12: byte 0 is 'h', allowed: ISA\n"


def test_only_one_of_two_gets_a_file(inbox: Path) -> None:
    one, other = DirectoryChannel(inbox, None, settle=0), DirectoryChannel(inbox, None, settle=0)
    (inbox / "order.edi").write_bytes(b"x")
    one.waiting(), other.waiting()
    (seen_by_one,), (seen_by_other,) = one.waiting(), other.waiting()
    taken = one.take(seen_by_one)
    assert taken is not None
    assert other.take(seen_by_other) is None
    assert other.waiting() == []  # what another one works on is not offered …
    assert other.take(taken) is None
    one.release(taken)
    assert names(other.waiting()) == ["order.edi"]  # … until it lets go


def test_a_file_whose_process_was_killed_is_offered_again_under_the_same_claim(inbox: Path) -> None:
    (inbox / "order.edi").write_bytes(b"x")
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_AND_WAIT, str(inbox)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    claim = process.stdout.readline().strip()
    channel = DirectoryChannel(inbox, None, settle=0)
    assert channel.waiting() == []  # it is alive, and has it

    process.kill()
    process.communicate()
    (arrival,) = channel.waiting()
    assert (arrival.name, arrival.claim) == ("order.edi", claim)
    taken = channel.take(arrival)
    assert taken is not None
    assert channel.finish(taken).read_bytes() == b"x"


TAKE_AND_WAIT = """
import sys, pathlib
from b2bsync.channels import DirectoryChannel
channel = DirectoryChannel(pathlib.Path(sys.argv[1]), None, settle=0)
channel.waiting()
print(channel.take(channel.waiting()[0]).claim, flush=True)
sys.stdin.read()
"""


def test_a_file_that_vanished_before_the_claim_is_nobodys_error(inbox: Path) -> None:
    channel = DirectoryChannel(inbox, None, settle=0)
    (inbox / "order.edi").write_bytes(b"x")
    channel.waiting()
    (arrival,) = channel.waiting()
    (inbox / "order.edi").unlink()
    assert channel.take(arrival) is None


def test_a_file_that_is_too_large_is_set_aside_and_said(inbox: Path) -> None:
    channel = DirectoryChannel(inbox, None, settle=0, largest=10)
    (inbox / "huge.edi").write_bytes(b"12345678901")
    channel.waiting()
    (arrival,) = channel.waiting()
    with pytest.raises(ArrivalRefused) as caught:
        channel.take(arrival)
    assert caught.value.why == "has 11 bytes, more than the 10 allowed"
    assert caught.value.place.read_bytes() == b"12345678901"
    assert channel.waiting() == []


UNPRIVILEGED = """
import os, sys, pathlib
from b2bsync.channels import *
if os.geteuid() == 0:
    os.setgid(65534), os.setuid(65534)
inbox = pathlib.Path(sys.argv[1])
def attempt(action):
    try:
        action()
    except ChannelError as error:
        print(type(error).__name__, error.why, sep=": ")
(inbox / "locked.edi").write_bytes(b"x")
(inbox / "locked.edi").chmod(0)
(inbox / "open.edi").write_bytes(b"x")
channel = DirectoryChannel(inbox, inbox / "out", settle=0)
channel.waiting()
for arrival in channel.waiting():
    attempt(lambda: print("taken", channel.take(arrival).name))
print([a.name for a in channel.waiting()])
(inbox / "out").mkdir(mode=0o500)
attempt(channel.check)
attempt(lambda: channel.put("x.edi", [b"x"]))
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A directory that every user of the system can reach, which pytest's own cannot be."""
    with tempfile.TemporaryDirectory(prefix="b2bsync-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_permissions_that_are_missing(open_folder: Path) -> None:
    """As a user who may not do everything, even where the tests run as root."""
    said = subprocess.run(
        [sys.executable, "-c", UNPRIVILEGED, str(open_folder)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert said == [
        "ArrivalRefused: is not readable for us",
        "taken open.edi",
        "[]",
        "ChannelDown: is not allowed for the user we run as",
        "ChannelDown: is not allowed for the user we run as",
    ]


def test_a_directory_that_is_missing_is_said_and_not_made(tmp_path: Path) -> None:
    channel = DirectoryChannel(tmp_path / "nowhere", None)
    with pytest.raises(ChannelDown) as caught:
        channel.waiting()
    assert str(caught.value) == (
        f"{tmp_path}/nowhere: does not exist; create it, mount its disk, or correct [channel] of the partner"
    )
    assert not (tmp_path / "nowhere").exists()
    channel.create()
    channel.check()
    assert channel.waiting() == []


def test_names_that_are_long_or_no_utf8(inbox: Path) -> None:
    long = "x" * 245 + ".edi"
    (inbox / long).write_bytes(b"long")
    (inbox / os.fsdecode(b"caf\xe9.edi")).write_bytes(b"latin")
    channel = DirectoryChannel(inbox, None, settle=0)
    channel.waiting()
    taken = {}
    for arrival in channel.waiting():
        claimed = channel.take(arrival)
        assert claimed is not None
        taken[claimed.name] = channel.finish(claimed).read_bytes()
    assert taken == {long: b"long", "caf\ufffd.edi": b"latin"}


def test_a_file_that_grows_after_it_was_taken_is_offered_again_whole(inbox: Path) -> None:
    """The partner's program paused for longer than the settling time, and writes on into the renamed file."""
    channel = DirectoryChannel(inbox, None, settle=0)
    with (inbox / "order.edi").open("wb", buffering=0) as writer:
        writer.write(b"ISA*")
        taken = take_only(channel)
        writer.write(b"IEA~")
    with pytest.raises(ChannelDown, match="has 8 bytes, and had 4 when it was taken: it is still being written"):
        list(taken.open())
    channel.release(taken)
    (again,) = channel.waiting()
    whole = channel.take(again)
    assert whole is not None
    assert (b"".join(whole.open()), whole.claim) == (b"ISA*IEA~", taken.claim)


def test_a_file_that_became_a_link_is_set_aside(inbox: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"not for the partner")
    (inbox / "order.edi").write_bytes(b"x")
    channel = DirectoryChannel(inbox, None, settle=0)
    channel.waiting()
    (arrival,) = channel.waiting()
    (inbox / "order.edi").unlink()
    (inbox / "order.edi").symlink_to(tmp_path / "secret")
    with pytest.raises(ArrivalRefused) as caught:
        channel.take(arrival)
    assert caught.value.place.is_symlink()
    assert caught.value.place.parent == inbox / "failed"


def test_only_one_takes_at_a_time_and_the_next_gets_what_is_left(inbox: Path) -> None:
    clock = Clock()
    channels = [DirectoryChannel(inbox, None, settle=1, clock=clock) for _ in range(2)]
    for name in ("first.edi", "second.edi"):
        (inbox / name).write_text(name)
    assert [channel.waiting() for channel in channels] == [[], []]
    clock.now += 2
    assert [names(channel.waiting()) for channel in channels] == [["first.edi", "second.edi"]] * 2

    with channels[0].turn() as ours, channels[1].turn() as theirs:
        assert (ours, theirs) == (True, False)
        taken = channels[0].take(channels[0].waiting()[0])
        assert taken is not None
        channels[0].finish(taken)
    with channels[1].turn() as theirs:
        assert theirs
        assert names(channels[1].waiting()) == ["second.edi"]
