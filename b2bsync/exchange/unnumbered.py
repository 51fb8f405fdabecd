"""Receipts that got no control number when they were due, written later.

What was judged stands in the journal, the envelopes that are answered in the message: both are read again. The verdict
on the group or interchange, and the codes noted on it, are those of the canonical document. Lost are only the places in
an envelope that CONTRL could name beside its codes (0013 and S011 of UCI; of UCF they are found again).
"""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.edi.answers import GroupOpened, GroupVerdict, InterchangeVerdict, SetVerdict, Tally
from b2bsync.edi.answers.note import errors, noted
from b2bsync.edi.standard import EDIFACT, X12
from b2bsync.exchange.posting import post
from b2bsync.exchange.reading import decode_findings
from b2bsync.exchange.setting import Setting
from b2bsync.exchange.written import Written
from b2bsync.model import FunctionalAcknowledgement
from b2bsync.partners import Partner
from b2bsync.store import blobs, journal
from b2bsync.store.journal import Judged
from b2bsync.vocabulary.verdicts import Verdict

INTERCHANGE = "interchange"
"""Stands in the source key where that of a group has its code: ``message:12:interchange:000000007``."""


def write_again(
    setting: Setting,
    session: Session,
    partner: Partner,
    told: FunctionalAcknowledgement,
    document_id: int,
    source: str,
    number: str,
) -> None:
    """Write and queue the receipt whose row failed; where that fails again, the row says why."""
    try:
        events, start = _from_its_start(session, source, document_id)
    except LookupError as error:
        reason = f"it cannot be written any more: {error}"
        journal.update_documents(session, [document_id], status="failed", reason=reason)
        return
    header = start.header if isinstance(start, edi.InterchangeStart) else start.interchange
    written = Written(session, partner, header)
    said: InterchangeVerdict | None = None
    if isinstance(start, edi.GroupStart):
        _group(session, written, start, told, events, source)
    else:
        said = _interchange(header, told)
        if header.standard != X12:
            _messages(session, written, start, events, source)
    post(setting, session, written, said, told, number, source, document_id)


def _from_its_start(
    session: Session, source: str, document_id: int
) -> tuple[Iterator[edi.Event], edi.InterchangeStart | edi.GroupStart]:
    """What the message holds from the group or interchange on that is answered, and that start itself. Numbers may
    recur within a message: of several receipts with one source, the first is for the first of them."""
    message = journal.message(session, _message_id(source))
    if message is None:
        raise LookupError(f"message {_message_id(source)} is not kept any more")
    _, _, code, control = source.split(":", 3)
    place = journal.documents_by_source(session, [source])[source].index(document_id)
    try:
        events = edi.scan(blobs.read(session, message.digest))
    except KeyError:
        raise LookupError(f"the bytes of message {message.id} are not kept any more") from None
    for event in events:
        if isinstance(event, edi.InterchangeStart) and code == INTERCHANGE:
            found = event.header.control_number == control
        elif isinstance(event, edi.GroupStart) and code != INTERCHANGE:
            found = (event.header.code, event.header.control_number) == (code, control)
        else:
            continue
        if found and not place:
            return events, event
        place -= found
    raise LookupError(f"message {message.id} does not hold it")


def _message_id(source: str) -> int:
    return int(source.split(":", 2)[1])


def _group(
    session: Session,
    written: Written,
    start: edi.GroupStart,
    told: FunctionalAcknowledgement,
    events: Iterator[edi.Event],
    source: str,
) -> None:
    """AK1 to AK9."""
    header, writing = start.header, written.answer
    writing.group(GroupOpened(header=header))
    rows = _Rows(session, _message_id(source), start.position.offset)
    for event in events:
        if isinstance(event, edi.TransactionCut | edi.TransactionDropped):
            if said := rows.said(event):
                writing.set(said)
        elif isinstance(event, edi.GroupEnd):
            break
    writing.group_end(
        GroupVerdict(
            code=header.code,
            control_number=header.control_number,
            verdict=told.verdict,
            version=header.version,
            sender=header.sender,
            receiver=header.receiver,
            included=told.included,
            received=told.received,
            accepted=told.accepted,
            findings=tuple(noted(X12, "group", code) for code in told.codes),
        )
    )


def _interchange(header: edi.InterchangeHeader, told: FunctionalAcknowledgement) -> InterchangeVerdict:
    """TA1 or UCI. Of the interchange itself it is accepted in part where messages in it are rejected."""
    verdict = Verdict.ACCEPTED if told.verdict is Verdict.PARTIALLY_ACCEPTED else told.verdict
    return InterchangeVerdict(
        standard=header.standard,
        control_number=header.control_number,
        verdict=verdict,
        sender=header.sender,
        receiver=header.receiver,
        date=header.date,
        time=header.time,
        findings=tuple(noted(header.standard, "interchange", code) for code in told.codes),
    )


def _messages(
    session: Session, written: Written, start: edi.InterchangeStart, events: Iterator[edi.Event], source: str
) -> None:
    """UCM and UCF. A group that was passed over has no row in the journal, and is not told."""
    rows = _Rows(session, _message_id(source), start.position.offset)
    waiting: GroupOpened | None = None
    tally, opened = Tally(EDIFACT), False
    for event in events:
        if isinstance(event, edi.GroupStart):
            named = bool(event.header.code or event.header.control_number)
            waiting, tally, opened = GroupOpened(header=event.header) if named else None, Tally(EDIFACT), False
        elif isinstance(event, edi.TransactionCut | edi.TransactionDropped):
            said = rows.said(event)
            if said is None:
                continue
            if waiting is not None and not opened:
                written.answer.group(waiting)
                opened = True
            tally.add(said)
            written.answer.set(said)
        elif isinstance(event, edi.GroupEnd) and waiting is not None and (opened or not event.received):
            if not opened:
                written.answer.group(waiting)
            empty = Verdict.ACCEPTED_WITH_ERRORS if errors(event.findings) else Verdict.ACCEPTED
            written.answer.group_end(
                GroupVerdict(
                    code=event.header.code,
                    control_number=event.header.control_number,
                    verdict=tally.verdict(event.findings) if event.received else empty,
                    sender=event.header.sender,
                    receiver=event.header.receiver,
                    received=event.received,
                    accepted=tally.accepted,
                    findings=event.findings,
                )
            )
            waiting = None
        elif isinstance(event, edi.InterchangeEnd):
            return


class _Rows:
    """What was judged of a message from a byte on, asked for set by set."""

    def __init__(self, session: Session, message_id: int, start: int) -> None:
        self._rows = journal.verdicts(session, message_id, start)
        self._next: Judged | None = next(self._rows, None)

    def said(self, cut: edi.TransactionCut | edi.TransactionDropped) -> SetVerdict | None:
        """The verdict on a set; None where it was passed over."""
        row = self._next
        if row is None or row.start != cut.start:
            return None
        self._next = next(self._rows, None)
        agency, association = (cut.agency, cut.association) if isinstance(cut, edi.TransactionCut) else ("", "")
        return SetVerdict(
            type=row.type,
            control_number=row.set_control,
            verdict=Verdict(row.verdict),
            version=row.version,
            agency=agency,
            association=association
            if cut.interchange.standard != X12
            else "",  # UNH 0057; a group is told without ST03
            findings=decode_findings(row.findings),
        )
