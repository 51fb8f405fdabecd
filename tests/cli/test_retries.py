"""Retrying from the command line: what happens now, or why it leads nowhere."""

from tests.cli.conftest import Command
from tests.exchange.paper import order_file
from tests.exchange.trade import Trade


def test_a_retry_that_fails_again_ends_with_the_reason_and_one(trade: Trade, b2bsync: Command) -> None:
    mapping = trade.write("mappings/x12/004010/850.toml", 'extends = "x12/004010/850"\n[fields]\nnumbr = "BEG03"\n')
    trade.receive(order_file())
    done = b2bsync("documents", "retry", 1)
    assert done.exit_code == 1
    assert done.stderr.lstrip().startswith("error: it still fails: ")
    assert "numbr" in done.stderr

    mapping.unlink()
    assert b2bsync("documents", "retry", 1).stdout == "document 1: judged again\n"


def test_a_document_that_waits_in_a_paused_lane_says_so(trade: Trade, b2bsync: Command) -> None:
    trade.receive(order_file("PO-1", 1))
    b2bsync("lanes", "pause", "orders:acme")
    trade.receive(order_file("PO-2", 2))
    [waiting] = trade.documents(status="translated")
    said = b2bsync("documents", "retry", waiting["id"]).stdout
    assert " ".join(said.split()) == (
        "document 4: waits in lane orders:acme already, which tries at once unless it is paused"
    )


def test_a_repeat_is_translated_when_somebody_insists(trade: Trade, b2bsync: Command) -> None:
    trade.receive(order_file("PO-1", 7))
    trade.receive(order_file("PO-2", 7))
    assert b2bsync("messages", "retry", 2).stdout == "message 2: translated again\n"
    b2bsync("once")
    assert [number for _, number, _ in trade.sales_orders()] == ["PO-1", "PO-2"]
