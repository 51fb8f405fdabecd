"""Credit that orders take until the ERP's balances show it, and documents that came before their order was known."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.Numeric(37, 12).with_variant(sa.String(40), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "credit_commitment",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("value", EXACT, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("pushed_at", MOMENT, nullable=True),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name="fk_credit_commitment_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_credit_commitment"),
    )
    op.create_index("ix_credit_commitment_order_id", "credit_commitment", ["order_id"], unique=False)
    op.create_index(
        "ix_credit_commitment_customer",
        "credit_commitment",
        ["company", "stage", "customer", "released_at"],
        unique=False,
    )
    op.create_table(
        "awaited_order",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("erp_number", sa.String(), nullable=False),
        sa.Column("document_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_awaited_order_document_id"),
        sa.PrimaryKeyConstraint("company", "stage", "erp_number", "document_id", name="pk_awaited_order"),
    )
    op.create_index("ix_awaited_order_document_id", "awaited_order", ["document_id"], unique=False)


def downgrade() -> None:
    op.drop_table("awaited_order")
    op.drop_table("credit_commitment")
