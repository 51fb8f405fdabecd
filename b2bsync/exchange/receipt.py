"""The receipt that a group gets: its 997, and the same 997 again when the same bytes come again."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.exchange.acknowledge import Judged, acknowledgement
from b2bsync.exchange.outbound import FUNCTIONAL_ACKNOWLEDGEMENT, Outgoing, dispatch, set_delimiters
from b2bsync.exchange.reading import decode_findings
from b2bsync.exchange.setting import Setting, acknowledge_lane
from b2bsync.partners import Partner
from b2bsync.store import deliveries, journal
from b2bsync.store.journal import NewEvent
from b2bsync.store.tables import MessageRow
from b2bsync.vocabulary.verdicts import Verdict


@dataclass(frozen=True)
class Ended:
    """A functional group whose trailer was met, or that ended without one.

    ``included`` is GE01, ``received`` the sets that were counted, ``start`` the byte of the message at which its sets
    begin.
    """

    header: edi.GroupHeader
    included: int
    received: int
    codes: tuple[str, ...]
    start: int


def acknowledge_group(setting: Setting, session: Session, partner: Partner, message_id: int, ended: Ended) -> None:
    """One 997 for a group that ended; acknowledgements are never acknowledged."""
    group = ended.header
    if group.code == "FA" or not group.code or not partner.sends(FUNCTIONAL_ACKNOWLEDGEMENT):
        return
    answer = acknowledgement(
        group.code,
        group.control_number,
        ended.included,
        _judged(session, message_id, ended.start),
        received=ended.received,
        group_codes=ended.codes,
        delimiters=set_delimiters(partner),
        detail=partner.acks.detail,
    )
    source = _source(message_id, group.code, group.control_number)
    outgoing = Outgoing(answer, FUNCTIONAL_ACKNOWLEDGEMENT, group.control_number, source_key=source)
    [document_id] = dispatch(setting, session, partner, [outgoing])
    if journal.document_statuses(session, [document_id])[document_id] == "failed" and answer.transactions:
        # What a mapping cannot write of the details must not keep the verdict on the group from the partner.
        bare = msgspec.structs.replace(answer, transactions=())
        again = Outgoing(bare, outgoing.type, outgoing.number, source_key=source, document_id=document_id)
        dispatch(setting, session, partner, [again])


def _judged(session: Session, message_id: int, start: int) -> Iterator[Judged]:
    for one in journal.verdicts(session, message_id, start):
        yield Judged(sys.intern(one.type), one.set_control, Verdict(one.verdict), decode_findings(one.findings))


def send_again(setting: Setting, session: Session, message: MessageRow, first_id: int) -> None:
    """A partner that sends the same bytes again may have missed our 997: the first one's go again, unchanged."""
    first = journal.message(session, first_id)
    if first is None or first.id == message.id or first.digest != message.digest:
        return
    keys = [_source(first_id, code, control) for code, control in journal.groups(session, first_id)]
    documents = [i for ids in journal.documents_by_source(session, keys).values() for i in ids]
    carrying = deliveries.deliveries_of(session, documents)
    ids = sorted({i for found in carrying.values() for i in found})
    rows = deliveries.deliveries_by_id(session, ids)
    again = [i for i in ids if rows[i].state in ("sent", "dead")]
    if not again:
        return
    deliveries.update_deliveries(session, again, state="queued", error="")
    setting.lanes.add(session, acknowledge_lane(message.partner), "deliver", again)
    told = f"message {message.id} repeats message {first_id}"
    events = [NewEvent(subject="delivery", subject_id=str(i), what="sent again", detail=told) for i in again]
    journal.add_events(session, events)


def _source(message_id: int, group_code: str, group_control: str) -> str:
    return f"message:{message_id}:{group_code}:{group_control}"
