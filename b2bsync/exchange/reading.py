"""From a transaction set's tree to a canonical document, the first time and again after a mapping was mended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

import msgspec
from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.edi.answers.verdict import ACKNOWLEDGEMENTS
from b2bsync.edi.charset import charset
from b2bsync.edi.standard import X12
from b2bsync.exchange.acknowledge import understood
from b2bsync.exchange.guidance import watch
from b2bsync.exchange.second_opinion import SecondOpinion, of_received
from b2bsync.exchange.setting import Setting
from b2bsync.mapping import MappingError, Unmapped
from b2bsync.model import (
    Document,
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
from b2bsync.partners.receiving import Treatment
from b2bsync.store import blobs, journal
from b2bsync.store.journal import NewDocument
from b2bsync.store.tables import DocumentRow
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict

FINDINGS = msgspec.json.Encoder()


def read_set(
    setting: Setting,
    partner: Partner,
    header: edi.InterchangeHeader,
    raw: str,
    version: str,
    type: str,
    start: int,
) -> edi.TransactionSet:
    """Read a transaction set or message of an interchange, and judge it as agreed: by the partner's guide on top of the
    standard, with the severities that the agreement gives. The verdict is the agreement's, too.

    ``raw`` holds its bytes one to one, ``version`` is GS08 or the directory, ``start`` its byte offset in the message.
    Raises NotConfigured where the guide that was agreed is not there or wrong.
    """
    return judged(_read(setting, partner, header, raw, version, type, start), partner)


def read_twice(
    setting: Setting, partner: Partner, cut: edi.TransactionCut
) -> tuple[edi.TransactionSet, SecondOpinion | None]:
    """The same, and what the second judge says of it where the agreement asks for that."""
    header = cut.interchange
    read = _read(setting, partner, header, cut.raw, cut.version, cut.type, cut.start)
    opinion = None
    if partner.second_opinion.inbound and header.standard == X12:
        opinion = of_received(setting, partner, cut.raw, header.delimiters, read, charset(header.version))
    return judged(read, partner), opinion


def unguided(partner: Partner, cut: edi.TransactionCut) -> edi.TransactionSet:
    """The same without a guide: what is acknowledged where the guide cannot be asked."""
    header = cut.interchange
    read = edi.read_set(
        cut.raw, header.delimiters, cut.version, cut.type or None, start=cut.start, charset=charset(header.version)
    )
    return judged(read, partner)


def _read(
    setting: Setting, partner: Partner, header: edi.InterchangeHeader, raw: str, version: str, type: str, start: int
) -> edi.TransactionSet:
    return edi.read_set(
        raw,
        header.delimiters,
        version,
        type or None,
        start=start,
        charset=charset(header.version),
        watch=watch(setting, partner, type),
    )


def judged(read: edi.TransactionSet, partner: Partner) -> edi.TransactionSet:
    """What was read, with the severities of an agreement and its verdict."""
    agreed = partner.agreement.receive.findings
    if agreed and read.findings:
        findings = tuple(treated(read.findings, agreed))
        return msgspec.structs.replace(read, findings=findings, verdict=agreed_verdict(verdict_on(findings), partner))
    if read.verdict is Verdict.ACCEPTED:
        return read
    return msgspec.structs.replace(read, verdict=agreed_verdict(read.verdict, partner))


def treated(findings: Iterable[Finding], agreed: Mapping[str, Treatment]) -> Iterator[Finding]:
    """Findings as an agreement treats their codes. What nothing can be made of stays fatal."""
    for finding in findings:
        treatment = agreed.get(finding.code)
        if treatment is None or finding.severity is Severity.FATAL:
            yield finding
        elif treatment is not Treatment.IGNORE:
            yield msgspec.structs.replace(finding, severity=Severity(treatment.value))


def verdict_on(findings: Iterable[Finding]) -> Verdict:
    """What findings come to: a fatal one rejects, an error accepts with errors."""
    worst = {finding.severity for finding in findings}
    if Severity.FATAL in worst:
        return Verdict.REJECTED
    return Verdict.ACCEPTED_WITH_ERRORS if Severity.ERROR in worst else Verdict.ACCEPTED


def canonical(
    setting: Setting, partner: Partner, read: edi.TransactionSet, header: edi.InterchangeHeader, row: NewDocument
) -> Document:
    """Make the canonical document of a set, and put it into the row. Acknowledgements are understood as they stand;
    whatever else there is goes through the mapping, whose hash names the texts that did it.

    Raises LookupError where there is no mapping, MappingError and Unmapped.
    """
    document: Document | None
    if row.type in ACKNOWLEDGEMENTS:
        document = understood(read, header.delimiters)
        if document is None:
            raise LookupError(f"this {row.type} names no group and no interchange")
    else:
        mapping = setting.mapping(partner, row.type, row.version, row.dialect)
        if mapping is None:
            release = row.version[:6]
            raise LookupError(
                f"there is no mapping for {row.type} of {release}; "
                f"add mappings/{row.dialect}/{release}/{row.type}.toml and retry"
            )
        row.mapping_hash = mapping.hash
        document = cast(Document, mapping.read(read.root, header.delimiters.component))
    row.kind = type(document).__name__
    row.number = business_number(document)
    row.body = encode_document(document)
    if not isinstance(document, Order | FunctionalAcknowledgement):
        row.status = "recorded"
    return document


def agreed_verdict(verdict: Verdict, partner: Partner) -> Verdict:
    """What an error of syntax means with this partner. What cannot be read at all is rejected in any case."""
    if verdict is Verdict.ACCEPTED_WITH_ERRORS and partner.syntax is not Syntax.ACCEPT_WITH_ERRORS:
        return Verdict.REJECTED
    return verdict


def business_number(document: object) -> str:
    """The number people know a document by."""
    match document:
        case FunctionalAcknowledgement():
            return document.group_control_number or document.interchange_control_number
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
    header = _header(blobs.read(session, message.digest), row.start)
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
    try:
        set_ = read_set(setting, partner, header, raw, row.version, row.type, row.start)
        fresh.findings, fresh.verdict = encode_findings(set_.findings), set_.verdict
        if not partner.receives(row.type):
            raise Unacceptable(f"transaction set {row.type} is not agreed with {partner.name}")
        if fresh.verdict is Verdict.REJECTED:
            raise Unacceptable("; ".join(str(f) for f in set_.findings if f.severity is not Severity.WARNING))
        canonical(setting, partner, set_, header, fresh)
        if fresh.mapping_hash and (mapping := setting.mapping(partner, row.type, row.version, row.dialect)):
            journal.put_artifact(session, "mapping", mapping.name, mapping.text)
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


def _header(chunks: Iterable[bytes], start: int) -> edi.InterchangeHeader:
    """The header of the interchange that a byte offset lies in."""
    found = None
    for event in edi.scan(chunks):
        if event.position.offset > start:
            break
        if isinstance(event, edi.InterchangeStart):
            found = event.header
    assert found is not None
    return found
