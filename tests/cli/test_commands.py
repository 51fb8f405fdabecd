"""Every command as a person uses it, and what it says to programs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from b2bsync.cli import app
from tests.cli.conftest import Command, run
from tests.exchange.paper import order_file
from tests.exchange.trade import Trade


def answer(b2bsync: Command, *arguments: object, ends: int = 0) -> Any:
    """What ``--json`` prints."""
    done = b2bsync(*arguments, "--json")
    assert done.exit_code == ends, done.output
    return json.loads(done.stdout)


def test_from_a_file_to_the_order_book(trade: Trade, b2bsync: Command) -> None:
    file = trade.write("monday.edi", order_file())
    received = b2bsync("receive", file, "--partner", "acme")
    assert received.stdout == f"message 1: {file.stat().st_size} bytes received for acme\n"

    worked = b2bsync("once")
    assert (worked.exit_code, worked.stdout) == (0, "0 files received, 5 tasks done, 0 parked\n")
    shown = b2bsync("orders", "show", "PO-1").stdout
    assert shown.startswith("Order PO-1 of customer 100001 from acme, in the ERP as 4500000001: confirmed\n")
    assert "accepted" in shown
    transaction = b2bsync("documents", "raw", 1).stdout
    assert transaction.startswith("ST*850*0001~\nBEG*00*SA*PO-1**20260302~\n")
    assert transaction.endswith("SE*8*0001~")
    assert b2bsync("messages", "raw", 1).stdout == order_file()
    assert b2bsync("documents", "raw", 3).stdout == (trade.outbox / "855_acme_000000002.edi").read_text()


def test_listings_speak_json(trade: Trade, b2bsync: Command) -> None:
    trade.receive(order_file("PO-1", 1))
    trade.receive(order_file("PO-1", 2))

    [order] = answer(b2bsync, "orders", "list")
    assert {key: order[key] for key in ("customer", "partner", "number", "erp_number", "status", "ordered")} == {
        "customer": "100001",
        "partner": "acme",
        "number": "PO-1",
        "erp_number": "4500000001",
        "status": "confirmed",
        "ordered": "2026-03-02",
    }
    [life] = answer(b2bsync, "orders", "show", "PO-1")
    [line] = life["lines"]
    assert [line[key] for key in ("line", "sku", "price", "status")] == ["1", "10001", "10", "accepted"]
    assert [line[key] for key in ("ordered", "confirmed", "shipped", "invoiced", "open")] == [
        "24",
        "24",
        "0",
        "0",
        "24",
    ]
    documents = answer(b2bsync, "documents", "list", "--partner", "acme", "--limit", 10)
    assert [(d["id"], d["direction"], d["type"], d["number"], d["status"]) for d in documents] == [
        (5, "out", "997", "2", "sent"),
        (4, "in", "850", "PO-1", "duplicate"),
        (3, "out", "855", "PO-1", "sent"),
        (2, "out", "997", "1", "sent"),
        (1, "in", "850", "PO-1", "answered"),
    ]
    assert [d["id"] for d in answer(b2bsync, "documents", "list", "--status", "duplicate")] == [4]
    assert [d["id"] for d in answer(b2bsync, "documents", "list", "--direction", "in", "--number", "PO-1")] == [4, 1]
    shown = answer(b2bsync, "documents", "show", 1)
    assert shown["controls"] == {"interchange": "000000001", "group": "1", "set": "0001"}
    assert [a["id"] for a in shown["answers"]] == [4, 3]
    assert shown["body"]["lines"][0]["items"] == {"supplier": "10001"}
    assert [m["status"] for m in answer(b2bsync, "messages", "list")] == ["translated", "translated"]
    assert [(d["name"], d["state"], d["ack_state"]) for d in answer(b2bsync, "deliveries", "list")] == [
        ("997_acme_000000003.edi", "sent", "none"),
        ("855_acme_000000002.edi", "sent", "expected"),
        ("997_acme_000000001.edi", "sent", "none"),
    ]
    lanes = answer(b2bsync, "lanes", "list")
    assert [(lane["id"], lane["state"]) for lane in lanes["lanes"]] == [
        (name, "asleep") for name in ("ack:acme", "erp:erp", "orders:acme", "receive:acme", "send:acme")
    ]
    assert lanes["parked"] == []
    status = answer(b2bsync, "status", ends=2)  # schedules are enabled, and no daemon runs
    assert {finding["what"] for finding in status["findings"]} >= {"no_daemon"}
    assert status["documents"] == {"answered": 1, "duplicate": 1, "sent": 3}
    assert (status["overdue"], status["in_doubt"], status["node"], status["stage"]) == (0, 0, "main", "production")
    assert status["master_data"]["Product"] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("documents", "list"),
        ("documents", "show", "1"),
        ("messages", "list"),
        ("orders", "list"),
        ("orders", "show", "PO-1"),
        ("lanes", "list"),
        ("deliveries", "list"),
        ("sync", "runs"),
        ("sync", "rejects"),
        ("check", "--offline"),
        ("price", "100001", "10001", "24"),
    ],
)
def test_every_listing_is_a_table_for_people_and_json_for_programs(answered: Trade, arguments: tuple[str, ...]) -> None:
    table = run(answered, *arguments)
    assert table.exit_code == 0
    assert table.stdout.strip()
    assert "Traceback" not in table.output
    json.loads(run(answered, *arguments, "--json").stdout)


def test_a_price_tells_every_step(b2bsync: Command) -> None:
    found = answer(b2bsync, "price", "100001", "10001", "24", "--on", "2026-03-02")
    assert (found["amount"], found["currency"], found["unit"], found["on"]) == ("10", "USD", "EA", "2026-03-02")
    assert [step["rule"] for step in found["steps"]] == ["pricing-day", "customer-list"]
    shown = b2bsync("price", "100001", "10001", "24", "--on", "2026-03-02").stdout
    assert shown.startswith("10 USD per EA for 24 of 10001, customer 100001, on 2026-03-02\n")


def test_a_sync_says_what_it_did_and_what_it_set_aside(trade: Trade, b2bsync: Command) -> None:
    trade.erp(
        "INSERT INTO ITEM_MASTER VALUES ('10003', 'Nail', 'PCE', NULL, 'G10', 'A', 'few', NULL, NULL, NULL, NULL,"
        " '2026-01-02T00:00:00.000000Z')"
    )
    [run] = answer(b2bsync, "sync", "erp.products")
    assert (run["stream"], run["status"], run["rejected"]) == ("products", "ok", 1)
    [reject] = answer(b2bsync, "sync", "rejects", "erp.products")
    assert reject["key"] == "10003"
    assert "'few'" in reject["error"]

    trade.erp("UPDATE ITEM_MASTER SET MIN_QTY = '5', CHG_TS = '2026-01-03T00:00:00.000000Z' WHERE ITEM_NO = '10003'")
    [run] = answer(b2bsync, "sync", "erp.products")
    assert (run["added"], run["rejected"]) == (1, 0)
    assert answer(b2bsync, "sync", "rejects") == []
    assert answer(b2bsync, "sync", "runs", "erp.products")[0]["mode"] == "incremental"


def test_a_full_sync_finds_what_was_deleted_and_stops_at_too_much(trade: Trade, b2bsync: Command) -> None:
    trade.erp("DELETE FROM ITEM_MASTER WHERE ITEM_NO = '10002'")
    stopped = b2bsync("sync", "erp.products", "--full")
    assert stopped.exit_code == 1
    assert "missing at the source, more than 20%. Nothing was removed." in stopped.stderr
    [run] = answer(b2bsync, "sync", "erp.products", "--full", "--accept-loss")
    assert run["removed"] == 1


def test_held_documents_are_skipped_with_a_reason(trade: Trade, b2bsync: Command) -> None:
    trade.receive(order_file(purpose="01"))
    assert b2bsync("documents", "skip", 1, "--why", "cancelled by telephone").stdout == "document 1 is skipped\n"
    shown = answer(b2bsync, "documents", "show", 1)
    assert (shown["status"], shown["reason"]) == ("skipped", "cancelled by telephone")
    assert [event["what"] for event in shown["events"]] == ["held", "skipped"]


def test_a_failed_message_is_retried_when_its_cause_is_mended(trade: Trade, b2bsync: Command) -> None:
    trade.agree("ZZ:ACMESTORES", "ZZ:ACME")
    trade.receive(order_file())
    trade.agree("ZZ:ACME", "ZZ:ACMESTORES")
    assert "translated again" in b2bsync("messages", "retry", 1).stdout
    b2bsync("once")
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_lanes_are_paused_resumed_and_retried(trade: Trade, b2bsync: Command) -> None:
    trade.receive(order_file("PO-1", 1))
    assert b2bsync("lanes", "pause", "erp:erp").stdout == "lane erp:erp: paused\n"
    trade.receive(order_file("PO-2", 2))
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1"]
    assert b2bsync("lanes", "resume", "erp:erp").stdout == "lane erp:erp: flows again\n"
    assert b2bsync("once").exit_code == 0
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2"]
    assert b2bsync("lanes", "retry", "erp:erp").stdout == "lane erp:erp: tries now\n"


def test_a_parked_task_is_given_up(trade: Trade, b2bsync: Command) -> None:
    trade.agree("[channel]", '[gate]\nlot = "sometimes"\n[channel]')
    trade.receive(order_file())
    [task] = answer(b2bsync, "lanes", "list")["parked"]
    assert task["lane"] == "orders:acme"
    assert b2bsync("lanes", "skip", task["id"]).stdout == f"task {task['id']} (judge of 1) is given up\n"
    assert answer(b2bsync, "lanes", "list")["parked"] == []


def test_a_workspace_is_made_and_checked(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    made = CliRunner().invoke(app, ["init", str(root)])
    assert made.exit_code == 0
    assert sorted(path.name for path in root.iterdir()) == [
        "config.toml", "connectors", "guides", "mappings", "partners", "schedules",
    ]  # fmt: skip
    checked = CliRunner().invoke(app, ["-w", str(root), "check"])
    assert checked.exit_code == 0
    assert "there is none yet: copy partners/_example.toml to NAME.toml" in checked.stdout
    again = CliRunner().invoke(app, ["init", str(root)])
    assert again.exit_code == 1
    assert "nothing is overwritten" in again.output


def test_check_names_what_is_overridden(trade: Trade, b2bsync: Command) -> None:
    trade.write("mappings/x12/004010/850.toml", 'extends = "x12/004010/850"\n')
    found = answer(b2bsync, "check", "--offline")
    assert [(o["kind"], o["name"]) for o in found["overrides"] if o["kind"] == "mappings"] == [
        ("mappings", "x12/004010/850.toml")
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_shells_complete_commands(shell: str) -> None:
    script = Path(sys.executable).with_name("b2bsync")
    done = subprocess.run([script, "--show-completion", shell], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "_B2BSYNC_COMPLETE" in done.stdout


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == "b2bsync 0.1.0\n"
