"""GTINs of packs: a case ordered by its own number is found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pack_gtin",
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("gtin", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company", "stage", "gtin", "source", "key", name="pk_pack_gtin"),
    )
    op.create_index("ix_pack_gtin_product", "pack_gtin", ["company", "stage", "source", "key"], unique=False)


def downgrade() -> None:
    op.drop_table("pack_gtin")
