"""CONTRL: the segments that say a verdict (ISO 9735-4; in syntax 3 and before CONTRL D:3).

It can always be written: what the segments have no room for is left out or cut, ``0`` stands for a mandatory name that
was not there. What is left out is decided by :func:`told`, so that a verdict comes back as it was told.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from b2bsync.edi.answers.note import errors, noted, placed
from b2bsync.edi.answers.verdict import GroupVerdict, InterchangeVerdict, SetVerdict
from b2bsync.edi.envelope import Identity
from b2bsync.edi.standard import EDIFACT, facts
from b2bsync.vocabulary.findings import Finding
from b2bsync.vocabulary.verdicts import Verdict

MOST_SEGMENTS = 100
"""Segments noted for a message; the findings themselves are bounded by the reader."""

MOST_ELEMENTS = 99  # UCD in one UCS
LARGEST_POSITION = 998  # 0098 has three digits and counts the tag
LARGEST_SEGMENT = 999_999  # 0096

REJECTED, ACKNOWLEDGED, RECEIVED = "4", "7", "8"  # 0083
MISSING, UNSPECIFIED, OUTSIDE = "13", "18", "33"  # 0085
NOBODY = "0"
"""Stands for a mandatory name that is missing."""

OF_MESSAGE, OF_INTERCHANGE, OF_GROUP = ("UNH", "UNT"), ("UNA", "UNB", "UNZ"), ("UNG", "UNE")

Element = str | tuple[str, ...]
"""An element of a segment that is to be written: one value, or its components."""

Row = list[Element]


def told(said: SetVerdict, syntax: str) -> SetVerdict:
    """As much of a verdict as UCM, UCS and UCD can say; ``syntax`` is UN3 or UN4.

    One note on UNH, UNT or the message as a whole, then those on segments in their order, without tags and values.
    """
    version, release = directory(said.version)
    findings: list[Finding] = []
    by_segment: dict[int, list[Finding]] = {}
    found = errors(said.findings)
    for finding in found:
        level, code = placed(finding, EDIFACT)
        if level in ("set", "group") or (level == "element" and finding.tag in OF_MESSAGE):
            if not findings:
                findings.append(_service(finding, "set", code, OF_MESSAGE, syntax))
        elif level in ("segment", "element") and finding.segment and finding.segment <= LARGEST_SEGMENT:
            missing = level == "segment" and code == MISSING
            by_segment.setdefault(max(finding.segment, 2 if missing else 1), []).append(finding)
    for position in sorted(by_segment)[:MOST_SEGMENTS]:
        findings += _segment(position, by_segment[position], syntax)
    if found and not findings:
        findings.append(noted(EDIFACT, "set", UNSPECIFIED))
    return SetVerdict(
        type=name(said.type, 6), control_number=name(said.control_number, 14), verdict=said.verdict,
        version=name(version, 3) + name(release, 3), agency=name(said.agency, 2 if syntax == "UN3" else 3),
        association=name(said.association, 6, ""), findings=tuple(findings),
    )  # fmt: skip


def _segment(position: int, findings: list[Finding], syntax: str) -> Iterator[Finding]:
    codes: dict[str, None] = {}
    elements = []
    for finding in findings:
        level, code = placed(finding, EDIFACT)
        if level == "element" and finding.element and finding.element <= LARGEST_POSITION:
            elements.append(finding)
        else:  # 13 of a segment would say that the segment is missing
            codes[_code(UNSPECIFIED if level == "element" and code == MISSING else code, syntax)] = None
    for code in codes:
        yield noted(EDIFACT, "segment", code, segment=position)
    elements.sort(key=lambda finding: (finding.element or 0, finding.component or 0))
    for finding in elements[:MOST_ELEMENTS]:
        yield noted(
            EDIFACT, "element", _code(placed(finding, EDIFACT)[1], syntax), segment=position, element=finding.element,
            component=finding.component if finding.component and finding.component <= LARGEST_POSITION else None,
        )  # fmt: skip


def told_group(said: GroupVerdict, syntax: str) -> GroupVerdict:
    """As much of a verdict as UCF can say: no type, no counts, one note."""
    findings = errors(said.findings)[:1]
    return GroupVerdict(
        control_number=name(said.control_number, 14), verdict=said.verdict, sender=name(said.sender, 35),
        receiver=name(said.receiver, 35),
        findings=tuple(_service(f, "group", placed(f, EDIFACT)[1], OF_GROUP, syntax) for f in findings),
    )  # fmt: skip


def told_interchange(said: InterchangeVerdict, syntax: str) -> InterchangeVerdict:
    """As much of a verdict as UCI can say: one note, if it is not about its receipt only."""
    findings = errors(said.findings)[:1] if said.verdict else []
    return msgspec.structs.replace(
        said,
        control_number=name(said.control_number, 14),
        sender=Identity(name(said.sender.qualifier, 4, ""), name(said.sender.id, 35)),
        receiver=Identity(name(said.receiver.qualifier, 4, ""), name(said.receiver.id, 35)),
        date="",
        time="",
        findings=tuple(_service(f, "interchange", f.ack_code or "", OF_INTERCHANGE, syntax) for f in findings),
    )


def _service(finding: Finding, level: str, code: str, tags: tuple[str, ...], syntax: str) -> Finding:
    """A note on a service segment: its tag, element and component where it is one of those the level reports."""
    tag = finding.tag if finding.tag in tags else None
    element = finding.element if tag and finding.element and finding.element <= LARGEST_POSITION else None
    component = finding.component if element and (finding.component or 0) <= LARGEST_POSITION else None
    return noted(EDIFACT, level, _code(code, syntax), tag=tag, element=element, component=component)


def _code(code: str, syntax: str) -> str:
    """A code of 0085 that the syntax version has."""
    if code == "024":  # X12 I18, which the scan notes for both
        return OUTSIDE
    known = facts(syntax).element("0085").codes
    return code if code in known or (not known and code) else UNSPECIFIED


def interchange_row(said: InterchangeVerdict) -> Row:
    """UCI of a verdict that :func:`told_interchange` made. Sender and receiver are those of the answered one."""
    action = RECEIVED if said.verdict is None else _action(said.verdict)
    parties = [_party(said.sender), _party(said.receiver)]
    return ["UCI", said.control_number, *parties, action, *_reported(said.findings)]


def group_row(said: GroupVerdict) -> Row:
    """UCF of a verdict that :func:`told_group` made."""
    return ["UCF", said.control_number, said.sender, said.receiver, _action(said.verdict), *_reported(said.findings)]


def set_rows(said: SetVerdict) -> Iterator[Row]:
    """UCM, UCS and UCD of a verdict that :func:`told` made. A message that is accepted with errors is acknowledged, and
    its errors are reported."""
    own = [finding for finding in said.findings if finding.ack_level == "set"]
    message = (said.type, *directory(said.version), said.agency, said.association)
    yield ["UCM", said.control_number, message, _action(said.verdict), *_reported(own)]
    places = [finding for finding in said.findings if finding.segment]
    for position, findings in groupby(places, key=lambda finding: finding.segment or 0):
        yield from _noted_segment(position, list(findings))


def _noted_segment(position: int, findings: list[Finding]) -> Iterator[Row]:
    """UCS, each with one code or with UCD. What is missing is missing behind the segment before (0096)."""
    for finding in findings:
        if finding.ack_level == "segment":
            place = max(position - 1, 1) if finding.ack_code == MISSING else position
            yield ["UCS", str(place), finding.ack_code or UNSPECIFIED]
    elements = [finding for finding in findings if finding.ack_level == "element"]
    if elements:
        yield ["UCS", str(position)]
    for finding in elements:
        yield ["UCD", finding.ack_code or UNSPECIFIED, _place(finding)]


def _place(finding: Finding) -> tuple[str, ...]:
    """S011: the tag is position 1 of a segment, components count from 1."""
    component = (str(finding.component),) if finding.component else ()
    return (str((finding.element or 0) + 1), *component)


def _reported(findings: Iterable[Finding]) -> Row:
    """0085, 0013 and S011."""
    for finding in findings:
        place: Row = [_place(finding)] if finding.element else []
        return [finding.ack_code or UNSPECIFIED, finding.tag or "", *place]
    return []


def _action(verdict: Verdict) -> str:
    return REJECTED if verdict is Verdict.REJECTED else ACKNOWLEDGED


def _party(identity: Identity) -> Element:
    return (identity.id, identity.qualifier)


def directory(version: str) -> tuple[str, str]:
    """0052 and 0054 of a directory: D and 96A, 4 and 1; of the oldest ones 90 and 1, 2 and 912."""
    first = 2 if version[:1] == "9" and len(version) == 3 else 1
    return version[:first], version[first:]


def name(value: str, longest: int, missing: str = NOBODY) -> str:
    """A name of theirs as we can repeat it: cut, without control characters."""
    if not value.isprintable():
        value = "".join(character for character in value if character.isprintable())
    return value.strip()[:longest].strip() or missing
