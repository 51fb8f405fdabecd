"""Channels that a node cannot look into: by node and partner, why, and since when. Facts of the installation."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from b2bsync.store import installation, rows
from b2bsync.store.tables import InstallationFact

_KEY = "channel"
"""First word of a key, before node and partner; a node's id has no blanks."""


class Outage(msgspec.Struct, frozen=True):
    """``text`` says what is the matter, and what to do."""

    node: str
    partner: str
    text: str
    since: datetime


def outages(session: Session, node: str | None = None) -> list[Outage]:
    """What is written down, of one node or of all, by partner."""
    found = []
    for fact in rows.read(session, InstallationFact, rows.equal()):  # a handful: no index is worth it
        word, _, named = fact.key.partition(" ")
        of, _, partner = named.partition(" ")
        if word == _KEY and node in (None, of):
            found.append(Outage(of, partner, fact.value, fact.updated_at))
    return sorted(found, key=lambda outage: (outage.partner, outage.node))


def change(session: Session, before: Mapping[str, Outage], after: Mapping[str, Outage]) -> None:
    """Write down how one node's outages, by partner, have changed."""
    for partner in before.keys() - after.keys():
        installation.remove(session, _key(before[partner]))
    for partner, outage in after.items():
        if before.get(partner) != outage:
            installation.put(session, _key(outage), outage.text, outage.since)


def _key(outage: Outage) -> str:
    return f"{_KEY} {outage.node} {outage.partner}"
