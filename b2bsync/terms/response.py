"""The answer to an order, made from its judgement."""

from datetime import date

import msgspec

from b2bsync.model import Order, OrderResponse, ResponseLine
from b2bsync.terms.judgement import Ruling


def respond(
    order: Order, judgement: Ruling, *, responded: date | None = None, supplier_number: str | None = None
) -> OrderResponse:
    """The canonical answer: every line of the order with its decisions and the price that holds.

    A held judgement answers as held: whether such an answer leaves is the caller's to decide. ``responded`` is the day
    of the answer, ``supplier_number`` the ERP's number of the order. Raises ValueError when the judgement is not one of
    this order.
    """
    if [line.number for line in order.lines] != [line.number for line in judgement.lines]:
        raise ValueError(f"the judgement has other lines than order {order.number}: it was made for another order")
    lines = []
    for asked, judged in zip(order.lines, judgement.lines, strict=True):
        items = asked.items
        if items.supplier is None and judged.sku is not None:
            items = msgspec.structs.replace(items, supplier=judged.sku)
        lines.append(
            ResponseLine(
                number=asked.number,
                quantity=asked.quantity,
                unit=asked.unit or judged.unit,
                items=items,
                price=judged.holds,
                description=asked.description,
                decisions=judged.decisions,
            )
        )
    return OrderResponse(
        number=order.number,
        overall=judgement.overall,
        reason=judgement.reason,
        release=order.release,
        ordered=order.ordered,
        responded=responded,
        supplier_number=supplier_number,
        currency=judgement.currency,
        parties=order.parties,
        references=order.references,
        notes=(judgement.text,) if judgement.problems and judgement.text else (),
        lines=tuple(lines),
        total_lines=len(lines),
    )
