"""Documents that may go. A document goes with everything that followed from it, its *family*: an order with its answer,
ship notices, invoices and repeats, and the deliveries that carried them once these carry nothing else. So whatever is
kept can still be explained and sent again.

A partner's 997 is of no family: it speaks about a delivery, which may carry documents of many, and goes after it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from b2bsync.model import ShipNotice, decode_document
from b2bsync.store import deliveries, driver, orders, rows
from b2bsync.store.archive import Record
from b2bsync.store.retention import SENT, Gone, Key, Unit, claimed, delete, events_of, records_of
from b2bsync.store.rows import Where
from b2bsync.store.tables import (
    Attempt,
    AwaitedOrderRow,
    DeliveryDocument,
    DeliveryRow,
    DocumentRow,
    Event,
    OrderRow,
    PushRow,
    TaskRow,
    table_of,
)

_DOCUMENT = table_of(DocumentRow)
_DELIVERY = table_of(DeliveryRow)
_CARRIED = table_of(DeliveryDocument)
_PUSH_OVER = ("created", "confirmed", "rejected")

DONE = {
    "in": ("refused", "duplicate", "answered", "recorded", "skipped"),
    "out": ("sent", "acknowledged", "refused", "learnt", "skipped"),
}
"""Statuses in which nothing is due any more, by direction."""

_AWAITED = ("expected", "overdue")
_RECEIPT = "(direction = 'in' and kind = 'FunctionalAcknowledgement')"
_STAGES = ("judge", "push", "reconcile")


class Families:
    """The class of data ``documents``; the key of a unit is the document that began it, its rows all of them."""

    name = setting = "documents"

    def __init__(self, gone: Gone) -> None:
        self._gone = gone

    def due(self, session: Session, before: datetime, after: Key | None, limit: int) -> tuple[list[Unit], Key | None]:
        where = rows.compared(session, _DOCUMENT, "updated_at", "<", before)
        where &= Where(f"(parent_id is null or {_RECEIPT}) and id > ?", (after or 0,))
        found = rows.snapshots(session, _DOCUMENT, ("id",), where, f"order by id limit {int(limit)}")
        roots = [row.id for row in found]
        return self._free(session, before, roots), roots[-1] if len(roots) == limit else None

    def again(self, session: Session, before: datetime, units: Sequence[Unit]) -> list[Unit]:
        if not driver.is_sqlite(session):  # nobody takes these documents up, or sends them again, meanwhile
            members = [i for unit in units for i in unit.rows]
            carrying = sorted({i for ids in deliveries.deliveries_of(session, members).values() for i in ids})
            for table, ids in ((_DELIVERY, carrying), (_DOCUMENT, sorted(members))):
                rows.snapshots(session, table, ("id",), rows.among(session, "id", ids), "order by id for update")
        as_they_were = set(units)
        return [u for u in self._free(session, before, [int(u.key) for u in units]) if u in as_they_were]

    def records(self, session: Session, units: Sequence[Unit]) -> Iterator[Record]:
        members = [i for unit in units for i in unit.rows]
        carrying = sorted({i for ids in deliveries.deliveries_of(session, members).values() for i in ids})
        yield from records_of(session, DocumentRow, rows.among(session, "id", members), "order by id")
        yield from records_of(session, PushRow, rows.among(session, "document_id", members))
        yield from records_of(session, AwaitedOrderRow, rows.among(session, "document_id", members))
        yield from records_of(session, Event, events_of(session, "document", members))
        yield from records_of(session, DeliveryDocument, rows.among(session, "document_id", members))
        # Also where a delivery stays, because it carries others: its archived documents went with it.
        yield from records_of(session, DeliveryRow, rows.among(session, "id", carrying))
        yield from records_of(session, Attempt, rows.among(session, "delivery_id", carrying))
        yield from records_of(session, Event, events_of(session, "delivery", carrying))

    def remove(self, session: Session, units: Sequence[Unit]) -> None:
        members = [i for unit in units for i in unit.rows]
        carrying = sorted({i for ids in deliveries.deliveries_of(session, members).values() for i in ids})
        of_documents = rows.among(session, "document_id", members)
        delete(session, DeliveryDocument, of_documents)
        full = rows.snapshots(session, _CARRIED, ("delivery_id",), rows.among(session, "delivery_id", carrying))
        empty = sorted(set(carrying) - {row.delivery_id for row in full})
        delete(session, Event, events_of(session, "delivery", empty))
        delete(session, Attempt, rows.among(session, "delivery_id", empty))
        delete(session, DeliveryRow, rows.among(session, "id", empty))
        delete(session, PushRow, of_documents)
        delete(session, AwaitedOrderRow, of_documents)
        delete(session, Event, events_of(session, "document", members))
        self._point_receipts_elsewhere(session, members)
        delete(session, DocumentRow, rows.among(session, "id", members))

    @staticmethod
    def _point_receipts_elsewhere(session: Session, members: Sequence[int]) -> None:
        """A 997 that stays names the first document of its delivery: from now on the first that is left."""
        named = rows.among(session, "parent_id", members)
        driver.execute(
            session,
            "update document set parent_id = (select min(c.document_id) from delivery_document c "
            "join delivery d on d.id = c.delivery_id where d.ack_document_id = document.id) "
            f"where {named.sql} and {_RECEIPT}",
            named.parameters,
        )

    def _free(self, session: Session, before: datetime, roots: Sequence[int]) -> list[Unit]:
        """The families of these documents of which every member is old and done, and that nothing needs."""
        if not roots:
            return []
        families = _members(session, roots)
        root_of = {member: root for root, members in families.items() for member in members}
        columns = ("id", "direction", "status", "updated_at", "source_key")
        found = rows.snapshots(session, _DOCUMENT, columns, rows.among(session, "id", root_of))
        kept = {root_of[row.id] for row in found if row.status not in DONE[row.direction] or row.updated_at >= before}
        kept |= {root_of[i] for i in self._needed(session, [row.id for row in found])}
        kept |= self._receipts_of_kept(session, {row.id: row.source_key or "" for row in found})
        at = {row.id: row.updated_at for row in found}
        return [
            Unit(root, max(at[i] for i in families[root]), tuple(sorted(families[root])))
            for root in roots
            if root not in kept and families.get(root)
        ]

    def _needed(self, session: Session, ids: Sequence[int]) -> set[int]:
        """Which documents something that lives, or that is kept, has to do with."""
        needed: set[int] = set()
        for column in ("document_id", "response_id"):
            found = rows.snapshots(session, table_of(OrderRow), (column, "id"), rows.among(session, column, ids))
            needed |= {row[0] for row in found if row.id not in self._gone["orders"]}
        due = rows.among(session, "subject", ids) & rows.among(session, "stage", _STAGES)
        needed |= {row.subject for row in rows.snapshots(session, table_of(TaskRow), ("subject",), due)}
        answering = rows.among(session, "ack_document_id", ids)
        answers = {
            r.id: r.ack_document_id for r in rows.snapshots(session, _DELIVERY, ("id", "ack_document_id"), answering)
        }
        carried = deliveries.documents_of(session, answers)
        gone = self._gone["documents"]
        needed |= {answer for i, answer in answers.items() if not carried.get(i) or not gone.issuperset(carried[i])}
        pushed = rows.among(session, "document_id", ids)
        states = rows.snapshots(session, table_of(PushRow), ("document_id", "state"), pushed)
        needed |= {row.document_id for row in states if row.state not in _PUSH_OVER}
        carrying = deliveries.deliveries_of(session, ids)
        under_way = _under_way(session, {i for found in carrying.values() for i in found})
        needed |= {document for document, by in carrying.items() if under_way & set(by)}
        needed |= self._of_kept_orders(session, ids)
        return needed | {int(i) for i in claimed(session, "document", ids)}

    def _of_kept_orders(self, session: Session, ids: Sequence[int]) -> set[int]:
        """Ship notices that name an order which is kept: they follow from their first order only."""
        shipments = rows.among(session, "id", ids) & rows.equal(direction="out", kind="ShipNotice")
        columns = ("id", "company", "stage", "body")
        named: dict[tuple[str, str], dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for row in rows.snapshots(session, _DOCUMENT, columns, shipments):
            notice = decode_document(row.body) if row.body else None
            for part in notice.orders if isinstance(notice, ShipNotice) else ():
                if part.supplier_number:
                    named[row.company, row.stage][part.supplier_number].add(row.id)
        kept: set[int] = set()
        for (company, stage), documents in named.items():
            for number, order in orders.orders_by_erp_number(session, company, stage, documents).items():
                if order.id not in self._gone["orders"]:
                    kept |= documents[number]
        return kept

    def _receipts_of_kept(self, session: Session, source_keys: dict[int, str]) -> set[int]:
        """Our own 997s, made of ``message:N:…``, whose message has documents still."""
        messages = {i: int(key.split(":")[1]) for i, key in source_keys.items() if key.startswith("message:")}
        there = rows.among(session, "message_id", sorted(set(messages.values())))
        made = rows.snapshots(session, _DOCUMENT, ("id", "message_id"), there)
        alive = {row.message_id for row in made if row.id not in self._gone["documents"]}
        return {i for i, message in messages.items() if message in alive}


def _members(session: Session, roots: Sequence[int]) -> dict[int, list[int]]:
    """Whoever follows from these documents, themselves included."""
    begin = rows.among(session, "id", roots)
    found = driver.fetch(
        session,
        f"with recursive family(root, id) as (select id, id from document where {begin.sql} union "
        "select f.root, d.id from document d join family f on d.parent_id = f.id "
        "where not (d.direction = 'in' and d.kind = 'FunctionalAcknowledgement')) select root, id from family",
        begin.parameters,
    )
    families: dict[int, list[int]] = defaultdict(list)
    for root, member in found:
        families[root].append(member)
    return families


def _under_way(session: Session, ids: set[int]) -> set[int]:
    """Deliveries that are not sent for good, or whose acknowledgement is awaited."""
    found = rows.snapshots(session, _DELIVERY, ("id", "state", "ack_state"), rows.among(session, "id", sorted(ids)))
    due = rows.among(session, "subject", sorted(ids)) & rows.equal(stage="deliver")
    tasks = {row.subject for row in rows.snapshots(session, table_of(TaskRow), ("subject",), due)}
    return tasks | {row.id for row in found if row.state not in SENT or row.ack_state in _AWAITED}
