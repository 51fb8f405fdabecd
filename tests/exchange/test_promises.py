"""What was promised to one order is not there for the next, until the ERP's own figures say so."""

from tests.exchange.paper import order_file
from tests.exchange.trade import Trade

CHANGED = "2026-03-05T00:00:00.000000Z"


def statuses(trade: Trade) -> list[tuple[str, str]]:
    return [(document["status"], document["reason"]) for document in trade.documents(type="850")]


def accepted(trade: Trade, number: str) -> str:
    """How much of an order of 10002 the gate took from stock, of 40 that are there: all of it or, backordered, none."""
    [line] = trade.order(number)["judgement"]["lines"]
    return str(line.get("promised", "0"))


def order(number: str, control: int, pieces: int) -> str:
    return order_file(number, control, lines={"10002": f"{pieces}*EA*6.00"})


def test_a_promise_from_any_warehouse_counts_for_those_served_from_one(trade: Trade) -> None:
    trade.erp("UPDATE DEBTOR SET WHS = NULL, CHG_TS = ?", CHANGED)
    trade.pull("erp.customers")
    trade.receive(order("PO-1", 1, 30))
    trade.erp("UPDATE DEBTOR SET WHS = 'ATL', CHG_TS = '2026-03-06T00:00:00.000000Z'")
    trade.pull("erp.customers")
    trade.receive(order("PO-2", 2, 30))

    assert (accepted(trade, "PO-1"), accepted(trade, "PO-2")) == ("30", "0")


def test_a_promise_ends_when_the_stock_is_read_and_not_because_a_sync_ran(trade: Trade) -> None:
    trade.receive(order("PO-1", 1, 30))
    trade.pull("erp.stock")  # the ERP has not changed its figures yet
    trade.receive(order("PO-2", 2, 30))
    assert (accepted(trade, "PO-1"), accepted(trade, "PO-2")) == ("30", "0")

    # The ERP sets both orders aside, and gets 100 more.
    trade.erp(
        "UPDATE WHS_STOCK SET QTY_ONHAND = '140', QTY_RESERVED = '60', CHG_TS = '2026-03-05T00:00:00.000000Z'"
        " WHERE ITEM_NO = '10002'"
    )
    trade.pull("erp.stock")
    trade.receive(order("PO-3", 3, 80))
    assert accepted(trade, "PO-3") == "80"


def test_a_promise_ends_when_everything_is_read_again(trade: Trade) -> None:
    """This ERP's figures contained the order already when we noted that it has it: they do not change any more."""
    trade.receive(order("PO-1", 1, 30))
    trade.pull("erp.stock", full=True)
    trade.receive(order("PO-2", 2, 30))
    assert accepted(trade, "PO-2") == "30"


def test_credit_that_one_order_took_is_gone_for_the_next(trade: Trade) -> None:
    trade.erp("UPDATE DEBTOR SET CREDIT_LIM = '400', OPEN_BAL = '100', CHG_TS = ?", CHANGED)
    trade.pull("erp.customers")
    trade.receive(order_file("PO-1", 1))  # 24 at 10.00
    trade.receive(order_file("PO-2", 2))

    first, second = statuses(trade)
    assert first[0] == "answered"
    assert second == ("held", "the order is worth 240 USD, 60 of credit is left")

    # The customer pays: the ERP's balance holds the first order only.
    trade.erp("UPDATE DEBTOR SET OPEN_BAL = '140', CHG_TS = '2026-03-06T00:00:00.000000Z'")
    trade.pull("erp.customers")
    trade.retry(trade.documents(type="850")[1]["id"])
    trade.once()
    assert [status for status, _ in statuses(trade)] == ["answered", "answered"]


def test_a_refused_order_takes_no_credit(trade: Trade) -> None:
    trade.erp("UPDATE DEBTOR SET CREDIT_LIM = '300', OPEN_BAL = '0', CHG_TS = ?", CHANGED)
    trade.pull("erp.customers")
    trade.erp("INSERT INTO REFUSAL VALUES ('closed for stock-taking')")
    trade.receive(order_file("PO-1", 1))
    trade.erp("DELETE FROM REFUSAL")
    trade.receive(order_file("PO-2", 2))

    assert [status for status, _ in statuses(trade)] == ["answered", "answered"]
    assert trade.order("PO-2")["status"] == "confirmed"
