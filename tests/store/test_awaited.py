"""Documents that wait for the ERP's number of an order."""

from b2bsync.store import Database, awaited, journal
from tests.store.rooms import COMPANY, STAGE, document


def test_a_document_waits_for_each_number_once(database: Database) -> None:
    with database.session() as session:
        one, two = journal.add_documents(session, [document(), document()])
        awaited.lock_awaited(session, COMPANY, STAGE)
        awaited.note(session, COMPANY, STAGE, [("SO-1", two), ("SO-1", one), ("SO-2", one)])
        awaited.note(session, COMPANY, STAGE, [("SO-1", one)])
        assert awaited.take(session, COMPANY, "test", ["SO-1"]) == []
        assert awaited.take(session, COMPANY, STAGE, ["SO-1", "SO-3"]) == [("SO-1", one), ("SO-1", two)]
        assert awaited.take(session, COMPANY, STAGE, ["SO-1", "SO-3"]) == []
        assert awaited.take(session, COMPANY, STAGE, ["SO-2"]) == [("SO-2", one)]
