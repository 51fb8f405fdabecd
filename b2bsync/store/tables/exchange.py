"""The journal: message → document → delivery → attempt, each a row that points at its parent."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from b2bsync.store.tables.columns import big, moment, reference, row_id, text
from b2bsync.store.types import KEY

MESSAGE_STATUSES = ("received", "translating", "translated", "partial", "failed", "duplicate", "skipped")

DOCUMENT_STATUSES = (
    *("translated", "judged", "pushing", "answered", "recorded", "duplicate"),  # inbound
    *("learnt", "built", "queued", "sent", "acknowledged"),  # outbound
    *("refused", "held", "failed", "skipped"),
)

DELIVERY_STATES = ("queued", "sending", "sent", "acked", "rejected", "in_doubt", "dead", "skipped")


class Blob(SQLModel, table=True):
    """Bytes as they came or went, addressed by their SHA-256. Size -1: their chunks are not all there yet."""

    __tablename__ = "blob"
    digest: str = Field(primary_key=True)  # hex
    size: int = big()
    created_at: datetime = moment()


class BlobChunk(SQLModel, table=True):
    __tablename__ = "blob_chunk"
    digest: str = Field(primary_key=True, foreign_key="blob.digest")
    start: int = Field(primary_key=True, sa_type=KEY)  # byte offset of the chunk
    data: bytes = Field(sa_type=LargeBinary)


class Artifact(SQLModel, table=True):
    """The text of a mapping, code list or agreement as it was when a document was made with it."""

    __tablename__ = "artifact"
    hash: str = Field(primary_key=True)  # SHA-256 of the text, hex
    kind: str  # mapping, agreement
    name: str
    text: str = text()
    created_at: datetime = moment()


class MessageRow(SQLModel, table=True):
    """What arrived: raw bytes, never changed. ``progress`` is the translator's resumable place in them (JSON)."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("stage", "channel", "partner", "external_id"),
        Index("ix_message_status", "status"),
    )
    id: int | None = row_id()
    company: str
    stage: str
    partner: str  # partner's name; "" while unknown
    channel: str
    external_id: str  # file name and content hash, Message-ID, Idempotency-Key
    name: str = ""  # file name, for people
    digest: str = Field(foreign_key="blob.digest", index=True)
    size: int = big()
    status: str  # one of MESSAGE_STATUSES
    progress: str = text(default="")
    error: str = text()
    received_at: datetime = moment(index=True)
    updated_at: datetime = moment()


class DocumentRow(SQLModel, table=True):
    """One transaction set, message or request, inbound or outbound. ``body`` is the canonical document as JSON.

    Status: one of DOCUMENT_STATUSES. Refused means its syntax where it came in, and by the partner where it went out.
    """

    __tablename__ = "document"
    __table_args__ = (
        Index("ix_document_number", "company", "number"),
        Index("ix_document_status", "status"),
        Index("ix_document_message_start", "message_id", "start"),
        Index(
            "ix_document_message_set",
            "message_id",
            "set_control",
            "start",
            sqlite_where=sql("message_id is not null"),
            postgresql_where=sql("message_id is not null"),
        ),
        Index(
            "ix_document_made_with",
            "agreement_hash",
            "mapping_hash",
            sqlite_where=sql("direction = 'out'"),
            postgresql_where=sql("direction = 'out'"),
        ),
    )
    id: int | None = row_id()
    company: str
    stage: str
    direction: str  # in, out
    partner: str
    customer: str | None = None  # Customer.number
    dialect: str  # x12
    version: str  # 004010
    type: str  # 850
    kind: str  # Order; "" while no mapping said so
    number: str = ""  # business number
    message_id: int | None = reference("message.id", index=False)
    parent_id: int | None = reference("document.id")
    source_key: str | None = Field(default=None, index=True)  # what it was made from: company:stage:stream:key
    interchange_control: str = ""
    group_code: str = ""
    group_control: str = ""
    set_control: str = ""
    start: int | None = big(nullable=True)  # byte offset in the message
    length: int | None = big(nullable=True)
    status: str
    reason: str = text()
    verdict: str | None = None  # ours inbound, the partner's outbound
    body: str | None = text(nullable=True)
    findings: str | None = text(nullable=True)  # JSON list
    mapping_hash: str | None = None
    agreement_hash: str | None = None
    created_at: datetime = moment(index=True)
    updated_at: datetime = moment()


class DeliveryRow(SQLModel, table=True):
    """One interchange to one place. ``idem_key`` has its control number, and an ``#id`` behind it once a newer delivery
    has taken that number. State: one of DELIVERY_STATES."""

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_state", "state"), Index("ix_delivery_ack_state", "ack_state", "ack_due"))
    id: int | None = row_id()
    company: str
    stage: str
    partner: str = Field(index=True)
    idem_key: str = Field(unique=True)
    name: str  # file name or subject at the partner's
    digest: str = Field(foreign_key="blob.digest", index=True)
    size: int = big()
    interchange_control: str = ""
    group_code: str = ""
    group_control: str = Field(default="", index=True)
    state: str
    ack_state: str = "none"
    ack_due: datetime | None = moment(nullable=True)
    ack_document_id: int | None = reference("document.id")
    attempts: int = 0
    error: str = text()
    created_at: datetime = moment()
    sent_at: datetime | None = moment(nullable=True)
    updated_at: datetime = moment()


class DeliveryDocument(SQLModel, table=True):
    __tablename__ = "delivery_document"
    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id", sa_type=KEY)
    document_id: int = Field(primary_key=True, foreign_key="document.id", index=True, sa_type=KEY)


class Attempt(SQLModel, table=True):
    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("delivery_id", "n"),)
    id: int | None = row_id()
    delivery_id: int = reference("delivery.id", nullable=False, index=False)
    n: int
    node: str
    started_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)
    error: str | None = text(nullable=True)


class Claim(SQLModel, table=True):
    """Who was first: a key that may be claimed once within its window. ``scope`` names the kind of duplicate."""

    __tablename__ = "claim"
    scope: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    subject: str = Field(index=True)  # message:12, document:34
    claimed_at: datetime = moment()
    expires_at: datetime | None = moment(nullable=True, index=True)


class ControlNumber(SQLModel, table=True):
    """The last control number drawn of a range: sender, receiver and kind make the scope."""

    __tablename__ = "control_number"
    scope: str = Field(primary_key=True)
    value: int = big()


class Event(SQLModel, table=True):
    """What happened to something that a person may ask about: operator actions and turns for the worse."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject", "subject", "subject_id"),)
    id: int | None = row_id()
    at: datetime = moment()
    subject: str  # message, document, delivery, lane, stream
    subject_id: str
    what: str
    detail: str = text()
    who: str = ""
