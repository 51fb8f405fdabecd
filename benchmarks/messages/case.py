"""One step of a large message: ``python -m benchmarks.messages.case WORKSPACE STEP [FILE]``.

``receive`` takes the file by hand, ``directory`` from the partner's directory, ``translate`` makes documents of what
was received (nobody judges them: their lane is paused), ``raw`` gives the newest message out, ``send`` delivers the
same bytes. The database is SQLite in the workspace, or what ``B2BSYNC_DATABASE_URL`` names.
"""

import sys
import time
from pathlib import Path

from b2bsync.app import App, arrivals, documents
from b2bsync.exchange.intake import Intake
from b2bsync.exchange.setting import orders_lane, send_lane
from b2bsync.store import begin_write, deliveries, journal
from b2bsync.store.deliveries import NewDelivery
from benchmarks.measure import Measured


def main(root: Path, step: str, file: str = "") -> None:
    measured = Measured()
    with App(root) as app:
        engine = app.engine()
        _prepare(app, step)
        measured.starts()
        with measured.work():
            if step == "receive":
                measured.facts["bytes"] = arrivals.take(app, Path(file), "acme")["bytes"]
            elif step == "directory":
                intake = Intake(app.setting)
                while not intake.look().received:
                    time.sleep(0.02)
            elif step == "raw":
                newest = documents.messages(app, limit=1)[0]
                measured.facts["bytes"] = sum(map(len, documents.message_raw(app, newest["id"])))
            else:
                engine.run_once()
        measured.facts["message"] = documents.messages(app, limit=1)[0]["status"]
        with app.database.session() as session:
            measured.facts["documents"] = journal.statuses(session, "document")
            measured.facts["deliveries"] = journal.statuses(session, "delivery")
    measured.print()


def _prepare(app: App, step: str) -> None:
    with app.database.session() as session:
        begin_write(session)
        if step == "translate":
            app.lanes.add(session, orders_lane("acme"), "judge", [0])
            app.lanes.pause(session, orders_lane("acme"))
        elif step == "send":
            [message] = journal.messages(session, limit=1)
            new = NewDelivery(
                company="MAIN",
                stage="production",
                partner="acme",
                idem_key=f"large:{message.id}",
                name=f"large-{message.id}.edi",
                digest=message.digest,
                size=message.size,
            )
            app.lanes.add(session, send_lane("acme"), "deliver", deliveries.add_deliveries(session, [new]))
        session.commit()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
