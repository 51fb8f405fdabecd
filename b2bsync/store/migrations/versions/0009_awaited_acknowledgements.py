"""Find awaited and overdue acknowledgements by their state: due times alone are those of all deliveries ever."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_delivery_ack_state", "delivery", ["ack_state", "ack_due"], unique=False)
    op.drop_index("ix_delivery_ack_due", table_name="delivery")


def downgrade() -> None:
    op.create_index("ix_delivery_ack_due", "delivery", ["ack_due"], unique=False)
    op.drop_index("ix_delivery_ack_state", table_name="delivery")
