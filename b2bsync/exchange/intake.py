"""Looks into the partners' channels and takes what lies there: committed first, moved away second."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from b2bsync.channels import Arrival, ArrivalRefused, ChannelDown, ChannelError, DirectoryChannel
from b2bsync.exchange.receive import receive
from b2bsync.exchange.setting import Setting
from b2bsync.partners import Partner
from b2bsync.store import StoreError, outages
from b2bsync.store.outages import Outage


@dataclass
class Looked:
    """What one look brought. ``problems`` name the partner and say what to do."""

    received: int = 0
    repeated: int = 0
    problems: list[str] = field(default_factory=list)


class Intake:
    """Remembers between two looks how large the files were, so that only whole ones are taken, and which channels could
    not be looked into, so that only what changes of that is written down."""

    def __init__(self, setting: Setting, partners: Iterable[Partner] | None = None) -> None:
        self.setting = setting
        self._channels = [(p, inbound_channel(p)) for p in partners or setting.partners if p.inbound is not None]
        self._written: dict[str, Outage] | None = None  # by partner; None: not read yet

    def create_folders(self) -> list[str]:
        """Make the directories of all partners; returns what could not be made."""
        problems = []
        for partner in self.setting.partners:
            try:
                inbound_channel(partner).create()
            except ChannelError as error:
                problems.append(f"{partner.name}: {error}")
        return problems

    def look(self) -> Looked:
        """Take every complete file of every partner. One channel's trouble never stops the others.

        Which channels are down stands in the database afterwards: nobody may miss that files stay where they are.
        """
        looked = Looked()
        found: dict[str, str | None] = {}  # by partner what is the matter; none of whom the database kept it unknown
        for partner, channel in self._channels:
            try:
                if channel.waiting():
                    self._in_turn(partner, channel, looked)
                found[partner.name] = None
            except ChannelDown as error:
                found[partner.name] = str(error)
                looked.problems.append(f"{partner.name}: {error}")
            except StoreError as error:
                looked.problems.append(f"{partner.name}: {error}")
        try:
            self._write_down(found)
        except StoreError as error:  # the next look tries again
            looked.problems.append(f"what the look found cannot be written down: {error}")
        return looked

    def _write_down(self, found: dict[str, str | None]) -> None:
        """Commits where anything changed; what is written of partners that are gone is removed."""
        node, database = self.setting.node, self.setting.database
        if self._written is None:
            with database.session() as session:
                self._written = {outage.partner: outage for outage in outages.outages(session, node)}
        known = {partner.name for partner in self.setting.partners if partner.inbound is not None}
        after = {name: outage for name, outage in self._written.items() if name in known}
        for name, text in found.items():
            before = after.pop(name, None)
            if text is not None:
                after[name] = Outage(node, name, text, before.since if before else datetime.now(UTC))
        if after != self._written:
            with database.session() as session:
                outages.change(session, self._written, after)
                session.commit()
            self._written = after

    def _in_turn(self, partner: Partner, channel: DirectoryChannel, looked: Looked) -> None:
        """Two nodes that took from one directory at once would commit its files in any order."""
        with channel.turn() as ours:
            for arrival in channel.waiting() if ours else []:
                self._take(partner, channel, arrival, looked)

    def _take(self, partner: Partner, channel: DirectoryChannel, arrival: Arrival, looked: Looked) -> None:
        try:
            claimed = channel.take(arrival)
        except ArrivalRefused as error:
            looked.problems.append(f"{partner.name}: {error}")
            return
        if claimed is None:
            return
        try:
            received = receive(self.setting, partner, "directory", claimed.claim, claimed.name, claimed.open())
        except BaseException:
            channel.release(claimed)  # it stays where it is and is offered again
            raise
        looked.received += not received.repeated
        looked.repeated += received.repeated
        channel.finish(claimed)


def inbound_channel(partner: Partner) -> DirectoryChannel:
    """The partner's directories as the agreement describes them."""
    agreed = partner.agreement.channel
    return DirectoryChannel(
        partner.inbound,
        partner.outbound,
        settle=agreed.settle.total_seconds(),
        marker_only=agreed.marker,
        largest=agreed.largest,
    )
