"""Samples: a clean message for every set and message there is, and for guides what they ask for."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2bsync.edi import UNBOUNDED, CodecError, Loop, LoopRule, grammar, read_set
from b2bsync.edi.guides import Guide, GuideWatch, Occurrence, Place, sample
from b2bsync.edi.guides.sample import COLONS, STARS
from tests.edi.guides.guide_files import MAPLE, ORCHARD, guide

VERSIONS = ("004010", "005010", "D93A", "D96A", "D97A", "D01B", "UN3", "UN4")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("complete", [False, True])
def test_every_message_has_a_clean_sample(version: str, complete: bool) -> None:
    for type in grammar(version).types:
        text = sample(version, type, complete=complete).replace("\n", "")
        delimiters = STARS if version[0] == "0" else COLONS
        read = read_set(text, delimiters, version)
        assert (read.type, read.facts, read.findings) == (type, version, ())


def test_a_sample_by_the_standard_alone() -> None:
    assert sample("004010", "850") == """\
ST*850*0001~
BEG*00*SA*PO-7001**20260914~
PO1*1*24*EA*3.75~
SE*4*0001~
"""  # fmt: skip
    assert sample("D96A", "ORDERS") == """\
UNH+1+ORDERS:D:96A:UN'
BGM+220+PO-7001'
DTM+137:20260914:102'
UNS+S'
UNT+5+1'
"""  # fmt: skip


def test_a_sample_by_a_guide(tmp_path: Path) -> None:
    maple = guide(tmp_path, MAPLE)
    assert sample("004010", "850", maple) == """\
ST*850*0001~
BEG*00*SA*PO-7001**20260914~
REF*DP*NS-4410~
N1*ST*MAPLE MARKET*92*0012~
N3*12 ORCHARD LANE~
PO1*1*24*EA*3.75~
PID*F****GARDEN TWINE~
SE*8*0001~
"""  # fmt: skip
    orchard = guide(tmp_path, ORCHARD)
    assert sample("D96A", "ORDERS", orchard) == """\
UNH+1+ORDERS:D:96A:UN'
BGM+220+PO-7001'
DTM+2:20260914:102'
NAD+BY+4012345000009::9'
NAD+DP+4012345000009::9'
UNS+S'
UNT+7+1'
"""  # fmt: skip


def test_values_follow_the_guide(tmp_path: Path) -> None:
    text = """
standard = "x12"
version  = "004010"
type     = "850"
[rules]
"DTM[DTM01=010]"        = { minimum = 2 }
"DTM[DTM01!=010|011]"   = "mandatory"
"N1[N101=ST|BY].N103"   = { codes = ["UL"] }
"N1[N101=ST]"           = "mandatory"
"N1[N101=BT]"           = "mandatory"
"N1[N101=BT].N103"      = "unused"
PO106                   = { mandatory = true, codes = ["UP"] }
PO101                   = { mandatory = true, length = 6 }
PO105                   = "unused"
"PO1[PO103=EA].PO4"     = "mandatory"
REF                     = { minimum = 2 }
REF01                   = { codes = ["VR", "DP"] }
REF02                   = { pattern = "[A-Z]{2}-[0-9]+", example = "AB-1" }
"""
    assert sample("004010", "850", guide(tmp_path, text)).splitlines() == [
        "ST*850*0001~",
        "BEG*00*SA*PO-7001**20260914~",
        "REF*VR*AB-1~",
        "REF*VR*AB-1~",
        "DTM*010*20260914~",
        "DTM*010*20260914~",
        "DTM*002*20260914~",
        "N1*ST**UL*4012345000009~",
        "N1*BT*MAPLE MARKET~",
        "PO1*123456*24*EA*3.75**UP*4006381333931~",
        "PO4*1*1*EA~",
        "SE*12*0001~",
    ]


def test_a_closed_guide_shows_what_it_names(tmp_path: Path) -> None:
    text = """
standard = "edifact"
version  = "D96A"
type     = "ORDERS"
closed   = true
[rules]
"UNH.S009.0057" = { codes = ["EAN008"] }
"SG2[3035=SU]"  = "mandatory"
SG5             = "used"
"SG25.QTY"      = "used"
"""
    orchard = guide(tmp_path, text)
    assert sample("D96A", "ORDERS", orchard, complete=True).splitlines() == [
        "UNH+1+ORDERS:D:96A:UN:EAN008'",
        "BGM+220+PO-7001'",
        "DTM+137:20260914:102'",
        "NAD+SU+4012345000009::9'",
        "CTA+AA'",
        "LIN+1++NS-4410'",
        "QTY+21:24'",
        "UNS+S'",
        "UNT+9+1'",
    ]


def test_dates_follow_their_format(tmp_path: Path) -> None:
    text = 'standard = "edifact"\nversion = "D96A"\ntype = "ORDERS"\n[rules]\n"DTM.2379" = {{ codes = ["{}"] }}'
    shown = {code: sample("D96A", "ORDERS", guide(tmp_path, text.format(code))).splitlines()[2]
             for code in ("203", "616", "718", "2", "804")}  # fmt: skip
    assert shown == {
        "203": "DTM+137:202609140930:203'",
        "616": "DTM+137:202638:616'",
        "718": "DTM+137:2026091420260914:718'",
        "2": "DTM+137:140926:2'",
        "804": "DTM+137:20260914:804'",
    }


def test_levels_point_to_the_one_before(tmp_path: Path) -> None:
    text = 'standard = "x12"\nversion = "004010"\ntype = "856"\n[rules]\n'
    text += "".join(f'"HL[HL03={level}]" = "mandatory"\n' for level in "SOI")
    shown = sample("004010", "856", guide(tmp_path, text)).splitlines()
    assert [line for line in shown if line.startswith("HL")] == ["HL*1**S~", "HL*2*1*O~", "HL*3*2*I~"]


def test_a_pattern_may_need_an_example(tmp_path: Path) -> None:
    text = 'standard = "x12"\nversion = "004010"\ntype = "850"\n[rules]\nBEG03 = { pattern = "Q[0-9]{5}X*" }'
    with pytest.raises(CodecError) as caught:
        sample("004010", "850", guide(tmp_path, text))
    assert caught.value.finding.code == "sample-impossible"
    text = text.replace("{ pattern", '{ example = "Q77001", pattern')
    assert "BEG*00*SA*Q77001**20260914~" in sample("004010", "850", guide(tmp_path, text))


def test_names_that_are_unknown(tmp_path: Path) -> None:
    for version, type, code in (("004010", "899", "set-unknown"), ("X", "850", "version-unknown")):
        with pytest.raises(CodecError) as caught:
            sample(version, type)
        assert caught.value.finding.code == code
    with pytest.raises(CodecError) as caught:
        sample("004010", "855", guide(tmp_path, MAPLE))
    assert caught.value.finding.code == "guide-unfit"


# -- whatever a guide makes mandatory, a sample has and the judge finds


def optional_places(version: str, type: str) -> list[tuple[Place, int]]:
    """Every segment and loop that the standard leaves open, with the most that it allows."""
    message, found = grammar(version).message(type), []
    for loop in (message.root, *message.root.loops()):
        for item in loop.items:
            if not item.mandatory:
                path = item.path if isinstance(item, LoopRule) else loop.path
                place = Place(path, ((),) * len(path), item.tag, isinstance(item, LoopRule))
                found.append((place, item.maximum))
    return found


PLACES = {(v, t): optional_places(v, t) for v, t in [("004010", "850"), ("004010", "856"), ("005010", "810"),
          ("D96A", "ORDERS"), ("D01B", "DESADV"), ("D97A", "INVOIC")]}  # fmt: skip


@st.composite
def guides(draw: st.DrawFn) -> Guide:
    version, type = draw(st.sampled_from(sorted(PLACES)))
    chosen = draw(st.lists(st.sampled_from(PLACES[version, type]), max_size=6, unique_by=lambda one: repr(one[0])))
    rules = []
    for place, most in chosen:
        least = draw(st.integers(1, min(most, 3)))
        rules.append(Occurrence(place=place, minimum=least, maximum=least if most < UNBOUNDED else None))
    return Guide(
        name="drawn", standard="x12" if version[0] == "0" else "edifact", version=version, facts=version, type=type,
        occurrences=tuple(rules),
    )  # fmt: skip


@given(drawn=guides())
@settings(max_examples=150)
def test_a_sample_keeps_any_counts(drawn: Guide) -> None:
    text = sample(drawn.version, drawn.type, drawn).replace("\n", "")
    delimiters = STARS if drawn.standard == "x12" else COLONS
    assert read_set(text, delimiters, drawn.version, watch=GuideWatch(drawn)).findings == ()
    bare = sample(drawn.version, drawn.type).replace("\n", "")
    missing = {f.tag for f in read_set(bare, delimiters, drawn.version, watch=GuideWatch(drawn)).findings}
    assert missing == {r.place.tag for r in drawn.occurrences if not grammar_has_open_loop(drawn, r.place)}


def grammar_has_open_loop(drawn: Guide, place: Place) -> bool:
    """Whether a loop around a place may be absent, so that nothing in it is asked for."""
    message = drawn.message
    loops = [message.at(place.around[: depth + 1]) for depth in range(len(place.around))]
    return any(loop is None or not loop.mandatory for loop in loops)


@st.composite
def guide_pairs(draw: st.DrawFn) -> tuple[Guide, Guide]:
    """A guide that a message is made by, and another one of the same type to judge it by."""
    made = draw(guides())
    places = PLACES[made.version, made.type]
    common = [(rule.place, most) for rule in made.occurrences for place, most in places if place == rule.place]
    chosen = draw(st.lists(st.sampled_from(common or places), max_size=6, unique_by=lambda one: repr(one[0])))
    rules = [
        Occurrence(place=place, minimum=least, maximum=min(most, draw(st.integers(max(least, 1), 3))))
        for place, most in chosen
        for least in [draw(st.integers(0, min(most, 3)))]
    ]
    return made, msgspec.structs.replace(made, occurrences=tuple(rules))


def occurrences_of(loop: Loop, path: tuple[str, ...]) -> list[Loop]:
    found = [loop]
    for id in path:
        found = [child for parent in found for child in parent.children(id)]
    return found


@given(pair=guide_pairs())
@settings(max_examples=150)
def test_counts_are_those_of_the_tree(pair: tuple[Guide, Guide]) -> None:
    made, judging = pair
    text = sample(made.version, made.type, made).replace("\n", "")
    read = read_set(text, STARS if made.standard == "x12" else COLONS, made.version, watch=GuideWatch(judging))
    expected: Counter[tuple[str, str]] = Counter()
    for rule in judging.occurrences:
        for loop in occurrences_of(read.root, rule.place.around):
            there = len(loop.children(rule.place.path[-1]) if rule.place.opens else loop.all(rule.place.tag))
            assert rule.maximum is not None
            expected["few", rule.place.tag] += there < rule.minimum
            expected["often", rule.place.tag] += max(there - rule.maximum, 0)
    found = Counter(("often" if f.code.endswith("often") else "few", f.tag or "") for f in read.findings)
    assert found == +expected
