"""An ERP that ships before its answer to the order is noted here."""

from tests.exchange.paper import order_file
from tests.exchange.trade import Trade


def test_a_shipment_that_was_pulled_before_the_orders_confirmation_is_sent_once_it_is_known(trade: Trade) -> None:
    (trade.root / "lose-connection-after-create").touch()
    trade.receive(order_file())  # the ERP has the order; we do not know under which number
    (trade.root / "erp-is-away").unlink()
    trade.ship(8000000001, 4500000001, "20")
    trade.pull("erp.shipments")
    [shipment] = trade.documents(type="856")
    assert (shipment["status"], shipment["partner"]) == ("learnt", "")

    trade.retry_lane("erp:erp")
    trade.once()
    trade.pull("erp.shipments")
    trade.pull("erp.shipments")
    trade.once()

    [notice] = trade.sent("856")
    assert "REF*VN*4500000001" in notice
    [shipment] = trade.documents(type="856")
    assert (shipment["status"], shipment["partner"], shipment["customer"]) == ("sent", "acme", "100001")
    [order] = trade.documents(type="850")
    assert trade.document(shipment["id"])["parent"] == order["id"]
    [line] = trade.order("PO-1")["lines"]
    assert str(line["shipped"]) == "20"
