"""How often each kind of master data has changed, for those who keep what they read."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "master_change",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("n", KEY, nullable=False),
        sa.PrimaryKeyConstraint("company", "stage", "kind", name="pk_master_change"),
    )


def downgrade() -> None:
    op.drop_table("master_change")
