"""``b2bsync edi ack``: what it says beside the acknowledgements it writes."""

from pathlib import Path

from tests.cli.test_edi import GOOD
from tests.cli.test_edi_output import invoke
from tests.edi.edifact_samples import ORDER as MESSAGE
from tests.edi.edifact_samples import interchange as unb
from tests.edi.samples import ORDER


def test_where_there_is_no_999_it_is_said_what_was_written(tmp_path: Path) -> None:
    old, new, orders, made = (tmp_path / name for name in ("old.edi", "new.edi", "orders.edi", "made.edi"))
    old.write_text(GOOD)
    done = invoke("ack", old, "--as", "999", "-o", made)
    assert (done.exit_code, done.stderr) == (
        0, "note: 999 exists from 005010 on; older groups are answered with a 997\n"
    )  # fmt: skip
    assert "ST*997*0001~" in made.read_text()
    orders.write_text(unb(MESSAGE))
    done = invoke("ack", orders, "--as", "999", "-o", made)
    assert (done.exit_code, done.stderr) == (
        0, "note: 999 is of X12 from 005010 on; EDIFACT is answered with a CONTRL\n"
    )  # fmt: skip
    new.write_text(GOOD.replace("X*004010", "X*005010").replace("*00401*", "*00501*"))
    assert invoke("ack", new, "--as", "999", "-o", made).stderr == ""
    assert "ST*999*0001" in made.read_text()
    assert invoke("ack", old, "-o", made).stderr == ""


def test_control_numbers_that_begin_anew(tmp_path: Path) -> None:
    two, made = tmp_path / "two.edi", tmp_path / "made.edi"
    two.write_text(GOOD + GOOD)
    done = invoke("ack", two, "--number", "999999999", "-o", made)
    assert (done.exit_code, done.stderr) == (0, "note: behind 999999999 control numbers begin anew at 1\n")
    assert [line for line in made.read_text().splitlines() if line.startswith("IEA")] == [
        "IEA*1*999999999~",
        "IEA*1*000000001~",
    ]
    assert invoke("ack", two, "--number", "999999998", "-o", made).stderr == ""


def test_without_an_interchange_header_there_is_nothing_to_answer(tmp_path: Path) -> None:
    path, made = tmp_path / "bare.edi", tmp_path / "made.edi"
    for text, said in (
        (MESSAGE, "there is no UNB to answer: the messages stand outside of an interchange"),
        (f"GS*PO*MAPLE*NORTH*20260914*0930*7*X*004010~\n{ORDER}GE*1*7~\n",
         "there is no ISA to answer: the groups or sets stand outside of an interchange"),
        (ORDER, "there is no ISA to answer: the groups or sets stand outside of an interchange"),
    ):  # fmt: skip
        path.write_text(text)
        done = invoke("ack", path, "-o", made)
        assert (done.exit_code, done.stderr) == (2, f"error: {path}: {said}\n")
        assert not made.exists()
