"""Operators and stages beside each other on PostgreSQL, where nobody has the whole database to himself."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from b2bsync.app import App, documents, operations
from b2bsync.engine import Task
from b2bsync.exchange import Deliver
from b2bsync.exchange.operate import Refused
from b2bsync.exchange.reconcile import mark_overdue
from tests.exchange.paper import order_file
from tests.exchange.trade import Trade, build

WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
PATIENCE = 60.0


@pytest.fixture
def answered(tmp_path: Path, postgresql_url: str) -> Trade:
    """PO-1 was answered."""
    trade = build(tmp_path / "workspace", postgresql_url)
    trade.agree("[channel]", "[send]\nbatch = 10\n[channel]")
    trade.receive(order_file())
    return trade


@contextmanager
def waiting_for(app: App, lock: str, act: Callable[[], Any]) -> Iterator[tuple[Session, list[Any]]]:
    """``act`` runs in a thread and waits for what ``lock`` locked in the session given, until that is committed. The
    list holds afterwards what came of it."""
    came: list[Any] = []

    def attempt() -> None:
        try:
            came.append(act())
        except Refused as refused:
            came.append(str(refused))

    with app.database.session() as session:
        session.execute(text(lock))
        thread = threading.Thread(target=attempt)
        thread.start()
        _until(app, 1)
        yield session, came
        session.commit()
        thread.join(PATIENCE)


@pytest.mark.parametrize("verb", ["retry", "decide"])
def test_a_send_that_ends_while_an_operator_acts_on_it_is_not_made_twice(answered: Trade, verb: str) -> None:
    [document] = answered.documents(type="855")
    [delivery] = [d["id"] for d in answered.deliveries() if d["name"].startswith("855")]
    with answered.open() as app:
        with app.database.session() as session:
            session.execute(text(f"update delivery set state = 'sending' where id = {delivery}"))
            app.lanes.add(session, "send:acme", "deliver", [delivery])
            session.commit()

        def act() -> str:
            if verb == "retry":
                return documents.retry(app, document["id"], "test")
            return operations.decide_delivery(app, delivery, "resend", "test")

        with waiting_for(app, "update lane set gen = gen where id = 'send:acme'", act) as (ending, came):
            ending.execute(text(f"update delivery set state = 'sent' where id = {delivery}"))
            ending.execute(text("delete from task where stage = 'deliver'"))
    assert came in (
        [f"document {document['id']} is sent: there is nothing to retry; resend sends the same bytes again"],
        [f"delivery {delivery} is sent; only in-doubt, dead and held ones are decided"],
    )
    assert answered.lanes()["send:acme"]["waiting"] == 0


def test_who_waits_for_the_lane_of_a_partner_holds_none_of_his_control_numbers(answered: Trade) -> None:
    [document] = answered.documents(type="855")
    with answered.open() as app:
        with app.database.session() as session:
            session.execute(text(f"update document set status = 'failed' where id = {document['id']}"))
            session.commit()
        lock = "update lane set gen = gen where id = 'send:acme'"
        with (
            waiting_for(app, lock, lambda: documents.retry(app, document["id"], "test")) as (_, came),
            app.database.session() as other,
        ):
            assert other.execute(text("select scope from control_number for update nowait")).all()
    assert came == ["built and queued"]


@pytest.mark.parametrize("part", ["begin", "finish", "overdue"])
def test_what_is_acknowledged_in_the_same_moment_stays_so(answered: Trade, part: str) -> None:
    [delivery] = [d["id"] for d in answered.deliveries() if d["name"].startswith("855")]
    with answered.open() as app:
        task, stage = Task(1, "send:acme", "deliver", delivery, 1), Deliver(app.setting)
        with app.database.session() as session:
            session.execute(text(f"update delivery set state = 'queued' where id = {delivery}"))
            session.execute(text(f"update delivery set ack_due = now() - interval '1 day' where id = {delivery}"))
            work = stage.begin(session, [task])
            session.commit()

        def act() -> None:
            with app.database.session() as session:
                if part == "begin":
                    assert stage.begin(session, [task]).going == []
                elif part == "finish":
                    work.sent = [delivery]
                    stage.finish(session, [task], work)
                else:
                    assert mark_overdue(session, datetime.now(UTC)) == 0
                session.commit()

        said = "update delivery set state = 'acked', ack_state = 'accepted', ack_due = null"
        with waiting_for(app, f"{said} where id = {delivery}", act) as (session, came):
            session.execute(text("update document set status = 'acknowledged' where type = '855'"))
        assert came == [None]
    [found] = [d for d in answered.deliveries() if d["id"] == delivery]
    assert (found["state"], found["ack_state"]) == ("acked", "accepted")
    assert [d["status"] for d in answered.documents(type="855")] == ["acknowledged"]


def test_a_document_that_two_operators_retry_at_once_is_built_once(answered: Trade) -> None:
    [document] = answered.documents(type="855")
    with answered.open() as app:
        with app.database.session() as session:
            session.execute(text(f"update document set status = 'failed' where id = {document['id']}"))
            session.commit()
        lock = "update lane set gen = gen where id = 'send:acme'"  # where the first of them waits in the middle
        with waiting_for(app, lock, lambda: documents.retry(app, document["id"], "one")) as (first, came):
            second = threading.Thread(target=lambda: came.append(_refused(app, document["id"])))
            second.start()
            _until(app, 2)
            first.commit()
            second.join(PATIENCE)
    refused = f"document {document['id']} is queued meanwhile: somebody else has retried it"
    assert sorted(came) == ["built and queued", refused]
    assert len([d for d in answered.deliveries() if d["name"].startswith("855")]) == 2  # it was sent once before


def _refused(app: App, document: int) -> str:
    with pytest.raises(Refused) as refused:
        documents.retry(app, document, "two")
    return str(refused.value)


def _until(app: App, waiting: int) -> None:
    """So many wait for a lock."""
    end = time.monotonic() + PATIENCE
    with app.database.session() as session:
        while session.execute(text(WAITING)).scalar_one() < waiting:
            assert time.monotonic() < end
            session.rollback()
            time.sleep(0.02)
