"""Stock that was promised in an answer and that the ERP's own figures do not know yet.

Take ``lock_stock`` first, then read ``committed``, judge, and ``commit_stock``, all in one transaction: nobody else
promises the same pieces meanwhile, in no lane and no process.
"""

import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from sqlalchemy.orm import Session

from b2bsync.store import driver, rows
from b2bsync.store.database import begin_write
from b2bsync.store.tables import CommitmentRow, table_of

_TABLE = table_of(CommitmentRow)
_LOCK = 0x62327374  # "b2st": the class of our stock locks among PostgreSQL's advisory locks
_SLOTS = 1024  # a server has room for some thousand locks only, so SKUs share them


class NewCommitment(msgspec.Struct, frozen=True, kw_only=True):
    """A promise: ``quantity`` base units of a product to a line of an order (``sales_order.id``)."""

    company: str
    stage: str
    sku: str
    quantity: Decimal
    order_id: int
    line: str
    warehouse: str = ""


def lock_stock(session: Session, company: str, stage: str, skus: Iterable[str]) -> None:
    """Waits until nobody else is promising these products, and keeps others waiting until this transaction ends.

    Once per transaction, with all its products: a second call could wait for somebody who waits for the first.
    """
    if driver.is_sqlite(session):
        begin_write(session)  # its one writer
        return
    slots = sorted({zlib.crc32("\n".join((company, stage, sku)).encode()) % _SLOTS for sku in skus})
    driver.fetch(session, "select pg_advisory_xact_lock(?, slot) from unnest(?::int[]) as slot", (_LOCK, slots))


def committed(
    session: Session, company: str, stage: str, skus: Iterable[str], *, warehouse: str | None = None
) -> dict[str, Decimal]:
    """What is promised and not yet in the ERP's figures, in base units by SKU; SKUs without promises are left out."""
    where = rows.equal(company=company, stage=stage, warehouse=warehouse) & rows.Where("released_at is null")
    where &= rows.among(session, "sku", skus)
    sums: dict[str, Decimal] = {}
    for row in rows.snapshots(
        session, _TABLE, ("sku", "quantity"), where
    ):  # summed here: SQLite keeps exact decimals as text
        sums[row.sku] = sums.get(row.sku, Decimal(0)) + row.quantity
    return sums


def commit_stock(session: Session, new: Sequence[NewCommitment], now: datetime | None = None) -> None:
    """Writes promises down."""
    at = now or datetime.now(UTC)
    columns = (*NewCommitment.__struct_fields__, "made_at")
    driver.insert_plain(session, _TABLE, columns, [(*msgspec.structs.astuple(c), at) for c in new])


def release_orders(session: Session, order_ids: Sequence[int], now: datetime | None = None) -> int:
    """Frees what was promised to orders that were refused or cancelled; returns how many promises that were."""
    return rows.update(session, CommitmentRow, _open(session, order_ids), None, {"released_at": _at(now)})


def mark_pushed(session: Session, order_ids: Sequence[int], now: datetime | None = None) -> int:
    """Notes that the ERP has confirmed these orders, so that its next stock figures will contain them."""
    where = _open(session, order_ids) & rows.Where("pushed_at is null")
    return rows.update(session, CommitmentRow, where, None, {"pushed_at": _at(now)})


def release_synced(session: Session, company: str, stage: str, started: datetime, now: datetime | None = None) -> int:
    """After a complete run over the stock that began at ``started``: frees what the ERP had confirmed before that."""
    where = rows.equal(company=company, stage=stage) & rows.Where("released_at is null")
    where &= rows.compared(session, _TABLE, "pushed_at", "<", started)
    return rows.update(session, CommitmentRow, where, None, {"released_at": _at(now)})


def _open(session: Session, order_ids: Sequence[int]) -> rows.Where:
    return rows.among(session, "order_id", order_ids) & rows.Where("released_at is null")


def _at(now: datetime | None) -> datetime:
    return now or datetime.now(UTC)
