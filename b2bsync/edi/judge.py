"""What is wrong with a set, without its content: the fast pattern first, the reader where that does not say clean."""

from functools import lru_cache
from typing import NamedTuple

from b2bsync.edi.clean import Clean, clean
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import CodecError
from b2bsync.edi.reader import read_set
from b2bsync.edi.standard import is_known, release
from b2bsync.vocabulary.findings import Finding
from b2bsync.vocabulary.verdicts import Verdict


class Judgement(NamedTuple):
    """As in :class:`b2bsync.edi.TransactionSet`."""

    findings: tuple[Finding, ...]
    verdict: Verdict


_CLEAN = Judgement((), Verdict.ACCEPTED)


def judge_set(
    raw: str, delimiters: Delimiters, version: str, type: str, *, start: int = 0, charset: str | None = None
) -> Judgement:
    """What :func:`b2bsync.edi.read_set` finds, at a fraction of the time where that is nothing."""
    known = _known(version, type, delimiters)
    if known is not None and known.is_clean(raw):
        return _CLEAN
    read = read_set(raw, delimiters, version, type or None, start=start, charset=charset)
    if known is not None and not read.findings:
        known.learn(read.root, raw)
    return Judgement(read.findings, read.verdict)


@lru_cache(maxsize=256)
def _known(version: str, type: str, delimiters: Delimiters) -> Clean | None:
    """What is known of the clean sets of a type; None where there are no facts for it."""
    try:
        return clean(release(version), type, delimiters) if is_known(version) else None
    except CodecError:
        return None
