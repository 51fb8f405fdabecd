"""Commitments: stock and credit that were promised count until the ERP's own figures contain them."""

import threading
from decimal import Decimal as D

from b2bsync.store import Database, commitments
from b2bsync.store.commitments import NewCommitment, NewCredit
from tests.store.rooms import COMPANY, STAGE, order


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


def credit(order_id: int, value: str, customer: str = "C1") -> NewCredit:
    return NewCredit(company=COMPANY, stage=STAGE, customer=customer, value=D(value), order_id=order_id)


def test_promises_add_up_by_product(database: Database) -> None:
    with database.session() as session:
        order_id = order(session)
        new = [promise(order_id, "A", "2.5", "W1"), promise(order_id, "A", "4", "W2"), promise(order_id, "B", "1")]
        commitments.commit_stock(session, new)
        session.commit()
        found = commitments.promised(session, COMPANY, STAGE, ["A", "B", "C"])
        assert found == {"A": {"W1": D("2.5"), "W2": D(4)}, "B": {"": D(1)}}
        assert commitments.promised(session, COMPANY, "test", ["A"]) == {}


def test_sums_are_exact_whatever_the_quantities(database: Database) -> None:
    many = ["0.000000000001", "1234567890123456789012345", "9999999999999", "2.50", "7", "1000000000000"]
    with database.session() as session:
        order_id = order(session)
        commitments.commit_stock(session, [promise(order_id, "A", quantity, "W1") for quantity in many])
        commitments.commit_stock(session, [promise(order_id, "B", "999999999999", "W1") for _ in range(20)])
        commitments.commit_stock(session, [promise(order_id, "A", "4", "W2")])
        found = commitments.promised(session, COMPANY, STAGE, ["A", "B"])
    assert {sku: {w: str(q) for w, q in places.items()} for sku, places in found.items()} == {
        "A": {"W1": "1234567890134456789012353.500000000001", "W2": "4"},
        "B": {"W1": "19999999999980"},
    }


def test_a_promise_that_names_no_warehouse_takes_from_each() -> None:
    promises = {"W1": D("2.5"), "W2": D(4), "": D(3)}
    assert commitments.at(promises, "W1") == D("5.5")
    assert commitments.at(promises, "W2") == D(7)
    assert commitments.at(promises, "W9") == D(3)
    assert commitments.at(promises, None) == D("9.5")


def test_a_refused_order_gives_its_stock_back(database: Database) -> None:
    with database.session() as session:
        one, two = order(session, "PO-1"), order(session, "PO-2")
        commitments.commit_stock(session, [promise(one, "A", "2"), promise(two, "A", "3")])
        assert commitments.release_orders(session, [one]) == 1
        assert commitments.release_orders(session, [one]) == 0
        assert commitments.promised(session, COMPANY, STAGE, ["A"]) == {"A": {"": D(3)}}


def test_credit_is_taken_by_customer_and_given_back_with_the_order(database: Database) -> None:
    with database.session() as session:
        one, two, three = order(session, "PO-1"), order(session, "PO-2"), order(session, "PO-3", "C2")
        commitments.commit_credit(session, [credit(one, "100.25"), credit(two, "50"), credit(three, "9", "C2")])
        commitments.commit_stock(session, [promise(one, "A", "2"), promise(two, "A", "3")])
        assert commitments.credit_promised(session, COMPANY, STAGE, ["C1", "C2", "C3"]) == {
            "C1": D("150.25"),
            "C2": D(9),
        }
        assert commitments.release_orders(session, [one]) == 1
        assert commitments.credit_promised(session, COMPANY, STAGE, ["C1"]) == {"C1": D(50)}
        assert commitments.promised(session, COMPANY, STAGE, ["A"]) == {"A": {"": D(3)}}


def test_the_last_piece_is_promised_once(database: Database) -> None:
    """Ten threads judge an order for one piece each while three are there."""
    with database.session() as session:
        ids = [order(session, f"PO-{n}") for n in range(10)]
        session.commit()
    promised: list[int] = []

    def judge(order_id: int) -> None:
        with database.session() as session:
            commitments.lock_stock(session, COMPANY, STAGE, ["A", "B"])
            taken = commitments.at(commitments.promised(session, COMPANY, STAGE, ["A"]).get("A", {}), None)
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
        assert commitments.promised(session, COMPANY, STAGE, ["A"]) == {"A": {"": D(3)}}
