"""``b2bsync status``: what is told of nodes, lanes, channels, documents and sends, which command acts on it, and how it
ends."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from b2bsync.app import App
from b2bsync.cli import output
from b2bsync.engine.node import arrive, leave
from b2bsync.engine.takeover import tell_taken_over
from b2bsync.exchange.intake import Intake
from b2bsync.store import begin_write, deliveries, installation, journal, open_database
from tests.cli.conftest import Command, run
from tests.cli.place import Place
from tests.exchange.paper import order_file
from tests.exchange.trade import Trade


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


def test_a_directory_that_cannot_be_looked_into_is_told_until_it_can(calm: Place) -> None:
    inbound = calm.root / "exchange" / "acme" / "in"
    shutil.rmtree(inbound)
    with calm.open() as app:
        calm.act(lambda app, session: arrive(session, app.config.node, "0.1.0", 900))
        intake = Intake(app.setting)
        intake.look()
        assert calm.found()["channel_down"] == ("trouble", "acme", "b2bsync check")
        [down] = calm.status()["channels_down"]
        assert (down["partner"], down["node"]) == ("acme", app.config.node)
        assert str(inbound) in down["text"]
        assert run(calm, "status").exit_code == 2
        with app.database.session() as writer:
            begin_write(writer)
            assert len(intake.look().problems) == 1  # nothing new is nothing to write: it would find the database busy
        Intake(app.setting).look()  # the daemon starts again
        assert calm.status()["channels_down"] == [down]
        inbound.mkdir()
        intake.look()
        assert calm.status()["channels_down"] == []


def test_what_a_node_said_of_a_channel_holds_while_it_works_and_the_partner_is_there(calm: Place) -> None:
    shutil.rmtree(calm.root / "exchange" / "acme" / "in")
    calm.once()
    assert "channel_down" in calm.found()  # no daemon runs: the last word holds
    calm.act(lambda app, session: arrive(session, "b", "0.1.0", 900))
    assert "channel_down" not in calm.found()  # b looks now, and found nothing
    calm.act(lambda app, session: leave(session, "b"))
    calm.once()
    assert "channel_down" in calm.found()
    (calm.root / "partners" / "acme.toml").unlink()
    calm.once()
    assert "channel_down" not in calm.found()


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
