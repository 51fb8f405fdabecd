"""The operator's verbs on lanes and deliveries."""

from collections.abc import Callable
from typing import Any, Literal

from sqlalchemy.orm import Session

from b2bsync.app.installation import App
from b2bsync.engine import Task
from b2bsync.exchange import STAGES, operate
from b2bsync.store import begin_write, deliveries, journal
from b2bsync.store.journal import NewEvent

LANE = ("id", "state", "waiting", "parked", "oldest", "next_try", "fails", "error")
TASK = ("id", "lane", "stage", "subject", "starts", "error", "created_at")
DELIVERY = (
    "id", "partner", "name", "state", "ack_state", "ack_due", "attempts", "interchange_control", "group_control",
    "size", "created_at", "sent_at", "error",
)  # fmt: skip


def _shown(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def lanes(app: App) -> dict[str, Any]:
    """Every lane, and the tasks that wait for an operator."""
    with app.database.session() as session:
        return {
            "lanes": [_shown(lane, LANE) for lane in app.lanes.listing(session)],
            "parked": [_shown(task, TASK) for task in app.lanes.parked(session)],
        }


def _on_lane(app: App, lane: str, what: str, who: str, act: Callable[[Session], str]) -> str:
    with app.database.session() as session:
        begin_write(session)
        said = act(session)
        journal.add_events(session, [NewEvent(subject="lane", subject_id=lane, what=what, detail=said, who=who)])
        session.commit()
        return said


def pause_lane(app: App, lane: str, who: str) -> str:
    """Stop after the batch that runs; work that comes in waits."""

    def act(session: Session) -> str:
        app.lanes.pause(session, lane)
        return "paused"

    return _on_lane(app, lane, "paused", who, act)


def resume_lane(app: App, lane: str, who: str) -> str:
    """Let a paused or blocked lane flow again."""

    def act(session: Session) -> str:
        app.lanes.resume(session, lane)
        return "flows again"

    return _on_lane(app, lane, "resumed", who, act)


def retry_lane(app: App, lane: str, who: str) -> str:
    """Try now what backs off, and take parked tasks up again."""

    def act(session: Session) -> str:
        app.lanes.retry(session, lane)
        tasks = app.lanes.retry_tasks(session, [task.id for task in app.lanes.parked(session, lane)])
        return f"tries now, {tasks} parked tasks with it" if tasks else "tries now"

    return _on_lane(app, lane, "retried", who, act)


def skip_task(app: App, task: int, who: str) -> str:
    """Give one parked task up; its subject stays in the journal, in a state that says so and has a verb of its own."""
    with app.database.session() as session:
        begin_write(session)
        found = [t for t in app.lanes.parked(session) if t.id == task]
        if not found:
            raise operate.Refused(f"no parked task has the number {task}; `b2bsync lanes list` shows them")
        [given_up] = found
        app.lanes.skip_tasks(session, [task])
        for stage in STAGES:
            if stage.name == given_up.stage:
                stopped = Task(task, given_up.lane, given_up.stage, given_up.subject, given_up.starts)
                stage(app.setting).abandon(session, stopped, given_up.error)
        said = f"task {task} ({given_up.stage} of {given_up.subject}) is given up"
        event = NewEvent(subject="lane", subject_id=given_up.lane, what="task skipped", detail=said, who=who)
        journal.add_events(session, [event])
        session.commit()
        return said


def delivery_listing(
    app: App,
    *,
    partner: str | None = None,
    state: str | None = None,
    ack_state: str | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """The newest deliveries that match; ``documents`` are the types and business numbers of what they carry."""
    with app.database.session() as session:
        rows = deliveries.deliveries(session, partner=partner, state=state, ack_state=ack_state, limit=limit)
        carried = deliveries.documents_of(session, [row.id for row in rows if row.id is not None])
        labels = journal.document_labels(session, [i for some in carried.values() for i in some])
        return [
            {**_shown(row, DELIVERY), "documents": [labels[i] for i in carried.get(row.id or 0, [])]} for row in rows
        ]


def decide_delivery(app: App, delivery: int, decision: Literal["sent", "resend"], who: str) -> str:
    """Say how an interrupted send ended."""
    with app.database.session() as session:
        said = operate.decide_delivery(app.setting, session, delivery, decision, who)
        session.commit()
        return said


def waive_acknowledgement(app: App, delivery: int, who: str) -> None:
    """Await no acknowledgement of a delivery any more."""
    with app.database.session() as session:
        operate.waive_acknowledgement(session, delivery, who)
        session.commit()
