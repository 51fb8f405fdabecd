"""A receipt that is written: into the journal, and on its way."""

from sqlalchemy.orm import Session

from b2bsync.edi.answers import InterchangeVerdict, pieces
from b2bsync.edi.answers.verdict import ACKNOWLEDGEMENT_GROUP
from b2bsync.edi.standard import X12
from b2bsync.exchange.references import delivery_key
from b2bsync.exchange.sending import add_delivery
from b2bsync.exchange.setting import Setting, acknowledge_lane
from b2bsync.exchange.written import Written
from b2bsync.model import FunctionalAcknowledgement, encode_document
from b2bsync.store import blobs, journal
from b2bsync.store.deliveries import NewDelivery
from b2bsync.store.journal import NewDocument, NewEvent
from b2bsync.vocabulary.verdicts import AckState

REBUILT = (
    *("status", "reason", "version", "type", "agreement_hash"),
    *("interchange_control", "group_code", "group_control", "set_control"),
)
"""What changes in the row of a receipt that is written anew."""


def post(
    setting: Setting,
    session: Session,
    written: Written,
    said: InterchangeVerdict | None,
    told: FunctionalAcknowledgement,
    number: str,
    source: str,
    document_id: int | None = None,
) -> None:
    """Keep an answer, if there is one, and put it on its way. One that got no control number is kept as ``failed``,
    without bytes, and leaves when it is retried: what it answers goes on. ``document_id``: a row of such a one."""
    with blobs.spooled(pieces(written.answer.end(said))) as content:
        if not content.info.size:
            return
        blob = None if written.refused else blobs.keep(session, content)
    row = _row(session, written, told, number, source)
    if document_id is None:
        [document_id] = journal.add_documents(session, [row])
    else:
        journal.update_documents(session, [document_id], **{name: getattr(row, name) for name in REBUILT})
    if blob is None:
        event = NewEvent(subject="document", subject_id=document_id, what="failed", detail=row.reason)
        journal.add_events(session, [event])
        return
    partner, control = written.partner, written.control_number
    delivery = NewDelivery(
        company=partner.company,
        stage=partner.stage,
        partner=partner.name,
        idem_key=delivery_key(partner, written.header.standard, control),
        name=f"{row.type}_{partner.name}_{control}.edi",
        digest=blob.digest,
        size=blob.size,
        documents=[document_id],
        interchange_control=control,
        group_code=ACKNOWLEDGEMENT_GROUP,
        group_control=row.group_control,
        ack_state=AckState.NONE,
    )
    setting.lanes.add(session, acknowledge_lane(partner.name), "deliver", add_delivery(session, delivery))


def _row(session: Session, written: Written, told: FunctionalAcknowledgement, number: str, source: str) -> NewDocument:
    partner, (type, version) = written.partner, written.type
    row = NewDocument(
        company=partner.company,
        stage=partner.stage,
        direction="out",
        partner=partner.name,
        dialect="x12" if written.header.standard == X12 else "edifact",
        version=version,
        type=type,
        kind="FunctionalAcknowledgement",
        number=number,
        source_key=source,
        status="queued",
        body=encode_document(told),
        agreement_hash=journal.put_artifact(session, "agreement", partner.name, partner.text),
    )
    if written.refused:
        row.status, row.reason = "failed", f"the {type} could not be written: {written.refused}"
        return row
    row.interchange_control, row.group_control = written.control_number, written.group_number
    row.group_code = ACKNOWLEDGEMENT_GROUP if row.group_control else ""
    row.set_control = {"TA1": "", "CONTRL": "1"}.get(type, "0001")
    return row
