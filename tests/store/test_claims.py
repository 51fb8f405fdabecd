"""Claims: one subject per key, for as long as its window lasts."""

import multiprocessing
from datetime import UTC, datetime, timedelta

from b2bsync.store import Database, claims, open_database

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_the_first_subject_gets_the_key(database: Database) -> None:
    with database.session() as session:
        assert claims.claim(session, "content", [("k1", "document:1"), ("k2", "document:1")]) == [None, None]
        session.commit()
    with database.session() as session:
        taken = claims.claim(session, "content", [("k3", "document:2"), ("k1", "document:2"), ("k2", "document:2")])
        assert taken == [None, "document:1", "document:1"]
        assert claims.claim(session, "business", [("k1", "document:2")]) == [None]  # another kind of duplicate
        session.commit()
        assert claims.holders(session, "content", ["k1", "k3", "k9"]) == {"k1": "document:1", "k3": "document:2"}


def test_a_resumed_stage_claims_its_own_keys_again(database: Database) -> None:
    with database.session() as session:
        claims.claim(session, "content", [("k", "document:1")])
        session.commit()
        assert claims.claim(session, "content", [("k", "document:1")]) == [None]


def test_keys_are_given_up_whoever_holds_them(database: Database) -> None:
    with database.session() as session:
        claims.claim(session, "group", [("k1", "message:1"), ("k2", "message:1")])
        claims.claim(session, "interchange", [("k1", "message:1")])
        assert claims.forget(session, "group", ["k1", "k9"]) == 1
        assert claims.claim(session, "group", [("k1", "message:2"), ("k2", "message:2")]) == [None, "message:1"]
        assert claims.holders(session, "interchange", ["k1"]) == {"k1": "message:1"}


def test_within_one_call_the_first_wins(database: Database) -> None:
    with database.session() as session:
        pairs = [("b", "document:1"), ("a", "document:2"), ("b", "document:3")]
        assert claims.claim(session, "content", pairs) == [None, None, "document:1"]


def test_after_its_window_a_key_is_free(database: Database) -> None:
    day = timedelta(days=1)
    with database.session() as session:
        assert claims.claim(session, "isa13", [("000000001", "message:1")], day, NOON) == [None]
        before = NOON + timedelta(hours=23)
        assert claims.claim(session, "isa13", [("000000001", "message:2")], day, before) == ["message:1"]
        assert claims.holders(session, "isa13", ["000000001"], NOON + day) == {}
        assert claims.claim(session, "isa13", [("000000001", "message:3")], day, NOON + day) == [None]
        assert claims.purge(session, NOON + day) == 0
        assert claims.purge(session, NOON + 2 * day) == 1


def test_a_failed_first_try_lets_its_claims_go(database: Database) -> None:
    with database.session() as session:
        claims.claim(session, "content", [("k1", "document:1"), ("k2", "document:2")])
        claims.claim(session, "business", [("PO1", "document:1")])
        session.commit()
        assert claims.release(session, ["document:1"]) == 2
        assert claims.claim(session, "business", [("PO1", "document:3")]) == [None]
        assert claims.claim(session, "content", [("k2", "document:3")]) == ["document:2"]


def _claim(url: str, name: str, results: "multiprocessing.SimpleQueue[list[int]]") -> None:
    database = open_database(url)
    won = []
    for number in range(50):
        with database.session() as session:
            keys = [f"{number}-{part}" for part in (("a", "b") if name == "one" else ("b", "a"))]
            if claims.claim(session, "content", [(key, name) for key in keys]) == [None, None]:
                won.append(number)
            session.commit()
    results.put(won)


def test_two_processes_that_claim_at_once_never_both_win(database: Database) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.SimpleQueue()
    processes = [context.Process(target=_claim, args=(database.url, name, results)) for name in ("one", "two")]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert sorted(results.get() + results.get()) == list(range(50))
