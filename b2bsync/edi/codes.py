"""The codes of findings that a partner's agreement may treat otherwise than the judge of syntax does."""

from b2bsync.edi.notes import _FINDINGS

WRITING = frozenset(
    {
        "blanks-around-tag",
        "empty-segment",
        "guide-unfit",
        "line-break-in-segment",
        "segment-unterminated",
        "tag-in-lower-case",
        "version-nearest",
    }
)
"""Findings on how something is written, which no acknowledgement carries."""

FATAL = frozenset({"more-findings", "set-too-large", "set-trailer-missing", "set-unknown"})
"""What leaves nothing to be treated."""

JUDGED = WRITING | {code for code, (level, *_) in _FINDINGS.items() if level not in ("group", "interchange")} - FATAL
"""What may be found in a set or message that can be read."""
