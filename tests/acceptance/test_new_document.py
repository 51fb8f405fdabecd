"""A sixth document without a line of Python: an inventory report (846) that comes in and goes out, by TOML alone."""

import json

from typer.testing import CliRunner

from b2bsync.cli import app
from tests.exchange.paper import body, group, interchange, transaction
from tests.exchange.trade import Trade

MAPPING = """
title    = "Inventory report"
document = "InventoryReport"
dialect  = "x12"
version  = "004010"
type     = "846"

[codes.kind]
"33" = "available"
"17" = "on_hand"

[fields]
purpose     = { at = "BIA01", codes = "purpose" }
kind        = "BIA02"
number      = "BIA03"
as_of       = "BIA04"
total_lines = { at = "CTT01", write = "count(lines)" }

[fields.parties]
each = "N1"
role = { at = "N101", codes = "party_role", otherwise = "other" }
name = "N102"

[fields.parties.identifiers]
each   = "."
scheme = { at = "N103", codes = "id_scheme", otherwise = "@same" }
value  = "N104"

[fields.lines]
each             = "LIN"
number           = "LIN01"
"items.supplier" = { pair = ["VN", "VP"], from = "LIN02" }
kind             = { at = "QTY.QTY01", codes = "kind", otherwise = "@same" }
quantity         = "QTY02"
unit             = { at = "QTY03.1", codes = "@unit" }
"""

REPORT = {
    "document": "InventoryReport",
    "number": "STOCK-12",
    "kind": "DD",
    "as_of": "2026-03-02",
    "parties": [
        {"role": "supplier", "name": "Demo Supply", "identifiers": [{"scheme": "gln", "value": "9521234000006"}]}
    ],
    "lines": [
        {"number": "1", "items": {"supplier": "10001"}, "kind": "available", "quantity": "480", "unit": "EA"},
        {"number": "2", "items": {"supplier": "10002"}, "kind": "on_hand", "quantity": "40.5", "unit": "KGM"},
    ],
}


def b2bsync(trade: Trade, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["-w", str(trade.root), *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_an_846_in_and_out_by_toml_alone(trade: Trade) -> None:
    trade.write("mappings/x12/004010/846.toml", MAPPING)
    trade.agree('receive = ["850", "997"]', 'receive = ["850", "997", "846"]')
    trade.agree('send    = ["997", "855", "856", "810"]', 'send    = ["997", "855", "856", "810", "846"]')
    assert list(trade.root.rglob("mappings/**/*.py")) == []

    inquiry = [
        "BIA*00*DD*ACME-STOCK*20260301",
        "N1*BY*Acme Stores*92*0001",
        "LIN*1*VN*10001",
        "QTY*33*120*EA",
        "LIN*2*VN*10002",
        "QTY*17*7.5*KG",
        "CTT*2",
    ]
    trade.receive(interchange(group(transaction(inquiry, "846"), code="IB")))

    [acknowledgement] = trade.sent("997")
    assert body(acknowledgement)[1:5] == ["AK1*IB*1", "AK2*846*0001", "AK5*A", "AK9*A*1*1*1"]
    [received] = trade.documents(type="846")
    assert (received["kind"], received["number"], received["status"]) == ("InventoryReport", "ACME-STOCK", "recorded")
    assert trade.document(received["id"])["body"] == {
        "document": "InventoryReport",
        "number": "ACME-STOCK",
        "kind": "DD",
        "as_of": "2026-03-01",
        "parties": [{"role": "buyer", "name": "Acme Stores", "identifiers": [{"scheme": "buyer", "value": "0001"}]}],
        "lines": [
            {"number": "1", "items": {"supplier": "10001"}, "kind": "available", "quantity": "120", "unit": "EA"},
            {"number": "2", "items": {"supplier": "10002"}, "kind": "on_hand", "quantity": "7.5", "unit": "KGM"},
        ],
        "total_lines": 2,
    }

    file = trade.write("report.json", json.dumps(REPORT))
    said = b2bsync(trade, "documents", "send", str(file), "--partner", "acme", "--type", "846")
    assert said == "document 3 is queued\n"
    b2bsync(trade, "once")
    [sent] = trade.sent("846")
    assert sent[1].startswith("GS*IB*SUPPLIER*ACMESTORES*")
    assert body(sent) == [
        "ST*846*0001",
        "BIA*00*DD*STOCK-12*20260302",
        "N1*SE*Demo Supply*UL*9521234000006",
        "LIN*1*VN*10001",
        "QTY*33*480*EA",
        "LIN*2*VN*10002",
        "QTY*17*40.5*KG",
        "CTT*2",
        "SE*9*0001",
    ]
    assert b2bsync(trade, "documents", "raw", "3") == (trade.outbox / "846_acme_000000002.edi").read_text()
