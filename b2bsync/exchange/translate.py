"""From a message's bytes to canonical documents: cut, judge, map, a commit for every so many transaction sets.

The place in the message travels in its row, so that a kill at any moment costs at most the batch in hand, and memory
does not grow with the message.
"""

import logging
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.edi.answers import read_ta1
from b2bsync.edi.answers.verdict import ACKNOWLEDGEMENT_GROUP, ACKNOWLEDGEMENTS
from b2bsync.edi.standard import X12
from b2bsync.engine import Outcome, Stage, Task
from b2bsync.exchange.admission import Irregular, irregular, stranger, wall
from b2bsync.exchange.ahead import Unit, rejecting
from b2bsync.exchange.batch import Batch, Translated, refused
from b2bsync.exchange.duplicates import Repeated, claim_group, claim_interchange, release, repeated_number
from b2bsync.exchange.given_up import give_up_message
from b2bsync.exchange.progress import Progress, progress_of
from b2bsync.exchange.reading import canonical, encode_findings, read_twice, unguided
from b2bsync.exchange.receipt import Closed, Ended, acknowledge_group, acknowledge_interchange, send_again
from b2bsync.exchange.reconcile import reconcile_interchange
from b2bsync.exchange.setting import Setting, acknowledge_lane, orders_lane
from b2bsync.mapping import MappingError, Unmapped
from b2bsync.model import FunctionalAcknowledgement, Order
from b2bsync.partners import Syntax
from b2bsync.store import begin_write, blobs, journal
from b2bsync.store.journal import NewEvent
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict

log = logging.getLogger("b2bsync.exchange")

BATCH_BYTES = 4 << 20
"""Bytes of transaction sets after which a batch is full, however few they are."""

TRAILER_MISSING = ("group-trailer-missing", "interchange-trailer-missing")


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
        for event in edi.scan(chunks, progress.position):
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
                self._open(batch, event)
            case edi.GroupStart():
                self._open_group(batch, event)
            case edi.TransactionCut():
                progress.answerable |= event.type not in ACKNOWLEDGEMENTS
                batch.sets.append(self._translate(batch, event))
                progress.documents += 1
            case edi.TransactionDropped():
                progress.answerable |= event.type not in ACKNOWLEDGEMENTS
                batch.sets.append(refused(batch.row(event), (event.finding,)))
                progress.documents += 1
            case edi.GroupEnd():
                self._close_group(batch, event)
            case edi.InterchangeEnd():
                progress.note(*event.findings)
                progress.blame(event.findings)
                progress.truncated |= any(finding.code in TRAILER_MISSING for finding in event.findings)
                batch.cut_off |= any(_groups_missing(finding) for finding in event.findings)
                if progress.answerable:
                    rejected = bool(progress.rejecting_interchange)
                    wrong = tuple(progress.envelope)
                    batch.ended.append(Closed(event.header, wrong, progress.interchange_at, rejected))
            case edi.Problem():
                progress.note(event.finding)
                if event.position.interchange is not None:
                    progress.blame([event.finding])
                # What begins like an interchange and is none was meant to be one.
                batch.cut_off |= (event.finding.value or "").lstrip().startswith(("ISA", "UNB"))
            case edi.InterchangeAck():
                batch.told.append(read_ta1(event))
                progress.documents += 1
                progress.taken += 1

    def _open(self, batch: Batch, event: edi.InterchangeStart) -> None:
        """An interchange begins: the stage wall, in EDIFACT the sender, and whether it is rejected as a whole."""
        progress, header = batch.progress, event.header
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
            progress.rejecting_interchange = self._rejecting(batch, event, Unit.INTERCHANGE)

    def _open_group(self, batch: Batch, event: edi.GroupStart) -> None:
        progress, header = batch.progress, event.header
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
            if x12 or header.code or header.control_number:
                batch.group = (event.interchange, header)
            if batch.partner.syntax is Syntax.REJECT_GROUP and not progress.rejecting_interchange:
                progress.rejecting_group = self._rejecting(batch, event, Unit.GROUP)

    def _rejecting(self, batch: Batch, event: edi.InterchangeStart | edi.GroupStart, unit: Unit) -> str:
        wrong = next((str(f) for f in event.findings if f.severity is not Severity.WARNING), "")
        return wrong or rejecting(self.setting, batch.partner, batch.message.digest, event.position, unit)

    def _close_group(self, batch: Batch, event: edi.GroupEnd) -> None:
        progress = batch.progress
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
            progress.blame(wrong)
        progress.rejecting_group = ""

    def _translate(self, batch: Batch, cut: edi.TransactionCut) -> Translated:
        partner, row = batch.partner, batch.row(cut)
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
            return refused(row, (finding,))
        try:
            read, opinion = read_twice(self.setting, partner, cut)
            if read.verdict is Verdict.REJECTED or batch.progress.rejecting:
                return refused(row, read.findings, batch.progress.rejecting)
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
            row.status = "failed"
            row.reason = f"the mapping broke: {type(error).__name__}: {error}; mend it and retry"
            return Translated(row)
        found = Translated(row, isinstance(document, Order), isinstance(document, FunctionalAcknowledgement), opinion)
        found.dispute(partner)
        return found

    def abandon(self, session: Session, task: Task, error: str) -> None:
        give_up_message(session, task.subject, error)

    def finish(self, session: Session, tasks: Sequence[Task], result: Batch) -> Outcome | None:
        begin_write(session)
        progress = result.progress
        if result.unreadable:
            progress.note(result.unreadable)
            progress.ended, progress.refused = True, progress.refused + 1
        elif repeated := self._claim(session, result):
            self._pass_over(result, "interchange" if repeated.interchange else "group", repeated)
            progress.duplicates += 1
            progress.repeats = progress.repeats or repeated.message
            if repeated.interchange and result.interchange:
                self._answer_repeat(session, result, result.interchange)
        elif (odd := self._in_order(session, result)) and odd.held:
            self._pass_over(result, "interchange", odd)
            progress.refused += 1
        else:
            progress.cut_off |= result.cut_off
            self._store(session, result)
        self._settle(session, result)
        return None if progress.ended else Outcome(again=[tasks[0].id])

    def _pass_over(self, batch: Batch, unit: str, why: object) -> None:
        """Nothing of this batch counts: the scan goes on behind the start, and passes over what it opened."""
        progress = batch.progress
        progress.position, progress.ended, progress.skipping = batch.after_start, False, unit
        progress.documents -= len(batch.sets) + len(batch.told)
        progress.taken -= len(batch.told)
        progress.note(why)

    def _in_order(self, session: Session, batch: Batch) -> Irregular | None:
        """Look at the number of the interchange that begins in this batch; what is out of order is told."""
        if batch.interchange is None:
            return None
        held = not batch.progress.in_any_order
        odd = irregular(session, batch.partner, batch.interchange, held=held)
        if odd is not None:
            event = NewEvent(
                subject="message", subject_id=str(batch.message_id), what="out of sequence", detail=str(odd)
            )
            journal.add_events(session, [event])
            if odd.held:
                release(session, batch.message_id)
        return odd

    def _answer_repeat(self, session: Session, batch: Batch, header: edi.InterchangeHeader) -> None:
        """Other bytes under a number that came before: they are rejected, where interchanges are answered."""
        first = journal.message(session, batch.progress.repeats)
        if first is not None and first.digest != batch.message.digest:
            ended = Closed(header, (repeated_number(header),), batch.progress.interchange_at, True)
            acknowledge_interchange(self.setting, session, batch.partner, batch.message_id, ended)

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
            if partner.receive.repeated_set_numbers == "reject":
                self._refuse_repeated_controls(session, batch)
            self._keep_texts(session, batch)
            batch.progress.taken += sum(t.row.verdict != Verdict.REJECTED for t in batch.sets)
            ids = journal.add_documents(session, [t.row for t in batch.sets])
            orders = {i: t.row.number for i, t in zip(ids, batch.sets, strict=True) if t.order}
            if disputed := [event for i, t in zip(ids, batch.sets, strict=True) for event in t.events(i)]:
                journal.add_events(session, disputed)
            acknowledgements = [i for i, t in zip(ids, batch.sets, strict=True) if t.acknowledgement]
            if orders:
                numbers = list(orders.values())
                self.setting.spread(session, orders_lane(partner.name), "judge", list(orders), lambda: numbers)
            if acknowledgements:
                lanes.add(session, acknowledge_lane(partner.name), "reconcile", acknowledgements)
        for said in batch.told:
            reconcile_interchange(session, partner, said, batch.message_id)
        for ended in batch.ended:
            if isinstance(ended, Ended):
                acknowledge_group(self.setting, session, partner, batch.message_id, ended)
            else:
                acknowledge_interchange(self.setting, session, partner, batch.message_id, ended)

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
                refused(t.row, (finding,))
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


def _groups_missing(finding: Finding) -> bool:
    """Whether IEA01 says more groups than there are."""
    said, there = finding.value or "", finding.allowed or ""
    return finding.code == "group-count-wrong" and said.isdecimal() and int(said) > int(there)


def _unnameable(findings: Iterable[Finding]) -> Finding:
    """What is wrong with a group that no 997 can name, as a note on its interchange (X12 I18: content)."""
    found = next(finding for finding in findings if finding.severity is Severity.FATAL)
    return msgspec.structs.replace(found, ack_level="interchange", ack_code="024")
