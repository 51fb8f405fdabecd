"""The order book, and prices with every step that led to them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from b2bsync.app.failures import NotFound
from b2bsync.app.installation import App
from b2bsync.exchange.pricing import explain_price
from b2bsync.store import journal
from b2bsync.store import orders as book
from b2bsync.store.tables import OrderRow

LISTED = (
    "id", "created_at", "customer", "partner", "number", "release", "erp_number", "status", "ordered", "document_id",
)  # fmt: skip


def _listed(row: OrderRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in LISTED}


def listing(
    app: App,
    *,
    customer: str | None = None,
    partner: str | None = None,
    status: str | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """The newest orders that match."""
    with app.database.session() as session:
        rows = book.orders(session, customer=customer, partner=partner, status=status, limit=limit)
        return [_listed(row) for row in rows]


def lives(app: App, order: str) -> list[dict[str, Any]]:
    """The orders of a buyer's number, or the one of an id: lines, the gate's judgement, and every document of each."""
    with app.database.session() as session:
        rows = book.orders(session, number=order, limit=20)
        if not rows and order.isdigit() and (by_id := book.order(session, int(order))) is not None:
            rows = [by_id]
        if not rows:
            raise NotFound(f"there is no order {order}; `b2bsync orders list` shows the newest")
        reasons = book.judgements(session, [row.id for row in rows if row.id is not None])
        found = []
        for row in rows:
            assert row.id is not None
            first = journal.document(session, row.document_id)
            followed = reversed(journal.documents(session, parent_id=row.document_id, limit=200))
            found.append(
                {
                    **_listed(row),
                    "lines": [
                        {**msgspec.structs.asdict(line), "open": line.open} for line in book.book(session, [row.id])
                    ],
                    "judgement": msgspec.json.decode(reasons[row.id]) if row.id in reasons else None,
                    "documents": [
                        {name: getattr(d, name) for name in ("id", "direction", "type", "number", "status", "reason")}
                        for d in (first, *followed)
                        if d is not None
                    ],
                }
            )
        return found


def price(
    app: App, customer: str, sku: str, quantity: Decimal, unit: str | None, on: date | None = None
) -> dict[str, Any]:
    """What a customer pays on a day (None: the company's today), with the steps. Raises NoPrice."""
    company, stage = app.config.main_company, app.config.stage
    if on is None:
        us = app.config.company.get(company)
        on = datetime.now(ZoneInfo(us.zone if us else "UTC")).date()
    with app.database.session() as session:
        found = explain_price(session, company, stage, customer, sku, quantity, unit, on)
    return {
        "customer": customer,
        "sku": sku,
        "quantity": quantity,
        "on": on,
        "amount": found.amount,
        "currency": found.currency,
        "basis": found.basis,
        "unit": found.unit,
        "steps": [{"rule": s.rule, "text": s.text, "value": s.value, "source": s.source} for s in found.steps],
    }
