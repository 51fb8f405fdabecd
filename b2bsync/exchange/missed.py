"""Files that partners sent after a backup was taken: the restored journal does not know them, the archives do."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from b2bsync.channels import Arrival, ChannelError
from b2bsync.channels.archive import archived, when
from b2bsync.exchange.receive import receive
from b2bsync.exchange.restored import last_restore
from b2bsync.exchange.setting import Setting
from b2bsync.partners import Partner
from b2bsync.store import journal

OVERLAP = timedelta(hours=1)
"""Before the backup: clocks differ, and a file that was claimed then may have been committed after."""


class Missed(NamedTuple):
    """A file of a partner that was taken once and is not in the journal."""

    partner: Partner
    arrival: Arrival


def missed(
    setting: Setting, partner: str | None = None, kept: timedelta | None = None
) -> tuple[list[Missed], list[str]]:
    """What the archives have and the journal of a restored database does not, oldest first over all partners; and
    what is wrong with an archive. Nothing where no restore was ever made.

    ``kept``: for how long messages are kept. Of an older file nobody can tell whether it was missed or its message was
    removed since: it is none of these."""
    with setting.database.session() as session:
        restored = last_restore(session)
    found: list[Missed] = []
    problems: list[str] = []
    if restored is None:
        return found, problems
    since = restored.taken_at - OVERLAP
    if kept is not None:
        since = max(since, datetime.now(UTC) - kept)
    for one in setting.partners:
        if one.inbound is None or partner not in (None, one.name):
            continue
        try:
            there = archived(one.inbound, since)
        except ChannelError as error:
            problems.append(f"{one.name}: {error}")
            continue
        with setting.database.session() as session:
            claims = [arrival.claim for arrival in there]
            known = journal.arrived(session, one.stage, "directory", one.name, claims)
        found += [Missed(one, arrival) for arrival in there if arrival.claim not in known]
    return sorted(found, key=lambda each: when(each.arrival)), problems


def receive_missed(setting: Setting, missing: list[Missed]) -> int:
    """Receives them as they came the first time; each is committed by itself and known from then on, so that doing it
    twice does it once. Returns how many were new."""
    new = 0
    for partner, arrival in missing:
        received = receive(setting, partner, "directory", arrival.claim, arrival.name, arrival.open())
        new += not received.repeated
    return new
