"""How far the translation of a message is; it travels in the message's row."""

from collections.abc import Iterable, Sequence

import msgspec

from b2bsync import edi
from b2bsync.edi.answers.verdict import ACKNOWLEDGEMENTS
from b2bsync.store.tables import MessageRow
from b2bsync.vocabulary.findings import Finding, Severity

MOST_FINDINGS = 20
"""Findings kept on one envelope, and problems told of one message."""


MOST_GROUPS = 1000
"""Groups of an EDIFACT interchange that its CONTRL names; of further ones it names the messages alone."""


class MessageGroup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """UNG and UNE of a group, for CONTRL at the end of the interchange. ``start``: where its messages begin, in
    bytes."""

    start: int
    header: edi.GroupHeader
    received: int = 0
    findings: tuple[Finding, ...] = ()
    rejected: bool = False


class Progress(msgspec.Struct, kw_only=True, omit_defaults=True):
    """``skipping`` is ``interchange`` or ``group`` while one of them is passed over; ``truncated``: an interchange or
    group of it ended without its trailer. ``rejecting_interchange`` and ``rejecting_group`` say why the open one is
    rejected as a whole, where the agreement wants that."""

    position: edi.Position | None = None
    interchange_at: int = 0  # where the sets of the open interchange begin, in bytes
    group_at: int = 0  # the same of the open group: control numbers may recur behind it
    envelope: list[Finding] = []  # what is wrong with the open interchange itself
    answerable: bool = False  # whether the open interchange holds something that is no acknowledgement
    acknowledging: bool = False  # whether it holds acknowledgements
    groups: list[MessageGroup] = []
    rejecting_interchange: str = ""
    rejecting_group: str = ""
    skipping: str = ""
    ended: bool = False
    held: bool = False  # the interchange that begins here came out of order, and waits for a person
    in_any_order: bool = False  # an operator wants the next interchange as it is
    repeat_of: int = 0  # the message that holds the number of the interchange that is passed over
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
        self.interchange_at, self.envelope, self.groups = offset, [], []
        self.answerable = self.acknowledging = False
        self.rejecting_interchange = self.rejecting_group = ""

    def hold(self, type: str) -> None:
        """A set of a type is in the open interchange."""
        if type in ACKNOWLEDGEMENTS:
            self.acknowledging = True
        else:
            self.answerable = True

    def open_group(self, header: edi.GroupHeader) -> None:
        """A group of EDIFACT begins."""
        if len(self.groups) < MOST_GROUPS:
            self.groups.append(MessageGroup(start=self.group_at, header=header))

    def close_group(self, received: int, findings: Sequence[Finding]) -> None:
        """A group of EDIFACT ended, or the messages that stand in none."""
        if self.groups and self.groups[-1].start == self.group_at:
            self.groups[-1] = msgspec.structs.replace(
                self.groups[-1], received=received, findings=tuple(findings), rejected=bool(self.rejecting)
            )
        else:
            self.blame(findings)

    def copy(self) -> "Progress":
        """One that is not changed with this one."""
        lists = {"envelope": [*self.envelope], "groups": [*self.groups], "problems": [*self.problems]}
        return msgspec.structs.replace(self, **lists)

    def blame(self, findings: Iterable[Finding]) -> None:
        """Keep what is wrong with the open interchange itself."""
        wrong = [finding for finding in findings if finding.severity is not Severity.WARNING]
        self.envelope.extend(wrong[: max(MOST_FINDINGS - len(self.envelope), 0)])


def progress_of(message: MessageRow) -> Progress:
    """Where to go on with a message."""
    return msgspec.json.decode(message.progress, type=Progress) if message.progress else Progress()
