"""What the stages of the exchange work with: the partners, the mappings, the guides, the ways out and in. No state of
its own, but for what the catalogue and ``settled`` keep of the database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.edi.guides import Guide, Guides
from b2bsync.engine import Lanes, stream_of
from b2bsync.mapping import Library
from b2bsync.mapping import Mapping as DocumentMapping
from b2bsync.partners import Partner, Partners
from b2bsync.store import Database
from b2bsync.store.catalogue import Catalogue
from b2bsync.sync import Connectors
from b2bsync.vocabulary.settings import SettingsError
from b2bsync.vocabulary.stages import Stage


class NotConfigured(LookupError):
    """Something is missing in the workspace's files; the text says what, and what to do."""


@dataclass(frozen=True)
class Setting:
    """One installation: everything here is read-only while the stages run.

    ``stage`` is what the ERPs are for; ``batch`` how many transaction sets, orders or deliveries share a commit;
    ``node`` is written beside every attempt. ``settled`` are hashes of agreement and mapping with which so many
    documents were made that only a sample of those that follow gets a second opinion.
    """

    database: Database
    lanes: Lanes
    partners: Partners
    mappings: Library
    connectors: Connectors
    stage: Stage
    node: str
    batch: int = 100
    catalogue: Catalogue = field(default_factory=Catalogue)
    guides: Guides = field(default_factory=lambda: Guides(()))
    settled: set[tuple[str, str]] = field(default_factory=set)

    def mapping(
        self, partner: Partner, type: str, version: str | None = None, dialect: str = "x12"
    ) -> DocumentMapping | None:
        """The mapping of a transaction set for a partner: its own, else the shipped one; None when there is neither."""
        if name := partner.mapping(type):
            return self.mappings.get(name)
        release = (version or partner.send.version)[:6]
        found = self.mappings.find(dialect, release, type)
        nearest = edi.nearest(release)  # what was read by the facts of another release is mapped as one of it
        return found if found or nearest in (None, release) else self.mappings.find(dialect, nearest, type)

    def guide(self, partner: Partner, type: str) -> Guide | None:
        """What was agreed with a partner on a set or message, whichever way it goes; None where it has no guide.

        Raises NotConfigured, with every mistake, when the guide is not there or is wrong.
        """
        name = partner.agreement.guides.get(type)
        if name is None:
            return None
        try:
            return self.guides.get(name)
        except SettingsError as error:
            wrong = "; ".join(map(str, error.problems))
            raise NotConfigured(f"{partner.file.parent.name}/{partner.file.name}: guides.{type}: {wrong}") from None

    def partner(self, name: str) -> Partner:
        """Raises NotConfigured, with what to do, when the partner's file is gone or has a mistake."""
        partner = self.partners.get(name)
        if partner is None:
            raise NotConfigured(f"partner {name!r} is not configured; `b2bsync check` says what is wrong with its file")
        return partner

    def slots(self, stream: str) -> int:
        """Into how many lanes the agreement spreads a stream of its partner."""
        partner = self.partners.get(partner_of(stream))
        return partner.limits.slots if partner is not None else 1

    def spread(
        self, session: Session, stream: str, stage: str, subjects: Sequence[int], orders: Callable[[], Sequence[str]]
    ) -> None:
        """Add work on a partner's orders, or on what is sent to it, each to the lane of its order; ``orders``: their
        numbers, one per subject."""
        self.lanes.spread(session, stream, self.slots(stream), stage, subjects, orders)

    def erp(self, partner: Partner) -> str:
        """The connector that takes the partner's orders. Raises NotConfigured when that is not clear."""
        if partner.erp.connector:
            return partner.erp.connector
        able = [name for name in self.connectors.names() if "order" in self.connectors.pushes(name)]
        if len(able) != 1:
            found = ", ".join(able) or "none"
            raise NotConfigured(
                f"which connector takes the orders of {partner.name}? Those with a push for orders: {found}; "
                f"name one in [erp] connector of partners/{partner.file.name}"
            )
        return able[0]


def receive_lane(partner: str) -> str:
    return f"receive:{partner}"


def acknowledge_lane(partner: str) -> str:
    """Acknowledgements have a lane of their own, so that they never wait behind business documents."""
    return f"ack:{partner}"


def orders_lane(partner: str) -> str:
    """The stream of a partner's orders; the agreement may spread it over several lanes."""
    return f"orders:{partner}"


def erp_lane(connector: str) -> str:
    """One lane per ERP: its outage holds up nothing but the pushes to it."""
    return f"erp:{connector}"


def send_lane(partner: str) -> str:
    """The stream of what is sent to a partner; the agreement may spread it over several lanes."""
    return f"send:{partner}"


def partner_of(lane: str) -> str:
    """Whose lane it is.

    >>> partner_of("orders:acme"), partner_of("orders:acme#3")
    ('acme', 'acme')
    """
    return stream_of(lane).partition(":")[2]
