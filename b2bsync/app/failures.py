"""What may go wrong without a fault of the program."""

from b2bsync.engine import NodeBusy, UnknownLane
from b2bsync.exchange.operate import Refused
from b2bsync.exchange.pricing import NoPrice
from b2bsync.exchange.setting import NotConfigured
from b2bsync.mapping import MappingError
from b2bsync.store import StoreError
from b2bsync.store.archive import Damaged
from b2bsync.sync import SyncError
from b2bsync.vocabulary.settings import SettingsError
from b2bsync.workspace import WorkspaceError


class NotFound(Exception):
    """Nothing has that number or name; the text says where to look."""


EXPECTED: tuple[type[Exception], ...] = (
    SettingsError,
    StoreError,
    WorkspaceError,
    SyncError,
    MappingError,
    NodeBusy,
    UnknownLane,
    Refused,
    NoPrice,
    NotFound,
    Damaged,
    NotConfigured,
    OSError,
)
"""Told in one line and with exit code 1, without a traceback."""


def messages(error: Exception) -> list[str]:
    """What to tell a person: every problem of its own line."""
    problems = getattr(error, "problems", None)
    return [str(problem) for problem in problems] if problems else [str(error) or type(error).__name__]
