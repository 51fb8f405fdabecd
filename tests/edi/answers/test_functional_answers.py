"""TA1, 997 and 999: what leaves for what came in."""

from datetime import datetime

import pytest

from b2bsync.edi import Delimiters
from b2bsync.edi.answers import Policy, Reject, answer_file
from tests.edi.answers.replies import answer, lines, read_back
from tests.edi.samples import ACKNOWLEDGEMENT, ISA, ORDER, interchange

SECOND = ORDER.replace("0001~", "0002~")
BAD = SECOND.replace("CUR*BY*USD~", "ZZZ*1~").replace("PO1*1*24*", "PO1*1*many*")
"""ZZZ is no segment; PO102 is no number."""


def test_one_good_order_and_a_bad_one_beside_it() -> None:
    assert (
        answer(interchange(ORDER, BAD))
        == """\
ISA*00*          *00*          *ZZ*NORTHSUPPLY    *ZZ*MAPLEMARKET    *260915*0805*U*00401*000000077*0*P*>~
GS*FA*NORTH*MAPLE*20260915*0805*77*X*004010~
ST*997*0001~
AK1*PO*7~
AK2*850*0001~
AK5*A~
AK2*850*0002~
AK3*ZZZ*3**1~
AK3*PO1*11**8~
AK4*2*330*6*many~
AK5*R*5~
AK9*P*2*2*1~
SE*11*0001~
GE*1*77~
IEA*1*000000077~
"""
    )


def test_a_999_in_the_release_received() -> None:
    text = interchange(ORDER, BAD).replace("004010", "005010").replace("U*00401", "^*00501")
    assert (
        answer(text, Policy(functional="999"))
        == """\
ISA*00*          *00*          *ZZ*NORTHSUPPLY    *ZZ*MAPLEMARKET    *260915*0805*^*00501*000000077*0*P*>~
GS*FA*NORTH*MAPLE*20260915*0805*77*X*005010~
ST*999*0001~
AK1*PO*7*005010~
AK2*850*0001~
IK5*A~
AK2*850*0002~
IK3*ZZZ*3**1~
IK3*PO1*11**8~
IK4*2*380*6*many~
IK5*R*5~
AK9*P*2*2*1~
SE*11*0001~
GE*1*77~
IEA*1*000000077~
"""
    )


def test_older_groups_get_a_997_where_999_is_chosen() -> None:
    assert lines(answer(interchange(ORDER), Policy(functional="999")))[0] == "ST*997*0001~"


def test_the_release_of_each_group_is_its_answer_s() -> None:
    vics = interchange(ORDER).replace("X*004010", "X*004010VICS")
    other = vics[vics.index("GS*") : vics.index("IEA*")].replace("*7*X*004010VICS", "*8*X*005010").replace("*7~", "*8~")
    text = vics.replace("IEA*1", f"{other}IEA*2")
    groups = [line for line in answer(text).splitlines() if line.startswith(("GS", "GE", "AK1", "IEA"))]
    assert groups == [
        "GS*FA*NORTH*MAPLE*20260915*0805*77*X*004010VICS~",
        "AK1*PO*7~",
        "GE*1*77~",
        "GS*FA*NORTH*MAPLE*20260915*0805*78*X*005010~",
        "AK1*PO*8*005010~",
        "GE*1*78~",
        "IEA*2*000000077~",
    ]


def test_what_no_release_says_is_answered_in_the_one_of_the_interchange() -> None:
    assert "*X*004010~" in answer(interchange(ORDER).replace("X*004010", "X*NEWEST"))


@pytest.mark.parametrize(
    ("reject", "expected"),
    [
        (Reject.NOTHING, ["AK5*A~", "AK5*E*5~", "AK9*E*2*2*2~"]),
        (Reject.TRANSACTION, ["AK5*A~", "AK5*R*5~", "AK9*P*2*2*1~"]),
        (Reject.GROUP, ["AK5*R~", "AK5*R*5~", "AK9*R*2*2*0~"]),
        (Reject.INTERCHANGE, ["AK5*R~", "AK5*R*5~", "AK9*R*2*2*0~"]),
    ],
)
def test_how_far_an_error_rejects(reject: Reject, expected: list[str]) -> None:
    said = lines(answer(interchange(ORDER, BAD), Policy(reject=reject)))
    assert [line for line in said if line.startswith(("AK5", "AK9"))] == expected


def test_a_group_is_rejected_without_the_one_beside_it() -> None:
    good = interchange(ORDER)
    other = good[good.index("GS*") : good.index("IEA*")].replace("*7*X", "*8*X").replace("*7~", "*8~")
    text = interchange(ORDER, BAD).replace("IEA*1", f"{other}IEA*2")
    said = [line for line in lines(answer(text, Policy(reject=Reject.GROUP))) if line.startswith("AK9")]
    assert said == ["AK9*R*2*2*0~", "AK9*A*1*1*1~"]
    said = [line for line in lines(answer(text, Policy(reject=Reject.INTERCHANGE))) if line.startswith("AK9")]
    assert said == ["AK9*R*2*2*0~", "AK9*R*1*1*0~"]


def test_accepted_sets_are_only_counted_where_no_detail_is_wanted() -> None:
    assert lines(answer(interchange(ORDER, SECOND), Policy(detail=False))) == [
        "ST*997*0001~", "AK1*PO*7~", "AK9*A*2*2*2~", "SE*4*0001~",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "end"),
    [
        (interchange(ORDER).replace("SE*17", "SE*18"), "AK5*R*4~", "AK9*R*1*1*0~"),
        (interchange(ORDER).replace("SE*17*0001", "SE*17*0009"), "AK5*R*3~", "AK9*R*1*1*0~"),
        (interchange(ORDER).replace("SE*17*0001~\n", ""), "AK5*R*2~", "AK9*R*1*1*0~"),
        (interchange(ORDER).replace("ST*850", "ST*851"), "AK5*R*1~", "AK9*R*1*1*0~"),
        (interchange(ORDER).replace("GE*1*7", "GE*3*7"), "AK5*A~", "AK9*E*3*1*1*5~"),
        (interchange(ORDER).replace("GE*1*7", "GE*1*8"), "AK5*A~", "AK9*E*1*1*1*4~"),
        (interchange(ORDER).replace("GE*1*7~\n", ""), "AK5*A~", "AK9*P*0*1*1*3~"),
        (interchange().replace("GE*0", "GE*1"), "", "AK9*R*1*0*0*5~"),
    ],
)
def test_counts_and_trailers(text: str, code: str, end: str) -> None:
    said = lines(answer(text, Policy(ta1="never")))
    assert "".join(line for line in said if line.startswith("AK5")) == code
    assert said[-2] == end


def test_a_missing_segment_an_element_and_its_component() -> None:
    bad = ORDER.replace("BEG*00*SA*MM-7001**20260914~\n", "").replace("TE*5550100", "TE")
    assert lines(answer(interchange(bad.replace("SE*17", "SE*16"))))[2:-2] == [
        "AK2*850*0001~", "AK3*BEG*2**3~", "AK3*PER*4**8~", "AK4*4*364*2~", "AK5*R*5~",
    ]  # fmt: skip


def test_values_that_would_break_the_answer_are_left_out() -> None:
    pipes = Delimiters("\n", "|", ":")
    bad = ORDER.replace("PO1*1*24*", "PO1*1*2|4*")
    assert lines(answer(interchange(bad)))[4] == "AK4*2*330*6*2|4~"
    assert answer(interchange(bad), Policy(delimiters=pipes)).splitlines()[2:-2] == [
        "ST|997|0001", "AK1|PO|7", "AK2|850|0001", "AK3|PO1|11||8", "AK4|2|330|6", "AK5|R|5", "AK9|R|1|1|0",
        "SE|8|0001",
    ]  # fmt: skip


def test_a_set_that_cannot_be_named_is_counted() -> None:
    text = interchange(ORDER, SECOND.replace("ST*850*0002", "ST*850*00020002000"))
    assert lines(answer(text))[2:] == ["AK2*850*0001~", "AK5*A~", "AK9*P*2*2*1~", "SE*6*0001~"]


def test_a_set_larger_than_the_limit() -> None:
    large = SECOND.replace("PID*F****Seed trays~\n", "MSG*" + "x" * 3000 + "~\n")
    assert lines(answer(interchange(ORDER, large), limit=2000))[4:] == [
        "AK2*850*0002~", "AK5*R*5~", "AK9*P*2*2*1~", "SE*8*0001~",
    ]  # fmt: skip


# TA1


@pytest.mark.parametrize(
    ("text", "ta1"),
    [
        (interchange(ORDER), ""),
        (interchange(ORDER).replace("*0*P*>", "*1*P*>"), "TA1*000000042*260914*0930*A*000~"),
        (interchange(ORDER).replace("IEA*1*", "IEA*3*"), "TA1*000000042*260914*0930*E*021~"),
        (interchange(ORDER).replace("IEA*1*000000042", "IEA*1*000000043"), "TA1*000000042*260914*0930*E*001~"),
        (interchange(ORDER).replace("IEA*1*000000042~\n", ""), "TA1*000000042*260914*0930*E*023~"),
        (interchange(ORDER).replace("260914*0930*U", "261314*0930*U"), "TA1*000000042*261314*0930*E*014~"),
        (interchange(ORDER).replace("GE*1", "N1*ST~\nGE*1"), "TA1*000000042*260914*0930*E*024~"),
        (interchange(ORDER).replace("0930*7*X", "0930**X"), "TA1*000000042*260914*0930*E*024~"),
    ],
)
def test_ta1_where_it_is_asked_for_or_the_envelope_is_wrong(text: str, ta1: str) -> None:
    said = answer(text).splitlines()
    assert (said[1] if said[1].startswith("TA1") else "") == ta1
    assert sum(line.startswith("TA1") for line in said) == bool(ta1)


def test_ta1_rejects_where_the_agreement_rejects_interchanges() -> None:
    policy = Policy(reject=Reject.INTERCHANGE, ta1="always")
    assert "TA1*000000042*260914*0930*R*021~" in answer(interchange(ORDER).replace("IEA*1", "IEA*2"), policy)
    assert "TA1*000000042*260914*0930*R*024~" in answer(interchange(BAD), policy)
    assert "TA1*000000042*260914*0930*A*000~" in answer(interchange(ORDER), policy)


def test_a_group_that_cannot_be_named_gets_ta1_alone() -> None:
    assert answer(interchange(ORDER).replace("GS*PO", "GS*")) == (
        "ISA*00*          *00*          *ZZ*NORTHSUPPLY    *ZZ*MAPLEMARKET    *260915*0805*U*00401*000000077*0*P*>~\n"
        "TA1*000000042*260914*0930*E*024~\n"
        "IEA*0*000000077~\n"
    )


# what is never answered, and how many answers there are


@pytest.mark.parametrize(
    "text",
    [
        interchange(ACKNOWLEDGEMENT, code="FA"),
        interchange(ACKNOWLEDGEMENT.replace("997", "999"), code="FA").replace("*0*P*>", "*1*P*>"),
        interchange(ACKNOWLEDGEMENT, code="FA").replace("IEA*1", "IEA*4"),
        interchange(ACKNOWLEDGEMENT, code="PO"),
        ISA + "TA1*000000012*260914*0930*A*000~IEA*0*000000042~",
    ],
)
def test_acknowledgements_are_never_acknowledged(text: str) -> None:
    assert answer(text) == ""


def test_an_answer_is_never_answered() -> None:
    first = answer(interchange(ORDER, BAD).replace("IEA*1", "IEA*2"), Policy(ta1="always"))
    assert answer(first, Policy(ta1="always")) == ""


def test_every_interchange_gets_its_own_answer() -> None:
    other = interchange(BAD).replace("MAPLEMARKET ", "OAKMARKET   ").replace("000000042", "000000043")
    said = answer(interchange(ORDER) + other, Policy(ta1="always"), number=999_999_999)
    envelopes = [line for line in said.splitlines() if line.startswith(("ISA", "TA1", "GS", "IEA"))]
    assert [line[50:100] for line in envelopes if line.startswith("ISA")] == [
        "*ZZ*MAPLEMARKET    *260915*0805*U*00401*999999999*"[:50],
        "*ZZ*OAKMARKET      *260915*0805*U*00401*000000001*"[:50],
    ]
    assert [line for line in envelopes if not line.startswith("ISA")] == [
        "TA1*000000042*260914*0930*A*000~",
        "GS*FA*NORTH*MAPLE*20260915*0805*999999999*X*004010~",
        "IEA*1*999999999~",
        "TA1*000000043*260914*0930*A*000~",
        "GS*FA*NORTH*MAPLE*20260915*0805*1*X*004010~",
        "IEA*1*000000001~",
    ]


def test_test_files_are_answered_as_test_files() -> None:
    assert answer(interchange(ORDER).replace("*0*P*>", "*0*T*>")).splitlines()[0].endswith("*0*T*>~")


@pytest.mark.parametrize("number", [0, 1_000_000_000])
def test_control_numbers_have_a_range(number: int) -> None:
    with pytest.raises(ValueError, match="1 to 999999999"):
        answer_file([b""], control_number=number, now=datetime(2026, 9, 15))


@pytest.mark.parametrize(
    ("segment", "element", "component"),
    [("\n", "*", ">"), ("\x1c", "\x1d", "\x1f"), ("'", "+", ":"), ("~", "|", ""), ("!", "^", "\\")],
)
def test_the_delimiters_received_are_those_of_the_answer(segment: str, element: str, component: str) -> None:
    text = interchange(ORDER, BAD).replace("\n", "").replace("*P*>", f"*P*{component}")
    text = text.replace("*", element).replace("~", segment)
    said = answer(text)
    assert said[3] == element and said[105] == segment
    [first, second, group] = read_back(said)[:3]
    assert [str(one.verdict) for one in (first, second, group)] == ["accepted", "rejected", "partially_accepted"]
