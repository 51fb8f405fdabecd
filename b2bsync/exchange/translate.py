"""From a message's bytes to canonical documents: cut, judge, map, a commit for every so many transaction sets.

The place in the message travels in its row, so that a kill at any moment costs at most the batch in hand, and memory
does not grow with the message.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.engine import Outcome, Stage, Task
from b2bsync.exchange.duplicates import Repeated, claim_group, claim_interchange, release
from b2bsync.exchange.given_up import give_up_message
from b2bsync.exchange.progress import Progress, progress_of
from b2bsync.exchange.reading import STANDARDS, agreed_verdict, encode_findings, read_with
from b2bsync.exchange.receipt import Ended, acknowledge_group, send_again
from b2bsync.exchange.setting import Setting, acknowledge_lane, orders_lane
from b2bsync.mapping import MappingError, Unmapped
from b2bsync.model import (
    FunctionalAcknowledgement,
    Order,
)
from b2bsync.partners import Partner
from b2bsync.store import begin_write, blobs, journal
from b2bsync.store.journal import NewDocument, NewEvent
from b2bsync.store.tables import MessageRow
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.stages import Stage as World
from b2bsync.vocabulary.verdicts import Verdict

log = logging.getLogger("b2bsync.exchange")

USAGE = {"T": World.TEST, "P": World.PRODUCTION}
BATCH_BYTES = 4 << 20
"""Bytes of transaction sets after which a batch is full, however few they are."""

TRAILER_MISSING = ("group-trailer-missing", "interchange-trailer-missing")


@dataclass
class Translated:
    """One transaction set on its way into the journal."""

    row: NewDocument
    order: bool = False
    acknowledgement: bool = False


@dataclass
class Batch:
    """What one batch found: at most one start of an interchange and of a group, then sets, then their ends.

    ``after_start`` is where the scan goes on when the start turns out to be a repeat.
    """

    message: MessageRow
    partner: Partner
    progress: Progress
    interchange: edi.InterchangeHeader | None = None
    group: tuple[edi.InterchangeHeader, edi.GroupHeader] | None = None
    after_start: edi.Position | None = None
    sets: list[Translated] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    unreadable: str = ""
    cut_off: bool = False

    @property
    def message_id(self) -> int:
        assert self.message.id is not None
        return self.message.id


class Translate(Stage):
    """Stage ``translate``; its subject is a message."""

    name = "translate"
    batch = 1

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def perform(self, work: object, tasks: Sequence[Task]) -> Batch:
        with self.setting.database.session() as session:
            message = journal.message(session, tasks[0].subject)
            if message is None:
                raise LookupError(f"message {tasks[0].subject} is not in the journal")
        partner = self.setting.partner(message.partner)
        batch = Batch(message, partner, progress_of(message))
        start = batch.progress.position.offset if batch.progress.position else 0
        try:
            self._read(batch, blobs.stream(self.setting.database, message.digest, start))
        except edi.Unreadable as error:
            found = f"; it begins with {error.finding.value!r}" if error.finding.value else ""
            batch.unreadable = f"{message.name}: {error}{found}"
        return batch

    def _read(self, batch: Batch, chunks: Iterable[bytes]) -> None:
        """Take up to a batch of transaction sets, and every event up to the last of them."""
        progress, held = batch.progress, 0
        for event in edi.scan(chunks, progress.position, standards=STANDARDS):
            starts = isinstance(event, edi.InterchangeStart | edi.GroupStart)
            if starts and (batch.sets or batch.ended or (batch.group and isinstance(event, edi.GroupStart))):
                return  # the next batch begins with this start, so that a repeat of it touches nothing before it
            if not self._skip(progress, event):
                self._take(batch, event)
            progress.position = event.position
            if starts:
                batch.after_start = event.position
            if isinstance(event, edi.TransactionCut):
                held += event.length
            if len(batch.sets) >= self.setting.batch or held >= BATCH_BYTES:
                return
        progress.ended = True

    def _skip(self, progress: Progress, event: edi.Event) -> bool:
        """Whether the event belongs to an interchange or group that is passed over."""
        skipping = progress.skipping
        if (isinstance(event, edi.InterchangeEnd) and skipping) or (
            isinstance(event, edi.GroupEnd) and skipping == "group"
        ):
            progress.skipping = ""
        return bool(skipping)

    def _take(self, batch: Batch, event: edi.Event) -> None:
        progress = batch.progress
        match event:
            case edi.InterchangeStart():
                progress.note(*event.findings)
                if reason := self._wall(batch.partner, event.header):
                    progress.skipping, progress.refused = "interchange", progress.refused + 1
                    progress.note(reason)
                else:
                    batch.interchange = event.header
            case edi.GroupStart():
                progress.note(*event.findings)
                if reason := self._stranger(batch.partner, event.interchange, event.header):
                    progress.skipping, progress.refused = "interchange", progress.refused + 1
                    progress.note(reason)
                    # Nothing of it was taken yet: its number stays free for the day on which the sender is known.
                    batch.interchange = None
                elif any(finding.severity is Severity.FATAL for finding in event.findings):
                    progress.skipping, progress.refused = "group", progress.refused + 1
                    progress.note("nothing of that group was processed, and no 997 can name it: it has to come again")
                else:
                    batch.group = (event.interchange, event.header)
                    progress.group_at = event.position.offset
            case edi.TransactionCut():
                batch.sets.append(self._translate(batch, event))
                progress.documents += 1
            case edi.TransactionDropped():
                batch.sets.append(_refused(_row(batch, event), (event.finding,)))
                progress.documents += 1
            case edi.GroupEnd():
                progress.note(*event.findings)
                codes = (f.ack_code for f in event.findings if f.ack_code and f.ack_level == "group")
                noted = tuple(dict.fromkeys(codes))
                batch.cut_off |= event.included > event.received or any(
                    finding.code in TRAILER_MISSING for finding in event.findings
                )
                batch.ended.append(Ended(event.header, event.included, event.received, noted, progress.group_at))
            case edi.InterchangeEnd():
                progress.note(*event.findings)
                progress.truncated |= any(finding.code in TRAILER_MISSING for finding in event.findings)
                batch.cut_off |= any(_groups_missing(finding) for finding in event.findings)
            case edi.Problem():
                progress.note(event.finding)
                # What begins like an interchange and is none was meant to be one.
                batch.cut_off |= (event.finding.value or "").lstrip().startswith("ISA")
            case edi.InterchangeAck():
                progress.note(f"TA1 for our interchange {event.control_number}: {event.code}, note {event.note}")

    def _wall(self, partner: Partner, header: edi.InterchangeHeader) -> str:
        """The stage wall: test and production never meet."""
        world = USAGE.get(header.usage)
        if world is partner.stage:
            return ""
        said = f"ISA15 is {header.usage!r}" + (f", {world}" if world else ", neither T nor P")
        return (
            f"{said}, but partner {partner.name} is agreed for {partner.stage}; nothing of interchange "
            f"{header.control_number} was processed"
        )

    def _stranger(self, partner: Partner, interchange: edi.InterchangeHeader, group: edi.GroupHeader) -> str:
        sender = (interchange.sender.qualifier, interchange.sender.id)
        receiver = (interchange.receiver.qualifier, interchange.receiver.id)
        found = self.setting.partners.of_interchange(sender, receiver, group.sender, partner.stage)
        if found is not None and found.name == partner.name:
            return ""
        if found is not None:
            return f"the interchange is from {found.name}, but it came through the channel of {partner.name}"
        return self.setting.partners.why_unknown(sender, receiver, group.sender)

    def _translate(self, batch: Batch, cut: edi.TransactionCut) -> Translated:
        partner, row = batch.partner, _row(batch, cut)
        if not partner.receives(cut.type):
            finding = Finding(
                severity=Severity.ERROR,
                code="set-not-agreed",
                message=f"transaction set {cut.type} is not agreed with {partner.name}",
                ack_level="set",
                ack_code="1",
                segment=1,
                tag="ST",
                element=1,
                value=cut.type,
                allowed=", ".join(partner.documents.receive) or "none",
            )
            return _refused(row, (finding,))
        set_ = edi.read_set(cut.raw, cut.interchange.delimiters, cut.group.version, cut.type, start=cut.start)
        verdict = agreed_verdict(set_.verdict, partner)
        if verdict is Verdict.REJECTED:
            return _refused(row, set_.findings)
        row.verdict = verdict
        row.findings = encode_findings(set_.findings)
        try:
            mapping = self.setting.mapping(partner, cut.type, cut.group.version)
            if mapping is None:
                raise LookupError(
                    f"there is no mapping for {cut.type} of {cut.group.version}; "
                    f"add mappings/x12/{cut.group.version[:6]}/{cut.type}.toml and retry"
                )
            document = read_with(mapping, set_.root, row, cut.interchange.delimiters)
        except (LookupError, MappingError, Unmapped) as error:
            row.status = "failed"
            row.reason = str(error)
            return Translated(row)
        except Exception as error:  # a fault of a workspace's function or of ours: the other documents go on
            log.warning("message %d, %s %s", batch.message_id, cut.type, cut.control_number, exc_info=error)
            row.status = "failed"
            row.reason = f"the mapping broke: {type(error).__name__}: {error}; mend it and retry"
            return Translated(row)
        order = isinstance(document, Order)
        functional = isinstance(document, FunctionalAcknowledgement)
        if not order and not functional:
            row.status = "recorded"
        return Translated(row, order=order, acknowledgement=functional)

    def abandon(self, session: Session, task: Task, error: str) -> None:
        give_up_message(session, task.subject, error)

    def finish(self, session: Session, tasks: Sequence[Task], result: Batch) -> Outcome | None:
        begin_write(session)
        progress = result.progress
        if result.unreadable:
            progress.note(result.unreadable)
            progress.ended, progress.refused = True, progress.refused + 1
        elif repeated := self._claim(session, result):
            # Nothing of this batch counts: the scan goes on behind the start, and passes over what it opened.
            progress.position, progress.ended = result.after_start, False
            progress.skipping = "interchange" if repeated.interchange else "group"
            progress.documents -= len(result.sets)
            progress.duplicates += 1
            progress.repeats = progress.repeats or repeated.message
            progress.note(repeated)
        else:
            progress.cut_off |= result.cut_off
            self._store(session, result)
        self._settle(session, result)
        return None if progress.ended else Outcome(again=[tasks[0].id])

    def _claim(self, session: Session, batch: Batch) -> Repeated | None:
        """Claim the control numbers of the interchange and group that begin in this batch."""
        subject = f"message:{batch.message_id}"
        if batch.interchange and (found := claim_interchange(session, batch.partner, subject, batch.interchange)):
            return found
        return claim_group(session, batch.partner, subject, *batch.group) if batch.group else None

    def _settle(self, session: Session, batch: Batch) -> None:
        """Write down how far the message is and, at its end, how it went."""
        progress, message_id = batch.progress, batch.message_id
        status = "translating"
        if progress.ended:
            status = "partial" if progress.lost else "translated"
            if not progress.documents:
                status = "duplicate" if progress.duplicates and not progress.refused else "failed"
                if not progress.problems:
                    progress.note("the message holds no transaction set")
        text = "; ".join(progress.problems)
        encoded = msgspec.json.encode(progress).decode()
        journal.update_messages(session, [message_id], status=status, progress=encoded, error=text)
        if progress.ended and (progress.truncated or not progress.taken):
            # It comes again, whole or corrected, under the same control numbers; what was ordered is ordered once.
            release(session, message_id)
        if status == "duplicate":
            send_again(self.setting, session, batch.message, progress.repeats)
        if status in ("failed", "duplicate", "partial"):
            event = NewEvent(subject="message", subject_id=str(message_id), what=status, detail=text)
            journal.add_events(session, [event])

    def _store(self, session: Session, batch: Batch) -> None:
        """Rows, follow-up work, and the acknowledgement of every group that ended."""
        lanes, partner = self.setting.lanes, batch.partner
        if batch.sets:
            self._refuse_repeated_controls(session, batch)
            self._keep_texts(session, batch)
            batch.progress.taken += sum(t.row.verdict != Verdict.REJECTED for t in batch.sets)
            ids = journal.add_documents(session, [t.row for t in batch.sets])
            orders = {i: t.row.number for i, t in zip(ids, batch.sets, strict=True) if t.order}
            acknowledgements = [i for i, t in zip(ids, batch.sets, strict=True) if t.acknowledgement]
            if orders:
                numbers = list(orders.values())
                self.setting.spread(session, orders_lane(partner.name), "judge", list(orders), lambda: numbers)
            if acknowledgements:
                lanes.add(session, acknowledge_lane(partner.name), "reconcile", acknowledgements)
        for ended in batch.ended:
            acknowledge_group(self.setting, session, partner, batch.message_id, ended)

    def _refuse_repeated_controls(self, session: Session, batch: Batch) -> None:
        """ST02 must be unique within its group; across interchanges it recurs and means nothing."""
        first = batch.sets[0].row
        numbers = [t.row.set_control for t in batch.sets]
        group = first.partner, first.group_control, batch.message_id, batch.progress.group_at
        seen = journal.set_controls(session, *group, numbers)
        for t in batch.sets:
            if t.row.set_control in seen:
                finding = Finding(
                    severity=Severity.ERROR,
                    code="set-control-number-repeated",
                    message=f"transaction set control number {t.row.set_control} stands twice in its group",
                    ack_level="set",
                    ack_code="23",
                    segment=1,
                    tag="ST",
                    element=2,
                    offset=t.row.start,
                    value=t.row.set_control,
                )
                _refused(t.row, (finding,))
                t.order = t.acknowledgement = False
            seen.add(t.row.set_control)

    def _keep_texts(self, session: Session, batch: Batch) -> None:
        """Agreement and mappings as they were, so that a document can be explained when they have changed."""
        agreement = journal.put_artifact(session, "agreement", batch.partner.name, batch.partner.text)
        kept: set[str] = set()
        for t in batch.sets:
            t.row.agreement_hash = agreement
            if t.row.mapping_hash and t.row.mapping_hash not in kept:
                mapping = self.setting.mapping(batch.partner, t.row.type, t.row.version)
                if mapping is not None:
                    kept.add(t.row.mapping_hash)
                    t.row.mapping_hash = journal.put_artifact(session, "mapping", mapping.name, mapping.text)


def _row(batch: Batch, cut: edi.TransactionCut | edi.TransactionDropped) -> NewDocument:
    """The row of a transaction set that nobody has looked into yet."""
    message = batch.message
    return NewDocument(
        company=message.company,
        stage=message.stage,
        direction="in",
        partner=batch.partner.name,
        dialect="x12",
        version=cut.group.version,
        type=cut.type,
        kind="",
        status="translated",
        message_id=message.id,
        interchange_control=cut.interchange.control_number,
        group_code=cut.group.code,
        group_control=cut.group.control_number,
        set_control=cut.control_number,
        start=cut.start,
        length=cut.length,
    )


def _groups_missing(finding: Finding) -> bool:
    """Whether IEA01 says more groups than there are."""
    said, there = finding.value or "", finding.allowed or ""
    return finding.code == "group-count-wrong" and said.isdecimal() and int(said) > int(there)


def _refused(row: NewDocument, findings: tuple[Finding, ...]) -> Translated:
    row.status = "refused"
    row.verdict = Verdict.REJECTED
    row.findings = encode_findings(findings)
    row.reason = next((str(f) for f in findings if f.severity is not Severity.WARNING), "")
    return Translated(row)
