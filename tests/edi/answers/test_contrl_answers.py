"""CONTRL of syntax 3 and 4: what leaves for what came in."""

import pytest

from b2bsync.edi.answers import Policy, Reject
from tests.edi.answers.replies import answer, lines, read_back
from tests.edi.edifact_samples import ORDER, UNB, interchange

SECOND = ORDER.replace("UNH+1", "UNH+2").replace("UNT+19+1", "UNT+19+2")
BAD = SECOND.replace("QTY+21:24", "QTY+21:viele").replace("UNS+S'\n", "").replace("UNT+19", "UNT+18")
"""A quantity that is no number (segment 12, component 2), and no UNS before segment 17."""

UNG = "UNG+ORDERS+BUYER+SELLER+260914:0930+G7+UN+D:96A'\n"


def grouped(*messages: str, number: str = "G7") -> str:
    """An interchange with one functional group."""
    return interchange(UNG, *messages, f"UNE+{len(messages)}+{number}'\n", count=1)


def test_one_good_order_and_a_bad_one_beside_it() -> None:
    assert (
        answer(interchange(ORDER, BAD))
        == """\
UNB+UNOC:3+5412345000013:14+4012345000009:14+260915:0805+77'
UNH+1+CONTRL:D:3:UN'
UCI+M42+4012345000009:14+5412345000013:14+7'
UCM+1+ORDERS:D:96A:UN:EAN008+7'
UCM+2+ORDERS:D:96A:UN:EAN008+4'
UCS+12'
UCD+37+2:2'
UCS+16+13'
UNT+8+1'
UNZ+1+77'
"""
    )


def test_syntax_4_is_answered_in_syntax_4() -> None:
    assert (
        answer(interchange(ORDER, header=UNB.replace(":3+", ":4+").replace("260914", "20260914")))
        == """\
UNB+UNOC:4+5412345000013:14+4012345000009:14+20260915:0805+77'
UNH+1+CONTRL:4:1:UN'
UCI+M42+4012345000009:14+5412345000013:14+7'
UCM+1+ORDERS:D:96A:UN:EAN008+7'
UNT+4+1'
UNZ+1+77'
"""
    )


def test_groups_have_a_segment_before_their_messages() -> None:
    assert lines(answer(grouped(ORDER, BAD))) == [
        "UNH+1+CONTRL:D:3:UN'",
        "UCI+M42+4012345000009:14+5412345000013:14+7'",
        "UCF+G7+BUYER+SELLER+7'",
        "UCM+1+ORDERS:D:96A:UN:EAN008+7'",
        "UCM+2+ORDERS:D:96A:UN:EAN008+4'",
        "UCS+12'",
        "UCD+37+2:2'",
        "UCS+16+13'",
        "UNT+9+1'",
    ]


@pytest.mark.parametrize(
    ("reject", "expected"),
    [
        (Reject.NOTHING, ["UCI 7", "UCF 7", "UCM 7", "UCM 7"]),
        (Reject.TRANSACTION, ["UCI 7", "UCF 7", "UCM 7", "UCM 4"]),
        (Reject.GROUP, ["UCI 7", "UCF 4", "UCM 4"]),
        (Reject.INTERCHANGE, ["UCI 4", "UCF 4", "UCM 4"]),
    ],
)
def test_how_far_an_error_rejects(reject: Reject, expected: list[str]) -> None:
    """A message that is rejected only with its group has nothing to say of itself."""
    place = {"UCI": 4, "UCF": 4, "UCM": 3}
    said = [line.rstrip("'").split("+") for line in lines(answer(grouped(ORDER, BAD), Policy(reject=reject)))]
    assert [f"{row[0]} {row[place[row[0]]]}" for row in said if row[0] in place] == expected


def test_accepted_messages_are_left_out_where_no_detail_is_wanted() -> None:
    assert lines(answer(interchange(ORDER, SECOND), Policy(detail=False))) == [
        "UNH+1+CONTRL:D:3:UN'",
        "UCI+M42+4012345000009:14+5412345000013:14+7'",
        "UNT+3+1'",
    ]


def test_a_receipt_says_nothing_of_the_content() -> None:
    assert lines(answer(grouped(ORDER, BAD), Policy(receipt=True))) == [
        "UNH+1+CONTRL:D:3:UN'",
        "UCI+M42+4012345000009:14+5412345000013:14+8'",
        "UNT+3+1'",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (interchange(ORDER, count=5), "UCI+M42+4012345000009:14+5412345000013:14+7+29+UNZ+2'"),
        (interchange(ORDER, number="M43"), "UCI+M42+4012345000009:14+5412345000013:14+7+28+UNZ+3'"),
        (interchange(ORDER, "XYZ+1'\n", count=1), "UCI+M42+4012345000009:14+5412345000013:14+7+33'"),
        (interchange(ORDER, header=UNB.replace("+M42", "")), "UCI+0+4012345000009:14+5412345000013:14+7+13+UNB+6'"),
        (grouped(ORDER, number="G8"), "UCF+G7+BUYER+SELLER+7+28+UNE+3'"),
        (interchange(ORDER.replace("UNT+19", "UNT+20")), "UCM+1+ORDERS:D:96A:UN:EAN008+4+29+UNT+2'"),
        (interchange(ORDER.replace("UNT+19+1", "UNT+19+2")), "UCM+1+ORDERS:D:96A:UN:EAN008+4+28+UNT+3'"),
        (interchange(ORDER.replace("UNT+19+1'\n", "")), "UCM+1+ORDERS:D:96A:UN:EAN008+4+13+UNT'"),
        (interchange(ORDER.replace("ORDERS:", "ORDERZ:")), "UCM+1+ORDERZ:D:96A:UN:EAN008+4+14+UNH+3'"),
        (interchange(ORDER.replace("UNH+1+", "UNH++")), "UCM+0+ORDERS:D:96A:UN:EAN008+4+13+UNH+2'"),
        (interchange(ORDER.replace(":D:96A:UN:EAN008", "")), "UCM+1+ORDERS:0:0:0+4+14'"),
    ],
)
def test_envelopes_and_service_segments(text: str, expected: str) -> None:
    assert expected in lines(answer(text))


def test_released_characters_are_released_again() -> None:
    text = interchange(ORDER, header=UNB.replace("4012345000009", "A?+B?'C"))
    assert "UCI+M42+A?+B?'C:14+5412345000013:14+7'\n" in answer(text)


def test_delimiters_of_una_are_those_of_the_answer() -> None:
    text = interchange(ORDER, una="UNA:+,? '")
    assert answer(text).startswith("UNA:+,? '\nUNB+UNOC:3+5412345000013:14+")
    other = interchange(ORDER).replace("?'", "").replace("?+", "").replace("?,", "").replace("?:", "")
    other = other.translate(str.maketrans("+:'", "|^~"))
    assert answer("UNA^|.\\ ~" + other).splitlines() == [
        "UNA^|.\\ ~",
        "UNB|UNOC^3|5412345000013^14|4012345000009^14|260915^0805|77~",
        "UNH|1|CONTRL^D^3^UN~",
        "UCI|M42|4012345000009^14|5412345000013^14|7~",
        "UCM|1|ORDERS^D^96A^UN^EAN008|7~",
        "UNT|4|1~",
        "UNZ|1|77~",
    ]


CONTRL = """\
UNH+1+CONTRL:D:3:UN'
UCI+77+5412345000013:14+4012345000009:14+7'
UNT+3+1'
"""


def test_contrl_is_never_acknowledged() -> None:
    assert answer(interchange(CONTRL)) == ""
    assert answer(interchange(CONTRL, count=3)) == ""
    assert answer(answer(interchange(ORDER, BAD))) == ""


def test_a_message_in_no_interchange_has_nobody_to_answer() -> None:
    assert answer(ORDER) == ""


def test_only_where_unb_asks_for_it() -> None:
    asked = interchange(ORDER, header=UNB.replace("+M42", "+M42++++1"))
    assert answer(interchange(ORDER), Policy(contrl="asked")) == ""
    assert len(read_back(answer(asked, Policy(contrl="asked")))) == 2
    assert answer(asked, Policy(contrl="never")) == ""


def test_test_interchanges_are_answered_as_such() -> None:
    text = interchange(ORDER, header=UNB.replace("+M42", "+M42++++++1"))
    assert answer(text).startswith("UNB+UNOC:3+5412345000013:14+4012345000009:14+260915:0805+77++++++1'\n")
