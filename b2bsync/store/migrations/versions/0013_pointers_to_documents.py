"""Indexes on what points to a document: removing one looks there for whoever still needs it."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_delivery_ack_document_id", "delivery", ["ack_document_id"], unique=False)
    op.create_index("ix_sales_order_response_id", "sales_order", ["response_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_sales_order_response_id", "sales_order")
    op.drop_index("ix_delivery_ack_document_id", "delivery")
