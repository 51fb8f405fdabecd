"""Lanes: since when, from whom, beside which others, and how fast."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # All of them may be empty: a daemon of the version before goes on adding lanes without them.
    op.add_column("lane", sa.Column("down_since", MOMENT, nullable=True))
    op.add_column("lane", sa.Column("turned_at", MOMENT, nullable=True))
    op.add_column("lane", sa.Column("lost_by", sa.String(), nullable=True))
    op.add_column("lane", sa.Column("slots", sa.Integer(), nullable=True))
    op.add_column("lane", sa.Column("after_task", KEY, nullable=True))
    op.create_table(
        "pace",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_pace"),
    )


def downgrade() -> None:
    op.drop_table("pace")
    with op.batch_alter_table("lane") as table:
        for column in ("after_task", "slots", "lost_by", "turned_at", "down_since"):
            table.drop_column(column)
