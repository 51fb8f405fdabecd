"""``b2bsync status``: what is told of streams and schedules."""

from datetime import UTC, datetime
from typing import Any

from b2bsync.app import App
from b2bsync.engine.node import arrive
from b2bsync.engine.scheduler import Scheduler
from b2bsync.sync import history
from b2bsync.sync.stage import Scheduled
from tests.cli.conftest import run
from tests.cli.place import CONFIG, Place


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
