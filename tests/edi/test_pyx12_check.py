"""pyx12 as second judge: what exactly it says of broken sets (so that no upgrade goes unnoticed), and its guards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2bsync.edi import CodecError, Delimiters, LoopRule, MessageGrammar, grammar, read_set
from b2bsync.edi.pyx12_check import LIMIT, Opinion, Pyx12Check, differences, disagreements, rows
from b2bsync.vocabulary.findings import Finding, Severity
from tests.edi.samples import ACKNOWLEDGEMENT, INVOICE, ORDER, RESPONSE, SHIPMENT, STARS, compact

WITH_CARETS = Delimiters("~", "*", ">", "^")
LINE = "PO1*1*24*EA*3.75*PE*BP*77-100"
BODY = ORDER[ORDER.index("PO1*1") : ORDER.index("CTT")]


def ask(text: str, version: str = "004010", delimiters: Delimiters = STARS) -> tuple[Opinion, ...]:
    return Pyx12Check(version, text[3:6]).run(rows(text, delimiters), delimiters)


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old), old
    return text.replace(old, new, 1)


def places(opinions: tuple[Opinion, ...]) -> list[str]:
    """``4 REF02 2``: segment, what is wrong there, code."""
    parts = [(f"{o.element:02d}" if o.element else "") + (f"-{o.component}" if o.component else "") for o in opinions]
    return [f"{o.segment} {o.tag}{part} {o.code}" for o, part in zip(opinions, parts, strict=True)]


@pytest.mark.parametrize("text", [ORDER, RESPONSE, SHIPMENT, INVOICE, ACKNOWLEDGEMENT])
def test_good_sets_have_no_opinions(text: str) -> None:
    assert ask(text) == ask(compact(text)) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("BEG*00*SA*MM-7001**20260914~\n", "", "2 BEG 3"),
        (BODY, "", "11 PO1 3"),
        ("CUR*BY*USD~", "CUR*BY*USD~CUR*BY*USD~", "4 CUR 5"),
        ("CTT*2*30~", "CTT*2*30~CTT*2*30~", "17 CTT 4"),
        ("PID*F****Seed trays", "ZZ9*1", "14 ZZ9 1"),
        ("PID*F****Seed trays", "BIG*20260928*1", "14 BIG 1"),
        ("PID*F****Seed trays", "BEG*00*SA*1**20260914", "14 BEG 2"),
        ("ST*850*0001", "XX*850*0001", "1 XX 1"),
        ("ST*850*0001", "ST*850*01", "1 ST02 4"),
        ("BEG*00*SA", "BEG**SA", "2 BEG01 1"),
        ("BEG*00*SA", "BEG*9Z*SA", "2 BEG01 7"),
        ("**20260914~", "**20260931~", "2 BEG05 8"),
        ("**20260914~", "**260914~", "2 BEG05 4"),
        ("**20260914~", "**20260914*******ZZ*99*1~", "2 BEG13 3"),
        ("CUR*BY*USD", "CUR*BY*US", "3 CUR02 4"),
        ("CUR*BY*USD", "CUR*BY*USDX", "3 CUR02 5"),
        ("REF*DP*044", "REF*DP", "4 REF02 2"),
        ("PER*BD*R. Finch*TE*5550100", "PER*BD*R. Finch**5550100", "5 PER03 2"),
        ("DTM*002*20260928~\nN1", "DTM*002~\nN1", "6 DTM02 2"),
        ("DTM*002*20260928~\nN1", "DTM*002*20260928*2561~\nN1", "6 DTM03 9"),
        ("N1*BY*Maple Market*92*HQ", "N1*BY*Maple Market*92", "7 N104 2"),
        ("N3*12 Orchard Lane", "N3", "9 N301 1"),
        ("N4*Dover*DE", "N4*D*DE", "10 N401 4"),
        (LINE, "PO1*1*2X*EA*3.75*PE*BP*77-100", "11 PO102 6"),
        (LINE, "PO1*1*24*EA*1E3*PE*BP*77-100", "11 PO104 6"),
        (LINE, "PO1*1*24*EA**PE*BP*77-100", "11 PO104 2"),
        (LINE, "PO1*1*24*EA*3.75*PE*BP*", "11 PO107 2"),
        ("Seed trays", "Seed\x07trays", "14 PID05 6"),
        ("Seed trays", "Seed\x7ftrays", "14 PID05 6"),
        ("SE*17*0001", "SE*1X*0001", "17 SE01 6"),
    ],
)
def test_what_is_wrong_with_an_order(old: str, new: str, expected: str) -> None:
    assert places(ask(changed(ORDER, old, new))) == [expected]


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        (SHIPMENT, "HL*3*2*P~", "HL*3*2~", "12 HL03 1"),
        (SHIPMENT, "*20260927*1415*", "*20260927*14:15*", "2 BSN04 9"),
        (SHIPMENT, "TD1*CTN25*2", "TD1*CTN25", "4 TD102 2"),
        (SHIPMENT, "TD5*B*2*XPOF", "TD5*B", "5 TD502 2"),
        (SHIPMENT, "MAN*GM", "MAN*", "13 MAN01 1"),
        (SHIPMENT, "SN1*1*20*EA", "SN1*1*20*E", "16 SN103 4"),
        (SHIPMENT, "REF*BM*BL900", "REF*BM*BL900**CNCN>1", "6 REF04-1 5"),
        (SHIPMENT, "REF*BM*BL900", "REF*BM*BL900**CN>1>DP>2>IA>3>4", "6 REF04-7 3"),
        (INVOICE, "TDS*7500~\n", "", "9 TDS 3"),
        (INVOICE, "TDS*7500", "TDS*75.00", "9 TDS01 6"),
        (INVOICE, "ITD*01*3*2**10**30", "ITD*01*3*2", "5 ITD04 2"),
        (RESPONSE, "ACK*IR*6*CS", "ACK*IR*6", "8 ACK03 2"),
        (ACKNOWLEDGEMENT, "AK5*E*5~\n", "", "6 AK5 3"),
        (ACKNOWLEDGEMENT, "AK9*E*1*1*1", "AK9*E*1*1", "7 AK904 1"),
    ],
)
def test_what_is_wrong_with_other_sets(text: str, old: str, new: str, expected: str) -> None:
    assert places(ask(changed(text, old, new))) == [expected]


def test_an_opinion_in_full() -> None:
    (opinion,) = ask(changed(SHIPMENT, "REF*BM*BL900", "REF*BM*BL900**CNCN>1"))
    assert (opinion.segment, opinion.tag, opinion.level, opinion.code) == (6, "REF", "element", "5")
    assert (opinion.element, opinion.component, opinion.reference, opinion.value) == (4, 1, "128", "CNCN")


def test_a_second_header() -> None:
    text = changed(ORDER, "PID*F****Seed trays", "ST*850*0002")
    assert places(ask(text))[0] == "14 ST 4"
    assert disagreements(read_set(text, STARS, "004010").findings, ask(text)) == ()


# Guards: what pyx12 refuses wrongly, does not see, or fails at


@pytest.mark.parametrize("text", ["Gärtner-Schnur", "Ficelle à jardin ", "^`", "Σχοινί", "園芸用ひも"])
def test_letters_and_blanks_are_no_fault(text: str) -> None:
    raw = changed(ORDER, "Seed trays", text).encode().decode("latin-1")
    assert ask(raw) == ()
    assert read_set(raw, STARS, "004010").findings == ()


def test_a_decimal_point_at_the_end_is_no_fault() -> None:
    assert ask(changed(ORDER, "*3.75*", "*3.*")) == ()
    assert places(ask(changed(ORDER, "*3.75*", "*3..*"))) == ["11 PO104 6"]


def test_mandatory_segments_of_a_loop_that_begins_again_at_once() -> None:
    text = changed(ACKNOWLEDGEMENT, "AK2*855*0007~", "AK2*855*0006~AK2*855*0007~")
    assert places(ask(text)) == ["4 AK5 3"]
    assert disagreements(read_set(text, STARS, "004010").findings, ask(text)) == ()


def test_repetitions_are_judged_one_by_one() -> None:
    """004010 has none; in 005010 PO107 may not repeat, which only we say."""
    text = changed(ORDER, "*77-100*", "*77-100^" + "X" * 49 + "*")
    opinions = ask(text, "005010", WITH_CARETS)
    assert [(o.segment, o.element, o.code, o.value) for o in opinions] == [(11, 7, "5", "X" * 49)]
    found = differences(read_set(text, WITH_CARETS, "005010").findings, opinions)
    assert [difference.reason for difference in found] == ["repetition-too-often"]


def test_an_interchange_without_a_component_separator() -> None:
    text = changed(SHIPMENT, "REF*BM*BL900", "REF*BM*BL900**CN>1")
    assert places(ask(text, delimiters=Delimiters("~", "*", ""))) == ["6 REF04-1 5", "6 REF04-2 1"]


def test_segments_that_pyx12_fails_at_are_told() -> None:
    sent = rows(ORDER, STARS)
    sent[3] = []
    (opinion,) = Pyx12Check("004010", "850").run(sent, STARS)
    assert (opinion.segment, opinion.level, opinion.message) == (4, "engine", "IndexError: list index out of range")
    assert [d.reason for d in differences((), [opinion])] == ["engine"]


def test_opinions_are_bounded() -> None:
    sent = rows(ORDER, STARS)
    assert len(Pyx12Check("004010", "850").run([*sent[:3], *[["ZZ9"]] * 1000, *sent[3:]], STARS)) == LIMIT == 100


TAGS = st.sampled_from(["ST", "BEG", "REF", "N1", "PO1", "PID", "CTP", "CTT", "SE", "ZZ9", "", "beg", "É"])
VALUES = st.text(alphabet="A1*~>^.- \x00\té", max_size=6)


@given(st.lists(st.tuples(TAGS, st.lists(VALUES, max_size=30)).map(lambda r: [r[0], *r[1]]), max_size=12))
def test_it_never_fails(sent: list[list[str]]) -> None:
    for delimiters in (STARS, WITH_CARETS, Delimiters("~", "*", "")):
        for opinion in Pyx12Check("004010", "850").run([["ST", "850", "0001"], *sent], delimiters):
            assert opinion.level in ("segment", "element")


# Maps


def test_versions_and_sets_without_facts() -> None:
    assert Pyx12Check("004010VICS", "850").run(rows(ORDER, STARS), STARS) == ()
    for version, type in (("003040", "850"), ("004010", "899")):
        with pytest.raises(CodecError):
            Pyx12Check(version, type)


def test_a_narrowed_set() -> None:
    """What a guide takes away, pyx12 takes away as well: here the parties of the header."""
    whole = grammar("004010").message("850")
    kept = [item for item in whole.root.items if not isinstance(item, LoopRule) or item.id in ("PO1", "CTT")]
    root = LoopRule("", (), True, 1, tuple(kept))
    narrowed = MessageGrammar(whole.version, whole.type, whole.group, root)
    check = Pyx12Check("004010", "850", narrowed)
    assert places(check.run(rows(ORDER, STARS), STARS)) == ["7 N1 2", "8 N1 2", "9 N3 2", "10 N4 2"]


def test_maps_written_by_hand() -> None:
    for text in (ORDER, SHIPMENT):
        assert Pyx12Check.written("004010", text[3:6]).run(rows(text, STARS), STARS) == ()
    order = changed(ORDER, "BEG*00*SA", "BEG**SA")
    assert places(Pyx12Check.written("004010", "850").run(rows(order, STARS), STARS)) == ["2 BEG01 1"]
    with pytest.raises(CodecError):
        Pyx12Check.written("004010", "810")


# Agreement


def compared(text: str) -> list[str]:
    return [difference.reason for difference in differences(read_set(text, STARS, "004010").findings, ask(text))]


@pytest.mark.parametrize(
    ("old", "new", "reasons"),
    [
        ("PID*F****Seed trays", "ZZ9*1", []),
        (LINE, "PO1*1*-*EA*3.75*PE*BP*77-100", []),
        ("SE*17*0001", "SE*18*0002", ["segment-count-wrong", "control-number-differs"]),
        ("SE*17*0001~", "", ["set-trailer-missing"]),
        ("036000291452", "036000291453", ["check-digit-wrong"]),
        ("CUR*BY*USD", "CUR*BY*USD**", ["trailing-separator"]),
        ("Seed trays", "Seed>trays", ["separator-in-value"]),
        ("**20260914~", "**10660101~", ["early-date"]),
        ("BEG*00*SA", "BEG*000*SA", ["same-value"]),
        ("REF*DP*044", "REF*DP*044**>1", ["first-component"]),
        ("REF*DP*044", "REF*DP*044**CN>1>IA", ["composite-relation"]),
    ],
)
def test_known_differences(old: str, new: str, reasons: list[str]) -> None:
    assert compared(changed(ORDER, old, new)) == reasons
    assert disagreements(read_set(ORDER, STARS, "004010").findings, ask(ORDER)) == ()


def finding(code: str, ack_level: str, **place: int | str) -> Finding:
    return Finding(severity=Severity.ERROR, code=code, message="", ack_level=ack_level, **place)  # type: ignore[arg-type]


def test_what_only_one_of_the_two_says_is_a_disagreement() -> None:
    ours = finding("element-too-long", "element", segment=4, tag="REF", element=2)
    theirs = Opinion(segment=4, tag="REF", level="element", code="5", element=2)
    assert disagreements([ours], [theirs]) == ()
    assert [d.said for d in disagreements([ours], [])] == [ours]
    assert [d.said for d in disagreements([], [theirs])] == [theirs]
    for other in (
        Opinion(segment=5, tag="REF", level="element", code="5", element=2),
        Opinion(segment=4, tag="REF", level="element", code="5", element=3),
        Opinion(segment=4, tag="REF", level="element", code="4", element=2),
    ):
        assert [d.said for d in disagreements([ours], [other])] == [ours, other]


def test_places_are_compared_up_to_the_first_difference() -> None:
    """Behind a segment that the other judge also finds out of place, each goes on in its own way."""
    unknown = finding("segment-unknown", "segment", segment=4, tag="ZZ9")
    late = finding("segment-out-of-order", "segment", segment=9, tag="N1")
    theirs = Opinion(segment=4, tag="ZZ9", level="segment", code="1")
    assert disagreements([unknown, late], [theirs]) == ()
    assert [d.reason for d in differences([unknown, late], [theirs])] == ["recovery"]
    assert [d.said for d in disagreements([unknown, late], [])] == [unknown, late]
    early = finding("segment-out-of-order", "segment", segment=3, tag="N1")
    assert [d.said for d in disagreements([early, unknown], [theirs])] == [early]
