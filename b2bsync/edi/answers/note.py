"""A note on an error as acknowledgements carry it: a level, a code of the standard's list, a place. In short words of
ours for a person."""

from b2bsync.edi import notes
from b2bsync.edi.standard import EDIFACT
from b2bsync.vocabulary.findings import Finding, Severity

_SEGMENT = {  # X12 720 and 620
    "1": "unknown segment",
    "2": "segment not expected here",
    "3": "mandatory segment missing",
    "4": "loop too often",
    "5": "segment too often",
    "6": "segment not part of this set",
    "7": "segment out of order",
    "8": "errors in elements",
}
_ELEMENT = {  # X12 723 and 621
    "1": "mandatory value missing",
    "2": "relation between values broken",
    "3": "too many elements",
    "4": "too short",
    "5": "too long",
    "6": "invalid character",
    "7": "code not allowed",
    "8": "invalid date",
    "9": "invalid time",
    "10": "values exclude each other",
    "12": "too many repetitions",
    "13": "too many components",
}
_SET = {  # X12 718 and 618
    "1": "set not supported",
    "2": "set trailer missing",
    "3": "control numbers of header and trailer differ",
    "4": "number of segments wrong",
    "5": "segments have errors",
    "6": "set identifier missing or invalid",
    "7": "control number missing or invalid",
    "23": "control number used twice in the group",
}
_GROUP = {  # X12 716
    "1": "group not supported",
    "2": "version not supported",
    "3": "group trailer missing",
    "4": "control numbers of header and trailer differ",
    "5": "number of sets wrong",
    "6": "group control number invalid",
}
_INTERCHANGE = {  # X12 I18
    "001": "control numbers of header and trailer differ",
    "006": "sender invalid",
    "008": "receiver invalid",
    "009": "receiver unknown",
    "014": "date invalid",
    "015": "time invalid",
    "018": "control number invalid",
    "020": "usage indicator invalid",
    "021": "number of groups wrong",
    "022": "control structure invalid",
    "023": "end too early",
    "024": "content invalid",
    "025": "control number used before",
}
_EDIFACT = {  # 0085
    "2": "syntax not supported",
    "3": "message version not supported",
    "7": "not for this recipient",
    "12": "value invalid",
    "13": "missing",
    "14": "value not supported here",
    "15": "not allowed here",
    "16": "too many components",
    "17": "no agreement",
    "18": "unspecified error",
    "21": "invalid character",
    "22": "invalid service character",
    "23": "sender unknown",
    "25": "test not supported",
    "26": "duplicate",
    "28": "references differ",
    "29": "count wrong",
    "30": "groups and messages mixed",
    "33": "outside of a message or group",
    "35": "segment too often",
    "36": "segment group too often",
    "37": "invalid kind of character",
    "39": "too long",
    "40": "too short",
}
_LABELS = {
    "segment": _SEGMENT,
    "element": _ELEMENT,
    "set": _SET,
    "group": _GROUP,
    "interchange": _INTERCHANGE,
}


def label(standard: str, level: str, code: str) -> str:
    """What a code means, in short words of ours; the code itself where it is none of the common ones."""
    known = _EDIFACT if standard == EDIFACT else _LABELS.get(level, {})
    return known.get(code) or f"note {code}"


def noted(
    standard: str,
    level: str,
    code: str,
    *,
    segment: int | None = None,
    tag: str | None = None,
    element: int | None = None,
    component: int | None = None,
    reference: str | None = None,
    value: str | None = None,
) -> Finding:
    """A finding that says no more than an acknowledgement does. Its own code is ``segment-noted`` and so on."""
    return Finding(
        severity=Severity.ERROR, code=f"{level}-noted", message=label(standard, level, code), ack_level=level,
        ack_code=code, segment=segment, tag=tag, element=element, component=component, reference=reference, value=value,
    )  # fmt: skip


def errors(findings: tuple[Finding, ...]) -> list[Finding]:
    """Those that an acknowledgement notes: warnings are ours alone."""
    return [finding for finding in findings if finding.severity is not Severity.WARNING]


def placed(finding: Finding, standard: str) -> tuple[str, str]:
    """Level and code of a finding in the standard's lists; empty texts where it has none."""
    known = notes.note(standard, finding.code)
    return known if known.level else (finding.ack_level or "", finding.ack_code or "")
