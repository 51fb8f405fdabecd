"""Deliveries: what they carry, every attempt, and what the partner said."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from b2bsync.store import Database, blobs, deliveries, journal
from b2bsync.store.deliveries import NewDelivery
from tests.store.rooms import COMPANY, STAGE, document

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def queue(session: Session, *keys: str, documents: tuple[int, ...] = (), **changes: object) -> list[int]:
    blob = blobs.put(session, [b"ISA"])
    new = [
        NewDelivery(
            company=COMPANY,
            stage=STAGE,
            partner="acme",
            idem_key=key,
            name=f"{key}.edi",
            digest=blob.digest,
            size=blob.size,
            documents=documents,
            **changes,  # type: ignore[arg-type]
        )
        for key in keys
    ]
    return deliveries.add_deliveries(session, new, NOON)


def test_a_delivery_carries_documents(database: Database) -> None:
    with database.session() as session:
        one, two = journal.add_documents(session, [document(direction="out"), document(direction="out")])
        both, single = *queue(session, "k1", documents=(one, two)), *queue(session, "k2", documents=(two,))
        session.commit()
        assert deliveries.documents_of(session, [both, single]) == {both: [one, two], single: [two]}
        assert deliveries.deliveries_of(session, [one, two]) == {one: [both], two: [both, single]}
        assert [d.id for d in deliveries.deliveries(session, document_id=two)] == [single, both]
        assert [d.id for d in deliveries.deliveries(session, document_id=one)] == [both]


def test_an_idempotency_key_is_used_once(database: Database) -> None:
    with database.session() as session:
        queue(session, "k1")
        with pytest.raises(Exception, match=r"(?i)unique.*idem_key"):
            queue(session, "k1")


def test_every_attempt_is_kept(database: Database) -> None:
    with database.session() as session:
        a, b = queue(session, "a", "b")
        assert deliveries.start_attempts(session, [a, b], "main", NOON) == {a: 1, b: 1}
        session.commit()
        assert [d.id for d in deliveries.deliveries(session, state="sending")] == [b, a]
        deliveries.end_attempts(session, [a], state="queued", error="connection refused", now=NOON)
        assert deliveries.start_attempts(session, [a], "spare", NOON + timedelta(minutes=1)) == {a: 2}
        deliveries.end_attempts(session, [a], state="sent", now=NOON + timedelta(minutes=2))
        session.commit()
        found = deliveries.delivery(session, a)
        assert found is not None
        assert (found.state, found.attempts, found.error) == ("sent", 2, "")
        assert found.sent_at == NOON + timedelta(minutes=2)
        assert [(t.n, t.node, t.error, t.ended_at) for t in deliveries.attempts(session, a)] == [
            (1, "main", "connection refused", NOON),
            (2, "spare", None, NOON + timedelta(minutes=2)),
        ]
        assert [(t.n, t.ended_at) for t in deliveries.attempts(session, b)] == [(1, None)]  # still under way
        assert journal.statuses(session, "delivery") == {"sent": 1, "sending": 1}


def test_overdue_acknowledgements_are_found(database: Database) -> None:
    with database.session() as session:
        [due] = queue(session, "k1", ack_state="expected", ack_due=NOON + timedelta(hours=24))
        queue(session, "k2")
        assert deliveries.deliveries(session, ack_state="expected", overdue_at=NOON + timedelta(hours=24)) == []
        [late] = deliveries.deliveries(session, ack_state="expected", overdue_at=NOON + timedelta(hours=25))
        assert late.id == due


def test_the_newest_carrier_of_a_group_comes_first(database: Database) -> None:
    with database.session() as session:
        old, new = queue(session, "k1", "k2", group_code="PR", group_control="17")
        queue(session, "k3", group_code="IN", group_control="17")
        assert [d.id for d in deliveries.deliveries_by_group(session, "acme", "PR", "17")] == [new, old]
        assert deliveries.update_deliveries(session, [new], state="acked", ack_state="accepted") == 1
        assert [d.id for d in deliveries.deliveries(session, partner="acme", ack_state="accepted")] == [new]
        assert set(deliveries.deliveries_by_id(session, [old, new, 99])) == {old, new}
