"""An ERP that ships before its answer to the order is noted here. It offers a shipment once: nothing may be lost."""

import pytest

from b2bsync.exchange.operate import Refused
from tests.exchange.paper import order_file
from tests.exchange.trade import Trade, build


@pytest.fixture(params=["sqlite", "postgresql"])
def early(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trade:
    """The ERP has the order PO-1, as 4500000001; we do not know under which number."""
    if request.param == "sqlite":
        trade: Trade = request.getfixturevalue("trade")
    else:
        url = request.getfixturevalue("postgresql_url")
        trade = build(tmp_path_factory.mktemp("trade") / "workspace", url)
    (trade.root / "lose-connection-after-create").touch()
    trade.receive(order_file())
    (trade.root / "erp-is-away").unlink()
    return trade


def settle(trade: Trade) -> None:
    trade.retry_lane("erp:erp")
    trade.once()


def shipped(trade: Trade) -> str:
    [line] = trade.order("PO-1")["lines"]
    return str(line["shipped"])


def test_the_order_sends_what_was_pulled_before_its_number_was_known(early: Trade) -> None:
    early.ship(8000000001, 4500000001, "20")
    early.pull("erp.shipments")
    [shipment] = early.documents(type="856")
    assert (shipment["status"], shipment["partner"]) == ("learnt", "")

    settle(early)

    [notice] = early.sent("856")
    assert "REF*VN*4500000001" in notice
    [shipment] = early.documents(type="856")
    assert (shipment["status"], shipment["partner"], shipment["customer"]) == ("sent", "acme", "100001")
    [order] = early.documents(type="850")
    assert early.document(shipment["id"])["parent"] == order["id"]
    assert shipped(early) == "20"

    early.pull("erp.shipments", full=True)  # the ERP shows it again
    early.once()
    assert (len(early.sent("856")), shipped(early)) == (1, "20")


def test_a_shipment_that_the_erp_changes_before_the_order_is_known_goes_as_it_is_then(trade: Trade) -> None:
    (trade.root / "lose-connection-after-create").touch()
    trade.receive(order_file())
    (trade.root / "erp-is-away").unlink()
    trade.ship(8000000001, 4500000001, "20")
    trade.pull("erp.shipments")
    trade.erp("UPDATE DELIV_POS SET QTY = '18'")
    trade.pull("erp.shipments", full=True)
    with pytest.raises(Refused, match="is not sent: it belongs to no order that came through b2bsync"):
        trade.retry(trade.documents(type="856")[0]["id"])

    settle(trade)

    [notice] = trade.sent("856")
    assert [segment for segment in notice if segment.startswith("SN1")] == ["SN1**18*EA**24*EA"]
    assert shipped(trade) == "18"


def test_a_part_for_an_order_that_is_known_later_is_counted_then(trade: Trade) -> None:
    trade.receive(order_file("PO-0"))  # 4500000001
    (trade.root / "lose-connection-after-create").touch()
    trade.receive(order_file("PO-1", control=2))  # 4500000002, and we do not know that
    (trade.root / "erp-is-away").unlink()
    trade.ship(8000000001, 4500000001, "24")
    trade.erp("INSERT INTO DELIV_POS VALUES (8000000001, 2, 1, 4500000002, 10, '10001', '7', 'PCE')")
    trade.pull("erp.shipments")
    trade.once()
    assert (len(trade.sent("856")), shipped(trade)) == (1, "0")

    settle(trade)
    assert (len(trade.sent("856")), shipped(trade)) == (1, "7")
