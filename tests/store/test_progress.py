"""How shipped and invoiced quantities fill the schedules of a line, and how a credit note takes them back."""

from decimal import Decimal as D

from sqlalchemy.orm import Session

from b2bsync.store import Database, orders
from b2bsync.store.orders import BookLine
from tests.store.rooms import order


def invoiced(session: Session, order_id: int) -> list[str]:
    return [str(line.invoiced) for line in orders.lines(session, [order_id])[order_id]]


def test_a_credit_note_takes_back_from_the_last_schedule_on(database: Database) -> None:
    with database.session() as session:
        order_id = order(session)
        parts = [(1, D(10)), (2, D(5))]
        orders.put_lines(
            session,
            [
                BookLine(order_id=order_id, line="1", schedule=n, ordered=q, confirmed=q, status="accepted")
                for n, q in parts
            ],
        )
        assert orders.add_progress(session, order_id, {"1": D(13)}, "invoiced") == []
        assert invoiced(session, order_id) == ["10", "3"]
        orders.add_progress(session, order_id, {"1": D(-2)}, "invoiced")
        assert invoiced(session, order_id) == ["10", "1"]
        orders.add_progress(session, order_id, {"1": D(-4)}, "invoiced")
        assert invoiced(session, order_id) == ["7", "0"]
        # More than was invoiced: the note came before the invoice, which will make it right.
        orders.add_progress(session, order_id, {"1": D(-9)}, "invoiced")
        assert invoiced(session, order_id) == ["-2", "0"]
        orders.add_progress(session, order_id, {"1": D(15)}, "invoiced")
        assert invoiced(session, order_id) == ["10", "3"]
