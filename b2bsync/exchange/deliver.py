"""Sending: one interchange to one place, with a key for life. A send that was interrupted is in doubt."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from b2bsync.channels import Channel, ChannelDown, ChannelError, DirectoryChannel
from b2bsync.engine import Outcome, Stage, Task, count_gone, still_held, take_turn
from b2bsync.exchange.given_up import give_up_delivery
from b2bsync.exchange.held import wait_while_held
from b2bsync.exchange.setting import Setting, acknowledge_lane, partner_of
from b2bsync.partners import InDoubt
from b2bsync.store import begin_write, blobs, deliveries, journal
from b2bsync.store.journal import NewEvent
from b2bsync.store.tables import DeliveryRow
from b2bsync.vocabulary.verdicts import AckState

SENDABLE = ("queued", "sending")
INTERRUPTED = "interrupted while sending"
AGAIN = "interrupted; sent again under the same name"
ASKED = "interrupted; looked for at the partner's before it is sent again"
ANSWERED = (AckState.ACCEPTED, AckState.ACCEPTED_WITH_ERRORS, AckState.PARTIALLY_ACCEPTED)


@dataclass
class Sending:
    """All but ``rows`` speak in delivery ids. ``doubtful`` say why; ``asked`` are to be looked for before they are sent
    again; ``found`` say where they were. What is in ``rows`` and nowhere else waits: for the rate, ``later`` seconds.
    """

    rows: dict[int, DeliveryRow]
    doubtful: dict[int, str] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    found: dict[int, str] = field(default_factory=dict)
    going: list[int] = field(default_factory=list)
    later: float | None = None
    sent: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    down: str = ""


class Deliver(Stage):
    """Stage ``deliver``; its subject is a delivery."""

    name = "deliver"

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def abandon(self, session: Session, task: Task, error: str) -> None:
        give_up_delivery(session, task.subject, error)

    def begin(self, session: Session, tasks: Sequence[Task]) -> Sending:
        begin_write(session)
        wait_while_held(session, tasks[0].lane)
        rows = deliveries.deliveries_locked(session, [task.subject for task in tasks])
        sending = Sending({i: row for i, row in rows.items() if row.state in SENDABLE})
        for i, row in sending.rows.items():
            # A row that still says "sending" was left by a process that died in between: nobody knows if it arrived.
            policy = self.setting.partner(row.partner).in_doubt if row.state == "sending" else None
            if policy is InDoubt.HOLD:
                sending.doubtful[i] = INTERRUPTED
            elif policy is InDoubt.QUERY:
                sending.asked.append(i)
        self._pace(session, tasks, sending)
        for error, some in ((AGAIN, set(sending.going) - set(sending.asked)), (ASKED, set(sending.asked))):
            interrupted = [i for i in sending.going if i in some and rows[i].state == "sending"]
            deliveries.end_attempts(session, interrupted, state="queued", error=error)
        deliveries.start_attempts(session, sending.going, self.setting.node)
        return sending

    def _pace(self, session: Session, tasks: Sequence[Task], sending: Sending) -> None:
        """As many as the agreed rate lets go now, in the lane's order; all acknowledgements, at the others' cost."""
        ready = [t.subject for t in tasks if t.subject in sending.rows and t.subject not in sending.doubtful]
        sending.going = list(dict.fromkeys(ready))
        partner = self.setting.partners.get(partner_of(tasks[0].lane))
        if partner is None or not partner.limits.rate or not sending.going:
            return
        if tasks[0].lane == acknowledge_lane(partner.name):
            count_gone(session, partner.name, len(sending.going), partner.limits.rate)
            return
        turn = take_turn(session, partner.name, len(sending.going), partner.limits.rate)
        if turn.granted < len(sending.going):
            sending.going, sending.later = sending.going[: turn.granted], turn.wait

    def perform(self, work: Sending, tasks: Sequence[Task]) -> Sending:
        for i in work.going:
            row = work.rows[i]
            partner = self.setting.partner(row.partner)
            if partner.outbound is None:
                work.failed[i] = f"partner {partner.name} has no outbound channel; set out in its [channel] and retry"
                continue
            channel = DirectoryChannel(None, partner.outbound)
            still_held()
            try:
                if i in work.asked and not self._ask(work, row, channel):
                    continue
                channel.put(row.name, blobs.stream(self.setting.database, row.digest))
                work.sent.append(i)
            except ChannelDown as error:
                work.down = str(error)
                break
            except ChannelError as error:
                work.failed[i] = str(error)
        return work

    def _ask(self, work: Sending, row: DeliveryRow, channel: Channel) -> bool:
        """Look for an interrupted send; whether it is to be sent again. Raises ChannelDown."""
        assert row.id is not None
        trace = channel.trace(row.name, row.size, row.digest)
        work.asked.remove(row.id)
        if trace.there:
            work.sent.append(row.id)
            work.found[row.id] = trace.why
        elif trace.there is None:
            work.doubtful[row.id] = f"{INTERRUPTED}; {trace.why}"
        return trace.there is False

    def finish(self, session: Session, tasks: Sequence[Task], result: Sending) -> Outcome | None:
        begin_write(session)
        now = datetime.now(UTC)
        by_subject = {task.subject: task.id for task in tasks}
        # A fast partner may have acknowledged while the rest of the batch was still being written: that stands.
        result.rows = deliveries.deliveries_locked(session, list(result.rows))
        over = {i for i, row in result.rows.items() if row.state not in SENDABLE} - set(result.sent)
        for i in over:  # it arrived, whatever became of this try
            deliveries.end_attempts(session, [i], state=result.rows[i].state, now=now)
        result.failed = {i: error for i, error in result.failed.items() if i not in over}
        result.doubtful = {i: why for i, why in result.doubtful.items() if i not in over}
        for i in result.sent:
            state = result.rows[i].state
            deliveries.end_attempts(session, [i], state="sent" if state == "sending" else state, now=now)
        closed = {i for i in result.sent if result.rows[i].state != "sending"}
        answered = [i for i in result.sent if i not in closed and result.rows[i].ack_state in ANSWERED]
        deliveries.update_deliveries(session, answered, state="acked")  # sent again: what the partner said of it holds
        open_ones = [i for i in result.sent if i not in closed and i not in answered]
        documents = deliveries.documents_of(session, open_ones)
        journal.update_documents(session, [d for ids in documents.values() for d in ids], status="sent")
        for i in result.sent:
            row = result.rows[i]
            if row.ack_state == AckState.EXPECTED:
                due = now + self.setting.partner(row.partner).acks.due
                deliveries.update_deliveries(session, [i], ack_due=due)
        for i, error in result.failed.items():
            deliveries.end_attempts(session, [i], state="dead", error=error)
        for i, why in result.doubtful.items():
            text = f"{why}; decide with `b2bsync deliveries decide`"
            deliveries.end_attempts(session, [i], state="in_doubt", error=text)
        told = {i: ("dead", error) for i, error in result.failed.items()}
        told |= {i: ("in doubt", why) for i, why in result.doubtful.items()}
        said = told | {i: ("found at the partner's", why) for i, why in result.found.items()}
        if said:
            journal.add_events(
                session,
                [NewEvent(subject="delivery", subject_id=str(i), what=w, detail=t) for i, (w, t) in said.items()],
            )
        left = [i for i in result.rows if i not in told and i not in result.sent and i not in over]
        if not left:
            return None
        unasked = set(result.asked) & set(left)  # they stay in doubt
        for state, some in (("sending", unasked), ("queued", set(result.going) - unasked)):
            deliveries.end_attempts(session, [i for i in left if i in some], state=state, error=result.down)
        return Outcome(again=[by_subject[i] for i in left], down=result.down, later=result.later)
