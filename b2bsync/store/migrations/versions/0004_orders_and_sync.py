"""The order book, and how far every stream was read."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.Numeric(37, 12).with_variant(sa.String(40), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sync_cursor",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("full_at", MOMENT, nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("company", "stage", "connector", "stream", name="pk_sync_cursor"),
    )
    op.create_table(
        "sync_run",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sync_run"),
    )
    op.create_index("ix_sync_run_stream", "sync_run", ["connector", "stream", "id"], unique=False)
    op.create_table(
        "sync_reject",
        sa.Column("id", KEY, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["sync_run.id"], name="fk_sync_reject_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sync_reject"),
    )
    op.create_index("ix_sync_reject_run_id", "sync_reject", ["run_id"], unique=False)
    op.create_index(
        "ix_sync_reject_stream", "sync_reject", ["company", "stage", "connector", "stream", "key"], unique=False
    )
    op.create_table(
        "push",
        sa.Column("idem_key", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("remote_ref", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_push_document_id"),
        sa.PrimaryKeyConstraint("idem_key", name="pk_push"),
    )
    op.create_index("ix_push_document_id", "push", ["document_id"], unique=False)
    op.create_table(
        "sales_order",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.Column("response_id", KEY, nullable=True),
        sa.Column("erp_number", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("ordered", sa.Date(), nullable=True),
        sa.Column("judgement", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_sales_order_document_id"),
        sa.ForeignKeyConstraint(["response_id"], ["document.id"], name="fk_sales_order_response_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sales_order"),
        sa.UniqueConstraint(
            "company",
            "stage",
            "customer",
            "number",
            "release",
            name="uq_sales_order_company_stage_customer_number_release",
        ),
    )
    op.create_index("ix_sales_order_document_id", "sales_order", ["document_id"], unique=False)
    op.create_index("ix_sales_order_erp_number", "sales_order", ["erp_number"], unique=False)
    op.create_table(
        "commitment",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("quantity", EXACT, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("pushed_at", MOMENT, nullable=True),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name="fk_commitment_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_commitment"),
    )
    op.create_index("ix_commitment_order_id", "commitment", ["order_id"], unique=False)
    op.create_index("ix_commitment_sku", "commitment", ["company", "stage", "sku", "released_at"], unique=False)
    op.create_table(
        "order_book",
        sa.Column("id", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("schedule", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("ordered", EXACT, nullable=False),
        sa.Column("confirmed", EXACT, nullable=False),
        sa.Column("shipped", EXACT, nullable=False),
        sa.Column("received", EXACT, nullable=False),
        sa.Column("invoiced", EXACT, nullable=False),
        sa.Column("price", EXACT, nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("requested", sa.Date(), nullable=True),
        sa.Column("promised", sa.Date(), nullable=True),
        sa.Column("decisions", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name="fk_order_book_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order_book"),
        sa.UniqueConstraint("order_id", "line", "schedule", name="uq_order_book_order_id_line_schedule"),
    )
    op.create_table(
        "sync_seen",
        sa.Column("run", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("word", KEY, nullable=False),
        sa.Column("bits", KEY, nullable=False),
        sa.PrimaryKeyConstraint("run", "kind", "word", name="pk_sync_seen"),
        sqlite_with_rowid=False,
    )
