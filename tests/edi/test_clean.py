"""The fast pattern may only say "clean": whatever it takes, the reader must find nothing in."""

import random
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2bsync.edi import Delimiters, TransactionCut, read_set, scan
from b2bsync.edi.clean import Clean
from b2bsync.edi.judge import judge_set
from b2bsync.edi.walker import walk
from benchmarks.edi.source import Source
from tests.edi.edifact_samples import COLONS
from tests.edi.samples import STARS

KINDS = {"850": ("004010", STARS), "810": ("004010", STARS), "ORDERS": ("D96A", COLONS)}


def made(type: str, size: int, seed: int = 1) -> list[str]:
    """Sets of a type, each without a fault."""
    source = Source(seed)
    stream: Iterator[bytes] = source.edifact(size) if type == "ORDERS" else source.x12(type, size)
    return [event.raw for event in scan(stream) if isinstance(event, TransactionCut)]


@cache
def taught(type: str) -> Clean:
    version, delimiters = KINDS[type]
    known = Clean(walk(version, type), delimiters)
    for raw in made(type, 150_000):
        if not known.is_clean(raw):
            read = read_set(raw, delimiters, version, type)
            assert read.findings == ()
            known.learn(read.root, raw)
    return known


@pytest.mark.parametrize("type", KINDS)
def test_what_is_like_the_sets_before_is_recognised(type: str) -> None:
    others = made(type, 150_000, seed=2)
    known = taught(type)
    assert len(others) > 50
    assert sum(map(known.is_clean, others)) > 0.9 * len(others)
    assert known.is_clean(others[-1].replace(KINDS[type][1].segment, KINDS[type][1].segment + "\r\n"))


def damaged(raw: str, terminator: str, seed: int) -> str:
    """One to three small changes, or segments that change places."""
    chosen = random.Random(seed)
    text = raw
    for _ in range(chosen.randint(1, 3)):
        place, kind = chosen.randrange(len(text)), chosen.randrange(6)
        if kind == 0:
            text = text[:place] + chosen.choice("A1*.-Z 0~>^+:'?,\n\té") + text[place + 1 :]
        elif kind == 1:
            text = text[:place] + chosen.choice("A1*.-Z 0~>^+:'?,9") * chosen.randint(1, 3) + text[place:]
        elif kind == 2:
            text = text[:place] + text[place + chosen.randint(1, 4) :]
        else:
            parts = text.split(terminator)
            one, other = chosen.randrange(len(parts)), chosen.randrange(len(parts))
            if kind == 3:
                parts[one], parts[other] = parts[other], parts[one]
            elif kind == 4:
                parts.insert(one, parts[other])
            else:
                del parts[one]
            text = terminator.join(parts)
    return text


@settings(deadline=None, max_examples=1500)
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 2**32))
def test_what_it_takes_the_reader_takes(type: str, seed: int) -> None:
    version, delimiters = KINDS[type]
    raws = made_once(type)
    text = damaged(raws[seed % len(raws)], delimiters.segment, seed)
    if taught(type).is_clean(text):
        assert read_set(text, delimiters, version, type).findings == ()


@cache
def made_once(type: str) -> list[str]:
    return made(type, 30_000, seed=3)


@pytest.mark.parametrize("type", KINDS)
def test_some_damages_are_none(type: str) -> None:
    """Or the property above would say nothing."""
    known, raws = taught(type), made_once(type)
    texts = [damaged(raws[n % len(raws)], KINDS[type][1].segment, n) for n in range(400)]
    taken = sum(map(known.is_clean, texts))
    assert 10 < taken < 300


def test_the_judge_learns_and_agrees() -> None:
    delimiters = Delimiters("~", "*", ":")
    raws = [raw.replace(">", ":") for raw in made("850", 60_000, seed=4)]
    bad = raws[5].replace("PO1*1*", "PO1*1*x")
    for raw in raws:
        assert judge_set(raw, delimiters, "004010", "850").findings == ()
    assert [f.code for f in judge_set(bad, delimiters, "004010", "850", start=7).findings] == ["number-invalid"]
    assert judge_set(bad, delimiters, "004010", "850", start=7).findings == read_set(
        bad, delimiters, "004010", "850", start=7
    ).findings  # fmt: skip


def test_a_bad_set_takes_no_longer_than_its_length() -> None:
    """Each wrong at its very end; a pattern that went back would never come to an end here."""
    known = taught("850")
    raw = made_once("850")[0]
    lines = [line for line in raw.split("~") if line.startswith(("PO1", "PID"))]
    for times in (10, 1000):
        assert not known.is_clean(raw.replace("CTT*", "~".join(lines * times) + "~CTT*").replace("SE*", "SE*x"))
