"""The database's clock. What several machines compare is written by it: theirs need not agree."""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from b2bsync.store.types import UtcDateTime

# Six digits, because that is how SQLAlchemy writes and compares moments there; the column is text.
SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
POSTGRESQL_NOW = "clock_timestamp()"


def now_sql(session: Session) -> str:
    """The moment of the call, also in the middle of a transaction, in the text of a statement."""
    return SQLITE_NOW if session.get_bind().dialect.name == "sqlite" else POSTGRESQL_NOW


def now(session: Session) -> datetime:
    """The same as a value: aware, in UTC."""
    query = text(f"select {now_sql(session)} as moment").columns(moment=UtcDateTime())
    moment: datetime = session.execute(query).scalar_one()
    return moment.astimezone(UTC)
