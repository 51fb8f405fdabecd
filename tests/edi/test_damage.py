"""Sets with faults are judged by patterns where these can tell: what is found must be what the reader finds."""

from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2bsync.edi import TransactionCut, read_set, scan
from b2bsync.edi.clean import Clean
from b2bsync.edi.damage import Damage, damage, judged
from b2bsync.edi.judge import judge_set
from b2bsync.edi.report import Report
from b2bsync.edi.walker import walk
from benchmarks.edi.mistakes import BODY, Wrong
from tests.edi.test_clean import KINDS, damaged, made


def damage_of(known: Clean, text: str) -> Damage | None:
    """What may be wrong with a set, as the judge asks for it."""
    return damage(known, text, known.reach(text), text.count(known.delimiters.segment))


@cache
def sets(type: str) -> list[str]:
    """Right ones, and as many with one error each."""
    wrong = list[str]()
    if type in BODY:
        stream: Iterator[bytes] = Wrong(5).interchange(type, 60_000)
        wrong = [event.raw for event in scan(stream) if isinstance(event, TransactionCut)]
    return [*made(type, 60_000, seed=5), *wrong]


@settings(deadline=None, max_examples=1500)
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 2**32), st.sampled_from(["", "\n", "\r\n"]))
def test_the_judge_finds_what_the_reader_finds(type: str, seed: int, ending: str) -> None:
    version, delimiters = KINDS[type]
    raw = sets(type)[seed % len(sets(type))]
    text = damaged(raw, delimiters.segment, seed) if seed % 4 else raw
    text = text.replace(delimiters.segment, delimiters.segment + ending)
    start = seed % 1000
    said, read = judge_set(text, delimiters, version, type, start=start), read_set(
        text, delimiters, version, type, start=start
    )  # fmt: skip
    assert said.findings == read.findings
    assert said.verdict is read.verdict


@pytest.mark.parametrize("type", BODY)
def test_every_kind_of_mistake_is_found_as_the_reader_does(type: str) -> None:
    version, delimiters = KINDS[type]
    for raw in sets(type) * 2:  # the second time everything is learnt
        read = read_set(raw, delimiters, version, type, start=1)
        assert judge_set(raw, delimiters, version, type, start=1).findings == read.findings


@cache
def taught() -> Clean:
    """By sets that are wrong, each and every one."""
    version, delimiters = KINDS["850"]
    known = Clean(walk(version, "850"), delimiters)
    for event in scan(Wrong(7).interchange("850", 80_000)):
        if isinstance(event, TransactionCut):
            known.learn(read_set(event.raw, delimiters, version, "850").root, event.raw)
    return known


HEAD = "ST*850*0001~BEG*00*SA*PO-1**20260914~N1*BY*Maple Market*92*0012~"
LINE = "PO1*1*10*EA*4.5*PE*VP*V-1~PID*F****blue box~"


@pytest.mark.parametrize(
    ("body", "findings"),
    [
        ("PO1*1*10*EA*4,5*PE*VP*V-1~PID*F****blue box~", [("number-invalid", 4, "PO1", 4, 76)]),
        ("PO1*1*10*EA*4.5*PE*VP*V-1~ZZ9*1~", [("segment-unknown", 5, "ZZ9", None, 90)]),
        ("PO1*1*10*EA*4.5*PE*VP*V-1~BIG*20260914*1~", [("segment-not-in-set", 5, "BIG", None, 90)]),
        (
            "PO1*1*10*EA*4,5*PE*VP*V-1~ZZ9*1~PID*F~",
            [
                ("number-invalid", 4, "PO1", 4, 76),
                ("segment-unknown", 5, "ZZ9", None, 90),
                ("relation-broken", 6, "PID", 4, 101),
            ],
        ),
    ],
)
def test_only_what_no_pattern_takes_is_looked_at(body: str, findings: list[tuple[object, ...]]) -> None:
    known = taught()
    count = f"{HEAD}{body}".count("~") + 2
    raw = f"{HEAD}{body}CTT*1*10~SE*{count}*0001~"
    text = known.text(raw)
    assert text == raw
    found = damage_of(known, text)
    assert found is not None
    assert sorted(found.suspects) == [segment for _, segment, *_ in findings]
    report = Report(raw, known.delimiters, 0, "X12")
    assert judged(known, found, report)
    assert [(f.code, f.segment, f.tag, f.element, f.offset) for f in report.findings()] == findings


@pytest.mark.parametrize(
    ("trailer", "code"), [("SE*6*0001~", "segment-count-wrong"), ("SE*7*0002~", "control-number-differs")]
)
def test_a_wrong_trailer_is_found_without_reading(trailer: str, code: str) -> None:
    known, raw = taught(), f"{HEAD}{LINE}CTT*1*10~{trailer}"
    found = damage_of(known, raw)
    assert found is not None and not found.suspects
    report = Report(raw, known.delimiters, 0, "X12")
    assert judged(known, found, report)
    assert [f.code for f in report.findings()] == [code]


@pytest.mark.parametrize(
    "body",
    [
        LINE.replace("PID", "PI\x01D"),  # a control character
        LINE.replace("PO1", "po1"),
        LINE.replace("~PID", "~~PID"),
        LINE.replace("blue", "bl\nue"),
        LINE.replace("*V-1", "*V-\r1"),
    ],
)
def test_what_is_oddly_written_is_read(body: str) -> None:
    known = taught()
    raw = f"{HEAD}{body}CTT*1*10~SE*7*0001~"
    text = known.text(raw)
    assert text is not None and damage_of(known, text) is None


def test_what_is_out_of_order_or_miscounted_is_read() -> None:
    known = taught()
    late = f"{HEAD}{LINE}CUR*BY*USD~CTT*1*10~SE*8*0001~"
    wrong = f"{HEAD}{LINE}CTT*2*10~SE*7*0001~"
    for raw, order, totals in ((late, False, True), (wrong, True, False)):
        found = damage_of(known, raw)
        assert found is not None
        assert (found.order, found.totals) == (order, totals)
        assert not judged(known, found, Report(raw, known.delimiters, 0, "X12"))


def test_a_line_break_behind_a_released_terminator_belongs_to_the_value() -> None:
    version, delimiters = KINDS["ORDERS"]
    (raw, *_) = [raw for raw in sets("ORDERS") if "'IMD+F++:::" in raw]
    odd = raw.replace("'IMD+F++:::", "'IMD+F++:::?'\n", 1)
    for _ in range(10):
        for other in sets("ORDERS")[:10]:
            judge_set(other, delimiters, version, "ORDERS")
        findings = judge_set(odd, delimiters, version, "ORDERS").findings
        assert [finding.code for finding in findings] == ["line-break-in-segment"]


def test_prices_below_one_and_long_numbers_are_right() -> None:
    known = taught()
    for price in (".5", "0.75", "123456789", "12345678.123456"):
        assert known.is_clean(f"{HEAD}{LINE.replace('4.5', price)}CTT*1*10~SE*7*0001~"), price
    for price in ("1.2.3", "-", "12345678901234567890", "1234567890.12345678901"):
        assert not known.is_clean(f"{HEAD}{LINE.replace('4.5', price)}CTT*1*10~SE*7*0001~"), price


def test_many_faults_cost_no_more_than_reading() -> None:
    """Linear: beyond some suspects the set is read."""
    known = taught()
    raw = f"{HEAD}{LINE.replace('4.5', 'x') * 5000}CTT*5000*50000~SE*10005*0001~"
    assert damage_of(known, raw) is None
    version, delimiters = KINDS["850"]
    assert judge_set(raw, delimiters, version, "850").findings == read_set(raw, delimiters, version, "850").findings
