"""Did an interrupted send arrive? There, not there, or nobody can tell."""

import hashlib
import os
from pathlib import Path

import pytest

from b2bsync.channels import ChannelDown, DirectoryChannel, Trace

NAME, CONTENT = "855_acme_000000002.edi", b"ISA*00~IEA*1~"


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def trace(outbox: Path) -> Trace:
    return DirectoryChannel(None, outbox).trace(NAME, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def test_it_lies_where_it_was_put(outbox: Path) -> None:
    DirectoryChannel(None, outbox).put(NAME, [CONTENT])
    assert trace(outbox) == Trace(there=True, why=f"{outbox / NAME} has our content")


@pytest.mark.parametrize(
    "place", ["done/" + NAME, "archive/20260301T120000-0badcafe~" + NAME, NAME + ".bak", "2026-03-01 " + NAME]
)
def test_the_partner_took_it_over_under_a_name_made_of_it(outbox: Path, place: str) -> None:
    DirectoryChannel(None, outbox).put(NAME, [CONTENT])
    (outbox / place).parent.mkdir(exist_ok=True)
    (outbox / NAME).rename(outbox / place)
    assert trace(outbox) == Trace(there=True, why=f"{outbox / place} has our content")


@pytest.mark.parametrize("place", ["X" + NAME, NAME + "2", "855_acme_000000003.edi", "a/b/" + NAME])
def test_other_names_and_places_say_nothing(outbox: Path, place: str) -> None:
    (outbox / place).parent.mkdir(parents=True, exist_ok=True)
    (outbox / place).write_bytes(CONTENT)
    assert trace(outbox).there is None


def test_a_name_made_of_it_with_other_content_says_nothing(outbox: Path) -> None:
    (outbox / (NAME + ".bak")).write_bytes(CONTENT.replace(b"0", b"1"))
    assert trace(outbox).there is None


def test_something_else_under_its_name_is_for_a_person(outbox: Path) -> None:
    (outbox / NAME).write_bytes(b"theirs")
    assert trace(outbox) == Trace(there=None, why=f"{outbox / NAME} has other content than what was sent: look at both")


def test_a_file_that_never_got_its_name_is_not_there(outbox: Path) -> None:
    (outbox / f".{NAME}.0badcafe.part").write_bytes(CONTENT)
    assert trace(outbox) == Trace(there=False, why=f"{NAME} was never complete in {outbox}")


def test_a_file_that_may_have_got_its_name_is_for_a_person(outbox: Path) -> None:
    """Killed between the link and the removal of its hidden name, and the partner fetched and deleted it; or before."""
    (outbox / f".{NAME}.0badcafe.ready.part").write_bytes(CONTENT)
    assert trace(outbox).there is None


def test_a_file_that_was_moved_away_has_its_second_name_still(outbox: Path, tmp_path: Path) -> None:
    hidden = outbox / f".{NAME}.0badcafe.ready.part"
    hidden.write_bytes(CONTENT)
    os.link(hidden, tmp_path / "somewhere")
    assert trace(outbox) == Trace(there=True, why=f"{NAME} was complete, and was taken from {outbox}")


def test_an_empty_directory_cannot_tell(outbox: Path) -> None:
    (outbox / f".{NAME}.bak.0badcafe.part").write_bytes(b"")  # of another file
    assert trace(outbox) == Trace(
        there=None, why=f"{NAME} is not in {outbox} any more, or never was: the partner may have fetched it"
    )


def test_a_directory_that_is_missing_is_down(outbox: Path) -> None:
    outbox.rmdir()
    with pytest.raises(ChannelDown, match="does not exist"):
        trace(outbox)
