"""Stock and credit that were promised in an answer and that the ERP's own figures do not know yet.

Take ``lock_stock`` first, then read ``promised``, judge, and ``commit_stock``, all in one transaction: nobody else
promises the same pieces meanwhile, in no lane and no process. Credit likewise, before the stock: ``lock_credit``,
``credit_promised``, ``commit_credit``. Read promises before the figures they are deducted from: a sync that ends in
between then counts twice, never not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from sqlalchemy.orm import Session

from b2bsync.store import clock, driver, rows
from b2bsync.store.locks import Locked, lock
from b2bsync.store.tables import CommitmentRow, CreditRow, table_of
from b2bsync.vocabulary.numbers import EXACT, plain

_TABLE = table_of(CommitmentRow)
_CREDIT = table_of(CreditRow)


class NewCommitment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A promise: ``quantity`` base units of a product to a line of an order (``sales_order.id``)."""

    company: str
    stage: str
    sku: str
    quantity: Decimal
    order_id: int
    line: str
    warehouse: str = ""


class NewCredit(msgspec.Struct, frozen=True, kw_only=True):
    """A promise: an order (``sales_order.id``) takes ``value`` of a customer's credit, in the customer's currency."""

    company: str
    stage: str
    customer: str
    value: Decimal
    order_id: int


def lock_stock(session: Session, company: str, stage: str, skus: Iterable[str]) -> None:
    """Waits until nobody else is promising these products, and keeps others waiting until this transaction ends. Once
    per transaction, with all its products."""
    lock(session, Locked.STOCK, company, stage, skus)


def lock_credit(session: Session, company: str, stage: str, customers: Iterable[str]) -> None:
    """The same for the credit of customers."""
    lock(session, Locked.CREDIT, company, stage, customers)


def promised(session: Session, company: str, stage: str, skus: Iterable[str]) -> dict[str, dict[str, Decimal]]:
    """What is promised and not yet in the ERP's figures, in base units by SKU and warehouse; "" is no warehouse in
    particular. SKUs without promises are left out."""
    where = rows.equal(company=company, stage=stage) & rows.Where("released_at is null")
    sums: dict[str, dict[str, Decimal]] = {}
    broken: set[str] = set()
    among = where & rows.among(session, "sku", skus)
    for sku, warehouse, total, exact in driver.fetch(session, _sums(session, among.sql), among.parameters):
        sums.setdefault(sku, {})[warehouse] = Decimal(total if isinstance(total, int) else plain(total))
        if not exact:
            broken.add(sku)
    if not broken:
        return sums
    for sku in broken:
        del sums[sku]
    among = where & rows.among(session, "sku", sorted(broken))
    for row in rows.snapshots(session, _TABLE, ("sku", "warehouse", "quantity"), among):
        places = sums.setdefault(row.sku, {})
        places[row.warehouse] = EXACT.add(places.get(row.warehouse, Decimal(0)), row.quantity)
    return sums


def _sums(session: Session, where: str) -> str:
    """SKU, warehouse, sum, and whether that is exact: SQLite keeps exact decimals as text and has no sum for them, but
    one for whole numbers, which most quantities are."""
    total, exact = "sum(quantity)", "true"
    if driver.is_sqlite(session):
        whole = "length(quantity) <= 12 and quantity not glob '*[^0-9]*'"
        total = f"sum(case when {whole} then cast(quantity as integer) else 0 end)"
        exact = f"min({whole}) = 1"
    return f"select sku, warehouse, {total}, {exact} from {_TABLE.name} where {where} group by sku, warehouse"


def at(promises: Mapping[str, Decimal], warehouse: str | None) -> Decimal:
    """What promises take from one warehouse, or from all: one that names no warehouse may be kept from any, so it
    counts in each."""
    if warehouse is None:
        return sum(promises.values(), Decimal(0))
    return sum((quantity for place, quantity in promises.items() if place in ("", warehouse)), Decimal(0))


def credit_promised(session: Session, company: str, stage: str, customers: Iterable[str]) -> dict[str, Decimal]:
    """What orders took of customers' credit and the balances in the ERP do not show yet, by customer number."""
    where = rows.equal(company=company, stage=stage) & rows.Where("released_at is null")
    where &= rows.among(session, "customer", customers)
    sums: dict[str, Decimal] = {}
    for row in rows.snapshots(session, _CREDIT, ("customer", "value"), where):
        sums[row.customer] = sums.get(row.customer, Decimal(0)) + row.value
    return sums


def commit_stock(session: Session, new: Sequence[NewCommitment], now: datetime | None = None) -> None:
    """Writes promises down."""
    at = _at(now)
    columns = (*NewCommitment.__struct_fields__, "made_at")
    driver.insert_plain(session, _TABLE, columns, [(*msgspec.structs.astuple(c), at) for c in new])


def commit_credit(session: Session, new: Sequence[NewCredit], now: datetime | None = None) -> None:
    """Writes down what orders take of credit."""
    at = _at(now)
    columns = (*NewCredit.__struct_fields__, "made_at")
    driver.insert_plain(session, _CREDIT, columns, [(*msgspec.structs.astuple(c), at) for c in new])


def release_orders(session: Session, order_ids: Sequence[int], now: datetime | None = None) -> int:
    """Frees what was promised to orders that were refused or cancelled; returns how many promises of stock that was."""
    where, changes = _open(session, order_ids), {"released_at": _at(now)}
    rows.update(session, CreditRow, where, None, changes)
    return rows.update(session, CommitmentRow, where, None, changes)


def mark_pushed(session: Session, order_ids: Sequence[int], now: datetime | None = None) -> int:
    """Notes that the ERP has confirmed these orders, so that the figures it gives from now on contain them; what frees
    the promises then is ``store.figures``. By the database's clock: the sync may run on another machine."""
    where, changes = (
        _open(session, order_ids) & rows.Where("pushed_at is null"),
        {"pushed_at": now or clock.now(session)},
    )
    rows.update(session, CreditRow, where, None, changes)
    return rows.update(session, CommitmentRow, where, None, changes)


def _open(session: Session, order_ids: Sequence[int]) -> rows.Where:
    return rows.among(session, "order_id", order_ids) & rows.Where("released_at is null")


def _at(now: datetime | None) -> datetime:
    return now or datetime.now(UTC)
