"""Answers as tests see them: written, scanned and read again."""

from datetime import datetime

from b2bsync.edi import (
    Event,
    GroupEnd,
    GroupStart,
    InterchangeAck,
    InterchangeEnd,
    InterchangeStart,
    Problem,
    TransactionCut,
    TransactionDropped,
    read_set,
    scan,
)
from b2bsync.edi.answers import Policy, Said, answer_file, read_answer, read_ta1
from b2bsync.edi.charset import charset
from b2bsync.vocabulary.findings import Finding

NOW = datetime(2026, 9, 15, 8, 5)

UNAVOIDABLE = ("version-nearest", "syntax-unknown")
"""What is said of an answer in a release without facts, or to a syntax identifier that is none: both are repeated."""


def answer(text: str | bytes, policy: Policy | None = None, *, number: int = 77, limit: int = 64 << 20) -> str:
    """The answer to a file."""
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    pieces = answer_file([data], policy, control_number=number, now=NOW, limit=limit)
    return b"".join(pieces).decode("latin-1")


def lines(text: str) -> list[str]:
    """The segments of an answer between its envelopes, with neither."""
    envelope = ("ISA", "GS*", "GE*", "IEA", "UNA", "UNB", "UNZ")
    return [line for line in text.splitlines() if not line.startswith(envelope)]


def read_back(text: str) -> list[Said]:
    """The verdicts that an answer holds. It must be without fault: envelopes, segments, values."""
    said: list[Said] = []
    for event in scan([text.encode("latin-1")]) if text else ():
        assert _findings(event) == []
        match event:
            case TransactionCut():
                d = event.interchange.delimiters
                names = charset(event.interchange.version)
                read = read_set(event.raw, d, event.version, event.type, start=event.start, charset=names)
                faults = [str(finding) for finding in read.findings if not _repeated(finding)]
                assert faults == [], text
                said += read_answer(read, d)
            case InterchangeAck():
                said.append(read_ta1(event))
    return said


def _repeated(finding: Finding) -> bool:
    """Whether a finding is on a name of theirs that the answer only repeats: a type or an agency of no list."""
    if finding.code == "code-unknown":
        return finding.tag in ("UCI", "UCM", "UCF") and finding.reference not in ("0083", "0085", "0013")
    return finding.code in UNAVOIDABLE


def _findings(event: Event) -> list[object]:
    match event:
        case InterchangeStart() | GroupStart() | GroupEnd() | InterchangeEnd():
            return [finding for finding in event.findings if not _repeated(finding)]
        case Problem() | TransactionDropped():
            return [event.finding]
    return []
