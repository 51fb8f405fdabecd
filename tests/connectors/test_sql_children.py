"""Records with lists in them, several levels deep."""

from datetime import UTC, datetime
from pathlib import Path

from b2bsync.sync import Connectors
from tests.connectors.rooms import Erp


def test_children_and_their_children_become_lists(erp: Erp, tmp_path: Path) -> None:
    erp.run("CREATE TABLE shipment (no VARCHAR(5), carrier VARCHAR(9))")
    erp.run("CREATE TABLE pack (id INTEGER, shipment_no VARCHAR(5), sscc VARCHAR(20))")
    erp.run("CREATE TABLE content (pack_id INTEGER, item_no VARCHAR(9), qty INTEGER)")
    erp.run("INSERT INTO shipment VALUES ('S1', 'UPS'), ('S2', NULL), ('S3', 'DHL')")
    erp.run("INSERT INTO pack VALUES (1, 'S1', '001'), (2, 'S1', '002'), (3, 'S3', '003')")
    erp.run("INSERT INTO content VALUES (1, 'A', 5), (1, 'B', 6), (3, 'C', 7)")
    contents = {
        "query": "SELECT pack_id, item_no, qty FROM content WHERE pack_id IN :keys ORDER BY item_no",
        "of": "id",
    }
    packs = {
        "query": "SELECT id, shipment_no, sscc FROM pack WHERE shipment_no IN :keys ORDER BY id",
        "key": "shipment_no",
        "children": {"contents": {**contents, "key": "pack_id"}},
    }
    notes = {"query": "SELECT carrier AS text FROM shipment WHERE no = :key AND carrier IS NOT NULL"}
    stream = {
        "mapping": "m",
        "query": "SELECT no, carrier FROM shipment",
        "key": "no",
        "page": 2,
        "children": {"packs": packs, "notes": notes},
    }
    with Connectors({"erp": erp.settings(shipments=stream)}, tmp_path).open("erp") as source:
        pages = list(source.pull("shipments", None, datetime.now(UTC)))
    first, second, third = [record.data for page in pages for record in page.records("shipments")]
    assert first == {
        "no": "S1",
        "carrier": "UPS",
        "packs": [
            {
                "id": 1,
                "shipment_no": "S1",
                "sscc": "001",
                "contents": [{"pack_id": 1, "item_no": "A", "qty": 5}, {"pack_id": 1, "item_no": "B", "qty": 6}],
            },
            {"id": 2, "shipment_no": "S1", "sscc": "002", "contents": []},
        ],
        "notes": [{"text": "UPS"}],
    }
    assert (second["packs"], second["notes"]) == ([], [])
    assert [pack["contents"] for pack in third["packs"]] == [[{"pack_id": 3, "item_no": "C", "qty": 7}]]
