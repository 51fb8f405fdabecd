"""What the ERP is asked to take of an order that was judged."""

from typing import Any

from b2bsync.model import Order, PartyRole, SalesOrder, SalesOrderLine
from b2bsync.terms import PUSHED, LineRuling, Ruling
from b2bsync.vocabulary.numbers import EXACT


def sales_order(key: str, customer: str, order: Order, judgement: Ruling) -> SalesOrder:
    """What the ERP is asked to take: accepted and backordered parts, at the price that is answered. ``key`` tells the
    order from all others, ``customer`` is our number of who ordered."""
    lines = []
    for said, line in zip(order.lines, judgement.lines, strict=True):
        taken = line.taken
        if not taken or line.sku is None:
            continue
        base = line.base_quantity
        if base is not None and taken != line.quantity and line.quantity:
            base = EXACT.divide(EXACT.multiply(base, taken), line.quantity)
        lines.append(
            SalesOrderLine(
                number=line.number,
                sku=line.sku,
                quantity=taken,
                unit=line.unit,
                base_quantity=base,
                price=line.holds,
                requested=said.requested or order.requested,
                ships=_ships(line),
                description=said.description,
            )
        )
    ship_to = next((p for p in order.parties if p.role is PartyRole.SHIP_TO and p.identifiers), None)
    return SalesOrder(
        key=key,
        customer=customer,
        number=order.number,
        release=order.release,
        ordered=order.ordered,
        requested=order.requested,
        currency=judgement.currency or order.currency,
        contract=judgement.contract,
        ship_to=ship_to.identifiers[0].value if ship_to else None,
        value=judgement.value,
        terms=order.terms,
        parties=order.parties,
        notes=order.notes,
        lines=tuple(lines),
    )


def _ships(line: LineRuling) -> Any:
    if len(line.decisions) == 1:
        return line.decisions[0].ships  # of a line that is taken
    return max((d.ships for d in line.decisions if d.ships and d.status in PUSHED), default=None)
