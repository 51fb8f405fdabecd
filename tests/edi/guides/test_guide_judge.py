"""What a guide finds in a message, in both syntaxes: place, value, what was allowed; counts in each loop by itself."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2bsync.edi import Delimiters, Loop, read_set
from b2bsync.edi.guides import GuideWatch
from b2bsync.edi.guides.compiling import compiled
from b2bsync.edi.guides.contents import look
from b2bsync.edi.report import Report
from b2bsync.edi.walker import Node, walk
from b2bsync.vocabulary.findings import Finding
from tests.edi.edifact_samples import COLONS
from tests.edi.edifact_samples import ORDER as ORDERS
from tests.edi.guides.guide_files import MAPLE, ORCHARD, guide
from tests.edi.samples import ORDER, SHIPMENT, STARS

with TemporaryDirectory() as place:
    MAPLE_WATCH = GuideWatch(guide(Path(place), MAPLE))
    ORCHARD_WATCH = GuideWatch(guide(Path(place), ORCHARD))

X12_HEAD = 'standard = "x12"\nversion = "004010"\ntype = "850"\n[rules]\n'


def found(folder: Path, rules: str, text: str, start: int = 0) -> list[Finding]:
    watch = GuideWatch(guide(folder, rules))
    d, version = (STARS, "004010") if text.startswith("ST") else (COLONS, "D96A")
    return [f for f in read_set(text, d, version, start=start, watch=watch).findings if f.code.startswith("guide-")]


def told(folder: Path, rules: str, text: str) -> list[str]:
    """Each finding as code, segment number and place."""
    return [
        f"{f.code} {f.segment} {f.loop + '/' if f.loop else ''}{f.tag}"
        + (f"{f.element:02d}" if f.element else "")
        + (f".{f.component}" if f.component else "")
        for f in found(folder, rules, text)
    ]


def test_an_order_that_breaks_many_rules(tmp_path: Path) -> None:
    assert told(tmp_path, MAPLE, ORDER) == [
        "guide-segment-not-used 3 CUR",
        "guide-code-not-allowed 11 PO1/PO106",
        "guide-code-not-allowed 13 PO1/PO106",
        "guide-segment-missing 15 PO1/PO4",
    ]


def test_a_finding_has_everything(tmp_path: Path) -> None:
    text = ORDER.replace("*92*0012~", "*92*12~")
    _, finding, *_ = found(tmp_path, MAPLE, text, start=1000)
    assert finding == Finding(
        severity=finding.severity,
        code="guide-too-short",
        message="it has 2 characters",
        ack_level=finding.ack_level,
        ack_code=finding.ack_code,
        segment=8,
        tag="N1",
        loop="N1",
        element=4,
        reference="67",
        offset=1000 + text.index("12~\nN3"),
        value="12",
        allowed="4 to 13 characters",
    )
    assert finding.severity == "error"


@pytest.mark.parametrize(
    ("rules", "right", "wrong", "code", "place", "value", "allowed"),
    [
        ('BEG01 = { codes = ["00"] }', "BEG*00*", "BEG*06*", "guide-code-not-allowed", "BEG01", "06", "00"),
        ('REF02 = "unused"', "", "", "guide-element-not-used", "REF02", "044", None),
        ('BEG04 = "mandatory"', "", "", "guide-element-missing", "BEG04", None, None),
        ("PO102 = { length = [1, 3] }", "*24*", "*-24.50*", "guide-too-long", "PO102", "-24.50", "1 to 3 digits"),
        ('BEG03 = { pattern = "MM-[0-9]{4}" }', "MM-7001", "MM7001", "guide-pattern", "BEG03", "MM7001", "MM-[0-9]{4}"),
        ("BEG03 = { length = 6 }", "", "", "guide-too-long", "BEG03", "MM-7001", "6 characters"),
    ],
)
def test_what_elements_hold(
    tmp_path: Path, rules: str, right: str, wrong: str, code: str, place: str, value: str | None, allowed: str | None
) -> None:
    (finding,) = found(tmp_path, X12_HEAD + rules, ORDER.replace(right, wrong, 1) if right else ORDER)
    assert (finding.code, f"{finding.tag}{finding.element:02d}") == (code, place)
    assert (finding.value, finding.allowed) == (value, allowed)


def test_what_the_standard_finds_is_not_found_twice(tmp_path: Path) -> None:
    rules = X12_HEAD + 'BEG = "mandatory"\nBEG03 = { mandatory = true, length = [1, 10] }\nPO1 = "mandatory"'
    missing = ORDER.replace("*MM-7001*", "**")
    assert [f.code for f in read_set(missing, STARS, "004010", watch=GuideWatch(guide(tmp_path, rules))).findings] == [
        "mandatory-element-missing"
    ]
    assert told(tmp_path, rules, ORDER.replace("*MM-7001*", f"*{'7' * 23}*")) == []  # 22 at most, by the standard
    assert told(tmp_path, rules, ORDER.replace("BEG*00*SA*MM-7001**20260914~\n", "")) == []


def test_qualifiers_with_counts(tmp_path: Path) -> None:
    rules = X12_HEAD + '"N1[N101=ST]" = { mandatory = true, maximum = 1 }\n"N1[N101=BT]" = "mandatory"'
    twice = ORDER.replace("PO1*1*", "N1*ST*Maple*92*0013~\nN1*ST*Maple*92*0014~\nPO1*1*")
    assert told(tmp_path, rules, twice) == [
        "guide-loop-too-often 11 N1/N1",
        "guide-loop-too-often 12 N1/N1",
        "guide-qualifier-missing 13 N1",
    ]
    findings = found(tmp_path, rules, twice)
    assert str(findings[0]).startswith("error: N1 with N101=ST stands more often than agreed (allowed: at most 1)")
    assert str(findings[2]).startswith("error: N1 with N101=BT is missing before this [segment 13")


def test_what_is_missing_is_told_where_it_should_stand(tmp_path: Path) -> None:
    rules = X12_HEAD + '"REF[REF01=CT]" = { mandatory = true, note = "see page 7" }\nCTT = "mandatory"'
    (reference,) = found(tmp_path, rules, ORDER)
    assert (reference.code, reference.segment, reference.offset) == (
        "guide-qualifier-missing", 5, ORDER.index("PER*"),
    )  # fmt: skip
    assert reference.message == "REF with REF01=CT is missing before this: see page 7"
    short = ORDER.replace("CTT*2*30~\n", "").replace("REF*DP*", "REF*CT*").replace("SE*17", "SE*16")
    assert told(tmp_path, rules, short) == ["guide-segment-missing 16 CTT"]


def test_counts_are_those_of_one_occurrence_of_a_loop(tmp_path: Path) -> None:
    rules = (
        X12_HEAD + '"PO1.N1[N101=ST]" = { mandatory = true, maximum = 1 }\n"PO1.N1.N3" = { minimum = 1, maximum = 1 }'
    )
    lines = """\
ST*850*0001~
BEG*00*SA*MM-7001**20260914~
PO1*1*24*EA~
N1*ST*North~
N3*Road 1~
N1*BY*Maple~
N3*Road 2~
N3*Road 3~
PO1*2*6*EA~
N1*BY*Maple~
PO1*3*6*EA~
N1*ST*North~
N3*Road 4~
N1*ST*South~
N3*Road 5~
SE*16*0001~
"""
    assert told(tmp_path, rules, lines) == [
        "guide-segment-too-often 8 PO1/N1/N3",
        "guide-segment-missing 11 PO1/N1/N3",
        "guide-qualifier-missing 11 PO1/N1",
        "guide-loop-too-often 14 PO1/N1/N1",
    ]


def test_rules_for_one_kind_of_loop(tmp_path: Path) -> None:
    rules = """
standard = "x12"
version  = "004010"
type     = "856"
[rules]
"HL[HL03=S].REF[REF01=CN]"  = "mandatory"
"HL[HL03=O].PRF01"          = { pattern = "MM-[0-9]+" }
"HL[HL03=P].MAN"            = "mandatory"
"HL[HL03=I].SN1.355"        = { codes = ["CA"] }
"HL[HL03=T]"                = "unused"
"""
    assert told(tmp_path, rules, SHIPMENT) == [
        "guide-qualifier-missing 7 HL/REF",
        "guide-code-not-allowed 16 HL/SN103",
    ]
    tare = SHIPMENT.replace("HL*3*2*P~", "HL*3*2*T~")
    assert "guide-segment-not-used 12 HL/HL" in told(tmp_path, rules, tare)


def test_a_closed_guide_uses_only_what_it_names(tmp_path: Path) -> None:
    rules = X12_HEAD.replace("[rules]", "closed = true\n[rules]")
    rules += 'CUR = "used"\n"N1[N101=ST].N4" = "used"\nPO103 = { codes = ["EA", "CS"] }'
    assert told(tmp_path, rules, ORDER) == [
        "guide-segment-not-used 4 REF",
        "guide-segment-not-used 5 PER",
        "guide-segment-not-used 6 DTM",
        "guide-segment-not-used 9 N1/N3",
        "guide-segment-not-used 12 PO1/PID/PID",
        "guide-segment-not-used 14 PO1/PID/PID",
        "guide-segment-not-used 15 PO1/DTM",
        "guide-segment-not-used 16 CTT/CTT",
    ]


def test_tests_that_exclude(tmp_path: Path) -> None:
    rules = X12_HEAD + '"REF[REF01!=DP|CT]" = "unused"\n"N1[N101!=ST].N104" = { codes = ["HQ"] }'
    text = ORDER.replace("PER*BD", "REF*ZZ*1~\nPER*BD").replace("92*HQ", "92*HX")
    assert told(tmp_path, rules, text) == ["guide-segment-not-used 5 REF", "guide-code-not-allowed 8 N1/N104"]


def test_edifact(tmp_path: Path) -> None:
    assert told(tmp_path, ORCHARD, ORDERS) == ["guide-qualifier-missing 8 NAD"]
    text = (
        ORDERS.replace("NAD+SU+5412345000013::9'", "NAD+DP'\nNAD+BY+5412345000013::9'")
        .replace("20260928:102", "202609281200:203")
        .replace("4012345678901:EN", "036000291452:UP")
        .replace("PRI+AAA:3.75'", "PRI+AAB:3.75:CA'")
    )
    assert told(tmp_path, ORCHARD, text) == [
        "guide-code-not-allowed 4 DTM01.3",
        "guide-element-missing 7 SG2/NAD02.1",
        "guide-loop-too-often 8 SG2/NAD",
        "guide-element-not-used 14 SG25/SG28/PRI01.3",
        "guide-qualifier-missing 15 SG25/PRI",
        "guide-code-not-allowed 15 SG25/LIN03.2",
    ]


def test_released_characters_count_as_what_they_are(tmp_path: Path) -> None:
    rules = 'standard = "edifact"\nversion = "D96A"\ntype = "ORDERS"\n[rules]\n'
    text = "Ring twice, then wait: the dog is friendly's"
    rules += f'"FTX.C108.4440" = {{ pattern = "{text}", length = [10, 44] }}'
    assert told(tmp_path, rules, ORDERS) == []
    (finding,) = found(tmp_path, rules.replace("44]", "43]"), ORDERS)
    assert (finding.code, finding.value) == ("guide-too-long", text)


def test_repetitions_each_count(tmp_path: Path) -> None:
    rules = X12_HEAD.replace("004010", "005010") + 'REF02 = { codes = ["A1", "A2"] }'
    text = "ST*850*0001~BEG*00*SA*PO**20260101~REF*DP*A1^A9^A2~PO1*1*1*EA~SE*5*0001~"
    d = Delimiters("~", "*", ">", "^")
    watch = GuideWatch(guide(tmp_path, rules))
    codes = [(f.code, f.value) for f in read_set(text, d, "005010", watch=watch).findings if "guide" in f.code]
    assert codes == [("guide-code-not-allowed", "A9")]


def test_one_watch_judges_many_sets(tmp_path: Path) -> None:
    watch = GuideWatch(guide(tmp_path, MAPLE))
    codes = [[f.code for f in read_set(ORDER, STARS, "004010", watch=watch).findings] for _ in range(3)]
    assert codes[0] == codes[1] == codes[2]
    (said, *others) = read_set(SHIPMENT, STARS, "004010", watch=watch).findings
    assert (said.code, said.severity, others) == ("guide-unfit", "warning", [])
    assert said.message == "the guide maple is for 850 of 004010; this was not judged by it"
    (said,) = [f for f in read_set(ORDER, STARS, "005010", watch=watch).findings if f.code.startswith("guide")]
    assert said.code == "guide-unfit"
    assert [f.code for f in read_set(ORDER, STARS, "004010VICS", watch=watch).findings] == codes[0]


def test_segments_that_a_partner_adds_are_expected(tmp_path: Path) -> None:
    watch = GuideWatch(guide(tmp_path, X12_HEAD.replace("[rules]", 'extra = ["ZZ9", "PO1.ZA"]')))
    assert not watch.expects("ZZ9", ())  # no set is being read
    asked = []

    class Asking:
        """Asks while a set is read, as a reader does where a segment has no place."""

        def segment(self, report: Report, node: Node, row: list[str], ordinal: int) -> None:
            watch.segment(report, node, row, ordinal)
            path = node.loop.path
            asked.append((ordinal, watch.expects("ZZ9", path), watch.expects("ZA", path), watch.expects("ZB", path)))

        def end(self, report: Report, root: Loop, count: int) -> None:
            watch.end(report, root, count)

    read_set(ORDER, STARS, "004010", watch=Asking())
    assert asked[1] == (2, True, False, False)
    assert asked[11] == (12, True, True, False)  # PID in PO1


def test_a_set_without_end_is_judged_too(tmp_path: Path) -> None:
    rules = X12_HEAD + '"PO1.PO4" = "mandatory"\n"N1[N101=BT]" = "mandatory"'
    assert told(tmp_path, rules, "ST*850*0001~BEG*00*SA*MM**20260914~XX*1~PO1*1*24*EA~") == [
        "guide-segment-missing 4 PO1/PO4",
        "guide-qualifier-missing 4 N1",
    ]


LINES = {False: ORDER.splitlines(), True: ORDERS.splitlines()}


@given(data=st.data(), edifact=st.booleans())
def test_whatever_comes_is_judged(data: st.DataObject, edifact: bool) -> None:
    lines = data.draw(st.lists(st.sampled_from([*LINES[edifact], "ZZ9*1~", "'", "N3~", "NAD+BY+::'"]), max_size=30))
    text = "\n".join([LINES[edifact][0], *lines])
    watch, d, version = (ORCHARD_WATCH, COLONS, "D96A") if edifact else (MAPLE_WATCH, STARS, "004010")
    first = read_set(text, d, version, watch=watch).findings
    assert read_set(text, d, version, watch=watch).findings == first
    places = [f.segment for f in first if f.code.startswith("guide-")]
    assert all(place is not None and 1 <= place <= len(lines) + 1 for place in places)


ROWS = st.lists(
    st.one_of(
        st.just(""),
        st.sampled_from(
            ["ST", "EA", "CS", "UP", "VP", "0012", "102", "137:20260914:102", ":20260914", "::", "BY", "DP"]
        ),
        st.text(alphabet="A1.-:> é\ue003", max_size=14),  # the last one stands for a released separator
    ),
    max_size=27,
)


@given(values=ROWS, edifact=st.booleans(), data=st.data())
def test_fast_checks_doubt_whatever_breaks_a_rule(values: list[str], edifact: bool, data: st.DataObject) -> None:
    loaded, d = (ORCHARD_WATCH.guide, COLONS) if edifact else (MAPLE_WATCH.guide, STARS)
    entries = compiled(loaded, walk(loaded.facts, loaded.type)).entries
    node, entry = data.draw(st.sampled_from([(n, e) for n, e in entries.items() if e.doubt is not None]))
    report = Report("", d, 0, "EDIFACT" if edifact else "X12")
    row = [node.tag, *(value if edifact else value.replace("\ue003", "é") for value in values)]
    for check in entry.checks:
        look(check, report, row, 1)
    assert entry.doubt is not None
    if not entry.doubt(row, d.component):
        assert report.findings() == ()
