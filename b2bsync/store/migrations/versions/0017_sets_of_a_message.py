"""Indexes on the transaction sets of a message, by their place and by their number, for one on the groups of a partner:
what is read of a message no longer grows with all that came before."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CAME_IN = sa.text("message_id is not null")


def upgrade() -> None:
    op.create_index("ix_document_message_start", "document", ["message_id", "start"])
    columns = ["message_id", "set_control", "start"]
    op.create_index("ix_document_message_set", "document", columns, sqlite_where=CAME_IN, postgresql_where=CAME_IN)
    op.drop_index("ix_document_message_id", "document")
    op.drop_index("ix_document_control", "document")


def downgrade() -> None:
    op.create_index("ix_document_control", "document", ["partner", "direction", "group_control", "set_control"])
    op.create_index("ix_document_message_id", "document", ["message_id"])
    op.drop_index("ix_document_message_set", "document")
    op.drop_index("ix_document_message_start", "document")
