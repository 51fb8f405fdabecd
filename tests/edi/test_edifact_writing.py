"""EDIFACT written: released values, UNA to UNZ, and the same values when it is read again."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2bsync.edi import Delimiters, InterchangeStart, TransactionCut, Unwritable, read_set, scan, values
from b2bsync.edi.numbers import Range
from b2bsync.edi.tokens import components, segments
from b2bsync.edi.writing import (
    EdifactSending,
    GroupSending,
    Party,
    Policy,
    Repeated,
    Row,
    taken_apart,
    write_edifact,
    write_message,
    write_messages,
    write_read,
    write_segments,
)
from b2bsync.edi.writing.edifact import Group, Message
from tests.edi.edifact_samples import COLONS, ORDER, interchange

AT = datetime(2026, 9, 14, 9, 30)
STARRED = Delimiters("'", "+", ":", "*", "?", ".")
UNRELEASED = Delimiters("'", "+", ":", None, None, ".")

SETTINGS = EdifactSending(
    sender=Party(id="4012345000009", qualifier="14"), receiver=Party(id="5412345000013", qualifier="14")
)

LINES: list[Row] = [
    ["BGM", "231", "MM-7001", "9"],
    ["DTM", ("137", "20260914", "102")],
    ["FTX", "AAI", "", "", ("Ring twice?, then wait: it's +5",)],
    ["LIN", "1", "", ("4006381333931", "EN")],
    ["QTY", ("21", Decimal("2.50"), "PCE")],
    ["UNS", "S"],
]


def edifact(settings: EdifactSending, *content: Message) -> str:
    return b"".join(write_edifact(settings, 42, content, AT)).decode("latin-1")


def written(rows: list[Row], delimiters: Delimiters = COLONS, policy: Policy = Policy()) -> str:
    return write_segments(rows, delimiters, "EDIFACT", policy)


# segments


def test_values_that_hold_delimiters_are_released() -> None:
    rows: list[Row] = [["FTX", "why?", ("it's", "a:b", "c+d"), "??", "*"]]
    assert written(rows) == "FTX+why??+it?'s:a?:b:c?+d+????+*'"
    assert written(rows, STARRED) == "FTX+why??+it?'s:a?:b:c?+d+????+?*'"


def test_without_a_release_character_they_are_refused_or_replaced() -> None:
    with pytest.raises(Unwritable) as caught:
        written([["UNS", "S"], ["FTX", "why?", ("a", "b", "c+d")]], UNRELEASED)
    finding = caught.value.finding
    assert (finding.code, finding.segment, finding.tag, finding.element, finding.component, finding.value) == (
        "delimiter-in-value", 2, "FTX", 2, 3, "c+d",
    )  # fmt: skip
    assert written([["FTX", "why?", ("a", "b", "c+d'")]], UNRELEASED, Policy(replacement=" ")) == "FTX+why?+a:b:c d '"


def test_control_characters_are_never_released() -> None:
    for character in "\n\x00\x1c\x1d\x1e\x1f\x7f":
        with pytest.raises(Unwritable, match="FTX01 holds the control character"):
            written([["FTX", f"a{character}'b"]])


def test_repetitions() -> None:
    assert written([["COM", Repeated((("1", "TE"), ("2", "FX")))]], STARRED) == "COM+1:TE*2:FX'"
    with pytest.raises(Unwritable, match="no repetition separator"):
        written([["COM", Repeated((("1", "TE"), ("2", "FX")))]])


def test_numbers_have_the_decimal_mark_of_the_interchange() -> None:
    rows: list[Row] = [["QTY", ("21", Decimal("2.50"), "PCE")], ["CNT", ("2", 12)], ["MOA", Decimal("-1E+3")]]
    assert written(rows) == "QTY+21:2.50:PCE'CNT+2:12'MOA+-1000'"
    assert written(rows, msgspec.structs.replace(COLONS, decimal=",")) == "QTY+21:2,50:PCE'CNT+2:12'MOA+-1000'"


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (["NAD", "BY", ("1", "", "9"), "", ""], "NAD+BY+1::9'"),
        (["NAD", "BY", ("1", "", "")], "NAD+BY+1'"),
        (["NAD", "BY", ("1", "", ""), "x"], "NAD+BY+1+x'"),
        (["NAD", "BY", ("?", "+", ":"), ("", "")], "NAD+BY+??:?+:?:'"),
        (["NAD", "BY", "", ("", "", ""), "x", ""], "NAD+BY+++x'"),
        (["NAD", "", "", "", "", ("",)], "NAD'"),
        (["NAD", ("a",), (), "x"], "NAD+a++x'"),
        ([("LIN", "1", "2"), "x"], "LIN:1:2+x'"),  # explicit nesting
    ],
)
def test_trailing_separators(row: Row, text: str) -> None:
    assert written([row]) == text


def test_trailing_separators_are_kept_where_they_are_wanted() -> None:
    rows: list[Row] = [["NAD", "BY", ("1", "", ""), ""]]
    assert written(rows, policy=Policy(trailing="keep")) == "NAD+BY+1::+'"


def test_messages_and_their_count() -> None:
    rows: list[Row] = [["UNH", "1", ("ORDERS", "D", "96A", "UN")], ["BGM", "220"]]
    text = "UNH+1+ORDERS:D:96A:UN'BGM+220'UNT+3+1'"
    assert write_message(rows, COLONS, "EDIFACT") == text
    assert write_message([*rows, ["UNT", "7", "9"]], COLONS, "EDIFACT") == text
    assert b"".join(write_messages([rows, rows], COLONS, "EDIFACT")).decode() == text * 2
    with pytest.raises(Unwritable, match="the first segment must be UNH"):
        write_message(rows[1:], COLONS, "EDIFACT")


def test_what_was_read_is_written_again() -> None:
    data = interchange(ORDER).replace("twice?,", "twice,").encode()  # a comma needs no release
    rows = list(segments([data]))
    policy = Policy(suffix="\n")
    assert write_read(rows, COLONS, COLONS, "EDIFACT", policy).encode() == data
    pipes = Delimiters("~", "|", "^", None, "\\", ".")
    text = write_read(rows[5:6], COLONS, pipes, "EDIFACT")
    assert text == "FTX|DEL|||Ring twice, then wait: the dog is friendly's~"
    assert write_read(rows[11:12], COLONS, pipes, "EDIFACT") == "IMD|F||^^^Garden twine 50 m + needle~"


def test_the_same_by_way_of_values() -> None:
    data = interchange(ORDER).encode()
    rows = [taken_apart(row, COLONS) for row in segments([data])]
    assert rows[5] == ["FTX", "DEL", "", "", "Ring twice, then wait: the dog is friendly's"]
    assert rows[3] == ["DTM", ("137", "20260914", "102")]
    assert written(rows, policy=Policy(suffix="\n")).encode() == data.replace(b"twice?,", b"twice,")


# interchanges


def test_an_interchange() -> None:
    message = Message("ORDRSP", LINES, association="EAN005")
    assert (
        edifact(SETTINGS, message, Message("ORDRSP", LINES, number="R7"))
        == """\
UNB+UNOC:3+4012345000009:14+5412345000013:14+260914:0930+42'
UNH+1+ORDRSP:D:96A:UN:EAN005'
BGM+231+MM-7001+9'
DTM+137:20260914:102'
FTX+AAI+++Ring twice??, then wait?: it?'s ?+5'
LIN+1++4006381333931:EN'
QTY+21:2.50:PCE'
UNS+S'
UNT+8+1'
UNH+R7+ORDRSP:D:96A:UN'
BGM+231+MM-7001+9'
DTM+137:20260914:102'
FTX+AAI+++Ring twice??, then wait?: it?'s ?+5'
LIN+1++4006381333931:EN'
QTY+21:2.50:PCE'
UNS+S'
UNT+8+R7'
UNZ+2+42'
"""
    )


def test_everything_that_an_envelope_may_say() -> None:
    settings = EdifactSending(
        sender=Party(id="NORTH", qualifier="ZZ", routing="DESK1", routing_part="A"),
        receiver=Party(id="MAPLE", qualifier="ZZ", routing="DESK2", routing_part="B"),
        syntax="UNOY", syntax_version="4", code_lists="1", encoding="3",
        delimiters=Delimiters("~", "|", "^", "*", "\\", ","), password="open:sesame", password_qualifier="AA",
        application_reference="ORDERS", priority="A", acknowledge=True, agreement="EDI-2026", test="1",
        group=GroupSending(
            sender="N", receiver="M", sender_qualifier="ZZ", receiver_qualifier="14", agency="UN", password="x",
            association="EAN005",
        ),
        interchange_numbers=Range(prefix="I", width=5), group_numbers=Range(prefix="G", width=3),
        message_numbers=Range(prefix="M", suffix="X", width=4, minimum=5), suffix="",
    )  # fmt: skip
    message = Message("ORDRSP", [["QTY", ("21", "2.5")]], access="CASE7", transfer=("1", "C"))
    content = [Group(7, iter([message, message])), Group(8, [message], type="OTHER")]
    text = b"".join(write_edifact(settings, 42, content, AT)).decode()
    assert text.split("~") == [
        "UNA^|,\\*",
        "UNB|UNOY^4^1^3|NORTH^ZZ^DESK1^A|MAPLE^ZZ^DESK2^B|20260914^0930|I00042|open:sesame^AA|ORDERS|A|1|EDI-2026|1",
        "UNG|ORDRSP|N^ZZ|M^14|20260914^0930|G007|UN|D^96A^EAN005|x",
        "UNH|M0005X|ORDRSP^D^96A^UN|CASE7|1^C",
        "QTY|21^2,5",
        "UNT|3|M0005X",
        "UNH|M0006X|ORDRSP^D^96A^UN|CASE7|1^C",
        "QTY|21^2,5",
        "UNT|3|M0006X",
        "UNE|2|G007",
        "UNG|OTHER|N^ZZ|M^14|20260914^0930|G008|UN|D^96A^EAN005|x",
        "UNH|M0007X|ORDRSP^D^96A^UN|CASE7|1^C",
        "QTY|21^2,5",
        "UNT|3|M0007X",
        "UNE|1|G008",
        "UNZ|2|I00042",
        "",
    ]
    events = list(scan([text.encode()]))
    assert [finding for event in events for finding in getattr(event, "findings", ())] == []
    assert isinstance(events[0], InterchangeStart)
    assert events[0].header.delimiters == settings.delimiters


@pytest.mark.parametrize(
    ("una", "changes", "begin"),
    [
        ("needed", {}, "UNB+UNOC:3"),
        ("always", {}, "UNA:+.? '\nUNB+UNOC:3"),
        ("never", {}, "UNB+UNOC:3"),
        ("needed", {"decimal": ","}, "UNA:+,? '\nUNB+UNOC:3"),
        ("needed", {"release": None}, "UNA:+.  '\nUNB+UNOC:3"),
        ("needed", {"repetition": "*"}, "UNA:+.?*'\nUNB+UNOC:3"),
        ("needed", {"segment": "\n"}, "UNA:+.? \nUNB+UNOC:3"),
    ],
)
def test_una_where_it_is_wanted(una: str, changes: dict[str, object], begin: str) -> None:
    delimiters = msgspec.structs.replace(COLONS, **changes)
    suffix = "" if delimiters.segment == "\n" else "\n"
    settings = msgspec.structs.replace(SETTINGS, una=una, delimiters=delimiters, suffix=suffix)
    assert edifact(settings).startswith(begin)


def test_una_in_syntax_4_is_needed_without_a_repetition_separator() -> None:
    settings = msgspec.structs.replace(SETTINGS, syntax_version="4", delimiters=STARRED)
    assert edifact(settings).startswith("UNB+UNOC:4+")
    assert edifact(msgspec.structs.replace(settings, delimiters=COLONS)).startswith("UNA:+.? '\nUNB+UNOC:4+")


@pytest.mark.parametrize(
    ("version", "date", "text"),
    [("3", "", "+260914:0930+"), ("4", "", "+20260914:0930+"), ("3", "CCYYMMDD", "+20260914:0930+"),
     ("4", "YYMMDD", "+260914:0930+")],
)  # fmt: skip
def test_dates_of_interchanges(version: str, date: str, text: str) -> None:
    assert text in edifact(msgspec.structs.replace(SETTINGS, syntax_version=version, date=date))


@pytest.mark.parametrize(
    ("changes", "code", "tag", "element", "component"),
    [
        ({"sender": Party(id="A" * 36)}, "element-too-long", "UNB", 2, 1),
        ({"receiver": Party(id="")}, "mandatory-element-missing", "UNB", 3, None),
        ({"receiver": Party(id="M", routing="A" * 15)}, "element-too-long", "UNB", 3, 3),
        ({"receiver": Party(id="M", routing_part="A")}, "too-many-elements", "UNB", 3, 4),
        ({"receiver": Party(id="Łódź")}, "character-invalid", "UNB", 3, 1),
        ({"syntax": "UNOA", "receiver": Party(id="maple")}, "character-invalid", "UNB", 3, 1),
        ({"application_reference": "A" * 15}, "element-too-long", "UNB", 7, None),
        ({"priority": "1"}, "number-invalid", "UNB", 8, None),
        ({"password_qualifier": "AA"}, "mandatory-component-missing", "UNB", 6, 1),
    ],
)
def test_envelopes_that_cannot_be_sent(
    changes: dict[str, object], code: str, tag: str, element: int, component: int | None
) -> None:
    with pytest.raises(Unwritable) as caught:
        edifact(msgspec.structs.replace(SETTINGS, replacement=".", outside="replace", **changes))
    finding = caught.value.finding
    assert (finding.code, finding.tag, finding.element, finding.component) == (code, tag, element, component)


@pytest.mark.parametrize(
    "message",
    [
        Message("ORDERSX", []), Message("ORDERS", [], number="A" * 15), Message("ORDERS", [], agency="XXX"),
        Message("", []), Message("ORDERS", [], transfer=("", "C")), Message("ORDERS", [], association="EAN0055"),
    ],
)  # fmt: skip
def test_headers_of_messages_that_cannot_be_sent(message: Message) -> None:
    with pytest.raises(Unwritable) as caught:
        edifact(SETTINGS, Message("ORDERS", []), message)
    assert caught.value.finding.tag == "UNH"


def test_groups_where_groups_are_agreed() -> None:
    grouped = msgspec.structs.replace(SETTINGS, group=GroupSending(sender="N", receiver="M"))
    with pytest.raises(Unwritable, match="the settings want groups"):
        edifact(grouped, Message("ORDERS", []))
    with pytest.raises(Unwritable, match="the settings want messages outside of groups"):
        b"".join(write_edifact(SETTINGS, 1, [Group(1, [])], AT))
    with pytest.raises(Unwritable, match="a group needs a message"):
        b"".join(write_edifact(grouped, 1, [Group(1, [])], AT))


@pytest.mark.parametrize(
    "changes",
    [
        {"interchange_numbers": {"prefix": "ABCDEFG"}},
        {"code_lists": "1"},
        {"una": "never", "delimiters": {"segment": "~", "element": "+", "component": ":"}},
        {"outside": "replace"},
        {"syntax_version": "5"},
        {"no": "such setting"},
    ],
)
def test_settings_that_contradict_themselves(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        msgspec.convert(msgspec.to_builtins(SETTINGS) | changes, EdifactSending)


def test_characters_beyond_ascii() -> None:
    rows: list[Row] = [["FTX", "AAI", "", "", "Gärtner"]]
    assert b"+G\xe4rtner'" in b"".join(write_edifact(SETTINGS, 1, [Message("ORDERS", rows)], AT))
    settings = msgspec.structs.replace(SETTINGS, syntax="UNOY")
    assert "+Gärtner'".encode() in b"".join(write_edifact(settings, 1, [Message("ORDERS", rows)], AT))
    settings = msgspec.structs.replace(SETTINGS, syntax="UNOA", outside="simplify", replacement=".")
    assert b"+GARTNER'" in b"".join(write_edifact(settings, 1, [Message("ORDERS", rows)], AT))


def test_numbers_in_text_get_the_mark_that_the_directory_says() -> None:
    rows: list[Row] = [["QTY", ("21", "002.50", "PCE")], ["RFF", ("ON", "1.50")]]
    settings = msgspec.structs.replace(
        SETTINGS, delimiters=msgspec.structs.replace(COLONS, decimal=","), zeros="trim", suffix=""
    )
    assert "'QTY+21:2,5:PCE'RFF+ON:1.50'" in edifact(settings, Message("ORDERS", rows))


def test_messages_may_come_from_a_generator() -> None:
    def messages() -> Iterator[Message]:
        for _ in range(3000):
            yield Message("ORDRSP", LINES)

    stream = list(write_edifact(SETTINGS, 42, messages(), AT))
    assert len(stream) > 5
    data = b"".join(stream)
    assert data.endswith(b"UNT+8+3000'\nUNZ+3000+42'\n")
    assert sum(isinstance(event, TransactionCut) for event in scan(stream)) == 3000


# whatever the values and delimiters

TEXT = st.text(alphabet=st.sampled_from("AB1 ?+:'*~>^|;äé"), max_size=8)
PARTS = st.one_of(TEXT, st.lists(TEXT, min_size=2, max_size=4).map(tuple))
ROWS = st.lists(st.lists(PARTS, max_size=5).map(lambda row: ["ZZZ", *row]), min_size=1, max_size=6)


@st.composite
def marks(draw: st.DrawFn) -> Delimiters:
    component, element, release, repetition, segment = draw(
        st.lists(st.sampled_from("!\"#$%&()*-/;<=>@[]^{|}~:+?'"), min_size=5, max_size=5, unique=True)
    )
    return Delimiters(segment, element, component, draw(st.sampled_from([None, repetition])), release, ".")


def meant(row: list[object]) -> list[list[str]]:
    """Elements as components, without what is empty at the end."""
    found = []
    for element in row:
        parts = [str(part) for part in element] if isinstance(element, tuple) else [str(element)]
        while parts and not parts[-1]:
            parts.pop()
        found.append(parts)
    while found and not found[-1]:
        found.pop()
    return found


@given(rows=ROWS, d=marks(), suffix=st.sampled_from(["", "\n", "\r\n"]))
def test_what_is_written_is_scanned_and_read_again(rows: list[Row], d: Delimiters, suffix: str) -> None:
    settings = msgspec.structs.replace(SETTINGS, delimiters=d, syntax="UNOY", una="always", suffix=suffix)
    data = b"".join(write_edifact(settings, 7, [Message("ORDERS", rows)], AT))
    (cut,) = [event for event in scan([data]) if isinstance(event, TransactionCut)]
    assert (cut.interchange.delimiters, cut.interchange.control_number, cut.segments) == (d, "7", len(rows) + 2)
    result = read_set(cut.raw, d, "D96A", charset="utf-8")
    found = [[values(row, n, d) for n in range(len(row))] for row in result.root.unknown]
    assert [meant([tuple(part) for part in row]) for row in found] == [meant(list(row)) for row in rows]
    tokens = [[tuple(part) for part in row] for row in components([data])][2:-2]
    assert [meant(list(row)) for row in tokens] == [
        [[value.encode().decode("latin-1") for value in part] for part in meant(list(row))] for row in rows
    ]


@given(rows=ROWS, d=marks())
def test_without_release_nothing_that_holds_a_delimiter_leaves(rows: list[Row], d: Delimiters) -> None:
    d = msgspec.structs.replace(d, release=None)
    used = {d.segment, d.element, d.component, d.repetition}
    held = any(character in used for row in rows for part in meant(list(row)) for value in part for character in value)
    try:
        text = written(rows, d)
    except Unwritable:
        assert held
        return
    assert not held
    assert [meant(taken_apart(line.split(d.element), d)) for line in text.split(d.segment)[:-1]] == [
        meant(list(row)) for row in rows
    ]
