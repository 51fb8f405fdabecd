"""The order book: orders of customers as they stand, and how far every line and schedule has come."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import and_
from typing import Any, Literal

import msgspec
from sqlalchemy.orm import Session

from b2bsync.model import OrderBookLine
from b2bsync.store import driver, rows
from b2bsync.store.tables import OrderBookRow, OrderJudgementRow, OrderRow, table_of

_ORDER = table_of(OrderRow)
_BOOK = table_of(OrderBookRow)
_JUDGEMENT = table_of(OrderJudgementRow)
_KEY = ("company", "stage", "customer", "number", "release")
_ZERO = Decimal(0)

Progress = Literal["shipped", "received", "invoiced"]


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it stands; company, stage, customer, number and release tell it from others."""

    company: str
    stage: str
    customer: str
    partner: str
    number: str
    document_id: int
    status: str
    release: str = ""
    ordered: date | None = None
    erp_number: str | None = None
    response_id: int | None = None


class BookLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One schedule of one line. ``decisions`` is the JSON list of the line's decisions."""

    order_id: int
    line: str
    schedule: int = 1
    sku: str | None = None
    unit: str | None = None
    ordered: Decimal
    confirmed: Decimal = _ZERO
    price: Decimal | None = None
    currency: str | None = None
    status: str
    reason: str | None = None
    requested: date | None = None
    promised: date | None = None
    decisions: str = "[]"


def put_orders(session: Session, orders: Sequence[NewOrder], now: datetime | None = None) -> list[int]:
    """Adds orders, or takes over what is said of those that are there; returns their ids in the same order.

    The ERP's number and the response stay when they are not given.
    """
    if not orders:
        return []
    at = now or datetime.now(UTC)
    columns = (*NewOrder.__struct_fields__, "created_at", "updated_at")
    kept = "erp_number = coalesce(excluded.erp_number, sales_order.erp_number), "
    kept += "response_id = coalesce(excluded.response_id, sales_order.response_id)"
    taken = ", ".join(f"{c} = excluded.{c}" for c in ("partner", "document_id", "status", "ordered", "updated_at"))
    values = [(*msgspec.structs.astuple(order), at, at) for order in orders]
    tail = f"on conflict ({', '.join(_KEY)}) do update set {taken}, {kept}"
    driver.insert_plain(session, _ORDER, columns, values, tail)
    # Every column of the key, in its order, so that the index finds them however many orders there are.
    named = ({getattr(order, column) for order in orders} for column in _KEY)
    where = functools.reduce(and_, (rows.among(session, c, sorted(v)) for c, v in zip(_KEY, named, strict=True)))
    ids = {row[1:]: row[0] for row in rows.snapshots(session, _ORDER, ("id", *_KEY), where)}
    return [ids[(order.company, order.stage, order.customer, order.number, order.release)] for order in orders]


def update_orders(session: Session, ids: Sequence[int], *, now: datetime | None = None, **changes: Any) -> int:
    """Sets the same columns of several orders; returns how many there were."""
    return rows.change(session, OrderRow, ids, now, changes)


def set_orders(session: Session, changes: Mapping[int, Mapping[str, Any]], now: datetime | None = None) -> int:
    """Sets columns of orders, per id; returns how many there were."""
    return rows.change_each(session, OrderRow, changes, now)


def put_judgements(session: Session, judgements: Sequence[tuple[int, str]]) -> None:
    """Notes what the gate decided on orders: (order id, JSON). What was noted before goes."""
    driver.upsert(session, _JUDGEMENT, ("order_id", "judgement"), judgements, ("order_id",), ("judgement",))


def judgements(session: Session, order_ids: Iterable[int]) -> dict[int, str]:
    """What the gate decided, as JSON by order; orders that it never judged are left out."""
    where = rows.among(session, "order_id", order_ids)
    return {row.order_id: row.judgement for row in rows.read(session, OrderJudgementRow, where)}


def order(session: Session, order_id: int) -> OrderRow | None:
    return rows.by_ids(session, OrderRow, [order_id]).get(order_id)


def order_by_number(
    session: Session, company: str, stage: str, customer: str, number: str, release: str = ""
) -> OrderRow | None:
    """The order a customer calls by this number and release."""
    where = rows.equal(company=company, stage=stage, customer=customer, number=number, release=release)
    found = rows.read(session, OrderRow, where)
    return found[0] if found else None


def orders_by_numbers(
    session: Session, company: str, stage: str, keys: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str, str], OrderRow]:
    """Orders by customer, number and release; unknown ones are left out."""
    wanted = set(keys)
    where = rows.equal(company=company, stage=stage)
    for at, column in enumerate(("customer", "number", "release")):
        where &= rows.among(session, column, sorted({key[at] for key in wanted}))
    found = {(row.customer, row.number, row.release): row for row in rows.read(session, OrderRow, where)}
    return {key: found[key] for key in wanted & found.keys()}


def restart_orders(session: Session, ids: Sequence[int]) -> None:
    """Empties orders that came to nothing, so that another document of the same number may take their place: what was
    said of their lines and of the ERP's answer goes; the journal keeps it."""
    if not ids:
        return
    which = rows.among(session, "order_id", ids)
    driver.execute(session, f"delete from {_BOOK.name} where {which.sql}", which.parameters)
    update_orders(session, ids, erp_number=None, response_id=None)


def orders(
    session: Session,
    *,
    customer: str | None = None,
    partner: str | None = None,
    number: str | None = None,
    status: str | None = None,
    stage: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[OrderRow]:
    """Orders, newest first."""
    where = rows.equal(customer=customer, partner=partner, number=number, status=status, stage=stage)
    return rows.newest(session, OrderRow, where, before_id=before_id, limit=limit)


def orders_by_document(session: Session, document_ids: Iterable[int]) -> dict[int, OrderRow]:
    """The orders that stand as these documents said: by document id."""
    where = rows.among(session, "document_id", document_ids)
    return {found.document_id: found for found in rows.read(session, OrderRow, where)}


def orders_by_erp_number(session: Session, company: str, stage: str, erp_numbers: Iterable[str]) -> dict[str, OrderRow]:
    """Orders by the ERP's sales order number; unknown ones are left out."""
    where = rows.equal(company=company, stage=stage) & rows.among(session, "erp_number", erp_numbers)
    found = rows.read(session, OrderRow, where)
    return {order.erp_number: order for order in found if order.erp_number is not None}


def _put_line() -> str:
    """One book line with nothing shipped, received and invoiced yet, or what changes of one that is there."""
    columns = (*BookLine.__struct_fields__, "updated_at")
    fresh = ("shipped", "received", "invoiced")
    names = ", ".join(f'"{column}"' for column in (*columns, *fresh))
    places = ", ".join(["?"] * len(columns) + ["'0'"] * len(fresh))
    changes = ", ".join(f'"{c}" = excluded."{c}"' for c in columns if c not in _LINE_KEY)
    key = ", ".join(_LINE_KEY)
    return f"insert into {_BOOK.name} ({names}) values ({places}) on conflict ({key}) do update set {changes}"


_LINE_KEY = ("order_id", "line", "schedule")
_PUT_LINE = _put_line()


def put_lines(session: Session, lines: Sequence[BookLine], now: datetime | None = None) -> None:
    """Adds order book lines, or takes over what is said of those that are there, but for what was shipped, received and
    invoiced."""
    at = now or datetime.now(UTC)
    columns = (*BookLine.__struct_fields__, "updated_at")
    values = [(*msgspec.structs.astuple(line), at) for line in lines]
    driver.execute_many(session, _PUT_LINE, driver.encoded(session, _BOOK, columns, values))


def confirm_as_ordered(session: Session, order_ids: Sequence[int], now: datetime | None = None) -> int:
    """Notes that the ERP confirmed all lines of orders as they were ordered; returns how many rows that changed."""
    if not order_ids:
        return 0
    where = rows.among(session, "order_id", order_ids)
    [[at]] = driver.encoded(session, _BOOK, ("updated_at",), [(now or datetime.now(UTC),)])
    statement = f"update {_BOOK.name} set confirmed = ordered, updated_at = ? where {where.sql}"
    return driver.execute(session, statement, (at, *where.parameters))


def confirm_lines(
    session: Session, confirmed: Sequence[tuple[int, str, int, Decimal]], now: datetime | None = None
) -> int:
    """Notes what the ERP confirmed of lines as they stand: (order id, line, schedule, quantity). Returns how many rows
    that changed."""
    at = now or datetime.now(UTC)
    columns = ("confirmed", "updated_at", "order_id", "line", "schedule")
    values = [(quantity, at, order_id, line, schedule) for order_id, line, schedule, quantity in confirmed]
    statement = (
        f"update {_BOOK.name} set confirmed = ?, updated_at = ? where order_id = ? and line = ? and schedule = ?"
    )
    return driver.execute_many(session, statement, driver.encoded(session, _BOOK, columns, values))


def lines(session: Session, order_ids: Iterable[int]) -> dict[int, list[OrderBookRow]]:
    """Order book rows by order, in the order in which they came."""
    found: dict[int, list[OrderBookRow]] = {}
    for row in rows.read(session, OrderBookRow, rows.among(session, "order_id", order_ids), "order by id"):
        found.setdefault(row.order_id, []).append(row)
    return found


def book(session: Session, order_ids: Iterable[int]) -> list[OrderBookLine]:
    """The order book lines of orders as values of the model."""
    by_order = lines(session, order_ids)
    found = rows.by_ids(session, OrderRow, by_order)
    same = [field for field in OrderBookLine.__struct_fields__ if field in _BOOK.c]
    return [
        OrderBookLine(
            order_number=found[order_id].number,
            release=found[order_id].release or None,
            customer=found[order_id].customer,
            **{field: getattr(line, field) for field in same},
        )
        for order_id in sorted(by_order)
        for line in by_order[order_id]
    ]


def add_progress(
    session: Session,
    order_id: int,
    quantities: Mapping[str, Decimal],
    what: Progress = "shipped",
    now: datetime | None = None,
) -> list[str]:
    """Adds what was shipped, received or invoiced, by line, in the ordered unit; returns the lines the order has not.

    A line's schedules are filled one after another up to what was confirmed; what is over goes to the last. What is
    below zero, of a credit note, is taken back from the last on; what is over goes to the first.
    """
    at = now or datetime.now(UTC)
    update_orders(session, [order_id], now=at)  # locks the order: nobody adds from the same figures meanwhile
    by_line: dict[str, list[OrderBookRow]] = {}
    for row in lines(session, [order_id]).get(order_id, []):
        by_line.setdefault(row.line, []).append(row)
    changes: dict[int, dict[str, Any]] = {}
    for line, quantity in quantities.items():
        back = quantity < 0
        schedules = sorted(by_line.get(line, ()), key=lambda row: row.schedule, reverse=back)
        for row in schedules:
            so_far: Decimal = getattr(row, what)
            room = max(quantity, min(-so_far, _ZERO)) if back else min(quantity, max(row.confirmed - so_far, _ZERO))
            if row is schedules[-1]:
                room = quantity
            quantity -= room
            assert row.id is not None
            changes[row.id] = {what: so_far + room}
    rows.change_each(session, OrderBookRow, changes, at)
    return [line for line in quantities if line not in by_line]
