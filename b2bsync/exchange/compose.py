"""Documents that a person writes, and the bytes of those that left."""

import msgspec
from sqlalchemy.orm import Session

from b2bsync.exchange.operate import Refused
from b2bsync.exchange.outbound import Outgoing, dispatch
from b2bsync.exchange.reading import business_number
from b2bsync.exchange.setting import Setting
from b2bsync.model import Document, FunctionalAcknowledgement
from b2bsync.store import begin_write, deliveries, journal
from b2bsync.store.journal import NewEvent


def compose(setting: Setting, session: Session, partner_name: str, type: str, text: str, who: str) -> int:
    """Queue a canonical document, given as JSON, for a partner; returns the id of its row. Raises Refused."""
    begin_write(session)
    partner = setting.partner(partner_name)
    if not partner.sends(type):
        allowed = ", ".join(partner.documents.send) or "none"
        raise Refused(f"{type} is not agreed with {partner_name}; agreed to send: {allowed}")
    try:
        document: Document = msgspec.json.decode(text, type=Document)
    except msgspec.MsgspecError as error:
        raise Refused(f"that is no canonical document: {error}") from error
    if isinstance(document, FunctionalAcknowledgement):
        raise Refused("an acknowledgement answers what came in, and is written from what was judged of it")
    [document_id] = dispatch(setting, session, partner, [Outgoing(document, type, business_number(document))])
    event = NewEvent(subject="document", subject_id=str(document_id), what="written by hand", who=who)
    journal.add_events(session, [event])
    return document_id


def sent_digest(session: Session, document_id: int) -> str | None:
    """Where the interchange lies that carried an outbound document, the newest if it was built again."""
    ids = deliveries.deliveries_of(session, [document_id]).get(document_id, [])
    if not ids:
        return None
    delivery = deliveries.delivery(session, max(ids))
    return delivery.digest if delivery else None
