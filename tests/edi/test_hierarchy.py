"""HL of X12: numbers, parents, kinds of level and the code that says whether others lie below."""

import pytest

from b2bsync.edi import read_set
from b2bsync.vocabulary.findings import Finding
from tests.edi.samples import STARS


def judged(levels: str, structure: str = "", type: str = "856") -> list[Finding]:
    """Findings on a set with such levels, ``1//S/1`` being HL01 to HL04."""
    rows = ["HL*" + level.replace("/", "*").rstrip("*") for level in levels.split()]
    head = {
        "856": "BSN*00*SH5001*20260927*1415" + f"*{structure}" * bool(structure),
        "857": f"BHT*{structure or '0004'}*00*1*20260927",
        "870": "BSR*2*PP*1*20260927",
    }[type]
    text = "~".join([f"ST*{type}*0003", head, *rows, f"SE*{len(rows) + 3}*0003~"])
    return [f for f in read_set(text, STARS, "004010").findings if f.tag == "HL"]


def told(levels: str, structure: str = "", type: str = "856") -> list[str]:
    """Severity, code, which HL (from 1) and which of its elements."""
    return [f"{f.severity} {f.code} {(f.segment or 0) - 2} {f.element}" for f in judged(levels, structure, type)]


@pytest.mark.parametrize(
    ("structure", "levels"),
    [
        ("", "1//S 2/1/O 3/2/I 4/2/I 5/1/O 6/5/I"),
        ("", "1//S 2/1/O 3/2/P 4/3/I 5/2/P 6/5/I"),
        ("", "1//S 2/1/O 3/2/T 4/3/P 5/4/I"),
        ("", "1//S 2/1/T 3/2/O 4/3/P 5/4/I"),
        ("", "1//S 2/1/P 3/2/O 4/3/I"),
        ("", "1//S 2/1/O 3/2/I 4/3/P 5/3/P"),
        ("", "1//S 2//S"),
        ("0001", "1//S 2/1/O 3/2/T 4/3/P 5/4/I"),
        ("0001", "1//S 2/1/O 3/2/I"),  # nothing is packed
        ("0001", "1//S 2/1/O 3/2/P 4/3/P 5/4/I"),  # packs within a pack
        ("0002", "1//S 2/1/O 3/2/I 4/3/P"),
        ("0003", "1//S 2/1/T 3/2/P 4/3/O 5/4/I"),
        ("0004", "1//S 2/1/O 3/2/I"),
        ("ZZZZ", "1//S 2/1/P 3/2/O 4/3/I"),
        ("", "1//S 2/1/E 3/2/O 4/3/X 5/4/I"),  # of other kinds nothing is known
    ],
)
def test_structures_that_are_in_use(structure: str, levels: str) -> None:
    assert told(levels, structure) == []


def test_numbers_and_parents() -> None:
    assert told("1//S 3/1/O") == ["warning hierarchy-number-unexpected 2 1"]
    assert told("1//S 2/1/O 2/1/O") == ["error hierarchy-number-repeated 3 1"]
    assert told("1//S 2/3/O 3/1/O") == ["error hierarchy-parent-unknown 2 2"]
    assert told("1/1/S 2/1/O") == ["error hierarchy-parent-unknown 1 2"]


def test_a_level_without_one_above() -> None:
    (finding,) = judged("1//S 2//O 3/2/I")
    assert (finding.code, finding.severity, finding.element) == ("hierarchy-parent-missing", "error", 2)
    assert (finding.segment, finding.ack_level, finding.ack_code, finding.reference) == (4, "element", "2", "734")
    assert told("1//O 2/1/I") == ["error hierarchy-parent-missing 1 2"]


def test_the_levels_below_one_stand_together() -> None:
    assert told("1//S 2/1/O 3/2/I 4/1/O 5/2/I 6/4/I") == ["warning hierarchy-parent-closed 5 2"]
    assert told("1//S 2//S 3/1/O") == ["warning hierarchy-parent-closed 3 2"]


@pytest.mark.parametrize(
    ("structure", "levels", "expected"),
    [
        ("", "1//S 2/1/I 3/2/O", "error hierarchy-level-unexpected 3 3"),
        ("", "1//S 2/1/O 3/2/O", "error hierarchy-level-unexpected 3 3"),
        ("", "1//S 2/1/O 3/2/S", "error hierarchy-level-unexpected 3 3"),
        ("0004", "1//S 2/1/O 3/2/P", "warning hierarchy-level-unexpected 3 3"),
        ("0001", "1//S 2/1/P 3/2/O", "warning hierarchy-level-unexpected 3 3"),
        ("0003", "1//S 2/1/O 3/2/P", "warning hierarchy-level-unexpected 3 3"),
        ("", "1//S 2/1/O 3/2/P 4/3/I 5/1/P 6/5/O", "warning hierarchy-level-unexpected 6 3"),  # two structures in one
    ],
)
def test_a_level_below_the_wrong_one(structure: str, levels: str, expected: str) -> None:
    assert told(levels, structure) == [expected]


def test_what_might_have_stood_there() -> None:
    (finding,) = judged("1//S 2/1/O 3/2/P", "0004")
    assert finding.message == "level P does not lie below level O in structure 0004"
    assert (finding.value, finding.allowed, finding.reference) == ("P", "I", "735")


def test_whether_others_lie_below() -> None:
    assert told("1//S/1 2/1/O/1 3/2/I/0") == []
    assert told("1//S/1 2/1/O/0 3/2/I/1") == [
        "warning hierarchy-child-code-wrong 2 4",
        "warning hierarchy-child-code-wrong 3 4",
    ]
    first, second = judged("1//S/1 2/1/O/0 3/2/I/1")
    assert (first.value, first.allowed, second.value, second.allowed) == ("0", "1", "1", "0")


def test_other_sets_with_levels() -> None:
    assert told("1//S 2/1/O 3/2/P 4/3/I", "0001", "857") == []
    assert told("1//S 2/1/I 3/2/O", "0001", "857") == ["error hierarchy-level-unexpected 3 3"]
    assert told("1//O 2/1/I 3//O 4/3/I", type="870") == []
    assert told("1//I 2/1/O", type="870") == ["error hierarchy-level-unexpected 2 3"]


def test_thousands_of_levels() -> None:
    levels = ["1//S", *(f"{n}/{n - 1}/P" for n in range(2, 3001)), *(f"{n}/1/O" for n in range(3001, 6001))]
    assert judged(" ".join(levels)) == []
