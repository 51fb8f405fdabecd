"""Channels that cannot be looked into, as they are written down."""

from datetime import UTC, datetime

from b2bsync.store import Database, installation
from b2bsync.store.outages import Outage, change, outages

SINCE = datetime(2026, 3, 1, 8, tzinfo=UTC)
ACME = Outage("a", "acme", "no such directory", SINCE)
BOLT = Outage("a", "bolt & co", "no space left", SINCE)


def test_outages_are_kept_by_node_and_partner(database: Database) -> None:
    of_b = Outage("b", "acme", "not mounted", SINCE)
    with database.session() as session:
        installation.put(session, installation.HELD, "restored")
        change(session, {}, {"acme": ACME, "bolt & co": BOLT})
        change(session, {}, {"acme": of_b})
        assert outages(session) == [ACME, of_b, BOLT]
        assert outages(session, "b") == [of_b]
        worse = Outage("a", "acme", "not allowed", SINCE)
        change(session, {"acme": ACME, "bolt & co": BOLT}, {"acme": worse})
        assert outages(session, "a") == [worse]
        assert outages(session, "b") == [of_b]
