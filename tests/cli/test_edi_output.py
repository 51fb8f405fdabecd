"""``b2bsync edi``: where it writes, what it refuses to write over, and an output stream that takes nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from b2bsync.cli import output
from b2bsync.cli.main import app
from tests.cli.test_edi import GOOD, run


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["edi", *map(str, arguments)])


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.edi"
    path.write_text(GOOD)
    return path


@pytest.mark.parametrize("verb", ["ack", "format"])
def test_the_input_is_not_written_over_whatever_it_is_called(tmp_path: Path, good: Path, verb: str) -> None:
    soft, hard = tmp_path / "soft.edi", tmp_path / "hard.edi"
    soft.symlink_to(good)
    hard.hardlink_to(good)
    for named in (good, soft, hard, tmp_path / "." / "good.edi"):
        done = invoke(verb, good, "-o", named)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == f"error: {named}: is the input itself, which would be lost; name another file\n"
    assert good.read_text() == GOOD


def test_the_standard_input_is_not_written_over(good: Path) -> None:
    command = [sys.executable, "-m", "b2bsync", "edi", "format", "-", "-o", str(good)]
    with good.open("rb") as given:
        done = subprocess.run(command, stdin=given, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, good.read_text()) == (2, GOOD)


def test_a_guide_is_not_written_over_by_its_sample(tmp_path: Path) -> None:
    guide = tmp_path / "maple.toml"
    text = 'standard = "x12"\nversion = "004010"\ntype = "850"\n'
    guide.write_text(text)
    assert invoke("sample", "850", "--guide", guide, "-o", guide).exit_code == 2
    assert guide.read_text() == text


def test_a_dash_is_the_standard_output(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("format", good, "-o", "-") == (0, GOOD)
    code, said = run("ack", good, "-o", "-")
    assert (code, said.splitlines()[2], said.splitlines()[-1]) == (0, "ST*997*0001~", "IEA*1*000000001~")
    assert run("sample", "850", "-o", "-")[1].startswith("ISA*00*")
    assert list(tmp_path.iterdir()) == [good]


@pytest.mark.parametrize(
    "arguments", ["edi sample 850", "edi format FILE", "edi validate FILE", "edi inspect --json FILE", "--help"]
)
def test_an_output_that_is_full_is_one_line(good: Path, arguments: str) -> None:
    command = [sys.executable, "-m", "b2bsync", *arguments.replace("FILE", str(good)).split()]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, text=True)
    assert (done.returncode, done.stderr) == (2, "error: the output cannot be written: No space left on device\n")


def test_a_reader_that_leaves_is_no_error(good: Path) -> None:
    command = [sys.executable, "-m", "b2bsync", "edi", "format", str(good)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


def test_a_table_in_a_file_is_not_padded(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table("Lanes", {"lane": "id", "error": "error"}, [{"id": "a", "error": "x"}, {"id": "b", "error": ""}])
    assert [line for line in capsys.readouterr().out.splitlines() if line != line.rstrip()] == []
