"""The daemon as operators know it: it takes what comes, commands work beside it, and it ends when it is asked to."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from b2bsync.cli import app
from b2bsync.store import DatabaseTooNew, installation
from tests.acceptance.processes import KILLED, LONGEST, start
from tests.exchange.paper import order_file
from tests.exchange.trade import Trade


def b2bsync(trade: Trade, *arguments: str) -> tuple[int, str]:
    """Exit code and everything that was said."""
    done = CliRunner().invoke(app, ["-w", str(trade.root), *arguments])
    return done.exit_code, done.output


def until(what: Callable[[], Any]) -> None:
    """Wait for something that must come; how quickly is no part of any test."""
    end = time.monotonic() + LONGEST
    while not what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def runs(trade: Trade) -> bool:
    said = trade.root / "errors.txt"
    return said.exists() and "SIGTERM ends it" in said.read_text()


def stop(daemon: BaseProcess) -> int | None:
    assert daemon.pid is not None
    os.kill(daemon.pid, signal.SIGTERM)
    daemon.join(LONGEST)
    if daemon.exitcode is None:
        os.kill(daemon.pid, signal.SIGUSR1)  # it writes down what its threads do
        daemon.join(1.0)
    return daemon.exitcode


@pytest.fixture
def daemon(trade: Trade) -> Iterator[BaseProcess]:
    process = start(trade.root, "serve")
    try:
        until(lambda: runs(trade))
        yield process
    finally:
        process.kill()
        process.join()


def test_a_daemon_takes_an_order_and_ends_cleanly(trade: Trade, daemon: BaseProcess) -> None:
    trade.drop("monday.edi", order_file())
    until(lambda: trade.sent("855"))
    assert stop(daemon) == 0, (trade.root / "errors.txt").read_text()

    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    log = (trade.root / "errors.txt").read_text()
    assert "1 files received" in log
    assert log.rstrip().endswith("ended")
    assert [node["alive"] for node in json.loads(b2bsync(trade, "status", "--json")[1])["nodes"]] == [False]


def test_commands_work_beside_a_daemon(trade: Trade, daemon: BaseProcess) -> None:
    code, said = b2bsync(trade, "once")
    assert code == 1
    assert said.startswith("error: ")
    assert "main" in said
    assert str(daemon.pid) in said

    # What waits in a paused lane waits; resuming it lets it go.
    (trade.root / "erp-is-away").touch()
    file = trade.write("first.edi", order_file("PO-1", 1))
    assert b2bsync(trade, "receive", str(file), "--partner", "acme") == (
        0,
        f"message 1: {file.stat().st_size} bytes received for acme\n",
    )
    until(lambda: trade.lanes().get("erp:erp", {}).get("state") == "backing off")
    assert len(trade.sent("997")) == 1
    assert b2bsync(trade, "lanes", "pause", "erp:erp") == (0, "lane erp:erp: paused\n")
    (trade.root / "erp-is-away").unlink()
    assert trade.lanes()["erp:erp"]["state"] == "paused"
    assert b2bsync(trade, "lanes", "resume", "erp:erp") == (0, "lane erp:erp: flows again\n")
    b2bsync(trade, "lanes", "retry", "erp:erp")
    until(lambda: len(trade.sent("855")) == 1)

    # A held order that is mended goes on when it is retried.
    strange = trade.write(
        "second.edi",
        order_file("PO-2", 2, buyer="0777").replace("N1*ST*Acme Warehouse*92*0042", "N1*ST*Nobody*92*0999"),
    )
    b2bsync(trade, "receive", str(strange), "--partner", "acme")
    until(lambda: trade.documents(status="held"))
    trade.erp("UPDATE DEBTOR_ADDR SET CUST_ADDR_NO = '0777', CHG_TS = '2026-01-02T00:00:00.000000Z' WHERE ADDR_ID = 1")
    assert b2bsync(trade, "sync", "erp.customer_identifiers")[0] == 0
    [held] = trade.documents(status="held")
    assert b2bsync(trade, "documents", "retry", str(held["id"])) == (0, f"document {held['id']}: judged again\n")
    until(lambda: len(trade.sent("855")) == 2)
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2"]


def test_a_second_daemon_of_the_same_node_does_not_start(trade: Trade, daemon: BaseProcess) -> None:
    second = start(trade.root, "serve")
    second.join(LONGEST)
    assert second.exitcode == 1
    assert daemon.is_alive()


def test_a_killed_daemon_is_followed_by_the_next(trade: Trade, daemon: BaseProcess) -> None:
    (trade.root / "kill-after-create").touch()
    trade.drop("monday.edi", order_file())
    daemon.join(LONGEST)
    assert daemon.exitcode == KILLED
    assert trade.sales_orders() == [(4500000001, "PO-1", "NEW")]

    (trade.root / "kill-after-create").unlink()
    following = start(trade.root, "serve")
    until(lambda: trade.sent("855"))
    assert stop(following) == 0
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert sorted(path.name for path in trade.outbox.iterdir()) == ["855_acme_000000002.edi", "997_acme_000000001.edi"]


def test_a_missing_directory_is_told_once_and_found_when_it_is_there(trade: Trade, daemon: BaseProcess) -> None:
    trade.inbox.rmdir() if not any(trade.inbox.iterdir()) else None
    until(lambda: "exchange/acme/in" in (trade.root / "errors.txt").read_text())
    trade.inbox.mkdir(exist_ok=True)
    trade.drop("monday.edi", order_file())
    until(lambda: trade.sent("855"))
    assert (trade.root / "errors.txt").read_text().count("does not exist") == 1


def test_a_daemon_notices_when_its_tables_go_on_without_it(trade: Trade) -> None:
    with trade.open() as app:
        app.check_tables()
        with app.database.session() as session:  # a newer program has taken something away
            session.execute(text("update alembic_version set version_num = '9999'"))
            installation.put(session, "oldest schema", "9999")
            session.commit()
        with pytest.raises(DatabaseTooNew, match="need one that knows at least 9999"):
            app.check_tables()
