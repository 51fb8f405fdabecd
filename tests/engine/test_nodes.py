"""Nodes by the database's clock: who is alive, and for how long a silent one counts as such."""

import pytest
from sqlalchemy import update

from b2bsync.engine import nodes
from b2bsync.engine.clock import database_ago
from b2bsync.engine.node import arrive, leave
from b2bsync.engine.rows import NODE
from b2bsync.store import Database


@pytest.mark.parametrize(
    ("beat", "alive"), [(0, True), (7, True), (9, False), (-7, True), (-9, False)], ids=lambda value: str(value)
)
def test_a_node_is_alive_while_its_last_beat_is_no_older_than_it_said(
    database: Database, beat: int, alive: bool
) -> None:
    """A beat from the future was written before the clock was set back: the node's next one corrects it."""
    with database.session() as session:
        arrive(session, "a", "1", silence=8)
        session.execute(update(NODE).values(beat=database_ago(beat)))
        assert [(node.id, node.alive) for node in nodes(session)] == [("a", alive)]


def test_a_node_that_left_is_not_alive(database: Database) -> None:
    with database.session() as session:
        arrive(session, "a", "1")
        leave(session, "a")
        assert [(node.id, node.pid, node.alive) for node in nodes(session)] == [("a", 0, False)]
