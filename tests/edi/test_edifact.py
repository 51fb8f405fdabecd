"""EDIFACT: envelopes, delimiters, release characters, and what is wrong with messages."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2bsync.edi import (
    Delimiters,
    Event,
    GroupEnd,
    GroupStart,
    InterchangeEnd,
    InterchangeStart,
    Problem,
    TransactionCut,
    TransactionSet,
    Unreadable,
    read_set,
    scan,
    values,
)
from b2bsync.edi.charset import charset
from b2bsync.edi.edifact.release import protect, released, restore
from tests.edi.edifact_samples import COLONS, ORDER, UNB, interchange


def events(text: str | bytes) -> list[Event]:
    return list(scan([text if isinstance(text, bytes) else text.encode()]))


def cuts(found: list[Event]) -> list[TransactionCut]:
    return [event for event in found if isinstance(event, TransactionCut)]


def read(text: str, delimiters: Delimiters = COLONS, version: str = "D96A") -> TransactionSet:
    return read_set(text, delimiters, version, start=100)


def codes(found: TransactionSet) -> list[tuple[str, str | None, int | None, int | None]]:
    return [(f.code, f.tag, f.element, f.component) for f in found.findings]


def test_an_order() -> None:
    found = events(interchange(ORDER))
    assert [type(event).__name__ for event in found] == [
        "InterchangeStart", "GroupStart", "TransactionCut", "GroupEnd", "InterchangeEnd",
    ]  # fmt: skip
    start, group, cut, _, end = found
    assert isinstance(start, InterchangeStart) and isinstance(group, GroupStart) and isinstance(end, InterchangeEnd)
    assert isinstance(cut, TransactionCut)
    assert (start.header.sender.id, start.header.sender.qualifier) == ("4012345000009", "14")
    assert (start.header.version, start.header.control_number, start.header.usage) == ("UNOC:3", "M42", "P")
    assert (group.header.code, group.header.control_number) == ("", "")
    assert (cut.type, cut.version, cut.agency, cut.association) == ("ORDERS", "D96A", "UN", "EAN008")
    assert (cut.control_number, cut.segments, end.segments) == ("1", 19, 21)
    assert [event.findings for event in (start, group, end)] == [(), (), ()]

    result = read_set(cut.raw, cut.interchange.delimiters, cut.version, start=cut.start)
    assert (result.findings, result.facts) == ((), "D96A")
    lines = result.root.loops["SG25"]
    assert [values(line.segments["LIN"][0], 3, COLONS) for line in lines] == [
        ["4006381333931", "EN"],
        ["4012345678901", "EN"],
    ]
    assert values(lines[0].segments["IMD"][0], 3, COLONS)[3] == "Garden twine 50 m + needle"
    assert values(result.root.segments["FTX"][0], 4, COLONS) == ["Ring twice, then wait: the dog is friendly's"]
    assert [loop.segments["NAD"][0][1] for loop in result.root.loops["SG2"]] == ["BY", "SU"]


@pytest.mark.parametrize(
    ("una", "expected"),
    [
        ("UNA:+.? '", Delimiters("'", "+", ":", None, "?", ".")),
        ("UNA:+,? '\r\n", Delimiters("'", "+", ":", None, "?", ",")),
        ("UNA*@.? #", Delimiters("#", "@", "*", None, "?", ".")),
        ("UNA:+.\\*'", Delimiters("'", "+", ":", "*", "\\", ".")),
        ("UNA:+.  '", Delimiters("'", "+", ":", None, None, ".")),
        ("UNA^|.? \n", Delimiters("\n", "|", "^", None, "?", ".")),
    ],
)
def test_delimiters_that_una_names(una: str, expected: Delimiters) -> None:
    d = expected
    body = "UNB+UNOA:3+A+B+260914:0930+1'UNH+1+ORDERS:D:96A:UN'BGM+220+X'DTM+137:20260914:102'UNS+S'UNT+5+1'UNZ+1+1'"
    text = body.translate({ord("'"): d.segment, ord("+"): d.element, ord(":"): d.component})
    found = events(una + text)
    start, end = found[0], found[-1]
    assert isinstance(start, InterchangeStart) and isinstance(end, InterchangeEnd)
    assert start.header.delimiters == expected
    (cut,) = cuts(found)
    assert (cut.type, cut.segments, end.segments, end.findings) == ("ORDERS", 5, 7, ())
    assert read_set(cut.raw, d, cut.version).findings == ()


def test_syntax_4_has_a_repetition_separator() -> None:
    found = events("UNB+UNOC:4+A+B+20260914:0930+1'UNH+1+ORDERS:D:01B:UN'UNT+2+1'UNZ+1+1'")
    start = found[0]
    assert isinstance(start, InterchangeStart)
    assert (start.header.delimiters.repetition, start.findings) == ("*", ())


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("plain", "plain"),
        ("a?+b", "a+b"),
        ("a??+b", None),  # a released release character, and then a separator
        ("a???+b", "a?+b"),
        ("?'??", "'?"),
        ("a?b", "ab"),
        ("a?", "a?"),
    ],
)
def test_release_characters(raw: str, meant: str | None) -> None:
    parts = [restore(part, COLONS) for part in protect(raw, COLONS).split("+")]
    assert parts == (["a?", "b"] if meant is None else [meant])
    if meant is not None:
        assert restore(protect(released(meant, COLONS), COLONS), COLONS) == meant


def test_a_released_terminator_ends_nothing() -> None:
    text = interchange(ORDER.replace("friendly?'s", "friendly?'UNT?+1?+1??"))
    (cut,) = cuts(events(text))
    assert cut.segments == 19
    assert read_set(cut.raw, cut.interchange.delimiters, cut.version).findings == ()


def test_groups_and_what_stands_beside_them() -> None:
    two = ORDER.replace("UNH+1+", "UNH+2+").replace("UNT+19+1'", "UNT+19+2'")
    group = f"UNG+ORDERS+A+B+260914:0930+G7+UN+D:96A'{ORDER}UNE+1+G7'"
    found = events(interchange(group, two, count=1))
    ends = [event for event in found if isinstance(event, GroupEnd)]
    assert [(e.header.code, e.header.control_number, e.included, e.received, e.findings) for e in ends] == [
        ("ORDERS", "G7", 1, 1, ()),
        ("", "", 0, 1, ()),
    ]
    end = found[-1]
    assert isinstance(end, InterchangeEnd)
    assert (end.segments, end.findings) == (42, ())


@pytest.mark.parametrize(
    ("right", "wrong", "code", "note", "value"),
    [
        ("UNZ+1+M42'", "UNZ+2+M42'", "group-count-wrong", "29", "2"),
        ("UNZ+1+M42'", "UNZ+1+M43'", "interchange-number-differs", "28", "M43"),
        ("UNZ+1+M42'\n", "", "interchange-trailer-missing", "13", None),
    ],
)
def test_a_trailer_that_is_wrong(right: str, wrong: str, code: str, note: str, value: str | None) -> None:
    text = interchange(ORDER)
    assert text.count(right) == 1
    end = events(text.replace(right, wrong))[-1]
    assert isinstance(end, InterchangeEnd)
    (finding,) = end.findings
    assert (finding.code, finding.ack_code, finding.value) == (code, note, value)


def test_messages_that_stand_in_no_interchange() -> None:
    found = events(ORDER)
    start = found[0]
    assert isinstance(start, InterchangeStart)
    assert [f.code for f in start.findings] == ["interchange-header-missing"]
    assert [cut.type for cut in cuts(found)] == ["ORDERS"]


def test_what_files_look_like() -> None:
    """A byte order mark, line breaks and blanks between segments and in them, no last terminator, junk before it."""
    good = interchange(ORDER)
    for text in (
        "\ufeff" + good,
        good.replace("'\n", "'\r\n\r\n   "),
        good.replace("'\n", "''\n"),
        good.rstrip("'\n"),
        "junk before it " + good,
    ):
        (cut,) = cuts(events(text))
        assert cut.segments == 19
        found = read_set(cut.raw, cut.interchange.delimiters, cut.version)
        assert [f for f in found.findings if f.severity != "warning"] == []
    wrapped = good.replace("\n", "")
    wrapped = "\n".join(wrapped[i : i + 80] for i in range(0, len(wrapped), 80))
    (cut,) = cuts(events(wrapped))
    found = read_set(cut.raw, cut.interchange.delimiters, cut.version)
    assert [f.code for f in found.findings] == ["line-break-in-segment"]
    assert len(cuts(events(good + good))) == 2


def test_an_interchange_that_begins_before_the_last_one_ended() -> None:
    found = events(UNB + ORDER + interchange(ORDER))
    ends = [event for event in found if isinstance(event, InterchangeEnd)]
    assert [[f.code for f in end.findings] for end in ends] == [["interchange-trailer-missing"], []]


def test_segments_outside_of_messages() -> None:
    found = events(interchange(ORDER + "LIN+3'QTY+21:1'"))
    (problem,) = [event for event in found if isinstance(event, Problem)]
    assert (problem.finding.code, problem.finding.tag) == ("segments-outside-set", "LIN")
    end = found[-1]
    assert isinstance(end, InterchangeEnd)
    assert end.segments == 23


@pytest.mark.parametrize("text", ["UNA++.? '", "UNA:+.? +", "UNA:+.: '"])
def test_delimiters_that_cannot_be_used(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        events(text + UNB + ORDER)
    assert caught.value.finding.code == "delimiters-unusable"


# messages


@pytest.mark.parametrize(
    ("right", "wrong", "finding"),
    [
        ("BGM+220+MM-7001+9'", "BGM+220+MM-7001+9+AB+X'", ("too-many-elements", "16", "BGM", 5, None)),
        ("BGM+220+MM-7001+9'\n", "", ("mandatory-segment-missing", "13", "BGM", None, None)),
        ("BGM+220+MM-7001+9'", "BGM+220+MM-7001+9999'", ("element-too-long", "39", "BGM", 3, None)),
        ("DTM+137:20260914:102'", "DTM+:20260914:102'", ("mandatory-component-missing", "13", "DTM", 1, 1)),
        ("DTM+137:20260914:102'", "DTM+137:20260931:102'", ("date-invalid", "12", "DTM", 1, 2)),
        ("DTM+137:20260914:102'", "DTM+137:20260914:102:1'", ("too-many-elements", "16", "DTM", 1, 4)),
        ("CUX+2:EUR:9'", "CUX+2:EURO:9'", ("element-too-long", "39", "CUX", 1, 2)),
        ("QTY+21:24:PCE'", "QTY+21:two:PCE'", ("number-invalid", "37", "QTY", 1, 2)),
        ("QTY+21:24:PCE'", "QTY+21:1.2.3:PCE'", ("number-invalid", "37", "QTY", 1, 2)),
        ("QTY+21:24:PCE'", "QTY+21:-1234567890.123456:PCE'", ("element-too-long", "39", "QTY", 1, 2)),
        ("UNS+S'", "XYZ+S'\nUNS+S'", ("segment-unknown", "15", "XYZ", None, None)),
        ("UNS+S'", "BGM+220'\nUNS+S'", ("segment-too-often", "35", "BGM", None, None)),
        ("UNT+19+1'", "UNT+20+1'", ("segment-count-wrong", "29", "UNT", 1, None)),
        ("UNT+19+1'", "UNT+19+2'", ("control-number-differs", "28", "UNT", 2, None)),
    ],
)
def test_a_message_that_is_wrong(right: str, wrong: str, finding: tuple[str, str, str, int | None, int | None]) -> None:
    assert ORDER.count(right) == 1
    text = ORDER.replace(right, wrong)
    lines = text.count("'\n")
    if "UNT" not in wrong:
        text = text.replace("UNT+19", f"UNT+{lines}")
    found = read(text)
    assert [(f.code, f.ack_code, f.tag, f.element, f.component) for f in found.findings] == [finding]
    assert found.findings[0].severity == "error"


def test_values_at_the_edge_are_right() -> None:
    for right, also in (
        ("QTY+21:24:PCE'", "QTY+21:-123456789012.345:PCE'"),  # 15 digits, neither sign nor mark counted
        ("QTY+21:24:PCE'", "QTY+21:24,5:PCE'"),
        ("DTM+2:20260928:102'", "DTM+2:202609281200:203'"),
        ("DTM+2:20260928:102'", "DTM+64:20260901-20260930:718'"),
        ("DTM+2:20260928:102'", "DTM+2:next week:ZZZ'"),  # a format that is not judged
        ("BGM+220+MM-7001+9'", "BGM+220+" + "?+" * 35 + "+9'"),  # 35 characters, the release characters not counted
    ):
        assert ORDER.count(right) == 1
        found = read(ORDER.replace(right, also))
        assert [f for f in found.findings if f.code != "code-unknown"] == []


def test_what_is_a_warning() -> None:
    for right, wrong, code in (
        ("4006381333931:EN", "4006381333932:EN", "check-digit-wrong"),
        ("NAD+BY+4012345000009", "NAD+BY+4012345000008", "check-digit-wrong"),
        ("QTY+21:24", "QTY+21X:24", "code-unknown"),
        ("UNS+S'", "UNS+S++'", "trailing-separator"),
        ("BGM+220", "bgm+220", "tag-in-lower-case"),
    ):
        found = read(ORDER.replace(right, wrong))
        assert [(f.severity, f.code) for f in found.findings] == [("warning", code)]
        assert found.verdict == "accepted"


def test_places_that_repeat() -> None:
    """D01B has a position of COM that repeats: side by side before syntax 4, with a separator from then on."""
    head = "UNH+1+ORDERS:D:01B:UN'BGM+220+1+9'DTM+137:20260914:102'NAD+BY+4012345000009::9'CTA+OC+:Ann'"
    message = head + "{}LIN+1'UNS+S'UNT+9+1'"
    four = Delimiters("'", "+", ":", "*", "?", ".")
    for said, delimiters, expected in (
        ("COM+1:TE+2:FX+3:EM'", COLONS, []),
        ("COM+1:TE+2:FX+3:EM+4:TE'", COLONS, ["too-many-elements"]),
        ("COM+1:TE*2:FX*3:EM'", four, []),
        ("COM+1:TE*2:FX*3:EM*4:TE'", four, ["repetition-too-often"]),
        ("COM+1:TE*2'", four, ["mandatory-component-missing"]),
    ):
        found = read(message.format(said), delimiters, "D01B")
        assert [f.code for f in found.findings] == expected


def test_the_offset_of_a_component_is_that_of_its_element() -> None:
    text = ORDER.replace("QTY+21:24:PCE", "QTY+21:two:PCE")
    (finding,) = read(text).findings
    assert finding.offset == 100 + text.index("21:two")
    assert (finding.segment, finding.loop, finding.value) == (12, "SG25", "two")


def test_a_value_is_told_as_it_was_meant() -> None:
    text = ORDER.replace("CUX+2:EUR", "CUX+2:?'?+?:EUR")
    (finding,) = read(text).findings
    assert (finding.code, finding.value) == ("element-too-long", "'+:EUR")


def test_messages_of_other_directories() -> None:
    found = read(ORDER, version="D96B")
    assert [(f.severity, f.code) for f in found.findings] == [("warning", "version-nearest")]
    assert found.facts == "D96A"
    found = read("UNH+1+PRODAT:D:96A:UN'BGM+9'UNT+3+1'", version="D96A")
    assert found.facts == "D97A"  # D96A has no such message
    found = read("UNH+1+NOSUCH:D:96A:UN'UNT+2+1'")
    assert (found.verdict, [f.code for f in found.findings]) == ("rejected", ["set-unknown"])


def test_acknowledgements_are_judged_by_their_syntax() -> None:
    text = "UNH+1+CONTRL:D:3:UN'UCI+M42+4012345000009:14+5412345000013:14+7'UNT+3+1'"
    found = read(text, version="D3")
    assert (found.findings, found.facts) == ((), "UN3")
    found = read(text.replace("CONTRL:D:3", "CONTRL:4:1"), version="41")
    assert (found.findings, found.facts) == ((), "UN4")


@pytest.mark.parametrize(
    ("identifier", "data", "text"),
    [
        ("UNOC:3", "Käse".encode("latin-1"), "Käse"),
        ("UNOC:3", "Käse".encode(), "Käse"),  # UTF-8 under another name is common
        ("UNOD:3", "łóżko".encode("iso8859-2"), "łóżko"),
        ("UNOE:3", "Заказ".encode("iso8859-5"), "Заказ"),
        ("UNOW:4", "発注".encode(), "発注"),
        ("XXXX", "Käse".encode("latin-1"), "Käse"),
    ],
)
def test_character_sets(identifier: str, data: bytes, text: str) -> None:
    raw = ORDER.replace("Ring twice", "@").encode().replace(b"@", data).decode("latin-1")
    found = read_set(raw, COLONS, "D96A", charset=charset(identifier))
    assert values(found.root.segments["FTX"][0], 4, COLONS)[0].startswith(text)


def test_shipped_facts_hold_no_texts() -> None:
    folder = Path(__file__).parents[2] / "b2bsync/edi/facts"
    for path in sorted(folder.glob("edifact-*.json")):
        assert '"name"' not in path.read_text()


@given(st.text("?'+:*a\n"))
def test_few_and_many_release_characters_are_marked_alike(text: str) -> None:
    many = "a?+" * 20
    assert protect(text + "a" + many, COLONS) == protect(text + "a", COLONS) + protect(many, COLONS)


def test_equal_delimiters_are_marked_alike() -> None:
    odd = Delimiters("'", "+", ":", "+", "?", ".")
    assert protect("a?+b", odd) + protect("c?+" * 20, odd) == protect("a?+b" + "c?+" * 20, odd)
