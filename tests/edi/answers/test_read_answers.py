"""What partners say of what we sent: 997, 999, CONTRL and TA1 as verdicts."""

from b2bsync.edi import Delimiters, Identity, InterchangeAck, read_set, scan
from b2bsync.edi.answers import GroupVerdict, InterchangeVerdict, Said, SetVerdict, read_answer, read_ta1
from b2bsync.vocabulary.findings import Finding
from b2bsync.vocabulary.verdicts import Verdict
from tests.edi.edifact_samples import COLONS
from tests.edi.samples import ACKNOWLEDGEMENT, ISA, STARS


def said(text: str, delimiters: Delimiters = STARS, version: str = "004010") -> list[Said]:
    return list(read_answer(read_set(text, delimiters, version), delimiters))


def notes(verdict: Said) -> list[tuple[object, ...]]:
    return [(f.ack_level, f.ack_code, f.segment, f.tag, f.element, f.component, f.value) for f in verdict.findings]


def test_a_997() -> None:
    one, group = said(ACKNOWLEDGEMENT)
    assert isinstance(one, SetVerdict) and isinstance(group, GroupVerdict)
    assert (one.type, one.control_number, one.verdict, one.version) == (
        "855", "0007", Verdict.ACCEPTED_WITH_ERRORS, "004010",
    )  # fmt: skip
    assert notes(one) == [
        ("set", "5", None, None, None, None, None),
        ("element", "6", 5, "ACK", 2, None, "4x"),
    ]
    assert (group.code, group.control_number, group.verdict) == ("PR", "21", Verdict.ACCEPTED_WITH_ERRORS)
    assert (group.included, group.received, group.accepted, group.findings) == (1, 1, 1, ())
    assert str(one.findings[1]) == "error: invalid character [segment 5, ACK02 '4x']"


def test_a_partly_accepted_group() -> None:
    first, second, group = said("""\
ST*997*0002~
AK1*IN*21~
AK2*810*0007~
AK5*A~
AK2*810*0008~
AK3*TDS*9**3~
AK3*N1*3**8~
AK4*4:1**5~
AK5*R*5*4~
AK9*P*2*2*1*5~
SE*10*0002~
""", Delimiters("~", "*", ":"))  # fmt: skip
    assert first == SetVerdict(type="810", control_number="0007", verdict=Verdict.ACCEPTED, version="004010")
    assert second.verdict is Verdict.REJECTED
    assert [note[:6] for note in notes(second)] == [
        ("set", "5", None, None, None, None),
        ("set", "4", None, None, None, None),
        ("segment", "3", 9, "TDS", None, None),
        ("element", "5", 3, "N1", 4, 1),
    ]
    assert isinstance(group, GroupVerdict)
    assert (group.verdict, group.received, group.accepted) == (Verdict.PARTIALLY_ACCEPTED, 2, 1)
    assert [(f.ack_level, f.ack_code, f.message) for f in group.findings] == [("group", "5", "number of sets wrong")]


def test_a_997_without_detail() -> None:
    [group] = said("ST*997*0002~AK1*PR*21~AK9*A*3*3*3~SE*4*0002~")
    assert group == GroupVerdict(
        code="PR", control_number="21", verdict=Verdict.ACCEPTED, version="004010", included=3, received=3, accepted=3
    )


def test_a_999_with_context() -> None:
    one, group = said("""\
ST*999*0002~
AK1*PR*21*005010~
AK2*855*0007*GUIDE1~
IK3*ACK*5**I6~
CTX*SITUATIONAL TRIGGER*ACK*5~
IK4*2*380*6*4x~
IK5*E*5~
AK9*E*1*1*1~
SE*9*0002~
""", version="005010")  # fmt: skip
    assert isinstance(one, SetVerdict)
    assert (one.association, one.verdict) == ("GUIDE1", Verdict.ACCEPTED_WITH_ERRORS)
    assert notes(one)[1:] == [
        ("segment", "I6", 5, "ACK", None, None, None),
        ("element", "6", 5, "ACK", 2, None, "4x"),
    ]
    assert isinstance(group, GroupVerdict) and group.version == "005010"


def test_a_verdict_that_is_none_rejects_and_says_so() -> None:
    one, group = said("ST*997*0002~AK1*PR*21~AK2*855*0007~AK5*Q~AK9*M*1*1*0~SE*6*0002~")
    assert (one.verdict, group.verdict) == (Verdict.REJECTED, Verdict.REJECTED)
    assert [finding.code for finding in one.findings] == ["verdict-unknown"]
    assert group.findings == ()


def test_broken_ones_are_read_as_far_as_they_go() -> None:
    [group] = said("ST*997*0002~AK9*A*x**99999999999~")
    assert isinstance(group, GroupVerdict)
    assert (group.control_number, group.included, group.received, group.accepted) == ("", 0, 0, 0)
    [interchange] = said("UNH+1+CONTRL:D:3:UN'UCS+x+13'UNT+3+1'", COLONS, "D3")
    assert interchange.verdict is Verdict.REJECTED
    assert said("ST*850*0001~SE*2*0001~") == []


def test_ta1() -> None:
    [event] = [e for e in scan([(ISA + "TA1*000000012*260913*1200*E*021~").encode()]) if isinstance(e, InterchangeAck)]
    verdict = read_ta1(event)
    assert (verdict.control_number, verdict.date, verdict.time) == ("000000012", "260913", "1200")
    assert verdict.verdict is Verdict.ACCEPTED_WITH_ERRORS
    assert (verdict.sender, verdict.receiver) == (Identity("ZZ", "NORTHSUPPLY"), Identity("ZZ", "MAPLEMARKET"))
    assert [(f.ack_code, f.message) for f in verdict.findings] == [("021", "number of groups wrong")]


def test_a_contrl() -> None:
    first, second, interchange = said(
        """\
UNH+9+CONTRL:D:3:UN'
UCI+77+5412345000013:14+4012345000009:14+7'
UCM+1+ORDRSP:D:96A:UN:EAN005+7'
UCM+2+ORDRSP:D:96A:UN:EAN005+4+29+UNT+2'
UCS+12'
UCD+37+2:2'
UCS+16+13'
UNT+8+9'
""",
        COLONS,
        "D3",
    )
    assert first == SetVerdict(
        type="ORDRSP", control_number="1", verdict=Verdict.ACCEPTED, version="D96A", agency="UN", association="EAN005"
    )
    assert second.verdict is Verdict.REJECTED
    assert notes(second) == [
        ("set", "29", None, "UNT", 1, None, None),
        ("element", "37", 12, None, 1, 2, None),
        ("segment", "13", 17, None, None, None, None),
    ]
    assert interchange == InterchangeVerdict(
        standard="EDIFACT", control_number="77", verdict=Verdict.ACCEPTED, sender=Identity("14", "5412345000013"),
        receiver=Identity("14", "4012345000009"),
    )  # fmt: skip


def test_a_receipt_has_no_verdict() -> None:
    [interchange] = said("UNH+9+CONTRL:D:3:UN'UCI+77+A+B+8'UNT+3+9'", COLONS, "D3")
    assert (interchange.verdict, interchange.findings) == (None, ())


def test_a_group_of_a_contrl_is_what_its_messages_are() -> None:
    *_, group, interchange = said(
        "UNH+9+CONTRL:4:1:UN'UCI+77+A+B+7'UCF+G1+A+B+7'UCM+1+ORDRSP:D:01B:UN+7'UCM+2+ORDRSP:D:01B:UN+4+18'UNT+6+9'",
        COLONS,
        "41",
    )
    assert (group.verdict, interchange.verdict) == (Verdict.PARTIALLY_ACCEPTED, Verdict.ACCEPTED)


def test_older_actions_of_contrl() -> None:
    sets = "".join(f"UCM+{n}+ORDRSP:D:96A:UN+{n}'" for n in (1, 2, 4, 6))
    *messages, _ = said(f"UNH+9+CONTRL:2:2:UN'UCI+77+A+B+3'{sets}UNT+7+9'", COLONS, "22")
    assert [str(message.verdict) for message in messages] == [
        "accepted",
        "accepted_with_errors",
        "rejected",
        "rejected",
    ]


def test_labels_are_on_every_note() -> None:
    one, _ = said(ACKNOWLEDGEMENT)
    assert all(isinstance(finding, Finding) and finding.message for finding in one.findings)
