"""Control numbers of what we send: one follows the other within a scope, none is drawn twice. Of what we receive the
last ones, in scopes that begin with :data:`RECEIVED`.

Draw them in the transaction that stores the final bytes: rolled back together, neither leaves a gap nor repeats.
"""

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy.orm import Session

from b2bsync.store import driver
from b2bsync.store.tables import ControlNumber, table_of

HIGHEST = 999_999_999  # nine digits: ISA13, and what GS06 has room for
EVERY_NEW = ""
"""The scope whose value stands for every range that has no row yet: a new one begins behind it."""

RECEIVED = "received:"
"""Scopes that begin so hold what a partner sent last: nothing is drawn from them, and nothing left out of them."""

_TABLE = table_of(ControlNumber)


class ControlNumbersExhausted(Exception):
    """The range has no number left, and was agreed not to begin again."""


def draw(
    session: Session,
    scope: str,
    count: int = 1,
    lowest: int = 1,
    highest: int = HIGHEST,
    *,
    step: int = 1,
    wrap: bool = True,
) -> int:
    """The first of ``count`` numbers, each ``step`` after the other, that nobody else gets; after ``highest`` it goes
    on at ``lowest`` (no block is cut). Where the bounds were changed, it goes on behind the number drawn last as far as
    that lies in the new ones. What :func:`jump` left out is left out round the corner, too.

    ``scope`` names the range: kind, sender and receiver. Others who draw from it wait until this transaction ends.
    Raises ValueError when the range cannot hold ``count`` numbers, ControlNumbersExhausted when it has no more and
    ``wrap`` is false.
    """
    size = (highest - lowest) // step + 1 if highest >= lowest else 0
    if count < 1 or step < 1 or count > size:
        raise ValueError(f"{count} control numbers do not fit between {lowest} and {highest}")
    found = driver.fetch(session, _drawing(count, lowest, size, step, wrap), (scope,))
    drawn = int(found[0][0]) if found else highest + 1
    if drawn > highest:
        raise ControlNumbersExhausted(
            f"the control numbers of {scope} are used up (allowed: {lowest} to {highest}); agree on a larger range, or "
            'set rollover = "wrap"'
        )
    return drawn - step * (count - 1)


@lru_cache(maxsize=256)
def _drawing(count: int, lowest: int, size: int, step: int, wrap: bool) -> str:
    """The statement that draws. The numbers in it are our own."""

    def following(place: str) -> str:
        """The last number of the block behind a place, counted from 0, -1 where none was drawn."""
        if not wrap:
            return f"{lowest} + {step} * ({place} + {count})"
        # What lies behind the range was jumped to: so far round the corner it goes on.
        inside = f"case when {place} < {size} then {place} else ({place}) - ({place}) / {size} * {size} end"
        last = f"case when {inside} + {count} < {size} then {inside} + {count} else {count - 1} end"
        return f"{lowest} + {step} * ({last})"

    new = f"coalesce((select value from control_number where scope = '{EVERY_NEW}'), 0) - 1"
    old = f"case when control_number.value < {lowest} then -1 else (control_number.value - {lowest}) / {step} end"
    some_left = "" if wrap else f"where ({old}) + {count} < {size}"
    return (
        f"insert into control_number (scope, value) values (?, {following(f'({new})')}) "
        f"on conflict (scope) do update set value = {following(f'({old})')} {some_left} returning value"
    )


def last(session: Session, scope: str) -> int | None:
    """The number drawn last; None when none was."""
    found = driver.fetch(session, "select value from control_number where scope = ?", (scope,))
    return int(found[0][0]) if found else None


def set_last(session: Session, scope: str, value: int) -> None:
    """The next number drawn is ``value + 1``: for whoever moves here from another system."""
    driver.upsert(session, _TABLE, ("scope", "value"), [(scope, value)], ("scope",), ("value",))


def keep_later(
    session: Session,
    drawn: Mapping[str, int],
    highest: int = HIGHEST,
    bounds: Mapping[str, tuple[int, int]] | None = None,
) -> None:
    """Each range goes on from the later of its number here and the one in ``drawn`` (scope: number drawn last, as
    another database of the same installation has it). Ranges that are only there are taken over.

    Numbers go round, so 5 is later than ``highest``: of two, the later is the one that lies less than half the round
    ahead of the other. ``bounds``: first and last number of those ranges that were agreed shorter, where 5 may follow
    990. A range that is not in it, and a number outside of its bounds, which were then changed, count as if they went
    to ``highest``: 990 is kept, and of a range that did go round numbers would be given twice.
    """
    here: dict[str, int] = dict(driver.fetch(session, "select scope, value from control_number"))
    known = bounds or {}
    later = [
        (scope, number)
        for scope, number in drawn.items()
        if scope not in here or _is_later(number, here[scope], known.get(scope, (1, highest)), highest)
    ]
    driver.upsert(session, _TABLE, ("scope", "value"), later, ("scope",), ("value",))


def _is_later(number: int, than: int, bounds: tuple[int, int], highest: int) -> bool:
    lowest, last = bounds
    round = last - lowest + 1 if lowest <= min(number, than) and max(number, than) <= last else highest
    return 0 < (number - than) % round <= round // 2


def jump(session: Session, numbers: int, highest: int = HIGHEST) -> int:
    """Leaves out the next ``numbers`` of every range, also of those that nothing was drawn from yet: after a restore
    nobody knows which of them were used. Behind ``highest`` it goes on from 1. A range that is drawn from in steps
    loses that many fewer. Returns how many ranges there are, those of :data:`RECEIVED` not counted.

    Raises ValueError when a range has fewer numbers than that.
    """
    if not 1 <= numbers < highest:
        raise ValueError(f"{numbers} control numbers cannot be left out (allowed: 1 to {highest - 1})")
    ahead = "case when value + ? > ? then value + ? - ? else value + ? end"
    sent = f"substr(scope, 1, {len(RECEIVED)}) <> '{RECEIVED}'"
    ranges = f"update control_number set value = {ahead} where {sent}"
    driver.execute(session, ranges, (numbers, highest, numbers, highest, numbers))
    driver.insert_plain(session, _TABLE, ("scope", "value"), [(EVERY_NEW, numbers)], "on conflict do nothing")
    [(count,)] = driver.fetch(session, f"select count(*) from control_number where scope <> '' and {sent}")
    return int(count)
