"""Runs schedules: the database's clock says when, a row of the fire table says who, the action's own rows say what.

One thread waits for the next planned time of any schedule. On several nodes the row's primary key lets one of them act.
A time that was missed while nothing ran is found by comparing with the last row. No machine's own clock is asked: one
that is hours off would run hours of a schedule ahead, and one that is set back would run nothing for as long."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from b2bsync.engine.clock import database_now, now
from b2bsync.engine.faults import describe, is_passing
from b2bsync.engine.rows import FIRE
from b2bsync.engine.schedules import ON_TIME, Schedule
from b2bsync.store.database import Database

log = logging.getLogger("b2bsync.engine")

Action = Callable[[Session, str, datetime], None]
"""What a verb does: (session, target, planned time). Inserts rows and adds tasks to a lane; short; never commits."""

LOOK = 30.0
"""Seconds after which the database's clock is looked at again at the latest: somebody may have set it."""
KEPT = timedelta(days=30)
MOST_COUNTED = 100
RUN, SKIPPED, FAILED, KNOWN = "run", "skipped", "failed", "known"
"""Outcomes of a fire; ``known`` marks when a schedule was first seen: what is missed from then on is caught up."""


class Scheduler:
    """The enabled schedules of one node. ``actions`` by verb; ``retry``: seconds until the next try after trouble with
    the database."""

    retry = 5.0

    def __init__(
        self, database: Database, node: str, schedules: Sequence[Schedule], actions: Mapping[str, Action]
    ) -> None:
        self._database = database
        self._node = node
        self._schedules = {schedule.name: schedule for schedule in schedules if schedule.enabled}
        self._actions = actions
        for schedule in self._schedules.values():
            if schedule.verb not in actions:
                raise ValueError(
                    f"schedule {schedule.name}: nothing does {schedule.verb!r}; allowed: {', '.join(sorted(actions))}"
                )
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Catch up by each schedule's policy, then wait for what comes."""
        if self._schedules:
            self._over.clear()
            self._thread = threading.Thread(target=self._run, name="b2bsync-schedules", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Fire nothing more, and wait for what fires now."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def fire(self, name: str, moment: datetime) -> list[datetime]:
        """See to what is due of a schedule at ``moment``; returns the planned times that this node ran.

        A schedule that is new here only leaves its mark."""
        schedule = self._schedules[name]
        # Rows of the future are of a clock that was set back since: they stand, and what lies before them is due.
        before = select(func.max(FIRE.c.planned_at)).where(FIRE.c.schedule_id == name, FIRE.c.planned_at <= moment)
        with self._database.session() as session:
            last = session.execute(before).scalar_one()
            if last is None:
                self._claim(session, name, moment, KNOWN)
                session.commit()
                return []
        due, skipped = schedule.due(last, moment)
        if skipped is not None:
            with self._database.session() as session:
                self._claim(session, name, skipped, SKIPPED)
                session.commit()
        return [planned for planned in due if self._act(schedule, planned)]

    def _act(self, schedule: Schedule, planned: datetime) -> bool:
        try:
            with self._database.session() as session:
                mine = self._claim(session, schedule.name, planned, RUN)
                if mine:
                    self._actions[schedule.verb](session, schedule.target, planned)
                session.commit()
                return mine
        except Exception as problem:
            if is_passing(problem):
                raise
            log.exception("schedule %s: %s failed", schedule.name, schedule.what)
        with self._database.session() as session:
            self._claim(session, schedule.name, planned, FAILED)
            session.commit()
        return False

    def _claim(self, session: Session, name: str, planned: datetime, outcome: str) -> bool:
        make = sqlite.insert if self._database.is_sqlite else postgresql.insert
        values = {"schedule_id": name, "planned_at": planned, "node": self._node, "outcome": outcome}
        row = make(FIRE).values(**values, fired_at=database_now()).on_conflict_do_nothing().returning(FIRE.c.node)
        return session.execute(row).one_or_none() is not None

    def _run(self) -> None:
        seen: dict[str, datetime] = {}  # up to which moment each schedule was seen to
        trouble, wait = False, 0.0
        while not self._over.wait(wait):
            try:
                wait = self._round(seen)
                trouble = False
            except Exception as problem:
                if not trouble:
                    log.warning("schedules wait for the database: %s", describe(problem))
                trouble, wait = True, self.retry

    def _round(self, seen: dict[str, datetime]) -> float:
        """Fire what is due, and say in how many seconds something may be due again."""
        with self._database.session() as session:
            moment = now(session)
        coming = []
        for name, schedule in self._schedules.items():
            last = seen.get(name)
            if last is not None and last > moment:  # the clock was set back
                last = seen[name] = moment
            following = moment if last is None else schedule.after(last)
            if following is not None and following <= moment and not self._over.is_set():
                self.fire(name, moment)
                seen[name] = moment
                following = schedule.after(moment)
            if following is not None:
                coming.append((following - moment).total_seconds())
        return min([LOOK, *coming])


@dataclass(frozen=True)
class FireState:
    """A schedule for a listing: when it ran last and how that ended (run, skipped, failed), when it comes next.

    ``missed`` counts planned times that no node has seen to although they are more than a minute past; ``missed_since``
    is the first of them. It stops counting at a hundred."""

    name: str
    what: str
    when: str
    enabled: bool
    last: datetime | None
    outcome: str
    node: str
    next: datetime | None
    missed: int = 0
    missed_since: datetime | None = None


def fires(session: Session, schedules: Sequence[Schedule]) -> list[FireState]:
    """Every schedule with its last and next time; ``next`` is None for one that is not enabled."""
    latest = (
        select(FIRE.c.schedule_id, func.max(FIRE.c.planned_at).label("planned_at"))
        .where(FIRE.c.outcome != KNOWN)
        .group_by(FIRE.c.schedule_id)
        .subquery()
    )
    same = (FIRE.c.schedule_id == latest.c.schedule_id) & (FIRE.c.planned_at == latest.c.planned_at)
    rows = {row.schedule_id: row for row in session.execute(select(FIRE).join(latest, same))}
    marks = select(FIRE.c.schedule_id, func.max(FIRE.c.planned_at)).group_by(FIRE.c.schedule_id)
    seen_to = {row[0]: row[1] for row in session.execute(marks)}
    moment = now(session)
    states = []
    for schedule in schedules:
        row = rows.get(schedule.name)
        missed: list[datetime] = []
        if schedule.enabled and schedule.name in seen_to:
            missed = list(islice(schedule.between(seen_to[schedule.name], moment - ON_TIME), MOST_COUNTED))
        states.append(
            FireState(
                name=schedule.name,
                what=schedule.what,
                when=schedule.when,
                enabled=schedule.enabled,
                last=row.planned_at if row else None,
                outcome=row.outcome if row else "",
                node=row.node if row else "",
                next=schedule.after(moment) if schedule.enabled else None,
                missed=len(missed),
                missed_since=missed[0] if missed else None,
            )
        )
    return states


def purge_fires(session: Session, moment: datetime) -> None:
    """Forget fires that are a month old, but for each schedule's latest: catching up counts from it."""
    newest = select(FIRE.c.schedule_id, func.max(FIRE.c.planned_at)).group_by(FIRE.c.schedule_id)
    for name, planned in session.execute(newest).all():
        oldest = min(planned, moment - KEPT)
        session.execute(delete(FIRE).where(FIRE.c.schedule_id == name, FIRE.c.planned_at < oldest))
