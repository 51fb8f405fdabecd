"""What an operator does to documents on their way: no verb, used once or twice, makes a second order or answer, and
every state has a verb that leads out of it."""

from typing import Literal

import pytest
from sqlalchemy import text

from b2bsync.app import arrivals, documents, operations
from b2bsync.engine import Outcome, Task
from b2bsync.exchange import Translate
from b2bsync.exchange.operate import Refused
from b2bsync.store import commitments
from tests.exchange.paper import acknowledgement_file, group, interchange, order_file, purchase_order, transaction
from tests.exchange.trade import Trade


def pause(trade: Trade, lane: str) -> None:
    with trade.open() as app:
        operations.pause_lane(app, lane, "test")


def resume(trade: Trade, lane: str) -> None:
    with trade.open() as app:
        operations.resume_lane(app, lane, "test")
    trade.once()


def skip(trade: Trade, document: int) -> None:
    with trade.open() as app:
        documents.skip(app, document, "test", "not wanted")


def give_up(trade: Trade) -> str:
    """Skip the one task that is parked."""
    with trade.open() as app:
        [task] = operations.lanes(app)["parked"]
        return operations.skip_task(app, task["id"], "test")


def promised(trade: Trade, sku: str) -> str:
    """What the ERP's figures do not know yet, in pieces."""
    with trade.open() as app, app.database.session() as session:
        found = commitments.promised(session, app.config.main_company, app.config.stage, [sku])
    return str(sum(found.get(sku, {}).values()))


def waiting_order(trade: Trade, lane: str) -> int:
    """PO-2 waits in a lane that is paused behind PO-1, which went through."""
    trade.receive(order_file("PO-1", control=1))
    pause(trade, lane)
    trade.receive(order_file("PO-2", control=2))
    document: int = trade.documents(type="850")[-1]["id"]
    return document


def test_retrying_an_order_that_waits_for_the_gate_judges_it_once(trade: Trade) -> None:
    document = waiting_order(trade, "orders:acme")
    said = "waits in lane orders:acme already, which tries at once unless it is paused"
    assert (trade.retry(document), trade.retry(document)) == (said, said)
    resume(trade, "orders:acme")

    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2"]
    assert len(trade.sent("855")) == 2
    assert promised(trade, "10001") == "48"  # 24 for each


def test_retrying_a_held_order_twice_judges_it_once(trade: Trade) -> None:
    trade.erp("UPDATE DEBTOR SET BLOCK_FLAG = 'X', CHG_TS = '2026-06-01T00:00:00.000000Z' WHERE CUST_NO = '100001'")
    trade.pull("erp.customers")
    trade.receive(order_file("PO-1"))
    [held] = trade.documents(type="850")
    assert (held["status"], held["reason"]) == ("held", "customer 100001 is blocked")

    trade.erp("UPDATE DEBTOR SET BLOCK_FLAG = '', CHG_TS = '2026-06-02T00:00:00.000000Z' WHERE CUST_NO = '100001'")
    trade.pull("erp.customers")
    assert trade.retry(held["id"]) == "judged again"
    trade.retry(held["id"])
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert len(trade.sent("855")) == 1
    assert promised(trade, "10001") == "24"


def test_retrying_an_order_that_waits_for_the_erp_pushes_it_once(trade: Trade) -> None:
    document = waiting_order(trade, "erp:erp")
    assert trade.retry(document) == "waits in lane erp:erp already, which tries at once unless it is paused"
    resume(trade, "erp:erp")

    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2"]
    assert len(trade.sent("855")) == 2


def test_tasks_that_are_due_twice_all_the_same_make_one_order(trade: Trade) -> None:
    """Such as those that an older version left behind."""
    document = waiting_order(trade, "orders:acme")
    with trade.open() as app, app.database.session() as session:
        app.lanes.add(session, "orders:acme", "judge", [document])
        app.lanes.add(session, "erp:erp", "push", [document, document])
        session.commit()
    resume(trade, "orders:acme")

    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2"]
    assert len(trade.sent("855")) == 2
    assert promised(trade, "10001") == "48"


@pytest.mark.parametrize("lane", ["orders:acme", "erp:erp"])
def test_an_order_that_is_skipped_while_it_waits_never_reaches_the_erp(trade: Trade, lane: str) -> None:
    document = waiting_order(trade, lane)
    skip(trade, document)
    resume(trade, lane)

    assert trade.document(document)["status"] == "skipped"
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1"]
    assert len(trade.sent("855")) == 1
    assert promised(trade, "10001") == "24"


def test_an_order_that_the_erp_may_have_is_not_skipped(trade: Trade) -> None:
    (trade.root / "lose-connection-after-create").touch()
    trade.receive(order_file())
    [document] = trade.documents(type="850")
    with pytest.raises(Refused, match="is on its way into the ERP; it can be skipped once its task is parked"):
        skip(trade, document["id"])


def test_an_order_whose_push_was_given_up_is_judged_again(trade: Trade) -> None:
    trade.write(
        "mappings/functions.py", 'def explode(value):\n    """Fails always."""\n    raise RuntimeError("boom")\n'
    )
    broken = trade.write(
        "mappings/demo_erp/order.toml",
        'extends = "demo_erp/order"\n[fields]\ncustomer = { at = "CUST_NO", write = "explode(value)" }\n',
    )
    trade.receive(order_file())
    assert give_up(trade).endswith("is given up")

    [document] = trade.documents(type="850")
    assert document["status"] == "failed"
    assert document["reason"].startswith("given up: ")
    assert (trade.order("PO-1")["status"], promised(trade, "10001")) == ("cancelled", "0")

    broken.unlink()
    assert trade.retry(document["id"]) == "judged again"
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert (trade.order("PO-1")["status"], promised(trade, "10001")) == ("confirmed", "24")


def test_a_parked_order_is_retried_by_its_own_number(trade: Trade) -> None:
    trade.agree("[channel]", '[gate]\nlot = "sometimes"\n[channel]')
    trade.receive(order_file())
    [document] = trade.documents(type="850")
    trade.agree('lot = "sometimes"', "")
    assert trade.retry(document["id"]) == "judged again"
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_an_order_that_was_given_up_at_the_gate_can_be_retried_and_skipped(trade: Trade) -> None:
    trade.agree("[channel]", '[gate]\nlot = "sometimes"\n[channel]')
    trade.receive(order_file())
    give_up(trade)
    [document] = trade.documents(type="850")
    assert document["status"] == "failed"
    assert document["reason"].startswith("given up: [gate] in partners/acme.toml: ")

    assert trade.retry(document["id"]) == "judged again"
    skip(trade, document["id"])
    assert trade.document(document["id"])["status"] == "skipped"


def test_a_message_whose_translation_was_given_up_is_retried(trade: Trade) -> None:
    agreement = trade.root / "partners" / "acme.toml"
    text = agreement.read_text()
    file = trade.write("handed-in.edi", order_file())
    with trade.open() as app:
        arrivals.take(app, file, "acme")
    agreement.unlink()
    trade.once()
    give_up(trade)
    agreement.write_text(text)
    [message] = trade.messages()
    assert message["status"] == "failed"
    assert message["error"].startswith("given up: ")
    assert "partner 'acme' is not configured" in message["error"]

    with trade.open() as app:
        assert documents.retry_message(app, message["id"], "test") == "translated again"
    trade.once()
    assert [m["status"] for m in trade.messages()] == ["translated"]
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_a_repeat_that_was_meant_as_a_new_message_is_translated_when_it_is_retried(trade: Trade) -> None:
    trade.receive(order_file("PO-1", control=7))
    trade.receive(order_file("PO-2", control=7))
    first, second = trade.messages()
    assert (first["status"], second["status"]) == ("translated", "duplicate")

    with trade.open() as app:
        assert documents.retry_message(app, second["id"], "test") == "translated again"
    trade.once()
    assert [m["status"] for m in trade.messages()] == ["translated", "translated"]
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2"]


def test_a_set_that_was_not_agreed_is_read_once_it_is(trade: Trade) -> None:
    trade.agree('receive = ["850", "997"]', 'receive = ["997"]')
    trade.receive(order_file())
    [document] = trade.documents(type="850")
    assert document["status"] == "refused"
    with pytest.raises(Refused, match="it still is refused: transaction set 850 is not agreed with acme"):
        trade.retry(document["id"])

    trade.agree('receive = ["997"]', 'receive = ["850", "997"]')
    assert trade.retry(document["id"]) == "judged again"
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_a_retry_that_fails_again_says_so_and_keeps_the_new_reason(trade: Trade) -> None:
    mapping = trade.write("mappings/x12/004010/850.toml", 'extends = "x12/004010/850"\n[fields]\nnumbr = "BEG03"\n')
    trade.receive(order_file())
    [document] = trade.documents(type="850")
    mapping.write_text('extends = "x12/004010/850"\n[fields]\nordred = "BEG05"\n')

    with pytest.raises(Refused, match=r"it still fails: .*ordred"):
        trade.retry(document["id"])
    found = trade.document(document["id"])
    assert found["status"] == "failed"
    assert "ordred" in found["reason"]
    assert found["events"][-1]["what"] == "retried"


def test_nothing_is_retried_that_is_only_recorded(trade: Trade) -> None:
    trade.receive(order_file("PO-1", purpose="22"))
    [copy] = trade.documents(type="850")
    assert copy["status"] == "recorded"
    with pytest.raises(Refused, match="is recorded: there is nothing to retry"):
        trade.retry(copy["id"])


def test_an_acknowledgement_that_matches_nothing_is_held_however_often_it_is_retried(trade: Trade) -> None:
    trade.receive(acknowledgement_file("PR", "77"))
    [document] = trade.documents(type="997", direction="in")
    reason = "acknowledges group PR 77, which we did not send"
    assert (document["status"], document["reason"]) == ("held", reason)
    assert trade.retry(document["id"]) == "reconciled again"
    trade.retry(document["id"])
    trade.once()
    assert trade.document(document["id"])["reason"] == reason
    skip(trade, document["id"])
    assert trade.document(document["id"])["status"] == "skipped"


def test_a_send_that_was_given_up_goes_when_its_document_is_retried(trade: Trade) -> None:
    trade.agree('out    = "exchange/acme/out"', "")
    trade.receive(order_file())
    [response] = trade.documents(type="855")
    assert {d["state"] for d in trade.deliveries()} == {"dead"}

    trade.agree('in     = "exchange/acme/in"', 'in     = "exchange/acme/in"\nout    = "exchange/acme/out"')
    assert trade.retry(response["id"]).endswith("is queued")
    assert trade.retry(response["id"]).endswith("which tries at once unless it is paused")
    trade.once()
    assert len(trade.sent("855")) == 1


def test_two_lines_with_one_number_wait_for_a_person(trade: Trade) -> None:
    content = purchase_order("PO-1", {"10001": "24*EA*10.00", "10002": "5*EA*6.00"})
    content = [segment.replace("PO1*2*", "PO1*1*") for segment in content]
    trade.receive(interchange(group(transaction(content))))

    [document] = trade.documents(type="850")
    assert (document["status"], document["reason"]) == (
        "held",
        "order PO-1 has two lines with the number 1, so that its answer could not tell them apart: ask the buyer for "
        "other numbers, then skip this",
    )
    assert (trade.sales_orders(), trade.sent("855")) == ([], [])


def test_resending_a_repeat_sends_the_answer_of_the_first_again(trade: Trade) -> None:
    trade.receive(order_file("PO-1", control=1))
    trade.receive(order_file("PO-1", control=2))
    first, second = trade.documents(type="850")
    sent = "document 3 goes again as 855_acme_000000002.edi"  # 1 is the order, 2 its 997
    with trade.open() as app:
        assert documents.resend(app, second["id"], "test") == sent
    trade.once()
    with trade.open() as app:
        assert documents.resend(app, first["id"], "test") == sent


@pytest.mark.parametrize(("decision", "said"), [("sent", "counts as sent"), ("resend", "queued again")])
def test_a_send_that_nothing_will_end_is_decided_by_hand(
    trade: Trade, decision: Literal["sent", "resend"], said: str
) -> None:
    """Such as one whose task an older version gave up without a word."""
    trade.receive(order_file())
    [answer] = [d for d in trade.deliveries() if d["name"].startswith("855")]
    with trade.open() as app, app.database.session() as session:
        session.execute(text("UPDATE delivery SET state = 'sending' WHERE id = :id"), {"id": answer["id"]})
        session.commit()
    with trade.open() as app:
        assert operations.decide_delivery(app, answer["id"], decision, "test") == said
    trade.once()
    assert {d["state"] for d in trade.deliveries()} == {"sent"}


def test_a_message_that_was_given_up_half_way_goes_on_where_it_stopped(trade: Trade) -> None:
    """101 orders: a commit has 100 of them at most."""
    sets = [transaction(purchase_order(f"PO-{n}"), control=f"{n:04d}") for n in range(1, 102)]
    file = trade.write("handed-in.edi", interchange(group(*sets)))
    with trade.open() as app:
        arrivals.take(app, file, "acme")
        with app.database.session() as session:
            stage = Translate(app.setting)
            [task] = [Task(t.id, t.lane, t.stage, t.subject, 1) for t in app.lanes.tasks(session, "translate", 1)]
            assert stage.finish(session, [task], stage.perform(None, [task])) == Outcome(again=[task.id])
            session.execute(text("UPDATE task SET state = 'parked', error = 'stuck' WHERE id = :id"), {"id": task.id})
            session.commit()
    give_up(trade)
    [message] = trade.messages()
    assert (message["status"], message["error"]) == ("failed", "given up: stuck")

    with trade.open() as app:
        assert documents.retry_message(app, message["id"], "test") == "translated again"
    trade.once()
    assert [m["status"] for m in trade.messages()] == ["translated"]
    assert [d["number"] for d in trade.documents(type="850", limit=110)] == [f"PO-{n}" for n in range(1, 102)]
    assert [s for s in trade.sent("997")[0] if s.startswith("AK9")] == ["AK9*A*101*101*101"]
