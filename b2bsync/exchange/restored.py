"""What a restored database does not know, and what is done about it before anything moves.

After the backup was taken documents left under control numbers that the restored tables count as free, deliveries that
they count as waiting arrived, and orders, shipments and invoices came that they never heard of. So the control numbers
jump, sends are held for an operator, streams are read again in full, and every lane begins asleep. Orders need no more
than that: a push always looks for the order before it makes one, under a key that is made of the order itself.
"""

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from b2bsync.engine.detour import asleep
from b2bsync.store import control_numbers, installation, journal
from b2bsync.store.installation import HELD, RESTORED
from b2bsync.store.journal import NewEvent
from b2bsync.sync import history

JUMP = 1_000_000
"""Control numbers left out of each range. One interchange a second for eleven days: more than a partner gets between
two backups; and the nine digits have room for hundreds of restores."""


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """From which backup this database came: the file's name, when it was taken, and when it was restored (ISO 8601)."""

    file: str
    taken_at: datetime
    at: datetime


class Aftermath(msgspec.Struct, frozen=True, kw_only=True):
    """What was done about it. ``ranges`` of control numbers jumped, ``held`` deliveries wait (``in_doubt`` of these
    were on their way), ``streams`` are read in full when they run next, ``tasks`` wait."""

    ranges: int
    held: int
    in_doubt: int
    streams: list[str]
    tasks: int


def settle(session: Session, restored: Restored, who: str, jump: int = JUMP) -> Aftermath:
    """In the transaction that filled the tables, so that no moment is without it. Raises ValueError for a ``jump`` that
    the ranges have no room for."""
    ranges = control_numbers.jump(session, jump)
    why = f"the database was restored from {restored.file}, taken {restored.taken_at:%Y-%m-%d %H:%M} UTC"
    installation.put(session, HELD, why, restored.at)
    installation.put(session, RESTORED, msgspec.json.encode(restored).decode(), restored.at)
    streams = history.owe_full(session, restored.at)
    tasks = asleep(session)
    states = journal.statuses(session, "delivery")
    detail = f"{why}; control numbers go on {jump} later, sends are held"
    event = NewEvent(subject="installation", subject_id=RESTORED, what="restored", detail=detail, who=who)
    journal.add_events(session, [event])
    return Aftermath(
        ranges=ranges,
        held=states.get("queued", 0) + states.get("sending", 0),
        in_doubt=states.get("sending", 0),
        streams=[f"{connector}.{stream}" for connector, stream in streams],
        tasks=tasks,
    )


def last_restore(session: Session) -> Restored | None:
    """None where nothing was ever restored."""
    fact = installation.get(session, RESTORED)
    return msgspec.json.decode(fact.value, type=Restored) if fact else None
