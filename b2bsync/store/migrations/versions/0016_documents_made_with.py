"""An index on the texts that a document was written with: of each version the first documents get a second opinion."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OUT = sa.text("direction = 'out'")


def upgrade() -> None:
    columns = ["agreement_hash", "mapping_hash"]
    op.create_index("ix_document_made_with", "document", columns, sqlite_where=OUT, postgresql_where=OUT)


def downgrade() -> None:
    op.drop_index("ix_document_made_with", "document")
