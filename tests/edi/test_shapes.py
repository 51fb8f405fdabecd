"""What rows of a segment were seen to look like, and that no pattern made of it takes what is wrong."""

import msgspec
import pytest

from b2bsync.edi import Delimiters, read_set
from b2bsync.edi.clean import Clean
from b2bsync.edi.judge import judge_set
from b2bsync.edi.shapes import Shape
from b2bsync.edi.standard import facts
from b2bsync.edi.walker import walk
from tests.edi.edifact_samples import COLONS
from tests.edi.samples import STARS

UNIT_SEPARATOR = Delimiters("~", "*", "\x1f")


def shape_of(tag: str, *rows: str) -> Shape:
    shape = Shape()
    for row in rows:
        shape.learn(row.split("*"), facts("004010").segment(tag).uses, ">")
    return shape


def test_a_shape_knows_lengths_and_what_was_filled() -> None:
    shape = shape_of("REF", "DP*044", "IA**text", "VR*1**ZZ>1", "CO**")
    assert shape.lengths == {1, 2, 3, 4}
    assert (shape.filled, shape.empty) == ({1, 2, 3, 4}, {2, 3})
    assert shape.parts[4].lengths == {2}


@pytest.mark.parametrize(
    ("rows", "settled"),
    [
        (["DP*044"], True),
        (["DP**text"], True),
        (["DP*044", "DP**text"], True),  # none ends with an empty position
        (["DP*044", "DP**text", "DP***ZZ>1"], False),  # which is empty in both 02 and 03
        (["DP"], False),
    ],
)
def test_a_relation_is_settled_where_no_row_like_these_can_break_it(rows: list[str], settled: bool) -> None:
    reference = facts("004010").segment("REF")  # R0203
    assert shape_of("REF", *rows).settles(reference.relations, reference.uses) is settled


def test_the_shortest_length_leaves_out_nothing_mandatory() -> None:
    assert shape_of("SCH", "10*EA***002").ends(facts("004010").segment("SCH").uses) == {6}


def order(*rows: str) -> str:
    """An 850 with rows behind BEG and one line, or before the line."""
    line = "PO1*1*10*EA"
    body = [*rows, line] if rows[0].startswith("MEA") else [line, *rows]
    return "~".join(["ST*850*0001", "BEG*00*SA*PO-1**20260914", *body, f"SE*{len(body) + 3}*0001~"])


@pytest.mark.parametrize(
    ("d", "learnt", "wrong", "code"),
    [
        (
            STARS,
            ["SCH*10*EA**X*002", "SCH*10*EA*ST*X*002", "SCH*10*EA*92**002", "SCH*10*EA***002"],  # SCH06 never
            ["SCH*10*EA*ST*X*002"],
            "mandatory-element-missing",
        ),
        (
            UNIT_SEPARATOR,
            ["MEA*WT*G*1*LB", "MEA*WT*G**LB\x1f1\x1f1*1*2*03*04", "MEA*WT*G**LB*1*2"],
            ["MEA*WT*G*1*LB\x1f1\x1f1****08"],
            "exclusion-broken",
        ),
        (STARS, ["PO1", "CTT*2*10"], ["PO1", "CTT*1*10"], "line-count-wrong"),
    ],
)
def test_what_was_learnt_makes_nothing_clean_that_is_wrong(
    d: Delimiters, learnt: list[str], wrong: list[str], code: str
) -> None:
    known = Clean(walk("004010", "850"), d)
    for _ in range(3):
        known.learn(read_set(order(*learnt), d, "004010", "850").root, order(*learnt))
    assert known.patterns is not None
    assert code in [finding.code for finding in read_set(order(*wrong), d, "004010", "850").findings]
    assert not known.is_clean(order(*wrong))


@pytest.mark.parametrize(
    ("raw", "d", "version", "type", "code"),
    [
        ("ST*850*0001~REF*DP*1~PO1*1*5*EA*1~CTT*1~SE*5*0001~", STARS, "004010", "850", "mandatory-segment-missing"),
        ("ST*810*0001~BIG*20260914*1~SE*3*0001~", STARS, "004010", "810", "mandatory-segment-missing"),
        (
            "UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'DTM+137:20260914:102'UNT+4+1'",
            COLONS,
            "D96A",
            "ORDERS",
            "mandatory-segment-missing",
        ),
    ],
)
def test_a_partner_who_never_sends_it_is_told_every_time(
    raw: str, d: Delimiters, version: str, type: str, code: str
) -> None:
    fresh = msgspec.structs.replace(d, element="|")  # with which nothing was learnt before
    raw = raw.replace(d.element, fresh.element)
    said = [judge_set(raw, fresh, version, type) for _ in range(8)]
    assert all(code in [finding.code for finding in each.findings] for each in said)
    assert all(each.findings == read_set(raw, fresh, version, type).findings for each in said)
