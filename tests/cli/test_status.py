"""``b2bsync status``: what is told, which command acts on it, and the exit code. States are brought about as they come
about: by pulls, tasks, nodes and deliveries of the product's own."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from b2bsync.app import App
from b2bsync.app.installation import init
from b2bsync.app.status import status
from b2bsync.cli import output
from b2bsync.engine import prepare
from b2bsync.engine.node import arrive, leave
from b2bsync.engine.scheduler import Scheduler
from b2bsync.engine.takeover import tell_taken_over
from b2bsync.store import Database, begin_write, deliveries, installation, journal, open_database
from b2bsync.sync import history
from b2bsync.sync.stage import Scheduled
from tests.cli.conftest import Command, run
from tests.exchange.paper import order_file
from tests.exchange.trade import Trade

CONFIG = """
[database]
url = "{url}"
[connector.erp]
use = "sql"
url = "sqlite:///erp.db"
[connector.erp.stream.items]
mapping = "items"
query   = "SELECT no, name, price, chg FROM item"
key     = "no"
cursor  = "chg"
"""
MAPPING = """
document = "Product"
dialect  = "record"
[fields]
key    = "no"
sku    = "no"
name   = "name"
weight = { at = "price", type = "decimal" }
"""


@dataclass(frozen=True)
class Place(Trade):
    """A workspace without partners, with one stream of two items."""

    database: Database | None = None

    def open(self) -> App:
        """On the database that is open already, which is quicker."""
        app = App(self.root)
        if self.database is not None:
            app.__dict__["database"] = self.database
        return app

    def act(self, do: Callable[[App, Any], Any]) -> None:
        with self.open() as app, app.database.session() as session:
            do(app, session)
            session.commit()

    def older(self, table: str, column: str, hours: float, where: str = "1 = 1") -> None:
        """Make moments so much older: what a test would have to wait for."""

        def do(app: App, session: Any) -> None:
            minutes = int(hours * 60)
            sqlite = f"strftime('%Y-%m-%d %H:%M:%f000', {column}, '-{minutes} minutes')"
            older = sqlite if app.database.is_sqlite else f"{column} - interval '{minutes} minutes'"
            session.execute(text(f"update {table} set {column} = {older} where {where}"))

        self.act(do)

    def status(self) -> dict[str, Any]:
        with self.open() as app:
            return status(app)

    def found(self) -> dict[str, tuple[str, str, str]]:
        """Severity, subject and verb of what is told, by its word; all that is no note has a verb."""
        found = self.status()["findings"]
        assert [f for f in found if f["severity"] != "note" and not f["verb"].startswith("b2bsync ")] == []
        return {f["what"]: (f["severity"], f["subject"], f["verb"]) for f in found}

    def work(self, *lanes: str) -> None:
        """A task in each of these lanes."""
        assert self.database is not None
        prepare(self.database)

        def do(app: App, session: Any) -> None:
            for lane in lanes:
                app.lanes.add(session, lane, "judge", [1])

        self.act(do)

    def schedule(self, every: str) -> None:
        self.write("schedules/items.toml", f'what = "sync erp.items"\nevery = "{every}"\n')


def _place(root: Path, database: Database) -> Place:
    init(root)
    place = Place(root, database)
    place.write("config.toml", CONFIG.format(url=database.url))
    place.write("mappings/items.toml", MAPPING)
    with sqlite3.connect(root / "erp.db") as erp:
        erp.execute("create table item (no text primary key, name text, price text, chg text)")
        items = [("A", "Tea", "1", "2026-01-01"), ("B", "Cup", "2", "2026-01-02")]
        erp.executemany("insert into item values (?, ?, ?, ?)", items)
    erp.close()
    return place


@pytest.fixture
def place(database: Database, tmp_path: Path) -> Place:
    """On both databases."""
    return _place(tmp_path / "place", database)


@pytest.fixture
def small(sqlite_database: Database, tmp_path: Path) -> Place:
    """On SQLite."""
    return _place(tmp_path / "place", sqlite_database)


def test_an_installation_at_rest_is_fine(small: Place) -> None:
    small.pull("erp")
    told = run(small, "status")
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.splitlines()[0].startswith("ok: everything flows · production · ")
    assert "→" not in told.stdout


def test_the_exit_code_is_that_of_the_worst_finding(small: Place) -> None:
    def told() -> tuple[int, str]:
        done = run(small, "status", "--json")
        state = json.loads(done.stdout)
        assert done.stderr == ""
        return done.exit_code, state["verdict"]

    assert told() == (0, "ok")
    small.act(lambda app, session: installation.put(session, installation.HELD, "restored"))
    assert told() == (1, "warning")
    small.schedule("1h")
    assert told() == (2, "trouble")


def test_work_and_schedules_without_a_daemon_are_trouble(small: Place) -> None:
    small.schedule("1h")
    assert small.found() == {"no_daemon": ("trouble", "", "b2bsync serve")}
    small.work("orders:acme")
    [finding] = small.status()["findings"]
    assert finding["detail"] == "no daemon runs, though 1 task waits and 1 schedule is enabled"
    small.act(lambda app, session: arrive(session, "a", "0.1.0", 900))
    assert small.found() == {}


def test_lanes_that_do_not_flow_are_told_with_their_verbs(place: Place) -> None:
    def do(app: App, session: Any) -> None:
        arrive(session, "a", "0.1.0", 900)
        app.lanes.pause(session, "orders:blue")
        session.execute(
            text("update lane set fails = 3, error = 'no route', next_try = '2099-01-01' where id like 's%'")
        )

    place.work("orders:acme", "orders:blue", "send:acme")
    place.act(do)
    assert place.found() == {
        "lane_paused": ("warning", "orders:blue", "b2bsync lanes resume orders:blue"),
        "lane_backing_off": ("warning", "send:acme", "b2bsync lanes retry send:acme"),
    }
    place.older("task", "created_at", 0.2)
    assert place.found()["lane_stuck"] == ("trouble", "orders:acme", "b2bsync lanes retry orders:acme")
    [lane] = [lane for lane in place.status()["lanes"] if lane["id"] == "orders:acme"]
    assert (lane["head"]["stage"], lane["head"]["of"], lane["waiting"]) == ("judge", "document 1", 1)


def test_many_lanes_in_one_state_are_a_number(small: Place) -> None:
    def do(app: App, session: Any) -> None:
        arrive(session, "a", "0.1.0", 900)
        for number in range(20):
            app.lanes.pause(session, f"orders:p{number:02}")

    small.work(*(f"orders:p{number:02}" for number in range(20)))
    small.act(do)
    told = [(f["subject"], f["verb"]) for f in small.status()["findings"]]
    assert len(told) == 6
    assert told[0] == ("orders:p00", "b2bsync lanes resume orders:p00")
    assert told[5] == ("15 more", "b2bsync lanes list")
    shown = run(small, "status").stdout
    assert "8 more, 0 asleep: b2bsync lanes list" in shown


def test_nodes_that_are_silent_or_of_two_versions_and_what_was_taken_over(place: Place) -> None:
    def do(app: App, session: Any) -> None:
        for name, version in (("a", "0.1.0"), ("b", "0.1.0"), ("c", "0.2.0"), ("d", "0.1.0")):
            arrive(session, name, version, 900)
        leave(session, "d")

    place.act(do)
    place.older("node", "beat", 1, "id = 'a'")
    place.act(lambda app, session: tell_taken_over(session, "orders:acme", "a", "b"))
    place.older("event", "at", 25)
    place.act(lambda app, session: tell_taken_over(session, "send:acme", "a", "b"))
    found = place.found()
    assert [(what, f[:2]) for what, f in found.items()] == [
        ("node_silent", ("warning", "a")),
        ("versions_differ", ("note", "b")),
        ("taken_over", ("note", "send:acme")),
    ]
    assert found["node_silent"][2].startswith("b2bsync serve")
    place.older("node", "beat", 24 * 8, "id = 'a'")
    assert place.found()["node_silent"][:2] == ("note", "a")  # the others do its work
    place.older("node", "started", 2)
    assert place.found()["versions_differ"] == ("warning", "b", "b2bsync serve")
    state = place.status()
    [taken] = state["takeovers"]  # the other was more than a day ago
    assert (taken["lane"], taken["who"]) == ("send:acme", "b")
    assert taken["detail"].startswith("node a was silent for 36")
    assert {node["id"]: node["alive"] for node in state["nodes"]} == {"a": False, "b": True, "c": True, "d": False}


def test_a_stream_that_had_rows_and_reads_none_is_not_green(place: Place) -> None:
    place.pull("erp")
    place.erp("delete from item")
    [empty] = place.pull("erp")
    assert (empty["status"], empty["read"]) == ("empty", 0)
    assert place.found() == {"sync_empty": ("warning", "erp.items", "b2bsync sync erp.items")}
    assert "empty, warning" in run(place, "status").stdout

    place.erp("insert into item values ('C', 'Pot', '3', '2026-01-03')")
    place.pull("erp")
    assert place.found() == {}
    place.erp("delete from item")
    place.pull("erp")
    assert place.found()["sync_empty"][0] == "note"  # for less long than before: so it is with files that come daily
    place.older("sync_run", "started_at", 5, "id < (select max(id) from sync_run)")
    assert place.found()["sync_empty"][0] == "warning"  # for longer than it ever was


def test_runs_that_failed_or_set_everything_aside_are_not_green(small: Place) -> None:
    small.pull("erp")
    small.erp("update item set price = 'much', chg = '2026-02-01'")
    [bad] = small.pull("erp")
    assert (bad["status"], bad["read"], bad["rejected"]) == ("failed", 2, 2)
    assert small.found() == {"sync_failed": ("trouble", "erp.items", "b2bsync sync erp.items")}
    [again] = small.pull("erp")  # the same rejects once more: nothing failed, and nothing good came
    assert (again["status"], again["read"], again["rejected"]) == ("ok", 2, 2)
    assert small.found() == {"sync_all_rejected": ("warning", "erp.items", "b2bsync sync rejects erp.items")}

    small.erp("update item set price = '1', chg = '2026-02-02' where no = 'A'")
    small.pull("erp")
    assert small.found() == {"sync_some_rejected": ("note", "erp.items", "b2bsync sync rejects erp.items")}
    small.erp("alter table item rename to gone")
    small.pull("erp")
    [finding] = small.status()["findings"]
    assert (finding["severity"], finding["what"]) == ("trouble", "sync_failed")
    assert "no such table: item" in finding["detail"]
    small.write("config.toml", CONFIG.replace("stream.items", "stream.others").format(url=small.database.url))
    assert small.found() == {}  # nobody wants the stream any more


def test_a_run_that_lost_too_much_names_the_way_out(small: Place) -> None:
    small.pull("erp")
    small.erp("delete from item where no = 'A'")
    assert [run["status"] for run in small.pull("erp", full=True)] == ["stopped"]
    verb = "b2bsync sync erp.items --full --accept-loss"
    assert small.found() == {"sync_stopped": ("warning", "erp.items", verb)}


def test_a_stream_that_fell_behind_its_schedule_or_runs_for_too_long(place: Place) -> None:
    place.act(lambda app, session: arrive(session, "a", "0.1.0", 900))
    place.schedule("1h")
    place.pull("erp")
    assert place.found() == {}
    place.older("sync_run", "started_at", 3)
    place.older("sync_run", "ended_at", 3)
    assert place.found() == {"sync_late": ("warning", "erp.items", "b2bsync sync erp.items")}

    place.schedule("5h")
    place.act(lambda app, s: history.start(s, "MAIN", "production", "erp", "items", "a", datetime.now(UTC)))
    assert place.found() == {}
    place.older("sync_run", "started_at", 1, "status = 'running'")
    [finding] = place.status()["findings"]
    assert finding["what"] == "sync_long"
    assert finding["detail"].startswith("runs for 1 h, 0 s are usual")


def test_a_stream_is_shown_however_often_the_others_run(small: Place) -> None:
    """The nightly one, beside one that runs every few seconds."""
    small.pull("erp")

    def do(app: App, session: Any) -> None:
        for _ in range(600):
            busy = history.start(session, "MAIN", "production", "erp", "stock", "a", datetime.now(UTC))
            busy.status = "ok"
            history.save(session, busy, datetime.now(UTC))

    small.act(do)
    assert [run["stream"] for run in small.status()["syncs"]] == ["items", "stock"]


def test_schedules_that_nobody_sees_to(place: Place) -> None:
    place.schedule("10m")
    place.act(lambda app, session: arrive(session, "a", "0.1.0", 900))
    with place.open() as app:
        actions = {"sync": Scheduled(app.lanes, app.connectors)}
        fired = Scheduler(app.database, "a", app.schedules.found, actions).fire("items", datetime.now(UTC))
    assert fired == []  # new: it leaves its mark
    assert place.found() == {}
    place.older("fire", "planned_at", 1)
    found = place.found()
    assert found == {"schedule_missed": ("warning", "items", "b2bsync sync erp.items")}
    [schedule] = [s for s in place.status()["schedules"] if s["enabled"]]
    assert schedule["missed"] in (5, 6)
    place.write("schedules/items.toml", 'what = "sync erp.items"\nevery = "often"\n')
    assert place.found()["schedule_broken"] == ("warning", "items.toml", "b2bsync check")


def test_sends_held_after_a_restore_are_told(small: Place) -> None:
    small.act(lambda app, session: installation.put(session, installation.HELD, "restored from monday.b2b"))
    assert small.found() == {"deliveries_held": ("warning", "held", "b2bsync deliveries release --all")}
    state = small.status()
    assert state["held"]["why"] == "restored from monday.b2b"


@pytest.fixture
def calm(trade: Trade) -> Iterator[Place]:
    """The trade with Acme, without its schedules, which want a daemon."""
    for file in (trade.root / "schedules").glob("*.toml"):
        file.unlink()
    with trade.open() as app:
        database = open_database(app.config.database_url())
    yield Place(trade.root, database)
    database.close()


def test_what_waits_for_a_person_and_how_it_ends(calm: Place) -> None:
    calm.drop("a.edi", order_file("PO-1", 1, purpose="01"))  # a cancellation is held
    calm.drop("b.edi", order_file("PO-2", 2).replace("PO1*1*24*EA", "PO1*1*many*EA"))
    calm.drop("c.edi", order_file("PO-4", 4) + order_file("PO-5", 5).replace("*P*>~", "*T*>~"))
    calm.drop("d.pdf", "%PDF")
    calm.once()
    listed = "b2bsync documents list --status"
    assert {what: f for what, f in calm.found().items() if not what.startswith("sync_")} == {
        "documents_held": ("warning", "held", f"{listed} held"),
        "documents_refused": ("warning", "refused", f"{listed} refused"),
        "messages_failed": ("warning", "failed", "b2bsync messages list --status failed"),
        "messages_partial": ("warning", "partial", "b2bsync messages list --status partial"),
    }
    state = calm.status()
    assert state["oldest"][0] | {"created_at": "", "updated_at": ""} == {
        "status": "held", "count": 1, "id": 1, "direction": "in", "partner": "acme", "type": "850", "number": "PO-1",
        "created_at": "", "updated_at": "", "label": "850 PO-1 of acme", "due": None,
    }  # fmt: skip
    for document in calm.documents():
        if document["status"] in ("held", "refused"):
            assert run(calm, "documents", "skip", document["id"]).exit_code == 0
    for message in calm.messages():
        done = run(calm, "messages", "skip", message["id"], "--why", "the rest came by mail")
        assert done.exit_code == (0 if message["status"] in ("failed", "partial") else 1)
    assert sorted(m["status"] for m in calm.messages()) == ["skipped", "skipped", "translated", "translated"]
    assert [what for what in calm.found() if not what.startswith("sync_")] == []


def test_a_document_that_nothing_will_move_is_found(calm: Place) -> None:
    calm.receive(order_file())
    calm.act(lambda app, session: journal.update_documents(session, [1], status="pushing"))
    assert "document_lost" not in calm.found()
    calm.older("document", "updated_at", 1)
    assert calm.found()["document_lost"] == ("trouble", "1", "b2bsync documents retry 1")


def test_a_parked_task_is_told_with_its_document(calm: Place) -> None:
    calm.receive(order_file())
    (calm.root / "partners" / "acme.toml").unlink()
    calm.act(lambda app, session: journal.update_documents(session, [1], status="translated"))
    calm.work("orders:acme")
    [lane] = [lane for lane in calm.status()["lanes"] if lane["id"] == "orders:acme"]
    assert (lane["head"]["of"], lane["head"]["document"]) == ("document 1 (850 PO-1 of acme)", 1)
    calm.once()
    found = calm.found()
    [task] = calm.status()["parked"]
    assert (task["stage"], task["of"], task["document"]) == ("judge", "document 1 (850 PO-1 of acme)", 1)
    verb = f"b2bsync lanes retry orders:acme (or: b2bsync lanes skip {task['id']})"
    assert found["task_parked"] == ("trouble", f"orders:acme task {task['id']}", verb)


def test_overdue_acknowledgements_the_oldest_first_and_how_they_end(calm: Place) -> None:
    calm.receive(order_file("PO-1", 1))
    calm.receive(order_file("PO-2", 2))
    [first, second] = [d["id"] for d in calm.deliveries() if d["name"].startswith("855")]
    past = datetime.now(UTC) - timedelta(hours=30)
    for delivery, due in ((second, past), (first, past + timedelta(hours=1))):
        calm.act(lambda app, s, d=delivery, at=due: deliveries.update_deliveries(s, [d], ack_due=at))  # type: ignore[misc]
    with calm.open() as app:
        assert app.housekeeping() == 2
    assert calm.found()["acknowledgements_overdue"] == ("warning", "overdue", "b2bsync deliveries list --overdue")
    state = calm.status()
    assert (state["overdue"], [row["id"] for row in state["overdue_acknowledgements"]]) == (2, [second, first])
    listed = json.loads(run(calm, "deliveries", "list", "--overdue", "--json").stdout)
    assert {row["id"] for row in listed} == {first, second}

    assert run(calm, "deliveries", "waive", second).exit_code == 0
    [again] = [d["id"] for d in calm.documents(type="855") if d["number"] == "PO-1"]
    assert run(calm, "documents", "resend", again).exit_code == 0  # and is awaited anew
    calm.once()
    assert {d["id"]: d["ack_state"] for d in calm.deliveries() if d["id"] in (first, second)} == {
        first: "expected",
        second: "none",
    }
    assert "acknowledgements_overdue" not in calm.found()
    assert run(calm, "deliveries", "waive", second).stderr.startswith("error: the acknowledgement of delivery")


def test_everything_fits_a_hundred_columns(calm: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    calm.drop("a.edi", order_file("PO-1", 1, purpose="01"))
    calm.drop("d.pdf", "%PDF")
    calm.once()
    calm.write("schedules/erp_stock_levels.toml", 'what = "sync erp.customer_identifiers"\nevery = "1h"\n')
    calm.work("orders:acme")
    monkeypatch.setattr(output.tables, "width", 100)
    shown = run(calm, "status").stdout.splitlines()
    assert [line for line in shown if len(line) > 100] == []
    assert shown[0].startswith("trouble: something is stuck, dead or failed · 1 trouble, 2 warnings")
    [stream] = [line for line in shown if "erp.customer_identifiers" in line and "ok" in line]
    assert stream.split()[-3:] == ["~0", "-0", "0"]


def test_a_look_waits_for_no_writer(small: Place) -> None:
    """A batch that commits, or whoever holds the one write lock of SQLite for long."""
    assert small.database is not None
    with small.database.session() as writer:
        begin_write(writer)
        writer.execute(text("delete from message"))
        assert run(small, "status").exit_code == 0


def test_what_cannot_be_told_ends_with_three(small: Place, b2bsync: Command) -> None:
    small.write("config.toml", 'node = "a b"\n')
    told = run(small, "status", "--json")
    assert (told.exit_code, told.stdout) == (3, "")
    assert told.stderr.startswith("error: config.toml: node")
    assert b2bsync("status", "5").exit_code == 2  # typed wrongly: --watch is missing
