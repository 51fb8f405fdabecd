"""Pushes: a key is reserved once and keeps its state."""

from b2bsync.store import Database, journal, pushes
from b2bsync.store.pushes import NewPush
from b2bsync.store.tables import TaskRow
from tests.store.rooms import document


def test_a_key_reserved_again_keeps_its_state(database: Database) -> None:
    with database.session() as session:
        [document_id] = journal.add_documents(session, [document()])
        new = NewPush(idem_key="acme:PO-1", target="erp", kind="order", document_id=document_id)
        first = pushes.reserve_pushes(session, [new])["acme:PO-1"]
        assert (first.state, first.attempts) == ("reserved", 1)
        assert pushes.set_pushes(session, {"acme:PO-1": {"state": "created", "remote_ref": "SO-1"}}) == 1
        again = pushes.reserve_pushes(session, [new])["acme:PO-1"]
        assert (again.state, again.attempts, again.remote_ref) == ("created", 2, "SO-1")
        session.commit()
        assert [push.idem_key for push in pushes.pushes(session, target="erp")] == ["acme:PO-1"]
        assert pushes.pushes(session, state="reserved") == []
        assert pushes.push(session, "other") is None
        assert pushes.set_pushes(session, {"other": {"state": "sent"}}) == 0


def test_a_key_that_another_document_reserved_stays_as_it_is(database: Database) -> None:
    with database.session() as session:
        first, second = journal.add_documents(session, [document(), document()])
        new = NewPush(idem_key="acme:PO-1", target="erp", kind="order", document_id=first)
        pushes.reserve_pushes(session, [new])
        other = NewPush(idem_key="acme:PO-1", target="erp", kind="order", document_id=second)
        found = pushes.reserve_pushes(session, [other])["acme:PO-1"]
        assert (found.document_id, found.attempts) == (first, 1)


def test_how_often_those_at_the_head_of_a_lane_were_tried(database: Database) -> None:
    with database.session() as session:
        first, second, third, parked, elsewhere = journal.add_documents(session, [document() for _ in range(5)])
        for count, document_id in ((3, first), (1, second), (2, third), (1, parked), (1, elsewhere)):
            new = NewPush(idem_key=f"acme:PO-{document_id}", target="erp", kind="order", document_id=document_id)
            for _ in range(count):
                pushes.reserve_pushes(session, [new])
        due = [("erp:erp", first), ("erp:erp", second), ("erp:erp", third), ("erp:second", elsewhere)]
        session.add_all([TaskRow(lane=lane, stage="push", subject=subject) for lane, subject in due])
        session.add(TaskRow(lane="erp:erp", stage="push", subject=parked, state="parked"))
        session.flush()
        assert pushes.tries(session, "erp:erp", "push", 2) == {f"acme:PO-{first}": 3, f"acme:PO-{second}": 1}
        assert len(pushes.tries(session, "erp:erp", "push", 10)) == 3
        assert pushes.tries(session, "erp:erp", "other", 10) == {}
