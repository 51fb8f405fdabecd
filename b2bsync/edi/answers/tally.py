"""What the verdicts on the sets of a group come to."""

from collections.abc import Iterable

from b2bsync.edi.answers.note import errors, placed
from b2bsync.edi.answers.verdict import SetVerdict
from b2bsync.edi.standard import X12
from b2bsync.vocabulary.findings import Finding
from b2bsync.vocabulary.verdicts import Verdict

TRAILER_MISSING = "group-trailer-missing"
ACCEPTED = (Verdict.ACCEPTED, Verdict.ACCEPTED_WITH_ERRORS)


class Tally:
    """Counts the sets of one group; ``codes`` are the notes on the group that its sets gave cause for (X12 716)."""

    def __init__(self, standard: str) -> None:
        self.standard = standard
        self.accepted = self.rejected = 0
        self.doubted = False  # whether one was accepted with errors
        self.notes: dict[str, Finding] = {}

    def add(self, said: SetVerdict) -> None:
        """One set."""
        self.accepted += said.verdict in ACCEPTED
        self.rejected += said.verdict is Verdict.REJECTED
        self.doubted = self.doubted or said.verdict is Verdict.ACCEPTED_WITH_ERRORS
        if self.standard == X12:
            for finding in errors(said.findings):
                level, code = placed(finding, X12)
                if level == "group" and code:
                    self.notes.setdefault(code, finding)

    def verdict(self, findings: Iterable[Finding], rejected: bool = False) -> Verdict:
        """The verdict on the group, with what was found on its envelope; ``rejected`` where the agreement's policy
        rejects all of it."""
        found = errors(tuple(findings))
        lost = self.standard == X12 and any(finding.code == TRAILER_MISSING for finding in found)
        if rejected or not self.accepted:
            return Verdict.REJECTED
        if self.rejected or lost:  # without its trailer more of the group may be lost
            return Verdict.PARTIALLY_ACCEPTED
        return Verdict.ACCEPTED_WITH_ERRORS if found or self.doubted else Verdict.ACCEPTED
