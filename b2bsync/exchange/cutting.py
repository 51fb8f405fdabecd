"""From bytes to a batch: what the scan tells is judged, mapped and kept, up to so many transaction sets.

A batch begins where the last one ended and holds at most one start of an interchange and of a group, before everything
else, so that a start that turns out to be a repeat touches nothing before it.
"""

import logging
from collections.abc import Iterable

import msgspec

from b2bsync import edi
from b2bsync.edi.answers import read_ta1
from b2bsync.edi.answers.verdict import ACKNOWLEDGEMENT_GROUP, ACKNOWLEDGEMENTS
from b2bsync.edi.standard import X12
from b2bsync.exchange.admission import not_theirs, stranger, wall
from b2bsync.exchange.ahead import Unit, rejecting
from b2bsync.exchange.batch import Batch, Repeat, Translated, refused
from b2bsync.exchange.reading import canonical, encode_findings, read_twice, unguided
from b2bsync.exchange.receipt import Closed, Ended
from b2bsync.exchange.setting import Setting
from b2bsync.mapping import MappingError, Unmapped
from b2bsync.model import FunctionalAcknowledgement, Order
from b2bsync.partners import Syntax
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict

log = logging.getLogger("b2bsync.exchange")

BATCH_BYTES = 4 << 20
"""Bytes of transaction sets after which a batch is full, however few they are."""

MOST_TOLD = 1000
"""TA1 of theirs in a batch."""

TRAILER_MISSING = ("group-trailer-missing", "interchange-trailer-missing")


class Cutting:
    """Fills a batch."""

    def __init__(self, setting: Setting, batch: Batch) -> None:
        self.setting, self.batch = setting, batch

    def read(self, chunks: Iterable[bytes]) -> None:
        """Take up to a batch of transaction sets, and every event up to the last of them. Raises Unreadable."""
        batch, held = self.batch, 0
        for event in edi.scan(chunks, batch.progress.position):
            interchange = isinstance(event, edi.InterchangeStart)
            if (interchange and batch.begun) or (isinstance(event, edi.GroupStart) and (batch.group or batch.filled)):
                return
            if interchange:
                batch.before = batch.progress.copy()
            if not self._skip(event):
                self._take(event)
            batch.progress.position = event.position
            if interchange and batch.interchange:
                batch.opened = batch.progress.copy()
            elif isinstance(event, edi.GroupStart) and batch.group:
                batch.group_opened = batch.progress.copy()
            if isinstance(event, edi.TransactionCut):
                held += event.length
            if len(batch.sets) >= self.setting.batch or held >= BATCH_BYTES or len(batch.told) >= MOST_TOLD:
                return
        batch.progress.ended = True

    def _skip(self, event: edi.Event) -> bool:
        """Whether the event belongs to an interchange or group that is passed over."""
        progress = self.batch.progress
        skipping = progress.skipping
        if not skipping:
            return False
        if isinstance(event, edi.TransactionCut | edi.TransactionDropped):
            progress.answerable |= event.type not in ACKNOWLEDGEMENTS
        if isinstance(event, edi.InterchangeEnd) or (isinstance(event, edi.GroupEnd) and skipping == "group"):
            progress.skipping = ""
        if isinstance(event, edi.InterchangeEnd) and progress.repeat_of:
            end = event.position.offset
            repeat = Repeat(event.header, progress.repeat_of, progress.interchange_at, end, progress.answerable)
            self.batch.repeats.append(repeat)
            progress.repeat_of = 0
        return True

    def _take(self, event: edi.Event) -> None:
        batch, progress = self.batch, self.batch.progress
        match event:
            case edi.InterchangeStart():
                self._open(event)
            case edi.GroupStart():
                self._open_group(event)
            case edi.TransactionCut():
                progress.hold(event.type)
                batch.sets.append(self._translate(event))
                progress.documents += 1
            case edi.TransactionDropped():
                progress.hold(event.type)
                batch.sets.append(refused(batch.row(event), (event.finding,)))
                progress.documents += 1
            case edi.GroupEnd():
                self._close_group(event)
            case edi.InterchangeEnd():
                progress.note(*event.findings)
                progress.blame(event.findings)
                progress.truncated |= any(finding.code in TRAILER_MISSING for finding in event.findings)
                batch.cut_off |= any(_groups_missing(finding) for finding in event.findings)
                if progress.answerable or not progress.acknowledging:
                    rejected = bool(progress.rejecting_interchange)
                    wrong, groups = tuple(progress.envelope), tuple(progress.groups)
                    batch.ended.append(Closed(event.header, wrong, progress.interchange_at, rejected, groups))
            case edi.Problem():
                progress.note(event.finding)
                if event.position.interchange is not None:
                    progress.blame([event.finding])
                # What begins like an interchange and is none was meant to be one.
                batch.cut_off |= (event.finding.value or "").lstrip().startswith(("ISA", "UNA", "UNB"))
            case edi.InterchangeAck():
                progress.acknowledging = True
                if reason := not_theirs(batch.partner, event.interchange):
                    progress.note(f"TA1 for interchange {event.control_number}: {reason}; it does not count")
                    progress.refused += 1
                else:
                    batch.told.append(read_ta1(event))
                    progress.documents += 1
                    progress.taken += 1

    def _open(self, event: edi.InterchangeStart) -> None:
        """An interchange begins: the stage wall, in EDIFACT the sender, and whether it is rejected as a whole."""
        batch, progress, header = self.batch, self.batch.progress, event.header
        progress.note(*event.findings)
        progress.open(event.position.offset)
        progress.blame(event.findings)
        reason = wall(batch.partner, header)
        if not reason and header.standard != X12:
            reason = stranger(self.setting, batch.partner, header, "")
        if reason:
            progress.skipping, progress.refused = "interchange", progress.refused + 1
            progress.note(reason)
            return
        batch.interchange = header
        if batch.partner.syntax is Syntax.REJECT_INTERCHANGE:
            progress.rejecting_interchange = self._rejecting(event, Unit.INTERCHANGE)

    def _open_group(self, event: edi.GroupStart) -> None:
        batch, progress, header = self.batch, self.batch.progress, event.header
        progress.note(*event.findings)
        x12 = event.interchange.standard == X12
        reason = stranger(self.setting, batch.partner, event.interchange, header.sender) if x12 else ""
        if reason:
            progress.skipping, progress.refused = "interchange", progress.refused + 1
            progress.note(reason)
            # Nothing of it was taken yet: its number stays free for the day on which the sender is known.
            batch.interchange = None
        elif x12 and any(finding.severity is Severity.FATAL for finding in event.findings):
            progress.skipping, progress.refused = "group", progress.refused + 1
            progress.note("nothing of that group was processed, and no 997 can name it: it has to come again")
            progress.blame([_unnameable(event.findings)])
            progress.answerable = True
        else:
            progress.answerable |= x12 and header.code != ACKNOWLEDGEMENT_GROUP
            progress.group_at = event.position.offset
            if not (x12 or header.code or header.control_number):
                return  # messages that stand in no group are judged one by one
            batch.group = (event.interchange, header)
            if not x12:
                progress.open_group(header)
            if batch.partner.syntax is Syntax.REJECT_GROUP and not progress.rejecting_interchange:
                progress.rejecting_group = self._rejecting(event, Unit.GROUP)

    def _rejecting(self, event: edi.InterchangeStart | edi.GroupStart, unit: Unit) -> str:
        wrong = next((str(f) for f in event.findings if f.severity is not Severity.WARNING), "")
        batch = self.batch
        return wrong or rejecting(self.setting, batch.partner, batch.message.digest, event.position, unit)

    def _close_group(self, event: edi.GroupEnd) -> None:
        batch, progress = self.batch, self.batch.progress
        progress.note(*event.findings)
        batch.cut_off |= event.included > event.received or any(f.code in TRAILER_MISSING for f in event.findings)
        wrong = tuple(finding for finding in event.findings if finding.severity is not Severity.WARNING)
        if event.interchange.standard == X12:
            ended = Ended(
                event.interchange, event.header, event.included, event.received, wrong, progress.group_at,
                bool(progress.rejecting),
            )  # fmt: skip
            batch.ended.append(ended)
        else:
            progress.close_group(event.received, wrong)
        progress.rejecting_group = ""

    def _translate(self, cut: edi.TransactionCut) -> Translated:
        batch, partner, row = self.batch, self.batch.partner, self.batch.row(cut)
        why = batch.progress.rejecting
        if not partner.receives(cut.type):
            return refused(row, (_not_agreed(partner.name, partner.documents.receive, cut),), why)
        try:
            if why:
                return refused(row, unguided(partner, cut).findings, why)
            read, opinion = read_twice(self.setting, partner, cut)
            if read.verdict is Verdict.REJECTED:
                return refused(row, read.findings)
            row.verdict = read.verdict
            row.findings = encode_findings(read.findings)
            document = canonical(self.setting, partner, read, cut.interchange, row)
        except (LookupError, MappingError, Unmapped) as error:
            row.verdict = row.verdict or unguided(partner, cut).verdict
            row.status = "failed"
            row.reason = str(error)
            return Translated(row)
        except Exception as error:  # a fault of a workspace's function or of ours: the other documents go on
            log.warning("message %d, %s %s", batch.message_id, cut.type, cut.control_number, exc_info=error)
            if row.verdict is None:
                return refused(row, (), f"it could not be read: {type(error).__name__}: {error}")
            row.status = "failed"
            row.reason = f"the mapping broke: {type(error).__name__}: {error}; mend it and retry"
            return Translated(row)
        found = Translated(row, isinstance(document, Order), isinstance(document, FunctionalAcknowledgement), opinion)
        found.dispute(partner)
        return found


def _not_agreed(partner: str, agreed: Iterable[str], cut: edi.TransactionCut) -> Finding:
    x12 = cut.interchange.standard == X12
    return Finding(
        severity=Severity.ERROR,
        code="set-not-agreed",
        message=f"{'transaction set' if x12 else 'message'} {cut.type} is not agreed with {partner}",
        ack_level="set",
        ack_code="1" if x12 else "17",
        segment=1,
        tag="ST" if x12 else "UNH",
        element=1 if x12 else 2,
        value=cut.type,
        allowed=", ".join(agreed) or "none",
    )


def _groups_missing(finding: Finding) -> bool:
    """Whether IEA01 says more groups than there are."""
    said, there = finding.value or "", finding.allowed or ""
    return finding.code == "group-count-wrong" and said.isdecimal() and int(said) > int(there)


def _unnameable(findings: Iterable[Finding]) -> Finding:
    """What is wrong with a group that no 997 can name, as a note on its interchange (X12 I18: content)."""
    found = next(finding for finding in findings if finding.severity is Severity.FATAL)
    return msgspec.structs.replace(found, ack_level="interchange", ack_code="024")
