"""Which note of the standard's own acknowledgement lists each finding is: the only place that says so.

X12: 720 for segments, 723 for elements, 718 for sets, 716 for groups, I18 for interchanges. EDIFACT: 0085 for all.
"""

from typing import NamedTuple

from b2bsync.edi.standard import X12


class Note(NamedTuple):
    """``level``: what the note is made on, ``segment``, ``element``, ``set``, ``group`` or ``interchange``; ``code``:
    the list's value."""

    level: str
    code: str


_FINDINGS = {  # level, X12, EDIFACT
    "segments-outside-set": ("interchange", "024", "33"),
    "version-unknown": ("group", "2", "14"),
    "set-unknown": ("set", "1", "14"),
    "set-trailer-missing": ("set", "2", "13"),
    "set-too-large": ("set", "5", "18"),
    "control-number-differs": ("set", "3", "28"),
    "segment-count-wrong": ("set", "4", "29"),
    "more-findings": ("set", "5", "18"),
    "line-count-wrong": ("set", "5", "29"),  # X12 has no note on what a set says of its own content
    "control-total-wrong": ("set", "5", "29"),
    "segment-unknown": ("segment", "1", "15"),
    "segment-unexpected": ("segment", "2", "15"),
    "mandatory-segment-missing": ("segment", "3", "13"),
    "mandatory-loop-missing": ("segment", "3", "13"),
    "loop-too-often": ("segment", "4", "36"),
    "segment-too-often": ("segment", "5", "35"),
    "segment-not-in-set": ("segment", "6", "15"),
    "segment-out-of-order": ("segment", "7", "15"),
    "mandatory-element-missing": ("element", "1", "13"),
    "mandatory-component-missing": ("element", "1", "13"),
    "relation-broken": ("element", "2", "48"),
    "too-many-elements": ("element", "3", "16"),
    "too-many-components": ("element", "13", "16"),
    "repetition-too-often": ("element", "12", "35"),
    "trailing-separator": ("element", "3", "45"),
    "element-too-short": ("element", "4", "40"),
    "element-too-long": ("element", "5", "39"),
    "trailing-blanks": ("element", "5", "39"),
    "character-invalid": ("element", "6", "21"),
    "number-invalid": ("element", "6", "37"),
    "code-unknown": ("element", "7", "12"),
    "check-digit-wrong": ("element", "7", "12"),
    "hierarchy-number-repeated": ("element", "7", "12"),
    "hierarchy-number-unexpected": ("element", "7", "12"),
    "hierarchy-parent-unknown": ("element", "7", "12"),
    "hierarchy-parent-closed": ("element", "7", "12"),
    "hierarchy-parent-missing": ("element", "2", "13"),
    "hierarchy-level-unexpected": ("element", "7", "12"),
    "hierarchy-child-code-wrong": ("element", "7", "12"),
    "date-invalid": ("element", "8", "12"),
    "date-without-century": ("element", "4", "40"),
    "time-invalid": ("element", "9", "12"),
    "exclusion-broken": ("element", "10", "48"),
    "guide-segment-not-used": ("segment", "2", "15"),
    "guide-segment-missing": ("segment", "3", "13"),
    "guide-qualifier-missing": ("segment", "3", "13"),
    "guide-too-few": ("segment", "3", "13"),
    "guide-segment-too-often": ("segment", "5", "35"),
    "guide-loop-too-often": ("segment", "4", "36"),
    "guide-element-not-used": ("element", "10", "15"),
    "guide-element-missing": ("element", "1", "13"),
    "guide-code-not-allowed": ("element", "7", "12"),
    "guide-too-short": ("element", "4", "40"),
    "guide-too-long": ("element", "5", "39"),
    "guide-pattern": ("element", "7", "12"),
}

_NONE = Note("", "")
_X12 = {finding: Note(level, x12) for finding, (level, x12, _) in _FINDINGS.items()}
_EDIFACT = {  # UNH names the version, not UNG
    finding: Note("set" if level == "group" else level, edifact) for finding, (level, _, edifact) in _FINDINGS.items()
}


def note(standard: str, finding: str) -> Note:
    """The note for a finding's code; empty texts where it is none that an acknowledgement carries."""
    return (_X12 if standard == X12 else _EDIFACT).get(finding, _NONE)
