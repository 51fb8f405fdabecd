"""Which finding of ours is which opinion of pyx12, and which differences between the two are known, and why.

Only what is listed in :data:`PLACES` and :data:`VALUES` can be a disagreement. Everything else that only one of the two
says has a reason here, by its name.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from b2bsync.edi.second.opinion import Opinion
from b2bsync.vocabulary.findings import Finding

PLACES = {
    "segment-unknown": "1",
    "segment-not-in-set": "1",
    "segment-unexpected": "2",
    "segment-out-of-order": "2",
    "mandatory-segment-missing": "3",
    "mandatory-loop-missing": "3",
    "loop-too-often": "4",
    "segment-too-often": "5",
    "guide-segment-not-used": "1 2",
    "guide-segment-missing": "3",
    "guide-loop-too-often": "4",
    "guide-segment-too-often": "5",
}
"""Our finding's code on a segment's place, and the codes of X12 720 that pyx12 may say for it.

pyx12 does not tell a segment of another set from no segment at all, nor late from out of place.
"""

VALUES = {
    "mandatory-element-missing": "1",
    "mandatory-component-missing": "1",
    "relation-broken": "2",
    "too-many-elements": "3",
    "element-too-short": "4",
    "date-without-century": "4",
    "element-too-long": "5",
    "trailing-blanks": "5",
    "character-invalid": "6",
    "number-invalid": "4 5 6",
    "code-unknown": "7",
    "date-invalid": "4 5 8",
    "time-invalid": "4 5 9",
    "exclusion-broken": "10",
    "guide-element-missing": "1",
    "guide-element-not-used": "5 10",
    "guide-too-short": "4",
    "guide-too-long": "5",
    "guide-code-not-allowed": "7",
}
"""Our finding's code on an element, and the codes of X12 723 that pyx12 may say for it.

What is no number, date or time may for pyx12 be too short or too long instead; of composites it has words of its own.
"""

OURS = {
    "segment-count-wrong": "pyx12's two calls do not count segments",
    "control-number-differs": "they do not compare control numbers",
    "set-trailer-missing": "they reveal a gap only at the segment behind it, and there is none behind SE",
    "hierarchy-number-repeated": "they know HL only as a segment",
    "hierarchy-number-unexpected": "they know HL only as a segment",
    "hierarchy-parent-unknown": "they know HL only as a segment",
    "hierarchy-parent-closed": "they know HL only as a segment",
    "hierarchy-parent-missing": "they know HL only as a segment",
    "hierarchy-level-unexpected": "they know HL only as a segment",
    "hierarchy-child-code-wrong": "they know HL only as a segment",
    "line-count-wrong": "they do not count lines",
    "control-total-wrong": "they add nothing up",
    "check-digit-wrong": "X12 knows no check digits",
    "repetition-too-often": "pyx12 knows no repetitions: they are taken apart before it sees them",
    "guide-qualifier-missing": "pyx12 chooses places by their tag alone",
    "guide-too-few": "it counts no more than one as mandatory",
    "guide-pattern": "its maps leave patterns out",
    "trailing-separator": "empty positions at the end are nothing to pyx12 as long as the segment has them",
}
"""Findings of ours that pyx12 cannot have."""

THEIRS = {
    "separator-in-value": "a component separator in a plain element, which we keep as text",
    "early-date": "pyx12 refuses days before the year 1800",
    "period-format": "in DTP pyx12 judges a date by the format that stands beside it",
}
"""Opinions of pyx12, by their cause, that we do not share."""

BOTH = {
    "guide": "rules of a guide that hold on a condition stay with our own judge",
    "engine": "pyx12 failed on the segment",
    "same-value": "a value with several faults: pyx12 goes on after the first, we stop there",
    "other-word": "both find the segment out of place and say it differently",
    "late": "missing where it belongs, and there behind it: a guide counts it, pyx12 misses it",
    "recovery": "behind a segment out of place each goes on in its own way",
    "not-placed": "elements of a segment that one of the two found no place for",
    "composite-relation": "pyx12 ignores relations between components",
    "first-component": "pyx12 lets an optional composite lack its first component",
    "separators-alone": "a composite of nothing but separators is absent to pyx12, and there to us",
    "limit": "one of the two has said as much as it may",
}
"""Differences that lie in how the two go about it."""

LIMIT = 100
_NOT_PLACED = frozenset(code for code, theirs in PLACES.items() if not {"1", "2"}.isdisjoint(theirs.split()))


class Difference(msgspec.Struct, frozen=True):
    """What only one of the two says. ``reason``: the name of its class in the tables, empty for a disagreement."""

    said: Finding | Opinion
    reason: str = ""

    def __str__(self) -> str:
        who = "ours" if isinstance(self.said, Finding) else "pyx12"
        return f"{who}: {self.said}" + (f" ({self.reason})" if self.reason else "")


def disagreements(findings: Iterable[Finding], opinions: Iterable[Opinion]) -> tuple[Difference, ...]:
    """What only one of the two says of a set and no class of known differences explains: a bug of ours or of pyx12.

    ``findings`` are those of ``read_set`` on the same set, ``opinions`` those of ``Pyx12Check.run``.
    """
    return tuple(difference for difference in differences(findings, opinions) if not difference.reason)


def differences(findings: Iterable[Finding], opinions: Iterable[Opinion]) -> tuple[Difference, ...]:
    """All that only one of the two says, each with its reason."""
    return tuple(_Comparison(tuple(findings), tuple(opinions)).all())


class _Comparison:
    def __init__(self, findings: Sequence[Finding], opinions: Sequence[Opinion]) -> None:
        self.findings = [finding for finding in findings if _level(finding) or finding.code in OURS]
        self.opinions = opinions
        full = len(findings) >= LIMIT or len(opinions) >= LIMIT
        self.end = min(_last(findings), _last(opinions)) if full else None
        self.agreed = {
            (f, o)
            for f, finding in enumerate(self.findings)
            for o, opinion in enumerate(opinions)
            if _agree(finding, opinion)
        }
        self.out_of_place = {(o.segment, "pyx12") for o in opinions if o.level != "element"} | {
            (f.segment or 0, "ours") for f in self.findings if f.code in PLACES
        }
        self.failed = {o.segment for o in opinions if o.level == "engine"}
        self.lost = {o.segment for o in opinions if o.level == "segment" and o.code in ("1", "2")}
        self.lost |= {f.segment or 0 for f in self.findings if f.code in _NOT_PLACED}
        self.hollow = {
            (f.segment, f.element) for f in self.findings if f.code == "trailing-separator" and f.component == 1
        }

    def all(self) -> Iterator[Difference]:
        agreed_findings, agreed_opinions = {f for f, _ in self.agreed}, {o for _, o in self.agreed}
        for n, finding in enumerate(self.findings):
            if n not in agreed_findings:
                yield Difference(finding, self._ours(finding))
        for n, opinion in enumerate(self.opinions):
            if n not in agreed_opinions:
                yield Difference(opinion, self._theirs(opinion))

    def _ours(self, finding: Finding) -> str:
        if finding.code in OURS:
            return finding.code
        if finding.component and finding.code in ("relation-broken", "exclusion-broken"):
            return "composite-relation"
        if finding.component == 1 and finding.code == "mandatory-component-missing":
            return "first-component"
        segment = finding.segment or 0
        if finding.code in PLACES:
            reason = self._of_place(segment, "pyx12")
        else:
            reason = self._of_element(segment, finding.element)
        return reason or ("guide" if finding.code.startswith("guide-") else "")

    def _theirs(self, opinion: Opinion) -> str:
        if opinion.level == "engine" or opinion.cause:
            return opinion.cause or "engine"
        if opinion.level == "segment":
            late = opinion.code == "3" and any(
                f.code == "segment-out-of-order" and f.tag == opinion.tag and (f.segment or 0) > opinion.segment
                for f in self.findings
            )
            return self._of_place(opinion.segment, "ours") or ("late" if late else "")
        return self._of_element(opinion.segment, opinion.element)

    def _of_place(self, segment: int, other: str) -> str:
        """Why only one of the two says something on a segment's place."""
        if (segment, other) in self.out_of_place:
            return "other-word"
        if any(who == other and before < segment for before, who in self.out_of_place):
            return "recovery"
        return self._of_limit(segment)

    def _of_element(self, segment: int, element: int | None) -> str:
        """Why only one of the two says something on an element."""
        if segment in self.failed:
            return "engine"
        if segment in self.lost:
            return "not-placed"
        if (segment, element) in self.hollow:
            return "separators-alone"
        for f, _ in self.agreed:
            finding = self.findings[f]
            if element and (finding.segment, finding.element) == (segment, element):
                return "same-value"
        return self._of_limit(segment)

    def _of_limit(self, segment: int) -> str:
        return "limit" if self.end is not None and segment >= self.end else ""


def _level(finding: Finding) -> str:
    return "segment" if finding.code in PLACES else "element" if finding.code in VALUES else ""


def _agree(finding: Finding, opinion: Opinion) -> bool:
    if finding.segment != opinion.segment:
        return False
    if finding.code == "trailing-separator":  # said by pyx12 where the segment or composite has no such position
        return (opinion.level, opinion.code, opinion.element) == ("element", "3", finding.element)
    theirs = PLACES.get(finding.code) or VALUES.get(finding.code, "")
    if _level(finding) != opinion.level or opinion.code not in theirs.split():
        return False
    if opinion.level == "segment":
        return finding.tag == opinion.tag
    components = (finding.component, opinion.component)
    return finding.element == opinion.element and (None in components or components[0] == components[1])


def _last(said: Sequence[Finding] | Sequence[Opinion]) -> int:
    return max((one.segment or 0 for one in said), default=0)
