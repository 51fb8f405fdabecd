"""How far the translation of a message is; it travels in the message's row."""

from collections.abc import Iterable

import msgspec

from b2bsync import edi
from b2bsync.store.tables import MessageRow
from b2bsync.vocabulary.findings import Finding, Severity

MOST_FINDINGS = 20
"""Findings kept on one envelope, and problems told of one message."""


class Progress(msgspec.Struct, kw_only=True, omit_defaults=True):
    """``skipping`` is ``interchange`` or ``group`` while one of them is passed over; ``truncated``: an interchange or
    group of it ended without its trailer. ``rejecting_interchange`` and ``rejecting_group`` say why the open one is
    rejected as a whole, where the agreement wants that."""

    position: edi.Position | None = None
    interchange_at: int = 0  # where the sets of the open interchange begin, in bytes
    group_at: int = 0  # the same of the open group: control numbers may recur behind it
    envelope: list[Finding] = []  # what is wrong with the open interchange itself
    answerable: bool = False  # whether the open interchange holds more than acknowledgements
    rejecting_interchange: str = ""
    rejecting_group: str = ""
    skipping: str = ""
    ended: bool = False
    in_any_order: bool = False  # an operator wants it as it is
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

    @property
    def rejecting(self) -> str:
        """Why what comes now is rejected, whatever is in it."""
        return self.rejecting_interchange or self.rejecting_group

    def note(self, *problems: object) -> None:
        """Say it with the message; the first twenty are kept."""
        self.problems.extend(str(problem) for problem in problems[: max(MOST_FINDINGS - len(self.problems), 0)])

    def open(self, offset: int) -> None:
        """An interchange begins."""
        self.interchange_at, self.envelope, self.answerable = offset, [], False
        self.rejecting_interchange = self.rejecting_group = ""

    def blame(self, findings: Iterable[Finding]) -> None:
        """Keep what is wrong with the open interchange itself."""
        wrong = [finding for finding in findings if finding.severity is not Severity.WARNING]
        self.envelope.extend(wrong[: max(MOST_FINDINGS - len(self.envelope), 0)])


def progress_of(message: MessageRow) -> Progress:
    """Where to go on with a message."""
    return msgspec.json.decode(message.progress, type=Progress) if message.progress else Progress()
