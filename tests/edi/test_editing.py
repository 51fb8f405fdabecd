"""Document: a file whose values can be changed, and nothing else of it."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from b2bsync.edi import Identity, InterchangeStart, TransactionCut, Unwritable, read_set, scan, values
from b2bsync.edi.editing import Document, Segment
from b2bsync.edi.inspection import inspect
from tests.edi import edifact_samples as edifact
from tests.edi.samples import INVOICE, ISA, ORDER, SHIPMENT, compact, interchange

X12_FILE = interchange(ORDER, SHIPMENT)
EDIFACT_FILE = edifact.interchange(edifact.ORDER, una="UNA:+.? '\n")


def parse(text: str) -> Document:
    return Document.parse(text.encode("latin-1"))


def number(document: Document, tag: str, occurrence: int = 1) -> int:
    """The number of a segment in its file."""
    return [n for n, segment in enumerate(document) if segment.tag == tag][occurrence - 1]


def edited(text: str, tag: str, element: int, component: int | None, value: str, repetition: int | None = None) -> str:
    """A file after one change in the first segment of a tag."""
    document = parse(text)
    document.set(number(document, tag), element, component, value, repetition)
    return bytes(document).decode("latin-1")


def refusal(text: str, tag: str, element: int, component: int | None, value: str, repetition: int | None = None) -> str:
    """Why a change is refused; the file is what it was."""
    document = parse(text)
    with pytest.raises(Unwritable) as caught:
        document.set(number(document, tag), element, component, value, repetition)
    assert bytes(document) == text.encode("latin-1")
    assert (caught.value.finding.tag, caught.value.finding.element) == (tag, element)
    return caught.value.finding.code


def test_segments_are_those_of_the_file() -> None:
    document = parse(X12_FILE)
    assert len(document) == 39
    assert document[0] == Segment("ISA", 0, 105, 0)
    assert document[4] == Segment("CUR", 193, 203, 0)
    assert document.raw(4) == b"CUR*BY*USD"
    assert document.row(4) == ["CUR", "BY", "USD"]
    assert document[-1].tag == "IEA"
    assert [segment.tag for segment in document][:5] == ["ISA", "GS", "ST", "BEG", "CUR"]
    with pytest.raises(IndexError):
        document.raw(39)


def test_una_and_what_stands_around_segments_is_none() -> None:
    document = parse("junk\n" + EDIFACT_FILE.replace("\n", "\r\n ") + "''\x1a")
    assert document[0] == Segment("UNB", 17, 77, 0)
    assert len(document) == 21
    assert [header.control_number for header in document.interchanges] == ["M42"]


def test_values_are_given_as_they_are_meant() -> None:
    document = parse(EDIFACT_FILE.replace("Garden", "Gar\r\nden"))
    text, date, item = number(document, "FTX"), number(document, "DTM"), number(document, "IMD")
    assert document.get(text, 4) == "Ring twice, then wait: the dog is friendly's"
    assert document.get(date, 1) == "137:20260914:102"
    assert [document.get(date, 1, part) for part in (1, 2, 3, 4)] == ["137", "20260914", "102", ""]
    assert document.get(item, 3, 4) == "Garden twine 50 m + needle"
    assert document.get(item, 9) == ""


def test_a_file_that_is_none() -> None:
    document = Document.parse(b"<Order/>")
    assert bytes(document) == b"<Order/>"
    assert (len(document), document.interchanges) == (0, ())
    assert document.problem is not None and document.problem.code == "not-edi"
    assert parse(X12_FILE).problem is None


@pytest.mark.parametrize(
    ("tag", "element", "component", "value", "old", "new"),
    [
        ("BEG", 3, None, "MM-7002", "BEG*00*SA*MM-7001**2026", "BEG*00*SA*MM-7002**2026"),
        ("BEG", 3, 1, "MM-7002", "BEG*00*SA*MM-7001**2026", "BEG*00*SA*MM-7002**2026"),
        ("BEG", 4, None, "R1", "MM-7001**20260914~", "MM-7001*R1*20260914~"),
        ("BEG", 7, None, "Z", "**20260914~", "**20260914**Z~"),
        ("BEG", 9, None, "", "**20260914~", "**20260914~"),
        ("CUR", 2, None, "", "CUR*BY*USD~", "CUR*BY*~"),
        ("CUR", 3, 3, "1.1", "CUR*BY*USD~", "CUR*BY*USD*>>1.1~"),
        ("GS", 2, None, "OAK", "GS*PO*MAPLE*", "GS*PO*OAK*"),
        ("SE", 1, None, "99", "SE*17*0001~", "SE*99*0001~"),
        ("IEA", 2, None, "7", "IEA*1*000000042~", "IEA*1*7~"),
        ("ISA", 6, None, "OAK", "*MAPLEMARKET    *", "*OAK            *"),
        ("ISA", 13, None, "43", "*000000042*0*P", "*000000043*0*P"),
        ("ISA", 11, None, "^", "*U*00401*", "*^*00401*"),
        ("ISA", 16, None, ">", "*>~", "*>~"),
        ("N1", 2, None, "Bäckerei", "Maple Market*92*HQ", "BÃ¤ckerei*92*HQ"),  # UTF-8, seen as Latin-1
    ],
)
def test_one_value_of_x12(tag: str, element: int, component: int | None, value: str, old: str, new: str) -> None:
    assert old in X12_FILE
    assert edited(X12_FILE, tag, element, component, value) == X12_FILE.replace(old, new, 1)


@pytest.mark.parametrize(
    ("tag", "element", "component", "value", "old", "new"),
    [
        ("BGM", 2, None, "PO+7?", "+MM-7001+", "+PO?+7??+"),
        ("DTM", 1, 2, "20261231", "137:20260914:102", "137:20261231:102"),
        ("DTM", 1, None, "x:y", "137:20260914:102", "x?:y"),
        ("NAD", 2, 2, "a'b", "4012345000009::9", "4012345000009:a?'b:9"),
        ("NAD", 4, 3, "Ann", "4012345000009::9'", "4012345000009::9++::Ann'"),
        ("UNB", 2, 2, "1", "UNB+UNOC:3+4012345000009:14", "UNB+UNOC:3+4012345000009:1"),
        ("UNB", 5, None, "M43", "0930+M42'", "0930+M43'"),
        ("UNZ", 1, None, "2", "UNZ+1+M42", "UNZ+2+M42"),
        ("UNH", 2, 5, "", "96A:UN:EAN008'", "96A:UN:'"),
        ("FTX", 4, None, "Käse*", "Ring twice?, then wait?: the dog is friendly?'s", "Käse*"),
    ],
)
def test_one_value_of_edifact(tag: str, element: int, component: int | None, value: str, old: str, new: str) -> None:
    assert old in EDIFACT_FILE
    assert edited(EDIFACT_FILE, tag, element, component, value) == EDIFACT_FILE.replace(old, new, 1)


def test_repetitions() -> None:
    text = EDIFACT_FILE.replace("UNA:+.? '", "UNA:+.?*'").replace("CUX+2:EUR:9", "COM+1:TE*2:FX+a?*b")
    document = parse(text)
    com = number(document, "COM")
    assert [document.get(com, 1, 2, n) for n in (1, 2, 3)] == ["TE", "FX", ""]
    assert (document.get(com, 1), document.get(com, 1, None, 2)) == ("1:TE*2:FX", "2:FX")
    assert document.get(com, 2) == "a*b"
    assert edited(text, "COM", 1, 2, "EM") == text.replace("1:TE*", "1:EM*")
    assert edited(text, "COM", 1, 2, "EM", 2) == text.replace("2:FX", "2:EM")
    assert edited(text, "COM", 1, 2, "EM", 4) == text.replace("2:FX", "2:FX**:EM")
    assert edited(text, "COM", 1, None, "3", 2) == text.replace("2:FX", "3")
    assert edited(text, "COM", 1, None, "3*") == text.replace("1:TE*2:FX", "3?*")
    assert refusal(EDIFACT_FILE, "CUX", 1, 2, "EM", 2) == "separator-missing"


@pytest.mark.parametrize(
    ("tag", "element", "component", "value", "code"),
    [
        ("BEG", 3, None, "a*b", "delimiter-in-value"),
        ("BEG", 3, None, "a~b", "delimiter-in-value"),
        ("BEG", 3, None, "a>b", "delimiter-in-value"),
        ("BEG", 3, None, "a\nb", "character-invalid"),
        ("BEG", 3, None, "a\x07b", "character-invalid"),
        ("BEG", 3, None, "\ud800", "character-invalid"),
        ("ISA", 6, None, "SIXTEEN CHARS ID", "header-value-invalid"),
        ("ISA", 17, None, "X", "header-value-invalid"),
        ("ISA", 16, None, ":", "value-not-writable"),
        ("ISA", 16, None, "~", "delimiter-in-value"),
        ("ISA", 1, None, "?!", "value-not-writable"),
    ],
)
def test_what_x12_cannot_hold(tag: str, element: int, component: int | None, value: str, code: str) -> None:
    assert refusal(X12_FILE, tag, element, component, value) == code


def test_a_release_with_a_separator_more_must_not_make_one_of_a_value() -> None:
    """From 00402 on ISA11 is the repetition separator, and from syntax 4 on there is one without UNA."""
    text = X12_FILE.replace("*U*00401*", "*^*00401*")
    assert refusal(text, "ISA", 12, None, "00501") == "value-not-writable"
    assert edited(X12_FILE, "ISA", 12, None, "00501") == X12_FILE.replace("*00401*", "*00501*")
    assert refusal(edifact.interchange(edifact.ORDER), "UNB", 1, 2, "4") == "value-not-writable"
    assert edited(EDIFACT_FILE, "UNB", 1, 2, "4") == EDIFACT_FILE.replace("UNOC:3", "UNOC:4")


def test_without_separator_or_release_character() -> None:
    assert refusal(X12_FILE.replace("*P*>~", "*P*~"), "CUR", 3, 2, "1") == "separator-missing"
    text = EDIFACT_FILE.replace("UNA:+.? '", "UNA:+.  '").replace("?", "")
    assert refusal(text, "BGM", 2, None, "a+b") == "delimiter-in-value"


@pytest.mark.parametrize(
    ("header", "there", "value", "expected"),
    [
        ("UNOC:3", "", "Käse", "Käse".encode("latin-1")),
        ("UNOC:3", "Käse".encode().decode("latin-1"), "Würze", "Würze".encode()),  # all is UTF-8 there already
        ("UNOE:3", "", "Заказ", "Заказ".encode("iso8859-5")),
        ("UNOW:4", "", "発注", "発注".encode()),
        ("UNOA:2", "", "Käse", None),
        ("UNOC:3", "", "発注", None),
        ("UNOC:3", "", "Ã¤", None),  # its bytes are UTF-8 for another character
        ("XXXX:3", "", "Käse", "Käse".encode()),
    ],
)
def test_values_are_written_in_the_character_set(header: str, there: str, value: str, expected: bytes | None) -> None:
    text = EDIFACT_FILE.replace("UNOC:3", header).replace("Garden", f"{there}Garden")
    document = parse(text)
    place = number(document, "FTX"), 4, 1
    if expected is None:
        with pytest.raises(Unwritable):
            document.set(*place, value)
        assert bytes(document) == text.encode("latin-1")
        return
    document.set(*place, value)
    again = Document.parse(bytes(document))
    assert expected in bytes(document)
    assert document.get(*place) == again.get(*place) == value


def test_a_change_must_not_let_other_values_read_differently() -> None:
    """One value in Latin-1 keeps the message from being read as UTF-8, which another value happens to be."""
    text = EDIFACT_FILE.replace("Ring", "\xe9").replace("Garden", "\xc3\xa4")
    assert refusal(text, "FTX", 4, None, "plain") == "value-not-writable"
    text = EDIFACT_FILE.replace("UNOC", "UNOE").replace("Garden", "\xb7\xd0")
    assert refusal(text, "UNB", 1, 1, "UNOC") == "value-not-writable"


def test_line_breaks_in_segments_stay() -> None:
    text = X12_FILE.replace("12 Orchard Lane~", "12 Orch\nard Lane\n~").replace("USD~", "USD\n~")
    assert edited(text, "N3", 1, None, "Mill Road") == text.replace("12 Orch\nard Lane", "Mill Road")
    assert edited(text, "N3", 1, None, "12 Orchard Lane") == text
    assert edited(text, "CUR", 3, None, "2") == text.replace("USD\n", "USD\n*2")


def test_the_last_segment_needs_no_terminator() -> None:
    text = X12_FILE.rstrip("~\n") + "\r\n\x1a"
    assert edited(text, "IEA", 2, None, "7") == text.replace("IEA*1*000000042", "IEA*1*7")
    assert refusal(text, "IEA", 2, None, "7 ") == "value-not-writable"


def test_many_changes() -> None:
    document = parse(X12_FILE + X12_FILE.replace("*", "|"))
    places = [n for n, segment in enumerate(document) if segment.tag == "REF"]
    for n in places:
        document.set(n, 2, None, f"REFERENCE-{n}")
        document.set(n, 2, None, f"R{n}")
    document.set(0, 6, None, "OAK")
    document.set(places[-1] + 1, 3, None, "after the header was read again")
    again = Document.parse(bytes(document))
    assert [again.get(n, 2) for n in places] == [f"R{n}" for n in places]
    assert list(again) == list(document)
    assert [document[n] for n in range(len(document))] == list(document)
    assert again.interchanges[0].sender == Identity("ZZ", "OAK")
    assert again.interchanges == document.interchanges


def test_segments_that_no_set_has_can_be_changed() -> None:
    text = X12_FILE.replace("CUR*", "ZZZ*").replace("GE*2", "QQQ*1~\nGE*2")
    assert edited(text, "ZZZ", 1, None, "S") == text.replace("ZZZ*BY", "ZZZ*S")
    assert edited(text, "QQQ", 1, None, "2") == text.replace("QQQ*1", "QQQ*2")


def test_sets_without_an_interchange() -> None:
    bare = X12_FILE[X12_FILE.index("GS*") : X12_FILE.index("IEA*")]
    assert edited(bare, "BEG", 3, None, "X1") == bare.replace("MM-7001**", "X1**", 1)
    assert edited(edifact.ORDER, "BGM", 2, None, "X1") == edifact.ORDER.replace("MM-7001", "X1")


def test_places_count_from_1() -> None:
    for place in ((0, None, None), (1, 0, None), (1, 1, 0)):
        with pytest.raises(ValueError):
            parse(X12_FILE).set(3, place[0], place[1], "x", place[2])
        with pytest.raises(ValueError):
            parse(X12_FILE).get(3, *place)


# any file


@given(
    data=st.one_of(st.binary(), st.binary().map(ISA.encode().__add__), st.binary().map(edifact.UNB.encode().__add__))
)
def test_any_bytes_are_given_back(data: bytes) -> None:
    document = Document.parse(data)
    assert bytes(document) == data
    assert sum(end - start for _, start, end, _ in document) <= len(data)
    assert all(data[segment.start : segment.end] == document.raw(n) for n, segment in enumerate(document))


SUFFIXES = st.sampled_from(["", "\n", "\r\n", "  \n", "\n\n"])
TEXT = st.text(st.sampled_from("aZ9 .,-é発'+:?*~>^\n\x07"), max_size=8)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file of several interchanges, written in some way."""
    x12 = [X12_FILE, interchange(INVOICE), X12_FILE.replace("*U*00401*", "*^*00501*"), "junk\n" + X12_FILE]
    four = edifact.interchange(edifact.ORDER, header=edifact.UNB.replace("UNOC:3", "UNOW:4"))
    parts = draw(st.lists(st.sampled_from(draw(st.sampled_from([x12, [EDIFACT_FILE, four]]))), min_size=1, max_size=3))
    text = draw(SUFFIXES).join(compact(part) if draw(st.booleans()) else part for part in parts)
    text = text.replace("Garden", draw(st.sampled_from(["Garden", "G\nden", "Gärten"])))
    return text.encode()


@given(data=files())
def test_segments_are_counted_as_by_an_inspection(data: bytes) -> None:
    assert len(Document.parse(data)) == inspect([data]).segments


@given(
    data=files(), at=st.integers(0, 10_000), element=st.integers(1, 9), value=TEXT,
    component=st.none() | st.integers(1, 5), repetition=st.none() | st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=300)
def test_one_change_changes_one_value(
    data: bytes, at: int, element: int, component: int | None, repetition: int | None, value: str
) -> None:
    document = Document.parse(data)
    segment = at % len(document)
    place, rows = document[segment], [document.row(n) for n in range(len(document))]
    try:
        document.set(segment, element, component, value, repetition)
    except Unwritable:
        assert bytes(document) == data
        return
    changed = bytes(document)
    assert changed == data[: place.start] + document.raw(segment) + data[place.end :]
    again = Document.parse(changed)
    assert list(again) == list(document)
    assert [again.row(n) for n in range(len(again)) if n != segment] == [
        row for n, row in enumerate(rows) if n != segment
    ]
    row = again.row(segment)
    expected = rows[segment] + [""] * (len(row) - len(rows[segment]))
    assert row[:element] + row[element + 1 :] == expected[:element] + expected[element + 1 :]
    got = again.get(segment, element, component, repetition)
    assert got == value or (row[0] == "ISA" and got == (value.zfill(9) if element == 13 else value.ljust(len(got))))


@given(data=files(), at=st.integers(0, 10_000), value=TEXT)
def test_the_reader_sees_the_changed_value(data: bytes, at: int, value: str) -> None:
    document = Document.parse(data)
    lines = [n for n, segment in enumerate(document) if segment.tag in ("REF", "BGM")]
    assume(lines)
    segment = lines[at % len(lines)]
    try:
        document.set(segment, 2, 1, value)
    except Unwritable:
        return
    changed = bytes(document)
    place = document[segment]
    headers = [event.header for event in scan([changed]) if isinstance(event, InterchangeStart)]
    assert headers == list(document.interchanges)
    for event in scan([changed]):
        if isinstance(event, TransactionCut) and event.start <= place.start < event.start + event.length:
            read = read_set(event.raw, event.interchange.delimiters, event.version)
            rows = [row for loop in read.root.walk() for row in loop.all(place.tag)]
            assert value in [values(row, 2, event.interchange.delimiters)[0] for row in rows]
            return
    pytest.fail("the segment stands in no set")
