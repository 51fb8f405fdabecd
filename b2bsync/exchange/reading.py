"""From a transaction set's tree to a canonical document, the first time and again after a mapping was mended."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.exchange.setting import Setting
from b2bsync.mapping import Mapping as DocumentMapping
from b2bsync.mapping import MappingError, Unmapped
from b2bsync.model import (
    FunctionalAcknowledgement,
    InventoryReport,
    Invoice,
    Order,
    OrderChange,
    OrderResponse,
    ShipNotice,
    encode_document,
)
from b2bsync.partners import Partner, Syntax
from b2bsync.store import blobs, journal
from b2bsync.store.journal import NewDocument
from b2bsync.store.tables import DocumentRow
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict

STANDARDS = ("X12",)
"""The syntaxes whose documents have a way through the exchange."""

FINDINGS = msgspec.json.Encoder()


def read_with(mapping: DocumentMapping, root: edi.Loop, row: NewDocument, delimiters: edi.Delimiters) -> object:
    """Map a transaction set and put what came out into the row; the mapping's hash names the texts that did it."""
    row.mapping_hash = mapping.hash
    document = mapping.read(root, delimiters.component)
    row.kind = type(document).__name__
    row.number = business_number(document)
    row.body = encode_document(document)
    return document


def agreed_verdict(verdict: Verdict, partner: Partner) -> Verdict:
    """What an error of syntax means with this partner. What cannot be read at all is rejected in any case."""
    if verdict is Verdict.ACCEPTED_WITH_ERRORS and partner.syntax is Syntax.REJECT:
        return Verdict.REJECTED
    return verdict


def business_number(document: object) -> str:
    """The number people know a document by."""
    match document:
        case FunctionalAcknowledgement():
            return document.group_control_number
        case Order() | OrderChange() | OrderResponse() | ShipNotice() | Invoice() | InventoryReport():
            return document.number
    return ""


def decode_findings(text: str | None) -> tuple[Finding, ...]:
    return msgspec.json.decode(text, type=tuple[Finding, ...]) if text else ()


def encode_findings(findings: Sequence[Finding]) -> str | None:
    return FINDINGS.encode(findings).decode() if findings else None


class Unacceptable(Exception):
    """The agreement does not take the transaction set."""


def translate_again(setting: Setting, session: Session, row: DocumentRow) -> DocumentRow:
    """Read a document's own bytes by the present mapping and agreement; returns the row as it stands then."""
    assert row.id is not None and row.message_id is not None and row.start is not None
    message = journal.message(session, row.message_id)
    assert message is not None
    partner = setting.partner(row.partner)
    raw = b"".join(blobs.read(session, message.digest, row.start, row.length)).decode("latin-1")
    delimiters = _delimiters(blobs.read(session, message.digest), row.start)
    set_ = edi.read_set(raw, delimiters, row.version, row.type, start=row.start)
    fresh = NewDocument(
        company=row.company,
        stage=row.stage,
        direction=row.direction,
        partner=row.partner,
        dialect=row.dialect,
        version=row.version,
        type=row.type,
        kind="",
        status="translated",
    )
    fresh.findings, fresh.verdict = encode_findings(set_.findings), agreed_verdict(set_.verdict, partner)
    try:
        if not partner.receives(row.type):
            raise Unacceptable(f"transaction set {row.type} is not agreed with {partner.name}")
        if fresh.verdict is Verdict.REJECTED:
            raise Unacceptable("; ".join(str(f) for f in set_.findings if f.severity is not Severity.WARNING))
        mapping = setting.mapping(partner, row.type, row.version)
        if mapping is None:
            raise LookupError(f"there is still no mapping for {row.type} of {row.version}")
        document = read_with(mapping, set_.root, fresh, delimiters)
        journal.put_artifact(session, "mapping", mapping.name, mapping.text)
        if not isinstance(document, Order | FunctionalAcknowledgement):
            fresh.status = "recorded"
    except Unacceptable as error:
        fresh.status, fresh.reason, fresh.verdict = "refused", str(error), Verdict.REJECTED
    except (LookupError, MappingError, Unmapped) as error:
        fresh.status, fresh.reason = "failed", str(error)
    except Exception as error:  # a fault of a workspace's function or of ours; told, as the first time
        fresh.status, fresh.reason = "failed", f"the mapping broke: {type(error).__name__}: {error}; mend it and retry"
    changed = ("kind", "number", "status", "reason", "body", "mapping_hash", "verdict", "findings")
    journal.update_documents(session, [row.id], **{name: getattr(fresh, name) for name in changed})
    again = journal.document(session, row.id)
    assert again is not None
    return again


def _delimiters(chunks: Iterable[bytes], start: int) -> edi.Delimiters:
    """The delimiters of the interchange that a byte offset lies in."""
    found = edi.Delimiters()
    for event in edi.scan(chunks, standards=STANDARDS):
        if event.position.offset > start:
            break
        if isinstance(event, edi.InterchangeStart):
            found = event.header.delimiters
    return found
