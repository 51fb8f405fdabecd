"""Locks by name that last until the transaction ends: for what is read, decided on and written by one at a time."""

import zlib
from collections.abc import Iterable
from enum import IntEnum

from sqlalchemy.orm import Session

from b2bsync.store import driver
from b2bsync.store.database import begin_write

_SLOTS = 1024  # a server has room for some thousand locks only, so names share them


class Locked(IntEnum):
    """What a name is of: the class of the lock among PostgreSQL's advisory locks. A transaction that needs several
    kinds takes them in this order."""

    CREDIT = 0x62326372
    STOCK = 0x62327374
    AWAITED = 0x62326572


def lock(session: Session, kind: Locked, company: str, stage: str, names: Iterable[str]) -> None:
    """Waits until nobody else holds one of these, and keeps others waiting until this transaction ends.

    Once per transaction and kind, with all its names: a second call could wait for somebody who waits for the first.
    """
    if driver.is_sqlite(session):
        begin_write(session)  # its one writer
        return
    slots = sorted({zlib.crc32("\n".join((company, stage, name)).encode()) % _SLOTS for name in names})
    if slots:
        driver.fetch(session, "select pg_advisory_xact_lock(?, slot) from unnest(?::int[]) as slot", (int(kind), slots))
