"""Findings on bytes that a scan passes over: what belongs to nothing, and sets that are too large."""

from b2bsync.edi.foreign import appearance
from b2bsync.edi.notes import note
from b2bsync.edi.standard import EDIFACT, X12
from b2bsync.vocabulary.findings import Finding, Severity

_SETS = {X12: "transaction set", EDIFACT: "message"}


def neither(sample: bytes) -> Finding:
    """A stream that is neither X12 nor EDIFACT."""
    message = "neither X12 (ISA) nor EDIFACT (UNA or UNB) stands at the beginning"
    message += appearance(sample)
    return Finding(
        severity=Severity.FATAL, code="not-edi", message=message, offset=0, value=sample.decode("latin-1"),
        allowed="ISA, UNA, UNB",
    )  # fmt: skip


def outside_interchange(offset: int, sample: bytes) -> Finding:
    """Bytes between interchanges, before the first or behind the last one: an error where they were meant to be one."""
    message, severity = "bytes outside of any interchange were passed over", Severity.WARNING
    if sample.startswith(b"\xef\xbb\xbf"):
        message = "a byte order mark was passed over" if len(sample) == 3 else message
    elif sample.lstrip().startswith((b"ISA", b"UNA", b"UNB")):
        message, severity = "what may be the beginning of another interchange was passed over", Severity.ERROR
    return Finding(
        severity=severity,
        code="bytes-outside-interchange",
        message=message,
        offset=offset,
        value=sample.decode("latin-1") or None,
    )


def outside_set(tag: str, offset: int, sample: str, standard: str = X12) -> Finding:
    """Segments in an interchange that belong to no set or message."""
    level, code = note(standard, "segments-outside-set")
    return Finding(
        severity=Severity.ERROR,
        code="segments-outside-set",
        message=f"segments outside of any {_SETS[standard]} were passed over, the first with tag {tag[:10]!r}",
        ack_level=level,
        ack_code=code,
        tag=tag[:10] or None,
        offset=offset,
        value=sample,
    )


def set_too_large(type: str, number: str, tag: str, offset: int, limit: int) -> Finding:
    """A set or message with more bytes than may be held at once; ``tag`` is that of its header."""
    standard = EDIFACT if tag == "UNH" else X12
    level, note_code = note(standard, "set-too-large")
    return Finding(
        severity=Severity.FATAL,
        code="set-too-large",
        message=f"{_SETS[standard]} {type} {number} is larger than the limit and was passed over",
        ack_level=level,
        ack_code=note_code,
        segment=1,
        tag=tag,
        offset=offset,
        allowed=f"{limit} bytes",
    )
