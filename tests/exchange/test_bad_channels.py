"""Directories that are missing or cannot be written: sends wait, files are not lost, other lanes go on."""

from b2bsync.app import documents
from tests.exchange.paper import acknowledgement_file, order_file
from tests.exchange.trade import Trade


def test_what_cannot_be_left_waits_and_leaves_later_under_the_same_name(trade: Trade) -> None:
    trade.outbox.rmdir()  # as when a disk is not mounted
    done = trade.receive(order_file())

    assert sorted(done.ran.backing_off) == ["ack:acme", "send:acme"]
    assert str(trade.outbox) in done.ran.backing_off["send:acme"]
    assert [(d["name"], d["state"]) for d in trade.deliveries()] == [
        ("997_acme_000000001.edi", "queued"),
        ("855_acme_000000002.edi", "queued"),
    ]
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]  # the ERP did not wait for it

    trade.outbox.mkdir()
    trade.retry_lane("ack:acme")
    trade.retry_lane("send:acme")
    trade.once()
    assert sorted(path.name for path in trade.outbox.iterdir()) == ["855_acme_000000002.edi", "997_acme_000000001.edi"]
    assert [(d["state"], d["error"]) for d in trade.deliveries()] == [("sent", ""), ("sent", "")]


def test_a_file_where_the_directory_should_be(trade: Trade) -> None:
    trade.outbox.rmdir()
    trade.outbox.write_text("not a directory")
    done = trade.receive(order_file())
    assert "exchange/acme/out" in done.ran.backing_off["ack:acme"]
    assert [d["state"] for d in trade.deliveries()] == ["queued", "queued"]


def test_another_file_of_that_name_is_not_overwritten(trade: Trade) -> None:
    (trade.outbox / "855_acme_000000002.edi").write_text("somebody else's")
    trade.receive(order_file())

    ours, answer = trade.deliveries()
    assert (ours["state"], answer["state"]) == ("sent", "dead")
    assert "855_acme_000000002.edi" in answer["error"]
    assert (trade.outbox / "855_acme_000000002.edi").read_text() == "somebody else's"

    (trade.outbox / "855_acme_000000002.edi").unlink()
    [response] = trade.documents(type="855")
    assert trade.retry(response["id"]) == "delivery 2 is queued"
    trade.once()
    assert len(trade.sent("855")) == 1


def test_a_partner_without_a_way_out_keeps_its_documents_until_it_has_one(trade: Trade) -> None:
    trade.agree('out    = "exchange/acme/out"\n', "")
    trade.receive(order_file())
    assert [d["state"] for d in trade.deliveries()] == ["dead", "dead"]
    assert trade.deliveries()[1]["error"] == (
        "partner acme has no outbound channel; set out in its [channel] and retry"
    )

    trade.agree("settle", 'out    = "exchange/acme/out"\nsettle')
    for document in trade.documents(direction="out"):
        trade.retry(document["id"])
    trade.once()
    assert (len(trade.sent("997")), len(trade.sent("855"))) == (1, 1)


def test_one_partners_missing_directory_does_not_stop_the_others(trade: Trade) -> None:
    other = (trade.root / "partners" / "acme.toml").read_text()
    trade.write("partners/bolts.toml", other.replace("ACMESTORES", "BOLTS").replace("/acme/", "/bolts/"))
    trade.drop("monday.edi", order_file())
    done = trade.once()

    assert done.looked.received == 1
    [problem] = done.looked.problems
    assert problem.startswith("bolts: ")
    assert "exchange/bolts/in" in problem
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_resending_leaves_the_same_bytes_under_the_same_name(trade: Trade) -> None:
    trade.receive(order_file())
    [order] = trade.documents(type="850")
    before = (trade.outbox / "855_acme_000000002.edi").read_bytes()
    (trade.outbox / "855_acme_000000002.edi").unlink()  # the buyer fetched it, and lost it

    with trade.open() as app:
        assert documents.resend(app, order["id"], "test") == "document 3 goes again as 855_acme_000000002.edi"
    trade.once()
    assert (trade.outbox / "855_acme_000000002.edi").read_bytes() == before


def test_what_was_acknowledged_stays_acknowledged_when_it_is_sent_again(trade: Trade) -> None:
    trade.receive(order_file())
    trade.receive(acknowledgement_file("PR", "2", ["AK2*855*0001", "AK5*A"]))
    [order] = trade.documents(type="850")
    with trade.open() as app:
        documents.resend(app, order["id"], "test")
    trade.once()
    assert trade.deliveries()[1]["ack_state"] == "accepted"
    assert trade.documents(type="855")[0]["status"] == "acknowledged"
