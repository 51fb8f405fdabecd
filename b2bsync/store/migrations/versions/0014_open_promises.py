"""An index that holds all the gate asks of open promises; and from here on whoever changes master data counts it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

oldest = "0014"  # one that does not count would leave others with the products and prices of before

OPEN = sa.text("released_at IS NULL")


def upgrade() -> None:
    columns = ["company", "stage", "sku", "warehouse", "quantity"]
    op.create_index("ix_commitment_open", "commitment", columns, sqlite_where=OPEN, postgresql_where=OPEN)
    op.drop_index("ix_commitment_sku", "commitment")


def downgrade() -> None:
    op.create_index("ix_commitment_sku", "commitment", ["company", "stage", "sku", "released_at"])
    op.drop_index("ix_commitment_open", "commitment")
