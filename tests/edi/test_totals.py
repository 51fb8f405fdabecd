"""What sets say of their own content: CTT of X12, CNT of EDIFACT."""

import pytest

from b2bsync.edi import read_set
from b2bsync.edi.judge import judge_set
from b2bsync.vocabulary.findings import Finding
from b2bsync.vocabulary.verdicts import Verdict
from tests.edi import edifact_samples
from tests.edi.edifact_samples import COLONS
from tests.edi.samples import INVOICE, ORDER, RESPONSE, SHIPMENT, STARS, compact


def x12(text: str) -> list[Finding]:
    return list(read_set(compact(text), STARS, "004010").findings)


def edifact(*controls: str, change: tuple[str, str] = ("", ""), release: str = "D96A") -> list[Finding]:
    """Findings on the sample with other CNT segments."""
    text = compact(edifact_samples.ORDER).replace("'CNT+2:2'", "'" + "".join(f"CNT+{one}'" for one in controls))
    text = text.replace(*change).replace("UNT+19", f"UNT+{18 + len(controls)}").replace(":D:96A", f":D:{release[1:]}")
    return list(read_set(text, COLONS, release).findings)


def told(findings: list[Finding]) -> list[tuple[str, str | None, str | None]]:
    return [(f.code, f.value, f.allowed) for f in findings]


# X12


@pytest.mark.parametrize(
    ("text", "right", "wrong", "allowed"),
    [
        (ORDER, "CTT*2*30", "CTT*3*30", "2 (PO1)"),
        (RESPONSE, "CTT*2", "CTT*1", "2 (PO1)"),
        (INVOICE, "CTT*1", "CTT*0", "1 (IT1)"),
        (SHIPMENT, "CTT*4", "CTT*5", "4 (HL) or 1 (LIN)"),
    ],
)
def test_the_lines_of_a_set_are_counted(text: str, right: str, wrong: str, allowed: str) -> None:
    (finding,) = x12(text.replace(right, wrong))
    assert (finding.code, finding.severity, finding.allowed) == ("line-count-wrong", "warning", allowed)
    assert (finding.tag, finding.element, finding.reference) == ("CTT", 1, "354")
    assert (finding.ack_level, finding.ack_code) == ("set", "5")


def test_where_the_count_stands() -> None:
    text = compact(INVOICE.replace("CTT*1~", "CTT*12~"))
    (finding,) = read_set(text, STARS, "004010", start=300).findings
    assert (finding.segment, finding.offset) == (10, 300 + text.index("12~SE"))
    assert str(finding) == (
        f"warning: CTT01 says 12 lines, there are 1 (IT1) (allowed: 1 (IT1)) [segment 10, CTT01, byte {finding.offset}]"
    )
    assert read_set(text, STARS, "004010").verdict is Verdict.ACCEPTED


def test_an_856_may_count_its_levels_or_its_items() -> None:
    assert x12(SHIPMENT) == []
    assert x12(SHIPMENT.replace("CTT*4", "CTT*1")) == []


@pytest.mark.parametrize(
    ("type", "text"),
    [
        ("846", "BIA*00*SI*1*20260914~LIN*1*VP*A~QTY*33*5*EA~LIN*2*VP*B~QTY*33*7*EA~CTT*{}"),
        ("860", "BCH*04*SA*1***20260914~POC*1*QD*10*2*EA~POC*2*AI*4**EA~CTT*{}*14"),
        ("865", "BCA*04*AC*1***20260914~POC*1*QD*10*2*EA~POC*2*AI*4**EA~CTT*{}*14"),
        ("861", "BRA*1*20260914*00*1~RCD*1*5*EA~RCD*2*6*EA~CTT*{}*11"),
    ],
)
def test_other_sets_count_other_segments(type: str, text: str) -> None:
    segments = text.count("~") + 3
    for said, codes in (("2", []), ("3", ["line-count-wrong"])):
        found = x12(f"ST*{type}*0001~{text.format(said)}~SE*{segments}*0001~")
        assert [f.code for f in found if f.tag == "CTT"] == codes


def test_a_line_out_of_place_counts_too() -> None:
    text = compact(RESPONSE).replace("ACK*IR*6*CS~CTT*2~", "ACK*IR*6*CS~CTT*3~PO1*3*1*EA~").replace("SE*10", "SE*11")
    assert [f.code for f in x12(text)] == ["segment-out-of-order"]


@pytest.mark.parametrize(
    ("quantities", "total"),
    [
        (("24", "6"), "30"),
        (("2.5", "6"), "8.5"),
        (("2.5", "6"), "31"),  # 25 and 6: the standard adds up without regard to points
        (("2.50", "6"), "8.5"),
        (("-4", "6"), "2"),
        (("-4", "6"), "10"),
        (("9999999999", "2"), "10000000001"),
        (("9999999999", "2"), "1"),  # more than ten digits lose the first ones
    ],
)
def test_the_sum_of_quantities(quantities: tuple[str, str], total: str) -> None:
    text = ORDER.replace("PO1*1*24*", f"PO1*1*{quantities[0]}*").replace("PO1*2*6*", f"PO1*2*{quantities[1]}*")
    codes = [f.code for f in x12(text.replace("CTT*2*30", f"CTT*2*{total}"))]
    assert "control-total-wrong" not in codes
    codes = [f.code for f in x12(text.replace("CTT*2*30", f"CTT*2*{'9' + total}"))]
    assert "control-total-wrong" in codes


def test_a_sum_that_is_wrong() -> None:
    (finding,) = x12(ORDER.replace("PO1*1*24*", "PO1*1*2.5*"))
    assert (finding.code, finding.severity, finding.segment) == ("control-total-wrong", "warning", 16)
    assert (finding.element, finding.reference, finding.value) == (2, "347", "30")
    assert finding.message == "CTT02 says 30, all PO102 are 8.5 or 31"


def test_nothing_is_said_of_a_sum_where_a_quantity_is_no_number() -> None:
    assert [f.code for f in x12(ORDER.replace("PO1*1*24*", "PO1*1*2x*"))] == ["number-invalid"]


# EDIFACT


def test_lines_in_edifact() -> None:
    assert edifact("2:2") == []
    (finding,) = edifact("2:3")
    assert (finding.code, finding.severity, finding.allowed) == ("line-count-wrong", "warning", "2")
    assert (finding.segment, finding.tag, finding.element, finding.component) == (18, "CNT", 1, 2)
    assert (finding.reference, finding.ack_level, finding.ack_code) == ("6066", "set", "29")


def test_sub_lines_may_count() -> None:
    sub = ("LIN+2++4012345678901:EN'", "LIN+2++4012345678901:EN+1:1'")
    assert edifact("2:2", change=sub) == edifact("2:1", change=sub) == edifact("3:2", change=sub) == []
    assert told(edifact("2:3", change=sub)) == [("line-count-wrong", "3", "1 or 2")]
    assert told(edifact("3:1", change=sub)) == [("line-count-wrong", "1", "2")]


@pytest.mark.parametrize("release", ["D93A", "D96A", "D97A", "D01B"])
def test_the_sum_of_the_quantities_of_all_lines(release: str) -> None:
    assert edifact("1:30", "2:2", release=release) == []
    assert told(edifact("1:31", "2:2", release=release)) == [("control-total-wrong", "31", "30")]


def test_quantities_of_one_kind_or_of_all() -> None:
    other = ("QTY+21:24:PCE'", "QTY+21:24:PCE'QTY+59:12'")
    counted = [f.code for f in edifact("1:30", "2:2", change=other)]
    assert counted == ["segment-count-wrong"]  # one more than UNT says, by this very change
    assert [f.code for f in edifact("1:42", change=other)] == ["segment-count-wrong"]
    assert [f.code for f in edifact("1:12", change=other)] == ["segment-count-wrong"]
    assert [f.code for f in edifact("1:36", change=other)] == ["segment-count-wrong", "control-total-wrong"]
    assert told(edifact("23:12", change=other))[1:] == [("control-total-wrong", "12", "30")]


def test_decimal_marks_and_totals_that_are_not_judged() -> None:
    half = ("QTY+21:24:PCE'", "QTY+21:1,5:PCE'")
    assert edifact("1:7,5", change=half) == edifact("1:7.5", change=half) == []
    assert edifact("11:99", "7:12.5:KGM") == []


def test_a_wrong_one_among_several_is_named() -> None:
    (finding,) = edifact("1:30", "2:9")
    assert (finding.segment, finding.value) == (19, "9")


HUGE = "9" * 6000


@pytest.mark.parametrize(
    ("part", "huge"),
    [
        ("SE*17*", f"SE*{HUGE}*"),
        ("CTT*2*30", f"CTT*{HUGE}*30"),
        ("CTT*2*30", f"CTT*2*{HUGE}"),
        ("PO1*1*24*", f"PO1*1*{HUGE}*"),
        ("PO1*1*24*", f"PO1*1*-.{HUGE}*"),
    ],
)
def test_a_number_of_thousands_of_digits_is_only_too_long(part: str, huge: str) -> None:
    assert part in ORDER
    found = read_set(ORDER.replace(part, huge), STARS, "004010", "850").findings
    assert [finding.code for finding in found] == ["element-too-long"]


@pytest.mark.parametrize(
    ("part", "huge"), [("UNT+19+", f"UNT+{HUGE}+"), ("CNT+2:2", f"CNT+2:{HUGE}"), ("QTY+21:6", f"QTY+21:{HUGE}")]
)
def test_such_a_number_in_edifact(part: str, huge: str) -> None:
    assert part in edifact_samples.ORDER
    found = read_set(edifact_samples.ORDER.replace(part, huge), COLONS, "D96A", "ORDERS").findings
    assert [finding.code for finding in found] == ["element-too-long"]


@pytest.mark.parametrize(("said", "wrong"), [("1,9", True), ("18.5", True), ("-19", True), ("19,0", False)])
def test_a_count_that_is_no_whole_number(said: str, wrong: bool) -> None:
    raw = edifact_samples.ORDER
    for _ in range(4):
        assert judge_set(raw, COLONS, "D96A", "ORDERS").findings == ()  # from now on by patterns
    spoilt = raw.replace("UNT+19+", f"UNT+{said}+")
    codes = ["segment-count-wrong"] if wrong else []
    assert [f.code for f in judge_set(spoilt, COLONS, "D96A", "ORDERS").findings] == codes
    assert [f.code for f in read_set(spoilt, COLONS, "D96A", "ORDERS").findings] == codes


def test_a_negative_count() -> None:
    spoilt = ORDER.replace("SE*17*", "SE*-17*")
    assert [f.code for f in read_set(spoilt, STARS, "004010", "850").findings] == ["segment-count-wrong"]
