"""A partner's guides in the exchange: who looks on while a document of his is read, and what in it breaks the guide."""

from copy import copy
from functools import lru_cache

from b2bsync import edi
from b2bsync.edi.guides import Guide, GuideWatch
from b2bsync.edi.walker import Walk, walk
from b2bsync.exchange.setting import Setting
from b2bsync.partners import Partner
from b2bsync.vocabulary.findings import Finding, Severity


def watch(setting: Setting, partner: Partner, type: str) -> GuideWatch | None:
    """Who looks on while a set or message of a partner is read (``read_set(…, watch=)``); None where no guide was
    agreed for its type.

    A set of a version that the guide is not for gets the warning ``guide-unfit``. Raises NotConfigured when the
    guide is not there or has mistakes.
    """
    guide = setting.guide(partner, type)
    return None if guide is None else watch_of(guide)


def watch_of(guide: Guide) -> GuideWatch:
    """A watch of its own for whoever reads: compiled once, as one is for one thread."""
    return copy(_compiled(guide, walk(guide.facts, guide.type)))


@lru_cache(maxsize=256)
def _compiled(guide: Guide, plan: Walk) -> GuideWatch:
    """``plan`` is the structure that the watch is compiled over; another one when that was compiled anew."""
    return GuideWatch(guide)


def faults(judged: edi.TransactionSet) -> tuple[Finding, ...]:
    """What in a set that was read with a guide's watch breaks the guide, warnings apart."""
    return tuple(
        finding
        for finding in judged.findings
        if finding.code.startswith("guide-") and finding.severity is not Severity.WARNING
    )
