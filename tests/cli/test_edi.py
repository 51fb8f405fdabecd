"""``b2bsync edi``: looking into files without a workspace."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from b2bsync.cli.main import app
from tests.edi.edifact_samples import ORDER as MESSAGE
from tests.edi.edifact_samples import interchange as unb
from tests.edi.samples import ISA, ORDER

GOOD = f"{ISA}\nGS*PO*MAPLE*NORTH*20260914*0930*7*X*004010~\n{ORDER}GE*1*7~\nIEA*1*000000042~\n"


def run(*arguments: str | Path, given: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["edi", *map(str, arguments)], input=given)
    return result.exit_code, result.stdout


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.edi"
    path.write_text(GOOD)
    return path


def test_the_shape_of_inspect(good: Path) -> None:
    code, said = run("inspect", "--json", good)
    assert code == 0
    assert json.loads(said) == {
        "standard": "X12",
        "interchanges": [
            {
                "sender": {"qualifier": "ZZ", "id": "MAPLEMARKET"},
                "receiver": {"qualifier": "ZZ", "id": "NORTHSUPPLY"},
                "control_number": "000000042",
                "test": False,
                "delimiters": {
                    "segment": "~", "element": "*", "component": ">", "repetition": None, "release": None,
                    "decimal": ".",
                },
                "groups": [
                    {
                        "code": "PO",
                        "version": "004010",
                        "control_number": "7",
                        "messages": [
                            {
                                "type": "850", "version": "004010", "control_number": "0001", "segments": 17,
                                "verdict": "accepted",
                            }
                        ],
                    }
                ],
            }
        ],
        "segments": 21,
        "problems": [],
    }  # fmt: skip


def test_edifact_without_groups_has_one_without_a_code(tmp_path: Path) -> None:
    path = tmp_path / "orders.edi"
    path.write_text(unb(MESSAGE, MESSAGE.replace("UNH+1", "UNH+2").replace("UNT+19+1", "UNT+19+2")))
    code, said = run("inspect", "--json", path)
    (interchange,) = json.loads(said)["interchanges"]
    (group,) = interchange["groups"]
    assert (code, group["code"], group["version"], group["control_number"]) == (0, None, None, None)
    assert [(m["type"], m["version"], m["segments"]) for m in group["messages"]] == [("ORDERS", "D96A", 19)] * 2


def test_a_problem_has_every_key(tmp_path: Path) -> None:
    path = tmp_path / "bad.edi"
    path.write_text(GOOD.replace("PO1*2*6*CS", "PO1*2*6*CASE"))
    code, said = run("inspect", "--json", path)
    (problem,) = json.loads(said)["problems"]
    assert code == 0  # it can be read
    assert problem == {
        "severity": "error", "code": "element-too-long", "message": "it has 4 characters", "segment": 13,
        "tag": "PO1", "element": 3, "component": None, "offset": GOOD.index("PO1*2*6*CS") + 8, "value": "CASE",
        "allowed": "2 characters", "loop": "PO1", "ack_code": "5",
    }  # fmt: skip


def test_one_line_a_file_and_the_worst_exit_code(tmp_path: Path, good: Path) -> None:
    bad, other = tmp_path / "bad.edi", tmp_path / "picture.png"
    bad.write_text(GOOD.replace("SE*17", "SE*18"))
    other.write_bytes(b"\x89PNG\r\n\x1a\n")
    code, said = run("validate", "--json", good, bad)
    assert code == 1
    assert [json.loads(line)["verdict"] for line in said.splitlines()] == ["clean", "errors"]
    code, said = run("validate", "--json", other, good)
    assert code == 2
    assert [json.loads(line)["verdict"] for line in said.splitlines()] == ["unreadable", "clean"]
    assert run("validate", good)[0] == 0
    assert run("inspect", other)[0] == 2
    assert run("inspect", tmp_path / "nothing.edi", good)[0] == 2


def test_warnings_are_no_findings_unless_strict(tmp_path: Path) -> None:
    path = tmp_path / "odd.edi"
    path.write_text(GOOD.replace("~\nPID", "~~\nPID", 1))
    code, said = run("validate", path)
    assert code == 0
    assert said.splitlines()[0].endswith("X12, 1 message, 21 segments, 0 errors, 1 warning")
    assert run("validate", "--strict", path)[0] == 1


def test_problems_come_in_the_order_of_the_file_and_fatal_ones_are_counted(tmp_path: Path) -> None:
    path, guide = tmp_path / "bad.edi", tmp_path / "maple.toml"
    guide.write_text('standard = "x12"\nversion = "004010"\ntype = "850"\n[rules]\nBEG02 = { codes = ["NE"] }\n')
    path.write_text(
        GOOD.replace("SE*17", "SE*18").replace("IEA*1*000000042", "IEA*1*000000041")
        + GOOD.replace("0930*7*X", "0930**X").replace("GE*1*7", "GE*1*")
    )
    code, said = run("validate", "--guide", guide, path)
    assert code == 1
    lines = said.splitlines()
    assert lines[0] == f"{path}: X12, 2 messages, 42 segments, 5 errors (1 fatal), 0 warnings"
    assert [line.strip().partition(" (")[0] for line in lines[1:]] == [
        "error: 'SA' is not one of the agreed codes",
        "error: SE01 says 18 segments, there are 17",
        "error: IEA02 '000000041' is not ISA13 '000000042'",
        "fatal: GS06 is missing",
        "error: 'SA' is not one of the agreed codes",
    ]
    assert "    group PO 004010 without a number" in run("inspect", path)[1].splitlines()


def test_the_standard_input(good: Path) -> None:
    code, said = run("inspect", "-", given=good.read_text())
    assert code == 0
    assert said.splitlines() == [
        "-: X12, 1 message, 21 segments, clean",
        "  MAPLEMARKET (ZZ) to NORTHSUPPLY (ZZ), number 000000042, delimiters * > ~",
        "    group PO 004010 number 7",
        "      850 004010 number 0001: 17 segments, accepted",
    ]


def test_a_sample_is_right_and_a_guide_is_asked(tmp_path: Path) -> None:
    guide = tmp_path / "maple.toml"
    guide.write_text(
        'title = "Maple, purchase order"\nstandard = "x12"\nversion = "004010"\ntype = "850"\n'
        '[rules]\n"BEG02" = { codes = ["SA"] }\n"N1[N101=ST]" = { minimum = 1 }\n'
    )
    made = tmp_path / "sample.edi"
    assert run("sample", "850", "--guide", guide, "-o", made)[0] == 0
    assert "N1*ST*" in made.read_text()
    assert run("validate", "--strict", "--guide", guide, made)[0] == 0
    other = tmp_path / "other.edi"
    other.write_text(GOOD.replace("BEG*00*SA", "BEG*00*NE"))
    code, said = run("validate", "--json", "--guide", guide, other)
    assert code == 1
    assert [(p["code"], p["tag"], p["element"], p["value"]) for p in json.loads(said)["problems"]] == [
        ("guide-code-not-allowed", "BEG", 2, "NE")
    ]
    assert run("validate", other)[0] == 0
    assert run("validate", "--guide", tmp_path / "none.toml", other)[0] == 2
    assert run("sample", "850", "--guide", tmp_path / "none.toml")[0] == 2
    assert run("sample", "ORDERS", "--of", "D01B")[1].startswith("UNB+UNOC:3+SENDER+RECEIVER+")
    assert run("sample", "899")[0] == 1


def test_a_guide_is_found_by_its_name(tmp_path: Path, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'standard = "x12"\nversion = "004010"\ntype = "850"\n[rules]\nBEG02 = { codes = ["SA"] }\n'
    for folder, name in (("here", "maple"), ("workspace", "orchard")):
        (tmp_path / folder / "guides").mkdir(parents=True)
        (tmp_path / folder / "guides" / f"{name}.toml").write_text(text)
    monkeypatch.chdir(tmp_path / "here")

    def asked(guide: str) -> tuple[int, str]:
        command = ["-w", str(tmp_path / "workspace"), "edi", "validate", "--guide", guide, str(good)]
        done = CliRunner().invoke(app, command)
        return done.exit_code, " ".join(done.stderr.split())

    assert asked("maple") == asked("orchard") == (0, "")
    assert asked("mapel") == (
        2,
        f"error: mapel.toml: there is no guide 'mapel' in {tmp_path}/workspace/guides or {tmp_path}/here/guides; "
        'allowed: maple, orchard; did you mean "maple"?',
    )


def test_one_segment_a_line(tmp_path: Path, good: Path) -> None:
    path, made = tmp_path / "one-line.edi", tmp_path / "made.edi"
    path.write_text(GOOD.replace("\n", ""))
    assert run("format", path, "-o", made)[0] == 0
    assert made.read_text() == GOOD
    assert run("format", good) == (0, GOOD)
    path.write_text("no EDI")
    assert run("format", path)[0] == 2


def test_the_acknowledgement_of_a_file(tmp_path: Path, good: Path) -> None:
    made, bad = tmp_path / "ack.edi", tmp_path / "bad.edi"
    assert run("ack", good, "-o", made)[0] == 0
    assert made.read_text().splitlines()[2:7] == [
        "ST*997*0001~",
        "AK1*PO*7~",
        "AK2*850*0001~",
        "AK5*A~",
        "AK9*A*1*1*1~",
    ]
    assert run("validate", "--strict", made)[0] == 0
    bad.write_text(GOOD.replace("PO1*2*6*CS", "PO1*2*6*CASE"))
    assert run("ack", bad, "-o", made)[0] == 0
    assert made.read_text().splitlines()[4:9] == [
        "AK2*850*0001~", "AK3*PO1*13**8~", "AK4*3*355*5*CASE~", "AK5*R*5~", "AK9*R*1*1*0~",
    ]  # fmt: skip
    assert run("ack", bad, "--policy", "nothing", "-o", made)[0] == 0
    assert "AK5*E*5~" in made.read_text()
    assert run("ack", made, "-o", tmp_path / "none.edi")[0] == 0
    assert not (tmp_path / "none.edi").exists()
    bad.write_text("no EDI")
    assert run("ack", bad, "-o", made)[0] == 2


def test_what_cannot_be_written_is_named(tmp_path: Path, good: Path) -> None:
    nowhere = tmp_path / "nowhere" / "out.edi"
    for arguments in (("ack", good), ("format", good), ("sample", "850")):
        result = CliRunner().invoke(app, ["edi", *map(str, arguments), "-o", str(nowhere)])
        assert result.exit_code == 1
        assert result.stderr.strip() == f"error: {nowhere}: cannot be written: No such file or directory"


def test_a_typing_error_is_refused(tmp_path: Path, good: Path) -> None:
    assert run("ack", good, "--as", "998", "-o", tmp_path / "out.edi")[0] == 2
    assert run("ack", good, "--policy", "all", "-o", tmp_path / "out.edi")[0] == 2
    assert list(tmp_path.iterdir()) == [good]
