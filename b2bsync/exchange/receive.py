"""The first step: bytes become a message of ours, in one commit, before anybody is told that they arrived."""

from collections.abc import Iterable
from dataclasses import dataclass

from b2bsync.exchange.setting import Setting, receive_lane
from b2bsync.partners import Partner
from b2bsync.store import blobs, journal
from b2bsync.store.journal import NewEvent


@dataclass(frozen=True)
class Received:
    """``repeated``: the same file came through the same channel before; ``message_id`` is then the first one's."""

    message_id: int
    repeated: bool
    size: int


def receive(
    setting: Setting, partner: Partner, channel: str, external_id: str, name: str, chunks: Iterable[bytes]
) -> Received:
    """Store the bytes as a message of ``partner`` and queue its translation. Commits; then the sender may be told.

    ``external_id`` is the transport's own identity of this arrival (the claim on a file, a Message-ID): it stays the
    same when a crash makes the transport offer the arrival again. The same content sent anew is another arrival; its
    control numbers tell whether it is a duplicate, so that a retry after a failed first try is none.
    Raises StoreError when the database cannot take it; nothing is kept then.
    """
    with blobs.spooled(chunks) as content:  # reads all of it first, and only then takes the database's write lock
        blobs.store_ahead(setting.database, content)
        return _journalled(setting, partner, channel, external_id, name, content)


def _journalled(
    setting: Setting, partner: Partner, channel: str, external_id: str, name: str, content: blobs.Content
) -> Received:
    with setting.database.session() as session:
        blob = blobs.keep(session, content)
        added = journal.add_message(
            session,
            company=partner.company,
            stage=partner.stage,
            partner=partner.name,
            channel=channel,
            external_id=external_id,
            name=name,
            blob=blob,
        )
        if added.new:
            setting.lanes.add(session, receive_lane(partner.name), "translate", [added.id])
        else:
            again = NewEvent(subject="message", subject_id=str(added.id), what="received again", detail=f"as {name}")
            journal.add_events(session, [again])
        session.commit()
        return Received(added.id, not added.new, blob.size)
