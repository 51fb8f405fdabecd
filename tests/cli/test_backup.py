"""``backup`` and ``restore`` as an operator types them, and what they refuse."""

import json
import shutil
from pathlib import Path

import pytest

from b2bsync.store import open_database
from b2bsync.store.migrations import check_version
from tests.acceptance.processes import KILLED, command
from tests.cli.conftest import Command, run
from tests.exchange.paper import order_file
from tests.exchange.trade import Trade

KEYS = {
    "file", "bytes", "created_at", "program", "revision", "database", "stage", "company", "node", "rows", "tables",
    "sha256",
}  # fmt: skip
MORE = {
    "into", "kept_aside", "jump", "control_numbers", "held", "in_doubt", "tasks", "streams", "missed", "warnings",
}  # fmt: skip


@pytest.fixture
def saved(trade: Trade, b2bsync: Command) -> Path:
    """A backup of a trade in which one order is answered."""
    trade.receive(order_file())
    path = trade.root / "monday.b2b"
    assert b2bsync("backup", path).exit_code == 0
    return path


def refused(b2bsync: Command, *arguments: object) -> str:
    done = b2bsync(*arguments)
    assert done.exit_code == 1, done.output
    return " ".join(done.stderr.split())


def test_a_backup_is_taken_and_checked(trade: Trade, b2bsync: Command, saved: Path) -> None:
    assert "is there already and is not overwritten" in refused(b2bsync, "backup", saved)
    made = json.loads(b2bsync("backup", saved, "--overwrite", "--json").stdout)
    assert set(made) == KEYS
    assert (made["file"], made["bytes"], made["stage"]) == (str(saved), saved.stat().st_size, "production")
    assert made["tables"]["sales_order"] == 1
    assert json.loads(b2bsync("backup", "--check", saved, "--json").stdout) == made
    assert (
        f"{saved}: {made['bytes']:,} bytes, {made['rows']:,} rows, whole" in b2bsync("backup", "--check", saved).stdout
    )

    saved.write_bytes(saved.read_bytes()[:-10])
    assert "damaged or was cut off" in refused(b2bsync, "backup", "--check", saved)


def test_a_database_that_is_there_is_replaced_only_when_told(trade: Trade, b2bsync: Command, saved: Path) -> None:
    trade.receive(order_file("PO-2", 2))
    assert "there is a database already" in refused(b2bsync, "restore", saved)
    assert len(trade.documents(type="850")) == 2

    done = json.loads(b2bsync("restore", saved, "--replace", "--json").stdout)
    assert set(done) == KEYS | MORE
    assert [d["number"] for d in trade.documents(type="850")] == ["PO-1"]
    shutil.copy(done["kept_aside"], trade.root / "b2bsync.db")
    assert len(trade.documents(type="850")) == 2


def test_what_a_restore_says(trade: Trade, b2bsync: Command, saved: Path) -> None:
    trade.drop("tuesday.edi", order_file("PO-2", 2))
    trade.once()
    (trade.root / "b2bsync.db").unlink()
    said = " ".join(b2bsync("restore", saved, "--jump", 5000).stdout.split())
    assert f"{saved} is restored into sqlite:///{trade.root}/b2bsync.db" in said
    assert "Control numbers: 2 ranges go on 5,000 later." in said
    assert "Sends are held; 0 wait." in said
    assert "`b2bsync deliveries release --all` for all that is left." in said
    assert "1 files came after the backup; `b2bsync receive --missed` takes them again: acme tuesday.edi" in said
    assert "Read in full when they run next: erp.customer_identifiers, erp.customers" in said

    status = json.loads(run(trade, "status", "--json").stdout)
    assert status["held"]["why"].startswith("the database was restored from monday.b2b, taken 20")
    trade.receive(order_file("PO-3", 3))
    assert [d["interchange_control"] for d in trade.deliveries()] == [
        "000000001",
        "000000002",
        "000005003",
        "000005004",
    ]
    status = json.loads(run(trade, "status", "--json").stdout)
    assert {lane["id"] for lane in status["lanes"] if lane["state"] == "backing off"} == {"ack:acme", "send:acme"}
    verbs = {finding["what"]: finding["verb"] for finding in status["findings"]}
    assert "lane_backing_off" not in verbs  # to try again would not help them
    assert verbs["deliveries_held"] == "b2bsync deliveries release --all"


def test_the_same_backup_restored_again_draws_no_number_twice(trade: Trade, b2bsync: Command, saved: Path) -> None:
    """Each restore counts on from the database that it replaces."""
    sent = {d["interchange_control"] for d in trade.deliveries()}
    for n in range(2, 5):
        done = json.loads(b2bsync("restore", saved, "--replace", "--jump", 100, "--json").stdout)
        assert done["warnings"] == []
        assert "nothing is held any more" in b2bsync("deliveries", "release", "--all").stdout
        trade.receive(order_file(f"PO-{n}", n))
        new = {d["interchange_control"] for d in trade.deliveries() if d["interchange_control"] not in sent}
        assert len(new) == 2
        assert min(map(int, new)) == max(map(int, sent)) + 101
        sent |= new
    assert len({path.read_text().split("*")[13] for path in trade.outbox.iterdir()}) == 8


@pytest.mark.parametrize("old", ["lost", "damaged"])
def test_a_database_whose_control_numbers_cannot_be_read_is_told(
    trade: Trade, b2bsync: Command, saved: Path, old: str
) -> None:
    database = trade.root / "b2bsync.db"
    database.unlink() if old == "lost" else database.write_bytes(b"a damaged disk")
    done = json.loads(b2bsync("restore", saved, "--replace", "--json").stdout)
    [warning] = done["warnings"]
    assert f"the control numbers of {database} cannot be read" in warning
    assert "restore it again with a larger --jump" in warning
    trade.receive(order_file("PO-2", 2))
    assert [d["interchange_control"] for d in trade.deliveries()][2:] == ["001000003", "001000004"]


def test_a_damaged_file_changes_nothing(trade: Trade, b2bsync: Command, saved: Path) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole[: len(whole) // 2])
    before = (trade.root / "b2bsync.db").read_bytes()
    assert "damaged or was cut off" in refused(b2bsync, "restore", saved, "--replace")
    assert (trade.root / "b2bsync.db").read_bytes() == before
    assert list(trade.root.glob("*replaced*")) == list(trade.root.glob("*restoring*")) == []


@pytest.mark.parametrize("jump", ["0", "-3", "999999999"])
def test_a_jump_that_is_none(trade: Trade, b2bsync: Command, saved: Path, jump: str) -> None:
    assert "allowed: 1 to 999999998" in refused(b2bsync, "restore", saved, "--replace", "--jump", jump)
    assert list(trade.root.glob("*replaced*")) == []


def test_a_backup_of_the_other_stage_is_refused(trade: Trade, b2bsync: Command, saved: Path) -> None:
    config = trade.root / "config.toml"
    config.write_text('stage = "test"\n' + config.read_text())
    assert "is a backup of production, and this workspace is for test" in refused(
        b2bsync, "restore", saved, "--replace"
    )


def test_a_database_that_a_command_has_open_is_left_alone(trade: Trade, b2bsync: Command, saved: Path) -> None:
    with trade.open() as app, app.database.session():
        assert "is in use: stop the daemon" in refused(b2bsync, "restore", saved, "--replace")
    assert b2bsync("restore", saved, "--replace").exit_code == 0


def test_sqlite_moves_to_postgresql_and_back(
    trade: Trade, b2bsync: Command, saved: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (trade.order("PO-1"), trade.documents(), trade.deliveries(), trade.messages())
    monkeypatch.setenv("B2BSYNC_DATABASE_URL", postgresql_url)
    assert b2bsync("restore", saved, "--jump", 1).exit_code == 0
    assert (trade.order("PO-1"), trade.documents(), trade.deliveries(), trade.messages()) == before
    assert "is not empty" in refused(b2bsync, "restore", saved)
    assert "is not empty" in refused(b2bsync, "restore", saved, "--replace")
    assert b2bsync("deliveries", "release", "--all").stdout == "0 deliveries go; nothing is held any more\n"
    trade.receive(order_file("PO-2", 2))
    assert trade.order("PO-2")["status"] == "confirmed"
    later = (trade.order("PO-2"), trade.documents(), trade.deliveries(), trade.messages())

    assert b2bsync("backup", trade.root / "tuesday.b2b").exit_code == 0
    monkeypatch.delenv("B2BSYNC_DATABASE_URL")
    assert b2bsync("restore", trade.root / "tuesday.b2b", "--replace").exit_code == 0
    assert (trade.order("PO-2"), trade.documents(), trade.deliveries(), trade.messages()) == later


def test_a_postgresql_database_in_which_no_work_was_done_is_taken(
    trade: Trade, b2bsync: Command, saved: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = trade.documents()
    monkeypatch.setenv("B2BSYNC_DATABASE_URL", postgresql_url)
    for command_before in ("check", "status"):
        b2bsync(command_before)
    database = open_database(postgresql_url)
    check_version(database)  # they made the tables
    database.close()
    assert b2bsync("restore", saved).exit_code == 0
    assert trade.documents() == before
    said = refused(b2bsync, "restore", saved)
    assert "sales_order: 1" in said
    assert "make an empty one (createdb), name it in [database]" in said
    trade.receive(order_file("PO-2", 2))
    assert trade.order("PO-2")["status"] == "confirmed"


def test_a_send_that_was_interrupted_follows_the_agreement_once_it_is_released(trade: Trade, b2bsync: Command) -> None:
    trade.drop("monday.edi", order_file())
    assert command(trade.root, "once", kill_at="855_acme_000000002.edi", when="after") == KILLED
    saved = trade.root / "monday.b2b"
    assert b2bsync("backup", saved).exit_code == 0
    done = json.loads(b2bsync("restore", saved, "--replace", "--json").stdout)
    assert (done["held"], done["in_doubt"]) == (1, 1)
    trade.once()
    assert [d["state"] for d in trade.deliveries()] == ["sent", "sending"]
    assert b2bsync("deliveries", "release", 2).stdout == "1 delivery goes; all others stay held\n"
    trade.once()
    assert [(d["state"], d["attempts"]) for d in trade.deliveries()] == [("sent", 1), ("sent", 2)]
    assert [path.name for path in trade.outbox.glob("855*")] == ["855_acme_000000002.edi"]


def test_an_order_whose_push_died_is_found_after_a_restore(trade: Trade, b2bsync: Command) -> None:
    """The ERP has the order, the backup only knows that it was on its way."""
    flag = trade.write("kill-after-create", "")
    trade.drop("monday.edi", order_file())
    assert command(trade.root, "once") == KILLED
    flag.unlink()
    saved = trade.root / "monday.b2b"
    assert b2bsync("backup", saved).exit_code == 0
    assert b2bsync("restore", saved, "--replace").exit_code == 0
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert trade.order("PO-1")["erp_number"] == "4500000001"


def test_a_corrected_order_is_found_after_a_restore_too(trade: Trade, b2bsync: Command) -> None:
    """Refused by the ERP, corrected and taken, all after the backup; other documents took their numbers meanwhile."""
    saved = trade.root / "monday.b2b"
    assert b2bsync("backup", saved).exit_code == 0
    trade.erp("INSERT INTO REFUSAL VALUES ('credit stop')")
    trade.receive(order_file("PO-7", 7))
    trade.drop("1.edi", order_file("PO-1", 1))
    trade.once()
    trade.erp("DELETE FROM REFUSAL")
    trade.drop("2.edi", order_file("PO-1", 2, lines={"10001": "12*EA*10.00"}))
    trade.once()
    before = trade.sales_orders()
    assert [(number, status) for _, number, status in before] == [
        ("PO-7", "REFUSED"), ("PO-1", "REFUSED"), ("PO-1", "ACCEPTED"),
    ]  # fmt: skip

    assert b2bsync("restore", saved, "--replace").exit_code == 0
    b2bsync("receive", "--missed")  # PO-7 was handed in, and is not in the archive
    trade.once()
    [second] = trade.documents(type="850", status="held")  # it came at once with the one that it corrects
    b2bsync("documents", "retry", second["id"])
    trade.once()
    assert trade.sales_orders() == before
    assert trade.order("PO-1")["erp_number"] == str(before[2][0])


def test_nothing_to_release(trade: Trade, b2bsync: Command, saved: Path) -> None:
    for words in (("--all",), (2,)):
        assert "nothing is held: deliveries leave by themselves" in refused(b2bsync, "deliveries", "release", *words)
    b2bsync("restore", saved, "--replace")
    assert "there is no delivery 77" in refused(b2bsync, "deliveries", "release", 77)
    assert "delivery 2 is sent and does not wait" in refused(b2bsync, "deliveries", "release", 2)
    assert "delivery 2 is sent; only in-doubt, dead and held" in refused(b2bsync, "deliveries", "decide", 2, "sent")
    for wrong in (("deliveries", "release"), ("deliveries", "release", 2, "--all"), ("receive",), ("receive", saved)):
        assert b2bsync(*wrong).exit_code == 2


def test_nothing_was_missed_where_nothing_was_restored(trade: Trade, b2bsync: Command, saved: Path) -> None:
    trade.drop("monday.edi", order_file("PO-9", 9))
    trade.once()
    (trade.inbox / "done" / "notes.txt").write_text("somebody's")
    assert b2bsync("receive", "--missed").stdout == "0 files received that came after the backup\n"
    assert "there is no partner 'nobody'" in refused(b2bsync, "receive", "--missed", "--partner", "nobody")
    assert b2bsync("receive", "--missed", saved).exit_code == 2
