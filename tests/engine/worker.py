"""A program that runs an engine, for tests that kill it: ``python worker.py once|daemon URL FOLDER NODE``.

Writes each batch it begins to its output. A file ``die-SUBJECT`` in the folder makes it end at once in the work on that
subject, ``hold-SUBJECT`` makes it wait there until the file is gone."""

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from b2bsync.engine import Engine, Task
from b2bsync.store import open_database
from tests.engine.stages import Note


class Deadly(Note):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def perform(self, work: Any, tasks: Sequence[Task]) -> Any:
        print("begins", tasks[0].lane, *[task.subject for task in tasks], flush=True)
        for task in tasks:
            if (self.folder / f"die-{task.subject}").exists():
                os._exit(9)
            while (self.folder / f"hold-{task.subject}").exists():
                time.sleep(0.01)
        return work


def main(mode: str, url: str, folder: str, node: str) -> None:
    engine = Engine(open_database(url), [Deadly(Path(folder))], node)
    if mode == "once":
        print(engine.run_once().tasks, flush=True)
        return
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    engine.start()
    print("runs", flush=True)
    over.wait()
    threading.Thread(target=announce, args=(engine,)).start()
    print("clean" if engine.stop() else "late", flush=True)


def announce(engine: Engine) -> None:
    while not engine.stopping:
        time.sleep(0.01)
    print("asked to stop", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
