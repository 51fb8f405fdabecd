"""A process that judges one partner's orders, each at the very moment at which another one judges its counterpart."""

from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import text

from tests.acceptance.processes import CONTEXT, LONGEST

Due = tuple[int, str, int]
"""A task that is due: id, lane, subject."""


def race(root: Path, *sides: Sequence[Due]) -> list[int | None]:
    """Judges the first of every side at once, then the second of every side, and so on. Returns the exit codes."""
    together = CONTEXT.Barrier(len(sides))
    processes: list[BaseProcess] = [CONTEXT.Process(target=_judge, args=(str(root), due, together)) for due in sides]
    for process in processes:
        process.start()
    for process in processes:
        process.join(LONGEST)
    for process in processes:
        process.kill()
    return [process.exitcode for process in processes]


def _judge(root: str, due: Sequence[Due], together: Barrier) -> None:
    from b2bsync.app import App
    from b2bsync.engine import Task
    from b2bsync.exchange.judge import Judge

    with App(Path(root)) as app:
        stage = Judge(app.setting)
        for id, lane, subject in due:
            tasks = [Task(id, lane, stage.name, subject, 1)]
            result = stage.perform(None, tasks)
            with app.database.session() as session:
                session.connection()
                together.wait(LONGEST)
                stage.finish(session, tasks, result)
                session.execute(text("delete from task where id = :id"), {"id": id})
                session.commit()
