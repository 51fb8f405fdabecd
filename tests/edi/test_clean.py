"""The fast pattern may only say "clean": whatever it takes, the reader must find nothing in."""

import random
import re
import sys
import threading
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2bsync.edi import Delimiters, TransactionCut, grammar, read_set, scan
from b2bsync.edi.clean import Clean
from b2bsync.edi.judge import judge_set
from b2bsync.edi.walker import walk
from benchmarks.edi.source import Source
from tests.edi.edifact_samples import COLONS
from tests.edi.samples import STARS
from tests.edi.set_generator import good

KINDS = {"850": ("004010", STARS), "810": ("004010", STARS), "856": ("004010", STARS), "ORDERS": ("D96A", COLONS)}


def made(type: str, size: int, seed: int = 1) -> list[str]:
    """Sets of a type, each without a fault."""
    if type == "856":
        return [shipment(random.Random(f"{seed} {n}")) for n in range(size // 1000)]
    source = Source(seed)
    stream: Iterator[bytes] = source.edifact(size) if type == "ORDERS" else source.x12(type, size)
    return [totalled(event.raw) for event in scan(stream) if isinstance(event, TransactionCut)]


def totalled(raw: str) -> str:
    """With the sum of the quantities in CTT02."""
    total = sum(map(int, re.findall(r"~PO1\*\d+\*(\d+)", raw)))
    return re.sub(r"~CTT\*(\d+)\*\d+", rf"~CTT*\1*{total}", raw)


def shipment(r: random.Random) -> str:
    """An 856 of one shipment with its orders, packs or pallets, and items."""
    structure = r.choice(["0001", "0004", ""])
    rows = [f"BSN*00*SH{r.randrange(10**6)}*20260927*1415" + f"*{structure}" * bool(structure)]
    levels, items, shipped = 0, 0, 0

    def level(parent: int, kind: str, child: str) -> int:
        nonlocal levels
        levels += 1
        rows.append(f"HL*{levels}*{parent or ''}*{kind}" + f"*{child}" * (structure != "0004"))
        return levels

    top = level(0, "S", "1")
    rows.append(f"TD1*CTN25*{r.randint(1, 9)}")
    rows.append("N1*ST*Maple Market*92*0012")
    for _ in range(r.randint(1, 3)):
        order = level(top, "O", "1")
        rows.append(f"PRF*PO-{r.randrange(10**6)}***20260914")
        for _ in range(r.randint(1, 3)):
            parent = order
            if structure != "0004" and r.random() < 0.7:
                parent = level(order, r.choice("TP"), "1")
                rows.append("MAN*CP*" + str(r.randrange(10**8)))
            for _ in range(r.randint(1, 3)):
                level(parent, "I", "0")
                quantity = r.randint(1, 90)
                items, shipped = items + 1, shipped + quantity
                rows += [f"LIN*{items}*VP*NS-{r.randrange(10**4)}", f"SN1*{items}*{quantity}*EA"]
    rows.append(f"CTT*{r.choice([levels, items])}" + f"*{shipped}" * (r.random() < 0.5))
    return "~".join(["ST*856*0001", *rows, f"SE*{len(rows) + 2}*0001~"])


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


@pytest.mark.parametrize(
    ("type", "right", "wrong"),
    [
        ("850", r"~CTT\*20\*", "~CTT*19*"),
        ("850", r"~CTT\*20\*\d+", "~CTT*20*1"),
        ("810", r"~CTT\*20", "~CTT*21"),
        ("856", r"~CTT\*\d+", "~CTT*99"),
        ("856", r"~HL\*2\*1\*O", "~HL*2*9*O"),
        ("856", r"~HL\*2\*1\*O", "~HL*2**O"),
        ("856", r"~HL\*2\*1\*O", "~HL*2*1*I"),
        ("856", r"~HL\*(\d+)\*(\d+)\*I\*0", r"~HL*\1*\2*I*1"),
        ("ORDERS", r"'CNT\+2:20", "'CNT+2:21"),
    ],
)
def test_what_lies_beyond_a_pattern_is_looked_at(type: str, right: str, wrong: str) -> None:
    known = taught(type)
    raws = [raw for raw in made_once(type) if re.search(right, raw) and known.is_clean(raw)]
    assert raws
    for raw in raws:
        assert not known.is_clean(re.sub(right, wrong, raw, count=1))


def test_sums_of_orders_are_read_by_the_judge() -> None:
    raw = made_once("ORDERS")[0]
    total = sum(map(int, re.findall(r"'QTY\+21:(\d+)", raw)))
    (size,) = re.findall(r"'UNT\+(\d+)", raw)
    more = raw.replace("'UNT+" + size, f"'CNT+1:{total}'UNT+{int(size) + 1}")
    assert judge_set(more, COLONS, "D96A", "ORDERS").findings == ()
    wrong = more.replace(f"CNT+1:{total}", f"CNT+1:{total + 1}")
    for _ in range(10):
        judge_set(more, COLONS, "D96A", "ORDERS")
        assert [f.code for f in judge_set(wrong, COLONS, "D96A", "ORDERS").findings] == ["control-total-wrong"]


def test_the_judge_learns_and_agrees() -> None:
    delimiters = Delimiters("~", "*", ":")
    raws = [raw.replace(">", ":") for raw in made("850", 60_000, seed=4)]
    bad = re.sub(r"\*20\*\d+~SE", "*20~SE", raws[5]).replace("PO1*1*", "PO1*1*x")
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


def test_threads_learn_together() -> None:
    message = grammar("004010").message("850")
    raws = ["~".join(map("*".join, good(message, seed))) + "~" for seed in range(40)]
    roots = [read_set(raw, STARS, "004010", "850").root for raw in raws]
    raised: list[BaseException] = []
    before = sys.getswitchinterval()

    def work(known: Clean, seed: int) -> None:
        try:
            for n in random.Random(seed).sample(range(len(raws)), len(raws)):
                known.learn(roots[n], raws[n])
                known.is_clean(raws[n])
        except Exception as error:
            raised.append(error)

    sys.setswitchinterval(1e-5)
    try:
        for _ in range(3):
            known = Clean(walk("004010", "850"), STARS)
            threads = [threading.Thread(target=work, args=(known, seed)) for seed in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert known.patterns is not None
    finally:
        sys.setswitchinterval(before)
    assert raised == []


def test_a_set_with_bounded_loops_is_passed_over() -> None:
    """LS and LE are beyond a pattern; the sets without them are still judged by one."""
    known = taught("850")
    bounded = "ST*850*0001~BEG*00*SA*1**20260914~PO1*1*5*EA*1~LS*SLN~LE*SLN~CTT*1~SE*7*0001~"
    for _ in range(5):
        known.learn(read_set(bounded, STARS, "004010", "850").root, bounded)
    assert not known.is_clean(bounded)
    assert known.is_clean(made_once("850")[0])
