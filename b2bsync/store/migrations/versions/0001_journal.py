"""The journal: what came in, what was made of it, what goes out."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "artifact",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_artifact"),
    )
    op.create_table(
        "blob",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", KEY, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_blob"),
    )
    op.create_table(
        "claim",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_claim"),
    )
    op.create_index("ix_claim_expires_at", "claim", ["expires_at"], unique=False)
    op.create_index("ix_claim_subject", "claim", ["subject"], unique=False)
    op.create_table(
        "control_number",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("value", KEY, nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_control_number"),
    )
    op.create_table(
        "event",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_index("ix_event_subject", "event", ["subject", "subject_id"], unique=False)
    op.create_table(
        "blob_chunk",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("start", KEY, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["blob.digest"], name="fk_blob_chunk_digest"),
        sa.PrimaryKeyConstraint("digest", "start", name="pk_blob_chunk"),
    )
    op.create_table(
        "message",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", KEY, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["blob.digest"], name="fk_message_digest"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint(
            "stage", "channel", "partner", "external_id", name="uq_message_stage_channel_partner_external_id"
        ),
    )
    op.create_index("ix_message_digest", "message", ["digest"], unique=False)
    op.create_index("ix_message_received_at", "message", ["received_at"], unique=False)
    op.create_index("ix_message_status", "message", ["status"], unique=False)
    op.create_table(
        "document",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=True),
        sa.Column("dialect", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("message_id", KEY, nullable=True),
        sa.Column("parent_id", KEY, nullable=True),
        sa.Column("source_key", sa.String(), nullable=True),
        sa.Column("interchange_control", sa.String(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("group_control", sa.String(), nullable=False),
        sa.Column("set_control", sa.String(), nullable=False),
        sa.Column("start", KEY, nullable=True),
        sa.Column("length", KEY, nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.Column("mapping_hash", sa.String(), nullable=True),
        sa.Column("agreement_hash", sa.String(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_document_message_id"),
        sa.ForeignKeyConstraint(["parent_id"], ["document.id"], name="fk_document_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
    )
    op.create_index(
        "ix_document_control", "document", ["partner", "direction", "group_control", "set_control"], unique=False
    )
    op.create_index("ix_document_created_at", "document", ["created_at"], unique=False)
    op.create_index("ix_document_message_id", "document", ["message_id"], unique=False)
    op.create_index("ix_document_number", "document", ["company", "number"], unique=False)
    op.create_index("ix_document_parent_id", "document", ["parent_id"], unique=False)
    op.create_index("ix_document_source_key", "document", ["source_key"], unique=False)
    op.create_index("ix_document_status", "document", ["status"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("idem_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", KEY, nullable=False),
        sa.Column("interchange_control", sa.String(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("group_control", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ack_state", sa.String(), nullable=False),
        sa.Column("ack_due", MOMENT, nullable=True),
        sa.Column("ack_document_id", KEY, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["ack_document_id"], ["document.id"], name="fk_delivery_ack_document_id"),
        sa.ForeignKeyConstraint(["digest"], ["blob.digest"], name="fk_delivery_digest"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("idem_key", name="uq_delivery_idem_key"),
    )
    op.create_index("ix_delivery_ack_due", "delivery", ["ack_due"], unique=False)
    op.create_index("ix_delivery_digest", "delivery", ["digest"], unique=False)
    op.create_index("ix_delivery_group_control", "delivery", ["group_control"], unique=False)
    op.create_index("ix_delivery_partner", "delivery", ["partner"], unique=False)
    op.create_index("ix_delivery_state", "delivery", ["state"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", KEY, nullable=False),
        sa.Column("delivery_id", KEY, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_attempt_delivery_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.UniqueConstraint("delivery_id", "n", name="uq_attempt_delivery_id_n"),
    )
    op.create_table(
        "delivery_document",
        sa.Column("delivery_id", KEY, nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_delivery_document_delivery_id"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_delivery_document_document_id"),
        sa.PrimaryKeyConstraint("delivery_id", "document_id", name="pk_delivery_document"),
    )
    op.create_index("ix_delivery_document_document_id", "delivery_document", ["document_id"], unique=False)
