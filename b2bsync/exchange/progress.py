"""How far the translation of a message is; it travels in the message's row."""

import msgspec

from b2bsync import edi
from b2bsync.store.tables import MessageRow


class Progress(msgspec.Struct, kw_only=True):
    """``skipping`` is ``interchange`` or ``group`` while one of them is passed over; ``truncated``: an interchange or
    group of it ended without its trailer."""

    position: edi.Position | None = None
    group_at: int = 0  # where the sets of the open group begin, in bytes: control numbers may recur behind it
    skipping: str = ""
    ended: bool = False
    documents: int = 0
    duplicates: int = 0
    refused: int = 0  # interchanges and groups of which nothing was processed, and an end that cannot be read
    taken: int = 0  # transaction sets that were not rejected
    truncated: bool = False
    cut_off: bool = False  # a group ended without its trailer, or has fewer sets than it says: some may be lost
    repeats: int = 0  # the message that an interchange or group of this one repeats
    problems: list[str] = []

    @property
    def lost(self) -> bool:
        """Whether a part of the message was thrown away, or may never have come."""
        return self.cut_off or self.refused > 0

    def note(self, *problems: object) -> None:
        """Say it with the message; the first twenty are kept."""
        self.problems.extend(str(problem) for problem in problems[: max(20 - len(self.problems), 0)])


def progress_of(message: MessageRow) -> Progress:
    """Where to go on with a message."""
    return msgspec.json.decode(message.progress, type=Progress) if message.progress else Progress()
