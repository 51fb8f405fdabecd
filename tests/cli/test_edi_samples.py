"""``b2bsync edi sample``: service messages, the version that is taken, and what is near to what nobody knows."""

from pathlib import Path

import pytest

from tests.cli.test_edi import run
from tests.cli.test_edi_output import invoke


@pytest.mark.parametrize(
    ("arguments", "header", "message"),
    [
        ((), "UNB+UNOC:3+SENDER+RECEIVER+", "UNH+1+CONTRL:2:2:UN'"),
        (("--of", "UN4"), "UNB+UNOC:4+SENDER+RECEIVER+20", "UNH+1+CONTRL:4:1:UN'"),
    ],
)
def test_a_service_message(tmp_path: Path, arguments: tuple[str, ...], header: str, message: str) -> None:
    made = tmp_path / "contrl.edi"
    assert run("sample", "CONTRL", *arguments, "--complete", "-o", made)[0] == 0
    lines = made.read_text().splitlines()
    assert lines[0].startswith(header)
    assert lines[1] == message
    assert run("validate", "--strict", made)[0] == 0


@pytest.mark.parametrize(
    ("type", "version"), [("850", "*004010~"), ("999", "*005010~"), ("ORDERS", ":D:96A:"), ("TAXCON", ":D:01B:")]
)
def test_the_first_version_that_has_it(type: str, version: str) -> None:
    code, said = run("sample", type)
    assert (code, version in said) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("orders",), "no version has a set or message 'orders'; did you mean \"ORDERS\"? (allowed: 204, 210, 211, "),
        (("ODRERS",), "no version has a set or message 'ODRERS'; did you mean \"ORDERS\"? (allowed: "),
        (("899",), "no version has a set or message '899'; did you mean "),
        (("ORDER", "--of", "D96A"), "D96A has no 'ORDER'; did you mean \"ORDERS\"? (allowed: APERAK, "),
        (("MSCONS", "--of", "D96A"), "D96A has no 'MSCONS'; it is in D01B, D97A (allowed: APERAK, "),
        (("850", "--of", "4010"), "there are no facts for version '4010'; did you mean \"004010\"? (allowed: 004010, "),
        (("850", "--of", "x"), "there are no facts for version 'x' (allowed: 004010, 005010, D93A, D96A, D97A, D01B, "),
    ],
)
def test_what_nobody_knows_is_told_with_what_is_near(arguments: tuple[str, ...], said: str) -> None:
    done = invoke("sample", *arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {said}")
    assert arguments[0] != "orders" or ", DESADV, " in done.stderr


def test_a_guide_for_something_else(tmp_path: Path) -> None:
    guide = tmp_path / "maple.toml"
    guide.write_text('standard = "edifact"\nversion = "D96A"\ntype = "ORDERS"\n')
    assert invoke("sample", "850", "--guide", guide).stderr == "error: the guide maple is for ORDERS of D96A\n"
