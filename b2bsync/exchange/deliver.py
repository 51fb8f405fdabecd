"""Sending: one interchange to one place, with a key for life. A send that was interrupted is in doubt."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from b2bsync.channels import ChannelDown, ChannelError, DirectoryChannel
from b2bsync.engine import Outcome, Stage, Task, still_held
from b2bsync.exchange.given_up import give_up_delivery
from b2bsync.exchange.held import wait_while_held
from b2bsync.exchange.setting import Setting
from b2bsync.partners import InDoubt
from b2bsync.store import begin_write, blobs, deliveries, journal
from b2bsync.store.journal import NewEvent
from b2bsync.store.tables import DeliveryRow
from b2bsync.vocabulary.verdicts import AckState

SENDABLE = ("queued", "sending")
ANSWERED = (AckState.ACCEPTED, AckState.ACCEPTED_WITH_ERRORS, AckState.PARTIALLY_ACCEPTED)


@dataclass
class Sending:
    """``sent`` and ``failed`` speak in delivery ids."""

    rows: dict[int, DeliveryRow]
    doubtful: list[int] = field(default_factory=list)
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
        rows = deliveries.deliveries_by_id(session, [task.subject for task in tasks])
        sending = Sending({i: row for i, row in rows.items() if row.state in SENDABLE})
        for i, row in sending.rows.items():
            # A row that still says "sending" was left by a process that died in between: nobody knows if it arrived.
            if row.state == "sending" and self.setting.partner(row.partner).in_doubt is InDoubt.HOLD:
                sending.doubtful.append(i)
        go = [i for i in sending.rows if i not in sending.doubtful]
        deliveries.end_attempts(
            session,
            [i for i in go if rows[i].state == "sending"],
            state="queued",
            error="interrupted; sent again under the same name",
        )
        deliveries.start_attempts(session, go, self.setting.node)
        return sending

    def perform(self, work: Sending, tasks: Sequence[Task]) -> Sending:
        for i, row in work.rows.items():
            if i in work.doubtful:
                continue
            partner = self.setting.partner(row.partner)
            if partner.outbound is None:
                work.failed[i] = f"partner {partner.name} has no outbound channel; set out in its [channel] and retry"
                continue
            channel = DirectoryChannel(None, partner.outbound)
            still_held()
            try:
                channel.put(row.name, blobs.stream(self.setting.database, row.digest))
                work.sent.append(i)
            except ChannelDown as error:
                work.down = str(error)
                break
            except ChannelError as error:
                work.failed[i] = str(error)
        return work

    def finish(self, session: Session, tasks: Sequence[Task], result: Sending) -> Outcome | None:
        begin_write(session)
        now = datetime.now(UTC)
        by_subject = {task.subject: task.id for task in tasks}
        # A fast partner may have acknowledged while the rest of the batch was still being written: that stands.
        result.rows = deliveries.deliveries_by_id(session, list(result.rows))
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
        for i in result.doubtful:
            text = "interrupted while sending; decide with `b2bsync deliveries decide`"
            deliveries.end_attempts(session, [i], state="in_doubt", error=text)
        told = {i: ("dead", error) for i, error in result.failed.items()}
        told |= dict.fromkeys(result.doubtful, ("in doubt", "interrupted while sending"))
        if told:
            journal.add_events(
                session,
                [NewEvent(subject="delivery", subject_id=str(i), what=w, detail=t) for i, (w, t) in told.items()],
            )
        left = [i for i in result.rows if i not in told and i not in result.sent]
        if not left:
            return None
        deliveries.end_attempts(session, left, state="queued", error=result.down)
        return Outcome(again=[by_subject[i] for i in left], down=result.down)
