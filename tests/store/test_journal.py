"""The journal: messages once per transport id, documents in bulk, and what can be asked about them."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from b2bsync.store import Database, blobs, journal, migrate, open_database
from b2bsync.store.journal import Added, NewEvent
from tests.store.rooms import COMPANY, STAGE, document

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def receive(session: Session, external_id: str, partner: str = "acme", now: datetime = NOON) -> Added:
    return journal.add_message(
        session,
        company=COMPANY,
        stage=STAGE,
        partner=partner,
        channel="directory",
        external_id=external_id,
        name=f"{external_id}.edi",
        blob=blobs.put(session, [external_id.encode()]),
        now=now,
    )


def test_the_same_transport_id_is_the_same_message(database: Database) -> None:
    with database.session() as session:
        first = receive(session, "po-1")
        other = receive(session, "po-1", "globex")
        session.commit()
        assert (first.new, other.new) == (True, True)
        assert receive(session, "po-1") == Added(first.id, new=False)


def test_messages_are_listed_newest_first_and_by_what_they_are(database: Database) -> None:
    with database.session() as session:
        one, two, three = (
            receive(session, f"po-{n}", partner, NOON + timedelta(hours=n)).id
            for n, partner in enumerate(("acme", "globex", "acme"))
        )
        assert journal.update_messages(session, [one, three], status="translated", progress='{"at":7}') == 2
        session.commit()
        assert [m.id for m in journal.messages(session)] == [three, two, one]
        assert [m.id for m in journal.messages(session, partner="acme", before_id=three)] == [one]
        assert [m.id for m in journal.messages(session, status="received")] == [two]
        assert [m.id for m in journal.messages(session, since=NOON + timedelta(hours=1))] == [three, two]
        assert [m.id for m in journal.messages(session, limit=1)] == [three]
        found = journal.message(session, one)
        assert found is not None
        assert (found.progress, found.name, found.size, found.received_at) == ('{"at":7}', "po-0.edi", 4, NOON)
        assert journal.message(session, 99) is None
        assert journal.statuses(session, "message") == {"translated": 2, "received": 1}


def test_documents_get_their_ids_in_order(database: Database) -> None:
    with database.session() as session:
        ids = journal.add_documents(session, [document(number=f"PO-{n}") for n in range(500)], NOON)
        more = journal.add_documents(session, [document(number="PO-500", body='{"v":1}')])
        session.commit()
        found = journal.documents_by_id(session, [*ids, *more])
        assert [found[i].number for i in (*ids, *more)] == [f"PO-{n}" for n in range(501)]
        assert (found[ids[0]].created_at, found[ids[0]].body, found[more[0]].body) == (NOON, None, '{"v":1}')
        assert journal.add_documents(session, []) == []
        assert journal.document(session, 10_000) is None


def test_documents_are_found_by_what_they_are(database: Database) -> None:
    with database.session() as session:
        message_id = receive(session, "po").id
        order, response, ack = journal.add_documents(
            session,
            [
                document(number="PO-1", customer="C1", message_id=message_id),
                document(direction="out", type="855", kind="OrderResponse", number="PO-1", source_key="erp:orders:7"),
                document(direction="out", type="997", kind="FunctionalAcknowledgement"),
            ],
        )
        session.commit()
        assert [d.id for d in journal.documents(session)] == [ack, response, order]
        assert [d.id for d in journal.documents(session, number="PO-1")] == [response, order]
        assert [d.id for d in journal.documents(session, number="PO-1", direction="in")] == [order]
        assert [d.id for d in journal.documents(session, message_id=message_id)] == [order]
        assert [d.id for d in journal.documents(session, customer="C1", type="850", stage="test")] == []
        assert journal.documents_by_source(session, ["erp:orders:7", "erp:orders:8"]) == {"erp:orders:7": [response]}


def test_documents_change_together_or_each_for_itself(database: Database) -> None:
    with database.session() as session:
        a, b, c = journal.add_documents(session, [document() for _ in range(3)], NOON)
        later = NOON + timedelta(minutes=5)
        assert journal.update_documents(session, [a, b], status="judged", now=later) == 2
        assert (
            journal.set_documents(session, {b: {"status": "held", "reason": "no customer"}, c: {"status": "held"}}) == 2
        )
        session.commit()
        found = journal.documents_by_id(session, [a, b, c])
        assert [(found[i].status, found[i].reason) for i in (a, b, c)] == [
            ("judged", ""),
            ("held", "no customer"),
            ("held", ""),
        ]
        assert (found[a].created_at, found[a].updated_at) == (NOON, later)
        with pytest.raises(ValueError, match="document has no column colour"):
            journal.update_documents(session, [a], colour="blue")


def test_what_was_read_is_a_snapshot(database: Database) -> None:
    with database.session() as session:
        [document_id] = journal.add_documents(session, [document()])
        before = journal.document(session, document_id)
        assert before is not None
        with pytest.raises(AttributeError):
            before.status = "changed by mistake"
        journal.update_documents(session, [document_id], reason="really")
        session.commit()
        after = journal.document(session, document_id)
        assert after is not None
        assert (after.status, after.reason) == ("translated", "really")


def test_what_was_judged_of_a_message_is_read_from_a_byte_on(database: Database) -> None:
    with database.session() as session:
        one, other = receive(session, "one").id, receive(session, "other").id
        first = [document(message_id=one, start=106 + n, set_control=f"{n:04d}", verdict="accepted") for n in range(3)]
        # A thousand in the second group: more than a page. They were not journalled in their order.
        second = [
            document(message_id=one, start=9000 + n, set_control=f"{n:04d}", verdict="rejected") for n in range(1001)
        ]
        strange = document(message_id=other, start=9001, set_control="0001", verdict="accepted")
        journal.add_documents(session, [*reversed(second), strange, *first])
        assert [judged.start for judged in journal.verdicts(session, one, 107)][:3] == [107, 108, 9000]
        told = list(journal.verdicts(session, one, 9000))
        assert [judged.set_control for judged in told] == [f"{n:04d}" for n in range(1001)]
        assert {judged.verdict for judged in told} == {"rejected"}
        assert list(journal.verdicts(session, other, 9002)) == []


def test_numbers_that_a_group_has_already(database: Database) -> None:
    with database.session() as session:
        one, other = receive(session, "one").id, receive(session, "other").id
        there = [document(message_id=one, start=n * 100, set_control=f"{n:04d}") for n in range(1, 6)]
        journal.add_documents(session, [*there, document(message_id=other, start=700, set_control="0007")])
        found = journal.set_controls(session, "acme", "", one, 300, ["0002", "0003", "0005", "0007", "0009"])
        assert found == {"0003", "0005"}  # 0002 is of the group before


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("set_control in (select value from json_each('[\"0001\"]')) and start >= 7", "ix_document_message_set"),
        ("start >= 7 order by start limit 500", "ix_document_message_start"),
        ("id > 0", "ix_document_message_"),
    ],
)
def test_what_is_read_of_a_message_is_found_by_an_index(sqlite_url: str, query: str, index: str) -> None:
    database = open_database(sqlite_url)
    migrate(database)
    with database.session() as session:
        said = session.execute(
            text(f"explain query plan select * from document where message_id = 1 and {query}")
        ).all()
    database.close()
    assert any(f"using index {index}" in str(row[-1]).lower() for row in said), said
    assert not any("temp b-tree" in str(row[-1]).lower() for row in said)


def test_a_text_is_kept_once_under_its_hash(database: Database) -> None:
    with database.session() as session:
        digest = journal.put_artifact(session, "mapping", "x12/004010/850", "document = 'Order'")
        assert digest == hashlib.sha256(b"document = 'Order'").hexdigest()
        assert journal.put_artifact(session, "mapping", "acme/850", "document = 'Order'") == digest
        session.commit()
        kept = journal.artifact(session, digest)
        assert kept is not None
        assert (kept.kind, kept.name, kept.text) == ("mapping", "x12/004010/850", "document = 'Order'")
        assert journal.artifact(session, "00") is None


def test_events_tell_the_story_of_one_subject(database: Database) -> None:
    with database.session() as session:
        journal.add_events(
            session, [NewEvent("document", 7, "held", "no customer"), NewEvent("lane", "orders:acme", "paused")]
        )
        journal.add_events(session, [NewEvent("document", 7, "retried", who="jo")])
        session.commit()
        assert [(e.what, e.detail, e.who) for e in journal.events(session, "document", 7)] == [
            ("held", "no customer", ""),
            ("retried", "", "jo"),
        ]
        assert [e.what for e in journal.events(session, "lane", "orders:acme")] == ["paused"]
        assert [e.what for e in journal.events(session, "document", 7, limit=1)] == ["retried"]
