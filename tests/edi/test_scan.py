"""scan: what a stream of bytes is cut into, and what is said about everything that is odd in it."""

import tracemalloc
from collections.abc import Iterator

import pytest

from b2bsync.edi import (
    Delimiters,
    Event,
    GroupEnd,
    GroupStart,
    Identity,
    InterchangeAck,
    InterchangeEnd,
    InterchangeStart,
    Problem,
    TransactionCut,
    TransactionDropped,
    Unreadable,
    read_set,
    scan,
)
from b2bsync.vocabulary.findings import Severity
from tests.edi.samples import ISA, ORDER, compact, interchange


def events(text: str | bytes, limit: int = 1 << 20) -> list[Event]:
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    return list(scan([data], limit=limit))


def names(found: list[Event]) -> list[str]:
    return [type(event).__name__ for event in found]


def codes(event: Event) -> list[tuple[str, str | None, str | None]]:
    """(code, level, note) of an event's findings."""
    findings = (event.finding,) if isinstance(event, Problem) else getattr(event, "findings", ())
    return [(f.code, f.ack_level, f.ack_code) for f in findings]


def cuts(found: list[Event]) -> list[TransactionCut]:
    return [event for event in found if isinstance(event, TransactionCut)]


WHOLE = ["InterchangeStart", "GroupStart", "TransactionCut", "GroupEnd", "InterchangeEnd"]


def test_a_regular_interchange() -> None:
    found = events(interchange(ORDER))
    assert names(found) == WHOLE
    start, group, cut, group_end, end = found
    assert isinstance(start, InterchangeStart) and isinstance(group, GroupStart)
    assert start.header.sender == Identity("ZZ", "MAPLEMARKET")
    assert start.header.receiver == Identity("ZZ", "NORTHSUPPLY")
    assert (start.header.control_number, start.header.usage, start.header.version) == ("000000042", "P", "00401")
    assert start.header.delimiters == Delimiters("~", "*", ">", None)
    assert start.header.ack_requested is False
    assert (group.header.code, group.header.sender, group.header.control_number) == ("PO", "MAPLE", "7")
    assert group.header.version == "004010"
    assert isinstance(cut, TransactionCut) and isinstance(group_end, GroupEnd) and isinstance(end, InterchangeEnd)
    assert (cut.type, cut.control_number, cut.segments) == ("850", "0001", 17)
    assert cut.raw == ORDER.rstrip("\n")
    assert cut.start == len(ISA) + 1 + len("GS*PO*MAPLE*NORTH*20260914*0930*7*X*004010~\n")
    assert cut.length == len(ORDER) - 1
    assert (group_end.included, group_end.received) == (1, 1)
    assert [codes(event) for event in found] == [[], [], [], [], []]


@pytest.mark.parametrize("terminator", ["~", "\r", "\n", "\r\n", "!", "'", "\x15", "\x1c", "|", "\xa6"])
@pytest.mark.parametrize("element", ["*", "|", "^", "+", "\x1d", "\x7f"])
def test_delimiters_come_from_the_header(terminator: str, element: str) -> None:
    if terminator == element:
        element = ";"
    text = compact(interchange(ORDER)).replace("*", element).replace("~", terminator)
    found = events(text)
    assert names(found) == WHOLE
    (cut,) = cuts(found)
    assert cut.interchange.delimiters == Delimiters(terminator[0], element, ">", None)
    assert cut.segments == 17
    read = read_set(cut.raw, cut.interchange.delimiters, cut.group.version)
    assert read.findings == ()
    assert read.root.loops["PO1"][0].value("PO1", 9) == "NS-4410"


@pytest.mark.parametrize("suffix", ["", "\n", "\r\n", "\n\n", "  \n   "])
def test_what_follows_a_terminator_means_nothing(suffix: str) -> None:
    found = events(compact(interchange(ORDER)).replace("~", "~" + suffix))
    assert names(found) == WHOLE
    assert cuts(found)[0].segments == 17


def test_a_header_that_is_not_padded() -> None:
    found = events(interchange(ORDER).replace(ISA, "ISA*00**00**ZZ*MAPLE*ZZ*NORTH*260914*0930*U*00401*42*0*T*>~"))
    assert names(found) == WHOLE
    start = found[0]
    assert isinstance(start, InterchangeStart)
    assert (start.header.sender.id, start.header.usage, start.header.control_number) == ("MAPLE", "T", "42")
    assert codes(start) == [("header-not-padded", None, None)]


@pytest.mark.parametrize(
    ("right", "wrong", "code", "note"),
    [
        ("*000000042*", "*00000A042*", "control-number-invalid", "018"),
        ("*260914*", "*261314*", "date-invalid", "014"),
        ("*0930*U", "*2930*U", "time-invalid", "015"),
        ("*P*>", "*X*>", "usage-invalid", "020"),
    ],
)
def test_values_of_the_header(right: str, wrong: str, code: str, note: str) -> None:
    found = events(interchange(ORDER).replace(right, wrong, 1))
    assert codes(found[0]) == [(code, "interchange", note)]


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n"])
def test_a_header_without_component_separator(end: str) -> None:
    found = events(compact(interchange(ORDER)).replace("*P*>~", "*P*~").replace("~", end))
    assert names(found) == WHOLE
    start = found[0]
    assert isinstance(start, InterchangeStart)
    assert start.header.delimiters == Delimiters("~", "*", "", None)
    assert ("component-separator-missing", None, None) in codes(start)


def test_a_tilde_may_be_the_component_separator() -> None:
    start = events(compact(interchange(ORDER)).replace("~", "\r\n").replace("*P*>", "*P*~"))[0]
    assert isinstance(start, InterchangeStart)
    assert start.header.delimiters == Delimiters("\r", "*", "~", None)


def test_repetition_separator_only_from_00402_on() -> None:
    def repetition(version: str) -> str | None:
        start = events(interchange(ORDER).replace("*U*00401*", f"*^*{version}*"))[0]
        assert isinstance(start, InterchangeStart)
        return start.header.delimiters.repetition

    assert [repetition(v) for v in ("00401", "00402", "00501")] == [None, "^", "^"]


def test_several_interchanges_and_groups() -> None:
    second = interchange(ORDER, ORDER).replace("GE*2*7~\n", "GE*2*7~\nGS*FA*A*BB*20260914*0930*8*X*004010~\nGE*0*8~\n")
    found = events(interchange(ORDER) + second.replace("IEA*1", "IEA*2"))
    assert names(found) == [
        *WHOLE, "InterchangeStart", "GroupStart", "TransactionCut", "TransactionCut", "GroupEnd", "GroupStart",
        "GroupEnd", "InterchangeEnd",
    ]  # fmt: skip
    assert all(codes(event) == [] for event in found)


def test_interchanges_may_have_their_own_delimiters() -> None:
    found = events(interchange(ORDER) + compact(interchange(ORDER)).replace("*", "|").replace("~", "\n"))
    assert [cut.interchange.delimiters.element for cut in cuts(found)] == ["*", "|"]


def test_ta1_inside() -> None:
    found = events(f"{ISA}\nTA1*000000041*260913*1200*A*000~\nIEA*0*000000042~\n")
    assert names(found) == ["InterchangeStart", "InterchangeAck", "InterchangeEnd"]
    ack = found[1]
    assert isinstance(ack, InterchangeAck)
    assert (ack.control_number, ack.date, ack.time, ack.code, ack.note) == ("000000041", "260913", "1200", "A", "000")
    assert codes(found[2]) == []


@pytest.mark.parametrize("junk", [b"\xef\xbb\xbf", b"\r\n \n", b"# exported by NISA-7\n", b"\x00\x00"])
def test_bytes_before_the_first_interchange(junk: bytes) -> None:
    found = events(junk + interchange(ORDER).encode())
    assert names(found) == ["Problem", *WHOLE]
    assert codes(found[0]) == [("bytes-outside-interchange", None, None)]
    assert found[0].position.offset == len(junk)


def test_bytes_between_and_after_interchanges() -> None:
    found = events(interchange(ORDER) + "end of mailbox\n" + interchange(ORDER) + "\x1a")
    assert names(found) == [*WHOLE, "Problem", *WHOLE, "Problem"]
    problem = found[5]
    assert isinstance(problem, Problem)
    assert problem.finding.offset == len(interchange(ORDER)) - 1
    assert problem.finding.value == "end of mailbox\nISA*0"


def test_last_segment_without_terminator() -> None:
    assert names(events(interchange(ORDER).rstrip("~\n"))) == WHOLE
    assert codes(events(interchange(ORDER).rstrip("~\n"))[-1]) == []


def test_missing_interchange_trailer() -> None:
    found = events(interchange(ORDER).replace("IEA*1*000000042~\n", ""))
    assert names(found) == WHOLE
    assert codes(found[-1]) == [("interchange-trailer-missing", "interchange", "023")]


def test_next_interchange_where_a_trailer_was_due() -> None:
    one = interchange(ORDER).replace("IEA*1*000000042~\n", "").replace("GE*1*7~\n", "")
    found = events(one + interchange(ORDER))
    assert names(found) == [*WHOLE, *WHOLE]
    assert codes(found[3]) == [("group-trailer-missing", "group", "3")]
    assert codes(found[4]) == [("interchange-trailer-missing", "interchange", "023")]


def test_missing_set_trailer() -> None:
    found = events(interchange(ORDER.replace("SE*17*0001~\n", ""), ORDER))
    assert names(found) == ["InterchangeStart", "GroupStart", "TransactionCut", "TransactionCut", *WHOLE[-2:]]
    assert [cut.segments for cut in cuts(found)] == [16, 17]
    assert cuts(found)[0].raw.endswith("CTT*2*30~")


def test_set_outside_of_a_group() -> None:
    text = interchange(ORDER).replace("GS*PO*MAPLE*NORTH*20260914*0930*7*X*004010~\n", "").replace("GE*1*7~\n", "")
    found = events(text.replace("IEA*1", "IEA*0"))
    assert names(found) == WHOLE
    assert codes(found[1]) == [("group-header-missing", "interchange", "024")]
    assert cuts(found)[0].group.version == "004010"
    assert codes(found[3]) == codes(found[4]) == []


@pytest.mark.parametrize(
    ("right", "wrong", "event", "expected"),
    [
        ("GE*1*7", "GE*2*7", 3, ("set-count-wrong", "group", "5", 1, "2", "1")),
        ("GE*1*7", "GE*1*8", 3, ("group-number-differs", "group", "4", 2, "8", "7")),
        ("IEA*1*0", "IEA*3*0", 4, ("group-count-wrong", "interchange", "021", 1, "3", "1")),
        ("*1*000000042~", "*1*43~", 4, ("interchange-number-differs", "interchange", "001", 2, "43", "000000042")),
    ],
)  # fmt: skip
def test_trailers_are_compared(right: str, wrong: str, event: int, expected: tuple[object, ...]) -> None:
    text = interchange(ORDER)
    found = events(text.replace(right, wrong))[event]
    assert isinstance(found, GroupEnd | InterchangeEnd)
    (finding,) = found.findings
    assert expected == (
        finding.code, finding.ack_level, finding.ack_code, finding.element, finding.value, finding.allowed,
    )  # fmt: skip
    assert finding.offset == text.index("GE*" if event == 3 else "IEA*")


def test_padding_of_control_numbers_does_not_matter() -> None:
    found = events(interchange(ORDER).replace("GE*1*7", "GE*1*0007").replace("IEA*1*000000042", "IEA*1*42"))
    assert [codes(event) for event in found] == [[]] * 5


def test_segments_outside_of_sets_are_not_silent() -> None:
    found = events(interchange(ORDER).replace("GE*1", "N1*ST*Nobody~\nN3*Nowhere~\nGE*1"))
    assert names(found) == [*WHOLE[:3], "Problem", *WHOLE[3:]]
    assert codes(found[3]) == [("segments-outside-set", "interchange", "024")]
    assert found[3].position.offset + 1 == found[4].position.offset - len("GE*1*7~")


def test_lines_wrapped_at_a_column() -> None:
    text = compact(interchange(ORDER))
    wrapped = "\r\n".join(text[i : i + 80] for i in range(0, len(text), 80))
    found = events(wrapped)
    assert names(found) == WHOLE
    (cut,) = cuts(found)
    read = read_set(cut.raw, cut.interchange.delimiters, cut.group.version)
    assert [finding.code for finding in read.findings] == ["line-break-in-segment"]
    assert read.root.loops["PO1"][1].value("PO1", 9) == "036000291452"


def test_a_wrapped_tag() -> None:
    found = events(compact(interchange(ORDER)).replace("~SE*17", "~S\r\nE*17").replace("~GE*", "~G\r\nE*"))
    assert names(found) == WHOLE


def test_doubled_terminators() -> None:
    found = events(interchange(ORDER).replace("~\nPO1", "~~\nPO1").replace("~\nGE", "~~~\nGE"))
    assert names(found) == WHOLE
    (cut,) = cuts(found)
    assert cut.segments == 17
    read = read_set(cut.raw, cut.interchange.delimiters, cut.group.version)
    assert [(f.code, f.severity) for f in read.findings] == [("empty-segment", "warning")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n\n", "empty"),
        (b"UN and so on", "not-edi"),
        (b"<?xml version='1.0'?><Order/>", "not-edi"),
        (b"GS*PO*A*B*20260914*0930*1*X*004010~ST*850*0001~", "not-edi"),
        (b"%PDF-1.4 and so on", "not-edi"),
        (b"ISA*00*          *00*      ", "not-edi"),
        (ISA[:-2].encode(), "header-incomplete"),
        (ISA.replace(">~", "~~").encode() + b"GS*PO~", "delimiters-unusable"),
        (ISA.replace(">~", ">*").encode() + b"GS*PO*", "delimiters-unusable"),
        (b"x" * 100_000 + ISA.encode(), "not-edi"),
    ],
)
def test_what_is_no_interchange(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        list(scan([data]))
    assert caught.value.finding.code == code
    assert caught.value.finding.severity == "fatal"


def test_a_later_header_that_cannot_be_used() -> None:
    found = events(interchange(ORDER) + interchange(ORDER).replace("*P*>~", "*P*~~") + interchange(ORDER))
    assert names(found) == [*WHOLE, "Problem", *WHOLE]
    assert codes(found[5]) == [("delimiters-unusable", "interchange", "022")]
    assert found[5].position.offset == 2 * len(interchange(ORDER))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("GS*PO*", "GS*POX*", "GS01 'POX' is no functional group"),
        ("GS*PO*", "GS**", "GS01 is missing"),
        ("*7*X*", "*ABC*X*", "GS06 'ABC' is no control number"),
        ("*7*X*", "*1234567890*X*", "GS06 '1234567890' is no control number"),
        ("*7*X*", "**X*", "GS06 is missing"),
    ],
)
def test_a_group_that_no_acknowledgement_can_name(right: str, wrong: str, said: str) -> None:
    start = events(interchange(ORDER).replace(right, wrong))[1]
    assert isinstance(start, GroupStart)
    [finding] = start.findings
    assert (finding.severity, finding.code, finding.message) == ("fatal", "group-header-invalid", said)


def test_an_oversized_set_is_passed_over() -> None:
    big = ORDER.replace("SE*17", "MSG*" + "x" * 5000 + "~\nSE*18").replace("0001~", "0002~")
    found = events(interchange(ORDER, big, ORDER), limit=2000)
    assert names(found) == [*WHOLE[:3], "TransactionDropped", *WHOLE[2:]]
    dropped = found[3]
    assert isinstance(dropped, TransactionDropped)
    assert (dropped.type, dropped.control_number, dropped.group.control_number) == ("850", "0002", "7")
    assert (dropped.start, dropped.length) == (interchange(ORDER).index("GE*"), len(big) - 1)
    assert dropped.finding.code == "set-too-large"
    assert dropped.finding.message == "transaction set 850 0002 is larger than the limit and was passed over"
    group_end = found[5]
    assert isinstance(group_end, GroupEnd)
    assert (group_end.received, group_end.findings) == (3, ())


def test_memory_does_not_grow_with_the_file() -> None:
    order = ORDER.encode()

    def chunks() -> Iterator[bytes]:
        yield interchange(ORDER).split("GE*")[0].encode()
        for _ in range(5000):
            yield order

    tracemalloc.start()
    count = sum(isinstance(event, TransactionCut) for event in scan(chunks()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 5001
    assert peak < 1_000_000  # of 2.6 MB that went through


def test_an_interchange_of_the_other_syntax_is_an_error() -> None:
    first = interchange().rstrip()
    text = first + "UNB+UNOA:1+A+B+260302:0900+1'UNZ+0+1'"
    [problem] = [event.finding for event in scan([text.encode()]) if isinstance(event, Problem)]
    assert (problem.severity, problem.offset) == (Severity.ERROR, len(first))
    assert problem.message == "what may be the beginning of another interchange was passed over"


@pytest.mark.parametrize(("odd", "count"), [("??'", 4), ("?''", 4), ("'", 3), (" '", 3), ("\n'\n'", 3)])
def test_a_message_has_as_many_segments_wherever_it_stands(odd: str, count: int) -> None:
    said = f"UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'{odd}UNT+{count}+1'"  # a regular one is cut at one look, the first never
    file = f"UNB+UNOA:2+A+B+260914:0930+1'{said * 2}UNZ+2+1'".encode()
    for size in (len(file), 7, 1):
        pieces = [file[n : n + size] for n in range(0, len(file), size)]
        assert [event.segments for event in scan(pieces) if isinstance(event, TransactionCut)] == [count, count]
