"""Orders that cannot go on as they are: each waits with its reason, and goes on when that is mended."""

import pytest

from tests.exchange.paper import order_file, without_clock
from tests.exchange.trade import Trade


def test_an_order_of_an_unknown_customer_waits_until_the_identifier_is_synced(trade: Trade) -> None:
    trade.receive(order_file(buyer="0777").replace("N1*ST*Acme Warehouse*92*0042~\n", "").replace("SE*8*", "SE*7*"))

    [document] = trade.documents(type="850")
    assert (document["status"], document["reason"]) == (
        "held",
        "no customer is known by buyer 0777 (a number of the buyer's); add the identifier to the customer's in "
        "the ERP (stream of CustomerIdentifier), sync it and retry, or set customer in partners/acme.toml",
    )
    assert (len(trade.sent("997")), trade.sent("855"), trade.sales_orders()) == (1, [], [])

    trade.erp(
        "INSERT INTO DEBTOR_ADDR VALUES (9, '100001', 'SO', '9521235000098', '0777', 'Acme East', '7 East Road',"
        " 'Dallas', 'TX', '75201', 'US', '2026-01-02T00:00:00.000000Z')"
    )
    trade.pull("erp.customer_identifiers")
    assert trade.retry(document["id"]) == "judged again"
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert len(trade.sent("855")) == 1


def test_the_ship_to_alone_can_name_the_customer(trade: Trade) -> None:
    trade.receive(order_file(buyer="0777"))
    assert trade.erp("SELECT CUST_NO FROM SO_HDR") == [("100001",)]


def test_parties_that_lead_to_several_customers_wait_for_a_person(trade: Trade) -> None:
    trade.erp(
        "INSERT INTO DEBTOR_ADDR VALUES (9, '100002', 'SO', '9521235000098', '0001', 'Bolts', '2 Bolt Road', 'Austin',"
        " 'TX', '73301', 'US', '2026-01-02T00:00:00.000000Z')"
    )
    trade.pull("erp.customer_identifiers")
    trade.receive(order_file())
    [document] = trade.documents(type="850")
    assert (document["status"], document["reason"]) == (
        "held",
        "the buyer of order PO-1 leads to several customers: 100001, 100002",
    )


def test_a_mistake_in_the_workspaces_mapping_is_told_and_mended(trade: Trade) -> None:
    mapping = trade.write("mappings/x12/004010/850.toml", 'extends = "x12/004010/850"\n[fields]\nnumbr = "BEG03"\n')
    trade.receive(order_file())

    [document] = trade.documents(type="850")
    assert document["status"] == "failed"
    assert "mappings/x12/004010/850.toml" in document["reason"]
    assert "numbr" in document["reason"]
    assert "number" in document["reason"]  # what would be allowed
    assert trade.raw(document["id"]).decode().startswith("ST*850*0001~")
    assert trade.sales_orders() == []

    mapping.unlink()
    assert trade.retry(document["id"]) == "judged again"
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert [(d["status"], d["number"]) for d in trade.documents(type="850")] == [("answered", "PO-1")]


def test_a_value_that_the_mapping_cannot_convert_is_told_with_its_place(trade: Trade) -> None:
    mapping = trade.write(
        "mappings/x12/004010/850.toml", 'extends = "x12/004010/850"\n[codes.purpose]\n"01" = "cancel"\n'
    )
    trade.receive(order_file())
    [document] = trade.documents(type="850")
    assert document["status"] == "failed"
    assert "BEG01" in document["reason"]
    assert "'00'" in document["reason"]

    mapping.unlink()
    trade.retry(document["id"])
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_an_answer_that_cannot_be_written_is_kept_and_built_again(trade: Trade) -> None:
    mapping = trade.write(
        "mappings/x12/004010/855.toml", 'extends = "x12/004010/855"\n[fields]\nsupplier_numbr = "BAK08"\n'
    )
    trade.receive(order_file())

    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    assert (len(trade.sent("997")), trade.sent("855")) == (1, [])
    [response] = trade.documents(type="855")
    assert response["status"] == "failed"
    assert response["reason"].startswith("the 855 could not be written: ")
    assert "supplier_numbr" in response["reason"]

    mapping.unlink()
    assert trade.retry(response["id"]) == "built and queued"
    trade.once()
    [answer] = trade.sent("855")
    assert without_clock(answer)[3] == "BAK*00*AD*PO-1*20260302****4500000001*D"
    assert [(d["id"], d["status"]) for d in trade.documents(type="855")] == [(response["id"], "sent")]


def test_an_order_that_the_gate_refuses_is_answered_without_the_erp(trade: Trade) -> None:
    trade.receive(order_file(lines={"99999": "1*EA*1.00"}))

    [answer] = trade.sent("855")
    assert [s for s in without_clock(answer) if s.startswith(("BAK", "PO1", "ACK"))] == [
        "BAK*00*RD*PO-1*20260302*****D",
        "PO1*1*1*EA*1**VP*99999",
        "ACK*R2*1*EA",
    ]
    assert trade.sales_orders() == []
    assert trade.order("PO-1")["status"] == "refused"


@pytest.mark.parametrize("line", ['lots = "reject"', 'lot = "sometimes"'])
def test_a_wrong_gate_setting_parks_the_order_until_it_is_corrected(trade: Trade, line: str) -> None:
    trade.agree("[channel]", f"[gate]\n{line}\n[channel]")
    trade.receive(order_file())

    with trade.open() as app, app.database.session() as session:
        [task] = app.lanes.parked(session)
    assert task.error.startswith("[gate] in partners/acme.toml: ")
    assert line.split(" ")[0] in task.error or line.split('"')[1] in task.error
    assert len(trade.sent("997")) == 1

    trade.agree(line, "")
    trade.retry_lane("orders:acme")
    trade.once()
    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]


def test_a_poison_order_is_parked_and_the_next_one_goes_on(trade: Trade) -> None:
    function = '''
        def explode(value):
            """Fails on the order that is named Poison."""
            if value == "POISON":
                raise RuntimeError("no order is called that")
            return value
    '''
    trade.write("mappings/functions.py", "\n".join(line[8:] for line in function.splitlines()))
    trade.write(
        "mappings/x12/004010/850.toml",
        'extends = "x12/004010/850"\n[fields]\nnumber = { at = "BEG03", read = "explode(value)" }\n',
    )
    trade.receive(order_file("POISON", control=1))
    trade.receive(order_file("PO-2", control=2))

    assert [number for _, number, _ in trade.sales_orders()] == ["PO-2"]
    stuck = [d for d in trade.documents(type="850") if d["number"] != "PO-2"]
    assert [d["status"] for d in stuck] == ["failed"]
    assert "no order is called that" in stuck[0]["reason"]
    assert b"POISON" in trade.raw(stuck[0]["id"])


def test_a_poison_answer_is_kept_and_the_order_is_in_the_erp(trade: Trade) -> None:
    trade.write(
        "mappings/functions.py", 'def explode(value):\n    """Fails always."""\n    raise RuntimeError("boom")\n'
    )
    trade.write(
        "mappings/x12/004010/855.toml",
        'extends = "x12/004010/855"\n[fields]\nnumber = { at = "BAK03", write = "explode(value)" }\n',
    )
    trade.receive(order_file())

    assert trade.sales_orders() == [(4500000001, "PO-1", "ACCEPTED")]
    [response] = trade.documents(type="855")
    assert (response["status"], response["reason"]) == (
        "failed",
        "the 855 could not be written, the mapping broke: RuntimeError: boom",
    )
