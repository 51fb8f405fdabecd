"""Separators where they separate nothing: in values without components, alone at a position, behind a line break."""

import pytest

from b2bsync.edi import Delimiters, facts, read_set
from b2bsync.edi.checks import checks_of
from b2bsync.edi.faults import faults
from b2bsync.edi.inspection import inspect
from tests.edi import edifact_samples
from tests.edi.edifact_samples import COLONS
from tests.edi.samples import ORDER, STARS, compact

EDIFACT_ORDER = compact(edifact_samples.ORDER)
SYNTAX_4 = Delimiters("'", "+", ":", "*", "?", ".")


def test_a_component_separator_in_a_text_of_x12_is_a_warning() -> None:
    text = compact(ORDER).replace("Seed trays", "Seed > trays")
    (finding,) = read_set(text, STARS, "004010").findings
    assert (finding.severity, finding.code, finding.ack_level, finding.ack_code) == (
        "warning", "too-many-components", "element", "13",
    )  # fmt: skip
    assert (finding.segment, finding.element, finding.value) == (14, 5, "Seed > trays")


def test_a_component_separator_in_a_value_of_edifact_is_an_error() -> None:
    text = EDIFACT_ORDER.replace("BGM+220+MM-7001", "BGM+220+MM-7001:2")
    (finding,) = read_set(text, COLONS, "D96A").findings
    assert (finding.severity, finding.code, finding.ack_level, finding.ack_code) == (
        "error", "too-many-components", "element", "16",
    )  # fmt: skip
    assert (finding.segment, finding.element, finding.value) == (2, 2, "MM-7001:2")


def test_a_released_one_is_part_of_the_value() -> None:
    assert read_set(EDIFACT_ORDER.replace("MM-7001", "MM?:7001"), COLONS, "D96A").findings == ()


@pytest.mark.parametrize(
    ("tag", "values", "expected"),
    [
        ("LIN", ["1:2"], [("too-many-components", 1)]),
        ("LIN", ["1:1234567"], [("too-many-components", 1)]),
        ("LIN", ["1234567:1"], [("too-many-components", 1), ("element-too-long", 1)]),
        ("BGM", ["220", "A", ":"], [("too-many-components", 3)]),
        ("QTY", ["::"], [("trailing-separator", 1), ("mandatory-element-missing", 1)]),
        ("QTY", ["21:5::"], [("trailing-separator", 1)]),
        ("NAD", ["BY", ":::"], [("trailing-separator", 2)]),
    ],
)
def test_in_edifact(tag: str, values: list[str], expected: list[tuple[str, int]]) -> None:
    segment = facts("D96A").segment(tag)
    assert [(f.code, f.element) for f in faults(segment, [tag, *values], COLONS, "EDIFACT")] == expected
    assert checks_of(segment, "EDIFACT")[len(values) + 1]([tag, *values], ":")


def test_repetition_separators_alone_are_no_value() -> None:
    segment = facts("D01B").segment("QTY")
    found = faults(segment, ["QTY", "*:*"], SYNTAX_4, "EDIFACT")
    assert [(f.code, f.element) for f in found] == [("trailing-separator", 1), ("mandatory-element-missing", 1)]


def test_without_a_component_separator_nothing_is_one() -> None:
    bare = Delimiters("~", "*", "")
    text = compact(ORDER).replace("Seed trays", "Seed > trays")
    assert read_set(text, bare, "004010").findings == ()


# wrapped between a release character and what it releases


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("released", ["?'", "?:", "?+", "??"])
def test_a_line_break_behind_a_release_character(released: str, line_break: str) -> None:
    whole = EDIFACT_ORDER.replace("50 m ?+ needle", f"50 m {released} needle")
    wrapped = whole.replace(f"{released} needle", f"?{line_break}{released[1]} needle")
    expected = read_set(whole, COLONS, "D96A")
    assert expected.findings == ()
    found = read_set(wrapped, COLONS, "D96A", start=100)
    assert [(f.severity, f.code, f.segment) for f in found.findings] == [("warning", "line-break-in-segment", 11)]
    assert found.findings[0].offset == 100 + wrapped.index("IMD")
    assert found.root == expected.root


def test_offsets_behind_it_are_right() -> None:
    wrapped = EDIFACT_ORDER.replace("?'s", "?\r\n's").replace("UNT+19", "UNT+18")
    first, last = read_set(wrapped, COLONS, "D96A").findings
    assert (first.code, first.segment) == ("line-break-in-segment", 5)
    assert (last.code, last.segment, last.offset) == ("segment-count-wrong", 19, wrapped.index("18+1'"))


def test_a_released_release_character_at_the_end_of_a_line_releases_nothing() -> None:
    text = EDIFACT_ORDER.replace("50 m ?+ needle", "50 m ??\n needle")
    found = read_set(text, COLONS, "D96A")
    assert [(f.code, f.segment) for f in found.findings] == [("line-break-in-segment", 11)]
    assert found.root.loops["SG25"][0].value("IMD", 3) == ":::Garden twine 50 m \ue000 needle"


# notes of the right list


def test_segments_outside_of_messages_have_the_note_of_their_syntax() -> None:
    found = inspect([b"UNB+UNOC:3+A:14+B:14+260914:0930+1'LIN+1'", b"UNZ+0+1'"])
    (stray,) = [p for p in found.problems if p.code == "segments-outside-set"]
    assert stray.ack_level == "interchange"


def test_messages_that_are_too_large_have_the_note_of_their_syntax() -> None:
    text = edifact_samples.interchange(edifact_samples.ORDER)
    (large,) = [p for p in inspect([text.encode()], limit=300).problems if p.code == "set-too-large"]
    assert (large.ack_level, large.ack_code, large.tag) == ("set", "18", "UNH")
    assert large.message == "message ORDERS 1 is larger than the limit and was passed over"


def test_an_unknown_directory_has_the_note_of_its_syntax() -> None:
    (finding,) = read_set(EDIFACT_ORDER.replace("D:96A", "X:1"), COLONS, "X1").findings
    assert (finding.code, finding.ack_level, finding.ack_code) == ("version-unknown", "set", "14")
