"""What was here before: claims on control numbers and business numbers, within the agreement's windows.

ST02 recurs in every interchange and is no duplicate. A claim names its holder, so that a repeat can say what it
repeats.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.edi.standard import X12
from b2bsync.exchange.batch import Repeat
from b2bsync.partners import Partner
from b2bsync.store import Database, blobs, claims, journal
from b2bsync.store.tables import MessageRow
from b2bsync.vocabulary.findings import Finding, Severity


@dataclass(frozen=True)
class Repeated:
    """An interchange or group whose control number was claimed before."""

    what: str
    control_number: str
    holder: str
    interchange: bool

    def __str__(self) -> str:
        text = f"{self.what} {self.control_number} came before, in {self.holder.replace(':', ' ', 1)}; "
        if self.interchange:
            return text + "it was not processed again"
        return text + "it was not processed; for a partner that counts its groups anew, set group = 0 in [duplicates]"

    @property
    def message(self) -> int:
        """The message that holds the claim."""
        return int(self.holder.removeprefix("message:"))


def interchange_key(partner: Partner, header: edi.InterchangeHeader) -> str:
    """ISA sender, receiver and ISA13."""
    sender, receiver = header.sender, header.receiver
    return f"{partner.stage}|{sender.qualifier}:{sender.id}|{receiver.qualifier}:{receiver.id}|{header.control_number}"


def group_key(partner: Partner, group: edi.GroupHeader) -> str:
    """GS02, GS03, GS01 and GS06."""
    return f"{partner.stage}|{group.sender}|{group.receiver}|{group.code}|{group.control_number}"


def repeated_number(header: edi.InterchangeHeader) -> Finding:
    """A control number that came before, as a note on the interchange."""
    x12 = header.standard == X12
    return Finding(
        severity=Severity.ERROR,
        code="interchange-control-number-repeated",
        message=f"interchange control number {header.control_number} came before, with other content",
        ack_level="interchange",
        ack_code="025" if x12 else "26",
        tag="ISA" if x12 else "UNB",
        element=13 if x12 else 5,
        value=header.control_number,
    )


def claim_interchange(
    session: Session, partner: Partner, subject: str, header: edi.InterchangeHeader
) -> Repeated | None:
    """Claim an interchange's control number."""
    if not partner.duplicates.interchange:
        return None
    key = interchange_key(partner, header)
    holder = _claim_once(session, "interchange", key, subject, partner.duplicates.interchange)
    return Repeated("interchange", header.control_number, holder, True) if holder else None


def disclaim_interchange(session: Session, partner: Partner, header: edi.InterchangeHeader) -> None:
    """Let go of a number that was just claimed: its interchange waits."""
    claims.forget(session, "interchange", [interchange_key(partner, header)])


def same_bytes(database: Database, message: MessageRow, repeat: Repeat) -> bool:
    """Whether an interchange that came again is, from its header to its trailer, what came first. Where the first one
    is not there any more nobody can say otherwise."""
    with database.session() as session:
        first = journal.message(session, repeat.first)
    if first is None:
        return True
    try:
        span = next(
            (begin, end)
            for begin, end, header in _interchanges(blobs.stream(database, first.digest))
            if header == repeat.header
        )
    except StopIteration:
        return False
    except KeyError:  # archived
        return True
    begin, end = span
    length = repeat.end - repeat.start
    if end - begin != length:
        return False
    return _digest(database, first.digest, begin, length) == _digest(database, message.digest, repeat.start, length)


def _interchanges(chunks: Iterable[bytes]) -> Iterator[tuple[int, int, edi.InterchangeHeader]]:
    """Where the interchanges of a message begin behind their headers and end, in bytes."""
    begin = 0
    for event in edi.scan(chunks):
        if isinstance(event, edi.InterchangeStart):
            begin = event.position.offset
        elif isinstance(event, edi.InterchangeEnd):
            yield begin, event.position.offset, event.header


def _digest(database: Database, digest: str, start: int, length: int) -> bytes:
    found = hashlib.sha256()
    for piece in blobs.stream(database, digest, start, length):
        found.update(piece)
    return found.digest()


def claim_group(
    session: Session, partner: Partner, subject: str, interchange: edi.InterchangeHeader, group: edi.GroupHeader
) -> Repeated | None:
    """Claim a group's control number."""
    if not partner.duplicates.group or not group.code:
        return None
    key = group_key(partner, group)
    holder = _claim_once(session, "group", key, subject, partner.duplicates.group)
    return Repeated(f"group {group.code}", group.control_number, holder, False) if holder else None


def _claim_once(session: Session, scope: str, key: str, subject: str, days: int) -> str | None:
    """Claim a key and return who held it before, the message itself too: a message claims what begins in it together
    with its progress behind it, so that what it holds already stands in it twice."""
    held = claims.holders(session, scope, [key]).get(key)
    if held is None:
        [held] = claims.claim(session, scope, [(key, subject)], timedelta(days=days))
    return held


def claim_orders(session: Session, window_days: int, pairs: Sequence[tuple[str, int]]) -> list[int | None]:
    """Claim business keys for documents; per pair the document that holds it already, None when it is theirs."""
    window = timedelta(days=window_days) if window_days else None
    taken = claims.claim(session, "order", [(key, f"document:{i}") for key, i in pairs], window)
    return [int(holder.split(":")[1]) if holder else None for holder in taken]


def release_orders(session: Session, document_ids: Sequence[int]) -> None:
    """These documents came to nothing: their numbers may be used again, by an order that corrects them."""
    claims.release(session, [f"document:{i}" for i in document_ids])


def release(session: Session, message_id: int) -> None:
    """A failed first try must not make the retry a duplicate."""
    claims.release(session, [f"message:{message_id}"])
