"""A push that writes less than it was given: the buyer is never told that goods come which the ERP does not know of."""

from tests.exchange.paper import order_file
from tests.exchange.trade import Trade


def test_a_misspelled_parameter_writes_no_order(trade: Trade) -> None:
    config = trade.root / "config.toml"
    text = config.read_text()
    config.write_text(text.replace(":ITEM_NO, :QTY, :UOM", ":ITEM_NO, :QTTY, :UOM"))
    done = trade.receive(order_file())
    assert (
        "create_line: nothing gives a value for the parameter :QTTY. Did you mean :QTY?"
        in (done.ran.backing_off["erp:erp"])
    )
    assert (trade.sales_orders(), trade.sent("855")) == ([], [])

    config.write_text(text)
    trade.retry_lane("erp:erp")
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_an_answer_without_a_quantity_parks_the_order(trade: Trade) -> None:
    trade.erp("CREATE TRIGGER LOST AFTER UPDATE OF QTY_CONF ON SO_POS WHEN NEW.QTY_CONF IS NOT NULL BEGIN"
              " UPDATE SO_POS SET QTY_CONF = NULL WHERE SO_NO = NEW.SO_NO; END")  # fmt: skip
    trade.receive(order_file())
    [document] = trade.documents(type="850")
    assert document["status"] == "failed"
    assert "the ERP's order has no quantity for line 1; look at the order there" in document["reason"]
    assert trade.sent("855") == []

    trade.erp("DROP TRIGGER LOST")
    trade.erp("UPDATE SO_POS SET QTY_CONF = QTY")
    trade.retry(document["id"])
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert len(trade.sent("855")) == 1
