"""Sends that wait for an operator: after a restore nobody knows which of them left before the database was lost.

While the installation is held no delivery leaves, whenever it was made. What an operator lets go one by one takes a
lane of its own, past those that wait; letting all go ends it.
"""

from sqlalchemy.orm import Session

from b2bsync.engine import PeerDown
from b2bsync.exchange.setting import Setting
from b2bsync.store import installation
from b2bsync.store.installation import HELD
from b2bsync.store.tables import DeliveryRow

STAGE = "deliver"
AGAIN = 15.0
"""Seconds after which a held lane looks again; releasing wakes it at once."""

_RELEASED = "released:"


def released_lane(partner: str) -> str:
    """Deliveries of a partner that an operator let go one by one."""
    return f"{_RELEASED}{partner}"


def wait_while_held(session: Session, lane: str) -> None:
    """Raises PeerDown while no delivery of this lane may leave."""
    if lane.startswith(_RELEASED):
        return
    fact = installation.get(session, HELD)
    if fact is not None:
        raise PeerDown(
            f"held since {fact.since:%Y-%m-%d %H:%M} UTC: {fact.value}; `b2bsync deliveries list --state queued` shows "
            "what waits, `b2bsync deliveries release --all` lets it go",
            retry_after=AGAIN,
        )


def waits_held(setting: Setting, session: Session, delivery: DeliveryRow) -> bool:
    """Whether it has not left because the installation is held, and was not let go by itself."""
    assert delivery.id is not None
    if delivery.state not in ("queued", "sending") or installation.get(session, HELD) is None:
        return False
    return not any(task.lane.startswith(_RELEASED) for task in setting.lanes.tasks(session, STAGE, delivery.id))
