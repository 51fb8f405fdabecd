"""Several nodes, each a process of its own, on one PostgreSQL database, in front of one ERP and one buyer."""

import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.acceptance.newer import Served
from tests.acceptance.processes import LONGEST, start
from tests.conftest import _create, _drop
from tests.exchange.paper import order_file
from tests.exchange.trade import Trade, build

SILENCE = 3
"""Seconds after which these nodes take each other for dead."""

# An ERP that takes its time: as long as the file is there, it sits on an order that is being created.
HELD = """
import os
import time
from pathlib import Path

from .faulty import Faulty, Settings, connect_well


def connect(settings, context):
    return Held(connect_well(settings, context), Path(context.workspace))


class Held(Faulty):
    def create(self, kind, record, idem):
        with (self.folder / "creates.txt").open("a") as creates:
            creates.write(f"{os.environ.get('B2BSYNC_NODE')} {idem.number}\\n")
        while (self.folder / "hold").exists():
            time.sleep(0.02)
        return super().create(kind, record, idem)
"""


def until(what: Callable[[], Any], why: str, seconds: float = 2 * LONGEST) -> None:
    """Wait for something that must come; how quickly is no part of any test."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"it never came: {why}"
        time.sleep(0.05)


@dataclass
class Cluster:
    """``trade`` is everybody's workspace, ``url`` the database; ``nodes`` are the processes that run, by name."""

    trade: Trade
    url: str
    nodes: dict[str, BaseProcess | Served] = field(default_factory=dict)
    orders: int = 0

    @classmethod
    def build(cls, original: Path, root: Path, url: str) -> "Cluster":
        """A copy of a workspace whose master data is in the database already."""
        shutil.copytree(original, root)
        shutil.rmtree(root / "schedules")
        config = root / "config.toml"
        before, mark, _ = config.read_text().rpartition("\n[database]\n")
        assert mark
        text = before.replace('use = "faulty"', 'use = "held"').replace('poll = "500ms"', 'poll = "100ms"')
        engine = f'[engine]\nthreads = 2\nsilence = "{SILENCE}s"\n'
        config.write_text(f'{text}\n[database]\nurl = "{url}"\n{engine}')
        (root / "connectors" / "held.py").write_text(HELD)
        return cls(Trade(root), url)

    def start(self, *names: str, clock: float = 0.0) -> None:
        for name in names:
            (self.trade.root / f"{name}-errors.txt").unlink(missing_ok=True)
            self.nodes[name] = start(self.trade.root, "serve", node=name, clock=clock)
        for name in names:
            until(lambda name=name: "SIGTERM ends it" in self.said(name), f"node {name} runs")  # type: ignore[misc]

    def said(self, name: str) -> str:
        path = self.trade.root / f"{name}-errors.txt"
        return path.read_text() if path.exists() else ""

    def signal(self, name: str, what: signal.Signals) -> None:
        pid = self.nodes[name].pid
        assert pid is not None
        os.kill(pid, what)

    def stop(self, name: str) -> int | None:
        """Its exit code, which is 0 where it ended cleanly."""
        self.signal(name, signal.SIGTERM)
        return self.ended(name)

    def ended(self, name: str) -> int | None:
        process = self.nodes.pop(name)
        process.join(LONGEST)
        if process.exitcode is None:
            process.kill()
            process.join()
        return process.exitcode

    def close(self) -> None:
        for path in sorted(self.trade.root.glob("*-errors.txt")):
            print(f"{path.name}:\n{path.read_text()[-4000:]}")  # seen where a test fails
        for process in self.nodes.values():
            process.kill()
            process.join()

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement, values).fetchall()

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    # -- the buyer and the ERP

    def order(self, count: int = 1) -> None:
        """The buyer orders some more: PO-1, PO-2 …"""
        for _ in range(count):
            self.orders += 1
            self.trade.drop(f"{self.orders:04}.edi", order_file(f"PO-{self.orders}", self.orders))

    def settled(self) -> bool:
        """Everything ordered has its 997 and its 855, and they were noted as sent."""
        if min(len(self.answered()), len(self.acknowledged())) < self.orders:
            return False
        return self.query("select count(*) from delivery where state in ('queued', 'sending')") == [(0,)]

    def work_off(self) -> None:
        until(self.settled, f"{self.orders} answers; there are {sorted(self.answered())}")

    def answered(self) -> Counter[str]:
        """How many 855 the buyer has of each order."""
        return Counter(s.split("*")[3] for file in self.trade.sent("855") for s in file if s.startswith("BAK*"))

    def acknowledged(self) -> Counter[str]:
        """How many 997 the buyer has of each group."""
        return Counter(s.split("*")[2] for file in self.trade.sent("997") for s in file if s.startswith("AK1*"))

    def sales_orders(self) -> Counter[str]:
        return Counter(number for _, number, _ in self.trade.sales_orders())

    def once_each(self) -> bool:
        """Whether every order got one 997 and one 855: nothing lost, nothing twice."""
        numbers = range(1, self.orders + 1)
        return self.answered() == {f"PO-{n}": 1 for n in numbers} and self.acknowledged() == {
            str(n): 1 for n in numbers
        }

    def hold(self) -> None:
        """From now on the ERP sits on what it is given."""
        (self.trade.root / "hold").touch()
        (self.trade.root / "creates.txt").unlink(missing_ok=True)

    def let_go(self) -> None:
        (self.trade.root / "hold").unlink()

    def holder(self) -> str:
        """The node whose order the ERP sits on."""
        creates = self.trade.root / "creates.txt"
        until(lambda: creates.exists() and creates.read_text().endswith("\n"), "an order is being created")
        return creates.read_text().split()[0]

    def working(self) -> set[str]:
        """The nodes that have sent something."""
        return {node for (node,) in self.query("select distinct node from attempt")}

    def alive(self) -> list[str]:
        living = "pid <> 0 and beat > clock_timestamp() - make_interval(secs => silence)"
        return [node for (node,) in self.query(f"select id from node where {living} order by id")]


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
