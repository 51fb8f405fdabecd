"""How a partner is answered, as it was agreed: TA1, 997 or 999, CONTRL, and how much an error rejects; and what the
partner's own answers do."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.exchange.paper import body, group, interchange, order_file, purchase_order, transaction
from tests.exchange.trade import Trade

GOOD, BAD = purchase_order("PO-1"), [s.replace("*24*", "*many*") for s in purchase_order("PO-2")]


def asking(text: str) -> str:
    """The same interchange with ISA14 = 1."""
    assert "*0*P*>" in text
    return text.replace("*0*P*>", "*1*P*>")


def agreed(trade: Trade, text: str) -> None:
    """More of the agreement: tables at the end of the file, or keys at its beginning."""
    path = trade.root / "partners" / "acme.toml"
    old = path.read_text()
    path.write_text(f"{old}\n{text}\n" if text.startswith("[") else f"{text}\n{old}")


def said(trade: Trade, type: str = "997") -> list[list[str]]:
    """The insides of our acknowledgements of X12 groups."""
    return [body(one)[1:-1] for one in trade.sent(type)]


def types(trade: Trade) -> Iterator[str]:
    return (document["type"] for document in trade.documents(direction="out"))


# TA1


def test_an_interchange_that_asks_is_answered_by_a_ta1_of_its_own(trade: Trade) -> None:
    trade.receive(asking(order_file()))
    [answer] = trade.sent("TA1")
    assert answer[0].startswith("ISA*00*          *00*          *ZZ*SUPPLIER       *ZZ*ACMESTORES     *")
    assert answer[1:] == ["TA1*000000001*260302*0900*A*000", f"IEA*0*{answer[0].split('*')[13]}"]
    assert said(trade) == [["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]]


def test_a_wrong_envelope_is_answered_without_being_asked(trade: Trade) -> None:
    trade.receive(order_file().replace("IEA*1*", "IEA*2*"))
    [answer] = trade.sent("TA1")
    assert answer[1] == "TA1*000000001*260302*0900*E*021"  # number of groups
    [row] = trade.documents(type="TA1")
    shown = trade.document(row["id"])
    assert (shown["status"], shown["kind"], shown["number"]) == ("sent", "FunctionalAcknowledgement", "000000001")


def test_a_partner_who_wants_none_gets_none(trade: Trade) -> None:
    agreed(trade, '[acks]\nta1 = "never"')
    trade.receive(asking(order_file()))
    assert trade.sent("TA1") == []


def test_acknowledgements_are_not_acknowledged(trade: Trade) -> None:
    agreed(trade, '[acks]\nta1 = "always"')
    trade.receive(asking(interchange(group(transaction(["AK1*PR*1", "AK9*A*1*1*1"], "997"), code="FA"))))
    assert list(types(trade)) == []


def test_other_bytes_under_a_number_that_came_before_are_rejected(trade: Trade) -> None:
    trade.receive(order_file("PO-1"))
    trade.receive(order_file("PO-2"))
    [answer] = trade.sent("TA1")
    assert answer[1] == "TA1*000000001*260302*0900*R*025"
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1"]


# how much an error rejects


def both(control: int = 1) -> list[str]:
    return group(transaction(GOOD), transaction(BAD, control="0002"), control=control)


NOTED = ["AK2*850*0002", "AK3*PO1*6**8", "AK4*2*330*6*many", "AK5*R*5"]


def test_a_set_is_rejected_alone(trade: Trade) -> None:
    trade.receive(interchange(both()))
    assert said(trade) == [["AK1*PO*1", "AK2*850*0001", "AK5*A", *NOTED, "AK9*P*2*2*1"]]
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1"]


def test_a_group_is_rejected_for_one_of_its_sets(trade: Trade) -> None:
    agreed(trade, 'syntax = "reject_group"')
    other = group(transaction(purchase_order("PO-3")), control=2)
    trade.receive(interchange(both(), other))
    assert said(trade) == [
        ["AK1*PO*1", "AK2*850*0001", "AK5*R", *NOTED, "AK9*R*2*2*0"],
        ["AK1*PO*2", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"],
    ]
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-3"]
    [first, second] = trade.documents(status="refused")
    assert first["reason"].startswith("the group is rejected for 850 0002: ")
    assert "many" in second["reason"]


def test_an_interchange_is_rejected_for_one_of_its_sets(trade: Trade) -> None:
    agreed(trade, 'syntax = "reject_interchange"')
    good = group(transaction(purchase_order("PO-3")), control=1)
    trade.receive(interchange(good, both(control=2)))
    assert said(trade) == [
        ["AK1*PO*1", "AK2*850*0001", "AK5*R", "AK9*R*1*1*0"],
        ["AK1*PO*2", "AK2*850*0001", "AK5*R", *NOTED, "AK9*R*2*2*0"],
    ]
    assert trade.sales_orders() == []
    trade.receive(interchange(good))  # what is right of it, under the same numbers: nothing of it was taken
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-3"]


def test_an_error_is_accepted_where_that_was_agreed(trade: Trade) -> None:
    agreed(trade, 'syntax = "accept_with_errors"')
    trade.receive(interchange(group(transaction([s.replace("*20260302", "*20261332") for s in GOOD]))))
    [answer] = said(trade)
    assert answer[-2:] == ["AK5*E*5", "AK9*E*1*1*1"]


def test_a_finding_counts_as_the_agreement_says(trade: Trade) -> None:
    content = [s.replace("VN*10001", "VN*10001*UP*614141000417") for s in GOOD]  # the check digit is 8
    trade.receive(interchange(group(transaction(content))))
    [first] = trade.documents(type="850")
    codes = [f["code"] for f in trade.document(first["id"])["findings"]]
    assert codes == ["check-digit-wrong"]
    agreed(trade, '[receive]\nfindings = {"check-digit-wrong" = "error"}')
    trade.receive(interchange(group(transaction(content), control=2), control=2))
    assert said(trade)[1][-2:] == ["AK5*R*5", "AK9*R*1*1*0"]
    trade.agree('"check-digit-wrong" = "error"', '"check-digit-wrong" = "ignore"')
    trade.receive(interchange(group(transaction(content), control=3), control=3))
    [*_, last] = trade.documents(type="850")
    assert trade.document(last["id"])["findings"] == []


# 999


def test_a_group_of_005010_is_answered_by_a_999(trade: Trade) -> None:
    agreed(trade, '[acks]\nfunctional = "999"')
    trade.receive(order_file().replace("*X*004010", "*X*005010"))
    [answer] = trade.sent("999")
    assert answer[1].endswith("*X*005010")
    assert body(answer)[1:-1] == ["AK1*PO*1*005010", "AK2*850*0001", "IK5*A", "AK9*A*1*1*1"]


# the order in which interchanges come


def test_a_number_that_is_not_the_next_one_is_told(trade: Trade) -> None:
    agreed(trade, '[receive]\nout_of_sequence = "note"')
    for number in (7, 8, 11):
        trade.receive(order_file(f"PO-{number}", control=number))
    assert [events(trade, message["id"]) for message in trade.messages()] == [
        [],
        [],
        ["interchange 000000011 came, 9 was expected (numbers missing: 2)"],
    ]
    assert len(trade.sales_orders()) == 3


def test_what_comes_too_early_waits_where_that_was_agreed(trade: Trade) -> None:
    agreed(trade, '[receive]\nout_of_sequence = "hold"')
    trade.receive(order_file("PO-1", control=1))
    trade.receive(order_file("PO-3", control=3))
    [_, held] = trade.messages()
    assert held["status"] == "failed"
    assert "interchange 000000003 came, 2 was expected (numbers missing: 1); it is held" in held["error"]
    trade.receive(order_file("PO-2", control=2))
    retry_message(trade, held["id"])
    trade.once()
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2", "PO-3"]


def events(trade: Trade, message: int) -> list[str]:
    from b2bsync.store import journal

    with trade.open() as app, app.database.session() as session:
        found = journal.events(session, "message", message)
    return [event.detail for event in found if event.what == "out of sequence"]


def retry_message(trade: Trade, message: int) -> None:
    from b2bsync.app import documents

    with trade.open() as app:
        documents.retry_message(app, message, "test")


# EDIFACT

ORDERS = [
    "UNH+1+ORDERS:D:96A:UN:EAN008", "BGM+220+PO-1+9", "DTM+137:20260302:102", "NAD+BY+4012345000009::9",
    "LIN+1++4000001000005:EN", "QTY+21:24", "UNS+S", "CNT+2:1", "UNT+9+1",
]  # fmt: skip


def edifact(*messages: list[str], control: str = "77") -> str:
    inside = [segment for one in messages for segment in one]
    head = f"UNB+UNOC:3+4012345000009:14+4098765000005:14+260302:0900+{control}"
    return "".join(f"{segment}'" for segment in [head, *inside, f"UNZ+{len(messages)}+{control}"])


@pytest.fixture
def edi_trade(trade: Trade) -> Trade:
    """Acme sends EDIFACT, too."""
    agreed(trade, 'unb = "14:4012345000009"')
    agreed(trade, '[ours]\nunb = "14:4098765000005"')
    trade.agree('receive = ["850", "997"]', 'receive = ["850", "997", "ORDERS", "CONTRL"]')
    trade.agree('send    = ["997",', 'send    = ["CONTRL", "997",')
    return trade


def contrl(trade: Trade) -> list[list[str]]:
    """The insides of our CONTRLs."""
    files = [path.read_text() for path in sorted(trade.outbox.glob("CONTRL_*.edi"))]
    found = [[segment.strip() for segment in text.split("'") if segment.strip()] for text in files]
    return [one[2:-2] for one in found]


def test_messages_are_answered_by_a_contrl(edi_trade: Trade) -> None:
    wrong = [s.replace("+PO-1", f"+{'9' * 40}").replace("UNH+1", "UNH+2").replace("UNT+9+1", "UNT+9+2") for s in ORDERS]
    edi_trade.receive(edifact(ORDERS, wrong))
    assert contrl(edi_trade) == [
        [
            "UCI+77+4012345000009:14+4098765000005:14+7",
            "UCM+1+ORDERS:D:96A:UN:EAN008+7",
            "UCM+2+ORDERS:D:96A:UN:EAN008+4",
            "UCS+2",
            "UCD+39+3",
        ]
    ]
    [first, second] = edi_trade.documents(type="ORDERS")
    assert (first["status"], second["status"]) == ("failed", "refused")
    assert "there is no mapping for ORDERS of D96A" in first["reason"]


def test_an_interchange_of_edifact_is_rejected_as_a_whole(edi_trade: Trade) -> None:
    agreed(edi_trade, 'syntax = "reject_interchange"')
    edi_trade.receive(edifact(ORDERS).replace("UNZ+1+", "UNZ+2+"))
    [[first, *_]] = contrl(edi_trade)
    assert first.startswith("UCI+77+4012345000009:14+4098765000005:14+4+29+UNZ")
    [row] = edi_trade.documents(type="ORDERS")
    assert row["status"] == "refused"


def test_an_unknown_sender_of_edifact_is_not_let_in(edi_trade: Trade) -> None:
    edi_trade.receive(edifact(ORDERS).replace("4012345000009:14", "4000000000006:14"))
    [message] = edi_trade.messages()
    assert message["status"] == "failed"
    assert "4000000000006" in message["error"]
    assert contrl(edi_trade) == []


def test_a_contrl_of_theirs_is_not_answered_and_told_when_it_fits_nothing(edi_trade: Trade) -> None:
    said = ["UNH+1+CONTRL:D:3:UN", "UCI+5+4098765000005:14+4012345000009:14+7", "UNT+3+1"]
    edi_trade.receive(edifact(said))
    [row] = edi_trade.documents(type="CONTRL")
    assert (row["status"], row["reason"]) == ("held", "acknowledges interchange 5, which we did not send")
    assert contrl(edi_trade) == []


# theirs


def test_a_ta1_that_rejects_closes_the_delivery(trade: Trade) -> None:
    trade.receive(order_file())
    [delivery] = [one for one in trade.deliveries() if one["name"].startswith("855_")]
    control = delivery["interchange_control"]
    note = f"TA1*{control}*260302*0900*R*024"
    ids = "ZZ*ACMESTORES     *ZZ*SUPPLIER       "
    isa = f"ISA*00*          *00*          *{ids}*260302*0900*U*00401*000000009*0*P*>"
    trade.receive("~".join([isa, note, "IEA*0*000000009", ""]))
    [rejected] = [one for one in trade.deliveries() if one["name"].startswith("855_")]
    assert (rejected["state"], rejected["ack_state"]) == ("rejected", "rejected")
    [answer] = trade.documents(type="855")
    assert answer["status"] == "refused"
    assert "024" in answer["reason"]
    [_, message] = trade.messages()
    assert message["status"] == "translated"


def test_a_999_of_theirs_acknowledges(trade: Trade) -> None:
    trade.agree('receive = ["850", "997"]', 'receive = ["850", "999"]')
    trade.receive(order_file())
    content: list[Any] = ["AK1*PR*1*004010", "AK2*855*0001", "IK5*A", "AK9*A*1*1*1"]
    text = interchange(group(transaction(content, "999"), code="FA", control=900), control=900)
    [delivery] = [one for one in trade.deliveries() if one["name"].startswith("855_")]
    text = text.replace("AK1*PR*1*", f"AK1*PR*{delivery['group_control']}*").replace("*X*004010", "*X*005010")
    trade.receive(text)
    [answer] = trade.documents(type="855")
    assert answer["status"] == "acknowledged"
