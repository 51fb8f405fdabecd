"""The order book: one row per order, line and schedule, filled as things are shipped and invoiced."""

from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

from b2bsync.model import OrderBookLine
from b2bsync.store import Database, journal, orders
from b2bsync.store.orders import BookLine, NewOrder
from tests.store.rooms import COMPANY, STAGE, document, order


def test_an_order_that_comes_again_is_the_same_order(database: Database) -> None:
    with database.session() as session:
        first, second = journal.add_documents(session, [document(), document()])
        given: dict[str, Any] = {
            "company": COMPANY,
            "stage": STAGE,
            "customer": "C1",
            "partner": "acme",
            "number": "PO-1",
        }
        new = [
            NewOrder(**given, document_id=first, status="judged", erp_number="SO-7"),
            NewOrder(**{**given, "number": "PO-2"}, document_id=first, status="judged"),
            NewOrder(**given, release="R1", document_id=first, status="judged"),
        ]
        ids = orders.put_orders(session, new)
        assert len(set(ids)) == 3
        again = NewOrder(**given, document_id=second, status="cancelled", ordered=date(2026, 3, 2))
        assert orders.put_orders(session, [again]) == ids[:1]
        session.commit()
        kept = orders.order(session, ids[0])
        assert kept is not None
        assert (kept.status, kept.document_id, kept.ordered) == ("cancelled", second, date(2026, 3, 2))
        assert kept.erp_number == "SO-7"  # was not said again


def test_an_order_that_came_to_nothing_makes_room(database: Database) -> None:
    with database.session() as session:
        [document_id] = journal.add_documents(session, [document()])
        [refused] = orders.put_orders(
            session,
            [
                NewOrder(
                    company=COMPANY,
                    stage=STAGE,
                    customer="C1",
                    partner="acme",
                    number="PO-1",
                    document_id=document_id,
                    status="refused",
                    erp_number="SO-7",
                )
            ],
        )
        orders.put_lines(session, [BookLine(order_id=refused, line="1", ordered=D(24), status="rejected")])
        key, other = ("C1", "PO-1", ""), ("C2", "PO-1", "")
        assert [(k, row.id) for k, row in orders.orders_by_numbers(session, COMPANY, STAGE, [key, other]).items()] == [
            (key, refused)
        ]
        orders.restart_orders(session, [refused])
        emptied = orders.order(session, refused)
        assert emptied is not None
        assert (emptied.number, emptied.erp_number) == ("PO-1", None)
        assert orders.lines(session, [refused]) == {}


def test_orders_are_found_by_every_number_they_have(database: Database) -> None:
    with database.session() as session:
        one, two = order(session, "PO-1"), order(session, "PO-2", "C2")
        assert orders.update_orders(session, [two], erp_number="SO-2", status="confirmed") == 1
        session.commit()
        found = orders.order_by_number(session, COMPANY, STAGE, "C1", "PO-1")
        assert found is not None and found.id == one
        assert orders.order_by_number(session, COMPANY, "test", "C1", "PO-1") is None
        assert {k: v.id for k, v in orders.orders_by_erp_number(session, COMPANY, STAGE, ["SO-2", "SO-3"]).items()} == {
            "SO-2": two
        }
        assert [o.id for o in orders.orders(session)] == [two, one]
        assert [o.id for o in orders.orders(session, status="judged")] == [one]
        assert [o.id for o in orders.orders(session, before_id=two)] == [one]
        assert orders.orders_by_document(session, [found.document_id])[found.document_id].id == one


def test_lines_keep_what_was_shipped_when_they_are_judged_again(database: Database) -> None:
    with database.session() as session:
        order_id = order(session)
        line = BookLine(order_id=order_id, line="1", sku="A", unit="EA", ordered=D(10), confirmed=D(8), status="open")
        orders.put_lines(session, [line])
        assert orders.add_progress(session, order_id, {"1": D("2.5")}) == []
        orders.put_lines(session, [BookLine(order_id=order_id, line="1", ordered=D(10), confirmed=D(9), status="open")])
        session.commit()
        assert orders.book(session, [order_id]) == [
            OrderBookLine(
                order_number="PO-1",
                line="1",
                customer="C1",
                ordered=D(10),
                confirmed=D(9),
                shipped=D("2.5"),
                status="open",
            )
        ]


def test_a_confirmation_changes_the_quantity_and_nothing_else_of_a_line(database: Database) -> None:
    with database.session() as session:
        order_id = order(session)
        orders.put_lines(
            session,
            [
                BookLine(
                    order_id=order_id, line=line, sku="A", unit="EA", ordered=D(10), price=D("1.25"), status="open"
                )
                for line in ("1", "2")
            ],
        )
        assert orders.confirm_lines(session, [(order_id, "1", 1, D("7.5")), (order_id, "9", 1, D(1))]) == 1
        session.commit()
        told = [(row.line, row.confirmed, row.price, row.status) for row in orders.lines(session, [order_id])[order_id]]
        assert told == [("1", D("7.5"), D("1.25"), "open"), ("2", D(0), D("1.25"), "open")]


def test_lines_are_confirmed_as_they_were_ordered(database: Database) -> None:
    with database.session() as session:
        one, two = order(session, "PO-1"), order(session, "PO-2")
        lines = [(one, "1", D("12.5")), (one, "2", D(3)), (two, "1", D(4))]
        orders.put_lines(session, [BookLine(order_id=i, line=n, ordered=q, status="accepted") for i, n, q in lines])
        assert orders.confirm_as_ordered(session, []) == 0
        assert orders.confirm_as_ordered(session, [one]) == 2
        session.commit()
        told = {i: [row.confirmed for row in found] for i, found in orders.lines(session, [one, two]).items()}
        assert told == {one: [D("12.5"), D(3)], two: [D(0)]}


def test_orders_are_set_each_to_its_own_values(database: Database) -> None:
    with database.session() as session:
        one, two = order(session, "PO-1"), order(session, "PO-2", "C2")
        changes = {one: {"erp_number": "SO-1"}, two: {"erp_number": "SO-2", "status": "confirmed"}}
        assert orders.set_orders(session, changes) == 2
        session.commit()
        told = [(o.number, o.erp_number, o.status) for o in orders.orders(session)]
        assert told == [("PO-2", "SO-2", "confirmed"), ("PO-1", "SO-1", "judged")]


def test_the_judgement_of_an_order_is_the_last_one(database: Database) -> None:
    with database.session() as session:
        one, two, three = (order(session, f"PO-{n}") for n in (1, 2, 3))
        orders.put_judgements(session, [(one, '{"overall":"held"}'), (two, "{}")])
        orders.put_judgements(session, [(one, '{"overall":"accepted"}')])
        orders.put_judgements(session, [])
        session.commit()
        assert orders.judgements(session, [one, two, three]) == {one: '{"overall":"accepted"}', two: "{}"}


def test_the_ids_of_orders_are_told_apart_by_customer_and_release(database: Database) -> None:
    with database.session() as session:
        one, two = order(session, "PO-1", "C1"), order(session, "PO-1", "C2")
        told = {(o.customer, o.number): o.id for o in orders.orders(session)}
        assert told == {("C1", "PO-1"): one, ("C2", "PO-1"): two}


def test_progress_fills_the_schedules_in_their_order(database: Database) -> None:
    with database.session() as session:
        order_id = order(session)
        for schedule, quantity in ((2, D(5)), (1, D(4))):
            orders.put_lines(
                session,
                [
                    BookLine(
                        order_id=order_id,
                        line="1",
                        schedule=schedule,
                        ordered=quantity,
                        confirmed=quantity,
                        status="open",
                    )
                ],
            )
        assert orders.add_progress(session, order_id, {"1": D(6), "9": D(1)}) == ["9"]
        assert {row.schedule: row.shipped for row in orders.lines(session, [order_id])[order_id]} == {1: D(4), 2: D(2)}
        orders.add_progress(session, order_id, {"1": D(6)}, "shipped")  # 12 in all, 3 more than confirmed
        assert {row.schedule: row.shipped for row in orders.lines(session, [order_id])[order_id]} == {1: D(4), 2: D(8)}
        orders.add_progress(session, order_id, {"1": D(9)}, "invoiced", datetime(2026, 3, 2, tzinfo=UTC))
        assert {row.schedule: row.invoiced for row in orders.lines(session, [order_id])[order_id]} == {1: D(4), 2: D(5)}
