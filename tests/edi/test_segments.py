"""Segments from rows of values: no value that holds a delimiter is ever written as one."""

import tracemalloc
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2bsync.edi import Delimiters, Identity, TransactionCut, Unwritable, read_set, scan
from b2bsync.edi.numbers import Range
from b2bsync.edi.tokens import segments
from b2bsync.edi.writing import (
    Policy,
    Repeated,
    Row,
    X12Sending,
    taken_apart,
    write_message,
    write_messages,
    write_read,
    write_segments,
    write_x12,
)
from b2bsync.edi.writing.x12 import Group, Set
from b2bsync.vocabulary.findings import Finding
from tests.edi.samples import INVOICE, ORDER, STARS, compact, interchange

CARETS = Delimiters("~", "*", ">", "^")


def refused(rows: list[Row], delimiters: Delimiters = STARS, policy: Policy = Policy()) -> Finding:
    with pytest.raises(Unwritable) as caught:
        write_segments(rows, delimiters, policy=policy)
    return caught.value.finding


# rows


def test_texts_numbers_composites_and_repetitions() -> None:
    rows: list[Row] = [
        ["PO1", "1", Decimal("6.50"), "CS", Decimal("1E+2"), None, "BP", "77-210"],
        ["MEA", "PD", "WT", 5, ("KG", "1")],
        ["REF", Repeated(("A", ("B", "C")))],
    ]
    assert write_segments(rows, CARETS) == "PO1*1*6.50*CS*100**BP*77-210~MEA*PD*WT*5*KG>1~REF*A^B>C~"


def test_a_message_is_closed_with_its_count() -> None:
    rows: list[Row] = [["ST", "850", "0012"], ["BEG", "00", "SA", "MM-7002", "", "20260914"], ["CTT", "1"]]
    text = "ST*850*0012~BEG*00*SA*MM-7002**20260914~CTT*1~SE*4*0012~"
    assert write_message(rows, STARS) == text
    assert write_message([*rows, ["SE", "99", "x"]], STARS) == text
    assert len(rows) == 3


@pytest.mark.parametrize("rows", [[], [["BEG", "00"]], [["ST", "850"]], [["ST", "850", ""]]])
def test_a_message_needs_its_header(rows: list[Row]) -> None:
    with pytest.raises(Unwritable, match="the first segment must be ST, with a control number in element 2"):
        write_message(rows, STARS)


def test_nothing_is_written_of_nothing() -> None:
    assert write_segments([], STARS) == ""


@pytest.mark.parametrize("row", [[], [""], ["", "1"], [None, "1"]])
def test_a_segment_needs_a_tag(row: Row) -> None:
    finding = refused([["N1", "ST"], row])
    assert (finding.code, finding.segment) == ("tag-missing", 2)


@pytest.mark.parametrize("value", [Decimal("NaN"), 1.5, True, b"x", ["a", ["b"]]])
def test_values_are_text_or_numbers(value: object) -> None:
    finding = refused([["QTY", "38", value]])  # type: ignore[list-item]
    assert (finding.code, finding.tag, finding.element) == ("value-invalid", "QTY", 2)


# what no value may hold


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ("5 * 10", "delimiter-in-value", "PID05 holds the delimiter '*'; change the value or the partner's delimiters"),
        ("a~b", "delimiter-in-value", "PID05 holds the delimiter '~'"),
        ("a>b", "delimiter-in-value", "PID05 holds the delimiter '>'"),
        ("a^b", "delimiter-in-value", "PID05 holds the delimiter '^'"),
        ("a\nb", "character-invalid", r"PID05 holds the control character '\n'; change the value"),
        ("a\x1db", "character-invalid", r"PID05 holds the control character '\x1d'"),
        ("a\x1fb", "character-invalid", r"PID05 holds the control character '\x1f'"),
        ("\x1c", "character-invalid", r"PID05 holds the control character '\x1c'"),
        ("a\u0085b", "character-invalid", r"PID05 holds '\x85', which character set utf-8 lacks"),
        ("a\ue000b", "character-invalid", r"PID05 holds '\ue000'"),
        ("\ud800", "character-invalid", r"PID05 holds '\ud800'"),
    ],
)
def test_values_that_cannot_be_sent(value: str, code: str, message: str) -> None:
    finding = refused([["ST", "850", "1"], ["PID", "F", "", "", "", value]], CARETS)
    assert (finding.code, finding.segment, finding.tag, finding.element) == (code, 2, "PID", 5)
    assert finding.value == value
    assert finding.message.startswith(message)
    assert finding.message.endswith("or set a replacement character")


def test_the_component_is_named() -> None:
    finding = refused([["MEA", "PD", "WT", "5", ("KG", "1*2")]])
    assert (finding.tag, finding.element, finding.component) == ("MEA", 4, 2)
    finding = refused([["REF", Repeated(("A", ("B", "C~")))]], CARETS)
    assert (finding.tag, finding.element, finding.component) == ("REF", 1, 2)


def test_a_tag_is_never_replaced() -> None:
    finding = refused([["N*1", "ST"]], policy=Policy(replacement=" "))
    assert (finding.code, finding.tag) == ("delimiter-in-value", "N*1")


def test_a_replacement_character() -> None:
    policy = Policy(replacement=" ")
    rows: list[Row] = [["PID", "F", "", "", "", "5*10\n~cm"], ["MEA", ("KG>", Decimal("1.5"))]]
    assert write_segments(rows, STARS, policy=policy) == "PID*F****5 10  cm~MEA*KG >1.5~"


def test_repetitions_and_composites_need_their_separators() -> None:
    assert refused([["REF", Repeated(("A", "B"))]]).code == "repetition-impossible"
    assert refused([["MEA", ("A", "B")]], Delimiters("~", "*", "")).code == "composite-impossible"
    assert write_segments([["REF", Repeated(("A",)), ("B",), ()]], Delimiters("~", "*", "")) == "REF*A*B~"


# character sets


@pytest.mark.parametrize(
    ("characters", "right", "wrong"),
    [
        ("basic", 'GARDEN TWINE, 50 M ("A"?)', "g"),
        ("extended", "Gärtner @ 50 % [x] ñ", "€"),
        ("utf-8", "Gärtner € 日本", "\x80"),
        ("UNOA", "GARDEN <TWINE> 50%", "g"),
        ("UNOB", "Garden (twine)", "@"),
        ("UNOC", "Gärtner @ §", "Ł"),
        ("UNOD", "Łódź", "ñ"),
    ],
)
def test_character_sets(characters: str, right: str, wrong: str) -> None:
    pipes, policy = Delimiters("\n", "|", "^"), Policy(characters=characters)
    assert write_segments([["N1", right]], pipes, policy=policy) == f"N1|{right}\n"
    finding = refused([["N1", right + wrong]], pipes, policy)
    assert (finding.code, finding.element) == ("character-invalid", 1)
    assert finding.allowed == f"characters of {characters}"


def test_characters_that_are_replaced_or_simplified() -> None:
    rows: list[Row] = [["N1", "ST", "Café Łódź №5 € a*b"]]
    replaced = Policy(characters="basic", outside="replace", replacement=".")
    assert write_segments(rows, STARS, policy=replaced) == "N1*ST*C... .... .5 . ...~"
    simplified = Policy(characters="basic", outside="simplify", replacement=".")
    assert write_segments(rows, STARS, policy=simplified) == "N1*ST*CAFE .ODZ N5 . A.B~"


def test_a_character_set_that_is_none() -> None:
    with pytest.raises(Unwritable, match="character set 'klingon' is unknown"):
        write_segments([["N1"]], STARS, policy=Policy(characters="klingon"))


def test_policies_that_contradict_themselves() -> None:
    with pytest.raises(ValueError, match="needs a replacement"):
        Policy(outside="replace")
    with pytest.raises(ValueError, match="one character"):
        Policy(replacement="..")
    with pytest.raises(Unwritable, match=r"'\*' is a delimiter and cannot be the replacement"):
        write_segments([["N1"]], STARS, policy=Policy(replacement="*"))
    with pytest.raises(Unwritable, match="'ä' is not in character set basic"):
        write_segments([["N1"]], STARS, policy=Policy(characters="basic", replacement="ä"))


@pytest.mark.parametrize(
    "delimiters",
    [
        Delimiters("~", "*", "*"), Delimiters("A", "*", ">"), Delimiters("~", "", ">"), Delimiters("~", "*", " "),
        Delimiters("ä", "*", ">"), Delimiters("~", "*", ">", "~"), Delimiters("~", "*", ">>"),
    ],
)  # fmt: skip
def test_delimiters_that_cannot_be_used(delimiters: Delimiters) -> None:
    with pytest.raises(Unwritable) as caught:
        write_segments([["N1", "ST"]], delimiters)
    assert caught.value.finding.code in ("delimiter-invalid", "delimiters-equal")


# trailing separators and suffixes


def test_trailing_separators() -> None:
    rows: list[Row] = [["N1", "ST", "Maple", "", ""], ["MEA", "PD", ("KG", "1", ""), Repeated(("A", ("", ""), ""))]]
    assert write_segments(rows, CARETS) == "N1*ST*Maple~MEA*PD*KG>1*A~"
    assert write_segments(rows, CARETS, policy=Policy(trailing="keep")) == "N1*ST*Maple**~MEA*PD*KG>1>*A^>^~"


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (["N1", "", ""], "N1~"),
        (["N1", ("", "")], "N1~"),
        (["N1", ("", ""), "A"], "N1**A~"),
        (["N1", ("", "a", ""), "A"], "N1*>a*A~"),
        (["N1", Repeated(("", "")), "A", ("", ""), Repeated(("", ("", "")))], "N1**A~"),
        (["N1", Repeated((("a", ""), "b"))], "N1*a^b~"),
    ],
)
def test_separators_with_nothing_behind_them(row: Row, text: str) -> None:
    assert write_segments([row], CARETS) == text


def test_line_ends() -> None:
    rows: list[Row] = [["N1", "ST"], ["N3", "X"]]
    assert write_segments(rows, STARS, policy=Policy(suffix="\r\n")) == "N1*ST~\r\nN3*X~\r\n"
    assert write_segments(rows, Delimiters("\n", "*", ">"), policy=Policy(suffix="\r\n")) == "N1*ST\nN3*X\n"
    assert write_segments(rows, Delimiters("\r", "*", ">"), policy=Policy(suffix="\n")) == "N1*ST\r\nN3*X\r\n"
    assert write_segments(rows, Delimiters("\x1d", "\x1c", "\x1f")) == "N1\x1cST\x1dN3\x1cX\x1d"


# what was read


def test_rows_that_were_read_are_written_with_other_delimiters() -> None:
    data = interchange(ORDER).replace("PO1*1*24", "MEA*PD*WT*5*KG>1~PO1*1*24").encode()
    rows = list(segments([data]))[2:-2]
    text = write_read(rows, STARS, Delimiters("\n", "|", "^"))
    assert text.startswith("ST|850|0001\nBEG|00|SA|MM-7001||20260914\n")
    assert "MEA|PD|WT|5|KG^1\n" in text
    assert write_read(rows, STARS, STARS) == compact(data.decode()).split("X*004010~")[1].split("GE*")[0]
    with pytest.raises(Unwritable) as caught:
        write_read(rows, STARS, Delimiters("\n", ",", "^"))
    finding = caught.value.finding
    assert (finding.code, finding.tag, finding.element, finding.value) == (
        "delimiter-in-value", "PID", 5, "Garden twine, 50 m",
    )  # fmt: skip


def test_a_row_that_was_read_without_a_tag_is_refused() -> None:
    with pytest.raises(Unwritable, match="the segment has no tag"):
        write_read([["N1", "ST"], ["", "x"]], STARS, STARS)


def test_bytes_stay_what_they_were() -> None:
    rows = [["N1", "ST", "M\xc3\xa4ple \x84"]]
    assert write_read(rows, STARS, STARS, policy=Policy(characters="bytes")) == "N1*ST*M\xc3\xa4ple \x84~"


# streams


def test_messages_are_streamed() -> None:
    def orders() -> Iterator[list[Row]]:
        for number in range(1, 6001):
            lines: list[Row] = [["PO1", str(line), "1", "EA"] for line in range(20)]
            yield [["ST", "850", f"{number:04d}"], *lines]

    tracemalloc.start()
    count, longest, size = 0, 0, 0
    for piece in write_messages(orders(), STARS):
        count, longest, size = count + piece.count(b"SE*22*"), max(longest, len(piece)), size + len(piece)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
    assert (count, size) == (6000, 6000 * 253)
    assert 65_536 <= longest < 65_536 + 253


def test_a_stream_stops_at_what_cannot_be_sent() -> None:
    stream = write_messages([[["ST", "850", "0001"]], [["ST", "850", "0002"], ["N1", "a*b"]]], STARS)
    with pytest.raises(Unwritable):
        list(stream)


# interchanges

AT = datetime(2026, 9, 14, 9, 30, 12, 340_000)

SETTINGS = X12Sending(
    sender=Identity("ZZ", "NORTHSUPPLY"),
    receiver=Identity("ZZ", "MAPLEMARKET"),
    application_sender="NORTH",
    application_receiver="MAPLE",
    delimiters=STARS,
)

RESPONSE: list[Row] = [["BAK", "00", "AC", "MM-7001", "20260914"], ["CTT", "0"]]


def x12(settings: X12Sending, *groups: Group) -> str:
    return b"".join(write_x12(settings, 42, groups, AT)).decode()


def test_an_interchange() -> None:
    groups = (
        Group(7, [Set("855", RESPONSE), Set("855", RESPONSE, number="A0001")]),
        Group(8, iter([Set("810", [["BIG", "20260914", "1"]])])),
    )
    assert (
        x12(SETTINGS, *groups)
        == """\
ISA*00*          *00*          *ZZ*NORTHSUPPLY    *ZZ*MAPLEMARKET    *260914*0930*U*00401*000000042*0*P*>~
GS*PR*NORTH*MAPLE*20260914*0930*7*X*004010~
ST*855*0001~
BAK*00*AC*MM-7001*20260914~
CTT*0~
SE*4*0001~
ST*855*A0001~
BAK*00*AC*MM-7001*20260914~
CTT*0~
SE*4*A0001~
GE*2*7~
GS*IN*NORTH*MAPLE*20260914*0930*8*X*004010~
ST*810*0001~
BIG*20260914*1~
SE*3*0001~
GE*1*8~
IEA*2*000000042~
"""
    )


def test_everything_that_an_envelope_may_say() -> None:
    settings = msgspec.structs.replace(
        SETTINGS, authorization=Identity("03", "SHIPPING"), security=Identity("01", "SECRET"), isa11="repetition",
        interchange_version="00501", acknowledge=True, usage="T", delimiters=Delimiters("~", "|", ":", "^"),
        time="HHMMSSDD", agency="T", version="005010X999", implementation="X999",
        set_numbers=Range(prefix="S", suffix="Z", width=3, maximum=999), policy=Policy(),
    )  # fmt: skip
    assert x12(settings, Group(7, [Set("855", RESPONSE)], code="PR", version="005010")) == (
        "ISA|03|SHIPPING  |01|SECRET    |ZZ|NORTHSUPPLY    |ZZ|MAPLEMARKET    |260914|0930|^|00501|000000042|1|T|:~"
        "GS|PR|NORTH|MAPLE|20260914|09301234|7|T|005010~"
        "ST|855|S001Z|X999~BAK|00|AC|MM-7001|20260914~CTT|0~SE|4|S001Z~GE|1|7~IEA|1|000000042~"
    )


@pytest.mark.parametrize(
    ("date", "time", "text"),
    [
        ("CCYYMMDD", "HHMM", "*20260914*0930*"), ("CCYYMMDD", "HHMMSS", "*20260914*093012*"),
        ("YYMMDD", "HHMMSSD", "*260914*0930123*"), ("YYMMDD", "HHMMSSDD", "*260914*09301234*"),
    ],
)  # fmt: skip
def test_dates_and_times_of_groups(date: str, time: str, text: str) -> None:
    settings = msgspec.structs.replace(SETTINGS, date=date, time=time)
    assert f"GS*PR*NORTH*MAPLE{text}7*X*004010~" in x12(settings, Group(7, [], code="PR"))


@pytest.mark.parametrize(
    ("changes", "code", "tag", "element"),
    [
        ({"sender": Identity("ZZ", "A" * 16)}, "element-too-long", "ISA", 6),
        ({"sender": Identity("Z", "A")}, "element-too-short", "ISA", 5),
        ({"receiver": Identity("ZZ", "A*B")}, "delimiter-in-value", "ISA", 8),
        ({"receiver": Identity("ZZ", "")}, "header-value-invalid", "ISA", 8),
        ({"interchange_version": "none"}, "version-unknown", "ISA", 12),
        ({"delimiters": Delimiters("~", "*", "")}, "delimiter-invalid", "ISA", 16),
        ({"application_sender": "A" * 16}, "element-too-long", "GS", 2),
        ({"application_receiver": ""}, "mandatory-element-missing", "GS", 3),
        ({"application_receiver": "a~b"}, "delimiter-in-value", "GS", 3),
        ({"version": "what"}, "version-unknown", "GS", 8),
        ({"implementation": "X999"}, "too-many-elements", "ST", 3),
        ({"policy": Policy(replacement=" "), "receiver": Identity("ZZ", "A*B")}, "delimiter-in-value", "ISA", 8),
    ],
)
def test_envelopes_that_cannot_be_sent(changes: dict[str, object], code: str, tag: str, element: int) -> None:
    with pytest.raises(Unwritable) as caught:
        x12(msgspec.structs.replace(SETTINGS, **changes), Group(7, [Set("855", RESPONSE)]))
    finding = caught.value.finding
    assert (finding.code, finding.tag, finding.element) == (code, tag, element)


def test_control_numbers_that_cannot_be_sent() -> None:
    for groups, tag in (((Group(1_000_000_000, [], "PR"),), "GS"), ((Group(1, [Set("855", RESPONSE, "1")]),), "ST")):
        with pytest.raises(Unwritable) as caught:
            x12(SETTINGS, *groups)
        assert caught.value.finding.tag == tag
    with pytest.raises(Unwritable):
        b"".join(write_x12(SETTINGS, 1_000_000_000, [], AT))
    with pytest.raises(Unwritable, match="set '999' is unknown: name the code of its group"):
        x12(SETTINGS, Group(1, [Set("999", RESPONSE)]))


@pytest.mark.parametrize(
    "changes",
    [
        {"isa11": "repetition"},
        {"isa11": "repetition", "delimiters": CARETS},
        {"set_numbers": Range()},
        {"set_numbers": Range(width=4, prefix="NS")},
        {"group_numbers": Range(prefix="G")},
        {"interchange_numbers": Range(maximum=1_000_000_000)},
    ],
)
def test_settings_that_contradict_themselves(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        msgspec.convert(msgspec.to_builtins(SETTINGS) | msgspec.to_builtins(changes), X12Sending)


def test_positions_filled_and_zeros_trimmed() -> None:
    rows: list[Row] = [["CUR", "BY", "USD"], ["PO1", "1", "006.50", "EA", "0.00"], ["ZZZ", "00"]]
    settings = msgspec.structs.replace(SETTINGS, policy=Policy(trailing="fill", zeros="trim", suffix="\n"))
    text = x12(settings, Group(7, [Set("850", rows)]))
    assert "\nCUR*BY*USD*******************~\n" in text  # 21 positions
    assert "\nPO1*1*6.5*EA*0*********************~\n" in text  # 25 positions
    assert "\nZZZ*00~\n" in text
    assert "\nST*850*0001~\n" in text


# whatever the values and delimiters

PUNCTUATION = '!"%&()*,-./;<=>@[]^_{|}~\n\x1c\x1d\x1e\x1f'
TEXT = st.text(alphabet=st.sampled_from("AB12 ?+:'*~>^|\n\x1d\x1f;"), max_size=8)
CLEAN = st.text(alphabet=st.sampled_from("AB12 ?+äé€"), max_size=8)


@st.composite
def delimiters(draw: st.DrawFn) -> Delimiters:
    chosen = draw(st.lists(st.sampled_from(PUNCTUATION), min_size=4, max_size=4, unique=True))
    return Delimiters(*chosen)


def some_rows(text: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[object]]]:
    """Rows of a segment that no set has."""
    parts = st.one_of(text, st.lists(text, min_size=2, max_size=4).map(tuple))
    element = st.one_of(parts, st.lists(parts, min_size=2, max_size=3).map(Repeated))
    return st.lists(st.lists(element, max_size=5).map(lambda row: ["ZZZ", *row]), min_size=1, max_size=6)


def trimmed(values: list[object]) -> list[object]:
    """Without what is empty at the end."""
    while values and not values[-1]:
        values.pop()
    return values


def meant(row: Row) -> list[object]:
    """A row as elements of repetitions of components."""
    elements: list[object] = []
    for element in row:
        parts = element if isinstance(element, Repeated) else [element]
        elements.append(trimmed([trimmed(list(part) if isinstance(part, tuple) else [part]) for part in parts]))
    return trimmed(elements)


def characters(rows: list[Row]) -> set[str]:
    """All that stands in values. A separator cannot be told from it, so the rows have none."""
    return set("".join(value for row in map(meant, rows) for element in row for part in element for value in part))  # type: ignore[attr-defined]


@given(rows=some_rows(TEXT), d=delimiters())
def test_what_holds_a_delimiter_is_refused_and_all_else_comes_back(rows: list[Row], d: Delimiters) -> None:
    bad = {d.segment, d.element, d.component, str(d.repetition), *"\n\x1c\x1d\x1e\x1f"} & characters(rows)
    try:
        text = write_segments(rows, d)
    except Unwritable:
        assert bad
        return
    lines = text.split(d.segment)
    assert lines.pop() == ""
    assert [meant(taken_apart(line.split(d.element), d)) for line in lines] == [meant(row) for row in rows]
    assert not bad


@given(rows=some_rows(CLEAN), d=delimiters())
def test_what_is_written_is_scanned_and_read_again(rows: list[Row], d: Delimiters) -> None:
    if d.segment.isspace() or d.element.isspace() or d.component.isspace() or (d.repetition or "").isspace():
        d = CARETS
    settings = msgspec.structs.replace(
        SETTINGS, isa11="repetition", interchange_version="00501", version="005010", delimiters=d, policy=Policy()
    )
    data = b"".join(write_x12(settings, 1, [Group(1, [Set("855", rows)])], AT))
    (cut,) = [event for event in scan([data]) if isinstance(event, TransactionCut)]
    assert (cut.interchange.delimiters, cut.segments) == (d, len(rows) + 2)
    result = read_set(cut.raw, d, "005010", "855")
    found = [taken_apart(row, d) for row in result.root.unknown]
    assert [meant(row) for row in found] == [meant(row) for row in rows]


def test_a_sample_goes_through_all_of_it() -> None:
    for text, type in ((ORDER, "850"), (INVOICE, "810")):
        rows = [line.split("*") for line in compact(text).split("~")[:-1]]
        data = b"".join(write_x12(SETTINGS, 1, [Group(7, [Set(type, rows[1:-1], rows[0][2])])], AT))
        (cut,) = [event for event in scan([data]) if isinstance(event, TransactionCut)]
        assert compact(cut.raw) == compact(text)
        assert read_set(cut.raw, STARS, "004010").findings == ()


def test_a_control_number_is_no_composite() -> None:
    with pytest.raises(Unwritable, match="the first segment must be ST, with a control number in element 2"):
        write_message([["ST", "850", ("0001", "1")], ["BEG", "00"]], Delimiters())
