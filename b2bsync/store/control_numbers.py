"""Control numbers of what we send: consecutive within a scope, never drawn twice.

Draw them in the transaction that stores the final bytes: rolled back together, neither leaves a gap nor repeats.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from b2bsync.store import driver
from b2bsync.store.tables import ControlNumber, table_of

HIGHEST = 999_999_999  # nine digits: ISA13, and what GS06 has room for
EVERY_NEW = ""
"""The scope whose value stands for every range that has no row yet: a new one begins behind it."""

_TABLE = table_of(ControlNumber)
_DRAW = """
insert into control_number (scope, value)
values (?, ? + coalesce((select value from control_number where scope = ''), 0))
on conflict (scope) do update set value =
case when control_number.value + ? > ? then ? else control_number.value + ? end
returning value
"""


def draw(session: Session, scope: str, count: int = 1, lowest: int = 1, highest: int = HIGHEST) -> int:
    """The first of ``count`` consecutive numbers that nobody else gets; after ``highest`` it goes on at ``lowest``.

    ``scope`` names the range: kind, sender and receiver. Others who draw from it wait until this transaction ends.
    Raises ValueError when the range cannot hold ``count`` numbers.
    """
    if count < 1 or lowest + count - 1 > highest:
        raise ValueError(f"{count} control numbers do not fit between {lowest} and {highest}")
    first = lowest + count - 1
    [[drawn]] = driver.fetch(session, _DRAW, (scope, first, count, highest, first, count))
    return int(drawn) - count + 1


def last(session: Session, scope: str) -> int | None:
    """The number drawn last; None when none was."""
    found = driver.fetch(session, "select value from control_number where scope = ?", (scope,))
    return int(found[0][0]) if found else None


def set_last(session: Session, scope: str, value: int) -> None:
    """The next number drawn is ``value + 1``: for whoever moves here from another system."""
    driver.upsert(session, _TABLE, ("scope", "value"), [(scope, value)], ("scope",), ("value",))


def keep_later(session: Session, drawn: Mapping[str, int], highest: int = HIGHEST) -> None:
    """Each range goes on from the later of its number here and the one in ``drawn`` (scope: number drawn last, as
    another database of the same installation has it). Ranges that are only there are taken over.

    Numbers go round, so 5 is later than ``highest``: of two, the later is the one that lies less than half the round
    ahead of the other.
    """
    here: dict[str, int] = dict(driver.fetch(session, "select scope, value from control_number"))
    later = [
        (scope, number)
        for scope, number in drawn.items()
        if scope not in here or 0 < (number - here[scope]) % highest <= highest // 2
    ]
    driver.upsert(session, _TABLE, ("scope", "value"), later, ("scope",), ("value",))


def jump(session: Session, numbers: int, highest: int = HIGHEST) -> int:
    """Leaves out the next ``numbers`` of every range, also of those that nothing was drawn from yet: after a restore
    nobody knows which of them were used. Behind ``highest`` it goes on from 1. Returns how many ranges there are.

    Raises ValueError when a range has fewer numbers than that.
    """
    if not 1 <= numbers < highest:
        raise ValueError(f"{numbers} control numbers cannot be left out (allowed: 1 to {highest - 1})")
    ahead = "case when value + ? > ? then value + ? - ? else value + ? end"
    ranges = "update control_number set value = " + ahead
    driver.execute(session, ranges, (numbers, highest, numbers, highest, numbers))
    driver.insert_plain(session, _TABLE, ("scope", "value"), [(EVERY_NEW, numbers)], "on conflict do nothing")
    [(count,)] = driver.fetch(session, "select count(*) from control_number where scope <> ''")
    return int(count)
