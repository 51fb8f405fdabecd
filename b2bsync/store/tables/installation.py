"""Facts about the installation as a whole, a row each."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from b2bsync.store.tables.columns import moment, text


class InstallationFact(SQLModel, table=True):
    """``held``: why no delivery leaves until an operator releases it; ``restored``: what the database was restored
    from; ``channel NODE PARTNER``: why a node cannot look into a partner's channel."""

    __tablename__ = "installation"
    key: str = Field(primary_key=True)
    value: str = text()
    updated_at: datetime = moment()
