"""Facts about the installation as a whole: key, text, and since when it is so."""

from datetime import UTC, datetime

import msgspec
from sqlalchemy.orm import Session

from b2bsync.store import driver, rows
from b2bsync.store.tables import InstallationFact, table_of

HELD = "held"
"""Why no delivery leaves until an operator releases it (after a restore); its ``updated_at`` says since when."""

RESTORED = "restored"
"""From which backup the database was restored last."""

_TABLE = table_of(InstallationFact)


class Fact(msgspec.Struct, frozen=True):
    value: str
    since: datetime


def get(session: Session, key: str) -> Fact | None:
    found = rows.read(session, InstallationFact, rows.equal(key=key))
    return Fact(found[0].value, found[0].updated_at) if found else None


def put(session: Session, key: str, value: str, now: datetime | None = None) -> None:
    """Sets a fact, or replaces it."""
    columns = ("key", "value", "updated_at")
    driver.upsert(session, _TABLE, columns, [(key, value, now or datetime.now(UTC))], ("key",), columns[1:])


def remove(session: Session, key: str) -> bool:
    """Whether there was such a fact."""
    return driver.execute(session, f"delete from {_TABLE.name} where key = ?", (key,)) > 0
