"""Lanes: order, retries and schedules."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "fire",
        sa.Column("schedule_id", sa.String(), nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("fired_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("schedule_id", "planned_at", name="pk_fire"),
    )
    op.create_table(
        "lane",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("awake", sa.Integer(), nullable=False),
        sa.Column("gen", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("fails", sa.Integer(), nullable=False),
        sa.Column("next_try", MOMENT, nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("blocked", KEY, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("moved_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_lane"),
    )
    op.create_table(
        "node",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("beat", MOMENT, nullable=False),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_node"),
    )
    op.create_table(
        "task",
        sa.Column("id", KEY, nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
    )
    op.create_index("ix_task_lane", "task", ["lane", "state", "id"], unique=False)
    op.create_index("ix_task_subject", "task", ["stage", "subject"], unique=False)
