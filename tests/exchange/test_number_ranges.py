"""Short ranges of control numbers: what happens at their end, and what was sent under a number before."""

from pathlib import Path
from typing import Any

import pytest

from b2bsync.app import documents
from b2bsync.exchange.operate import Refused, StillFails
from b2bsync.exchange.sending import bounds
from b2bsync.store import control_numbers, deliveries, journal
from tests.exchange.paper import body, group, interchange, order_file, purchase_order, transaction
from tests.exchange.trade import Trade

STOP = 'rollover = "stop"\n'


def agree(trade: Trade, text: str) -> None:
    """Add tables to the agreement with Acme."""
    path = trade.root / "partners" / "acme.toml"
    path.write_text(path.read_text() + text)


def receipts(trade: Trade) -> list[dict[str, Any]]:
    """What we answer, oldest first."""
    return [one for one in trade.documents(direction="out") if one["type"] in ("997", "999", "TA1", "CONTRL")]


def names(trade: Trade) -> list[str]:
    return sorted(path.name for path in trade.outbox.iterdir())


# receipts for which no number is left


def test_orders_go_on_when_there_is_no_number_for_their_receipt(trade: Trade) -> None:
    agree(trade, f"[send.numbers.group]\nlast = 2\n{STOP}")
    for n in (1, 2, 3):
        trade.receive(order_file(f"PO-{n}", n))
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2", "PO-3"]
    assert [message["status"] for message in trade.messages()] == ["translated"] * 3
    last = receipts(trade)[-1]
    found = trade.document(last["id"])
    assert (found["status"], found["type"], found["number"]) == ("failed", "997", "3")
    assert found["reason"] == (
        "the 997 could not be written: the control numbers of gs:production:ZZ:SUPPLIER>ZZ:ACMESTORES are used up "
        '(allowed: 1 to 2); agree on a larger range, or set rollover = "wrap"'
    )
    with trade.open() as app, app.database.session() as session:
        row = journal.document(session, last["id"])
        assert row is not None
        assert row.body is not None and '"group_control_number":"3"' in row.body
        assert deliveries.deliveries_of(session, [last["id"]]) == {}
        assert [(e.what, e.detail) for e in journal.events(session, "document", last["id"])] == [
            ("failed", found["reason"])
        ]


def test_a_receipt_without_number_is_written_when_it_is_retried(trade: Trade) -> None:
    agree(trade, f"[send.numbers.group]\nlast = 1\n{STOP}")
    trade.agree('"855", ', "")  # so that no answer to an order draws from the range
    # The group stands between two others in its message, one of them under the same number.
    trade.agree("[channel]", "[duplicates]\ngroup = 0\n[channel]")
    good, bad = transaction(purchase_order("PO-1")), transaction(purchase_order("PO-2"), control="0002", count=99)
    alike = transaction(purchase_order("PO-3"))
    file = interchange(group(good), control=1) + interchange(group(alike, bad), group(good, control=2), control=2)
    trade.receive(file)
    first, second, third = receipts(trade)
    assert [one["status"] for one in (first, second, third)] == ["sent", "failed", "failed"]

    with pytest.raises(StillFails, match=r"it still fails: the 997 could not be written: .* are used up"):
        trade.retry(second["id"])
    trade.agree("last = 1\n", "last = 99\n")
    assert trade.retry(second["id"]) == "built and queued"
    trade.once()
    again = trade.document(second["id"])
    assert (again["status"], again["reason"]) == ("sent", "")
    assert [body(one)[1:-1] for one in trade.sent("997")] == [
        ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"],
        ["AK1*PO*1", "AK2*850*0001", "AK5*A", "AK2*850*0002", "AK5*R*4", "AK9*P*2*2*1"],
    ]
    with pytest.raises(Refused, match="there is nothing to retry"):
        trade.retry(second["id"])


def test_a_ta1_without_number_repeats_the_envelope_when_it_is_retried(trade: Trade) -> None:
    agree(trade, f'[acks]\nta1 = "always"\n[send.numbers.interchange]\nlast = 1\n{STOP}')
    trade.agree('send    = ["997", "855", "856", "810"]', "send = []")
    trade.receive(order_file("PO-1", 7))
    trade.receive(order_file("PO-2", 8))
    _, second = receipts(trade)
    assert (second["type"], second["status"]) == ("TA1", "failed")
    trade.agree("last = 1\n", "last = 9\n")
    trade.retry(second["id"])
    trade.once()
    assert [one[1] for one in trade.sent("TA1")] == [
        "TA1*000000007*260302*0900*A*000",
        "TA1*000000008*260302*0900*A*000",
    ]


ORDERS = [
    "UNH+1+ORDERS:D:96A:UN:EAN008", "BGM+220+PO-1+9", "DTM+137:20260302:102", "NAD+BY+4012345000009::9",
    "LIN+1++4000001000005:EN", "QTY+21:24", "UNS+S", "CNT+2:1", "UNT+9+1",
]  # fmt: skip
WRONG = [segment.replace("PO-1", "9" * 40) for segment in ORDERS]


def edifact(*inside: list[str], control: str) -> str:
    segments = [segment for one in inside for segment in one]
    head = f"UNB+UNOC:3+4012345000009:14+4098765000005:14+260302:0900+{control}"
    return "".join(f"{segment}'" for segment in [head, *segments, f"UNZ+{len(inside)}+{control}"])


def in_group(*messages: list[str], control: str) -> list[str]:
    head = f"UNG+ORDERS+4012345000009:14+4098765000005:14+260302:0900+{control}+UN+D:96A"
    return [head, *(segment for one in messages for segment in one), f"UNE+{len(messages)}+{control}"]


@pytest.fixture
def edi_trade(trade: Trade) -> Trade:
    """Acme sends EDIFACT, too."""
    trade.agree("[channel]", 'unb = "14:4012345000009"\n[ours]\nunb = "14:4098765000005"\n[channel]')
    trade.agree('receive = ["850", "997"]', 'receive = ["850", "997", "ORDERS", "CONTRL"]')
    trade.agree('send    = ["997",', 'send    = ["CONTRL", "997",')
    return trade


@pytest.mark.parametrize("grouped", [False, True])
def test_a_contrl_without_number_says_the_same_when_it_is_retried(edi_trade: Trade, grouped: bool) -> None:
    trade, sent = edi_trade, []
    agree(trade, f"[duplicates]\ninterchange = 0\ngroup = 0\n[send.edifact.numbers.interchange]\nlast = 1\n{STOP}")
    two = [s.replace("UNH+1", "UNH+2").replace("UNT+9+1", "UNT+9+2") for s in WRONG]
    inside = [in_group(ORDERS, two, control="5"), in_group(ORDERS, control="6")] if grouped else [ORDERS, two]
    # What comes in the other interchange of the message must not be told.
    trade.receive(edifact(*inside, control="77") + edifact(ORDERS, control="78"))
    trade.receive(edifact(ORDERS, control="70") + edifact(*inside, control="77"))
    whole, _, _, late = receipts(trade)
    assert (whole["status"], late["status"]) == ("sent", "failed")
    trade.agree("last = 1\n", "last = 9\n")
    trade.retry(late["id"])
    for one in (whole, late):
        lines = trade.raw(one["id"]).decode().splitlines()
        sent.append([line for line in lines if line[:3] in ("UCI", "UCF", "UCM", "UCS", "UCD", "UNT")])
    assert sent[0] == sent[1]
    told = ["UCM+1+ORDERS:D:96A:UN:EAN008+7'", "UCM+2+ORDERS:D:96A:UN:EAN008+4'", "UCS+2'", "UCD+39+3'"]
    if grouped:
        five, six = (f"UCF+{n}+4012345000009+4098765000005+7'" for n in (5, 6))
        told = [five, *told, six, told[0]]
    assert sent[0][:-1] == ["UCI+77+4012345000009:14+4098765000005:14+7'", *told]


def test_a_receipt_whose_message_is_gone_stays_as_it_is(trade: Trade) -> None:
    agree(trade, f"[send.numbers.group]\nlast = 1\n{STOP}")
    trade.receive(order_file("PO-1", 1))
    trade.receive(order_file("PO-2", 2))
    failed = receipts(trade)[-1]
    with trade.open() as app, app.database.session() as session:
        journal.update_documents(session, [failed["id"]], source_key="message:99:PO:2")
        session.commit()
    with pytest.raises(StillFails, match="it cannot be written any more: message 99 is not kept any more"):
        trade.retry(failed["id"])


def test_nobody_writes_a_receipt_by_hand(trade: Trade) -> None:
    said = '{"document":"FunctionalAcknowledgement","group_code":"PO","group_control_number":"1","verdict":"accepted"}'
    with trade.open() as app, pytest.raises(Refused, match="written from what was judged of it"):
        documents.send(app, "acme", "997", said, "test")


# numbers that come again


def keys(trade: Trade) -> dict[int, str]:
    with trade.open() as app, app.database.session() as session:
        found = deliveries.deliveries_by_id(session, range(1, 20))
    return {i: row.idem_key.rpartition(":")[2] for i, row in found.items()}


def test_a_range_that_went_round_and_was_then_made_larger(trade: Trade) -> None:
    trade.agree('"855", ', "")
    agree(trade, "[send.numbers.interchange]\nlast = 4\n")
    for n in range(1, 7):
        trade.receive(order_file(f"PO-{n}", n))
    trade.agree("last = 4\n", "last = 999999999\n")
    trade.receive(order_file("PO-7", 7))  # takes 3, which came before
    assert [one["status"] for one in receipts(trade)] == ["sent"] * 7
    assert keys(trade) == {
        1: "000000001#1", 2: "000000002#2", 3: "000000003#3", 4: "000000004", 5: "000000001", 6: "000000002",
        7: "000000003",
    }  # fmt: skip


def test_a_number_that_an_operator_set_back(trade: Trade) -> None:
    trade.agree('"855", ', "")
    trade.receive(order_file("PO-1", 1))
    with trade.open() as app, app.database.session() as session:
        control_numbers.set_last(session, "isa:production:ZZ:SUPPLIER>ZZ:ACMESTORES", 0)
        session.commit()
    trade.receive(order_file("PO-2", 2))
    assert [one["state"] for one in trade.deliveries()] == ["sent", "sent"]
    assert keys(trade) == {1: "000000001#1", 2: "000000001"}


def test_files_under_a_number_that_comes_again_have_names_of_their_own(trade: Trade) -> None:
    trade.agree('"855", ', "")
    agree(trade, "[send.numbers.interchange]\nlast = 2\n")
    for n in range(1, 6):  # nobody fetches them
        trade.receive(order_file(f"PO-{n}", n))
    assert [one["state"] for one in trade.deliveries()] == ["sent"] * 5
    assert names(trade) == [
        "997_acme_000000001.edi", "997_acme_000000001_3.edi", "997_acme_000000001_5.edi",
        "997_acme_000000002.edi", "997_acme_000000002_4.edi",
    ]  # fmt: skip


def test_which_numbers_every_range_has(edi_trade: Trade) -> None:
    agree(
        edi_trade,
        '[send.numbers.interchange]\nfirst = 10\nlast = 99\n[send.edifact.numbers.interchange]\nprefix = "A"\n',
    )
    with edi_trade.open() as app:
        found = bounds(app.partners)
    pairs = "production:ZZ:SUPPLIER>ZZ:ACMESTORES", "production:14:4098765000005>14:4012345000009"
    assert (found[f"isa:{pairs[0]}"], found[f"gs:{pairs[0]}"]) == ((10, 99), (1, 999_999_999))
    assert found[f"unb:{pairs[1]}"] == (1, 999_999_999)


# what an answer is written with


def newer(text: str) -> str:
    """The same interchange in version 00501, with ^ between repetitions."""
    return text.replace("*U*00401*", "*^*00501*").replace("*X*004010~", "*X*005010~")


@pytest.mark.parametrize(
    ("ours", "element"),
    [("", "^"), ('[send.delimiters]\ncomponent = "^"\n', "|"), ('[send.delimiters]\nelement = "|"\n', "^")],
)
def test_an_answer_names_a_repetition_separator(trade: Trade, ours: str, element: str) -> None:
    agree(trade, ours)
    trade.receive(newer(order_file()))
    [name] = [name for name in names(trade) if name.startswith("997")]
    isa = (trade.outbox / name).read_text()[:106]
    assert (isa[82], isa[84:89]) == (element, "00501")


@pytest.mark.parametrize(
    ("send", "version", "type"),
    [('["999"]', "005010", "999"), ('["999"]', "004010", "997"), ('["997", "999"]', "005010", "997")],
)
def test_a_999_alone_answers_where_the_release_has_one(trade: Trade, send: str, version: str, type: str) -> None:
    trade.agree('["997", "855", "856", "810"]', send)
    trade.receive(order_file() if version == "004010" else newer(order_file()))
    assert [one["type"] for one in receipts(trade)] == [type]


def test_contrl_is_written_with_the_line_ends_of_edifact(edi_trade: Trade) -> None:
    agree(edi_trade, '[send.delimiters]\nsuffix = "\\r\\n"\n[send.edifact.delimiters]\nsuffix = ""\n')
    edi_trade.receive(edifact(ORDERS, control="77"))
    edi_trade.receive(order_file())
    [contrl] = [Path(edi_trade.outbox / name).read_bytes() for name in names(edi_trade) if name.startswith("CONTRL")]
    assert b"\n" not in contrl and contrl.endswith(b"'")
    [said] = [Path(edi_trade.outbox / name).read_bytes() for name in names(edi_trade) if name.startswith("997")]
    assert said.count(b"~\r\n") == said.count(b"~")


def test_a_ta1_is_awaited_where_it_is_all_that_they_send(trade: Trade) -> None:
    agree(trade, '[acks]\nexpect = false\nexpect_ta1 = true\ndue = "2h"\n')
    trade.receive(order_file())
    states = {one["name"][:3]: (one["ack_state"], one["ack_due"] is not None) for one in trade.deliveries()}
    assert states == {"997": ("none", False), "855": ("expected", True)}
