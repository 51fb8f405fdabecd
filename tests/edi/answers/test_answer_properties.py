"""Whatever a partner sends: its answer can be written, is without fault, and reads as the verdicts that were told."""

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from b2bsync.edi import Delimiters, Identity, Unreadable, read_set
from b2bsync.edi.answers import (
    GroupOpened,
    GroupVerdict,
    InterchangeOpened,
    InterchangeVerdict,
    Judged,
    Policy,
    Reject,
    SetVerdict,
    edifact,
    envelopes,
    judged,
    read_answer,
    x12,
)
from b2bsync.edi.answers.note import errors
from b2bsync.edi.answers.verdict import ACKNOWLEDGEMENTS
from b2bsync.edi.edifact.header import DEFAULT
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict
from tests.edi import edifact_samples, samples
from tests.edi.answers.replies import answer, read_back

# verdicts that anybody may make, written and read

STARS = Delimiters("~", "*", ">")
PIPES = Delimiters("\n", "|", ":", "^")
CODES = {
    "X12": {
        "set": ["set-unknown", "control-number-differs", "segment-count-wrong", "more-findings"],
        "segment": ["segment-unknown", "mandatory-segment-missing", "segment-out-of-order", "loop-too-often"],
        "element": ["mandatory-element-missing", "element-too-long", "number-invalid", "repetition-too-often"],
    }
}
TEXT = st.text(max_size=120) | st.sampled_from(["a*b", "1~2", "x>y", "q'r", "u+v?w:", "\x07", "Größe", " ", "it's"])
NAME = st.text(alphabet="ABCDEFGHIJ0123456789-/ *'?+:~äß\x07", max_size=18)


@st.composite
def finding(draw: st.DrawFn) -> Finding:
    """A finding of the reader, or one of a judge that knows other codes."""
    level = draw(st.sampled_from(["set", "segment", "element"]))
    return Finding(
        severity=draw(st.sampled_from([Severity.ERROR, Severity.ERROR, Severity.FATAL, Severity.WARNING])),
        code=draw(st.sampled_from([*CODES["X12"][level], "relation-broken", "guide-says-no"])),
        message="",
        ack_level=level,
        ack_code=draw(st.sampled_from(["5", "7", "12", "18", "45"])),
        segment=draw(st.none() | st.integers(1, 12) | st.integers(1, 2_000_000)),
        tag=draw(st.none() | st.sampled_from(["UNH", "UNT", "N1", "PO1", "BEG", "lower", "TOOLONG", "X", ""])),
        element=draw(st.none() | st.integers(1, 12) | st.integers(1, 2000)),
        component=draw(st.none() | st.integers(1, 3) | st.integers(1, 2000)),
        reference=draw(st.none() | st.sampled_from(["235", "1028", "C040", ""])),
        value=draw(st.none() | TEXT),
    )


SETS = st.builds(
    SetVerdict,
    type=st.sampled_from(["850", "855", "ORDERS", "8500", "", "85*"]),
    control_number=st.integers(0, 9999).map(str) | NAME,
    verdict=st.sampled_from([Verdict.ACCEPTED, Verdict.ACCEPTED_WITH_ERRORS, Verdict.REJECTED]),
    version=st.sampled_from(["D96A", "D01B", "2912", "901", ""]),
    agency=st.sampled_from(["UN", "EAN", ""]),
    association=NAME,
    findings=st.lists(finding(), max_size=6).map(tuple),
)
GROUPS = st.builds(
    GroupVerdict,
    code=st.sampled_from(["PO", "PR"]),
    control_number=st.integers(1, 999_999_999).map(str),
    verdict=st.sampled_from(list(Verdict)),
    version=st.just("004010"),
    sender=NAME,
    receiver=NAME,
    included=st.integers(0, 2_000_000),
    received=st.integers(0, 2_000_000),
    accepted=st.integers(0, 2_000_000),
    findings=st.lists(
        st.sampled_from(["2", "3", "4", "5", "6"]).map(
            lambda code: Finding(
                severity=Severity.ERROR, code="group", message="", ack_level="group", ack_code=code, tag="UNE"
            )
        ),
        max_size=7,
    ).map(tuple),
)
FORMS = [
    x12.Form("997", "004010", STARS),
    x12.Form("997", "004010", PIPES),
    x12.Form("997", "005010", PIPES),
    x12.Form("999", "005010", PIPES),
    x12.Form("999", "005010X231A1", STARS),
]


@settings(deadline=None)
@given(st.lists(SETS, max_size=4), GROUPS, st.sampled_from(FORMS))
def test_a_997_and_a_999_read_as_they_were_told(sets: list[SetVerdict], group: GroupVerdict, form: x12.Form) -> None:
    told = [(one.verdict, rows) for one in sets if (rows := x12.set_rows(one, form))]
    end = x12.told_group(group, form)

    rows = [["ST", form.type, "0001"], x12.group_start(end.code, end.control_number, form)]
    rows += [row for _, several in told for row in several]
    rows += [x12.group_end(end)]
    rows += [["SE", str(len(rows) + 1), "0001"]]
    text = "".join(envelopes.line(row, form.delimiters, "") for row in rows)
    read = read_set(text, form.delimiters, form.version)
    assert read.findings == ()
    *said, last = read_answer(read, form.delimiters)
    assert last == end
    assert [(one.verdict, x12.set_rows(one, form)) for one in said if isinstance(one, SetVerdict)] == told
    for one, (_, (head, *_, final)) in zip(said, told, strict=True):
        assert isinstance(one, SetVerdict) and [one.type, one.control_number, one.association] == head[1:]
        assert one.version == form.version[:6]
        codes = [f.ack_code for f in one.findings if f.ack_level == "set"]
        assert codes == final[2:] and len(errors(one.findings)) == len(one.findings)


@settings(deadline=None)
@given(
    st.lists(SETS, max_size=4),
    st.lists(SETS, max_size=4),
    GROUPS,
    NAME,
    st.sampled_from([None, *Verdict]).filter(lambda verdict: verdict is not Verdict.PARTIALLY_ACCEPTED),
    st.sampled_from(["UN3", "UN4"]),
    st.sampled_from([DEFAULT, Delimiters("~", "|", "^", "*", "\\", ",")]),
)
def test_a_contrl_reads_as_it_was_told(
    loose: list[SetVerdict],
    sets: list[SetVerdict],
    group: GroupVerdict,
    name: str,
    verdict: Verdict | None,
    syntax: str,
    d: Delimiters,
) -> None:
    outside = [settled(edifact.told(said, syntax)) for said in loose]
    inside = [settled(edifact.told(said, syntax)) for said in sets]
    end = edifact.told_group(group, syntax)
    interchange = edifact.told_interchange(
        InterchangeVerdict(
            standard="EDIFACT", control_number=name, verdict=verdict, sender=Identity("14", name),
            receiver=Identity(name, ""), findings=tuple(f for one in loose for f in one.findings),
        ),
        syntax,
    )  # fmt: skip
    assert [edifact.told(said, syntax) for said in outside] == outside

    form = ("CONTRL", "D", "3", "UN") if syntax == "UN3" else ("CONTRL", "4", "1", "UN")
    rows: list[edifact.Row] = [["UNH", "1", form], edifact.interchange_row(interchange)]
    rows += [row for said in outside for row in edifact.set_rows(said)]
    rows += [edifact.group_row(end)]
    rows += [row for said in inside for row in edifact.set_rows(said)]
    rows += [["UNT", str(len(rows) + 1), "1"]]
    text = "".join(envelopes.line(row, d, "") for row in rows).encode("latin-1")
    read = read_set(text.decode("latin-1"), d, "", charset="latin-1")
    assert [finding for finding in read.findings if finding.code != "code-unknown"] == []
    *messages, group_read, interchange_read = read_answer(read, d)
    assert messages == [*outside, *inside]
    assert isinstance(group_read, GroupVerdict) and isinstance(interchange_read, InterchangeVerdict)
    assert (group_read.control_number, group_read.findings) == (end.control_number, end.findings)
    assert (group_read.verdict is Verdict.REJECTED) is (end.verdict is Verdict.REJECTED)
    assert interchange_read.findings == interchange.findings
    assert interchange_read.sender == interchange.sender
    if verdict in (None, Verdict.REJECTED):
        assert interchange_read.verdict is verdict


def settled(said: SetVerdict) -> SetVerdict:
    """A verdict that agrees with its findings: CONTRL knows no other way to say that there are errors."""
    if said.verdict is Verdict.REJECTED:
        return said
    verdict = Verdict.ACCEPTED_WITH_ERRORS if said.findings else Verdict.ACCEPTED
    return SetVerdict(
        type=said.type, control_number=said.control_number, verdict=verdict, version=said.version, agency=said.agency,
        association=said.association, findings=said.findings,
    )  # fmt: skip


# files with damages

LIMIT = 3000

X12 = samples.interchange(samples.ORDER, samples.ORDER.replace("0001~", "0002~"))
X12_5010 = X12.replace("004010", "005010").replace("U*00401", "^*00501")
EDIFACT = edifact_samples.interchange(edifact_samples.ORDER, edifact_samples.ORDER.replace("UNH+1", "UNH+2"))
GROUPED = EDIFACT.replace("UNH+1", "UNG+ORDERS+BUYER+SELLER+260914:0930+G7+UN+D:96A'\nUNH+1").replace(
    "UNZ", "UNE+2+G7'\nUNZ"
)
FILES = [X12, X12_5010, EDIFACT, GROUPED, EDIFACT.replace(":3+", ":4+", 1), "UNA:+.? '" + EDIFACT]
SEGMENTS = ["ST*850*0003~", "SE*1*0003~", "GE*12345678*1~", "GS*PO*A*B*20260302*0900*2*X*004010~", "PO1*1*many*EA~",
            "N1*ST*a|b:c+d.e'f~", "PO1*1*\x0724*EA~", "TOOLONG*1~", "X~", "REF*DP~", "ST*850~", "ST**1~",
            "ST*8500*12345678901~", "N1" + "*x" * 120 + "~", "N1" + "*" * 120 + "\x07~", "REF*" + "9" * 200 + "~",
            "SE*999*0001~", "BEG~", "\xa0\xe9*1~", "ST*850*00>4~", "GS*FA*A*B*20260302*0900*3*X*004010~", "ST*997*1~",
            "TA1*000000001*260914*0930*A*000~", "IEA*1*000000042~", samples.ISA, "GS*PO*A*B*20260302*0900**X*003040~",
            "UNH+3+ORDERS:D:96A:UN'", "UNH+?'3'", "UNT+9+9'", "UNT+1'", "UNG+++'", "UNE+1+G7'", "UNZ+9+?+'",
            "QTY+21:viele'", "UNH++ORDERS'", "UNH+1234567890123456+CONTRL:D:3:UN'", "LIN'", "XYZ+1'", "DTM+2:x:102'",
            "UNB+UNOX:9+?++?:+1:2+'", "FTX+" + "a" * 900 + "'", "PO1*1*" + "7" * LIMIT + "~"]  # fmt: skip


POLICIES = st.builds(
    Policy,
    reject=st.sampled_from(list(Reject)),
    functional=st.sampled_from(["997", "999"]),
    detail=st.booleans(),
    ta1=st.sampled_from(["asked", "always", "never"]),
    receipt=st.sampled_from([False, False, True]),
    delimiters=st.sampled_from([None, None, PIPES]),
)
DAMAGES = st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 20), st.sampled_from(SEGMENTS)), max_size=6)


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(FILES), DAMAGES, POLICIES)
@example(X12, [(150, 0, "N1*ST*a|b:c+d.e'f~")], Policy(delimiters=PIPES))
@example(X12, [(130, 9, "")], Policy(ta1="always"))
def test_the_answer_to_a_damaged_file_is_without_fault(
    text: str, damages: list[tuple[int, int, str]], policy: Policy
) -> None:
    for place, removed, put in damages:
        text = text[:place] + put + text[place + removed :]
    check(text.encode("latin-1"), policy)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(FILES), st.binary(max_size=300), st.integers(80, 400), POLICIES)
def test_the_answer_to_any_bytes_in_an_interchange_is_without_fault(
    text: str, junk: bytes, place: int, policy: Policy
) -> None:
    check(text[:place].encode("latin-1") + junk + text[place:].encode("latin-1"), policy)


@pytest.mark.parametrize("segment", SEGMENTS)
@pytest.mark.parametrize("text", FILES[:4])
def test_the_answer_to_one_odd_segment_is_without_fault(text: str, segment: str) -> None:
    at = text.index("PO1*1" if text.startswith("ISA") else "LIN+1")
    check((text[:at] + segment + text[at:]).encode("latin-1"), Policy())


def check(data: bytes, policy: Policy) -> None:
    """What is read from the answer is what was judged, as far as it can be named."""
    try:
        text = answer(data, policy, limit=LIMIT)
    except Unreadable:
        return
    said = read_back(text)
    judgement = list(judged([data], policy, limit=LIMIT))
    groups = [said for said in said if isinstance(said, GroupVerdict)]
    counts = {(one.received, one.accepted, one.verdict) for one in judgement if isinstance(one, GroupVerdict)}
    for group in groups:
        if group.code:  # CONTRL has no counts
            assert (group.received, group.accepted, group.verdict) in counts
    told = [(spelled(one.type), one.verdict) for one in said if isinstance(one, SetVerdict)]
    assert not any(type in ACKNOWLEDGEMENTS for type, _ in told)
    assert Counter(told) <= Counter(nameable(judgement, policy))
    sound = all(one.nameable for one in judgement if isinstance(one, GroupOpened))
    if sound and b"*FA*" not in data and b"997" not in data and b"CONTRL" not in data and not policy.receipt:
        assert Counter(told) == Counter(nameable(judgement, policy))
        assert not data.startswith(b"ISA") or len(groups) == sum(isinstance(one, GroupVerdict) for one in judgement)


def spelled(name: str) -> str:
    """A name to compare by: bytes beyond ASCII are repeated as they came, and read as characters."""
    return name if name.isascii() else "beyond ASCII"


def nameable(judgement: list[Judged], policy: Policy) -> list[tuple[str, Verdict]]:
    """Type and verdict of the sets that an answer can name, and has to say something of."""
    found = []
    d, standard, syntax, outside = Delimiters(), "", "", True
    for said in judgement:
        if isinstance(said, InterchangeOpened):
            d, standard = envelopes.delimiters(said.header, policy.delimiters), said.header.standard
            syntax = "UN4" if said.header.version.endswith(":4") else "UN3"
            outside = not (said.header.version or said.header.control_number)  # nobody to answer
        elif isinstance(said, SetVerdict) and not outside and (policy.detail or said.verdict is not Verdict.ACCEPTED):
            if standard == "X12":
                names = [row[1] for row in x12.set_rows(said, x12.Form("997", "004010", d))[:1]]
            else:  # what is rejected for the sake of others is not named
                clean = said.verdict is Verdict.REJECTED and not errors(said.findings)
                names = [] if clean else [edifact.told(said, syntax).type]
            found += [(spelled(name), said.verdict) for name in names]
    return found
