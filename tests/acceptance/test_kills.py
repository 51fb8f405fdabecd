"""Killed in the middle: whatever the moment, a restart ends with one sales order, one 997 and one 855.

The program is the real one; what kills it lies outside: a mapping function of the workspace, the ERP's connector, or an
audit hook (PEP 578) on the rename that makes a file visible to the buyer.
"""

import pytest

from tests.acceptance.processes import KILLED, command
from tests.exchange.paper import group, interchange, order_file, purchase_order, transaction
from tests.exchange.trade import Trade

FUNCTIONS = '''
import os
import signal
from pathlib import Path


def fatal(value):
    """Kills the process at PO-2, as long as the file is there."""
    if value == "PO-2" and Path({flag!r}).exists():
        os.kill(os.getpid(), signal.SIGKILL)
    return value
'''


def once(trade: Trade) -> int:
    return command(trade.root, "once")


def files(trade: Trade) -> list[str]:
    return sorted(path.name for path in trade.outbox.iterdir() if not path.name.startswith("."))


def test_killed_while_translating(trade: Trade) -> None:
    flag = trade.write("fatal", "")
    trade.write("mappings/functions.py", FUNCTIONS.format(flag=str(flag)))
    trade.write(
        "mappings/x12/004010/850.toml",
        'extends = "x12/004010/850"\n[fields]\nnumber = { at = "BEG03", read = "fatal(value)" }\n',
    )
    orders = [transaction(purchase_order(f"PO-{n}"), control=f"{n:04d}") for n in (1, 2, 3)]
    trade.drop("monday.edi", interchange(group(*orders)))
    assert once(trade) == KILLED
    assert (trade.documents(), trade.sales_orders()) == ([], [])

    flag.unlink()
    assert once(trade) == 0
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2", "PO-3"]
    assert files(trade) == [
        "855_acme_000000002.edi",
        "855_acme_000000003.edi",
        "855_acme_000000004.edi",
        "997_acme_000000001.edi",
    ]


def test_what_kills_its_process_three_times_is_parked(trade: Trade) -> None:
    flag = trade.write("fatal", "")
    trade.write("mappings/functions.py", FUNCTIONS.format(flag=str(flag)))
    trade.write(
        "mappings/x12/004010/850.toml",
        'extends = "x12/004010/850"\n[fields]\nnumber = { at = "BEG03", read = "fatal(value)" }\n',
    )
    trade.drop("monday.edi", order_file("PO-2"))
    assert [once(trade) for _ in range(3)] == [KILLED, KILLED, KILLED]
    trade.drop("tuesday.edi", order_file("PO-3", control=3))
    assert once(trade) == 1  # the fourth start parks it, says so, and goes on

    assert [number for _, number, _ in trade.sales_orders()] == ["PO-3"]
    assert trade.lanes()["receive:acme"]["parked"] == 1
    flag.unlink()
    trade.retry_lane("receive:acme")
    assert once(trade) == 0
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-3", "PO-2"]


def test_killed_after_the_erps_commit(trade: Trade) -> None:
    flag = trade.write("kill-after-create", "")
    trade.drop("monday.edi", order_file())
    assert once(trade) == KILLED
    assert trade.sales_orders() == [(4500000001, "PO-1", "NEW")]

    flag.unlink()
    assert once(trade) == 0
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert files(trade) == ["855_acme_000000002.edi", "997_acme_000000001.edi"]
    assert len(trade.documents(type="850")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_sending(trade: Trade, when: str) -> None:
    trade.drop("monday.edi", order_file())
    killed = command(trade.root, "once", kill_at="855_acme_000000002.edi", when=when)
    assert killed == KILLED
    written = [(trade.outbox / "855_acme_000000002.edi").read_bytes()] if when == "after" else []
    assert [d["state"] for d in trade.deliveries()] == ["sent", "sending"]

    assert once(trade) == 0
    assert files(trade) == ["855_acme_000000002.edi", "997_acme_000000001.edi"]
    sent = (trade.outbox / "855_acme_000000002.edi").read_bytes()
    assert written in ([], [sent])
    [response] = trade.documents(type="855")
    assert trade.raw(response["id"]) == sent
    assert [(d["state"], d["attempts"]) for d in trade.deliveries()] == [("sent", 1), ("sent", 2)]


@pytest.mark.parametrize("decision", ["sent", "resend"])
def test_an_interrupted_send_that_the_agreement_holds_is_decided_by_a_person(trade: Trade, decision: str) -> None:
    trade.agree("[channel]", 'in_doubt = "hold"\n[channel]')
    trade.drop("monday.edi", order_file())
    command(trade.root, "once", kill_at="855_acme_000000002.edi")
    assert once(trade) == 0
    assert trade.deliveries()[1]["state"] == "in_doubt"
    assert files(trade) == ["997_acme_000000001.edi"]

    assert command(trade.root, "deliveries", "decide", "2", decision) == 0
    said = (trade.root / "said.txt").read_text()
    assert said == f"delivery 2: {'counts as sent' if decision == 'sent' else 'queued again'}\n"
    assert once(trade) == 0
    assert trade.deliveries()[1]["state"] == "sent"
    expected = (
        ["997_acme_000000001.edi"] if decision == "sent" else ["855_acme_000000002.edi", "997_acme_000000001.edi"]
    )
    assert files(trade) == expected
    assert trade.documents(type="855")[0]["status"] == "sent"


def test_a_file_that_was_claimed_when_the_process_died_comes_again(trade: Trade) -> None:
    trade.drop("monday.edi", order_file())
    assert command(trade.root, "once", kill_at="/done/") == KILLED  # committed, not yet moved away
    assert len(trade.messages()) == 1

    assert once(trade) == 0
    assert len(trade.messages()) == 1
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    [path] = (trade.inbox / "done").iterdir()
    assert path.read_text() == order_file()
