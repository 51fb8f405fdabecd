"""What check finds in the ways between the mappings and an ERP: before an order or a record goes them."""

import pytest

from tests.cli.conftest import Command
from tests.exchange.trade import Trade


def config(trade: Trade, old: str, new: str) -> None:
    path = trade.root / "config.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            ":ITEM_NO, :QTY, :UOM",
            ":ITEM_NO, :QTTY, :UOM",
            "connector.erp.push.order.create_line: nothing gives a value for the parameter :QTTY. Did you mean :QTY?",
        ),
        (
            "VALUES (:CUST_NO, :CUST_PO,",
            "VALUES (:CUST_NO, :cust_po,",
            "connector.erp.push.order.create: nothing gives a value for the parameter :cust_po. Did you mean :CUST_PO?",
        ),
        (
            "WHERE EXT_REF = :idem",
            "WHERE EXT_REF = :idm",
            "connector.erp.push.order.find: nothing gives a value for the parameter :idm. Did you mean :idem?",
        ),
        (
            '"demo_erp/order"',
            '"demo_erp/ordr"',
            "connector.erp.push.order.mapping: there is no mapping 'demo_erp/ordr'; did you mean \"demo_erp/order\"?",
        ),
        (
            '"demo_erp/order"',
            '"demo_erp/order_answer"',
            "connector.erp.push.order.mapping: demo_erp/order_answer is for ErpAnswer; allowed here: SalesOrder",
        ),
        (
            '"demo_erp/order_answer"',
            '"demo_erp/stock"',
            "connector.erp.push.order.answer: demo_erp/stock is for StockLevel; allowed here: ErpAnswer",
        ),
        (
            '"demo_erp/products"',
            '"demo_erp/order"',
            "connector.erp.stream.products.mapping: demo_erp/order is for SalesOrder; allowed here: ",
        ),
        (
            '"demo_erp/stock"',
            '"demo_erp/stocks"',
            "connector.erp.stream.stock.mapping: there is no mapping 'demo_erp/stocks'; ",
        ),
    ],
)
def test_offline_check_compares_mappings_with_what_they_are_for(
    trade: Trade, b2bsync: Command, old: str, new: str, said: str
) -> None:
    config(trade, old, new)
    done = b2bsync("check", "--offline")
    assert done.exit_code == 1
    assert said in " ".join(done.stdout.split())


def test_a_column_that_a_stream_does_not_give(trade: Trade, b2bsync: Command) -> None:
    config(trade, "SELECT PLIST, DESCR, CURR,", "SELECT PLIST, DESCR AS DSCR, CURR,")
    done = b2bsync("check")
    assert done.exit_code == 1
    assert "reads the column DESCR (fields.name), which the stream does not give" in " ".join(done.stdout.split())


def test_an_erp_that_is_away_is_told_once_and_in_words(trade: Trade, b2bsync: Command) -> None:
    (trade.root / "erp.db").unlink()
    done = b2bsync("check")
    assert done.exit_code == 1
    text = " ".join(done.stdout.split())
    assert text.count("there is no database file") == 1
    assert "connector.erp.url: connector erp: there is no database file" in text
    assert "CheckProblem" not in text


def test_a_directory_that_is_not_there_is_an_error(trade: Trade, b2bsync: Command) -> None:
    trade.inbox.rmdir()
    done = b2bsync("check", "--offline")
    assert done.exit_code == 1
    assert "exchange/acme/in" in done.stdout


def test_a_partner_that_is_wrong_is_still_there(trade: Trade, b2bsync: Command) -> None:
    trade.agree("settle", "setle")
    assert "there is none yet" not in b2bsync("check", "--offline").stdout
