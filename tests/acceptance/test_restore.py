"""The database is lost and a backup of earlier takes its place: no second order in the ERP, no control number twice,
nothing leaves until it is released, and nothing is lost."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from b2bsync.cli import app as command_line
from tests.acceptance.processes import LONGEST, start
from tests.exchange.paper import acknowledgement_file, order_file
from tests.exchange.trade import Trade, build


class Restorable:
    """A trade, and where its database is made anew."""

    def __init__(self, trade: Trade, second_url: str) -> None:
        self.trade, self.second_url = trade, second_url

    @property
    def sqlite(self) -> bool:
        return not self.second_url

    def lose_the_database(self) -> None:
        if self.sqlite:
            for file in self.trade.root.glob("b2bsync.db*"):
                file.write_bytes(b"a damaged disk")
        else:
            config = self.trade.root / "config.toml"
            lines = config.read_text().splitlines()
            config.write_text(
                "\n".join(f'url = "{self.second_url}"' if "postgres" in line else line for line in lines) + "\n"
            )


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Restorable:
    if request.param == "sqlite":
        trade: Trade = request.getfixturevalue("trade")
        return Restorable(trade, "")
    first = request.getfixturevalue("postgresql_database").url
    return Restorable(build(tmp_path / "workspace", first), request.getfixturevalue("postgresql_url"))


def b2bsync(trade: Trade, *arguments: object, ends: int = 0) -> str:
    """What a command said, on either stream."""
    done = CliRunner().invoke(command_line, ["-w", str(trade.root), *map(str, arguments)])
    assert done.exit_code == ends, done.output
    return done.stdout if ends == 0 else " ".join(done.stderr.split())


def answered(trade: Trade, *arguments: object) -> Any:
    return json.loads(b2bsync(trade, *arguments, "--json"))


def control_numbers(trade: Trade) -> list[int]:
    """ISA13 of everything in the buyer's directory."""
    return [int(path.read_text().split("*")[13]) for path in trade.outbox.glob("*.edi")]


def names(trade: Trade) -> set[str]:
    return {path.name for path in trade.outbox.glob("*.edi")}


def held(trade: Trade) -> dict[str, int]:
    """What waits: delivery by what it carries."""
    rows = answered(trade, "deliveries", "list", "--state", "queued")
    return {row["documents"][0]: row["id"] for row in rows}


@pytest.mark.long
def test_after_a_restore_nothing_happens_twice_and_nothing_is_lost(either: Restorable) -> None:
    trade = either.trade
    for n in range(10):  # enough that one may be deleted
        trade.erp(
            "INSERT INTO ITEM_MASTER VALUES (?, 'Hex bolt', 'PCE', NULL, 'G10', 'A', NULL, NULL, NULL, '0.25', NULL,"
            " '2025-01-02T00:00:00.000000Z')",
            f"2000{n}",
        )
    trade.pull("erp.products", full=True)
    trade.drop("1.edi", order_file("PO-1", 1))
    trade.once()
    # The answer to PO-2 waits when the backup is taken, and leaves after it.
    trade.drop("2.edi", order_file("PO-2", 2))
    away = trade.outbox.with_name("away")
    trade.outbox.rename(away)
    trade.once()
    made = answered(trade, "backup", trade.root / "monday.b2b")
    away.rename(trade.outbox)
    for lane in ("send:acme", "ack:acme"):
        trade.retry_lane(lane)
    trade.once()

    # What the backup knows nothing of.
    trade.drop("3.edi", order_file("PO-3", 3))
    trade.drop("4.edi", order_file("PO-4", 4))
    trade.once()
    first = next(s for s in trade.sent("855") if any(x.startswith("BAK") and "PO-1" in x for x in s))
    trade.drop("5.edi", acknowledgement_file("PR", first[1].split("*")[6]))
    trade.ship(8000000001, 4500000001, "20")
    trade.invoice(9000000001, 8000000001, 4500000001)
    trade.erp("DELETE FROM ITEM_MASTER WHERE ITEM_NO = '20009'")
    trade.pull("erp.shipments", "erp.invoices")
    trade.once()
    before = names(trade)
    assert Counter(name[:3] for name in before) == {"997": 4, "855": 4, "856": 1, "810": 1}
    orders = trade.sales_orders()
    assert [number for _, number, _ in orders] == ["PO-1", "PO-2", "PO-3", "PO-4"]

    either.lose_the_database()
    replace = ["--replace"] if either.sqlite else []
    done = answered(trade, "restore", trade.root / "monday.b2b", *replace)
    assert done["created_at"] == made["created_at"]
    assert (done["rows"], done["jump"], done["control_numbers"], done["held"]) == (made["rows"], 1_000_000, 2, 2)
    assert [file["name"] for file in done["missed"]] == ["3.edi", "4.edi", "5.edi"]
    assert len(done["warnings"]) == either.sqlite
    assert all("b2bsync.db cannot be read (it is lost or damaged" in text for text in done["warnings"])
    assert "erp.products" in done["streams"]
    assert (done["kept_aside"] is not None) == either.sqlite

    # Everything goes on but for what leaves. The buyer sends PO-4 once more: he heard of the trouble.
    assert "3 files received" in b2bsync(trade, "receive", "--missed")
    assert "0 files received" in b2bsync(trade, "receive", "--missed")
    trade.drop("again.edi", order_file("PO-4", 44))
    once = answered_once(trade)
    assert set(once["backing_off"]) == {"send:acme", "ack:acme"}
    assert "`b2bsync deliveries release --all` lets it go" in once["backing_off"]["send:acme"]
    runs = {run["stream"]: run for run in trade.pull("erp")}
    trade.once()
    assert runs["products"]["mode"] == "full"
    assert runs["products"]["removed"] == 1
    assert trade.pull("erp.products")[0]["mode"] == "incremental"  # once is enough
    assert trade.sales_orders() == orders
    assert names(trade) == before
    assert [trade.order(f"PO-{n}")["erp_number"] for n in (1, 2, 3, 4)] == [str(number) for number, _, _ in orders]
    assert {d["number"] for d in trade.documents(type="850", status="duplicate")} == {"PO-4"}

    # The operator looks, closes what the buyer has, lets one go, and then the rest.
    waiting = held(trade)
    assert {"855 PO-2", "855 PO-3", "855 PO-4", "856 8000000001", "810 9000000001"} <= set(waiting)
    for what in ("856 8000000001", "810 9000000001", "855 PO-2"):
        assert "counts as sent" in b2bsync(trade, "deliveries", "decide", waiting[what], "sent")
    refused = b2bsync(trade, "deliveries", "decide", waiting["855 PO-3"], "resend", ends=1)
    assert f"`b2bsync deliveries release {waiting['855 PO-3']}` lets it go" in refused
    assert answered(trade, "deliveries", "release", waiting["855 PO-3"]) == {"released": 1, "held": True}
    trade.once()
    [released] = names(trade) - before
    assert "PO-3" in (trade.outbox / released).read_text()
    assert int(released[-13:-4]) > 1_000_000

    said = answered(trade, "deliveries", "release", "--all")
    assert said["held"] is False
    trade.once()
    assert held(trade) == {}
    after = names(trade) - before
    # A 997 for each order that was taken again and for the one that came again; the answers that were not closed. The
    # 997 for PO-2 went under the name it had before: the same bytes.
    assert Counter(name[:3] for name in after) == {"997": 3, "855": 2}
    assert len(set(control_numbers(trade))) == len(names(trade))
    assert min(int(name[-13:-4]) for name in after) > 1_000_000
    assert trade.sales_orders() == orders

    # And on it goes.
    trade.drop("6.edi", order_file("PO-5", 6))
    trade.once()
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2", "PO-3", "PO-4", "PO-5"]
    assert trade.order("PO-5")["status"] == "confirmed"


def answered_once(trade: Trade) -> Any:
    """``once`` ends with 1 while a lane backs off."""
    done = CliRunner().invoke(command_line, ["-w", str(trade.root), "once", "--json"])
    assert done.exit_code == 1, done.output
    return json.loads(done.stdout)


def test_a_backup_is_taken_beside_the_daemon_and_a_restore_is_not(trade: Trade) -> None:
    daemon = start(trade.root, "serve")
    try:
        trade.drop("1.edi", order_file("PO-1", 1))
        end = time.monotonic() + LONGEST
        while not (answers := trade.documents(type="855", status="sent")):
            assert time.monotonic() < end, "the order was not answered"
            time.sleep(0.05)
        made = answered(trade, "backup", trade.root / "monday.b2b")
        assert made["tables"]["document"] >= 3
        refused = b2bsync(trade, "restore", trade.root / "monday.b2b", "--replace", ends=1)
        assert "node 'main' is running already" in refused
        assert trade.documents(type="855") == answers
    finally:
        daemon.terminate()
        daemon.join(LONGEST)
    assert daemon.exitcode == 0

    # A lane that the daemon held begins asleep: the next one wakes it by itself.
    assert answered(trade, "restore", trade.root / "monday.b2b", "--replace")["rows"] == made["rows"]
    trade.drop("2.edi", order_file("PO-2", 2))
    trade.once()
    assert trade.order("PO-2")["status"] == "confirmed"
    assert [path.name[:3] for path in sorted(trade.outbox.iterdir())] == ["855", "997"]
