"""Several interchanges in one file: repeats, those out of order, and what is said of them; and TA1 of theirs."""

from b2bsync.app import documents
from b2bsync.store import journal
from tests.exchange.paper import acknowledgement_file, body, group, interchange, order_file, purchase_order, transaction
from tests.exchange.test_answers import ORDERS, agreed, contrl, edi_trade, edifact, said, types
from tests.exchange.trade import Trade

__all__ = ["edi_trade"]


def ta1(control: str, code: str, note: str, *, own: int = 9, sender: str = "ACMESTORES") -> str:
    """An interchange of the buyer's with nothing but a TA1 about one of ours."""
    ids = f"ZZ*{sender:15}*ZZ*SUPPLIER       "
    isa = f"ISA*00*          *00*          *{ids}*260302*0900*U*00401*{own:09d}*0*P*>"
    return "~\n".join([isa, f"TA1*{control}*260302*0900*{code}*{note}", f"IEA*0*{own:09d}", ""])


def numbers(trade: Trade) -> list[str]:
    return [number for _, number, _ in trade.sales_orders()]


def answered(trade: Trade) -> dict[str, str]:
    """Delivery and what the buyer said of it, for the only 855."""
    [delivery] = [one for one in trade.deliveries() if one["name"].startswith("855_")]
    [document] = trade.documents(type="855")
    return {"state": delivery["state"], "ack": delivery["ack_state"], "document": document["status"]}


def control_of(trade: Trade, type: str = "855") -> str:
    [delivery] = [one for one in trade.deliveries() if one["name"].startswith(f"{type}_")]
    return str(delivery["interchange_control"])


def retry(trade: Trade, message: int) -> None:
    with trade.open() as app:
        documents.retry_message(app, message, "test")
    trade.once()


# repeats


def test_the_same_interchange_in_another_file_gets_the_same_answer_again(trade: Trade) -> None:
    """A line break behind it, and another interchange behind that: its own bytes are the same."""
    trade.receive(order_file("PO-1"))
    [first] = trade.sent("997")
    [path] = trade.outbox.glob("997_*.edi")
    path.unlink()  # the buyer has fetched it, and lost it
    trade.receive(order_file("PO-1") + "\n" + order_file("PO-2", control=2))
    assert trade.sent("997")[0] == first
    assert trade.sent("TA1") == []
    assert numbers(trade) == ["PO-1", "PO-2"]


def test_acknowledgements_under_a_used_number_are_not_answered(trade: Trade) -> None:
    trade.receive(order_file())
    first, second = (acknowledgement_file("PR", "1", control=900), acknowledgement_file("PR", "77", control=900))
    trade.receive(first)
    trade.receive(second)
    trade.receive(ta1("000000002", "A", "000", own=900))
    assert sorted(set(types(trade))) == ["855", "997"]


def test_a_repeat_behind_a_new_interchange_leaves_that_one_alone(trade: Trade) -> None:
    """What comes without its trailer frees its own number, and no other one's."""
    trade.receive(order_file("PO-5", control=5))
    cut = order_file("PO-5", control=5)
    trade.receive(order_file("PO-6", control=6) + cut[: cut.index("IEA*")])
    trade.receive(order_file("PO-6", control=6))
    [*_, last] = trade.messages()
    assert last["status"] == "duplicate"
    assert numbers(trade) == ["PO-5", "PO-6"]


def test_a_ta1_before_a_repeat_counts(trade: Trade) -> None:
    trade.receive(order_file(control=5))
    trade.receive(ta1(control_of(trade), "R", "024") + order_file(control=5))
    assert answered(trade) == {"state": "rejected", "ack": "rejected", "document": "refused"}


def test_a_group_that_came_before_is_told(trade: Trade) -> None:
    old, new = purchase_order("PO-1"), purchase_order("PO-2")
    trade.receive(interchange(group(transaction(old), control=5), control=1))
    both = interchange(
        group(transaction(new), control=5), group(transaction(purchase_order("PO-3")), control=6), control=2
    )
    trade.receive(both)
    [_, message] = trade.messages()
    with trade.open() as app, app.database.session() as session:
        events = journal.events(session, "message", message["id"])
    assert [event.what for event in events if event.what == "group came before"] == ["group came before"]
    assert numbers(trade) == ["PO-1", "PO-3"]


# order


def test_a_held_interchange_of_a_file_waits_with_those_behind_it(trade: Trade) -> None:
    agreed(trade, '[receive]\nout_of_sequence = "hold"')
    trade.receive(order_file("PO-1", control=1) + order_file("PO-3", control=3) + order_file("PO-4", control=4))
    [message] = trade.messages()
    assert (message["status"], numbers(trade)) == ("failed", ["PO-1"])
    trade.receive(order_file("PO-2", control=2))
    retry(trade, message["id"])
    assert numbers(trade) == ["PO-1", "PO-2", "PO-3", "PO-4"]
    trade.receive(order_file("PO-1", control=1))  # its number is still known
    assert trade.messages()[-1]["status"] == "duplicate"


def test_what_was_rejected_comes_again_under_its_number(trade: Trade) -> None:
    agreed(trade, '[receive]\nout_of_sequence = "hold"')
    trade.receive(order_file().replace("PO1*1*24*EA", "PO1*1*many*EA"))
    trade.receive(order_file())
    assert numbers(trade) == ["PO-1"]


# TA1 of theirs


def test_a_ta1_of_somebody_else_does_not_count(trade: Trade) -> None:
    trade.receive(order_file())
    before = answered(trade)
    trade.receive(ta1(control_of(trade), "R", "024", sender="SOMEONEELSE"))
    assert answered(trade) == before
    [_, message] = trade.messages()
    assert message["status"] == "failed"
    assert "it is from ZZ:SOMEONEELSE" in message["error"]


def test_a_ta1_does_not_overturn_what_the_997_said(trade: Trade) -> None:
    trade.receive(order_file())
    [delivery] = [one for one in trade.deliveries() if one["name"].startswith("855_")]
    trade.receive(acknowledgement_file("PR", delivery["group_control"]))
    accepted = {"state": "acked", "ack": "accepted", "document": "acknowledged"}
    assert answered(trade) == accepted
    trade.receive(ta1(control_of(trade), "R", "025"))
    trade.receive(ta1(control_of(trade), "R", "024", own=10))
    assert answered(trade) == accepted


def test_a_ta1_for_a_second_copy_says_nothing_of_the_first(trade: Trade) -> None:
    trade.receive(order_file())
    trade.receive(ta1(control_of(trade), "R", "025"))
    assert answered(trade) == {"state": "sent", "ack": "expected", "document": "sent"}


def test_a_ta1_that_accepts_is_told_and_the_997_still_awaited(trade: Trade) -> None:
    trade.receive(order_file())
    trade.receive(ta1(control_of(trade), "A", "000"))
    assert answered(trade) == {"state": "sent", "ack": "expected", "document": "sent"}


# TA1 of ours


def test_an_empty_interchange_that_asks_is_answered(trade: Trade) -> None:
    ids = "ZZ*ACMESTORES     *ZZ*SUPPLIER       "
    trade.receive(f"ISA*00*          *00*          *{ids}*260302*0900*U*00401*000000009*1*P*>~IEA*0*000000009~")
    [answer] = trade.sent("TA1")
    assert answer[1] == "TA1*000000009*260302*0900*A*000"


# rejected as a whole


def test_a_number_that_stands_twice_rejects_the_group(trade: Trade) -> None:
    agreed(trade, 'syntax = "reject_group"')
    trade.receive(interchange(group(transaction(purchase_order("PO-1")), transaction(purchase_order("PO-2")))))
    assert numbers(trade) == []
    [answer] = said(trade)
    assert answer == ["AK1*PO*1", "AK2*850*0001", "AK5*R", "AK2*850*0001", "AK5*R*23", "AK9*R*2*2*0"]


def test_what_belongs_nowhere_rejects_the_interchange(trade: Trade) -> None:
    agreed(trade, 'syntax = "reject_interchange"')
    trade.receive(order_file().replace("IEA*", "N1*ST*Stray~\nIEA*"))
    assert numbers(trade) == []
    [answer] = trade.sent("TA1")
    assert answer[1] == "TA1*000000001*260302*0900*R*024"
    assert body(trade.sent("997")[0])[-2] == "AK9*R*1*1*0"


def test_a_set_whose_guide_is_missing_is_rejected_with_its_interchange(trade: Trade) -> None:
    agreed(trade, 'syntax = "reject_interchange"\nguides = {"850" = "acme/850"}')
    other = transaction(["BCH*04*SA*PO-1***20260302"], "860", "0002")
    trade.receive(interchange(group(transaction(purchase_order()), other)))
    assert said(trade)[0][-1] == "AK9*R*2*2*0"
    assert {row["status"] for row in trade.documents(direction="in")} == {"refused"}


def test_messages_that_stand_in_no_group_are_rejected_one_by_one(edi_trade: Trade) -> None:
    agreed(edi_trade, 'syntax = "reject_group"')
    wrong = [s.replace("+PO-1", f"+{'9' * 40}").replace("UNH+1", "UNH+2").replace("UNT+9+1", "UNT+9+2") for s in ORDERS]
    edi_trade.receive(edifact(ORDERS, wrong))
    [answer] = contrl(edi_trade)
    assert [segment for segment in answer if segment.startswith(("UCI", "UCM"))] == [
        "UCI+77+4012345000009:14+4098765000005:14+7",
        "UCM+1+ORDERS:D:96A:UN:EAN008+7",
        "UCM+2+ORDERS:D:96A:UN:EAN008+4",
    ]


def test_groups_of_messages_are_told_as_they_were(edi_trade: Trade) -> None:
    head, *inside, end = edifact(ORDERS).split("'")[:-1]
    text = [head, "UNG+ORDERS+APPA+APPB+260302:0900+5+UN+D:96A", *inside, "UNE+2+5", "UNZ+1+77"]
    assert end == "UNZ+1+77"
    edi_trade.receive("".join(f"{segment}'" for segment in text))
    [answer] = contrl(edi_trade)
    assert answer == [
        "UCI+77+4012345000009:14+4098765000005:14+7", "UCF+5+APPA+APPB+7+29+UNE+2", "UCM+1+ORDERS:D:96A:UN:EAN008+7",
    ]  # fmt: skip
