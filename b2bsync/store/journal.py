"""The journal: messages that came in, documents made of them or for others, what happened, and with which texts.

Nothing is deleted and bodies are never changed; only the state of a row moves on.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from b2bsync.store import driver, rows
from b2bsync.store.blobs import BlobInfo
from b2bsync.store.tables import Artifact, DeliveryRow, DocumentRow, Event, MessageRow, table_of

_MESSAGE = table_of(MessageRow)
_DOCUMENT = table_of(DocumentRow)
_EVENT = table_of(Event)
_ARTIFACT = table_of(Artifact)

_PAGE = 500  # rows of a reading that may be of any length


class Added(NamedTuple):
    id: int
    new: bool  # False: its transport id had come before, and this is the first one's id


class NewDocument(msgspec.Struct, kw_only=True):
    """A document about to be journalled; the fields are the columns of ``DocumentRow``."""

    company: str
    stage: str
    direction: str
    partner: str
    dialect: str
    version: str
    type: str
    kind: str
    status: str
    customer: str | None = None
    number: str = ""
    message_id: int | None = None
    parent_id: int | None = None
    source_key: str | None = None
    interchange_control: str = ""
    group_code: str = ""
    group_control: str = ""
    set_control: str = ""
    start: int | None = None
    length: int | None = None
    reason: str = ""
    verdict: str | None = None
    body: str | None = None
    findings: str | None = None
    mapping_hash: str | None = None
    agreement_hash: str | None = None


class NewEvent(msgspec.Struct, frozen=True):
    """Something a person may ask about. ``subject`` is message, document, delivery, lane, stream …;
    ``who`` an operator."""

    subject: str
    subject_id: str | int
    what: str
    detail: str = ""
    who: str = ""


def add_message(
    session: Session,
    *,
    company: str,
    stage: str,
    partner: str,
    channel: str,
    external_id: str,
    name: str,
    blob: BlobInfo,
    status: str = "received",
    now: datetime | None = None,
) -> Added:
    """Journals what arrived. The same ``external_id`` on the same channel of the same partner is the same message."""
    at = now or datetime.now(UTC)
    columns = (
        *("company", "stage", "partner", "channel", "external_id", "name", "digest", "size", "status"),
        *("progress", "error", "received_at", "updated_at"),
    )
    row = (company, stage, partner, channel, external_id, name, blob.digest, blob.size, status, "", "", at, at)
    added = driver.insert_plain(session, _MESSAGE, columns, [row], "on conflict do nothing")
    where = rows.equal(stage=stage, channel=channel, partner=partner, external_id=external_id)
    [found] = rows.snapshots(session, _MESSAGE, ("id",), where)
    return Added(found.id, bool(added))


def arrived(session: Session, stage: str, channel: str, partner: str, external_ids: Sequence[str]) -> set[str]:
    """Those of these transport ids that are in the journal."""
    where = rows.equal(stage=stage, channel=channel, partner=partner) & rows.among(session, "external_id", external_ids)
    return {row.external_id for row in rows.snapshots(session, _MESSAGE, ("external_id",), where)}


def update_messages(session: Session, ids: Sequence[int], *, now: datetime | None = None, **changes: Any) -> int:
    """Sets columns of messages, such as ``status`` or ``progress``; returns how many there were."""
    return rows.change(session, MessageRow, ids, now, changes)


def message(session: Session, message_id: int) -> MessageRow | None:
    return rows.by_ids(session, MessageRow, [message_id]).get(message_id)


def messages(
    session: Session,
    *,
    partner: str | None = None,
    status: str | None = None,
    stage: str | None = None,
    since: datetime | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[MessageRow]:
    """Messages, newest first."""
    where = rows.equal(partner=partner, status=status, stage=stage)
    return rows.newest(session, MessageRow, where, since=("received_at", since), before_id=before_id, limit=limit)


def add_documents(session: Session, documents: Sequence[NewDocument], now: datetime | None = None) -> list[int]:
    """Journals documents in one statement; returns their ids in the same order."""
    at = now or datetime.now(UTC)
    columns = (*NewDocument.__struct_fields__, "created_at", "updated_at")
    values = [(*msgspec.structs.astuple(document), at, at) for document in documents]
    return driver.insert(session, _DOCUMENT, columns, values)


def update_documents(session: Session, ids: Sequence[int], *, now: datetime | None = None, **changes: Any) -> int:
    """Sets the same columns of several documents; returns how many there were."""
    return rows.change(session, DocumentRow, ids, now, changes)


def set_documents(session: Session, changes: Mapping[int, Mapping[str, Any]], now: datetime | None = None) -> int:
    """Sets columns of documents, per id; returns how many there were."""
    return rows.change_each(session, DocumentRow, changes, now)


def document(session: Session, document_id: int) -> DocumentRow | None:
    return rows.by_ids(session, DocumentRow, [document_id]).get(document_id)


def document_statuses(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """The status of documents as it is now, by id."""
    found = rows.snapshots(session, _DOCUMENT, ("id", "status"), rows.among(session, "id", ids))
    return {row.id: row.status for row in found}


def document_labels(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Type and business number of documents, as people call them: ``855 PO-1``."""
    found = rows.snapshots(session, _DOCUMENT, ("id", "type", "number"), rows.among(session, "id", ids))
    return {row.id: f"{row.type} {row.number}".strip() for row in found}


def document_numbers(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """The business number of documents, by id."""
    found = rows.snapshots(session, _DOCUMENT, ("id", "number"), rows.among(session, "id", ids))
    return {row.id: row.number for row in found}


def parents(session: Session, ids: Iterable[int]) -> dict[int, int]:
    """The document that each of these follows from, by id; those that follow from none are left out."""
    found = rows.snapshots(session, _DOCUMENT, ("id", "parent_id"), rows.among(session, "id", ids))
    return {row.id: row.parent_id for row in found if row.parent_id is not None}


def documents_by_id(session: Session, ids: Iterable[int]) -> dict[int, DocumentRow]:
    return rows.by_ids(session, DocumentRow, ids)


def documents(
    session: Session,
    *,
    direction: str | None = None,
    partner: str | None = None,
    customer: str | None = None,
    type: str | None = None,
    kind: str | None = None,
    status: str | None = None,
    number: str | None = None,
    message_id: int | None = None,
    parent_id: int | None = None,
    stage: str | None = None,
    since: datetime | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[DocumentRow]:
    """Documents, newest first."""
    where = rows.equal(
        direction=direction,
        partner=partner,
        customer=customer,
        type=type,
        kind=kind,
        status=status,
        number=number,
        message_id=message_id,
        parent_id=parent_id,
        stage=stage,
    )
    return rows.newest(session, DocumentRow, where, since=("created_at", since), before_id=before_id, limit=limit)


class Judged(NamedTuple):
    """What was judged of one transaction set; ``findings`` is JSON, or None where nothing was found; ``start`` is its
    byte offset in the message."""

    start: int
    type: str
    version: str
    group_code: str
    group_control: str
    set_control: str
    verdict: str
    findings: str | None


def verdicts(session: Session, message_id: int, start: int) -> Iterator[Judged]:
    """What was judged of a message from a byte on, which is where a group begins, in the order of the message. Group
    numbers do not tell: they recur in the next interchange. A group may have any number of sets: read page by page."""
    of_message = rows.equal(message_id=message_id)
    while True:
        further = of_message & rows.compared(session, _DOCUMENT, "start", ">=", start)
        found = rows.snapshots(session, _DOCUMENT, Judged._fields, further, f"order by start limit {_PAGE}")
        yield from (Judged(*row) for row in found)
        if len(found) < _PAGE:
            return
        start = found[-1].start + 1


def set_controls(
    session: Session, partner: str, group_control: str, message_id: int, start: int, numbers: Iterable[str]
) -> set[str]:
    """Which of these transaction set control numbers the group that begins at a byte of a message has already."""
    # What leads the index is the message and the number: neither what came before is read, nor the rest of the group.
    where = rows.equal(message_id=message_id) & rows.among(session, "set_control", numbers)
    where &= rows.compared(session, _DOCUMENT, "start", ">=", start)
    where &= rows.equal(partner=partner, group_control=group_control)
    return {row.set_control for row in rows.snapshots(session, _DOCUMENT, ("set_control",), where)}


def groups(session: Session, message_id: int, interchange: str | None = None) -> list[tuple[str, str]]:
    """The functional groups that documents of a message came in: code and control number, each once; ``interchange``:
    those of the interchange with that control number."""
    where = rows.equal(message_id=message_id, interchange_control=interchange)
    found = rows.snapshots(session, _DOCUMENT, ("group_code", "group_control"), where)
    return list(dict.fromkeys((row.group_code, row.group_control) for row in found))


def interchanges(session: Session, message_id: int) -> list[str]:
    """The control numbers of the interchanges that documents of a message came in, each once."""
    found = rows.snapshots(session, _DOCUMENT, ("interchange_control",), rows.equal(message_id=message_id))
    return list(dict.fromkeys(row.interchange_control for row in found))


def made_with(session: Session, agreement_hash: str, mapping_hash: str, *, most: int) -> int:
    """How many documents were written with these texts of agreement and mapping; counts up to ``most``."""
    # The condition on direction stands as it does in the partial index that answers this.
    found = driver.fetch(
        session,
        "select count(*) from (select 1 from document where direction = 'out' and agreement_hash = ? "
        "and mapping_hash = ? limit ?) as made",
        (agreement_hash, mapping_hash, most),
    )
    return int(found[0][0])


def documents_by_source(session: Session, source_keys: Iterable[str]) -> dict[str, list[int]]:
    """Which documents were made of these source keys: ids by key, oldest first; keys without any are left out."""
    found: dict[str, list[int]] = {}
    where = rows.among(session, "source_key", source_keys)
    for row in rows.snapshots(session, _DOCUMENT, ("source_key", "id"), where, "order by id"):
        found.setdefault(row.source_key, []).append(row.id)
    return found


def statuses(session: Session, what: Literal["message", "document", "delivery"]) -> dict[str, int]:
    """How many messages, documents or deliveries are in each status."""
    table = {"message": _MESSAGE, "document": _DOCUMENT, "delivery": table_of(DeliveryRow)}[what]
    column = table.c.state if what == "delivery" else table.c.status
    counted = session.execute(select(column, func.count()).group_by(column))
    return {row[0]: row[1] for row in counted}


def standing(session: Session, what: Literal["message", "document"], statuses: Iterable[str]) -> dict[int, str]:
    """The messages or documents in one of these statuses: status by id."""
    table = {"message": _MESSAGE, "document": _DOCUMENT}[what]
    found = rows.snapshots(session, table, ("id", "status"), rows.among(session, "status", statuses))
    return {row.id: row.status for row in found}


def lock_documents(session: Session, ids: Sequence[int]) -> None:
    """Nobody else changes these documents until the transaction ends."""
    if not driver.is_sqlite(session):
        rows.snapshots(session, _DOCUMENT, ("id",), rows.among(session, "id", ids), "order by id for update")


def put_artifact(session: Session, kind: str, name: str, text: str) -> str:
    """Keeps a mapping's or an agreement's text under its SHA-256 (hex), once; returns that."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    row = (digest, kind, name, text, datetime.now(UTC))
    driver.insert_plain(
        session, _ARTIFACT, ("hash", "kind", "name", "text", "created_at"), [row], "on conflict do nothing"
    )
    return digest


def artifact(session: Session, digest: str) -> Artifact | None:
    found = rows.read(session, Artifact, rows.equal(hash=digest))
    return found[0] if found else None


def add_events(session: Session, events: Sequence[NewEvent], now: datetime | None = None) -> None:
    at = now or datetime.now(UTC)
    values = [(at, e.subject, str(e.subject_id), e.what, e.detail, e.who) for e in events]
    driver.insert_plain(session, _EVENT, ("at", "subject", "subject_id", "what", "detail", "who"), values)


def events(session: Session, subject: str, subject_id: str | int, limit: int = 200) -> list[Event]:
    """What happened to one subject, oldest first; the latest ``limit`` of it."""
    return rows.newest(session, Event, rows.equal(subject=subject, subject_id=str(subject_id)), limit=limit)[::-1]
