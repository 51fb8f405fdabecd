"""What is old and done goes to the archive with everything that belongs to it; what lives, or is needed, stays.

Two orders: PO-1 is shipped, answered and acknowledged, PO-2 waits for its goods. Three years pass.
"""

import gzip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from b2bsync.app import NotFound, backup, documents, retention
from b2bsync.exchange.restored import Restored
from b2bsync.store import Database, blobs, installation, open_database
from b2bsync.store.archive import Archive, Damaged
from b2bsync.store.retention import tonight
from b2bsync.store.types import UtcDateTime
from tests.acceptance.processes import KILLED, LONGEST, command, start
from tests.exchange.fixtures import original_trade, trade
from tests.exchange.paper import acknowledgement_file, order_file
from tests.exchange.trade import Trade, build

__all__ = ["original_trade", "trade"]

KEPT = """
[retention]
documents = "730d"
orders    = "730d"
messages  = "730d"
prices    = "730d"
"""

KILL = """
import os, signal, sys
from b2bsync.cli import app
seen = set()
def hook(event, arguments):
    # What is opened last before the rows are deleted is the folder, so that its entries are on disk.
    if event == "open" and isinstance(arguments[0], str) and arguments[0].endswith("manifest.jsonl"):
        seen.add(os.path.dirname(arguments[0]))
    elif event == "open" and str(arguments[0]) in seen:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
app(sys.argv[1:])
"""


def trade_of(trade: Trade) -> Trade:
    """What happened three years ago."""
    trade.drop("one.edi", order_file("PO-1", control=1))
    trade.drop("two.edi", order_file("PO-2", control=2))
    trade.once()
    trade.ship(10, 4500000001, "24")
    three_years_pass(trade)
    return trade


def three_years_pass(trade: Trade) -> None:
    """After what the ERP shipped was told and everything acknowledged."""
    trade.pull("erp.shipments")
    trade.once()
    groups = [(s[1].split("*")[1], s[1].split("*")[6]) for type in ("855", "856") for s in trade.sent(type)]
    for n, (code, control) in enumerate(groups, start=901):
        trade.drop(f"{n}.edi", acknowledgement_file(code, control, control=n))
    trade.once()
    trade.once()
    trade.pull("erp", full=True)  # the stock now has what was promised
    states = {d["type"]: d["status"] for d in trade.documents(number="PO-1", direction="out")}
    assert states["855"] == "acknowledged"
    with trade.open() as app:
        age(app.database)
    trade.write("config.toml", (trade.root / "config.toml").read_text() + KEPT)


def age(database: Database) -> None:
    """Three years pass."""
    with database.session() as session:
        for table in SQLModel.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, UtcDateTime):
                    past = (
                        f"strftime('%Y-%m-%d %H:%M:%f', {column.name}, '-3 years') || '000'"
                        if database.is_sqlite
                        else f"{column.name} - interval '3 years'"
                    )
                    session.execute(text(f"update {table.name} set {column.name} = {past}"))
        session.commit()


def run(trade: Trade, **how: Any) -> dict[str, int]:
    with trade.open() as app:
        return {removed.name: removed.units for removed in retention.run(app, "test", **how) if removed.units}


def counts(trade: Trade) -> dict[str, int]:
    with trade.open() as app, app.database.session() as session:
        tables = ("message", "document", "delivery", "sales_order", "order_book", "attempt", "push", "blob", "claim")
        return {t: session.execute(text(f"select count(*) from {t}")).scalar_one() for t in tables}


def change(trade: Trade, statement: str) -> None:
    with trade.open() as app, app.database.session() as session:
        assert session.execute(text(statement)).rowcount > 0  # type: ignore[attr-defined]
        session.commit()


@pytest.fixture(scope="module")
def three_years_ago(original_trade: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("retention") / "workspace"
    shutil.copytree(original_trade, root)
    return trade_of(Trade(root)).root


@pytest.fixture
def old_trade(three_years_ago: Path, tmp_path: Path) -> Trade:
    shutil.copytree(three_years_ago, tmp_path / "workspace")
    return Trade(tmp_path / "workspace")


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Trade]:
    if request.param == "sqlite":
        yield request.getfixturevalue("old_trade")
    else:
        yield trade_of(build(tmp_path / "workspace", request.getfixturevalue("postgresql_url")))


def test_killed_between_archive_and_deletion_and_then_to_its_end(either: Trade) -> None:
    trade, before = either, counts(either)
    [first, second] = [trade.documents(type="850", number=n)[0] for n in ("PO-1", "PO-2")]
    answer = trade.documents(type="855", number="PO-2")[0]
    [message] = [m["id"] for m in trade.messages() if m["name"] == "one.edi"]
    content = trade.message_raw(message)
    assert command(trade.root, "archive", "run", kill_at=".jsonl.gz") == KILLED
    assert counts(trade) == before
    # The file is there, and named: nothing is gone, and the next one writes it again.
    arguments = [sys.executable, "-c", KILL, "-w", str(trade.root), "archive", "run"]
    assert subprocess.run(arguments, stdout=subprocess.DEVNULL).returncode == KILLED
    assert counts(trade) == before
    with trade.open() as app:
        assert len(retention.files(app)) == 1

    went = run(trade)
    assert (went["orders"], went["messages"]) == (1, 3)  # PO-1's file and the two 997s of the buyer about it
    assert [d["number"] for d in trade.documents(type="850")] == ["PO-2"]
    assert [(o, s) for o, _, s in trade.sales_orders()] == [(4500000001, "ACCEPTED"), (4500000002, "ACCEPTED")]
    with trade.open() as app:
        assert retention.check(app) == []
        archived = list(retention.show(app, "documents", str(first["id"])))
        numbers = {r["row"]["number"] for r in archived if r["table"] == "document" and r["row"]["kind"] == "Order"}
        assert numbers == {"PO-1"}
        assert {"document", "push", "delivery", "delivery_document"} <= {r["table"] for r in archived}
        assert any(r["row"]["digest"] in names(app) for r in archived if r["table"] == "delivery")
        digest = hashlib.sha256(content).hexdigest()
        assert b"".join(retention.raw(app, digest)) == content
        with pytest.raises(NotFound, match="the archive has no documents 99"):
            list(retention.show(app, "documents", "99"))

    # PO-2 is as good as before: explained, its bytes there, its answer sent again.
    assert trade.document(second["id"])["answers"][0]["id"] == answer["id"]
    assert b"PO-2" in trade.raw(second["id"])
    (trade.outbox / trade.document(answer["id"])["deliveries"][0]["name"]).unlink()
    with trade.open() as app:
        documents.resend(app, second["id"], "test")
    trade.once()
    assert trade.document(answer["id"])["deliveries"][0]["attempts"] == 2
    assert b"PO-2" in trade.raw(answer["id"])
    assert run(trade) == {}


def names(app: Any) -> set[str]:
    return {key for file in Archive(retention.place(app) or Path()).files("blobs") for key in map(str, file.keys)}


def shipped_together(trade: Trade) -> None:
    """Three years ago one shipment went out for two orders: all of the first, a part of the second."""
    trade.drop("one.edi", order_file("PO-1", control=1))
    trade.drop("two.edi", order_file("PO-2", control=2))
    trade.once()
    trade.ship(10, 4500000001, "24")
    trade.erp("INSERT INTO DELIV_POS VALUES (10, 2, 1, 4500000002, 10, '10001', '7', 'PCE')")
    three_years_pass(trade)


def test_a_shipment_for_two_orders_stays_as_long_as_one_of_them(trade: Trade) -> None:
    shipped_together(trade)
    [before] = trade.documents(type="856")
    for dry in (True, False):
        went = run(trade, dry=dry)
        assert (went["orders"], went.get("documents", 0)) == (1, 0)
    trade.pull("erp.shipments", full=True)
    trade.once()
    assert (len(trade.sent("856")), trade.documents(type="856")) == (1, [before])

    change(trade, "update order_book set shipped = confirmed")
    assert run(trade)["documents"] > 0
    assert trade.documents(type="856") == []


def test_what_was_archived_is_not_sent_again_for_an_order_that_stays(trade: Trade) -> None:
    """The second order's number became known only afterwards, and the ERP shows the shipment once more."""
    shipped_together(trade)
    change(trade, "update sales_order set erp_number = null where number = 'PO-2'")
    assert run(trade)["orders"] == 1
    assert trade.documents(type="856") == []
    change(trade, "update sales_order set erp_number = '4500000002' where number = 'PO-2'")
    [line] = trade.order("PO-2")["lines"]

    trade.pull("erp.shipments", full=True)
    trade.once()
    assert len(trade.sent("856")) == 1
    [shipment] = trade.documents(type="856")
    assert shipment["status"] == "learnt"
    assert "was dealt with before" in shipment["reason"]
    assert trade.order("PO-2")["lines"] == [line]


def test_what_was_shipped_and_not_invoiced_waits_a_year(old_trade: Trade) -> None:
    config = (old_trade.root / "config.toml").read_text()
    old_trade.write("config.toml", config.replace('orders    = "730d"', 'orders = "30d"'))
    aged = "update sales_order set updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now', '-{} days') || '000'"
    change(old_trade, aged.format(300))
    assert "orders" not in run(old_trade)
    change(old_trade, aged.format(366))
    assert run(old_trade, dry=True)["orders"] == 1
    change(old_trade, aged.format(300))
    change(old_trade, "update order_book set invoiced = '24'")
    assert run(old_trade)["orders"] == 1


def test_a_file_whose_message_was_archived_is_not_one_that_a_restore_missed(old_trade: Trade) -> None:
    """The database was restored before all of it: what came since is known, though its rows are gone."""
    long_ago = datetime.now(UTC) - timedelta(days=4 * 365)
    fact = Restored(file="nightly.backup", taken_at=long_ago, at=long_ago)
    with old_trade.open() as app, app.database.session() as session:
        installation.put(session, installation.RESTORED, msgspec.json.encode(fact).decode())
        session.commit()
    for path in (old_trade.inbox / "done").iterdir():
        path.rename(path.with_name(f"{int(path.name[:4]) - 3}{path.name[4:]}"))
    assert run(old_trade)["messages"] > 0
    with old_trade.open() as app:
        assert backup.receive_again(app) == {"received": 0, "files": [], "problems": []}


def test_a_dry_run_and_one_without_an_archive(old_trade: Trade) -> None:
    before = counts(old_trade)
    would = run(old_trade, dry=True)
    assert (would["orders"], counts(old_trade)) == (1, before)
    config = (old_trade.root / "config.toml").read_text()
    old_trade.write("config.toml", config.replace("[retention]", "[retention]\narchive = false"))
    assert run(old_trade)["documents"] > 0
    assert not (old_trade.root / "archive").exists()


@pytest.mark.parametrize(
    "alive",
    [
        "update sales_order set status = 'judged' where number = 'PO-1'",
        "update order_book set shipped = '23' where order_id = (select id from sales_order where number = 'PO-1')",
        "update commitment set released_at = null",
        "update document set status = 'held' where type = '850' and number = 'PO-1'",
        "update document set status = 'failed' where type = '856'",
        "update delivery set state = 'in_doubt' where group_code = 'SH'",
        "update delivery set state = 'queued' where group_code = 'PR'",
        "update delivery set ack_state = 'overdue' where group_code = 'SH'",
        "update push set state = 'ambiguous' where document_id in (select id from document where number = 'PO-1')",
        "update claim set expires_at = null where scope = 'order'",
        "insert into task (lane, stage, subject, state, starts, error, created_at) select 'orders:acme', 'judge', id, "
        "'parked', 3, '', '2020-01-01 00:00:00.000000' from document where type = '850'",
    ],
)
def test_what_lives_stays_with_all_that_belongs_to_it(old_trade: Trade, alive: str) -> None:
    change(old_trade, alive)
    before = counts(old_trade)
    run(old_trade)
    assert [d["number"] for d in old_trade.documents(type="850")] == ["PO-1", "PO-2"]
    left = counts(old_trade)
    kept = ("document", "delivery", "push")
    assert {t: left[t] for t in kept if alive.startswith("update claim") or "850" in alive} == {
        t: before[t] for t in kept if alive.startswith("update claim") or "850" in alive
    }
    with old_trade.open() as app:
        assert documents.one(app, old_trade.documents(number="PO-1", type="850")[0]["id"])["answers"]
        assert {d["state"] for d in old_trade.deliveries()} <= {"sent", "acked", "in_doubt", "queued"}


def test_runs_and_their_rejects_go_and_the_last_of_a_stream_stays(old_trade: Trade) -> None:
    columns = (
        "company, stage, connector, stream, mode, status, pages, read, added, changed, unchanged, removed, rejected"
    )
    columns += ", error, node, started_at"
    copy = f"insert into sync_run ({columns}) select {columns} from sync_run"
    change(old_trade, copy)
    change(
        old_trade,
        "insert into sync_reject (run_id, company, stage, connector, stream, key, record, error, at) "
        "select id, company, stage, connector, stream, 'k', '{}', 'bad', started_at from sync_run where id = 1",
    )
    went = run(old_trade)["sync_runs"]
    with old_trade.open() as app, app.database.session() as session:
        left = session.execute(text("select id from sync_run order by id")).scalars().all()
        latest = session.execute(text("select max(id) from sync_run group by stream, status")).scalars().all()
    assert went > 0
    assert set(left) == {1, *latest}  # the first has a record that nobody has resolved


def test_a_file_that_was_changed_is_told(old_trade: Trade) -> None:
    run(old_trade)
    with old_trade.open() as app:
        archive = Archive(retention.place(app) or Path())
        [written] = list(archive.files("orders"))
        assert json.loads(gzip.decompress(archive.path(written).read_bytes()).splitlines()[0])["table"] == "sales_order"
        archive.path(written).write_bytes(b"")
        assert len(retention.check(app)) == 1
        with pytest.raises(Damaged, match="is not what was written"):
            list(retention.show(app, "orders", str(written.keys[0])))


def test_the_daemon_does_it_beside_its_work(old_trade: Trade) -> None:
    config = (old_trade.root / "config.toml").read_text()
    old_trade.write("config.toml", config.replace("[retention]", "[retention]\nhour = 0"))
    daemon = start(old_trade.root, "serve")
    try:
        end = time.monotonic() + LONGEST
        while not list(old_trade.root.glob("archive/blobs/*/manifest.jsonl")):  # the last class
            assert time.monotonic() < end, (old_trade.root / "errors.txt").read_text()
            time.sleep(0.05)
        assert daemon.pid is not None
        os.kill(daemon.pid, signal.SIGTERM)
        daemon.join(LONGEST)
        assert daemon.exitcode == 0
    finally:
        daemon.kill()
        daemon.join()
    assert [d["number"] for d in old_trade.documents(type="850")] == ["PO-2"]


def test_whatever_points_to_what_goes_is_known() -> None:
    """A new pointer must be looked at before its target is removed, or go with it: see ``store/families.py``."""
    pointers = {
        f"{key.parent.table.name}.{key.parent.name}"
        for table in SQLModel.metadata.sorted_tables
        for key in table.foreign_keys
    }
    assert pointers == {
        "attempt.delivery_id", "awaited_order.document_id", "blob_chunk.digest", "commitment.order_id",
        "credit_commitment.order_id", "delivery.ack_document_id", "delivery.digest", "delivery_document.delivery_id",
        "delivery_document.document_id", "document.message_id", "document.parent_id", "message.digest",
        "order_book.order_id", "order_judgement.order_id", "push.document_id", "sales_order.document_id",
        "sales_order.response_id", "sync_reject.run_id",
    }  # fmt: skip


def test_one_of_several_nodes_does_it_once_a_day(database: Database) -> None:
    now = datetime(2026, 3, 2, 3, tzinfo=UTC)
    asked = []
    for moment in (now, now, now + timedelta(days=1)):
        with database.session() as session:
            asked.append(tonight(session, moment))
            session.commit()
    assert asked == [True, False, True]


def test_left_over_parts_of_a_large_content_are_removed(old_trade: Trade) -> None:
    with old_trade.open() as app:
        with blobs.spooled([b"x" * 1024] * 9216) as content:
            blobs.store_ahead(app.database, content)
        age(app.database)
        before = run(old_trade)
        assert before["blobs"] > 0
        with app.database.session() as session:
            assert session.execute(text("select count(*) from blob where size < 0")).scalar_one() == 0
        assert open_database(app.database.url).is_sqlite
