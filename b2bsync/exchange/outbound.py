"""The way out: canonical documents become transaction sets, interchanges and deliveries.

Control numbers are drawn in the transaction that stores the final bytes; nothing is written twice under one number.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.edi.numbers import RangeExhausted
from b2bsync.edi.standard import X12
from b2bsync.edi.writing import Row, X12Writer
from b2bsync.edi.writing.x12 import Group, Set
from b2bsync.engine import slot_lane
from b2bsync.exchange.reading import encode_findings
from b2bsync.exchange.references import delivery_key
from b2bsync.exchange.scrutiny import UNDISPUTED, Scrutiny, events, scrutinised
from b2bsync.exchange.sending import add_delivery, draw, x12_delimiters, x12_writer
from b2bsync.exchange.setting import Setting, send_lane
from b2bsync.exchange.unnumbered import write_again
from b2bsync.mapping import Mapping, MappingError, Unmapped
from b2bsync.model import Document, FunctionalAcknowledgement, encode_document
from b2bsync.partners import Partner
from b2bsync.store import blobs, journal
from b2bsync.store.control_numbers import ControlNumbersExhausted
from b2bsync.store.deliveries import NewDelivery
from b2bsync.store.journal import NewDocument, NewEvent
from b2bsync.vocabulary.verdicts import AckState

log = logging.getLogger("b2bsync.exchange")


@dataclass(frozen=True)
class Outgoing:
    """A canonical document that is to leave as a transaction set of ``type``, and what it follows from."""

    document: Document
    type: str
    number: str  # business number
    customer: str | None = None
    parent_id: int | None = None  # the document it answers
    source_key: str | None = None
    document_id: int | None = None  # a row that exists already and is built anew


@dataclass
class Built:
    """One document with its row, and its transaction set if it could be written."""

    outgoing: Outgoing
    row: NewDocument
    rows: list[Row] = field(default_factory=list)  # between ST and SE, judged
    data: bytes = b""
    scrutiny: Scrutiny = UNDISPUTED

    def fail(self, reason: str) -> None:
        """It stays here, until somebody retries it."""
        self.row.status, self.row.reason, self.row.set_control = "failed", reason, ""
        self.rows, self.data = [], b""


def dispatch(setting: Setting, session: Session, partner: Partner, outgoing: Sequence[Outgoing]) -> list[int]:
    """Build, envelope and queue documents for one partner; returns the ids of their document rows, in order.

    Runs in the caller's transaction. A document that cannot be written is kept with status ``failed`` and the reason,
    and leaves when it is retried; the others go on. Documents of one type, and of one lane, share an interchange up to
    the number that the agreement allows.
    """
    ids: dict[int, int] = {}
    alike: dict[tuple[str, str], list[int]] = {}
    lanes = _lanes(setting, session, partner, outgoing)
    for position, (item, lane) in enumerate(zip(outgoing, lanes, strict=True)):
        if isinstance(item.document, FunctionalAcknowledgement):
            ids[position] = _receipt(setting, session, partner, item, item.document)
        else:
            alike.setdefault((item.type, lane), []).append(position)
    size = partner.send.batch
    for (type, _), positions in alike.items():
        for first in range(0, len(positions), size):
            part = positions[first : first + size]
            made = _interchange(setting, session, partner, type, [outgoing[p] for p in part])
            ids.update(zip(part, made, strict=True))
    return [ids[position] for position in range(len(outgoing))]


def _receipt(
    setting: Setting, session: Session, partner: Partner, item: Outgoing, told: FunctionalAcknowledgement
) -> int:
    """One of ours that got no control number; another one is written when what it answers ends, and not here."""
    if item.document_id is None or item.source_key is None:
        raise ValueError(f"a {item.type} answers a message, and is written from what was judged of it")
    write_again(setting, session, partner, told, item.document_id, item.source_key, item.number)
    return item.document_id


def _lanes(setting: Setting, session: Session, partner: Partner, outgoing: Sequence[Outgoing]) -> list[str]:
    """Where each document would go by itself: what shares an interchange must not have several lanes.

    Where interchanges are shared the stream is locked before a control number is drawn, for a single document too: who
    did it the other way round would wait for somebody who waits for him."""
    stream = send_lane(partner.name)
    if partner.send.batch == 1:
        return [stream] * len(outgoing)
    slots = setting.lanes.slots(session, stream, setting.slots(stream))
    if slots == 1:
        return [stream] * len(outgoing)
    numbers = order_numbers(session, [(item.number, item.parent_id) for item in outgoing])
    return [slot_lane(stream, number, slots) for number in numbers]


def order_numbers(session: Session, documents: Sequence[tuple[str, int | None]]) -> list[str]:
    """The number of the order that each document follows from, given its own number and its parent's id; its own
    where it follows from none."""
    parents = journal.document_numbers(session, [parent for _, parent in documents if parent is not None])
    return [parents.get(parent or 0, number) for number, parent in documents]


def order_number(session: Session, documents: Sequence[int]) -> str:
    """The number of the order that the first of these documents follows from."""
    first = documents[:1]
    parents = journal.parents(session, first)
    return next(iter(journal.document_numbers(session, parents.values() or first).values()), "")


def _interchange(
    setting: Setting, session: Session, partner: Partner, type: str, outgoing: Sequence[Outgoing]
) -> list[int]:
    built = _build(setting, session, partner, type, outgoing)
    writer = _write(setting, session, partner, type, built)
    sent = _enveloped(session, partner, type, writer, built) if writer else None
    ids = _store(session, built)
    if sent is None:
        return ids
    blob = blobs.put(session, sent.content)
    delivery = NewDelivery(
        company=partner.company,
        stage=partner.stage,
        partner=partner.name,
        idem_key=delivery_key(partner, X12, sent.interchange_control),
        name=f"{type}_{partner.name}_{sent.interchange_control}.edi",
        digest=blob.digest,
        size=blob.size,
        documents=[i for i, b in zip(ids, built, strict=True) if b.data],
        interchange_control=sent.interchange_control,
        group_code=sent.group_code,
        group_control=sent.group_control,
        ack_state=AckState.EXPECTED if partner.expects_ack(type) else AckState.NONE,
    )
    added = add_delivery(session, delivery)
    first = [(outgoing[0].number, outgoing[0].parent_id)]
    setting.spread(session, send_lane(partner.name), "deliver", added, lambda: order_numbers(session, first))
    return ids


@dataclass(frozen=True)
class Enveloped:
    """The bytes of an interchange, and its control numbers as they stand in it."""

    content: list[bytes]
    interchange_control: str
    group_code: str
    group_control: str


def _enveloped(
    session: Session, partner: Partner, type: str, writer: X12Writer, built: Sequence[Built]
) -> Enveloped | None:
    """The interchange of the documents that could be written; None where there are none, or the agreement lets none
    leave: their rows then say why."""
    good = [b for b in built if b.data]
    if not good:
        return None
    settings = writer.settings
    try:
        number = draw(session, partner, X12, "interchange")
        group_number = draw(session, partner, X12, "group")
        code = partner.send.of(type).gs_code or _group_code(settings.version, type)
        group = Group(group_number, [b.data for b in good], code)
        content = list(writer.interchange(number, [group], partner.now()))
    except (edi.CodecError, ControlNumbersExhausted) as error:
        for b in good:
            b.fail(f"the {type} could not be put into an interchange: {error}")
        return None
    sent = Enveloped(
        content, settings.interchange_numbers.text(number), code, settings.group_numbers.text(group_number)
    )
    for b in good:
        b.row.interchange_control = sent.interchange_control
        b.row.group_code = sent.group_code
        b.row.group_control = sent.group_control
    return sent


def _group_code(version: str, type: str) -> str:
    """GS01 of a transaction set, by the standard."""
    return edi.grammar(edi.nearest(version) or version).message(type).group


def _build(
    setting: Setting, session: Session, partner: Partner, type: str, outgoing: Sequence[Outgoing]
) -> list[Built]:
    """The transaction sets, with their numbers; a row whose set could not be written says why."""
    agreed = partner.send.of(type)
    mapping, missing = _mapping(setting, partner, type, agreed.version)
    mapping_hash = journal.put_artifact(session, "mapping", mapping.name, mapping.text) if mapping else None
    agreement_hash = journal.put_artifact(session, "agreement", partner.name, partner.text)
    delimiters, keep = x12_delimiters(agreed), agreed.trailing == "keep"
    built: list[Built] = []
    for item in outgoing:
        row = NewDocument(
            company=partner.company,
            stage=partner.stage,
            direction="out",
            partner=partner.name,
            customer=item.customer,
            dialect="x12" if type.isdigit() else "edifact",
            version=agreed.version,
            type=type,
            kind=item.document.__class__.__name__,
            number=item.number,
            parent_id=item.parent_id,
            source_key=item.source_key,
            status="queued",
            body=encode_document(item.document),
            mapping_hash=mapping_hash,
            agreement_hash=agreement_hash,
        )
        b = Built(item, row)
        try:
            if mapping is None:
                raise LookupError(missing)
            tree = mapping.write(item.document, delimiters)
            b.rows = edi.set_rows(type, agreed.version, tree, delimiters, keep=keep)
        except (LookupError, MappingError, Unmapped, edi.Unwritable) as error:
            b.fail(f"the {type} could not be written: {error}")
        except Exception as error:  # a fault of a workspace's function or of ours: the other documents go on
            log.warning("%s %s for %s", type, item.number, partner.name, exc_info=error)
            b.fail(f"the {type} could not be written, the mapping broke: {error.__class__.__name__}: {error}")
        built.append(b)
    return built


def _mapping(setting: Setting, partner: Partner, type: str, version: str) -> tuple[Mapping | None, str]:
    """The mapping that writes a type for a partner, or why there is none."""
    if not type.isdigit():
        return None, f"{type} is a message of EDIFACT, for which there are no mappings yet"
    try:
        mapping = setting.mapping(partner, type, version)
    except MappingError as error:
        return None, str(error)
    return mapping, f"there is no mapping for {type} of {version[:6]}: add mappings/x12/{version[:6]}/{type}.toml"


def _write(setting: Setting, session: Session, partner: Partner, type: str, built: Sequence[Built]) -> X12Writer | None:
    """Number and write the sets in which nothing is wrong; returns what wrote them. A number that was drawn for one
    that cannot be written goes to the next one; what is left over is a gap."""
    judged = [b for b in built if b.rows]
    if not judged:
        return None
    numbers = partner.send.numbers.set
    try:
        writer = x12_writer(partner, type)
        first = draw(session, partner, X12, "set", len(judged)) if numbers.continued else None
    except (edi.CodecError, ControlNumbersExhausted, ValueError) as error:
        for b in judged:
            b.fail(f"the {type} could not be written: {error}")
        return None
    written, range = 0, writer.settings.set_numbers
    for b in judged:
        try:
            control = range.text(range.nth(written, first))
            b.data = writer.set(Set(type, b.rows, control))
        except (edi.Unwritable, RangeExhausted) as error:
            b.fail(f"the {type} could not be written: {error}")
            continue
        b.scrutiny = scrutinised(setting, session, partner, b.row, b.data, writer.settings.delimiters)
        b.row.findings = encode_findings(b.scrutiny.findings)
        if b.scrutiny.reason:
            b.fail(b.scrutiny.reason)
            continue
        b.row.set_control = control
        written += 1
    return writer


REBUILT = ("status", "reason", "body", "version", "mapping_hash", "agreement_hash", "interchange_control", "findings")
REBUILT_GROUP = ("group_code", "group_control", "set_control")


def _store(session: Session, built: Sequence[Built]) -> list[int]:
    fresh = iter(journal.add_documents(session, [b.row for b in built if b.outgoing.document_id is None]))
    ids = []
    for b in built:
        document_id = b.outgoing.document_id
        if document_id is None:
            document_id = next(fresh)
        else:
            changes = {name: getattr(b.row, name) for name in REBUILT + REBUILT_GROUP}
            journal.update_documents(session, [document_id], **changes)
        ids.append(document_id)
    failed = [
        NewEvent(subject="document", subject_id=str(i), what="failed", detail=b.row.reason)
        for i, b in zip(ids, built, strict=True)
        if not b.data
    ]
    told = [event for i, b in zip(ids, built, strict=True) for event in events(i, b.row, b.scrutiny)]
    if failed or told:
        journal.add_events(session, [*failed, *told])
    return ids
