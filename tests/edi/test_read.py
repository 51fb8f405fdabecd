"""read_set: good sets become trees, and every structural fault is said with its code and its place."""

import pytest

from b2bsync.edi import Delimiters, TransactionSet, read_set
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict
from tests.edi.samples import (
    ACKNOWLEDGEMENT,
    INVOICE,
    ORDER,
    RESPONSE,
    SHIPMENT,
    STARS,
    compact,
)


def read(text: str, version: str = "004010", start: int = 0, delimiters: Delimiters = STARS) -> TransactionSet:
    return read_set(text, delimiters, version, start=start)


def only(text: str, start: int = 0) -> Finding:
    """The single finding on a set."""
    (finding,) = read(text, start=start).findings
    return finding


def place(finding: Finding) -> tuple[object, ...]:
    return finding.code, finding.ack_level, finding.ack_code, finding.segment, finding.tag, finding.loop, finding.offset


@pytest.mark.parametrize("text", [ORDER, RESPONSE, SHIPMENT, INVOICE, ACKNOWLEDGEMENT])
def test_good_sets_have_no_findings(text: str) -> None:
    result = read(text)
    assert result.findings == ()
    assert result.verdict is Verdict.ACCEPTED


def test_an_order_as_a_tree() -> None:
    result = read(ORDER)
    root = result.root
    assert (result.type, result.version, result.control_number) == ("850", "004010", "0001")
    assert sorted(root.segments) == ["BEG", "CUR", "DTM", "PER", "REF", "SE", "ST"]
    assert root.segments["BEG"] == [["BEG", "00", "SA", "MM-7001", "", "20260914"]]
    assert sorted(root.loops) == ["CTT", "N1", "PO1"]
    buyer, store = root.loops["N1"]
    assert buyer.value("N1", 1) == "BY" and list(buyer.segments) == ["N1"]
    assert store.first("N4") == ["N4", "Dover", "DE", "19901", "US"]
    one, two = root.children("PO1")
    assert one.first("PO1") == ["PO1", "1", "24", "EA", "3.75", "PE", "BP", "77-100", "VP", "NS-4410"]
    assert one.children("PID")[0].value("PID", 5) == "Garden twine, 50 m"
    assert one.first("DTM") is None and two.value("DTM", 2) == "20260930"
    assert (one.ordinal, two.ordinal, root.loops["CTT"][0].ordinal) == (11, 13, 16)
    assert root.value("BEG", 9) == "" and root.value("XYZ", 1) == "" and root.children("SPI") == []


def test_hierarchy_is_one_repeating_loop() -> None:
    levels = read(SHIPMENT).root.loops["HL"]
    assert [(hl.value("HL", 1), hl.value("HL", 2), hl.value("HL", 3)) for hl in levels] == [
        ("1", "", "S"),
        ("2", "1", "O"),
        ("3", "2", "P"),
        ("4", "3", "I"),
    ]
    assert [n1.value("N1", 1) for n1 in levels[0].children("N1")] == ["SF", "ST"]
    assert levels[2].first("MAN") == ["MAN", "GM", "00007630000000000011"]


def test_nested_loops_of_an_acknowledgement() -> None:
    root = read(ACKNOWLEDGEMENT).root
    (verdict,) = root.loops["AK2"]
    assert verdict.value("AK5", 1) == "E"
    assert verdict.loops["AK3"][0].first("AK4") == ["AK4", "2", "380", "6", "4x"]
    assert root.first("AK9") == ["AK9", "E", "1", "1", "1"]


def test_a_group_version_with_an_industry_suffix() -> None:
    assert read(ORDER, version="004010VICS").version == "004010"


@pytest.mark.parametrize(("version", "facts"), [("003040", "004010"), ("004060", "005010"), ("006020", "005010")])
def test_other_versions_are_judged_by_the_nearest_facts(version: str, facts: str) -> None:
    result = read(ORDER, version=version)
    assert (result.version, result.facts, result.verdict) == (version, facts, Verdict.ACCEPTED)
    (finding,) = result.findings
    assert (finding.severity, finding.code) == ("warning", "version-nearest")
    assert finding.message == f"there are no facts for '{version}'; it was judged by those of {facts}"


@pytest.mark.parametrize("version", ["", "nonsense"])
def test_versions_without_facts_are_rejected_and_kept(version: str) -> None:
    result = read(ORDER, version=version)
    assert result.verdict is Verdict.REJECTED
    (finding,) = result.findings
    assert (finding.code, finding.ack_level, finding.ack_code) == ("version-unknown", "group", "2")
    assert len(result.root.unknown) == 17


def test_a_set_that_the_standard_does_not_know() -> None:
    finding = only("ST*899*0001~\nSE*2*0001~\n", start=500)
    assert place(finding) == ("set-unknown", "set", "1", 1, "ST", None, 500)
    assert finding.value == "899"


@pytest.mark.parametrize("text", ["", "\n", "~~~"])
def test_nothing_at_all(text: str) -> None:
    result = read(text)
    assert result.verdict is Verdict.REJECTED
    assert result.findings[-1].ack_level == "set"


# structure: X12 720


def test_mandatory_segment_missing() -> None:
    text = ORDER.replace("BEG*00*SA*MM-7001**20260914~\n", "").replace("SE*17", "SE*16")
    assert place(only(text)) == ("mandatory-segment-missing", "segment", "3", 2, "BEG", None, text.index("CUR"))


def test_mandatory_loop_missing() -> None:
    text = "ST*850*0001~\nBEG*00*SA*1**20260914~\nSE*3*0001~\n"
    assert place(only(text)) == ("mandatory-loop-missing", "segment", "3", 3, "PO1", None, text.index("SE*"))


def test_mandatory_segment_missing_in_a_loop_that_repeats() -> None:
    text = "ST*997*0001~AK1*PO*1~AK2*850*0001~AK2*850*0002~AK5*A~AK9*A*2*2*2~SE*7*0001~"
    result = read(text)
    (finding,) = result.findings
    assert place(finding) == ("mandatory-segment-missing", "segment", "3", 4, "AK5", "AK2", text.index("AK2*850*0002"))
    assert len(result.root.loops["AK2"]) == 2


def test_segment_too_often() -> None:
    text = ORDER.replace("CUR*BY*USD~\n", "CUR*BY*USD~\nCUR*SE*USD~\n").replace("SE*17", "SE*18")
    result = read(text)
    (finding,) = result.findings
    assert place(finding) == ("segment-too-often", "segment", "5", 4, "CUR", None, text.index("CUR*SE"))
    assert finding.allowed == "1 times"
    assert len(result.root.segments["CUR"]) == 2


def test_loop_too_often() -> None:
    loops = "".join(f"SAC*C*D240***{n}~" for n in range(100, 126))
    text = compact(ORDER).replace("DTM*002*20260928~", loops + "DTM*002*20260928~").replace("SE*17", "SE*43")
    assert place(only(text)) == ("loop-too-often", "segment", "4", 31, "SAC", "SAC", text.index("SAC*C*D240***125"))


def test_segment_out_of_order_is_kept_where_it_belongs() -> None:
    text = ORDER.replace("REF*DP*044~\n", "").replace("DTM*002*20260928~\n", "DTM*002*20260928~\nREF*DP*044~\n")
    result = read(text)
    (finding,) = result.findings
    assert place(finding) == ("segment-out-of-order", "segment", "7", 6, "REF", None, text.index("REF"))
    assert result.root.value("REF", 2) == "044"
    assert result.verdict is Verdict.ACCEPTED_WITH_ERRORS


def test_loop_out_of_order_keeps_its_children() -> None:
    text = ORDER.replace("CTT*2*30~\n", "CTT*3*31~\nPO1*3*1*EA~\nPID*F****Label~\nAMT*TT*123~\n").replace(
        "SE*17", "SE*20"
    )
    result = read(text)
    (finding,) = result.findings
    assert place(finding) == ("segment-out-of-order", "segment", "7", 17, "PO1", "PO1", text.index("PO1*3"))
    late = result.root.loops["PO1"][2]
    assert late.children("PID")[0].value("PID", 5) == "Label"
    assert late.children("AMT")[0].value("AMT", 2) == "123"
    assert len(result.root.loops["CTT"]) == 1


def test_what_is_missing_is_told_rather_than_that_others_stand_late() -> None:
    """TXI stands in a line before its PID, too."""
    text = INVOICE.replace("TDS*7500~\n", "TXI*ST*1.5~\n")
    result = read(text)
    assert place(only(text)) == ("mandatory-segment-missing", "segment", "3", 9, "TDS", None, text.index("TXI"))
    assert result.root.value("TXI", 1) == "ST"


def test_what_comes_later_is_not_missing() -> None:
    text = INVOICE.replace("TDS*7500~\n", "TXI*ST*1.5~\nTDS*7500~\n").replace("SE*11", "SE*12")
    result = read(text)
    assert place(only(text)) == ("segment-out-of-order", "segment", "7", 9, "TXI", "IT1", text.index("TXI"))
    assert result.root.loops["IT1"][0].value("TXI", 1) == "ST"


def test_a_late_segment_before_another_line_belongs_to_its_own_line() -> None:
    line = "IT1*1*20*EA*3.75**BP*77-100*VP*NS-4410~\nPID*F****Garden twine, 50 m~\n"
    text = INVOICE.replace("TDS*7500~\n", "TXI*ST*1.5~\n" + line.replace("IT1*1", "IT1*2"))
    text = text.replace("CTT*1", "CTT*2").replace("SE*11", "SE*13")
    assert [(f.code, f.segment, f.tag) for f in read(text).findings] == [
        ("segment-out-of-order", 9, "TXI"),
        ("mandatory-segment-missing", 12, "TDS"),
    ]


@pytest.mark.parametrize(
    ("segment", "code", "note"),
    [("ZZZ*1", "segment-unknown", "1"), ("TDS*100", "segment-not-in-set", "6"), ("HL*1**S", "segment-not-in-set", "6")],
)
def test_segments_without_a_place_are_kept_as_unknown(segment: str, code: str, note: str) -> None:
    text = ORDER.replace("DTM*002*20260930~\n", f"DTM*002*20260930~\n{segment}~\n").replace("SE*17", "SE*18")
    result = read(text)
    (finding,) = result.findings
    tag = segment.split("*")[0]
    assert place(finding) == (code, "segment", note, 16, tag, "PO1", text.index(segment))
    assert result.root.loops["PO1"][1].unknown == [segment.split("*")]


def test_segment_that_cannot_stand_here() -> None:
    text = ORDER.replace("REF*DP*044~", "AK~").replace("AK~", "N3*Nowhere~")
    finding = only(text)
    assert place(finding) == ("segment-unexpected", "segment", "2", 4, "N3", None, text.index("N3*Nowhere"))


# trailer: X12 718


def test_segment_count() -> None:
    text = ORDER.replace("SE*17", "SE*18")
    finding = only(text, start=146)
    assert place(finding) == ("segment-count-wrong", "set", "4", 17, "SE", None, 146 + text.index("SE*") + 3)
    assert (finding.element, finding.value, finding.allowed) == (1, "18", "17")


def test_control_number() -> None:
    text = ORDER.replace("SE*17*0001", "SE*17*0002")
    finding = only(text)
    assert place(finding) == ("control-number-differs", "set", "3", 17, "SE", None, text.rindex("0002"))


def test_missing_trailer() -> None:
    result = read(ORDER.replace("SE*17*0001~\n", ""))
    (finding,) = result.findings
    assert (finding.code, finding.ack_level, finding.ack_code, finding.segment) == (
        "set-trailer-missing",
        "set",
        "2",
        16,
    )
    assert result.verdict is Verdict.REJECTED
    assert len(result.root.loops["PO1"]) == 2


# hierarchy


@pytest.mark.parametrize(
    ("right", "wrong", "code", "severity", "element", "segment"),
    [
        ("HL*3*2*P", "HL*2*2*P", "hierarchy-number-repeated", "error", 1, 12),
        ("HL*4*3*I", "HL*5*3*I", "hierarchy-number-unexpected", "warning", 1, 14),
        ("HL*4*3*I", "HL*4*9*I", "hierarchy-parent-unknown", "error", 2, 14),
        ("HL*2*1*O", "HL*2*2*O", "hierarchy-parent-unknown", "error", 2, 10),
    ],
)
def test_hierarchy(right: str, wrong: str, code: str, severity: str, element: int, segment: int) -> None:
    text = SHIPMENT.replace(right, wrong)
    finding = next(f for f in read(text).findings if f.code == code)
    assert (finding.severity, finding.ack_level, finding.ack_code) == (severity, "element", "7")
    assert (finding.tag, finding.element, finding.segment) == ("HL", element, segment)
    assert finding.offset == text.index(wrong) + (3 if element == 1 else 5)


# form


def test_blanks_and_lower_case_are_warnings() -> None:
    result = read(ORDER.replace("REF*", "   REF*").replace("N1*ST", "n1*ST"))
    assert [(f.code, f.severity) for f in result.findings] == [
        ("blanks-around-tag", Severity.WARNING),
        ("tag-in-lower-case", Severity.WARNING),
    ]
    assert result.verdict is Verdict.ACCEPTED
    assert result.root.value("REF", 2) == "044" and len(result.root.loops["N1"]) == 2


def test_last_segment_without_terminator() -> None:
    finding = only(ORDER.rstrip("~\n"))
    assert (finding.code, finding.severity, finding.segment) == ("segment-unterminated", "warning", 17)


def test_a_control_character_in_a_value() -> None:
    text = ORDER.replace("Seed trays", "Seed\x07trays")
    finding = only(text)
    assert place(finding) == ("character-invalid", "element", "6", 14, "PID", None, text.index("Seed\x07"))
    assert finding.element == 5


def test_a_control_character_in_a_wrapped_file() -> None:
    text = ORDER.replace("Seed trays", "Seed\x07\r\ntrays")
    findings = read(text).findings
    assert [(f.code, f.segment) for f in findings] == [("line-break-in-segment", 14), ("character-invalid", 14)]


def test_utf8_becomes_text_and_offsets_stay_bytes() -> None:
    data = ORDER.replace("Garden twine", "Gärtnerschnur").replace("SE*17", "SE*18").encode()
    result = read(data.decode("latin-1"))
    assert result.root.loops["PO1"][0].children("PID")[0].value("PID", 5) == "Gärtnerschnur, 50 m"
    (finding,) = result.findings
    assert finding.offset == data.index(b"SE*18") + 3


def test_latin1_stays_as_it_is() -> None:
    result = read(ORDER.replace("Garden twine", "Gärtnerschnur"))
    assert result.findings == ()
    assert result.root.loops["PO1"][0].children("PID")[0].value("PID", 5) == "Gärtnerschnur, 50 m"


def test_what_is_wrong_takes_the_place_of_what_is_odd() -> None:
    odd = "PO1*1*5*EA*1**UP*614141000417~" * 150  # the check digit is 8
    text = "ST*850*0001~BEG*00*SA*1**20260914~" + odd + "SE*153*0001~"
    findings = read(text).findings
    assert {finding.severity for finding in findings} == {Severity.WARNING}
    assert (len(findings), findings[-1].message) == (101, "50 more findings were left out")
    assert read(text).verdict is Verdict.ACCEPTED
    findings = read(text.replace("SE*153", "PO1*2*many*EA~SE*154")).findings
    assert [f.code for f in findings if f.severity is Severity.ERROR] == ["number-invalid"]
    assert (len(findings), findings[-1].message) == (101, "51 more findings were left out")


def test_findings_are_bounded() -> None:
    text = "ST*850*0001~BEG*00*SA*1**20260914~PO1*1*5*EA~" + "ZZZ*1~" * 250 + "SE*254*0001~"
    findings = read(text).findings
    assert len(findings) == 101
    assert findings[-1].code == "more-findings"
    assert findings[-1].message == "150 more findings were left out"


def test_a_tab_before_a_segment_is_a_blank() -> None:
    finding = only(ORDER.replace("PO1*2", "\tPO1*2"))
    assert (finding.severity, finding.code, finding.segment) == ("warning", "blanks-around-tag", 13)
