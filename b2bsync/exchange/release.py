"""What an operator does about sends that are held: let some go, or all."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from b2bsync.engine.detour import detour, lanes_of_stage
from b2bsync.exchange.held import STAGE, released_lane
from b2bsync.exchange.operate import Refused
from b2bsync.exchange.setting import Setting
from b2bsync.store import begin_write, deliveries, installation, journal
from b2bsync.store.installation import HELD
from b2bsync.store.journal import NewEvent


def release(setting: Setting, session: Session, ids: Sequence[int], who: str) -> int:
    """Lets some deliveries go; all others stay held. Raises Refused, and changes nothing, where one does not wait."""
    begin_write(session)
    if installation.get(session, HELD) is None:
        raise Refused("nothing is held: deliveries leave by themselves")
    rows = deliveries.deliveries_by_id(session, ids)
    by_partner: dict[str, list[int]] = {}
    for i in dict.fromkeys(ids):
        row = rows.get(i)
        if row is None:
            raise Refused(f"there is no delivery {i}; `b2bsync deliveries list --state queued` shows what is held")
        tasks = [task for task in setting.lanes.tasks(session, STAGE, i) if task.state == "ready"]
        if row.state not in ("queued", "sending") or not tasks:
            raise Refused(f"delivery {i} is {row.state} and does not wait to be sent; nothing was released")
        by_partner.setdefault(row.partner, []).extend(task.id for task in tasks)
    for partner, tasks_of_partner in sorted(by_partner.items()):
        detour(setting.lanes, session, tasks_of_partner, released_lane(partner))
    events = [NewEvent(subject="delivery", subject_id=str(i), what="released", who=who) for i in rows]
    journal.add_events(session, events)
    return len(rows)


def release_all(setting: Setting, session: Session, who: str) -> int:
    """Ends it: everything that waits leaves now, and what comes leaves by itself. Returns how many deliveries wait.
    Raises Refused when nothing is held."""
    begin_write(session)
    if not installation.remove(session, HELD):
        raise Refused("nothing is held: deliveries leave by themselves")
    for lane in lanes_of_stage(session, STAGE):
        setting.lanes.retry(session, lane)
    states = journal.statuses(session, "delivery")
    count = states.get("queued", 0) + states.get("sending", 0)
    event = NewEvent(subject="installation", subject_id=HELD, what="released", detail=f"{count} wait", who=who)
    journal.add_events(session, [event])
    return count
