"""Facts about the installation as a whole."""

from datetime import UTC, datetime

from b2bsync.store import Database, installation
from b2bsync.store.installation import HELD, Fact


def test_a_fact_is_set_replaced_and_removed(database: Database) -> None:
    first, second = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC)
    with database.session() as session:
        assert installation.get(session, HELD) is None
        installation.put(session, HELD, "restored from a.b2b", first)
        assert installation.get(session, HELD) == Fact("restored from a.b2b", first)
        installation.put(session, HELD, "restored from b.b2b", second)
        assert installation.get(session, HELD) == Fact("restored from b.b2b", second)
        assert installation.remove(session, HELD)
        assert not installation.remove(session, HELD)
        assert installation.get(session, HELD) is None
