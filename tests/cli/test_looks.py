"""What a person is told to look at: by ``once``, by ``status``, on a narrow terminal, and in the log."""

import json
import logging

import pytest

from b2bsync.cli import output
from tests.cli.conftest import Command
from tests.exchange.paper import order_file
from tests.exchange.trade import Trade


def test_once_counts_and_names_what_needs_a_look_and_ends_with_one(trade: Trade, b2bsync: Command) -> None:
    trade.drop("a.edi", order_file("PO-1", 1, purpose="01"))  # a cancellation is held
    trade.drop("b.edi", order_file("PO-2", 2, purpose="01"))
    trade.drop("c.edi", order_file("PO-3", 3).replace("PO1*1*24*EA", "PO1*1*many*EA"))
    trade.drop("d.edi", order_file("PO-4", 4) + order_file("PO-5", 5).replace("*P*>~", "*T*>~"))
    trade.drop("e.pdf", "%PDF")
    done = b2bsync("once")
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "failed: 1 message needs a look: b2bsync messages list --status failed",
        "partial: 1 message needs a look: b2bsync messages list --status partial",
        "held: 2 documents need a look: b2bsync documents list --status held",
        "refused: 1 document needs a look: b2bsync documents list --status refused",
    ]


def test_once_tells_of_this_run_only(trade: Trade, b2bsync: Command) -> None:
    trade.drop("a.edi", order_file(purpose="01"))
    told = b2bsync("once", "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["need_a_look"] == {"messages": {}, "documents": {"held": 1}}

    told = b2bsync("once", "--json")
    assert told.exit_code == 0
    assert json.loads(told.stdout)["need_a_look"] == {"messages": {}, "documents": {}}

    [held] = trade.documents(status="held")
    b2bsync("documents", "retry", held["id"])  # and it is held again
    assert b2bsync("once").exit_code == 1


def test_work_that_waits_without_a_daemon_is_told_as_such(trade: Trade, b2bsync: Command) -> None:
    b2bsync("receive", trade.write("monday.edi", order_file()), "--partner", "acme")
    assert b2bsync("status").stdout.count("no daemon runs, though 1 task waits and 3 schedules are enabled") == 1
    [lane] = json.loads(b2bsync("lanes", "list", "--json").stdout)["lanes"]
    assert (lane["id"], lane["state"], lane["waiting"]) == ("receive:acme", "waiting", 1)

    b2bsync("once")
    assert "no daemon runs, though 3 schedules are enabled" in b2bsync("status").stdout


def test_an_order_on_a_narrow_terminal(trade: Trade, b2bsync: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    trade.receive(order_file(lines={"10001": "24*EA*10.00", "10002": "99999*EA*1.00"}))
    monkeypatch.setattr(output.tables, "width", 80)
    shown = b2bsync("orders", "show", "PO-1").stdout.splitlines()
    table = shown[1 : next(i for i, line in enumerate(shown) if line.startswith("Documents"))]
    assert table[1].split()[:3] == ["line", "item", "ordered"]
    assert max(map(len, table)) <= 80
    assert [title for title in ("shipped", "invoiced", "promised") if title in table[1]] == []
    [first] = [line for line in table if "10001" in line]
    assert first.split()[:6] == ["1", "10001", "24", "EA", "24", "24"]
    [second] = [line for line in table if "10002" in line]
    assert second.split()[:4] == ["2", "10002", "99999", "EA"]

    monkeypatch.setattr(output.tables, "width", 120)
    assert "shipped   invoiced" in b2bsync("orders", "show", "PO-1").stdout


def test_an_expected_stop_is_one_line_in_the_log(trade: Trade, caplog: pytest.LogCaptureFixture) -> None:
    trade.agree('stage   = "production"', 'stage   = "test"')
    with caplog.at_level(logging.WARNING):
        trade.receive(order_file().replace("*P*>~", "*T*>~"))
    [told] = [record for record in caplog.records if "parked" in record.getMessage()]
    assert told.exc_info is None
    assert "partner acme is agreed for test" in told.getMessage()
