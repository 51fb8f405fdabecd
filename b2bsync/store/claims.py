"""Who was first: keys that may be claimed once within a window. The way duplicates are told from originals.

``scope`` names the kind of duplicate (transport, interchange, content, business), ``key`` is the value that may not
come twice, ``subject`` is what claims it: ``message:12``, ``document:34``.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from b2bsync.store import driver, rows
from b2bsync.store.tables import Claim, table_of

_TABLE = table_of(Claim)
_COLUMNS = ("scope", "key", "subject", "claimed_at", "expires_at")
# An expired claim is taken over; a living one stays, whoever comes.
_TAKE_OVER = (
    "on conflict (scope, key) do update set subject = excluded.subject, claimed_at = excluded.claimed_at, "
    "expires_at = excluded.expires_at where claim.expires_at <= excluded.claimed_at"
)


def claim(
    session: Session,
    scope: str,
    pairs: Sequence[tuple[str, str]],
    window: timedelta | None = None,
    now: datetime | None = None,
) -> list[str | None]:
    """Claims keys, each for its subject, for as long as ``window`` says (None: for ever).

    ``pairs`` are (key, subject). Returns, per pair, None when the key is the subject's (now or already before, so that
    a resumed stage may claim again) and otherwise the subject that holds it. Within one call the first wins. Two
    transactions that claim one key at once: the second waits for the first to end.
    """
    if not pairs:
        return []
    now = now or datetime.now(UTC)
    until = now + window if window is not None else None
    # Sorted by key (a stable sort, the first of a key stays first): two transactions lock their keys in the same order.
    claimed = [(scope, key, subject, now, until) for key, subject in sorted(pairs, key=lambda pair: pair[0])]
    driver.insert_plain(session, _TABLE, _COLUMNS, claimed, _TAKE_OVER)
    holding = _subjects(session, scope, {key for key, _ in pairs})
    return [None if holding[key] == subject else holding[key] for key, subject in pairs]


def holders(session: Session, scope: str, keys: Iterable[str], now: datetime | None = None) -> dict[str, str]:
    """Who holds these keys: subject by key, only those that are claimed and not expired."""
    now = now or datetime.now(UTC)
    return _subjects(session, scope, set(keys), now)


def release(session: Session, subjects: Sequence[str]) -> int:
    """Gives up everything these subjects hold, so that a failed first try does not make its retry a duplicate."""
    if not subjects:
        return 0
    which = rows.among(session, "subject", subjects)
    return driver.execute(session, f"delete from claim where {which.sql}", which.parameters)


def forget(session: Session, scope: str, keys: Iterable[str]) -> int:
    """Gives up keys, whoever holds them; returns how many were held."""
    which = rows.equal(scope=scope) & rows.among(session, "key", keys)
    return driver.execute(session, f"delete from claim where {which.sql}", which.parameters)


def purge(session: Session, now: datetime | None = None) -> int:
    """Forgets expired claims; returns how many."""
    which = rows.compared(session, _TABLE, "expires_at", "<=", now or datetime.now(UTC))
    return driver.execute(session, f"delete from claim where {which.sql}", which.parameters)


def _subjects(session: Session, scope: str, keys: set[str], alive_at: datetime | None = None) -> dict[str, str]:
    where = rows.equal(scope=scope) & rows.among(session, "key", keys)
    if alive_at is not None:
        where &= rows.Where("expires_at is null") | rows.compared(session, _TABLE, "expires_at", ">", alive_at)
    return {row.key: row.subject for row in rows.snapshots(session, _TABLE, ("key", "subject"), where)}
