"""A process whose schedule comes every second; its action leaves a row, so that what was run can be counted."""

import signal
import threading
from datetime import datetime
from multiprocessing.process import BaseProcess

from sqlalchemy import text
from sqlalchemy.orm import Session

from b2bsync.engine import Engine, Schedule
from b2bsync.engine.schedules import Interval
from b2bsync.store import open_database
from tests.acceptance.processes import CONTEXT

TABLE = "create table if not exists acted (node text, planned timestamptz)"


def start_ticking(url: str, node: str) -> BaseProcess:
    process = CONTEXT.Process(target=_tick, args=(url, node))
    process.start()
    return process


def _tick(url: str, node: str) -> None:
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    database = open_database(url)
    with database.session() as session:
        session.execute(text("select pg_advisory_xact_lock(1)"))
        session.execute(text(TABLE))
        session.commit()

    def act(session: Session, target: str, planned: datetime) -> None:
        session.execute(text("insert into acted values (:node, :planned)"), {"node": node, "planned": planned})

    every_second = Schedule("often", "act", "", Interval(1), "all")
    engine = Engine(database, [], node, schedules=[every_second], actions={"act": act})
    engine.start()
    over.wait()
    engine.stop()
    database.close()
