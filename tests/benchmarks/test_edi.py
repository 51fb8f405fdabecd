"""The EDI benchmarks measure what they say: valid documents, documents with one error each, and the whole work."""

import re
from pathlib import Path

import pytest

from b2bsync.edi import TransactionCut, read_set, scan
from benchmarks.edi.case import made
from benchmarks.edi.clock import PIECE, Clock
from benchmarks.edi.mistakes import BODY, TRAILER, Wrong
from benchmarks.edi.peer import WORKS
from benchmarks.edi.peers import HERE, PEERS
from benchmarks.edi.source import Source
from benchmarks.measure import run

TYPES = ("850", "810", "ORDERS")


def findings(source: Source, type: str, size: int) -> list[list[str]]:
    """The codes of what is found in each set of an interchange."""
    return [
        [finding.code for finding in read_set(cut.raw, cut.interchange.delimiters, cut.version, cut.type).findings]
        for cut in scan(source.interchange(type, size))
        if isinstance(cut, TransactionCut)
    ]


@pytest.mark.parametrize("type", TYPES)
def test_documents_are_the_same_every_time_and_no_two_alike(type: str) -> None:
    assert b"".join(Source().interchange(type, 50_000)) == b"".join(Source().interchange(type, 50_000))
    source = Source()
    documents = ["\n".join(source.body(type)) for _ in range(50)]
    assert len(set(documents)) == 50
    orders = {tuple(re.findall(r"(?m)^[A-Z0-9]+", document)) for document in documents}
    assert len(orders) == 50


@pytest.mark.parametrize("type", TYPES)
def test_nothing_is_wrong_with_a_document(type: str) -> None:
    found = findings(Source(), type, 100_000)
    assert len(found) > 40
    assert not any(found)


@pytest.mark.parametrize(("type", "kind"), [(type, kind) for type in TYPES for kind in (*BODY[type], *TRAILER)])
def test_one_thing_is_wrong_with_a_wrong_document(type: str, kind: str) -> None:
    found = findings(Wrong(only=[kind]), type, 30_000)
    assert len(found) > 10
    assert found == [[kind]] * len(found)


def test_kinds_of_mistakes_take_turns() -> None:
    first = findings(Wrong(), "850", 30_000)[:12]
    assert sorted(code for (code,) in first) == sorted([*BODY["850"], *TRAILER])


@pytest.mark.parametrize("type", TYPES)
def test_every_wrong_document_is_rejected(type: str, tmp_path: Path) -> None:
    done = run("edi.case", "answer", type, 1, tmp_path)
    assert done.facts["count"] > 400  # the case compares it with the trailers in the file
    assert 0 < done.facts["floor"] < done.cpu


@pytest.mark.parametrize("type", ["850", "ORDERS"])
@pytest.mark.parametrize("work", ["write-interchange", "write-messages", "write-read"])
def test_what_is_written_is_what_was_read(work: str, type: str, tmp_path: Path) -> None:
    done = run("edi.case", work, type, 1, tmp_path)
    whole = (tmp_path / f"{type}-1.edi").stat().st_size
    assert 0.98 * whole < done.facts["count"] <= whole  # the case compares every byte


def test_the_work_gets_the_whole_file_in_pieces(tmp_path: Path) -> None:
    path = made("850", 1, tmp_path)
    clock = Clock("~")
    clock.run()
    pieces = list(clock.read(path))
    assert b"".join(pieces) == path.read_bytes()
    assert max(map(len, pieces)) == PIECE
    assert clock.floor > 0


def test_every_peer_is_pinned_and_has_its_work() -> None:
    lines = (HERE / "peers.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("==")[0] for line in lines if not line.startswith("#")}
    assert {peer.package for peer in PEERS} == pinned
    assert {peer.work for peer in PEERS} == set(WORKS)
    assert all("==" in word for line in lines if not line.startswith("#") for word in line.split())
