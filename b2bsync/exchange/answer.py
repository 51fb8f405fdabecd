"""The answer to an order: the order response, in the partner's dialect, once per order."""

from typing import Any

from sqlalchemy.orm import Session

from b2bsync.exchange.outbound import Outgoing, dispatch
from b2bsync.exchange.setting import Setting
from b2bsync.model import Order, OrderResponse
from b2bsync.partners import Partner
from b2bsync.store.tables import DocumentRow
from b2bsync.terms import Ruling, respond

ORDER_RESPONSE = "855"


class Answers:
    """Collects the answers of a batch, so that they share interchanges, and writes them in one go."""

    def __init__(self, setting: Setting, partner: Partner) -> None:
        self.setting = setting
        self.partner = partner
        self._answers: list[tuple[tuple[int | None, str | None], OrderResponse, int | None]] = []

    def add(
        self,
        row: DocumentRow,
        order: Order,
        judgement: Ruling,
        order_id: int | None,
        supplier_number: str | None,
        customer: str | None = None,
    ) -> None:
        """``order_id``: None for an answer that says nothing of the order itself, such as that it came twice.
        ``customer``: who was found out to order, where the row does not say it yet."""
        today = self.partner.now().date()
        answer = respond(order, judgement, responded=today, supplier_number=supplier_number)
        self._answers.append(((row.id, customer or row.customer), answer, order_id))

    def send(self, session: Session, *, status: str) -> dict[int, dict[str, Any]]:
        """Write the responses; returns what to note at their orders: response and status. An agreement without 855 gets
        none: the order book has the decisions all the same."""
        if not self._answers:
            return {}
        if self.partner.sends(ORDER_RESPONSE):
            outgoing = [
                Outgoing(
                    answer,
                    ORDER_RESPONSE,
                    answer.number,
                    customer=customer,
                    parent_id=document_id,
                    source_key=f"document:{document_id}",
                )
                for (document_id, customer), answer, _ in self._answers
            ]
            ids: list[int | None] = list(dispatch(self.setting, session, self.partner, outgoing))
        else:
            ids = [None] * len(self._answers)
        noted = zip(ids, self._answers, strict=True)
        return {o: {"response_id": answer, "status": status} for answer, (_, _, o) in noted if o is not None}
