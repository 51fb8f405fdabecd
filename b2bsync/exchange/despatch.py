"""Shipments and invoices of the ERP on their way to buyers: once per business number, and none from before the
agreement began."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from b2bsync.exchange.outbound import Outgoing, dispatch
from b2bsync.exchange.setting import Setting
from b2bsync.model import Invoice, ShipNotice, encode_document
from b2bsync.partners import Partner
from b2bsync.store import claims, journal, orders
from b2bsync.store.convert import Origin
from b2bsync.store.journal import NewDocument, NewEvent
from b2bsync.store.tables import DocumentRow, OrderRow
from b2bsync.sync import Pulled

TYPES = {"ShipNotice": "856", "Invoice": "810"}


@dataclass(frozen=True)
class Found:
    """A pulled document with the order it belongs to."""

    pulled: Pulled
    source_key: str
    order: OrderRow | None
    partner: Partner | None
    learnt_as: int | None = None  # its row, where it came before anybody knew whose it is


class Despatch:
    """The sink that sync gives pulled business documents to, inside the page's transaction."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def __call__(self, session: Session, origin: Origin, stream: str, pulled: Sequence[Pulled]) -> None:
        keys = {f"{origin.source}:{p.key}": p for p in pulled}
        known = {key: ids[-1] for key, ids in journal.documents_by_source(session, list(keys)).items()}
        rows = journal.documents_by_id(session, known.values())
        # An ERP may ship before we have noted its answer to the push: what belonged to no order is looked at again.
        strays = {key: i for key, i in known.items() if rows[i].status == "learnt" and rows[i].parent_id is None}
        for source_key, document_id in known.items():
            if source_key not in strays:
                self._again(session, rows[document_id], keys[source_key])
        fresh = {key: p for key, p in keys.items() if key not in known or key in strays}
        numbers = {n for p in fresh.values() for n in _order_numbers(p.value)}
        by_erp = orders.orders_by_erp_number(session, origin.company, origin.stage, sorted(numbers)) if numbers else {}
        going: dict[str, list[tuple[Found, Outgoing]]] = {}
        for source_key, p in fresh.items():
            order = next((by_erp[n] for n in _order_numbers(p.value) if n in by_erp), None)
            partner = self.setting.partners.get(order.partner) if order else None
            found = Found(p, source_key, order, partner, strays.get(source_key))
            if why := self._stays(found):
                self._learn(session, origin, found, why)
                continue
            assert partner is not None and order is not None
            holder = self._claim(session, partner, found)
            if holder is not None:
                self._learn(session, origin, found, f"its number was sent before, as {holder}")
                continue
            self._progress(session, p.value, by_erp)
            outgoing = Outgoing(
                p.value,
                TYPES[type(p.value).__name__],
                p.value.number,
                customer=order.customer,
                parent_id=order.document_id,
                source_key=source_key,
                document_id=found.learnt_as,
            )
            if found.learnt_as is not None:
                journal.update_documents(
                    session,
                    [found.learnt_as],
                    partner=partner.name,
                    customer=order.customer,
                    parent_id=order.document_id,
                    dialect="x12",
                )
            going.setdefault(partner.name, []).append((found, outgoing))
        for name, theirs in going.items():
            dispatch(self.setting, session, self.setting.partner(name), [o for _, o in theirs])

    def _stays(self, found: Found) -> str:
        """Why a document is learnt and not sent; empty when it is to be sent."""
        if found.order is None:
            return "belongs to no order that came through b2bsync"
        if found.partner is None:
            return f"partner {found.order.partner} is not configured any more"
        day = _day(found.pulled.value)
        if day is not None and day < found.partner.starts:
            return f"is of {day}, before the agreement starts on {found.partner.starts}"
        if not found.partner.sends(TYPES[type(found.pulled.value).__name__]):
            return f"is not among the documents that {found.partner.name} gets"
        return ""

    def _learn(self, session: Session, origin: Origin, found: Found, why: str) -> None:
        if found.learnt_as is not None:
            if found.order is not None:
                parent = found.order.document_id
                journal.update_documents(session, [found.learnt_as], reason=why, parent_id=parent)
            return
        value = found.pulled.value
        journal.add_documents(
            session,
            [
                NewDocument(
                    company=origin.company,
                    stage=origin.stage,
                    direction="out",
                    partner=found.partner.name if found.partner else "",
                    customer=found.order.customer if found.order else None,
                    dialect="",
                    version="",
                    type=TYPES[type(value).__name__],
                    kind=type(value).__name__,
                    number=value.number,
                    parent_id=found.order.document_id if found.order else None,
                    source_key=found.source_key,
                    status="learnt",
                    reason=why,
                    body=encode_document(value),
                )
            ],
        )

    def _claim(self, session: Session, partner: Partner, found: Found) -> str | None:
        value = found.pulled.value
        key = f"{partner.company}|{partner.stage}|{partner.name}|{type(value).__name__}|{value.number}"
        [holder] = claims.claim(session, "outbound", [(key, found.source_key)])
        return holder

    def _progress(self, session: Session, value: ShipNotice | Invoice, by_erp: dict[str, OrderRow]) -> None:
        """Carry what was shipped or invoiced into the order book."""
        what: orders.Progress = "shipped" if isinstance(value, ShipNotice) else "invoiced"
        for number, quantities in _quantities(value).items():
            row = by_erp.get(number)
            if row is not None and row.id is not None:
                orders.add_progress(session, row.id, quantities, what)

    def _again(self, session: Session, row: DocumentRow, pulled: Pulled) -> None:
        """The ERP shows a document again. Unchanged: nothing to do. Changed after it was sent: a person must know."""
        if row.body == encode_document(pulled.value):
            return
        detail = f"{row.kind} {row.number} changed in the ERP after it was made; what was sent stays as it is"
        told = journal.events(session, "document", str(row.id))
        if not any(event.what == "changed at the source" for event in told):
            event = NewEvent(subject="document", subject_id=str(row.id), what="changed at the source", detail=detail)
            journal.add_events(session, [event])


def _order_numbers(value: ShipNotice | Invoice) -> list[str]:
    """The ERP's own numbers of the orders a document is about."""
    if isinstance(value, Invoice):
        return [value.supplier_number] if value.supplier_number else []
    return [order.supplier_number for order in value.orders if order.supplier_number]


def _day(value: ShipNotice | Invoice) -> date | None:
    if isinstance(value, Invoice):
        return value.issued
    return value.shipped or (value.created.date() if value.created else None)


def _quantities(value: ShipNotice | Invoice) -> dict[str, dict[str, Decimal]]:
    """By ERP order number and the buyer's line number."""
    found: dict[str, dict[str, Decimal]] = {}
    if isinstance(value, Invoice):
        if value.supplier_number:
            lines = found.setdefault(value.supplier_number, {})
            for line in value.lines:
                if line.order_line:
                    lines[line.order_line] = lines.get(line.order_line, Decimal(0)) + line.quantity
        return found
    for order in value.orders:
        if order.supplier_number:
            lines = found.setdefault(order.supplier_number, {})
            for shipped in (*order.lines, *(line for package in order.packages for line in package.lines)):
                if shipped.order_line:
                    lines[shipped.order_line] = lines.get(shipped.order_line, Decimal(0)) + shipped.quantity
    return found
