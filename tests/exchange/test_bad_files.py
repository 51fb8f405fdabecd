"""Files that are wrong: each is kept, told precisely, and stops nothing else."""

import pytest

from b2bsync.app import documents
from b2bsync.app.status import status
from b2bsync.exchange import receive
from b2bsync.exchange.operate import Refused
from tests.exchange.paper import body, group, interchange, order_file, purchase_order, transaction
from tests.exchange.trade import Trade


def only_problem(trade: Trade) -> str:
    """The one message failed and its bytes are kept; what was said about it."""
    [message] = trade.messages()
    assert message["status"] == "failed"
    assert trade.documents() == []
    return str(message["error"])


def test_an_empty_file(trade: Trade) -> None:
    trade.drop("empty.edi", b"")
    assert trade.once().ran.parked == 0
    assert only_problem(trade) == "empty.edi: fatal: there is nothing in it [byte 0]"


def test_a_foreign_file(trade: Trade) -> None:
    pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    trade.drop("order.pdf", pdf)
    trade.once()
    problem = only_problem(trade)
    assert problem.startswith("order.pdf: fatal: neither X12 (ISA) nor EDIFACT (UNA or UNB) stands at the beginning")
    assert "it begins with '%PDF-1.7" in problem
    assert trade.message_raw(1) == pdf


def test_one_bad_file_does_not_stop_the_next(trade: Trade) -> None:
    trade.drop("a-bad.edi", b"\x00\x01\x02")
    trade.drop("b-good.edi", order_file())
    trade.once()
    assert sorted(m["status"] for m in trade.messages()) == ["failed", "translated"]
    assert len(trade.sent("855")) == 1


@pytest.mark.parametrize(
    ("cut_at", "answer"),
    [
        ("IEA*", ["AK5*A", "AK9*A*1*1*1"]),
        ("GE*", ["AK5*A", "AK9*P*0*1*1*3"]),  # 3: no trailer
        ("SE*", ["AK5*R*2", "AK9*R*0*1*0*3"]),  # 2: no trailer
        ("CTT*", ["AK5*R*2", "AK9*R*0*1*0*3"]),
    ],
)
def test_a_truncated_interchange_is_told_and_may_come_again_whole(trade: Trade, cut_at: str, answer: list[str]) -> None:
    whole = order_file()
    cut = whole[: whole.index(cut_at)]
    trade.receive(cut)

    [acknowledgement] = trade.sent("997")
    assert body(acknowledgement)[3:5] == answer
    [message] = trade.messages()
    assert "the interchange has no IEA segment" in message["error"]
    [document] = trade.documents(type="850")
    assert document["status"] == ("answered" if answer[0] == "AK5*A" else "refused")
    assert cut[cut.index("ST*") :].startswith(trade.raw(document["id"]).decode().rstrip("~\n"))

    trade.receive(whole)  # under the same control numbers
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_a_rejected_group_may_come_again_corrected_under_the_same_control_numbers(trade: Trade) -> None:
    trade.receive(order_file().replace("PO1*1*24*EA", "PO1*1*many*EA"))
    trade.receive(order_file())

    assert [d["status"] for d in trade.documents(type="850")] == ["refused", "answered"]
    assert [body(a)[-2] for a in trade.sent("997")] == ["AK9*R*1*1*0", "AK9*A*1*1*1"]


def test_a_wrong_segment_count_rejects_the_set(trade: Trade) -> None:
    trade.receive(interchange(group(transaction(purchase_order(), count=99))))

    [acknowledgement] = trade.sent("997")
    assert body(acknowledgement) == [
        "ST*997*0001",
        "AK1*PO*1",
        "AK2*850*0001",
        "AK5*R*4",  # number of included segments does not match
        "AK9*R*1*1*0",
        "SE*6*0001",
    ]
    [document] = trade.documents(type="850")
    assert document["status"] == "refused"
    assert "SE01 says 99 segments, there are 8" in document["reason"]
    assert trade.sales_orders() == []


def test_one_bad_set_between_two_good_ones(trade: Trade) -> None:
    bad = [s.replace("PO1*1*24*EA", "PO1*1*many*EA") for s in purchase_order("PO-2")]
    trade.receive(
        interchange(
            group(
                transaction(purchase_order("PO-1"), control="0001"),
                transaction(bad, control="0002"),
                transaction(purchase_order("PO-3"), control="0003"),
            )
        )
    )

    [acknowledgement] = trade.sent("997")
    assert body(acknowledgement) == [
        "ST*997*0001",
        "AK1*PO*1",
        "AK2*850*0001",
        "AK5*A",
        "AK2*850*0002",
        "AK3*PO1*6**8",
        "AK4*2*330*6*many",  # invalid character in the quantity ordered
        "AK5*R*5",
        "AK2*850*0003",
        "AK5*A",
        "AK9*P*3*3*2",
        "SE*12*0001",
    ]
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-3"]
    refused = trade.documents(status="refused")[0]
    assert trade.raw(refused["id"]).decode().startswith("ST*850*0002~")
    [finding] = trade.document(refused["id"])["findings"]
    assert (finding["segment"], finding["tag"], finding["element"], finding["value"]) == (6, "PO1", 2, "many")


def test_a_set_that_was_not_agreed(trade: Trade) -> None:
    inquiry = ["BAS*1*2*20260302", "CTT*0"]
    trade.receive(interchange(group(transaction(inquiry, "869"), code="RS")))

    [acknowledgement] = trade.sent("997")
    assert body(acknowledgement)[1:4] == ["AK1*RS*1", "AK2*869*0001", "AK5*R*1"]  # transaction set not supported
    [document] = trade.documents(type="869")
    assert document["status"] == "refused"
    assert "transaction set 869 is not agreed with acme" in document["reason"]
    assert "850, 997" in document["reason"]


def test_an_unknown_sender_is_told_with_who_is_nearest(trade: Trade) -> None:
    trade.receive(interchange(group(transaction(purchase_order()), sender="ACMESTORE"), sender="ACMESTORE"))
    problem = only_problem(trade)
    assert problem == (
        "no partner has ISA sender ZZ:ACMESTORE, ISA receiver ZZ:SUPPLIER, GS sender ACMESTORE; "
        'add a file for it to partners/, or did you mean "ACMESTORES"?'
    )


def test_anothers_interchange_in_this_partners_directory(trade: Trade) -> None:
    other = (
        (trade.root / "partners" / "acme.toml").read_text().replace("ACMESTORES", "BOLTS").replace("/acme/", "/bolts/")
    )
    trade.write("partners/bolts.toml", other)
    trade.receive(order_file())
    trade.receive(interchange(group(transaction(purchase_order("PO-2")), control=2), control=2), partner="bolts")

    assert trade.messages()[1]["error"] == "the interchange is from acme, but it came through the channel of bolts"
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1"]


@pytest.mark.parametrize(
    ("usage", "said"), [("T", "ISA15 is 'T', test"), ("I", "ISA15 is 'I', neither T nor P"), ("X", "ISA15 is 'X'")]
)
def test_the_stage_wall(trade: Trade, usage: str, said: str) -> None:
    trade.receive(interchange(group(transaction(purchase_order())), usage=usage))
    problem = only_problem(trade)
    assert said in problem
    assert "partner acme is agreed for production; nothing of interchange 000000001 was processed" in problem
    assert (trade.sent("997"), trade.sales_orders()) == ([], [])


def test_a_test_partner_never_reaches_the_productive_erp(trade: Trade) -> None:
    trade.agree('stage   = "production"', 'stage   = "test"')
    trade.receive(interchange(group(transaction(purchase_order())), usage="T"))

    assert trade.sales_orders() == []
    [lane] = [lane for name, lane in trade.lanes().items() if name == "orders:acme"]
    assert lane["parked"] == 1
    with trade.open() as app, app.database.session() as session:
        [task] = app.lanes.parked(session)
    assert task.error == (
        "partner acme is agreed for test, but the ERPs here are for production: the order goes no further"
    )


def test_junk_between_interchanges_is_told_and_the_rest_is_done(trade: Trade) -> None:
    trade.receive(order_file("PO-1", control=1) + "what is this?\n" + order_file("PO-2", control=2))

    [message] = trade.messages()
    assert message["status"] == "translated"
    assert message["error"] == "warning: bytes outside of any interchange were passed over [byte 338]"
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2"]


def test_a_file_for_a_partner_whose_agreement_is_broken_is_kept_and_done_later(trade: Trade) -> None:
    with trade.open() as app:
        partner = app.partners.get("acme")
        assert partner is not None
        receive(app.setting, partner, "directory", "claim-1", "monday.edi", [order_file().encode()])
    trade.agree('stage   = "production"', 'stage   = "prod"')
    trade.once()
    [parked] = [lane for lane in trade.lanes().values() if lane["parked"]]
    assert parked["id"] == "receive:acme"

    trade.agree('stage   = "prod"', 'stage   = "production"')
    trade.retry_lane("receive:acme")
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def two(**second: str) -> str:
    """A file of two interchanges of which the second is somehow else."""
    how = {key: value for key, value in second.items() if key in ("sender", "usage")}
    return order_file("PO-1", control=1) + interchange(
        group(transaction(purchase_order("PO-2")), control=2, sender=second.get("sender", "ACMESTORES")),
        control=2,
        **how,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (two(usage="T"), "nothing of interchange 000000002 was processed"),
        (two(sender="STRANGER"), "no partner has ISA sender ZZ:STRANGER"),
        (two().replace("*0900*2*X*", "*0900**X*"), "GS06"),
        (order_file("PO-1")[: order_file("PO-1").index("GE*")], "the group has no GE segment"),
        (order_file("PO-1").replace("GE*1*", "GE*2*"), "GE01 says 2, transaction sets received: 1"),
        (order_file("PO-1").replace("IEA*1*", "IEA*2*"), "IEA01 says 2, groups received: 1"),
        (order_file("PO-1", control=1) + "ISA*00*broken", "what may be the beginning of another interchange"),
    ],
    ids=["stage", "sender", "group-number", "cut-off", "fewer-sets", "fewer-groups", "broken-header"],
)
def test_a_file_of_which_a_part_was_lost_is_partial(trade: Trade, content: str, why: str) -> None:
    trade.receive(content)
    [message] = trade.messages()
    assert message["status"] == "partial"
    assert why in message["error"]
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1"]
    with trade.open() as app:
        assert status(app)["messages"] == {"partial": 1}
        with pytest.raises(Refused, match=r"message 1 was processed in part .* must not be taken twice"):
            documents.retry_message(app, 1, "test")


def test_a_file_whose_last_trailer_alone_is_missing_was_processed_whole(trade: Trade) -> None:
    trade.receive(order_file()[: order_file().index("IEA*")])
    [message] = trade.messages()
    assert message["status"] == "translated"
    assert "the interchange has no IEA segment" in message["error"]


def test_the_missing_interchange_of_a_partial_file_is_taken_when_its_sender_is_known(trade: Trade) -> None:
    content = two(sender="NEWSTORES")
    trade.receive(content)
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1"]

    trade.agree('"ZZ:ACMESTORES"', '"ZZ:NEWSTORES"')
    trade.receive(content[content.rindex("ISA*") :])
    assert [m["status"] for m in trade.messages()] == ["partial", "translated"]
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2"]
