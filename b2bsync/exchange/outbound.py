"""The way out: canonical documents become transaction sets, interchanges and deliveries.

Control numbers are drawn in the transaction that stores the final bytes; nothing is written twice under one number.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.engine import slot_lane
from b2bsync.exchange.setting import Setting, acknowledge_lane, send_lane
from b2bsync.mapping import MappingError, Unmapped
from b2bsync.model import Document, encode_document
from b2bsync.partners import Partner
from b2bsync.store import blobs, control_numbers, deliveries, journal
from b2bsync.store.deliveries import NewDelivery
from b2bsync.store.journal import NewDocument, NewEvent
from b2bsync.vocabulary.verdicts import AckState

log = logging.getLogger("b2bsync.exchange")

FUNCTIONAL_ACKNOWLEDGEMENT = "997"


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
    text: str = ""


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
        alike.setdefault((item.type, lane), []).append(position)
    for (type, _), positions in alike.items():
        size = 1 if type == FUNCTIONAL_ACKNOWLEDGEMENT else partner.send.batch
        for first in range(0, len(positions), size):
            part = positions[first : first + size]
            made = _interchange(setting, session, partner, type, [outgoing[p] for p in part])
            ids.update(zip(part, made, strict=True))
    return [ids[position] for position in range(len(outgoing))]


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
    good = [b for b in built if b.text]
    if not good:
        return _store(session, built)
    header, group = _headers(session, partner, type)
    content = edi.write_interchange(header, [(group, [b.text for b in good])], suffix=partner.delimiters.suffix)
    for b in good:
        b.row.interchange_control = header.control_number
        b.row.group_code = group.code
        b.row.group_control = group.control_number
    ids = _store(session, built)
    blob = blobs.put(session, [content])
    delivery = NewDelivery(
        company=partner.company,
        stage=partner.stage,
        partner=partner.name,
        idem_key=f"{partner.stage}:{partner.name}:{partner.our_isa}>{partner.isa}:{header.control_number}",
        name=f"{type}_{partner.name}_{header.control_number}.edi",
        digest=blob.digest,
        size=blob.size,
        documents=[i for i, b in zip(ids, built, strict=True) if b.text],
        interchange_control=header.control_number,
        group_code=group.code,
        group_control=group.control_number,
        ack_state=AckState.EXPECTED if partner.expects_ack(type) else AckState.NONE,
    )
    added = deliveries.add_deliveries(session, [delivery])
    if type == FUNCTIONAL_ACKNOWLEDGEMENT:
        setting.lanes.add(session, acknowledge_lane(partner.name), "deliver", added)
    else:
        first = [(outgoing[0].number, outgoing[0].parent_id)]
        setting.spread(session, send_lane(partner.name), "deliver", added, lambda: order_numbers(session, first))
    return ids


def _build(
    setting: Setting, session: Session, partner: Partner, type: str, outgoing: Sequence[Outgoing]
) -> list[Built]:
    """The transaction sets, numbered from 0001; a row whose set could not be written says why."""
    version = partner.send.version
    delimiters = set_delimiters(partner)
    mapping, missing = None, ""
    try:
        mapping = setting.mapping(partner, type)
        if mapping is None:
            missing = f"there is no mapping for {type} of {version[:6]}: add mappings/x12/{version[:6]}/{type}.toml"
    except MappingError as error:
        missing = str(error)
    mapping_hash = journal.put_artifact(session, "mapping", mapping.name, mapping.text) if mapping else None
    agreement_hash = journal.put_artifact(session, "agreement", partner.name, partner.text)
    built: list[Built] = []
    written = 0
    for item in outgoing:
        row = NewDocument(
            company=partner.company,
            stage=partner.stage,
            direction="out",
            partner=partner.name,
            customer=item.customer,
            dialect="x12",
            version=version,
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
        control = f"{written + 1:04d}"
        try:
            if mapping is None:
                raise LookupError(missing)
            tree = mapping.write(item.document, delimiters)
            b.text = edi.write_set(type, version, control, tree, delimiters)
            row.set_control = control
            written += 1
        except (LookupError, MappingError, Unmapped, edi.Unwritable) as error:
            row.status = "failed"
            row.reason = f"the {type} could not be written: {error}"
        except Exception as error:  # a fault of a workspace's function or of ours: the other documents go on
            log.warning("%s %s for %s", type, item.number, partner.name, exc_info=error)
            row.status = "failed"
            row.reason = f"the {type} could not be written, the mapping broke: {error.__class__.__name__}: {error}"
        built.append(b)
    return built


REBUILT = ("status", "reason", "body", "version", "mapping_hash", "agreement_hash", "interchange_control")
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
        if not b.text
    ]
    if failed:
        journal.add_events(session, failed)
    return ids


def set_delimiters(partner: Partner) -> edi.Delimiters:
    """The delimiters we write for a partner."""
    agreed = partner.delimiters
    return edi.Delimiters(segment=agreed.segment, element=agreed.element, component=agreed.component)


def _headers(session: Session, partner: Partner, type: str) -> tuple[edi.InterchangeHeader, edi.GroupHeader]:
    now = partner.now()
    pair = f"{partner.stage}:{partner.our_isa}>{partner.isa}"
    header = edi.InterchangeHeader(
        sender=edi.Identity(partner.our_isa.qualifier, partner.our_isa.id),
        receiver=edi.Identity(partner.isa.qualifier, partner.isa.id),
        control_number=f"{control_numbers.draw(session, f'isa:{pair}'):09d}",
        date=f"{now:%y%m%d}",
        time=f"{now:%H%M}",
        version=partner.send.isa_version,
        usage=partner.usage,
        ack_requested=partner.send.request_ta1,
        delimiters=set_delimiters(partner),
    )
    group = edi.GroupHeader(
        code=edi.facts(partner.send.version).structure(type)[0],
        sender=partner.our_gs,
        receiver=partner.gs,
        control_number=str(control_numbers.draw(session, f"gs:{pair}")),
        version=partner.send.version,
        date=f"{now:%Y%m%d}",
        time=f"{now:%H%M}",
    )
    return header, group
