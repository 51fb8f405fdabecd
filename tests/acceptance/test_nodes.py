"""Several daemons on one PostgreSQL database share the work and follow each other: nothing is lost, nothing done twice."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.cluster import SILENCE, Cluster, until
from tests.conftest import _create, _drop
from tests.exchange.trade import build

HOURS = 3600.0


@pytest.fixture(scope="session")
def original_cluster(
    tmp_path_factory: pytest.TempPathFactory, postgresql_server: str, postgresql_template: str
) -> tuple[Path, str]:
    """A workspace whose master data is pulled into a PostgreSQL database: its directory, and the database's name."""
    url = _create(postgresql_server, postgresql_template)
    root = build(tmp_path_factory.mktemp("cluster") / "workspace", url).root
    return root, url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def cluster(original_cluster: tuple[Path, str], postgresql_server: str, tmp_path: Path) -> Iterator[Cluster]:
    original, template = original_cluster
    url = _create(postgresql_server, template)
    cluster = Cluster.build(original, tmp_path / "workspace", url)
    try:
        yield cluster
    finally:
        cluster.close()
        _drop(postgresql_server, url)


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
