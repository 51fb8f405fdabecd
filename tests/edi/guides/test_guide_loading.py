"""Guides from files: what they say, what they extend, and how every mistake is told."""

from pathlib import Path

import pytest

from b2bsync.edi.guides import Guides, Occurrence, Place, Qualifier, Spot, load
from b2bsync.vocabulary.findings import Severity
from b2bsync.vocabulary.settings import SettingsError
from tests.edi.guides.guide_files import MAPLE, ORCHARD, guide

HEAD = 'standard = "x12"\nversion = "004010"\ntype = "850"\n'
ORDERS = 'standard = "edifact"\nversion = "D96A"\ntype = "ORDERS"\n'


def mistakes(folder: Path, text: str) -> list[str]:
    """What is said of a file, its path left out."""
    with pytest.raises(SettingsError) as caught:
        guide(folder, text)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_a_guide(tmp_path: Path) -> None:
    loaded = guide(tmp_path, MAPLE)
    assert (loaded.name, loaded.title) == ("maple", "Maple Market: purchase orders")
    assert (loaded.standard, loaded.version, loaded.facts, loaded.type) == ("x12", "004010", "004010", "850")
    ship_to = Qualifier("N101=ST", (Spot(1),), ("ST",))
    assert loaded.occurrences[2] == Occurrence(
        place=Place(("N1",), ((ship_to,),), "N1", opens=True), minimum=1, maximum=1
    )
    assert str(loaded.occurrences[2].place) == "N1 with N101=ST"
    assert loaded.occurrences[1].note == "the department pays"
    assert loaded.occurrences[-1].severity is Severity.WARNING
    number = loaded.contents[1]
    assert (number.mandatory, number.shortest, number.longest, number.pattern) == (True, 4, 13, "[0-9]+")
    assert loaded.fits("004010VICS", "850") and not loaded.fits("005010", "850") and not loaded.fits("004010", "855")


@pytest.mark.parametrize(
    ("text", "path", "tag", "spots"),
    [
        ("BEG", (), "BEG", []),
        ("N1", ("N1",), "N1", []),
        ("N1.N1", ("N1",), "N1", []),
        ("PO1.PID", ("PO1", "PID"), "PID", []),
        ("PO1/N1/N3", ("PO1", "N1"), "N3", []),
        ("BEG03", (), "BEG", [(3, None)]),
        ("N104", ("N1",), "N1", [(4, None)]),
        ("N1.N104", ("N1",), "N1", [(4, None)]),
        ("PO1.PID05", ("PO1", "PID"), "PID", [(5, None)]),
        ("PO1.PID.PID05", ("PO1", "PID"), "PID", [(5, None)]),
        ("PO1.MEA04.1", ("PO1",), "MEA", [(4, 1)]),
        ("PO1.MEA.C001", ("PO1",), "MEA", [(4, None)]),
        ("PO1.MEA.C001.355", ("PO1",), "MEA", [(4, n) for n in (1, 4, 7, 10, 13)]),
        ("PO1.355", ("PO1",), "PO1", [(3, None)]),
        ("PO1.235", ("PO1",), "PO1", [(n, None) for n in range(6, 25, 2)]),
        ("PO123..PO125", ("PO1",), "PO1", [(23, None), (24, None), (25, None)]),
        ("G62", None, "", []),
    ],
)
def test_places_in_x12(
    tmp_path: Path, text: str, path: tuple[str, ...] | None, tag: str, spots: list[tuple[int, int | None]]
) -> None:
    if path is None:
        assert mistakes(tmp_path, f'{HEAD}[rules]\n{text} = "used"')[0].startswith(
            f"maple.toml: rules.{text}: there is no G62 in the message itself; allowed: "
        )
        return
    loaded = guide(tmp_path, f'{HEAD}[rules]\n"{text}" = "used"')
    (rule,) = (*loaded.occurrences, *loaded.contents)
    assert (rule.place.path, rule.place.tag, list(rule.place.spots)) == (path, tag, spots)


@pytest.mark.parametrize(
    ("text", "path", "tag", "spots"),
    [
        ("BGM", (), "BGM", []),
        ("SG2", ("SG2",), "NAD", []),
        ("SG2.NAD", ("SG2",), "NAD", []),
        ("SG25.SG28.PRI", ("SG25", "SG28"), "PRI", []),
        ("SG28", ("SG25", "SG28"), "PRI", []),
        ("BGM.1004", (), "BGM", [(2, None)]),
        ("SG2.3035", ("SG2",), "NAD", [(1, None)]),
        ("SG2.NAD.C082.3039", ("SG2",), "NAD", [(2, 1)]),
        ("SG2.NAD02.1", ("SG2",), "NAD", [(2, 1)]),
        ("DTM.C507", (), "DTM", [(1, None)]),
        ("DTM.C507.2380", (), "DTM", [(1, 2)]),
        ("DTM.2380", (), "DTM", [(1, 2)]),
        ("SG25.PIA.7143", ("SG25",), "PIA", [(n, 2) for n in range(2, 7)]),
    ],
)
def test_places_in_edifact(
    tmp_path: Path, text: str, path: tuple[str, ...], tag: str, spots: list[tuple[int, int | None]]
) -> None:
    loaded = guide(tmp_path, f'{ORDERS}[rules]\n"{text}" = "used"')
    (rule,) = (*loaded.occurrences, *loaded.contents)
    assert (rule.place.path, rule.place.tag, list(rule.place.spots)) == (path, tag, spots)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    assert mistakes(
        tmp_path,
        HEAD
        + """
titel = "Maple"
[rules]
BEG99 = "used"
BEG01 = { code = ["00"] }
N3 = "mandatory"
"PO1.PIDD" = "used"
CUR = "unusd"
REF = { maximum = "one" }
N1.N3 = { mandatory = true }
""",
    ) == [
        "maple.toml: titel: is not a known key; allowed: standard, version, type, title, "
        'extends, closed, severity, extra, rules; did you mean "title"?',
        "maple.toml: rules.BEG99: BEG has 12 elements, so there is no BEG99; allowed: BEG01, BEG12",
        "maple.toml: rules.BEG01.code: is not a known key; allowed: used, mandatory, codes, "
        'length, pattern, example, severity, note; did you mean "codes"?',
        "maple.toml: rules.N3: there is no N3 in the message itself; allowed: N1.N3, SPI.N1.N3, "
        "PO1.N1.N3, PO1.SLN.N1.N3",
        'maple.toml: rules."PO1.PIDD": there is no PIDD in loop PO1; allowed: PO1, LIN, SI, CUR, '
        "CN1, PO3, CTP, PAM, MEA, PID, PWK, PO4, REF, PER, SAC, IT8, CSH, ITD, DIS, INC, TAX, "
        "FOB, SDQ, IT3, DTM, TC2, TD1, TD5, TD3, TD4, PCT, MAN, MSG, SPI, TXI, CTB, QTY, SCH, "
        'PKG, LS, …; did you mean "PID"?',
        "maple.toml: rules.CUR: is 'unusd'; allowed: mandatory, unused, used, a table; did you mean \"unused\"?",
        "maple.toml: rules.REF.maximum: is 'one'; allowed: a whole number from 1",
        'maple.toml: rules.N1: holds N3: write the place in quotes, "N1.N3"',
    ]
    assert mistakes(
        tmp_path,
        HEAD
        + """
[rules]
BEG99 = "used"
BEG01 = { code = ["00"] }
N3 = "mandatory"
CTT.CTTX = "used"
CUR = "unusd"
REF = { maximum = "one" }
"PER[PER01=BD" = "used"
"PER[PER01]" = "used"
"PER[PER19=BD]" = "used"
"TAX[TAX01.1=BD]" = "used"
N1.N3 = { mandatory = true }
""",
    ) == [
        "maple.toml: rules.BEG99: BEG has 12 elements, so there is no BEG99; allowed: BEG01, BEG12",
        "maple.toml: rules.BEG01.code: is not a known key; allowed: used, mandatory, codes, "
        'length, pattern, example, severity, note; did you mean "codes"?',
        "maple.toml: rules.N3: there is no N3 in the message itself; allowed: N1.N3, SPI.N1.N3, "
        "PO1.N1.N3, PO1.SLN.N1.N3",
        'maple.toml: rules.CTT: holds CTTX: write the place in quotes, "CTT.CTTX"',
        "maple.toml: rules.CUR: is 'unusd'; allowed: mandatory, unused, used, a table; did you mean \"unused\"?",
        "maple.toml: rules.REF.maximum: is 'one'; allowed: a whole number from 1",
        "maple.toml: rules.\"PER[PER01=BD\": 'PER[PER01=BD' is no segment, loop or element such as "
        "N1, SG2, BEG03 or DTM[DTM01=002]",
        'maple.toml: rules."PER[PER01]": [PER01] is no test such as [DTM01=002], [N101=BY|ST] or [REF01!=CT]',
        'maple.toml: rules."PER[PER19=BD]": [PER19=BD]: PER has 9 elements, so there is no '
        "PER19; allowed: PER01, PER09",
        'maple.toml: rules."TAX[TAX01.1=BD]": [TAX01.1=BD]: TAX01 is no composite, so there is no .1 in it',
        'maple.toml: rules.N1: holds N3: write the place in quotes, "N1.N3"',
    ]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('standard = "x13"\nversion = "004010"\ntype = "850"', ["standard", "rules.BEG99", "rules.CUR.minimun"]),
        ('version = "004010"\ntype = "850"\nclosed = "yes"',
         ["closed", "standard", "rules.BEG99", "rules.CUR.minimun"]),
        ('standard = "x12"\nversion = "004010"', ["type", "rules.CUR.minimun"]),
        ('standard = "x12"\nversion = "D96A"\ntype = "850"', ["version", "rules.CUR.minimun"]),
        ('standard = "x13"\nversion = "now"\ntype = "850"', ["standard", "rules.CUR.minimun"]),
    ],
)  # fmt: skip
def test_a_wrong_head_hides_no_wrong_rule(tmp_path: Path, head: str, said: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        guide(tmp_path, f'{head}\n[rules]\nBEG99 = "used"\nCUR = {{ minimun = 1 }}\n')
    assert [problem.key for problem in caught.value.problems] == said


def test_a_guide_that_extends_itself_is_not_advised_to(tmp_path: Path) -> None:
    (tmp_path / "maples.toml").write_text(HEAD)
    assert mistakes(tmp_path, HEAD + 'extends = "maple"') == [
        "maple.toml: extends: 'maple' is this file itself, and a guide cannot extend itself; allowed: maples"
    ]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('BEG = "unused"', "rules.BEG.used: is false, but the standard makes BEG mandatory"),
        ('BEG03 = "unused"', "rules.BEG03.used: is false, but the standard makes BEG03 mandatory"),
        ("BEG = { maximum = 2 }", "rules.BEG.maximum: is 2; a guide cannot widen the standard; allowed: at most 1"),
        (
            "PER = { minimum = 4 }",
            "rules.PER.minimum: is 4, more than the most that the standard allows; allowed: at most 3",
        ),
        ("PER = { minimum = 3, maximum = 2 }", "rules.PER.minimum: is 3, more than the maximum; allowed: at most 2"),
        ("PER = { mandatory = true, minimum = 0 }", "rules.PER.minimum: is 0, but the place is mandatory"),
        ("PER = { used = false, maximum = 2 }", "rules.PER.used: is false, but the rule also says how often it stands"),
        ("CUR02 = { length = [3, 4] }", "rules.CUR02.length: goes beyond that of data element 100; allowed: 3 to 3"),
        ("REF02 = { length = [9, 4] }", "rules.REF02.length: [9, 4] has more than its most as its least"),
        ('BEG01 = { codes = ["0"] }', "rules.BEG01.codes: '0' has not the length of data element 353; allowed: 2 to 2"),
        ("BEG01 = { codes = [0] }", "rules.BEG01.codes[1]: is 0; allowed: text in quotes"),
        (
            'REF02 = { pattern = "(" }',
            "rules.REF02.pattern: is no regular expression: missing ), unterminated subpattern at "
            "position 0",
        ),
        ('REF02 = { pattern = "[0-9]+", example = "A" }', "rules.REF02.example: 'A' breaks the rule itself"),
        (
            'REF04 = { codes = ["A"] }',
            "rules.REF04: C040 is a composite; say this of a component; allowed: REF04.1, REF04.2, "
            "REF04.3, REF04.4, REF04.5, REF04.6",
        ),
        (
            'REF02 = { used = false, codes = ["A"] }',
            "rules.REF02.used: is false, but the rule also says what stands there",
        ),
        (
            "CUR = false",
            "rules.CUR: is false, but no extended guide has a rule to drop here; allowed: mandatory, "
            "unused, used",
        ),
        ('N104 = "used"\n"N1.N104" = "used"', "rules.\"N1.N104\": names the same place as 'N104'"),
    ],
)  # fmt: skip
def test_a_rule_stays_within_the_standard_and_itself(tmp_path: Path, rule: str, said: str) -> None:
    assert mistakes(tmp_path, f"{HEAD}[rules]\n{rule}") == [f"maple.toml: {said}"]


def test_segments_that_a_partner_adds(tmp_path: Path) -> None:
    assert guide(tmp_path, f'{HEAD}extra = ["ZZ9", "PO1.ZA"]').extra == (((), "ZZ9"), (("PO1",), "ZA"))
    assert mistakes(tmp_path, f'{HEAD}extra = ["Z", "PO1.PID", "REF.ZZ9", "N9.XYZ.ZZ9"]') == [
        "maple.toml: extra[1]: 'Z' is no segment's tag such as ZZ9",
        "maple.toml: extra[2]: the standard itself has PID there",
        "maple.toml: extra[3]: 'REF' is no loop",
        "maple.toml: extra[4]: there is no XYZ in loop N9; allowed: N9, DTM, MSG",
    ]


def test_a_number_that_stands_often_is_not_mandatory(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, f'{HEAD}[rules]\n"SLN.235" = "mandatory"'.replace("SLN", "PO1.SLN"))
    assert said.startswith('maple.toml: rules."PO1.SLN.235".mandatory: stands 10 times in SLN; say which one must be')


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('standard = "x12"\ntype = "850"', "version: is missing; allowed: text in quotes"),
        ('standard = "x13"\nversion = "004010"\ntype = "850"',
         "standard: is 'x13'; allowed: \"x12\", \"edifact\"; did you mean \"x12\"?"),
        ('standard = "x12"\nversion = "D96A"\ntype = "ORDERS"',
         "version: is 'D96A', no version of x12; allowed: 004010, 005010"),
        ('standard = "edifact"\nversion = "D96A"\ntype = "ORDER"',
         "type: is 'ORDER', which D96A does not have; allowed: APERAK, "),
        ('standard = "x12"\nversion = 4010\ntype = "850"', "version: is 4010; allowed: text in quotes"),
        (HEAD + 'severity = "fatal"', "severity: is 'fatal'; allowed: \"warning\", \"error\""),
        (HEAD + 'extends = "oak"', "extends: there is no guide 'oak' in FOLDER"),
        (HEAD + 'extends = "maple"', "extends: 'maple' is this file itself, and a guide cannot extend itself"),
        (HEAD + "rules = 1", "rules: is 1; allowed: a table of places"),
        ("standard = x12", "is not valid TOML: Invalid value (at line 1, column 12)"),
    ],
)  # fmt: skip
def test_heads(tmp_path: Path, head: str, said: str) -> None:
    problems = mistakes(tmp_path, head)
    assert len(problems) == 1
    assert problems[0].startswith("maple.toml: " + said.replace("FOLDER", str(tmp_path)))


BASE = (
    HEAD.replace("standard", 'title = "Base"\nstandard')
    + """
[rules]
BEG01         = { codes = ["00", "01"], note = "page 4" }
REF           = { mandatory = true, maximum = 2 }
CUR           = "unused"
"N1[N101=ST]" = "mandatory"
"""
)


def test_a_guide_extends_another_key_by_key(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(BASE)
    loaded = guide(
        tmp_path,
        """
extends  = "base"
severity = "warning"
[rules]
"BEG.353"       = { codes = ["00"] }
REF             = { maximum = false, mandatory = false }
CUR             = false
"N1.N1[N101=ST]" = { maximum = 1 }
""",
    )
    assert (loaded.title, loaded.type, loaded.severity) == ("Base", "850", "warning")
    (code,) = loaded.contents
    assert (code.codes, code.note, code.severity) == (("00",), "page 4", "warning")
    assert [(r.place.tag, r.used, r.minimum, r.maximum) for r in loaded.occurrences] == [
        ("REF", True, 0, None),
        ("N1", True, 1, 1),
    ]


def test_mistakes_are_told_in_the_file_they_stand_in(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(BASE.replace("BEG01 ", "BEG99 "))
    assert [said.split(": ")[:2] for said in mistakes(tmp_path, 'extends = "base"\n[rules]\nXYZ = "used"')] == [
        ["base.toml", "rules.BEG99"],
        ["maple.toml", "rules.XYZ"],
    ]
    (tmp_path / "base.toml").write_text('extends = "maple"')
    assert mistakes(tmp_path, f'{HEAD}extends = "base"')[0] == ("base.toml: extends: 'maple' extends this file itself")


def test_a_folder_of_guides_hides_another(tmp_path: Path) -> None:
    ours, shipped = tmp_path / "ours", tmp_path / "shipped"
    for folder in (ours / "maple", shipped / "maple"):
        folder.mkdir(parents=True)
    (shipped / "maple" / "850.toml").write_text(BASE)
    (shipped / "orchard.toml").write_text(ORCHARD)
    (ours / "maple" / "850.toml").write_text('extends = "maple/850"\ntitle = "Ours"\n')
    guides = Guides([ours, shipped])
    assert guides.names() == ["maple/850", "orchard"]
    assert (guides.get("maple/850").title, len(guides.get("maple/850").occurrences)) == ("Ours", 3)
    assert guides.get("maple/850").name == "maple/850"
    assert guides.check() == []
    with pytest.raises(SettingsError) as missing:
        guides.get("orchad")
    assert str(missing.value) == (
        f"orchad.toml: there is no guide 'orchad' in {ours} or {shipped}; allowed: maple/850, orchard; "
        'did you mean "orchard"?'
    )
    with pytest.raises(SettingsError, match="there is no guide"):
        guides.get("../shipped/orchard")
    (ours / "bad.toml").write_text('standard = "x12"')
    assert [problem.key for problem in guides.check()] == ["version", "type"]


def test_a_release_between_two_is_checked_by_the_nearest_facts(tmp_path: Path) -> None:
    loaded = guide(tmp_path, HEAD.replace("004010", "004030"))
    assert (loaded.version, loaded.facts) == ("004030", "004010")
    assert loaded.fits("004020", "850")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read"):
        load(tmp_path / "none.toml")
