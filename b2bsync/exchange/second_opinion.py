"""The second opinion on X12 documents: which documents get one, what it says, and what follows from it.

The second judge is pyx12 (``edi/pyx12_check.py``), an engine of other authors. It judges by maps made from our facts,
narrowed by the partner's guide, and by those written by hand where they know the whole set. What counts is a
disagreement, which is a fault of ours or of pyx12: what one of the two finds, the other does not, and no known
difference explains (``edi/second/differences.py``).

Outbound: every document in test; in production the first of each version of agreement and mapping, then a sample;
inbound where the agreement asks. A disagreement stops a document in test, and where the agreement holds it; elsewhere
it goes its way, and ``b2bsync status`` tells.
"""

import logging
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

import msgspec
from sqlalchemy.orm import Session

from b2bsync import edi
from b2bsync.edi.guides import Guide
from b2bsync.exchange.setting import Setting
from b2bsync.partners import Partner
from b2bsync.store import journal
from b2bsync.store.journal import NewDocument, NewEvent
from b2bsync.store.standing import DISPUTED
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.stages import Stage

if TYPE_CHECKING:  # the engine itself is loaded when the first document is asked about: it takes a tenth of a second
    from b2bsync.edi.pyx12_check import Difference, Opinion, Pyx12Check

log = logging.getLogger("b2bsync.exchange")

SHOWN = 3
"""So many disagreements are told in a sentence, the others as a number."""

FINDS, MISSES = "second-opinion-finds", "second-opinion-misses"
"""Codes of disagreements: pyx12 finds what our judge does not, and the other way round."""


class SecondOpinion(msgspec.Struct, frozen=True):
    """What the second judge says beside ours: ``disagreements``, and ``silent``, why it has no opinion on all or some
    of the set (empty: it has one). Both empty: the two agree."""

    disagreements: tuple[Finding, ...] = ()
    silent: str = ""


def asked(setting: Setting, session: Session, partner: Partner, row: NewDocument) -> bool:
    """Whether a document gets a second opinion; ``row`` is about to be journalled and has its hashes.

    Cheap: what is not in the sample costs one look into an index, until ``first`` documents were made with these texts
    of agreement and mapping, and nothing from then on.
    """
    agreed = partner.agreement.second_opinion
    if row.dialect != "x12":
        return False
    if row.direction == "in":
        return agreed.inbound
    if agreed.outbound != "sample" or partner.stage is Stage.TEST:
        return agreed.outbound != "never"
    made = row.agreement_hash or "", row.mapping_hash or ""
    if _is_sampled(row, agreed.every):
        return True
    if made in setting.settled:
        return False
    if journal.made_with(session, *made, most=agreed.first) < agreed.first:
        return True
    setting.settled.add(made)
    return False


def _is_sampled(row: NewDocument, every: int) -> bool:
    """One of so many, by its name: a document that is built again gets the same answer."""
    return crc32(f"{row.partner} {row.type} {row.number}".encode()) % every == 0


def stops(partner: Partner) -> bool:
    """Whether a document that the judges disagree on stays here until a person has seen it."""
    return partner.stage is Stage.TEST or partner.agreement.second_opinion.disagreement == "hold"


def opinion(
    raw: str,
    delimiters: edi.Delimiters,
    judged: edi.TransactionSet,
    guide: Guide | None = None,
    charset: str | None = None,
) -> SecondOpinion:
    """Ask pyx12 about a set that ``read_set`` has read from the same text and ``charset``, with the watch of ``guide``
    where there is one. Never raises: where pyx12 fails, it is silent."""
    try:
        found, silent = _asked_of_pyx12(raw, delimiters, judged, guide, charset)
    except Exception as error:  # another engine's failure is not ours
        log.warning("no second opinion on %s %s", judged.type, judged.control_number, exc_info=error)
        return SecondOpinion(silent=f"pyx12 failed: {type(error).__name__}: {error}")
    return SecondOpinion(tuple(map(_finding, found)), silent)


def of_received(
    setting: Setting,
    partner: Partner,
    raw: str,
    delimiters: edi.Delimiters,
    read: edi.TransactionSet,
    charset: str | None = None,
) -> SecondOpinion | None:
    """The opinion on a set that came in, None where the agreement asks for none. ``read`` is what ``edi.read_set`` made
    of it, with the guide's watch and before the agreement changed severities: what it ignores is found all the same."""
    if not partner.agreement.second_opinion.inbound or not read.type.isdigit():
        return None
    return opinion(raw, delimiters, read, setting.guide(partner, read.type), charset)


def _asked_of_pyx12(
    raw: str, delimiters: edi.Delimiters, judged: edi.TransactionSet, guide: Guide | None, charset: str | None
) -> tuple[list["Difference"], str]:
    from b2bsync.edi.pyx12_check import Pyx12Check, disagreements, rows
    from b2bsync.edi.second.coverage import covers

    version, type = judged.facts, judged.type
    if not version or type not in edi.grammar(version).types:
        return [], f"there are no facts for {type} of {judged.version}"
    fits = guide is not None and guide.fits(judged.version, type)
    check = _narrowed(guide) if guide is not None and fits else Pyx12Check(version, type)
    segments = rows(raw, delimiters, charset)
    extra = {tag for _, tag in guide.extra} if guide is not None and fits else set[str]()
    said = [one for one in check.run(segments, delimiters) if not _is_extra(one, extra)]
    found = list(disagreements(judged.findings, said))
    if covers(version, type, judged.root):
        by_hand = Pyx12Check.written(version, type).run(segments, delimiters)
        told_already = {_place(one) for one in said}
        found += [
            one
            for one in disagreements(judged.findings, by_hand)
            # What that map does not say means nothing: it has no code lists, for one.
            if not isinstance(one.said, Finding) and _place(one.said) not in told_already
        ]
        said += by_hand
    failed = next((one for one in said if one.level == "engine"), None)
    return found, f"pyx12 failed on segment {failed.segment} {failed.tag}: {failed.message}" if failed else ""


def _place(said: "Opinion") -> tuple[object, ...]:
    return said.segment, said.tag, said.level, said.code, said.element, said.component


@lru_cache(maxsize=256)
def _narrowed(guide: Guide) -> "Pyx12Check":
    """The map of a guide; loaded once, it remembers what it found right."""
    from b2bsync.edi.pyx12_check import Pyx12Check, narrowed

    return Pyx12Check(guide.facts, guide.type, narrowed(guide))


def _is_extra(said: "Opinion", extra: set[str]) -> bool:
    """Whether pyx12 has no place for a segment that the guide allows beside the standard."""
    return said.level == "segment" and said.code in ("1", "2") and said.tag in extra


def _finding(difference: "Difference") -> Finding:
    """A disagreement as a finding of ours, to be kept beside the document."""
    said = difference.said
    if isinstance(said, Finding):
        message = f"pyx12 does not find what we do: {said.message}"
        return msgspec.structs.replace(said, code=MISSES, message=message, offset=None)
    return Finding(
        severity=Severity.ERROR,
        code=FINDS,
        message=f"pyx12 finds what we do not: {said.message}",
        ack_level=said.level,
        ack_code=said.code,
        segment=said.segment,
        tag=said.tag,
        element=said.element,
        component=said.component,
        reference=said.reference,
        value=said.value,
    )


def told(findings: Iterable[Finding]) -> str:
    """Findings in a sentence: the first ones, and how many more there are."""
    found = list(findings)
    shown = [str(finding) for finding in found[:SHOWN]]
    return "; ".join(shown) + (f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else "")


def events(document_id: int, label: str, said: SecondOpinion, stopped: bool) -> Sequence[NewEvent]:
    """What is to be told of an opinion: with the document, and, where the document went its way, to ``b2bsync status``.

    ``label`` is what people call the document: ``855 PO-1 for acme``.
    """
    subject, found = str(document_id), []
    if said.disagreements:
        text = told(said.disagreements)
        found.append(NewEvent(subject="document", subject_id=subject, what="second opinion differs", detail=text))
        if not stopped:
            found.append(
                NewEvent(subject=DISPUTED, subject_id=subject, what="went all the same", detail=f"{label}: {text}")
            )
    if said.silent:
        found.append(NewEvent(subject="document", subject_id=subject, what="no second opinion", detail=said.silent))
    return found
