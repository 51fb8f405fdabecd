"""How everything stands: nodes, lanes, documents, acknowledgements, syncs, schedules, and what of it needs a person.

Read from our own tables only, in a few statements that an index answers, and without a lock on anything."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from b2bsync.app.installation import App
from b2bsync.app.verdict import findings, verdict
from b2bsync.engine import NodeState, Schedule, fires, head_tasks, lane_states, nodes, parked_tasks, tasks_of
from b2bsync.engine.schedules import ON_TIME
from b2bsync.store import deliveries, installation, journal, master, outages, standing
from b2bsync.sync import StreamState, stream_states

LANE = ("id", "state", "waiting", "parked", "oldest", "next_try", "fails", "error", "running", "node", "blocked",
        "since")  # fmt: skip
NODE = ("id", "pid", "host", "version", "started", "beat", "alive")
RUN = ("mode", "status", "started_at", "ended_at", "read", "added", "changed", "removed", "rejected", "error")
FIRE = ("name", "what", "when", "enabled", "last", "outcome", "node", "next", "missed", "missed_since")
OUTAGE = ("partner", "node", "text", "since")
DISPUTED = ("id", "at", "detail")
AWAITED = ("id", "partner", "name", "due", "sent_at")
TASK = ("id", "lane", "stage", "subject", "starts", "error", "created_at")
OLDEST = ("status", "count", "id", "direction", "partner", "type", "number", "created_at", "updated_at")

OPEN = ("translated", "judged", "pushing", "built", "queued", "held", "failed")
"""Statuses of documents that have not come to their end."""

SUBJECTS = {"translate": "message", "deliver": "delivery", "judge": "document", "push": "document",
            "reconcile": "document"}  # fmt: skip
"""What the stages work on."""

RECENT = timedelta(hours=24)
"""So long a take-over, or a disagreement of the judges, is shown."""

MOST = 200
"""So many lanes have their first task looked up, and so many parked tasks are shown: the oldest ones."""


def status(app: App) -> dict[str, Any]:
    """The state of everything, what of it needs a person (``app.verdict``), and the verdict: ok, warning, trouble."""
    with app.database.session() as session:
        state = _state(app, session)
    found = findings(state)
    return {"verdict": verdict(found), "findings": [msgspec.structs.asdict(f) for f in found], **state}


def _state(app: App, session: Session) -> dict[str, Any]:
    at = datetime.now(UTC)
    schedules = app.schedules
    held = installation.get(session, installation.HELD)
    sent = journal.statuses(session, "delivery")
    known = nodes(session)
    disputed, newest = standing.disputed(session, at - RECENT)
    return {
        "at": at,
        "node": app.config.node,
        "stage": str(app.config.stage),
        "nodes": [_shown(node, NODE) for node in known],
        "takeovers": [_shown(t, ("at", "lane", "detail", "who")) for t in standing.taken_over(session, at - RECENT)],
        "lanes": _lanes(session),
        "parked": _parked(session),
        "messages": journal.statuses(session, "message"),
        "documents": journal.statuses(session, "document"),
        "oldest": _oldest(session),
        "deliveries": sent,
        "held": {"since": held.since, "why": held.value} if held else None,
        "channels_down": [_shown(o, OUTAGE) for o in outages.outages(session) if o.node in _lookers(known)],
        "in_doubt": sent.get("in_doubt", 0),
        "overdue": standing.overdue_count(session),
        "overdue_acknowledgements": [_shown(row, AWAITED) for row in standing.overdue_acknowledgements(session)],
        "disputed": disputed,
        "disputed_documents": [_shown(row, DISPUTED) for row in newest],
        "master_data": master.counts(session, app.config.main_company, app.config.stage),
        "syncs": [_sync(app, stream, _late(stream, schedules.found, at)) for stream in stream_states(session)],
        "schedules": [_shown(fire, FIRE) for fire in fires(session, schedules.found)],
        "broken_schedules": [{"file": problem.file.name, "text": str(problem)} for problem in schedules.problems],
    }


def _shown(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _lookers(known: Iterable[NodeState]) -> set[str]:
    """Nodes whose word about the channels holds: those alive, or the one that worked last where none is."""
    last = max(known, key=lambda node: node.beat, default=None)
    return {node.id for node in known if node.alive or (node is last and not any(n.alive for n in known))}


def _lanes(session: Session) -> list[dict[str, Any]]:
    """Every lane by name, with the task at its head: ``{task, stage, of, document, since}``."""
    states = lane_states(session)
    waiting = sorted((s for s in states if s.oldest is not None), key=lambda s: s.oldest or datetime.now(UTC))
    heads = head_tasks(session, [state.id for state in waiting[:MOST]])
    subjects = _subjects(session, heads.values())
    lanes = []
    for state in states:
        task = heads.get(state.id)
        head = None
        if task is not None:
            of, document = subjects[task.stage, task.subject]
            head = {"task": task.id, "stage": task.stage, "of": of, "document": document, "since": task.created_at}
        lanes.append({**_shown(state, LANE), "head": head})
    return lanes


def _parked(session: Session) -> list[dict[str, Any]]:
    tasks = parked_tasks(session)[:MOST]
    subjects = _subjects(session, tasks)
    return [
        {**_shown(task, TASK), "of": (of := subjects[task.stage, task.subject])[0], "document": of[1]} for task in tasks
    ]


def _subjects(session: Session, tasks: Iterable[Any]) -> dict[tuple[str, int], tuple[str, int | None]]:
    """What tasks work on, in words, and the document that it is about: by stage and subject."""
    pairs = {(task.stage, task.subject) for task in tasks}
    carried = deliveries.documents_of(session, [i for stage, i in pairs if SUBJECTS.get(stage) == "delivery"])
    documents: dict[tuple[str, int], int | None] = {}
    for stage, subject in pairs:
        if SUBJECTS.get(stage) == "delivery":
            documents[stage, subject] = next(iter(carried.get(subject, [])), None)
        else:
            documents[stage, subject] = subject if SUBJECTS.get(stage) == "document" else None
    labels = standing.labels(session, {i for i in documents.values() if i is not None})
    found = {}
    for (stage, subject), document in documents.items():
        kind = SUBJECTS.get(stage)
        label = labels.get(document, "") if document is not None else ""
        of = "the stream" if kind is None else f"{kind} {subject}" + (f" ({label})" if label else "")
        found[stage, subject] = (of, document)
    return found


def _oldest(session: Session) -> list[dict[str, Any]]:
    """The oldest document of each status that is no end, the oldest of all first. ``due``: whether a task moves it on;
    None where it waits for a person."""
    found = []
    for row in standing.oldest_documents(session, OPEN):
        label = f"{row.type} {row.number}".strip() + (f" of {row.partner}" if row.partner else "")
        found.append({**_shown(row, OLDEST), "label": label, "due": _due(session, row.id, row.status)})
    return found


def _due(session: Session, document: int, status: str) -> bool | None:
    if status == "queued":
        carriers = deliveries.deliveries_of(session, [document]).get(document, [])
        return any(tasks_of(session, "deliver", delivery) for delivery in carriers)
    stages = {"translated": ("judge", "reconcile"), "pushing": ("push",)}.get(status)
    return None if stages is None else any(tasks_of(session, stage, document) for stage in stages)


def _sync(app: App, stream: StreamState, late: dict[str, str] | None) -> dict[str, Any]:
    """A stream: its last run, the last that ended, and how that compares with those before. ``configured``: it is in
    ``config.toml``; one that was taken out there needs nobody any more."""
    return {
        "connector": stream.connector,
        "stream": stream.stream,
        "configured": stream.stream in app.config.connector.get(stream.connector, {}).get("stream", {}),
        **_shown(stream.last, RUN),
        "ended": _shown(stream.ended, RUN) if stream.ended is not None else None,
        "success": stream.success,
        "usual_seconds": stream.usual.total_seconds() if stream.usual is not None else None,
        "rows_at": stream.rows_at,
        "longest_lull_seconds": stream.lull.total_seconds() if stream.lull is not None else None,
        "late": late,
    }


def _late(stream: StreamState, schedules: Collection[Schedule], at: datetime) -> dict[str, str] | None:
    """The schedule that planned two runs or more, more than a minute ago, since the last one that succeeded began;
    nothing while one runs that may be the second."""
    if stream.success is None:
        return None  # a stream that never succeeded: its failed run says so
    for schedule in schedules:
        name = schedule.target.partition(" ")[0]
        if schedule.enabled and schedule.verb == "sync" and name in (stream.name, stream.connector):
            passed = list(islice(schedule.between(stream.success, at - ON_TIME), 3))
            if len(passed) > (2 if stream.running else 1):
                return {"schedule": schedule.name, "when": schedule.when}
    return None
