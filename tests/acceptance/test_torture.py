"""The short form of ``make torture``: few kills, the same trade, the same counts. What it prints is in the output."""

import pytest

from torture import trial
from torture.postgresql import server

pytestmark = pytest.mark.servers

KILLS, ORDERS = 3, 30


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_few_kills_lose_nothing_and_double_nothing(store: str) -> None:
    if store == "sqlite":
        with trial.place(store, None) as where:
            done = trial.run(store, None, where, kills=KILLS, orders=ORDERS, seed=7)
    else:
        with server() as running, trial.place(store, running) as where:
            done = trial.run(store, running, where, kills=KILLS, orders=ORDERS, seed=7)
    assert {what: n for what, n in done.counts.wrong.items() if n} == {}, "\n".join(done.counts.examples)
    assert done.kills.trouble + done.trouble == []
    assert done.kills.done == KILLS
    assert done.counts.facts["purchase orders"] >= ORDERS
    assert done.counts.facts["documents, in and out"] > 6 * ORDERS
    assert len(done.kills.flowing) == KILLS
