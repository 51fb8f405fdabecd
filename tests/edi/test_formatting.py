"""formatted: the plain form of a file, and what is said about the way to it."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from b2bsync.edi import InterchangeStart, TransactionCut, Unreadable, read_set, scan
from b2bsync.edi.charset import charset
from b2bsync.edi.editing import Document
from b2bsync.edi.formatting import Formatted, formatted
from b2bsync.edi.layout import separators
from b2bsync.edi.tokens import components
from tests.edi import edifact_samples as edifact
from tests.edi.samples import INVOICE, ISA, ORDER, SHIPMENT, compact, interchange

X12_FILE = interchange(ORDER, SHIPMENT)
EDIFACT_FILE = edifact.interchange(edifact.ORDER)


def changes(text: str | bytes) -> list[tuple[str, int, int, int]]:
    """(code, how often, byte offset and segment of the first)."""
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    return [(c.code, c.count, c.offset, c.segment) for c in formatted(data).changes]


def plain(text: str) -> str:
    return formatted(text.encode("latin-1")).data.decode("latin-1")


@pytest.mark.parametrize(
    "text",
    [
        X12_FILE,
        interchange(INVOICE) * 3,
        EDIFACT_FILE,
        edifact.interchange(edifact.ORDER, una="UNA:+.? '\n"),
        compact(X12_FILE).replace("~", "\n"),
        compact(X12_FILE).replace("~", "\r\n"),
        "\ufeff".encode().decode("latin-1") + X12_FILE,
        "From: a mailbox\n\n" + X12_FILE + "end of mailbox\n" + X12_FILE + "\x1a",
    ],
)
def test_a_plain_file_does_not_change(text: str) -> None:
    assert plain(text) == text
    assert changes(text) == []


HEAD = 106  # bytes of ISA
CUR, PO1 = 193, 368  # where two segments of X12_FILE stand: the 5th and the 13th of 39 in 890 bytes
SE = 532  # the 19th


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (compact(X12_FILE), [("line-break-missing", 39, 106, 2)]),
        (X12_FILE.replace("\n", "\r\n"), [("line-end", 39, 106, 2)]),
        (X12_FILE.replace("\n", "\n\n"), [("blanks-around-segment", 39, 106, 2)]),
        (X12_FILE.replace("\nPO1", "\n  PO1"), [("blanks-around-segment", 2, PO1 - 1, 13)]),
        (X12_FILE.replace("~\nPO1*1*", "~~\n~\nPO1*1*"), [
            ("blanks-around-segment", 1, PO1 - 1, 13), ("empty-segment", 2, PO1 - 1, 13),
        ]),
        (X12_FILE.replace("USD", "U\r\nSD").replace("Orchard", "Orch\nard"), [
            ("line-break-in-segment", 2, CUR, 5),
        ]),
        (X12_FILE.rstrip("~\n"), [("segment-unterminated", 1, 888, 39)]),
        (X12_FILE.replace("CUR*", "cur*").replace("N4*", "n4*"), [("tag-in-lower-case", 2, CUR, 5)]),
        (X12_FILE.replace("CUR*", "CUR *"), [("blanks-around-tag", 1, CUR, 5)]),
        (X12_FILE.replace("BY*USD~", "BY*USD***~"), [("trailing-separator", 1, CUR, 5)]),
        (" \n" + X12_FILE, [("blanks-around-segment", 1, 0, 1)]),
        (X12_FILE + "\n\n", [("blanks-around-segment", 1, 889, 39)]),
    ],
)  # fmt: skip
def test_what_is_changed_is_told(text: str, expected: list[tuple[str, int, int, int]]) -> None:
    assert plain(text) == X12_FILE
    assert changes(text) == expected


def test_isa_is_padded() -> None:
    text = X12_FILE.replace(ISA, "ISA*00**00**ZZ*MAPLEMARKET*ZZ*NORTHSUPPLY      *260914*0930*U*00401*42*0*P*>~")
    assert plain(text) == X12_FILE
    assert changes(text) == [("header-not-padded", 1, 0, 1)]


def test_a_value_too_long_for_isa_stays() -> None:
    text = X12_FILE.replace("MAPLEMARKET    ", "MAPLEMARKET-AND-SONS")
    assert plain(text) == text


def test_values_delimiters_and_counts_stay() -> None:
    """Blanks in and at the end of values, wrong counts and component separators of X12 are nothing of the layout."""
    text = X12_FILE.replace("*50 m", "*  50 m ").replace("SE*17", "SE*99").replace("R. Finch", "R. Finch>")
    assert plain(compact(text)) == text


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("NAD+BY+4012345000009::9:::+++", "NAD+BY+4012345000009::9"),
        ("NAD+BY+4012345000009::9:+::+Ann", "NAD+BY+4012345000009::9++Ann"),
        ("FTX+DEL+++a?:+?+", "FTX+DEL+++a?:+?+"),  # the last separators are values
        ("FTX+DEL+++a??:+", "FTX+DEL+++a??"),
        ("FTX+DEL+++a?\nb", "FTX+DEL+++ab"),  # the release character released nothing but the line break
        ("FTX+DEL+++a?\n+b", "FTX+DEL+++a?+b"),  # the file was wrapped there
        ("FTX+DEL+++a?\n?+b", "FTX+DEL+++a??+b"),
        ("LIN:1+", "LIN:1"),
        ("XYZ+", "XYZ"),
        ("+", "+"),  # no segment that is known, but one
    ],
)
def test_separators_and_release_characters_of_edifact(raw: str, written: str) -> None:
    text = EDIFACT_FILE.replace("CUX+2:EUR:9", "{}")
    assert plain(text.format(raw)) == text.format(written)


def test_repetitions() -> None:
    text = edifact.interchange(edifact.ORDER, header=edifact.UNB.replace("UNOC:3", "UNOC:4"))
    raw, written = "COM+1:TE:*2:FX**+*", "COM+1:TE*2:FX"
    assert plain(text.replace("CUX+2:EUR:9", raw)) == text.replace("CUX+2:EUR:9", written)


def test_a_last_value_with_a_release_character() -> None:
    """At the very end of a file a release character stands for itself: behind it a terminator would be released."""
    text = edifact.UNB + "UNH+1+ORDERS:D:96A:UN'\nBGM+220+1?"
    assert plain(text) == text + "?'\n"


def test_what_stands_around_una() -> None:
    text = edifact.interchange(edifact.ORDER, una="UNA:+.? '\r\n\n")
    assert plain(text) == text.replace("\r\n\n", "\n")
    assert changes(text) == [("blanks-around-segment", 1, 9, 1)]


def test_envelopes_keep_the_separator_that_they_are_known_by() -> None:
    text = X12_FILE.replace("SE*17*0001~", "SE**~").replace("GE*2*7~", "TA1*1*2*3*A**~\nGE*~")
    assert plain(text) == text.replace("SE**~", "SE*~").replace("A**~", "A~")


def test_a_trailer_in_lower_case_ends_its_set() -> None:
    """The second reading finds two sets; what it changes is told at the place in the file that was given."""
    text = X12_FILE.replace("SE*17*0001~\n", "se*17*0001~\n\n")
    assert plain(text) == X12_FILE
    assert changes(text) == [("blanks-around-segment", 1, SE + 11, 20), ("tag-in-lower-case", 1, SE, 19)]


def test_each_interchange_has_its_own_delimiters() -> None:
    other = compact(X12_FILE).replace("*", "|").replace("~", "\n")
    assert plain(compact(X12_FILE) + other + compact(X12_FILE)) == X12_FILE + other + X12_FILE


def test_what_follows_an_interchange_without_end_stays() -> None:
    text = X12_FILE.replace("IEA*1*000000042~\n", "")
    assert plain(text + "\x1a") == text + "\x1a"
    assert plain(X12_FILE.rstrip("~\n") + "\r\n\x1a\r\n") == X12_FILE + "\x1a\r\n"


def test_a_header_without_component_separator() -> None:
    text = X12_FILE.replace("*P*>~", "*P*~")
    assert plain(compact(text)) == text


def test_a_header_that_would_be_read_otherwise_is_left_alone() -> None:
    """Once a line ended with ``>``, that would be the terminator, and ISA16 empty."""
    text = ISA.replace(">~", ">\n") + "GS*PO*>*\nST*850*0001\nBEG*00***\n"
    assert plain(text) == text
    assert changes(text) == []


def test_a_header_that_was_cut_off_is_left_alone() -> None:
    """Its elements are the segments that follow, up to the sixteenth separator."""
    text = "ISA*00*  *00*~GS*PO*A*B*20260914*0930*1*X*004010~ST*850*1~BEG*00*>~REF*1***~"
    assert plain(text) == text


def test_what_is_no_file_of_this_kind() -> None:
    with pytest.raises(Unreadable):
        formatted(b"<Order/>")
    with pytest.raises(Unreadable):
        formatted(b"")


# other people's files, where they lie beside the checkout

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"


def rows(document: Document) -> list[object]:
    """The segments with their values; empty positions at ends left out, and the values of ISA."""
    found: list[object] = []
    for n, segment in enumerate(document):
        tree = separators(document.interchanges[segment.interchange].delimiters).tree(document.raw(n))
        found.append((segment.tag, None if segment.tag == "ISA" else tree[1:]))
    return found


if CORPUS.is_dir():  # an empty list of parameters would be reported as a skipped test

    @pytest.mark.parametrize("folder", ["x12", "edifact"])
    def test_files_of_others(folder: str) -> None:
        for path in sorted(path for path in (CORPUS / folder).rglob("*") if path.is_file()):
            data = path.read_bytes()
            document = Document.parse(data)
            assert bytes(document) == data
            if document.problem is None:
                once = formatted(data)
                assert formatted(once.data) == Formatted(once.data, ()), path
                assert rows(Document.parse(once.data)) == rows(document), path


# any file


def meaning(data: bytes) -> list[object]:
    """Delimiters, and what every set says, empty positions at ends left out."""
    found: list[object] = []
    for event in scan([data]):
        if isinstance(event, InterchangeStart):
            found.append(event.header.delimiters)
        if isinstance(event, TransactionCut):
            named = charset(event.interchange.version)
            read = read_set(event.raw, event.interchange.delimiters, event.version, charset=named)
            for loop in read.root.walk():
                found += [loop.id, loop.segments, loop.unknown]
    return found


SUFFIXES = st.sampled_from(["", "\n", "\r\n", "  ", "\n\n", "\n\t "])


@st.composite
def untidy(draw: st.DrawFn) -> str:
    """A file whose segments stand as they like."""
    text = draw(st.sampled_from([X12_FILE, EDIFACT_FILE, interchange(INVOICE) + interchange(ORDER)]))
    terminator = "'" if text is EDIFACT_FILE else "~"
    lines = text.split(terminator + "\n")
    result = "".join(line + terminator * draw(st.integers(1, 2)) + draw(SUFFIXES) for line in lines[:-1])
    return result if draw(st.booleans()) else result.rstrip(" \t\r\n" + terminator)


@given(text=untidy(), place=st.integers(0, 1500), put=st.sampled_from(["", "\n", "\r\n"]))
def test_a_file_means_the_same_afterwards(text: str, place: int, put: str) -> None:
    at = HEAD + place % (len(text) - HEAD)
    data = (text[:at] + put + text[at:]).encode()
    assert meaning(formatted(data).data) == meaning(data)


FRAGMENTS = [
    ["ISA*", ISA, "ISA*00**00**ZZ*A*ZZ*B*260914*0930*^*00501*42*0*T*:\n", "GS*PO*A*B*20260101*1200*1*X*004010~",
     "gs*PO*A*B*20260101*1200*1*X*004010~", "ge *1*1~", "iea*1*1~", "IEA*1*1~", "ST*850*0001~", "st *850*0001~", "~",
     "SE*1*0001~", "se*1~", "*", ">", "^", "\n", "\r\n", " ", "N1*ST*A***~", "\x00", "\x1a", "é", "I\nSA*", "a>>~"],
    ["UNA:+.? '", "UNA:+.?*'", "UNA^*.\\ $", "UNB+UNOC:3+A+B+260914:0930+1'", "UNB+UNOA:4+A+B+20260914:0930+1'",
     "unb+UNOC:3", "UNH+1+ORDERS:D:96A:UN'", "unh+1'", "UNT+1+1'", "unz+1+1'", "?", "??", "?'", "?+", "'", "+", ":",
     "*", "\n", "\r\n", " ", "\x1a", "NAD+BY+1::9::'", "LIN:1+", "é", "U\nNB+", "una:+.? '"],
]  # fmt: skip


@st.composite
def rubble(draw: st.DrawFn) -> bytes:
    fragments = draw(st.sampled_from(FRAGMENTS))
    return "".join(draw(st.lists(st.sampled_from(fragments), max_size=14))).encode()


@given(data=st.one_of(rubble(), rubble().map(ISA.encode().__add__), st.binary().map(ISA.encode().__add__)))
@example(b"UNB+UNOC:3+A+B+260914:0930+1'+'UNA:+.?*'UNB+UNOC:3+A+B+260914:0930+1'")
@settings(max_examples=400)
def test_what_is_formatted_stays_as_it_is(data: bytes) -> None:
    try:
        once = formatted(data)
    except Unreadable:
        assert Document.parse(data).problem is not None
        return
    again = formatted(once.data)
    assert (again.data, again.changes) == (once.data, ())
    assert (once.data == data) is (once.changes == ())
    assert all(change.count > 0 and 0 <= change.offset <= len(data) for change in once.changes)


@pytest.mark.parametrize("put", ["\n", "\r\n"])
def test_a_file_may_be_wrapped_behind_a_release_character(put: str) -> None:
    places = [at + 1 for at in range(HEAD, len(EDIFACT_FILE)) if EDIFACT_FILE[at] == "?"]
    assert len(places) > 3
    for at in places:
        data = (EDIFACT_FILE[:at] + put + EDIFACT_FILE[at:]).encode()
        done = formatted(data).data
        assert meaning(done) == meaning(data) == meaning(EDIFACT_FILE.encode())
        assert list(components([data])) == list(components([EDIFACT_FILE.encode()]))
        [cut] = [event for event in scan([data]) if isinstance(event, TransactionCut)]
        assert cut.segments == 19
