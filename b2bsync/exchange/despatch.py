"""Shipments and invoices of the ERP on their way to buyers: once per business number, and none from before the
agreement began.

What belongs to an order of ours is claimed, counted in the order book, and then sent or learnt. What names an order
that is not ours, or not yet, is learnt and waits for that number: ``Despatch.expected`` takes it up when an order gets
it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from sqlalchemy.orm import Session

from b2bsync.exchange.movement import Movements, order_numbers, told
from b2bsync.exchange.outbound import Outgoing, dispatch
from b2bsync.exchange.setting import Setting
from b2bsync.model import Invoice, ShipNotice, decode_document, encode_document
from b2bsync.store import awaited, claims, journal, orders
from b2bsync.store.convert import Origin
from b2bsync.store.journal import NewDocument, NewEvent
from b2bsync.store.tables import DocumentRow, OrderRow
from b2bsync.sync import Pulled

TYPES = {"ShipNotice": "856", "Invoice": "810"}
NOT_OURS = "belongs to no order that came through b2bsync"


@dataclass
class Found:
    """A pulled document and, by ERP number, the orders of ours that it names; the first tells whose it is."""

    value: ShipNotice | Invoice
    source_key: str
    document_id: int | None = None  # its row, where it came before
    orders: dict[str, OrderRow] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    decided: bool = False  # a person wants it sent, whatever its date
    repeated: bool = False  # another document has its number: neither sent nor counted
    why: str = ""  # it is not sent

    @property
    def order(self) -> OrderRow:
        return next(iter(self.orders.values()))

    @property
    def type(self) -> str:
        return TYPES[type(self.value).__name__]

    @property
    def mixed(self) -> list[str]:
        """The partners whose orders it mixes; empty when it is of one."""
        partners = sorted({order.partner for order in self.orders.values()})
        return partners if len(partners) > 1 else []


Going = Mapping[str, Sequence[Found]]
"""What is to be sent, by partner."""


class Despatch:
    """The sink that sync gives pulled business documents to, inside the page's transaction."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def __call__(self, session: Session, origin: Origin, stream: str, pulled: Sequence[Pulled]) -> int:
        awaited.lock_awaited(session, origin.company, origin.stage)
        # A database may hold several companies, and both stages: their ERPs count on their own.
        of = f"{origin.company}:{origin.stage}:{origin.source}"
        values = {f"{of}:{p.key}": cast(ShipNotice | Invoice, p.value) for p in pulled}
        known = {key: ids[-1] for key, ids in journal.documents_by_source(session, list(values)).items()}
        rows = journal.documents_by_id(session, known.values())
        for source_key, document_id in known.items():
            if not _waits(rows[document_id]):
                self._again(session, rows[document_id], values[source_key])
        found = [
            Found(value, source_key, known.get(source_key))
            for source_key, value in values.items()
            if source_key not in known or _waits(rows[known[source_key]])
        ]
        self.send(session, self._take(session, origin.company, origin.stage, found))
        return len(values) - len(known)

    def expected(self, session: Session, company: str, stage: str, pairs: Sequence[tuple[str, int]]) -> Going:
        """Orders of ours now go by the numbers in these (ERP number, document id), ``awaited.take`` gave them under
        ``awaited.lock_awaited``: counts what came before, and returns what ``send`` is to send of it."""
        rows = journal.documents_by_id(session, {document_id for _, document_id in pairs})
        by_erp = orders.orders_by_erp_number(session, company, stage, {number for number, _ in pairs})
        waiting: dict[int, Found] = {}
        movements = Movements()
        for number, document_id in pairs:
            row = rows[document_id]
            if _waits(row):
                waiting.setdefault(document_id, _found(row))
            elif number in by_erp:  # sent already, for another order that it names too
                movements.add(str(document_id), _found(row).value, number, by_erp[number])
        for i, trouble in movements.write(session, company, stage).items():
            journal.add_events(session, [_event(int(i), "not counted", told(trouble))])
        return self._take(session, company, stage, list(waiting.values()))

    def again(self, session: Session, row: DocumentRow) -> str:
        """An operator wants a learnt document sent: the empty string when it goes, else why it cannot."""
        awaited.lock_awaited(session, row.company, row.stage)
        [now] = journal.documents_by_id(session, [cast(int, row.id)]).values()
        if now.status != row.status:
            return f"is {now.status} meanwhile"
        found = _found(now)
        found.decided = True
        self.send(session, self._take(session, row.company, row.stage, [found]))
        return found.why

    def send(self, session: Session, going: Going) -> None:
        """Writes the documents, partner by partner in one order, so that two transactions that draw control numbers
        never wait for each other."""
        for name in sorted(going):
            theirs = going[name]
            outgoing = [
                Outgoing(
                    found.value,
                    found.type,
                    found.value.number,
                    customer=found.order.customer,
                    parent_id=found.order.document_id,
                    source_key=found.source_key,
                    document_id=found.document_id,
                )
                for found in theirs
            ]
            partner = self.setting.partner(name)
            ids = dispatch(self.setting, session, partner, outgoing)
            self._tell(session, partner.company, partner.stage, zip(ids, theirs, strict=True))

    def _take(self, session: Session, company: str, stage: str, found: Sequence[Found]) -> Going:
        """Finds whose these are, claims and counts them; learns what is not to be sent and returns the rest."""
        if not found:
            return {}
        numbers = sorted({number for f in found for number in order_numbers(f.value)})
        by_erp = orders.orders_by_erp_number(session, company, stage, numbers) if numbers else {}
        for f in found:
            f.orders = {number: by_erp[number] for number in order_numbers(f.value) if number in by_erp}
        ours = [f for f in found if f.orders]
        self._claim(session, company, stage, ours)
        going: dict[str, list[Found]] = {}
        for f in ours:
            f.why = f.why or self._stays(f)
            if not f.why:
                going.setdefault(f.order.partner, []).append(f)
        for f in found:
            if not f.orders:
                f.why = NOT_OURS
        self._learn(session, company, stage, [f for f in found if f.why])
        self._join(session, [f for f in ours if not f.why and f.document_id is not None])
        return going

    def _claim(self, session: Session, company: str, stage: str, found: Sequence[Found]) -> None:
        """A business number goes to a partner once, and is counted once: by whoever claims it."""
        keys = [f"{company}|{stage}|{f.order.partner}|{type(f.value).__name__}|{f.value.number}" for f in found]
        before = claims.holders(session, "outbound", keys) if keys else {}
        holders = claims.claim(session, "outbound", [(k, f.source_key) for k, f in zip(keys, found, strict=True)])
        movements = Movements()
        for key, f, holder in zip(keys, found, holders, strict=True):
            if holder is not None:
                f.repeated = True
                f.why = f"has a number that was sent before, as {holder}"
            elif key not in before:
                for number, order in f.orders.items():
                    movements.add(f.source_key, f.value, number, order)
            elif f.document_id is None:  # claimed together with a document, which was archived since
                f.repeated = True
                f.why = "was dealt with before; the archive has what became of it"
        trouble = movements.write(session, company, stage)
        for f in found:
            f.trouble = trouble.get(f.source_key, [])

    def _stays(self, found: Found) -> str:
        """Why a document of ours is not sent; empty when it is."""
        if found.mixed:
            return (
                f"is for orders of {' and '.join(found.mixed)}, and none may see the other's: tell them another way "
                f"what was shipped, then skip this document"
            )
        partner = self.setting.partners.get(found.order.partner)
        if partner is None:
            return f"partner {found.order.partner} is not configured any more"
        day = _day(found.value)
        if day is not None and day < partner.starts and not found.decided:
            return f"is of {day}, before the agreement starts on {partner.starts}"
        if not partner.sends(found.type):
            return f"is not among the documents that {partner.name} gets"
        return ""

    def _learn(self, session: Session, company: str, stage: str, found: Sequence[Found]) -> None:
        """Keep what is not sent, with the reason; what mixes partners waits for a person."""
        new = [f for f in found if f.document_id is None]
        rows = [
            NewDocument(
                company=company,
                stage=stage,
                direction="out",
                dialect="",
                version="",
                type=f.type,
                kind=type(f.value).__name__,
                number=f.value.number,
                source_key=f.source_key,
                **_learnt(f),
            )
            for f in new
        ]
        changed = {f.document_id: _learnt(f) for f in found if f.document_id is not None}
        journal.set_documents(session, changed)
        for f, document_id in zip(new, journal.add_documents(session, rows), strict=True):
            f.document_id = document_id
        self._tell(session, company, stage, [(cast(int, f.document_id), f) for f in found])
        held = [_event(cast(int, f.document_id), "held", f.why) for f in found if f.mixed]
        if held:
            journal.add_events(session, held)

    def _join(self, session: Session, found: Sequence[Found]) -> None:
        """What was learnt before anybody knew whose it is gets its order."""
        for f in found:
            journal.update_documents(
                session,
                [cast(int, f.document_id)],
                partner=f.order.partner,
                customer=f.order.customer,
                parent_id=f.order.document_id,
                dialect="x12",
            )

    def _tell(self, session: Session, company: str, stage: str, found: Iterable[tuple[int, Found]]) -> None:
        """What is not in the order book: orders that are not known yet, and quantities that could not be counted."""
        missing: list[tuple[str, int]] = []
        events: list[NewEvent] = []
        for document_id, f in found:
            if not f.repeated:
                missing += [(number, document_id) for number in order_numbers(f.value) if number not in f.orders]
            if f.trouble:
                events.append(_event(document_id, "not counted", told(f.trouble)))
        if missing:
            awaited.note(session, company, stage, missing)
        if events:
            journal.add_events(session, events)

    def _again(self, session: Session, row: DocumentRow, value: ShipNotice | Invoice) -> None:
        """The ERP shows a document again. Unchanged: nothing to do. Changed after it was sent: a person must know."""
        if row.body == encode_document(value):
            return
        detail = f"{row.kind} {row.number} changed in the ERP after it was made; what was sent stays as it is"
        before = journal.events(session, "document", str(row.id))
        if not any(event.what == "changed at the source" for event in before):
            journal.add_events(session, [_event(cast(int, row.id), "changed at the source", detail)])


def _waits(row: DocumentRow) -> bool:
    """Whether a document was learnt before any of its orders was known."""
    return row.status == "learnt" and row.parent_id is None


def _learnt(found: Found) -> dict[str, Any]:
    """The columns of a document that is not sent."""
    owned = bool(found.orders) and not found.mixed
    return {
        "partner": found.order.partner if owned else "",
        "customer": found.order.customer if owned else None,
        "parent_id": found.order.document_id if found.orders else None,
        "status": "held" if found.mixed else "learnt",
        "reason": found.why,
        "body": encode_document(found.value),
    }


def _found(row: DocumentRow) -> Found:
    value = cast(ShipNotice | Invoice, decode_document(row.body or ""))
    return Found(value, row.source_key or "", row.id)


def _event(document_id: int, what: str, detail: str) -> NewEvent:
    return NewEvent(subject="document", subject_id=str(document_id), what=what, detail=detail)


def _day(value: ShipNotice | Invoice) -> date | None:
    if isinstance(value, Invoice):
        return value.issued
    return value.shipped or (value.created.date() if value.created else None)
