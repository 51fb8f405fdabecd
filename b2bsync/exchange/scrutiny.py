"""What is looked at in a document that was written, before it leaves: the partner's guide and the second opinion."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.exchange import guidance, second_opinion
from b2bsync.exchange.second_opinion import SecondOpinion, told
from b2bsync.exchange.setting import NotConfigured, Setting
from b2bsync.partners import Partner
from b2bsync.store.journal import NewDocument, NewEvent
from b2bsync.vocabulary.findings import Finding, Severity


class Scrutiny(msgspec.Struct, frozen=True):
    """``reason``: why the document must not leave, and what to do; empty: it may. ``findings``: what is to be kept
    beside it. ``opinion``: what the judges disagree on, None where nothing was looked at."""

    reason: str = ""
    findings: tuple[Finding, ...] = ()
    opinion: SecondOpinion | None = None


UNDISPUTED = Scrutiny()


def scrutinised(
    setting: Setting,
    session: Session,
    partner: Partner,
    row: NewDocument,
    content: str | bytes,
    delimiters: edi.Delimiters,
    charset: str | None = None,
) -> Scrutiny:
    """Look at a set or message, from ST to SE or UNH to UNT, whose row is about to be journalled. ``content``: its
    text, or its bytes as they are sent; ``charset``: what they are where they are not UTF-8.

    What breaks the guide never leaves. A disagreement of the two judges, or something that our own reader finds wrong
    with what our writer wrote, stops the document as :func:`second_opinion.stops` says.
    """
    try:
        guide = setting.guide(partner, row.type)
    except NotConfigured as error:
        return Scrutiny(f"the {row.type} was not sent: {error}")
    asks = second_opinion.asked(setting, session, partner, row)
    if guide is None and not asks:
        return UNDISPUTED
    # Each character is a byte, as in what is received.
    raw = (content.encode() if isinstance(content, str) else content).decode("latin-1")
    watch = guidance.watch_of(guide) if guide is not None else None
    judged = edi.read_set(raw, delimiters, row.version, row.type, charset=charset, watch=watch)
    # Where in the interchange it will stand is not known yet.
    found = tuple(msgspec.structs.replace(finding, offset=None) for finding in judged.findings)
    judged = msgspec.structs.replace(judged, findings=found)
    broken = guidance.faults(judged)
    if guide is not None and broken:
        reason = f"the {row.type} was not sent, it breaks the guide {guide.name}: {told(broken)}"
        return Scrutiny(f"{reason}; correct the mapping, the data or the guide, then retry", found)
    said = second_opinion.opinion(raw, delimiters, judged, guide, charset) if asks else SecondOpinion()
    own = tuple(finding for finding in found if finding.severity is not Severity.WARNING)
    kept = found + said.disagreements
    said = msgspec.structs.replace(said, disagreements=own + said.disagreements)
    reason = ""
    if said.disagreements and second_opinion.stops(partner):
        reason = (
            f"the {row.type} was not sent, the judges disagree on it: {told(said.disagreements)}; correct the mapping "
            f'or the data, or send it all the same with [second_opinion] outbound = "never" in {partner.file.name}, '
            "then retry"
        )
    return Scrutiny(reason, kept, said)


def events(document_id: int, row: NewDocument, found: Scrutiny) -> Sequence[NewEvent]:
    """What is to be told of the judges' opinions on a document that was journalled under this id."""
    if found.opinion is None:
        return ()
    label = f"{row.type} {row.number} of {row.partner}"
    return second_opinion.events(document_id, label, found.opinion, stopped=bool(found.reason))
