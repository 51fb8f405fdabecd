"""What the gate decided on an order in a table of its own: it is long, and an order's row is written several times."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

oldest = "0015"  # one that looks for it in the order's row would find no such column

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "order_judgement",
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("judgement", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name="fk_order_judgement_order_id_sales_order"),
        sa.PrimaryKeyConstraint("order_id", name="pk_order_judgement"),
    )
    op.execute(
        "insert into order_judgement (order_id, judgement) select id, judgement from sales_order where judgement <> ''"
    )
    op.execute("alter table sales_order drop column judgement")


def downgrade() -> None:
    op.execute("alter table sales_order add column judgement text not null default ''")
    op.execute(
        "update sales_order set judgement = (select j.judgement from order_judgement j where j.order_id = "
        "sales_order.id) where id in (select order_id from order_judgement)"
    )
    op.drop_table("order_judgement")
