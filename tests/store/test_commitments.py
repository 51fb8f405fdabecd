"""Commitments: what was promised counts until the ERP's own figures contain it."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

from b2bsync.store import Database, commitments
from b2bsync.store.commitments import NewCommitment
from tests.store.rooms import COMPANY, STAGE, order

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def promise(order_id: int, sku: str, quantity: str, warehouse: str = "") -> NewCommitment:
    return NewCommitment(
        company=COMPANY,
        stage=STAGE,
        sku=sku,
        quantity=D(quantity),
        order_id=order_id,
        line="1",
        warehouse=warehouse,
    )


def test_promises_add_up_by_product(database: Database) -> None:
    with database.session() as session:
        order_id = order(session)
        new = [promise(order_id, "A", "2.5", "W1"), promise(order_id, "A", "4", "W2"), promise(order_id, "B", "1")]
        commitments.commit_stock(session, new)
        session.commit()
        assert commitments.committed(session, COMPANY, STAGE, ["A", "B", "C"]) == {"A": D("6.5"), "B": D(1)}
        assert commitments.committed(session, COMPANY, STAGE, ["A"], warehouse="W2") == {"A": D(4)}
        assert commitments.committed(session, COMPANY, "test", ["A"]) == {}


def test_a_refused_order_gives_its_stock_back(database: Database) -> None:
    with database.session() as session:
        one, two = order(session, "PO-1"), order(session, "PO-2")
        commitments.commit_stock(session, [promise(one, "A", "2"), promise(two, "A", "3")])
        assert commitments.release_orders(session, [one]) == 1
        assert commitments.release_orders(session, [one]) == 0
        assert commitments.committed(session, COMPANY, STAGE, ["A"]) == {"A": D(3)}


def test_stock_read_after_the_erp_confirmed_frees_the_promise(database: Database) -> None:
    with database.session() as session:
        one, two, three = order(session, "PO-1"), order(session, "PO-2"), order(session, "PO-3")
        commitments.commit_stock(session, [promise(one, "A", "1"), promise(two, "A", "2"), promise(three, "A", "4")])
        assert commitments.mark_pushed(session, [one], NOON) == 1
        assert commitments.mark_pushed(session, [two], NOON + 2 * HOUR) == 1
        assert commitments.mark_pushed(session, [one], NOON + 2 * HOUR) == 0  # the first time counts
        assert commitments.release_synced(session, COMPANY, "test", NOON + HOUR) == 0
        # The run began when the ERP knew of the first order only; the third is not even pushed.
        assert commitments.release_synced(session, COMPANY, STAGE, NOON + HOUR) == 1
        assert commitments.committed(session, COMPANY, STAGE, ["A"]) == {"A": D(6)}


def test_the_last_piece_is_promised_once(database: Database) -> None:
    """Ten threads judge an order for one piece each while three are there."""
    with database.session() as session:
        ids = [order(session, f"PO-{n}") for n in range(10)]
        session.commit()
    promised: list[int] = []

    def judge(order_id: int) -> None:
        with database.session() as session:
            commitments.lock_stock(session, COMPANY, STAGE, ["A", "B"])
            taken = commitments.committed(session, COMPANY, STAGE, ["A"]).get("A", D(0))
            if taken < 3:
                commitments.commit_stock(session, [promise(order_id, "A", "1")])
                promised.append(order_id)
            session.commit()

    threads = [threading.Thread(target=judge, args=(order_id,)) for order_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(promised) == 3
    with database.session() as session:
        assert commitments.committed(session, COMPANY, STAGE, ["A"]) == {"A": D(3)}
