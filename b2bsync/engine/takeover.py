"""Take-overs: a lane that a silent node held is another node's now, and the journal says so."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from b2bsync.engine.clock import now
from b2bsync.engine.rows import NODE
from b2bsync.store import journal
from b2bsync.store.journal import NewEvent

TAKEN_OVER = "taken over"


def tell_taken_over(session: Session, lane: str, old: str, new: str) -> None:
    """Write into the journal that node ``new`` goes on with a lane that node ``old`` left without a word."""
    last = session.execute(select(NODE.c.beat).where(NODE.c.id == old)).scalar_one_or_none()
    if last is None:
        silent = "is not known any more"
    elif (seconds := (now(session) - last).total_seconds()) < 1:
        silent = "was silent until just now"  # thawed, and too late
    else:
        silent = f"was silent for {seconds:.0f} s"
    detail = f"node {old} {silent}; node {new} goes on with its work"
    journal.add_events(session, [NewEvent("lane", lane, TAKEN_OVER, detail, new)])
