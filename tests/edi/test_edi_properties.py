"""Whatever the bytes and however they come: round trips, chunking, resuming, and no crash."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from b2bsync.edi import (
    Delimiters,
    Event,
    Identity,
    Loop,
    Position,
    Problem,
    TransactionCut,
    Unreadable,
    Unwritable,
    read_set,
    scan,
    set_rows,
    write_set,
    writer,
)
from b2bsync.edi.writing import Policy, X12Sending
from b2bsync.edi.writing.x12 import Group, Set, write_x12
from tests.edi.samples import INVOICE, ISA, ORDER, RESPONSE, SHIPMENT, STARS, compact, interchange

# trees

TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters="~*>"), min_size=1)
WORD = TEXT.filter(lambda text: text.strip() == text and text != "")
NUMBER = st.decimals(min_value=0, max_value=99999, places=2).map(lambda number: format(number, "f"))


@st.composite
def order(draw: st.DrawFn) -> Loop:
    """An 850 with everything that the standard lets vary here."""
    root = Loop()
    root.add("BEG", ["00", "SA", draw(WORD.map(lambda t: t[:22].strip() or "1")), None, "20260914"])
    for value in draw(st.lists(WORD, max_size=3)):
        root.add("REF", ["DP", value[:30].strip() or "1"])
    for name in draw(st.lists(WORD, max_size=3)):
        party = root.loop("N1")
        party.add("N1", ["ST", name[:60].strip() or "1"])
        if draw(st.booleans()):
            party.add("N3", [name[:55].strip() or "1"])
    for number in range(1, draw(st.integers(1, 5)) + 1):
        line = root.loop("PO1")
        line.add("PO1", [str(number), draw(NUMBER), "EA", draw(NUMBER)])
        for text in draw(st.lists(WORD, max_size=2)):
            line.loop("PID").add("PID", ["F", "", "", "", text[:80].strip() or "1"])
    if draw(st.booleans()):
        root.loop("CTT").add("CTT", [str(number)])
    return root


@given(
    root=order(), delimiters=st.sampled_from([STARS, Delimiters("\n", "*", ">"), Delimiters("\x1c", "*", ">", None)])
)
def test_what_is_written_is_read_again(root: Loop, delimiters: Delimiters) -> None:
    text = write_set("850", "004010", "0001", root, delimiters)
    sending = X12Sending(
        sender=Identity("ZZ", "NORTHSUPPLY"), receiver=Identity("ZZ", "MAPLEMARKET"), application_sender="NORTH",
        application_receiver="MAPLE", delimiters=delimiters, policy=Policy(),
    )  # fmt: skip
    rows = set_rows("850", "004010", root, delimiters)
    data = b"".join(write_x12(sending, 42, [Group(7, [Set("850", rows)])], datetime(2026, 9, 14)))
    assert text.encode() in data
    (cut,) = [event for event in scan([data]) if isinstance(event, TransactionCut)]
    result = read_set(cut.raw, cut.interchange.delimiters, cut.group.version)
    assert result.findings == ()
    for tag in ("ST", "SE"):
        del result.root.segments[tag]
    assert result.root == root


VALUES = st.sampled_from(
    ["", "1", "EA", "-1.5", "1E+2", "20260914", "20260231", "a*b", "a~b", "KG>1", "two\nlines", "x" * 90, "\u00a0", "Ä"]
)


@st.composite
def damaged(draw: st.DrawFn) -> Loop:
    """An 850 with which nothing, something or much is wrong."""
    root = draw(order())
    for _ in range(draw(st.integers(0, 3))):
        loop = draw(st.sampled_from(list(root.walk())))
        tags = [*loop.segments, "MEA", "CUR", "ZZZ", "N1", "ST", "FOB"]
        match draw(st.integers(0, 7)):
            case 0:
                loop.set(draw(st.sampled_from(tags)), draw(st.integers(1, 12)), draw(VALUES))
            case 1:
                loop.add(draw(st.sampled_from(tags)), draw(st.lists(VALUES, max_size=6)))
            case 2:
                loop.loop(draw(st.sampled_from(["N1", "PID", "CTT", "REF", "ZZZ"])))
            case 3:
                loop.segments.pop(draw(st.sampled_from(tags)), None)
            case 4:
                loop.segments[draw(st.sampled_from(tags))] = []
            case 5:
                loop.loops[draw(st.sampled_from(["N1", "PO1", "SAC"]))] = []
            case 6:
                loop.unknown.append(["ZZZ", "1"])
            case _:
                loop.add("MEA", ["PD", "WT", "5", draw(st.sampled_from(["KG>1", "KG>x", "KG", "KG*1"]))])
    return root


@given(
    root=damaged(),
    delimiters=st.sampled_from([STARS, Delimiters("\n", "*", ">", "^"), Delimiters("~", "*", "")]),
    keep=st.booleans(),
)
@settings(max_examples=400)
def test_the_short_way_out_says_what_the_long_one_says(root: Loop, delimiters: Delimiters, keep: bool) -> None:
    plan = writer._plan("004010", "850")
    short, long = writer._Gathering(delimiters, keep), writer._Writing(delimiters, keep)
    try:
        right = short.loop(plan, root)
    except Exception:
        right = False
    try:
        long.loop(plan, root)
    except Unwritable:
        assert not right
    else:
        assert not right or short.rows == long.rows


# streams

MAILBOX = (
    "\ufeff".encode()
    + interchange(ORDER, SHIPMENT).encode()
    + b"between\n"
    + compact(interchange(INVOICE)).replace("*", "|").replace("~", "\r\n").encode()
    + interchange(RESPONSE).replace("GE*1*7~\n", "N1*stray~").replace("IEA*1*000000042~\n", "").encode()
    + f"{ISA}TA1*000000041*260913*1200*A*000~ST*850*0001~XX*~GE*1*1~IEA*1*42~".encode()
    + interchange(ORDER).replace("*P*>~", "*P*~~").encode()
    + interchange(ORDER).encode()[:-40]
)


def pieces(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[one:two] for one, two in pairwise(places)]


def found(chunks: list[bytes], at: Position | None = None, limit: int = 1 << 20) -> list[Event]:
    return list(scan(chunks, at, limit=limit))


@given(cuts=st.lists(st.integers(0, 10_000), max_size=40), limit=st.sampled_from([300, 400, 1 << 20]))
def test_chunks_do_not_matter(cuts: list[int], limit: int) -> None:
    assert found(pieces(MAILBOX, cuts), limit=limit) == found([MAILBOX], limit=limit)


def test_single_bytes_and_large_streams() -> None:
    data = MAILBOX * 300  # many times what is read at once
    whole = found([data])
    assert len(whole) > 5000
    assert found([data[i : i + 1] for i in range(len(data))]) == whole
    assert found([data[i : i + 100_003] for i in range(0, len(data), 100_003)]) == whole


@pytest.mark.parametrize("missing", range(12))
def test_a_header_across_the_end_of_what_was_read(missing: int) -> None:
    """A window reads 65,536 bytes at a time; the second interchange begins just before its end."""
    first = interchange(ORDER).encode()
    data = first + b"x" * (65_536 - len(first) - missing) + first
    events = found([data[i : i + 1] for i in range(len(data))])
    assert [event.start for event in events if isinstance(event, TransactionCut)] == [151, 65_536 - missing + 151]


def test_every_position_can_be_resumed() -> None:
    for limit in (300, 1 << 20):
        whole = found([MAILBOX], limit=limit)
        assert len(whole) > 20
        for number, event in enumerate(whole):
            kept = msgspec.json.decode(msgspec.json.encode(event.position), type=Position)
            assert found([MAILBOX[kept.offset :]], kept, limit) == whole[number + 1 :]


def test_the_mailbox_is_understood() -> None:
    whole = found([MAILBOX])
    cuts = [event for event in whole if isinstance(event, TransactionCut)]
    assert [cut.type for cut in cuts] == ["850", "856", "810", "855", "850", "850"]
    assert [event.finding.code for event in whole if isinstance(event, Problem)] == [
        "bytes-outside-interchange",
        "bytes-outside-interchange",
        "segments-outside-set",
        "delimiters-unusable",
    ]
    for cut in cuts:
        assert cut.raw.encode("latin-1") == MAILBOX[cut.start : cut.start + cut.length]


# damage


def survive(data: bytes) -> None:
    """Scan and read; anything but Unreadable is a failure. Every byte is accounted for by positions that only grow."""
    offset = 0
    try:
        for event in scan([data], limit=2000):
            assert event.position.offset >= offset
            offset = event.position.offset
            if isinstance(event, TransactionCut):
                result = read_set(event.raw, event.interchange.delimiters, event.group.version, start=event.start)
                for finding in result.findings:
                    assert finding.offset is None or 0 <= finding.offset <= len(data)
                rows = sum(len(loop.unknown) + sum(map(len, loop.segments.values())) for loop in result.root.walk())
                assert rows == event.segments
    except Unreadable as error:
        assert offset == 0
        assert error.finding.severity == "fatal"


@given(data=st.binary(max_size=300))
def test_random_bytes(data: bytes) -> None:
    survive(data)


@given(data=st.binary(max_size=300))
@example(b"GS*~ST*850~~SE~GE~IEA~")
def test_random_bytes_after_a_header(data: bytes) -> None:
    survive(ISA.encode() + data)


FRAGMENTS = ["ISA*", "GS*PO*A*B*20260101*1200*1*X*004010~", "GE*1*1~", "IEA*1*1~", "ST*850*0001~", "SE*1*0001~", "~",
             "*", ">", "\n", " ", "PO1*1*1*EA~", "HL*1**S~", "HL*1*1*O~", "BEG*00*SA*1**20260101~", "N1*ST*A~", "ZZZ~",
             "st*", ISA, "\x00", "é", "SE", "LS*A~", "LE*A~", "CTT*1~"]  # fmt: skip


@given(parts=st.lists(st.sampled_from(FRAGMENTS), max_size=30))
@settings(max_examples=300)
def test_fragments_in_any_order(parts: list[str]) -> None:
    survive((ISA + "".join(parts)).encode())


@given(
    sample=st.sampled_from([ORDER, RESPONSE, SHIPMENT, INVOICE]),
    place=st.integers(0, 2000),
    removed=st.integers(0, 30),
    put=st.sampled_from(["", "~", "*", "A", "1", ".", "-", ">", "\n", "\x07", "~~", "~SE*", "é"]),
)
@settings(max_examples=300)
def test_damaged_sets(sample: str, place: int, removed: int, put: str) -> None:
    text = interchange(sample)
    at = place % len(text)
    survive((text[:at] + put + text[at + removed :]).encode())


@given(
    raw=st.text(max_size=200), delimiters=st.sampled_from([STARS, Delimiters("\n", "|", ""), Delimiters("é", "*", ":")])
)
def test_any_text_can_be_read_as_a_set(raw: str, delimiters: Delimiters) -> None:
    result = read_set("ST" + delimiters.element + "850" + raw, delimiters, "004010")
    assert result.findings != ()
