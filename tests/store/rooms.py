"""Rows that several tests of the store start from."""

from sqlalchemy.orm import Session

from b2bsync.store import journal, orders

COMPANY, STAGE = "MAIN", "production"


def document(**changes: object) -> journal.NewDocument:
    """An inbound 850 of acme's."""
    given: dict[str, object] = {
        "company": COMPANY,
        "stage": STAGE,
        "direction": "in",
        "partner": "acme",
        "dialect": "x12",
        "version": "004010",
        "type": "850",
        "kind": "Order",
        "status": "translated",
    }
    return journal.NewDocument(**{**given, **changes})  # type: ignore[arg-type]


def order(session: Session, number: str = "PO-1", customer: str = "C1") -> int:
    """An order of one customer in the order book; returns its id."""
    [document_id] = journal.add_documents(session, [document(number=number)])
    new = orders.NewOrder(
        company=COMPANY,
        stage=STAGE,
        customer=customer,
        partner="acme",
        number=number,
        document_id=document_id,
        status="judged",
    )
    [order_id] = orders.put_orders(session, [new])
    return order_id
