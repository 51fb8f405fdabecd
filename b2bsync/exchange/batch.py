"""What one run of the translation took from a message, on its way into the journal."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from b2bsync import edi
from b2bsync.edi.answers import InterchangeVerdict
from b2bsync.edi.standard import X12
from b2bsync.exchange.progress import Progress
from b2bsync.exchange.reading import encode_findings
from b2bsync.exchange.receipt import Closed, Ended
from b2bsync.exchange.second_opinion import SecondOpinion, events, stops, told
from b2bsync.partners import Partner
from b2bsync.store.journal import NewDocument, NewEvent
from b2bsync.store.tables import MessageRow
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict


@dataclass
class Translated:
    """One transaction set on its way into the journal."""

    row: NewDocument
    order: bool = False
    acknowledgement: bool = False
    opinion: SecondOpinion | None = None
    stopped: bool = False

    def dispute(self, partner: Partner) -> None:
        """Hold what the two judges disagree on until a person has seen it, where that was agreed and there is a way to
        go on with it."""
        found = self.opinion.disagreements if self.opinion else ()
        if found and stops(partner) and (self.order or self.acknowledgement):
            self.stopped, self.order, self.acknowledgement = True, False, False
            self.row.status = "held"
            self.row.reason = f"the judges disagree on it: {told(found)}; look at it, then retry"

    def events(self, document_id: int) -> Sequence[NewEvent]:
        """What is to be told of the judges, once it is journalled under this id."""
        if self.opinion is None:
            return ()
        label = f"{self.row.type} {self.row.number} of {self.row.partner}"
        return events(document_id, label, self.opinion, self.stopped)


@dataclass
class Repeat:
    """An interchange under a number that came before, which was passed over to its end. ``first``: the message that
    holds the number; ``start`` and ``end``: its bytes in this message, the header not counted; ``answerable``: whether
    it holds more than acknowledgements; ``same``: whether the first one had the same bytes."""

    header: edi.InterchangeHeader
    first: int
    start: int
    end: int
    answerable: bool
    same: bool = True


@dataclass
class Batch:
    """What one batch found: at most one start of an interchange and of a group, then sets, then their ends.

    ``before`` is how far the message was before that start of an interchange, ``opened`` and ``group_opened`` how far
    directly behind the starts: where the scan goes on when they turn out to be repeats, or have to wait.
    """

    message: MessageRow
    partner: Partner
    progress: Progress
    interchange: edi.InterchangeHeader | None = None
    group: tuple[edi.InterchangeHeader, edi.GroupHeader] | None = None
    before: Progress | None = None
    opened: Progress | None = None
    group_opened: Progress | None = None
    sets: list[Translated] = field(default_factory=list)
    ended: list[Ended | Closed] = field(default_factory=list)
    told: list[InterchangeVerdict] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)
    unreadable: str = ""
    cut_off: bool = False

    @property
    def filled(self) -> bool:
        """Whether it has anything behind a start of an interchange or group."""
        return bool(self.sets or self.ended or self.told or self.repeats)

    @property
    def begun(self) -> bool:
        """Whether an interchange begins in it, or anything else is in it: another one belongs to the next batch."""
        return self.before is not None or self.group is not None or self.filled

    @property
    def message_id(self) -> int:
        assert self.message.id is not None
        return self.message.id

    def row(self, cut: edi.TransactionCut | edi.TransactionDropped) -> NewDocument:
        """The row of a transaction set that nobody has looked into yet."""
        x12 = cut.interchange.standard == X12
        return NewDocument(
            company=self.message.company,
            stage=self.message.stage,
            direction="in",
            partner=self.partner.name,
            dialect="x12" if x12 else "edifact",
            version=cut.version if isinstance(cut, edi.TransactionCut) else cut.group.version,
            type=cut.type,
            kind="",
            status="translated",
            message_id=self.message.id,
            interchange_control=cut.interchange.control_number,
            group_code=cut.group.code,
            group_control=cut.group.control_number,
            set_control=cut.control_number,
            start=cut.start,
            length=cut.length,
        )


def refused(row: NewDocument, findings: tuple[Finding, ...], why: str = "") -> Translated:
    """A set that is not processed, with what is wrong with it; ``why`` where that lies around it."""
    row.status = "refused"
    row.verdict = Verdict.REJECTED
    row.findings = encode_findings(findings)
    row.reason = why or next((str(f) for f in findings if f.severity is not Severity.WARNING), "")
    return Translated(row)
