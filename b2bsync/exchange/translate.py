"""From a message's bytes to canonical documents: cut, judge, map, a commit for every so many transaction sets.

The place in the message travels in its row, so that a kill at any moment costs at most the batch in hand, and memory
does not grow with the message.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.engine import Outcome, Stage, Task
from b2bsync.exchange.admission import irregular
from b2bsync.exchange.batch import Batch, Repeat, refused
from b2bsync.exchange.cutting import Cutting
from b2bsync.exchange.duplicates import (
    Repeated,
    claim_group,
    claim_interchange,
    disclaim_interchange,
    release,
    repeated_number,
    same_bytes,
)
from b2bsync.exchange.given_up import give_up_message
from b2bsync.exchange.progress import progress_of
from b2bsync.exchange.reading import decode_findings
from b2bsync.exchange.receipt import Closed, Ended, acknowledge_group, acknowledge_interchange, send_again
from b2bsync.exchange.reconcile import reconcile_interchange
from b2bsync.exchange.setting import Setting, acknowledge_lane, orders_lane
from b2bsync.store import begin_write, blobs, journal
from b2bsync.store.journal import NewEvent
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict


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
            Cutting(self.setting, batch).read(blobs.stream(self.setting.database, message.digest, start))
        except edi.Unreadable as error:
            found = f"; it begins with {error.finding.value!r}" if error.finding.value else ""
            batch.unreadable = f"{message.name}: {error}{found}"
        for repeat in batch.repeats:
            repeat.same = same_bytes(self.setting.database, batch.message, repeat)
        return batch

    def abandon(self, session: Session, task: Task, error: str) -> None:
        give_up_message(session, task.subject, error)

    def finish(self, session: Session, tasks: Sequence[Task], result: Batch) -> Outcome | None:
        begin_write(session)
        progress = result.progress
        for repeat in result.repeats:
            self._answer_repeat(session, result, repeat)
        if result.unreadable:
            progress.note(result.unreadable)
            progress.ended, progress.refused = True, progress.refused + 1
        elif not (self._repeats(session, result) or self._waits(session, result)):
            progress.cut_off |= result.cut_off
            self._store(session, result)
        self._settle(session, result)
        return None if result.progress.ended or result.progress.held else Outcome(again=[tasks[0].id])

    def _repeats(self, session: Session, batch: Batch) -> bool:
        """Claim the control number of the interchange that begins in this batch; whether it came before. Then nothing
        of the batch counts: the scan goes on behind the start, and passes over what it opened."""
        found = None
        if batch.interchange:
            found = claim_interchange(session, batch.partner, _subject(batch), batch.interchange)
        if found is None or batch.opened is None:
            return False
        batch.progress = batch.opened
        batch.progress.skipping, batch.progress.repeat_of = "interchange", found.message
        self._count_repeat(session, batch, found)
        return True

    def _waits(self, session: Session, batch: Batch) -> bool:
        """Look at the order in which interchanges come, and at the number of the group that begins in this batch;
        whether nothing of it is to be stored."""
        if batch.interchange is not None and batch.before is not None:
            odd = irregular(session, batch.partner, batch.interchange, held=not batch.progress.in_any_order)
            if odd is not None:
                _tell(session, batch, "out of sequence", str(odd))
            if odd is not None and odd.held:
                disclaim_interchange(session, batch.partner, batch.interchange)
                batch.progress = batch.before  # what stands behind it waits, too: the order is what is at stake
                batch.progress.held = True
                batch.progress.note(odd)
                return True
            batch.progress.in_any_order = False
        found = claim_group(session, batch.partner, _subject(batch), *batch.group) if batch.group else None
        if found is None or batch.group_opened is None:
            return False
        in_any_order = batch.progress.in_any_order
        batch.progress = batch.group_opened
        batch.progress.skipping, batch.progress.in_any_order = "group", in_any_order
        _tell(session, batch, "group came before", str(found))
        self._count_repeat(session, batch, found)
        return True

    def _count_repeat(self, session: Session, batch: Batch, found: Repeated) -> None:
        progress = batch.progress
        progress.duplicates += 1
        progress.repeats = progress.repeats or found.message
        progress.note(found)

    def _answer_repeat(self, session: Session, batch: Batch, repeat: Repeat) -> None:
        """The same bytes get the same answers again; others under a number that came before are rejected, where
        interchanges are answered. Acknowledgements are not answered."""
        if repeat.first == batch.message_id:
            return
        number = repeat.header.control_number
        if not repeat.same:
            told = f"interchange {number} has other content than the one in message {repeat.first}"
            batch.progress.note(told)
            _tell(session, batch, "other content under a used number", told)
        if not repeat.answerable:
            return
        if repeat.same:
            send_again(self.setting, session, batch.message, repeat.first, number)
        else:
            ended = Closed(repeat.header, (repeated_number(repeat.header),), repeat.start, True)
            acknowledge_interchange(self.setting, session, batch.partner, batch.message_id, ended)

    def _settle(self, session: Session, batch: Batch) -> None:
        """Write down how far the message is and, at its end, how it went."""
        progress, message_id = batch.progress, batch.message_id
        status = "failed" if progress.held else "translating"
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
        if status == "duplicate" and not batch.partner.duplicates.interchange:  # its groups alone are known again
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
        for ended in batch.ended:
            if isinstance(ended, Ended):
                acknowledge_group(self.setting, session, partner, batch.message_id, ended)
            else:
                acknowledge_interchange(self.setting, session, partner, batch.message_id, ended)
        for said in batch.told:  # last: what sends holds a delivery's lane before its row, and so do we
            reconcile_interchange(session, partner, said, batch.message_id)

    def _refuse_repeated_controls(self, session: Session, batch: Batch) -> None:
        """ST02 must be unique within its group; across interchanges it recurs and means nothing."""
        first = batch.sets[0].row
        numbers = [t.row.set_control for t in batch.sets]
        group = first.partner, first.group_control, batch.message_id, batch.progress.group_at
        seen = journal.set_controls(session, *group, numbers)
        for t in batch.sets:
            if t.row.set_control in seen:
                x12 = t.row.dialect == "x12"
                finding = Finding(
                    severity=Severity.ERROR,
                    code="set-control-number-repeated",
                    message=f"control number {t.row.set_control} stands twice",
                    ack_level="set",
                    ack_code="23" if x12 else "26",
                    segment=1,
                    tag="ST" if x12 else "UNH",
                    element=2 if x12 else 1,
                    offset=t.row.start,
                    value=t.row.set_control,
                )
                refused(t.row, (finding, *decode_findings(t.row.findings)))
                t.order = t.acknowledgement = False
            seen.add(t.row.set_control)

    def _keep_texts(self, session: Session, batch: Batch) -> None:
        """Agreement and mappings as they were, so that a document can be explained when they have changed."""
        agreement = journal.put_artifact(session, "agreement", batch.partner.name, batch.partner.text)
        kept: set[str] = set()
        for t in batch.sets:
            t.row.agreement_hash = agreement
            if t.row.mapping_hash and t.row.mapping_hash not in kept:
                mapping = self.setting.mapping(batch.partner, t.row.type, t.row.version, t.row.dialect)
                if mapping is not None:
                    kept.add(t.row.mapping_hash)
                    t.row.mapping_hash = journal.put_artifact(session, "mapping", mapping.name, mapping.text)


def _subject(batch: Batch) -> str:
    """Who claims."""
    return f"message:{batch.message_id}"


def _tell(session: Session, batch: Batch, what: str, detail: str) -> None:
    event = NewEvent(subject="message", subject_id=str(batch.message_id), what=what, detail=detail)
    journal.add_events(session, [event])
