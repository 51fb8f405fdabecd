"""Shipments and invoices that name an order of the ERP's before we know whose it is.

An ERP may ship before its answer to the push is noted here. What a document names stands here until an order of ours
goes by that number; the stage that learns the number then takes the documents up. Take ``lock_awaited`` before looking
at such documents and before giving orders their numbers: neither side then misses the other, or does the same.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from b2bsync.store import driver, rows
from b2bsync.store.locks import Locked, lock
from b2bsync.store.tables import AwaitedOrderRow, table_of

_TABLE = table_of(AwaitedOrderRow)


def lock_awaited(session: Session, company: str, stage: str) -> None:
    """Waits until nobody else matches orders and documents, and keeps others waiting until this transaction ends."""
    lock(session, Locked.AWAITED, company, stage, [""])


def note(session: Session, company: str, stage: str, pairs: Sequence[tuple[str, int]]) -> None:
    """These (ERP number, document id) belong together once an order goes by the number."""
    values = [(company, stage, erp_number, document_id) for erp_number, document_id in pairs]
    columns = ("company", "stage", "erp_number", "document_id")
    driver.insert_plain(session, _TABLE, columns, values, "on conflict do nothing")


def take(session: Session, company: str, stage: str, erp_numbers: Sequence[str]) -> list[tuple[str, int]]:
    """The (ERP number, document id) that waited for these numbers, oldest document first; they wait no more."""
    where = rows.equal(company=company, stage=stage) & rows.among(session, "erp_number", erp_numbers)
    found = rows.snapshots(session, _TABLE, ("erp_number", "document_id"), where, "order by document_id, erp_number")
    if found:
        driver.execute(session, f"delete from {_TABLE.name} where {where.sql}", where.parameters)
    return [(row.erp_number, row.document_id) for row in found]
