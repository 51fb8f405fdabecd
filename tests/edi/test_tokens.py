"""The bare segments, elements and components of a stream."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2bsync.edi import InterchangeEnd, Unreadable, scan, values
from b2bsync.edi.tokens import LONGEST_SEGMENT, components, segments
from tests.edi.edifact_samples import COLONS, UNB
from tests.edi.samples import INVOICE, ISA, ORDER, interchange

BLOCK = 64 * 1024  # what is read at a time
UNZ = "UNZ+1+M42'"
GS, GE, IEA = "GS*PO*MAPLE*NORTH*20260914*0930*7*X*004010~", "GE*1*7~", "IEA*1*000000042~"


def rows(text: str) -> list[str]:
    """The segments of a stream, elements behind bars."""
    return ["|".join(row) for row in segments([text.encode("latin-1")])]


def parts(text: str) -> list[list[list[str]]]:
    """What stands between the headers and trailers."""
    return list(components([text.encode("latin-1")]))[1:-1]


# X12


def test_segments_and_elements() -> None:
    found = list(segments([interchange(ORDER).encode()]))
    assert found[0][:3] == ["ISA", "00", "          "]
    assert found[0][13:] == ["000000042", "0", "P", ">"]
    assert found[3] == ["BEG", "00", "SA", "MM-7001", "", "20260914"]
    assert found[-1] == ["IEA", "1", "000000042"]
    assert len(found) == 21


def test_components() -> None:
    assert parts(f"{ISA}MEA*PD*5*KG>1>*~{IEA}") == [[["MEA"], ["PD"], ["5"], ["KG", "1", ""], [""]]]


def test_components_without_a_separator() -> None:
    text = ISA.replace("*>~", "*~") + "\nN1*ST*a>b~\n" + IEA
    assert parts(text) == [[["N1"], ["ST"], ["a>b"]]]


@pytest.mark.parametrize(
    "text",
    [
        "N1*ST~N3*12 Orchard Lane~N4~",
        "N1*ST~\nN3*12 Orchard Lane~\nN4~\n",
        "N1*ST~\r\nN3*12 Orchard Lane~\r\nN4~\r\n\r\n",
        "N1*ST~  N3*12 Orchard Lane~\tN4~ ",
        "~N1*ST~~N3*12 Orchard Lane~ \n~N4~~",
        "N1*\nST~N3*12 Orch\r\nard Lane~N\n4~",
    ],
)
def test_blanks_and_line_breaks(text: str) -> None:
    assert rows(f"{ISA}{text}{IEA}")[1:-1] == ["N1|ST", "N3|12 Orchard Lane", "N4"]


@pytest.mark.parametrize("terminator", ["\n", "\r", "\r\n", "\r\n\r\n"])
def test_line_breaks_as_terminators(terminator: str) -> None:
    text = f"{ISA}N1*ST~ N3*12 Orchard Lane~N4~{IEA}".replace("~", terminator)
    assert rows(text)[1:] == ["N1|ST", "N3|12 Orchard Lane", "N4", "IEA|1|000000042"]


def test_a_segment_may_begin_with_any_other_character() -> None:
    assert rows(f"{ISA}\xa0N1*\x85 ST~ N3~{IEA}")[1:-1] == ["\xa0N1|\x85 ST", "N3"]


def test_the_last_segment_may_have_no_terminator() -> None:
    assert rows(f"{ISA}N1*ST~N4")[1:] == ["N1|ST", "N4"]
    assert rows(f"{ISA}N1*ST~{IEA[:-1]}")[1:] == ["N1|ST", "IEA|1|000000042"]


def test_interchanges_one_behind_the_other() -> None:
    first, second = f"{ISA}N1*ST~{IEA}", f"{ISA}N1*BY~{IEA}".translate(str.maketrans("~*>", "!|:"))
    wanted = [["N1", "ST"], ["IEA", "1", "000000042"], ["N1", "BY"], ["IEA", "1", "000000042"]]
    for between in ("", "\n", "what * is ~ this ~"):
        found = list(segments([f"{first}{between}{second}".encode()]))
        assert [row for row in found if row[0] != "ISA"] == wanted
    without_trailer = list(segments([f"{ISA}N1*ST~\n{second}".encode()]))
    assert [row[:2] for row in without_trailer] == [
        ["ISA", "00"], ["N1", "ST"], ["ISA", "00"], ["N1", "BY"], ["IEA", "1"],
    ]  # fmt: skip


def test_names_of_envelopes_in_values() -> None:
    text = "N1*IEA*ISA~MSG*ISA*00*VISA IEA*~MSG* ISA~"
    assert rows(f"{ISA}{text}{IEA}")[1:-1] == ["N1|IEA|ISA", "MSG|ISA|00|VISA IEA|", "MSG| ISA"]


# EDIFACT


def test_released_characters() -> None:
    text = "FTX+AAI+++Ring twice?: dog?'s a??b?+:?c??'LIN+1++a??'QTY+?:'"
    ftx, lin, qty = parts(f"{UNB}{text}{UNZ}")
    assert ftx == [["FTX"], ["AAI"], [""], [""], ["Ring twice: dog's a?b+", "c?"]]
    assert lin == [["LIN"], ["1"], [""], ["a?"]]
    assert qty == [["QTY"], [":"]]


def test_released_characters_are_marked_in_segments() -> None:
    _, ftx, _ = segments([f"{UNB}FTX+a?+b:c?:d'{UNZ}".encode()])
    assert ftx[0] == "FTX"
    assert values(ftx, 1, COLONS) == ["a+b", "c:d"]


def test_a_release_character_at_the_very_end() -> None:
    assert list(components([f"{UNB}LIN+1?".encode()]))[1:] == [[["LIN"], ["1?"]]]


@pytest.mark.parametrize("una", ["", "UNA:+.? '", "UNA:+.? '\r\n", "UNA:+.? 'UNA:+.? '"])
def test_service_string_advice_is_no_segment(una: str) -> None:
    assert [row[0] for row in segments([f"{una}{UNB}LIN+1'{UNZ}".encode()])] == ["UNB", "LIN", "UNZ"]


def test_delimiters_of_the_advice() -> None:
    text = f"{UNB}FTX+a?+b:c'{UNZ}".translate(str.maketrans("+:?'", "|^\\~"))
    assert parts(f"UNA^|.\\ ~{text}") == [[["FTX"], ["a|b", "c"]]]


def test_messages_in_no_interchange() -> None:
    assert list(components([b"UNH+1+ORDERS:D'LIN+1'"])) == [[["UNH"], ["1"], ["ORDERS", "D"]], [["LIN"], ["1"]]]


def plainly(text: str) -> list[list[list[str]]]:
    """EDIFACT character by character: nothing is done for speed."""
    found: list[list[list[str]]] = []
    row, begun = [[""]], False
    characters = iter(text)
    for character in characters:
        if character == "?":
            character = next(characters, "?")
            while character in "\r\n":  # the file was wrapped there
                character = next(characters, "?")
        elif character == "'":
            if begun:
                found.append(row)
            row, begun = [[""]], False
            continue
        elif character in "+:":
            row.append([""]) if character == "+" else row[-1].append("")
            begun = True
            continue
        if character in "\r\n" or (character == " " and not begun):
            continue
        row[-1][-1] += character
        begun = True
    return [*found, row] if begun else found


@given(
    text=st.text("A1+:''??\n\r ä", max_size=60),
    long=st.sampled_from(["", "LIN+1+" + "x" * 4000 + "'"]),
    more=st.text("A1+:''?? ", max_size=20),
)
def test_as_character_by_character(text: str, long: str, more: str) -> None:
    """With a release character among few others and among many, which are read in different ways."""
    body = f"{text}'{long}{more}'"
    data = f"{UNB}{body}{UNZ}".encode("latin-1")
    assert list(components([data])) == plainly(f"{UNB}{body}{UNZ}")
    found = [[values(row, n, COLONS) for n in range(len(row))] for row in segments([data])]
    assert found == plainly(f"{UNB}{body}{UNZ}")


# streams


def cut(data: bytes) -> Iterator[bytes]:
    return (data[at : at + 1024] for at in range(0, len(data), 1024))


def shifted(head: str, long: str, tail: str) -> Iterator[bytes]:
    """A stream in which every place of ``tail`` is once the first that is read with the second block."""
    for place in range(len(tail)):
        long_enough = BLOCK - len(head) - len(long) - 1 - place
        yield f"{head}{long[:-1]}{'x' * long_enough}{long[-1]}{tail}".encode("latin-1")


def test_blocks_of_x12_end_anywhere() -> None:
    second = (ISA + "N1*BY~\n" + IEA).translate(str.maketrans("~*>", "!|:"))
    tail = f"~\n{GE} {IEA} N9*lost~\n{ISA}N1*ST~{second}"
    wanted = ["MSG", "GE", "IEA", "ISA", "N1", "ISA", "N1", "IEA"]
    for data in shifted(ISA + GS, "MSG*~", tail):
        assert [row[0] for row in segments(cut(data))] == ["ISA", "GS", *wanted]


def test_blocks_of_edifact_end_anywhere() -> None:
    tail = f"'FTX+a??' FTX+b?'????+c???''\n{UNZ} lost'UNA^|.\\ ~UNB|UNOC^3|A|B|260914^0930|1~FTX|a\\~?~"
    for data in shifted(UNB, "FTX+'", tail):
        found = [(row[0][0], row[-1][-1]) for row in components(cut(data))]
        assert found[2:] == [("FTX", "a?"), ("FTX", "c?'"), ("UNZ", "M42"), ("UNB", "1"), ("FTX", "a~?")]


def test_as_many_segments_as_a_scan_finds() -> None:
    data = (interchange(ORDER * 40) + interchange(INVOICE)).encode()
    assert sum(event.segments for event in scan([data]) if isinstance(event, InterchangeEnd)) == len(
        list(segments(cut(data)))
    )


@pytest.mark.parametrize("data", [b"", b"\r\n", b"Dear sir,", b"<cXML/>", b"ST*850*0001~"])
def test_what_is_no_interchange(data: bytes) -> None:
    with pytest.raises(Unreadable):
        list(segments([data]))


def test_a_segment_without_end() -> None:
    found = segments(cut(ISA.encode() + b"N1*ST~" + b"x" * (LONGEST_SEGMENT + BLOCK)))
    assert [next(found)[0], next(found)[0]] == ["ISA", "N1"]
    with pytest.raises(Unreadable):
        next(found)
