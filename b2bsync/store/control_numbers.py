"""Control numbers of what we send: consecutive within a scope, never drawn twice.

Draw them in the transaction that stores the final bytes: rolled back together, neither leaves a gap nor repeats.
"""

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from b2bsync.store import driver
from b2bsync.store.tables import ControlNumber, table_of

_TABLE = table_of(ControlNumber)
_DRAW = text(
    "insert into control_number (scope, value) values (:scope, :first) "
    "on conflict (scope) do update set value = "
    "case when control_number.value + :count > :highest then :first else control_number.value + :count end "
    "returning value"
).bindparams(*(bindparam(name, type_=_TABLE.c.value.type) for name in ("first", "count", "highest")))


def draw(session: Session, scope: str, count: int = 1, lowest: int = 1, highest: int = 999_999_999) -> int:
    """The first of ``count`` consecutive numbers that nobody else gets; after ``highest`` it goes on at ``lowest``.

    ``scope`` names the range: kind, sender and receiver. Others who draw from it wait until this transaction ends.
    Raises ValueError when the range cannot hold ``count`` numbers.
    """
    if count < 1 or lowest + count - 1 > highest:
        raise ValueError(f"{count} control numbers do not fit between {lowest} and {highest}")
    values = {"scope": scope, "first": lowest + count - 1, "count": count, "highest": highest}
    return int(session.execute(_DRAW, values).scalar_one()) - count + 1


def last(session: Session, scope: str) -> int | None:
    """The number drawn last; None when none was."""
    return session.execute(select(_TABLE.c.value).where(_TABLE.c.scope == scope)).scalar_one_or_none()


def set_last(session: Session, scope: str, value: int) -> None:
    """The next number drawn is ``value + 1``: for whoever moves here from another system."""
    driver.upsert(session, _TABLE, ("scope", "value"), [(scope, value)], ("scope",), ("value",))
