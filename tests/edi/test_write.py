"""set_rows, write_set and X12Writer: what leaves is right, and what cannot be right is refused with its place."""

from collections.abc import Callable
from datetime import datetime

import msgspec
import pytest

from b2bsync.edi import Delimiters, Identity, Loop, TransactionCut, Unwritable, read_set, scan, set_rows, write_set
from b2bsync.edi.writing import Policy, X12Sending, X12Writer
from b2bsync.edi.writing.x12 import Group, Set, write_x12
from b2bsync.vocabulary.findings import Finding
from tests.edi.samples import (
    ACKNOWLEDGEMENT,
    INVOICE,
    ORDER,
    RESPONSE,
    SHIPMENT,
    STARS,
    compact,
)


def order() -> Loop:
    """A small 850, put together in no particular order."""
    root = Loop()
    root.loop("CTT").add("CTT", ["1"])
    line = root.loop("PO1")
    line.loop("PID").add("PID", ["F", None, "", "", "Seed trays", ""])
    line.add("PO1", ["1", "6", "CS", "41.2", None, "BP", "77-210"])
    party = root.loop("N1")
    party.add("N3", ["12 Orchard Lane"])
    party.add("N1", ["ST", "Maple Market", "92", "0012"])
    root.add("REF", ["DP", "044"])
    root.add("BEG", ["00", "SA", "MM-7002", "", "20260914"])
    return root


def test_segments_leave_in_the_standards_order() -> None:
    assert write_set("850", "004010", "12", order(), STARS) == compact("""\
ST*850*0012~
BEG*00*SA*MM-7002**20260914~
REF*DP*044~
N1*ST*Maple Market*92*0012~
N3*12 Orchard Lane~
PO1*1*6*CS*41.2**BP*77-210~
PID*F****Seed trays~
CTT*1~
SE*9*0012~
""")


@pytest.mark.parametrize(
    ("type", "text"),
    [("850", ORDER), ("855", RESPONSE), ("856", SHIPMENT), ("810", INVOICE), ("997", ACKNOWLEDGEMENT)],
)
def test_what_was_read_is_written_the_same(type: str, text: str) -> None:
    result = read_set(text, STARS, "004010")
    assert write_set(type, "004010", result.control_number, result.root, STARS) == compact(text)


def test_other_delimiters() -> None:
    text = write_set("850", "004010", "12", order(), Delimiters("\n", "|", "^"))
    assert text.startswith("ST|850|0012\nBEG|00|SA|MM-7002||20260914\n")
    assert text.endswith("SE|9|0012\n")


def change(tag: str, position: int, value: str) -> Callable[[Loop], None]:
    def apply(root: Loop) -> None:
        for loop in root.walk():
            if tag in loop.segments:
                loop.set(tag, position, value)

    return apply


def refusal(type: str, root: Loop, delimiters: Delimiters = STARS) -> Finding:
    with pytest.raises(Unwritable) as caught:
        write_set(type, "004010", "0001", root, delimiters)
    return caught.value.finding


@pytest.mark.parametrize(
    ("tag", "position", "value", "code", "segment", "loop"),
    [
        ("PID", 5, "5 * 10 cm", "delimiter-in-value", 7, "PO1/PID"),
        ("PID", 5, "about~ten", "delimiter-in-value", 7, "PO1/PID"),
        ("PID", 5, "size > 10", "delimiter-in-value", 7, "PO1/PID"),
        ("PID", 5, "two\nlines", "character-invalid", 7, "PO1/PID"),
        ("PID", 5, "bell\x07", "character-invalid", 7, "PO1/PID"),
        ("PID", 5, "x" * 81, "element-too-long", 7, "PO1/PID"),
        ("PO1", 2, "six", "number-invalid", 6, "PO1"),
        ("PO1", 3, "CASE", "element-too-long", 6, "PO1"),
        ("PO1", 4, "1E+2", "number-invalid", 6, "PO1"),
        ("PO1", 7, "", "relation-broken", 6, "PO1"),
        ("BEG", 1, "", "mandatory-element-missing", 2, None),
        ("BEG", 5, "20260231", "date-invalid", 2, None),
        ("REF", 1, "D", "element-too-short", 3, None),
        ("CTT", 8, "1", "too-many-elements", 8, "CTT"),
    ],
)
def test_values_that_cannot_be_sent(
    tag: str, position: int, value: str, code: str, segment: int, loop: str | None
) -> None:
    root = order()
    change(tag, position, value)(root)
    finding = refusal("850", root)
    assert (finding.code, finding.tag, finding.segment, finding.loop) == (code, tag, segment, loop)
    assert finding.element == position


def test_the_relation_names_the_missing_half() -> None:
    root = order()
    change("PO1", 7, "")(root)
    finding = refusal("850", root)
    assert (finding.element, finding.reference) == (7, "234")
    assert finding.message == "PO107: relation P0607: all of these or none of them"


def test_a_segment_without_values() -> None:
    root = order()
    root.add("FOB", ["", None])
    assert (refusal("850", root).code, refusal("850", root).tag) == ("segment-empty", "FOB")


def test_a_missing_segment() -> None:
    root = order()
    del root.segments["BEG"]
    finding = refusal("850", root)
    assert (finding.code, finding.tag) == ("mandatory-segment-missing", "BEG")


def test_a_missing_loop() -> None:
    root = order()
    del root.loops["PO1"]
    finding = refusal("850", root)
    assert (finding.code, finding.tag) == ("mandatory-loop-missing", "PO1")


def test_a_loop_without_its_first_segment() -> None:
    root = order()
    del root.loops["N1"][0].segments["N1"]
    finding = refusal("850", root)
    assert (finding.code, finding.tag, finding.loop) == ("mandatory-segment-missing", "N1", "N1")


def test_a_segment_without_a_place() -> None:
    root = order()
    root.loops["N1"][0].add("TDS", ["100"])
    finding = refusal("850", root)
    assert (finding.code, finding.tag, finding.loop) == ("segment-not-in-set", "TDS", "N1")


def test_a_loop_where_a_segment_belongs_and_the_reverse() -> None:
    root = order()
    root.loop("REF").add("REF", ["DP", "1"])
    assert refusal("850", root).code == "loop-not-in-set"
    root = order()
    root.add("N1", ["ST", "Somebody"])
    assert refusal("850", root).code == "segment-not-in-set"
    root = order()
    root.loops["N9"] = [Loop("N9")]
    del root.loops["N9"]
    root.segments["N9"] = [["N9", "L1", "1"]]
    finding = refusal("850", root)
    assert finding.code == "segment-not-in-set"
    assert finding.message == "segment 'N9' has no place in the set outside of loops"


def test_unknown_segments_are_not_sent() -> None:
    root = order()
    root.unknown.append(["ZZZ", "1"])
    assert refusal("850", root).code == "segment-not-in-set"


def test_too_many() -> None:
    root = order()
    root.add("CUR", ["BY", "USD"])
    root.add("CUR", ["SE", "USD"])
    finding = refusal("850", root)
    assert (finding.code, finding.tag, finding.allowed) == ("segment-too-often", "CUR", "1 times")


def test_too_many_loops() -> None:
    root = order()
    for _ in range(26):
        root.loop("SAC").add("SAC", ["C", "D240", "", "", "100"])
    finding = refusal("850", root)
    assert (finding.code, finding.tag, finding.allowed) == ("loop-too-often", "SAC", "25 times")


@pytest.mark.parametrize(("type", "version"), [("899", "004010"), ("850", "nonsense")])
def test_unknown_sets_and_versions(type: str, version: str) -> None:
    with pytest.raises(Unwritable):
        write_set(type, version, "0001", order(), STARS)


def test_composites_may_hold_the_component_separator() -> None:
    root = order()
    root.loops["PO1"][0].add("MEA", ["PD", "WT", "5", "KG>1"])
    assert "MEA*PD*WT*5*KG>1~" in write_set("850", "004010", "0001", root, STARS)
    root.loops["PO1"][0].set("MEA", 4, "KG>x")
    finding = refusal("850", root)
    assert (finding.tag, finding.element, finding.component, finding.code) == ("MEA", 4, 2, "number-invalid")


def test_the_tree_given_is_not_changed() -> None:
    root, same = order(), order()
    write_set("850", "004010", "0001", root, STARS)
    assert root == same


# interchanges

SENDING = X12Sending(
    sender=Identity("ZZ", "NORTHSUPPLY"),
    receiver=Identity("ZZ", "MAPLEMARKET"),
    application_sender="NORTH",
    application_receiver="MAPLE",
    delimiters=STARS,
)
AT = datetime(2026, 9, 14, 9, 30)


def written(sending: X12Sending = SENDING, *roots: Loop, keep: bool = False) -> str:
    """An interchange of 850s, each written by itself."""
    writer = X12Writer(sending)
    d = sending.delimiters
    sets = [
        writer.set(Set("850", set_rows("850", sending.version, root, d, keep=keep)), place)
        for place, root in enumerate(roots, 1)
    ]
    return b"".join(write_x12(sending, 42, [Group(7, sets, "PO")], AT)).decode()


def test_an_interchange_of_sets_that_were_written_one_by_one() -> None:
    assert (
        written(SENDING, order())
        == """\
ISA*00*          *00*          *ZZ*NORTHSUPPLY    *ZZ*MAPLEMARKET    *260914*0930*U*00401*000000042*0*P*>~
GS*PO*NORTH*MAPLE*20260914*0930*7*X*004010~
ST*850*0001~
BEG*00*SA*MM-7002**20260914~
REF*DP*044~
N1*ST*Maple Market*92*0012~
N3*12 Orchard Lane~
PO1*1*6*CS*41.2**BP*77-210~
PID*F****Seed trays~
CTT*1~
SE*9*0001~
GE*1*7~
IEA*1*000000042~
"""
    )


def test_sets_count_in_their_group() -> None:
    text = written(SENDING, order(), order())
    assert [line for line in text.splitlines() if line[:2] in ("ST", "SE", "GE")] == [
        "ST*850*0001~",
        "SE*9*0001~",
        "ST*850*0002~",
        "SE*9*0002~",
        "GE*2*7~",
    ]
    cuts = [event for event in scan([text.encode()]) if isinstance(event, TransactionCut)]
    assert [cut.control_number for cut in cuts] == ["0001", "0002"]


def test_a_group_that_begins_with_a_written_set_needs_its_code() -> None:
    data = X12Writer(SENDING).set(Set("850", set_rows("850", "004010", order(), STARS)))
    with pytest.raises(Unwritable, match="name the code of its group"):
        list(write_x12(SENDING, 42, [Group(7, [data])], AT))


def test_rows_keep_empty_positions_where_they_are_wanted() -> None:
    root = order()
    assert set_rows("850", "004010", root, STARS)[5] == ["PID", "F", "", "", "", "Seed trays"]
    assert set_rows("850", "004010", root, STARS, keep=True)[5] == ["PID", "F", "", "", "", "Seed trays", ""]
    kept = msgspec.structs.replace(SENDING, policy=Policy(suffix="\n", trailing="keep"))
    assert "PID*F****Seed trays*~\n" in written(kept, root, keep=True)


def test_composites_are_taken_apart() -> None:
    root = order()
    root.loops["PO1"][0].add("MEA", ["PD", "WT", "5", "KG>1"])
    assert set_rows("850", "004010", root, STARS)[5] == ["MEA", "PD", "WT", "5", ("KG", "1")]
    bars = msgspec.structs.replace(SENDING, delimiters=Delimiters("~", "*", "|"))
    rows = set_rows("850", "004010", root, STARS)
    assert b"MEA*PD*WT*5*KG|1~" in X12Writer(bars).set(Set("850", rows))


def test_a_replacement_character_takes_the_place_of_delimiters() -> None:
    root = order()
    change("PID", 5, "5 * 10 > 7")(root)
    sending = msgspec.structs.replace(SENDING, policy=Policy(suffix="\n", replacement="-"))
    assert "PID*F****5 - 10 - 7~" in written(sending, root)


def test_characters_beyond_ascii() -> None:
    root = order()
    change("PID", 5, "Gärtnerschnur")(root)
    assert "Gärtnerschnur" in written(SENDING, root)
    basic = Policy(characters="basic", outside="simplify", replacement=" ")
    upper = msgspec.structs.replace(SENDING, policy=basic)
    assert "PID*F****GARTNERSCHNUR~" in written(upper, root)
    refusing = msgspec.structs.replace(SENDING, policy=Policy(characters="basic"))
    with pytest.raises(Unwritable) as caught:
        written(refusing, root)
    assert (caught.value.finding.code, caught.value.finding.tag) == ("character-invalid", "N1")


@pytest.mark.parametrize(
    ("changes", "element"),
    [
        ({"sender": Identity("ZZ", "A" * 16)}, 6),
        ({"sender": Identity("Z", "A")}, 5),
        ({"receiver": Identity("ZZ", "")}, 8),
        ({"interchange_version": "401"}, 12),
        ({"delimiters": Delimiters("~", "*", "*")}, 16),
        ({"delimiters": Delimiters("~", "A", ">")}, 16),
        ({"delimiters": Delimiters("~", "*", "")}, 16),
        ({"delimiters": Delimiters("\xa6", "*", ">")}, 16),
    ],
)
def test_headers_that_cannot_be_sent(changes: dict[str, object], element: int) -> None:
    sending: X12Sending = msgspec.structs.replace(SENDING, **changes)
    with pytest.raises(Unwritable) as caught:
        list(write_x12(sending, 42, [], AT))
    assert (caught.value.finding.tag, caught.value.finding.element) == ("ISA", element)
