"""The command line in a process of its own, that can be killed.

Processes are forked from a server that has imported everything already; starting an interpreter for each would cost
more than all that is tested.
"""

import faulthandler
import multiprocessing
import os
import signal
import sys
import time
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

KILLED = -signal.SIGKILL
LONGEST = 40.0
"""Seconds that a process may take on a busy machine."""

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["b2bsync.cli", "b2bsync.exchange", "tests.acceptance.processes"])


def command(root: Path, *arguments: str, kill_at: str = "", when: str = "before") -> int:
    """``b2bsync ARGUMENTS`` until it ends; its exit code. What it says is in ``said.txt`` and ``errors.txt`` of the
    workspace. ``kill_at``: it is killed when it gives a file a name with this in it, ``before`` or ``after`` that."""
    process = start(root, *arguments, kill_at=kill_at, when=when)
    process.join(LONGEST)
    assert process.exitcode is not None, f"b2bsync {' '.join(arguments)} did not end"
    return process.exitcode


def start(
    root: Path, *arguments: str, kill_at: str = "", when: str = "before", node: str = "", clock: float = 0.0
) -> BaseProcess:
    """The same without waiting. ``node``: its name; what it says is in ``NODE-errors.txt`` then. ``clock``: seconds by
    which its machine's clock is ahead."""
    process = CONTEXT.Process(target=_run, args=(str(root), arguments, kill_at, when, node, clock))
    process.start()
    return process


def _run(root: str, arguments: tuple[str, ...], kill_at: str, when: str, node: str, clock: float) -> None:
    from b2bsync.cli import app

    if node:
        os.environ["B2BSYNC_NODE"] = node
    for name, descriptor in (("said.txt", 1), ("errors.txt", 2)):
        path = f"{root}/{node}-{name}" if node else f"{root}/{name}"
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(file, descriptor)
    if clock:
        _set_clock(clock)
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    if kill_at:
        sys.addaudithook(_killer(kill_at, when))
    app(["-w", root, *arguments])


def _set_clock(ahead: float) -> None:
    """This process's machine has a clock that is so many seconds ahead: all that a Python program reads of it."""
    seconds = time.time
    time.time = lambda: seconds() + ahead
    time.time_ns = lambda: int((seconds() + ahead) * 1e9)

    class Kind(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

    class Ahead(datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(seconds=ahead)

    for name, module in list(sys.modules.items()):
        if name.startswith(("b2bsync.", "dbos.")) and getattr(module, "datetime", None) is datetime:
            module.datetime = Ahead  # type: ignore[attr-defined]


def _killer(name: str, when: str) -> Any:
    """An audit hook (PEP 578) for the rename or link that makes a file visible under its name."""
    placed = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal placed
        if placed and event in ("open", "os.remove"):
            os.kill(os.getpid(), signal.SIGKILL)
        if event in ("os.rename", "os.link") and name in os.fsdecode(arguments[1]):
            if when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            placed = True

    return hook
