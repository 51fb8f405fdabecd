"""Our judge and pyx12 over good and bad sets of the supply chain: whatever only one of the two says has a reason."""

from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from pyx12.map_if import load_map_file
from pyx12.map_walker import walk_tree
from pyx12.params import ParamsBase
from pyx12.segment import Segment

from b2bsync.edi import Delimiters, LoopRule, MessageGrammar, SegmentRule, grammar, read_set
from b2bsync.edi.guides import GuideWatch, load
from b2bsync.edi.pyx12_check import Difference, Opinion, Pyx12Check, differences, narrowed, rows
from b2bsync.edi.second import maps
from b2bsync.edi.second.differences import BOTH, OURS, THEIRS
from b2bsync.vocabulary.findings import Finding
from tests.edi.samples import ORDER
from tests.edi.set_generator import FAULTS, Row, bad, good, text

SETS = [str(number) for number in (810, 820, 824, 830, 832, 840, 843, 845, 846, 850, 852, 855, 856, 860, 861)]
SETS += [str(number) for number in (862, 865, 867, 869, 870, 875, 876, 880, 940, 943, 944, 945, 947, 997)]
DELIMITERS = {"004010": Delimiters("~", "*", ">"), "005010": Delimiters("~", "*", ">", "^")}

ONE_SIDED = {
    "one blank at the end",
    "letters of other languages",
    "point at the end",
    "very early day",
    "component separator",
    "component wrong",
    "some segment missing",
    "moved",
    "too often",
    "no trailer",
    "wrong count",
}
"""Faults that only one of the two calls one, or that may be none."""


def judged(version: str, check: Pyx12Check, sent: list[Row]) -> tuple[tuple[Finding, ...], tuple[Opinion, ...]]:
    raw, delimiters = text(sent).encode().decode("latin-1"), DELIMITERS[version]
    return read_set(raw, delimiters, version).findings, check.run(rows(raw, delimiters), delimiters)


def told(difference: Difference, sent: list[Row]) -> str:
    return f"{difference}\n{text(sent)}"


@pytest.mark.parametrize("type", SETS)
@pytest.mark.parametrize("version", ["004010", "005010"])
def test_both_judge_alike(version: str, type: str) -> None:
    message, check = grammar(version).message(type), Pyx12Check(version, type)
    for seed in range(4):
        sent = good(message, seed)
        assert judged(version, check, sent) == ((), ()), text(sent)
    for fault, seed in product(FAULTS, (4, 5)):
        sent_badly = bad(message, seed, fault)
        if sent_badly is None:
            continue
        findings, opinions = judged(version, check, sent_badly)
        assert [o for o in opinions if o.level == "engine"] == []
        unexplained = [told(d, sent_badly) for d in differences(findings, opinions) if not d.reason]
        assert unexplained == [], fault
        if fault not in ONE_SIDED:
            assert findings and opinions, f"{fault}\n{text(sent_badly)}"


def test_every_reason_is_in_the_tables() -> None:
    known = {*OURS, *THEIRS, *BOTH}
    for type in ("850", "856", "810"):
        message, check = grammar("004010").message(type), Pyx12Check("004010", type)
        for fault in FAULTS:
            for seed in range(5):
                sent = bad(message, seed, fault)
                if sent is not None:
                    assert {d.reason for d in differences(*judged("004010", check, sent))} <= known


# What remembers against what does not


@pytest.mark.parametrize("type", ["850", "856", "810"])
def test_what_is_remembered_changes_no_answer(type: str, tmp_path: Path) -> None:
    message, check = grammar("004010").message(type), Pyx12Check("004010", type)
    for name, content in maps.generated(message).items():
        (tmp_path / name).write_text(content)
    loaded = load_map_file(maps.SET, ParamsBase(), str(tmp_path))
    for seed in range(3):
        for fault in sorted(FAULTS.keys() - {"too many components", "component wrong", "one blank at the end"}):
            sent = bad(message, seed, fault)
            if sent is not None and fault not in ("letters of other languages", "point at the end", "too often"):
                _, opinions = judged("004010", check, sent)
                assert {(o.segment, o.code) for o in opinions} == plain(loaded, sent), fault


def plain(loaded: Any, sent: list[Row]) -> set[tuple[int, str]]:
    """What pyx12 says when it is asked in its own way: segment and code, 2 for known segments out of place."""
    node, walker, said = loaded.getnodebypath("/ST_LOOP/ST"), walk_tree(), set()
    tags = {item.id for item in node.parent.loop_segment_iterator()}
    walker.forceWalkCounterToLoopStart("/ST_LOOP", "/ST_LOOP/ST")
    for ordinal, row in enumerate(sent, 1):
        segment, found = Segment("*".join(row), "~", "*", ">"), node
        if ordinal > 1:
            found, _, _, errors = walker.walk_errors(node, segment, ordinal, ordinal, None)
            said |= {(ordinal, "2" if e.err_cde == "1" and row[0] in tags else e.err_cde) for e in errors}
        if found is not None:
            node = found
            blanks = [e for e in node.is_valid_errors(segment)[1] if "trailing spaces" not in e.err_str]
            said |= {(ordinal, e.err_cde) for e in blanks}
    return said


# A partner's guide

GUIDE = """
standard = "x12"
version  = "004010"
type     = "850"
closed   = true

[rules]
BEG01            = { codes = ["00", "06"] }
BEG03            = { length = [3, 10] }
BEG06            = "mandatory"
REF02            = "mandatory"
"REF.C040"       = "unused"
"CTP.C001.1018"  = "unused"
CUR              = "unused"
PER              = { maximum = 1 }
DTM              = "mandatory"
N1               = { mandatory = true, maximum = 2 }
"N1.N104"        = { length = [2, 4], pattern = "[0-9]+" }
"N1[N101=ST].N3" = "mandatory"
PO101            = "mandatory"
"PO1.PID"        = { minimum = 2 }
CTT              = {}
"""


def test_both_judge_alike_by_a_guide(tmp_path: Path) -> None:
    (tmp_path / "maple.toml").write_text(GUIDE)
    guide = load(tmp_path / "maple.toml")
    check, watch, delimiters = Pyx12Check("004010", "850", narrowed(guide)), GuideWatch(guide), DELIMITERS["004010"]
    order = rows(ORDER, delimiters)
    assert [f"{o.segment} {o.tag} {o.element or ''} {o.code}" for o in check.run(order, delimiters)] == [
        "2 BEG 6 1",
        "3 CUR  1",
        "10 N4  1",
        "15 DTM  2",
    ]
    for fault, seed in product(FAULTS, range(10)):
        sent = bad(grammar("004010").message("850") if seed % 2 else narrowed(guide), seed, fault)
        if sent is not None:
            raw = text(sent).encode().decode("latin-1")
            findings = read_set(raw, delimiters, "004010", watch=watch).findings
            found = differences(findings, check.run(rows(raw, delimiters), delimiters))
            assert [told(d, sent) for d in found if not d.reason] == [], fault


# The maps written by hand, as a judge of the facts


def within(loop: LoopRule, written: ElementTree.Element) -> LoopRule:
    """What of the facts' loop the hand-written map has as well."""
    loops = {item.attrib["xid"].removesuffix("_LOOP").split("_")[-1]: item for item in written.findall("loop")}
    tags = {item.attrib["xid"] for item in written.findall("segment")}
    items: list[SegmentRule | LoopRule] = []
    for item in loop.items:
        if isinstance(item, SegmentRule) and item.tag in tags:
            items.append(item)
        elif isinstance(item, LoopRule) and item.id in loops:
            items.append(within(item, loops[item.id]))
    return msgspec.structs.replace(loop, items=tuple(items))


@pytest.mark.parametrize("type", ["850", "856"])
def test_facts_and_hand_written_maps_agree(type: str) -> None:
    files = maps.written("004010", type)
    assert files is not None
    root = ElementTree.fromstring(files[maps.SET]).find("loop")
    assert root is not None
    whole = grammar("004010").message(type)
    message = MessageGrammar(whole.version, type, whole.group, within(whole.root, root))
    check = Pyx12Check.written("004010", type)
    for seed in range(6):
        sent = good(message, seed)
        assert judged("004010", check, sent) == ((), ()), text(sent)
        for fault in FAULTS:
            sent_badly = bad(message, seed, fault)
            if sent_badly is not None:
                findings, opinions = judged("004010", check, sent_badly)
                others = [finding for finding in findings if finding.code != "code-unknown"]  # it has no code lists
                found = [told(d, sent_badly) for d in differences(others, opinions) if not d.reason]
                assert found == [], fault
