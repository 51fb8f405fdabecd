"""grammar and facts: the questions a mapping asks about loops, segments and elements."""

import json
import re
from pathlib import Path

import pytest

from b2bsync.edi import UNBOUNDED, CodecError, LoopRule, SegmentRule, facts, grammar
from b2bsync.edi.walker import walk
from tools.compile_facts import compiled, text

ORDER = grammar("004010").message("850")


def test_what_a_tag_is_at_a_level() -> None:
    beg, po1 = ORDER.root.find("BEG"), ORDER.root.find("PO1")
    assert isinstance(beg, SegmentRule) and (beg.mandatory, beg.maximum) == (True, 1)
    assert isinstance(po1, LoopRule) and (po1.mandatory, po1.maximum, po1.path) == (True, 100000, ("PO1",))
    assert isinstance(po1.find("PO1"), SegmentRule)
    assert isinstance(po1.find("PID"), LoopRule)
    ref = ORDER.root.find("REF")
    assert isinstance(ref, SegmentRule) and ref.maximum == UNBOUNDED
    assert ORDER.root.find("ACK") is None


def test_where_a_segment_stands() -> None:
    assert ORDER.paths("BEG") == ((),)
    assert ORDER.paths("SCH") == (("PO1", "SCH"), ("PO1", "N1"))
    assert ORDER.paths("N1") == (("N1",), ("SPI", "N1"), ("PO1", "N1"), ("PO1", "SLN", "N1"))
    assert ORDER.paths("ACK") == ()
    assert ORDER.group == "PO"


def test_a_loop_at_a_path() -> None:
    place = ORDER.at(("PO1", "SLN", "N1"))
    assert place is not None and place.id == "N1"
    assert ORDER.at(()) is ORDER.root
    assert ORDER.at(("PO1", "BEG")) is None and ORDER.at(("ACK", "N1")) is None


def test_elements_of_a_segment() -> None:
    standard = facts("004010")
    po1 = standard.segment("PO1")
    assert len(po1.uses) == 25 and grammar("004010").element_count("PO1") == 25
    quantity, unit = po1.uses[1], po1.uses[2]
    assert (quantity.reference, quantity.requirement, quantity.mandatory) == ("330", "X", False)
    assert quantity.element is not None
    assert (quantity.element.type, quantity.element.minimum, quantity.element.maximum) == ("R", 1, 15)
    assert unit.element is not None and (unit.element.type, unit.element.maximum) == ("ID", 2)
    assert [str(relation) for relation in po1.relations[:3]] == ["C0302", "C0504", "P0607"]
    measure = standard.segment("MEA").uses[3]
    assert measure.element is None and measure.composite is not None
    assert measure.composite.uses[0].reference == "355" and measure.composite.uses[0].mandatory
    assert grammar("004010").segment("QQQ") is None and grammar("004010").element_count("QQQ") == 0


def test_every_set_can_be_looked_up_and_walked() -> None:
    types = grammar("004010").types
    assert len(types) == 46 and {"810", "846", "850", "855", "856", "860", "865", "870", "997"} <= set(types)
    for kind in types:
        message = grammar("004010").message(kind)
        plan = walk("004010", kind)
        assert plan.first.tag == "ST"
        assert len(plan.nodes) == sum(len(list(loop.segments())) for loop in (message.root, *message.root.loops()))


def test_what_may_follow() -> None:
    plan = walk("004010", "997")
    after_header = plan.first.next
    assert sorted(after_header) == ["AK1"]  # mandatory: nothing behind it may follow
    assert sorted(plan.at(("AK2",), "AK2").next) == ["AK3", "AK5"]
    assert sorted(plan.at(("AK2",), "AK5").next) == ["AK2", "AK9"]
    assert sorted(plan.at(("AK2", "AK3"), "AK4").next) == ["AK3", "AK4", "AK5"]


def test_names_are_unknown_loudly() -> None:
    with pytest.raises(CodecError) as caught:
        grammar("004010").message("899")
    assert caught.value.finding.code == "set-unknown"
    with pytest.raises(CodecError) as caught:
        grammar("003040")
    assert caught.value.finding.code == "version-unknown"
    with pytest.raises(KeyError):
        facts("004010").segment("QQQ")
    assert grammar("004010UCS") is grammar("004010")


SOURCE = {
    "standard": "X12",
    "version": "000001",
    "elements": {
        "1": {"name": "A secret name", "type": "ID", "min": 2, "max": 3, "codes": {"AA": "a secret text"}},
        "2": {"name": "Another", "type": "R", "min": 1, "max": 9},
    },
    "composites": {"C1": {"name": "Pair", "elements": [["1", "M"], ["2", "O"]], "syntax": ["P0102"]}},
    "segments": {"AAA": {"name": "Opener", "elements": [["1", "M"], ["C1", "X"], ["2", "O"]], "syntax": ["R0203"]}},
    "messages": {
        "100": {
            "name": "Message",
            "group": "AB",
            "structure": [["AAA", "M", 1], {"loop": "BBB", "req": "O", "max": None, "items": [["BBB", "M", 1]]}],
        }
    },
}


def test_compiling_keeps_facts_and_drops_texts() -> None:
    assert compiled(SOURCE) == {
        "standard": "X12",
        "version": "000001",
        "elements": {"1": ["ID", 2, 3], "2": ["R", 1, 9]},
        "codes": {},
        "composites": {"C1": ["1M 2", "P0102"]},
        "segments": {"AAA": ["1M C1X 2", "R0203"]},
        "messages": {"100": ["AB", [["AAA", 1, 1], ["BBB", 0, 0, [["BBB", 1, 1]]]]]},
    }
    assert json.loads(text(compiled(SOURCE))) == compiled(SOURCE)


def test_compiling_refuses_what_the_layout_cannot_say() -> None:
    twice = {"loop": "BBB", "req": "O", "max": 1, "items": [["BBB", "M", 1], ["BBB", "O", 2]]}
    with pytest.raises(SystemExit, match="twice in a row"):
        compiled({**SOURCE, "messages": {"100": {"group": "AB", "structure": [twice]}}})
    wrong = {"loop": "BBB", "req": "O", "max": 1, "items": [["CCC", "M", 1]]}
    with pytest.raises(SystemExit, match="does not begin"):
        compiled({**SOURCE, "messages": {"100": {"group": "AB", "structure": [wrong]}}})


def test_shipped_facts_hold_no_texts() -> None:
    data = (Path(__file__).parents[2] / "b2bsync/edi/facts/x12-004010.json").read_text()
    loaded = json.loads(data)
    assert sorted(loaded) == ["codes", "composites", "elements", "messages", "segments", "standard", "version"]
    assert sum(len(values.split()) for values in loaded["codes"].values()) < 400
    words = set(re.findall(r"[A-Za-z]*[a-z][A-Za-z]*", data))
    assert words == {"codes", "composites", "elements", "messages", "segments", "standard", "version"}
