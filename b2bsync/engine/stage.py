"""What those above register: a stage is one kind of work, a task one piece of it."""

from abc import ABC
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Task:
    """One piece of work: ``stage`` is due for ``subject`` (a row's id, whatever the stage means by it). ``starts``
    counts this one too; more than 1 means that the process died, or was stopped hard, during an earlier one."""

    id: int
    lane: str
    stage: str
    subject: int
    starts: int


@dataclass
class Outcome:
    """What ``finish`` may say about tasks that are not simply done; they speak in task ids (``task.id``).

    ``again``: there is more of it (the next part of a long message): the task keeps its place at the lane's head.
    ``parked``: waits for an operator, with this text. ``down``: the other side does not answer (as with PeerDown), but
    what ``finish`` wrote counts; the lane backs off in the same commit, ``retry_after`` seconds when that is known.
    ``later``: nothing is wrong, but what is left may only go on after so many seconds (a rate was agreed)."""

    again: Collection[int] = ()
    parked: Mapping[int, str] = field(default_factory=dict)
    down: str = ""
    retry_after: float | None = None
    later: float | None = None


class PeerDown(Exception):
    """The other side (or the network, the disk) does not answer: raise it from a stage. The lane backs off, its tasks
    stay ready and this start is not counted. ``retry_after``: seconds, when the peer said so."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Parked(Exception):
    """Raise it from a stage to park the task with exactly this text; any other exception parks with its type's name."""


class Stage(ABC):
    """One kind of work on a lane's tasks, in up to three parts: ``begin`` → ``perform`` → ``finish``.

    ``begin`` and ``finish`` get a session inside a transaction that holds the lane; the runner commits, they never do.
    ``perform`` runs outside every transaction: network and files belong there. After a process death all three run
    again for the same tasks, so ``begin`` finds what it reserved and ``perform`` carries an idempotency key or looks
    first. Tasks of one batch come in the lane's order, all of this stage, at most ``batch``.

    An exception in a batch of several makes them run one by one; a single failing task is parked and the lane goes on,
    or is blocked behind it when ``strict``."""

    name: ClassVar[str]
    batch: ClassVar[int] = 20
    strict: ClassVar[bool] = False

    def begin(self, session: Session, tasks: Sequence[Task]) -> Any:
        """Reserve what the work needs; committed before ``perform`` when overridden. Its value is handed on."""
        return None

    def perform(self, work: Any, tasks: Sequence[Task]) -> Any:
        """The work itself, outside every transaction. ``work`` is what ``begin`` returned; its value goes to
        ``finish``."""
        return work

    def finish(self, session: Session, tasks: Sequence[Task], result: Any) -> Outcome | None:
        """Write the result and add the tasks that follow. The tasks are deleted in the same commit, but for those that
        the outcome keeps."""
        return None

    def abandon(self, session: Session, task: Task, error: str) -> None:  # noqa: B027
        """An operator gives a parked task up, in whose transaction this runs: set its subject to a state that says so
        and from which it can be taken up again. ``error`` is what it was parked with."""


def has_begin(stage: Stage) -> bool:
    return type(stage).begin is not Stage.begin
