"""What is wrong with a set, without its content: patterns first, the reader where they cannot say."""

from functools import lru_cache
from typing import NamedTuple

from b2bsync.edi.charset import charset as said_charset
from b2bsync.edi.clean import Clean, clean
from b2bsync.edi.damage import damage, is_new, judged
from b2bsync.edi.envelope import Delimiters, TransactionCut
from b2bsync.edi.errors import CodecError
from b2bsync.edi.reader import Beforehand, Watch, read_set, verdict
from b2bsync.edi.report import Report
from b2bsync.edi.standard import is_known, release
from b2bsync.vocabulary.findings import Finding
from b2bsync.vocabulary.verdicts import Verdict


class Judgement(NamedTuple):
    """As in :class:`b2bsync.edi.TransactionSet`."""

    findings: tuple[Finding, ...]
    verdict: Verdict


_CLEAN = Judgement((), Verdict.ACCEPTED)


def judge_cut(cut: TransactionCut, watch: Watch | None = None) -> Judgement:
    """What is wrong with a set that :func:`b2bsync.edi.scan` found; ``watch`` finds more, and has to see all of it."""
    d, characters = cut.interchange.delimiters, said_charset(cut.interchange.version)
    if watch is None:
        return judge_set(cut.raw, d, cut.version, cut.type, start=cut.start, charset=characters, segments=cut.segments)
    read = read_set(cut.raw, d, cut.version, cut.type or None, start=cut.start, charset=characters, watch=watch)
    return Judgement(read.findings, read.verdict)


def judge_set(
    raw: str,
    delimiters: Delimiters,
    version: str,
    type: str,
    *,
    start: int = 0,
    charset: str | None = None,
    segments: int | None = None,
) -> Judgement:
    """What :func:`b2bsync.edi.read_set` finds, at a fraction of the time where that is little or nothing. ``segments``:
    how many there are, if somebody counted them."""
    known = _known(version, type, delimiters)
    found, beforehand = None, None
    text = known.text(raw) if known is not None else None
    if known is not None and text is not None:
        reached = known.reach(text)
        if segments is None:
            segments = text.count(delimiters.segment)
        if reached == len(text) and known.is_right(text, segments):
            return _CLEAN
        found = damage(known, text, reached, segments)
        if found is not None:
            report = Report(raw, delimiters, start, known.standard, charset)
            if judged(known, found, report):
                findings = report.findings()
                return Judgement(findings, verdict(findings))
            beforehand = Beforehand(found.suspects, found.totals)
    read = read_set(raw, delimiters, version, type or None, start=start, charset=charset, beforehand=beforehand)
    if known is not None and (known.patterns is None or not read.findings or (found and is_new(found, read.findings))):
        known.learn(read.root, raw)
    return Judgement(read.findings, read.verdict)


@lru_cache(maxsize=256)
def _known(version: str, type: str, delimiters: Delimiters) -> Clean | None:
    """What is known of the clean sets of a type; None where there are no facts for it."""
    try:
        return clean(release(version), type, delimiters) if is_known(version) else None
    except CodecError:
        return None
