"""Element checks: each note of X12 723 at its place, and the compiled checks agreeing with the written rules."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2bsync.edi import facts, grammar, read_set
from b2bsync.edi.checks import checks_of
from b2bsync.edi.faults import faults
from tests.edi.samples import ORDER, STARS

FACTS = facts("004010")
TAGS = sorted({rule.tag for kind in ("850", "855", "856", "810", "997", "846") for loop in
               (grammar("004010").message(kind).root, *grammar("004010").message(kind).root.loops())
               for rule in loop.segments()})  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "code", "note", "element", "reference", "value"),
    [
        ("BEG*00*SA*MM-7001*", "BEG*00**MM-7001*", "mandatory-element-missing", "1", 2, "92", None),
        ("BEG*00*SA*MM-7001*", "BEG*00*SA**", "mandatory-element-missing", "1", 3, "324", None),
        ("Market Store 12*92*0012", "Market Store 12*92", "relation-broken", "2", 4, "67", None),
        ("N1*ST*Maple Market Store 12*92*0012", "N1*ST", "relation-broken", "2", 2, "93", None),
        ("BP*77-210*", "BP**", "relation-broken", "2", 7, "234", None),
        ("CTT*2*30", "CTT*2*30******9", "too-many-elements", "3", 8, None, "9"),
        ("CUR*BY*USD", "CUR*BY*US", "element-too-short", "4", 2, "100", "US"),
        ("PO1*2*6*CS", "PO1*2*6*CASE", "element-too-long", "5", 3, "355", "CASE"),
        ("PO1*2*6*CS", "PO1*2*6.5.1*CS", "number-invalid", "6", 2, "330", "6.5.1"),
        ("PO1*2*6*CS", "PO1*2*1,5*CS", "number-invalid", "6", 2, "330", "1,5"),
        ("PO1*2*6*CS", "PO1*2*1234567890.123456*CS", "element-too-long", "5", 2, "330", "1234567890.123456"),
        ("CTT*2*30", "CTT*2.0*30", "number-invalid", "6", 1, "354", "2.0"),
        ("*20260930", "*20260931", "date-invalid", "8", 2, "373", "20260931"),
        ("*20260930", "*2026093", "date-invalid", "8", 2, "373", "2026093"),
        ("*20260930", "*20260930*2460", "time-invalid", "9", 3, "337", "2460"),
    ],
)  # fmt: skip
def test_an_element_that_is_wrong(
    right: str, wrong: str, code: str, note: str, element: int, reference: str | None, value: str | None
) -> None:
    assert ORDER.count(right) == 1  # the sample has one place for it
    text = ORDER.replace(right, wrong)
    result = read_set(text, STARS, "004010", start=1000)
    finding = next(f for f in result.findings if f.code == code)
    assert (finding.severity, finding.ack_level, finding.ack_code) == ("error", "element", note)
    assert (finding.element, finding.reference, finding.value) == (element, reference, value)
    assert [f.code for f in result.findings if f.code != "control-total-wrong"] == [code]  # of CTT02, where it follows


def test_the_offset_is_that_of_the_element() -> None:
    text = ORDER.replace("PO1*2*6*CS", "PO1*2*6*CASE")
    (finding,) = read_set(text, STARS, "004010", start=1000).findings
    assert finding.offset == 1000 + text.index("CASE")
    assert (finding.segment, finding.loop) == (13, "PO1")
    assert str(finding) == "error: it has 4 characters (allowed: 2 characters) [segment 13, PO103 'CASE', byte 1296]"


@pytest.mark.parametrize(
    ("right", "wrong", "code", "note"),
    [
        ("BEG*00*", "BEG*99*", "code-unknown", "7"),
        ("*20260930", "*260930", "date-without-century", "4"),
        ("CTT*2*30", "CTT*2*30**", "trailing-separator", "3"),
        ("PO1*2*6*CS*", "PO1*2*6*CS *", "trailing-blanks", "5"),
    ],
)
def test_what_is_tolerated_is_a_warning(right: str, wrong: str, code: str, note: str) -> None:
    (finding,) = read_set(ORDER.replace(right, wrong), STARS, "004010").findings
    assert (finding.code, finding.ack_code, finding.severity) == (code, note, "warning")


@pytest.mark.parametrize(
    ("tag", "values", "expected"),
    [
        ("FOB", ["CC", "OR", "x", ""], [("trailing-separator", 4, None)]),
        ("FOB", ["CC", "", "x"], [("relation-broken", 2, None)]),  # C0302
        ("FOB", ["CC", "OR", "", "", "", "", "", "ZZ", "x"], []),  # C0809
        ("FOB", ["CC", "", "", "", "", "", "", "ZZ"], [("relation-broken", 9, None)]),
        ("PO1", ["1", "", "EA"], [("relation-broken", 2, None)]),  # C0302
        ("SLN", ["1", "", "I", "5", "EA"], []),
        ("SLN", ["1", "", "I", "5"], [("relation-broken", 5, None)]),  # P0405
        ("MEA", ["", "", "5", "EA>1>2"], []),
        ("MEA", ["", "", "5", ">1"], [("mandatory-component-missing", 4, 1)]),
        ("MEA", ["", "", "5", "EACH"], [("element-too-long", 4, 1)]),
        ("MEA", ["", "", "5", ">>"], [("trailing-separator", 4, 1)]),
        ("AK4", [">", "", "5"], [("trailing-separator", 1, 1), ("mandatory-element-missing", 1, None)]),
        ("REF", ["DP", "1", "", ">"], [("trailing-separator", 4, 1)]),
        ("REF", ["DP", "1>2"], [("too-many-components", 2, None)]),
        ("REF", ["DP", ">"], [("too-many-components", 2, None)]),
        ("PO1", ["1", "5>6", "EA"], [("number-invalid", 2, None)]),
        ("MEA", ["", "", "5", "EA>x"], [("number-invalid", 4, 2)]),
        ("AK4", ["2>1", "", "5"], []),
        ("AK4", ["2>1>1", "", "5"], [("too-many-elements", 1, 3)]),
        ("AK4", ["2>", "", "5"], [("trailing-separator", 1, 2)]),
        ("REF", ["DP", "1", "", "ZZ>a>ZZ"], [("relation-broken", 4, 4)]),  # P0304 of the composite
        ("REF", ["DP"], [("relation-broken", 2, None)]),  # R0203
        ("G62", ["", "20260101"], [("relation-broken", 1, None), ("relation-broken", 1, None)]),  # R0103, P0102
    ],
)
def test_relations_and_composites(tag: str, values: list[str], expected: list[tuple[object, ...]]) -> None:
    row = [tag, *values]
    assert [(f.code, f.element, f.component) for f in faults(FACTS.segment(tag), row, STARS, "X12")] == expected


@pytest.mark.parametrize(
    ("value", "good"),
    [("0", True), ("-5", True), (".5", True), ("5.", True), ("-.5", True), ("1E3", False), ("-", False), (".", False),
     ("+5", False), ("5-", False), ("\u0663", False), ("²", False), ("123456789012345", True),
     ("-12345678901234.5", True), ("1234567890123456", False)],
)  # fmt: skip
def test_decimal_numbers(value: str, good: bool) -> None:
    row = ["PO1", "1", value, "EA"]
    assert (not list(faults(FACTS.segment("PO1"), row, STARS, "X12"))) is good
    assert checks_of(FACTS.segment("PO1"), "X12")[len(row)](row, ">") is not good


VALUES = st.one_of(
    st.just(""),
    st.sampled_from(
        ["00", "EA", "1", "-1", "1.5", "20260229", "20240229", "260101", "1200", "120061", "2>1", ">", "A "]
    ),
    st.text(alphabet="A1.-> 0é²", max_size=20),
)


@given(tag=st.sampled_from(TAGS), values=st.lists(VALUES, min_size=1, max_size=40))
def test_compiled_checks_agree_with_the_rules(tag: str, values: Sequence[str]) -> None:
    row = [tag, *values]
    segment = FACTS.segment(tag)
    assert checks_of(segment, "X12")[len(row)](row, ">") == bool(list(faults(segment, row, STARS, "X12")))
