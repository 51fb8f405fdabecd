"""Business documents: what came, what went, and what to do about it."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from b2bsync.app.failures import NotFound
from b2bsync.app.installation import App
from b2bsync.exchange import operate
from b2bsync.exchange.compose import compose, sent_digest
from b2bsync.exchange.operate import Refused
from b2bsync.store import blobs, deliveries, journal
from b2bsync.store.tables import DocumentRow, MessageRow

LISTED = (
    "id", "created_at", "direction", "partner", "customer", "type", "kind", "number", "status", "verdict", "reason",
)  # fmt: skip
MESSAGE = ("id", "received_at", "partner", "channel", "name", "size", "status", "error")


def _listed(row: DocumentRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in LISTED}


def _message(row: MessageRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in MESSAGE}


def listing(
    app: App,
    *,
    partner: str | None = None,
    status: str | None = None,
    type: str | None = None,
    number: str | None = None,
    direction: str | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """The newest documents that match."""
    with app.database.session() as session:
        rows = journal.documents(
            session, partner=partner, status=status, type=type, number=number, direction=direction, limit=limit
        )
        return [_listed(row) for row in rows]


def messages(
    app: App, *, partner: str | None = None, status: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """The newest messages: files as they came, also those of which no document could be made."""
    with app.database.session() as session:
        return [_message(row) for row in journal.messages(session, partner=partner, status=status, limit=limit)]


def _row(session: Session, document_id: int) -> DocumentRow:
    row = journal.document(session, document_id)
    if row is None:
        raise NotFound(f"there is no document {document_id}; `b2bsync documents list` shows the newest")
    return row


def one(app: App, document_id: int) -> dict[str, Any]:
    """Everything that is known of a document: content, findings, history, deliveries, what followed from it."""
    with app.database.session() as session:
        row = _row(session, document_id)
        ids = deliveries.deliveries_of(session, [document_id]).get(document_id, [])
        sent = deliveries.deliveries_by_id(session, ids).values()
        message = journal.message(session, row.message_id) if row.message_id else None
        return {
            **_listed(row),
            "stage": row.stage,
            "version": row.version,
            "message": _message(message) if message else None,
            "parent": row.parent_id,
            "source": row.source_key,
            "controls": {"interchange": row.interchange_control, "group": row.group_control, "set": row.set_control},
            "mapping": row.mapping_hash,
            "agreement": row.agreement_hash,
            "findings": msgspec.json.decode(row.findings) if row.findings else [],
            "body": msgspec.json.decode(row.body)["d"] if row.body else None,
            "events": [
                {"at": e.at, "what": e.what, "detail": e.detail, "who": e.who}
                for e in journal.events(session, "document", document_id)
            ],
            "deliveries": [
                {
                    "id": d.id,
                    "name": d.name,
                    "state": d.state,
                    "ack_state": d.ack_state,
                    "sent_at": d.sent_at,
                    "attempts": d.attempts,
                    "error": d.error,
                }
                for d in sent
            ],
            "answers": [_listed(a) for a in journal.documents(session, parent_id=document_id, limit=50)],
        }


def raw(app: App, document_id: int) -> Iterator[bytes]:
    """The bytes as they came, or the interchange that carried them out. Raises Refused while there are none."""
    with app.database.session() as session:
        row = _row(session, document_id)
        if row.direction == "out":
            digest = sent_digest(session, document_id)
        else:
            message = journal.message(session, row.message_id) if row.message_id is not None else None
            digest = message.digest if message else None
    if digest is None:
        raise Refused(f"document {document_id} is {row.status}: it has no bytes")
    if row.direction == "out":
        return blobs.stream(app.database, digest)
    return blobs.stream(app.database, digest, row.start or 0, row.length)


def message_raw(app: App, message_id: int) -> Iterator[bytes]:
    """A file as it came, whatever could be made of it."""
    with app.database.session() as session:
        message = journal.message(session, message_id)
    if message is None:
        raise NotFound(f"there is no message {message_id}; `b2bsync messages list` shows the newest")
    return blobs.stream(app.database, message.digest)


def send(app: App, partner: str, type: str, text: str, who: str) -> dict[str, Any]:
    """Queue a canonical document, given as JSON; the listing of its row."""
    with app.database.session() as session:
        document_id = compose(app.setting, session, partner, type, text, who)
        session.commit()
        return _listed(_row(session, document_id))


def retry(app: App, document_id: int, who: str) -> str:
    """Take a held or failed document up again; what happens now."""
    with app.database.session() as session:
        try:
            said = operate.retry_document(app.setting, session, document_id, who)
        except operate.StillFails:
            session.commit()
            raise
        session.commit()
        return said


def retry_message(app: App, message_id: int, who: str) -> str:
    """Translate a message once more; what happens now."""
    with app.database.session() as session:
        said = operate.retry_message(app.setting, session, message_id, who)
        session.commit()
        return said


def resend(app: App, document_id: int, who: str) -> str:
    """Send the same bytes again; for a document that came in, its answer."""
    with app.database.session() as session:
        said = operate.resend_document(app.setting, session, document_id, who)
        session.commit()
        return said


def skip(app: App, document_id: int, who: str, why: str) -> None:
    """Close a document that waits for a person."""
    with app.database.session() as session:
        operate.skip_document(app.setting, session, document_id, who, why)
        session.commit()


def skip_message(app: App, message_id: int, who: str, why: str) -> None:
    """Close a message that waits for a person."""
    with app.database.session() as session:
        operate.skip_message(app.setting, session, message_id, who, why)
        session.commit()
