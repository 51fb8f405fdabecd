"""Understand UNA, UNB and UNG: delimiters first, then the values (ISO 9735, syntax versions 1 to 4)."""

import re
from typing import NamedTuple

from b2bsync.edi.edifact.release import protect, restore
from b2bsync.edi.envelope import Delimiters, GroupHeader, Identity, InterchangeHeader
from b2bsync.edi.x12.values import is_date, is_time
from b2bsync.vocabulary.findings import Finding, Severity

DEFAULT = Delimiters(segment="'", element="+", component=":", release="?", decimal=".")
"""What holds where no UNA says otherwise."""

ADVICE = 9
"""Bytes of UNA with its six characters."""

_SYNTAX = re.compile(r"UNO[A-Z]").fullmatch
_VERSION = re.compile(r"[1-4]").fullmatch
INVALID, MISSING = "12", "13"  # UN/EDIFACT 0085


def read_una(text: str) -> Delimiters:
    """The delimiters of a service string advice ``UNA:+.? '``."""
    component, element, decimal, release, repetition, terminator = tuple(text[3:9])
    return Delimiters(
        segment=terminator,
        element=element,
        component=component,
        repetition=None if repetition.isspace() or repetition.isalnum() else repetition,
        release=None if release.isspace() else release,
        decimal=decimal if decimal in ".," else ".",
    )


def unusable(d: Delimiters) -> str | None:
    """Why these delimiters cannot be used; None where they can."""
    said = [d.segment, d.element, d.component, *([d.release] if d.release else [])]
    if len(set(said)) < len(said) or any(character.isalnum() for character in said):
        return f"element {d.element!r}, component {d.component!r}, segment {d.segment!r}, release {d.release!r}"
    return None


def rows(text: str, delimiters: Delimiters) -> list[list[str]]:
    """A segment as its elements, each the list of its components."""
    elements = protect(text, delimiters).split(delimiters.element)
    if text.isascii() and (delimiters.release is None or delimiters.release not in text):
        return [element.split(delimiters.component) for element in elements]  # nothing to restore
    return [[restore(part, delimiters) for part in element.split(delimiters.component)] for element in elements]


def _at(row: list[list[str]], element: int, component: int = 1) -> str:
    if element < len(row) and component <= len(row[element]):
        return row[element][component - 1].strip()
    return ""


def read_unb(text: str, said: Delimiters | None, offset: int) -> tuple[InterchangeHeader, tuple[Finding, ...]]:
    """Understand an interchange header; ``said`` are the delimiters of its UNA."""
    d = said or DEFAULT
    row = rows(text, d)
    syntax, version = _at(row, 1), _at(row, 1, 2)
    if said is None and version >= "4":
        d = Delimiters(d.segment, d.element, d.component, "*", d.release, d.decimal)
    findings: list[Finding] = []

    def note(
        severity: Severity, code: str, message: str, ack: str | None, element: int, component: int | None = None,
        value: str = "", allowed: str | None = None,
    ) -> None:  # fmt: skip
        findings.append(
            Finding(
                severity=severity, code=code, message=message, ack_level="interchange" if ack else None, ack_code=ack,
                tag="UNB", element=element, component=component, value=value or None, offset=offset, allowed=allowed,
            )
        )  # fmt: skip

    if not _SYNTAX(syntax):
        message = f"syntax identifier {syntax!r} is none of ISO 9735" if syntax else "the syntax identifier is missing"
        note(Severity.WARNING, "syntax-unknown", message, None, 1, 1, syntax, "UNOA to UNOZ")
    if not _VERSION(version):
        message = f"syntax version {version!r} is none of 1 to 4" if version else "the syntax version is missing"
        note(Severity.WARNING, "syntax-version-unknown", message, None, 1, 2, version, "1 to 4")
    for element, name in ((2, "sender"), (3, "receiver")):
        if not _at(row, element):
            note(Severity.ERROR, "header-value-missing", f"the {name} is missing", MISSING, element, 1)
    day, time = _at(row, 4), _at(row, 4, 2)
    if not is_date(day):
        note(Severity.ERROR, "date-invalid", f"{day!r} is no date", INVALID, 4, 1, day, "YYMMDD, CCYYMMDD")
    elif (len(day) == 8) is not (version >= "4"):
        shape = "CCYYMMDD in syntax 4" if version >= "4" else "YYMMDD before syntax 4"
        note(Severity.WARNING, "date-unexpected", f"the date has {len(day)} digits", None, 4, 1, day, shape)
    if not is_time(time):
        note(Severity.ERROR, "time-invalid", f"{time!r} is no time", INVALID, 4, 2, time, "HHMM")
    reference = _at(row, 5)
    if not reference:
        note(Severity.ERROR, "control-number-missing", "the interchange control reference is missing", MISSING, 5)
    elif len(reference) > 14:
        message = f"the interchange control reference has {len(reference)} characters"
        note(Severity.WARNING, "control-number-too-long", message, None, 5, None, reference, "at most 14")
    test = _at(row, 11)
    if test not in ("", "0", "1", "2", "3", "4"):
        note(Severity.WARNING, "usage-invalid", f"test indicator {test!r} is unknown", None, 11, None, test, "1")
    header = InterchangeHeader(
        standard="EDIFACT",
        sender=Identity(_at(row, 2, 2), _at(row, 2)),
        receiver=Identity(_at(row, 3, 2), _at(row, 3)),
        control_number=reference,
        date=day,
        time=time,
        version=f"{syntax}:{version}" if version else syntax,
        usage="T" if test in ("1", "2", "3", "4") else "P",
        ack_requested=_at(row, 9) == "1",
        delimiters=d,
    )
    return header, tuple(findings)


def no_interchange(said: Delimiters | None, offset: int) -> tuple[InterchangeHeader, tuple[Finding, ...]]:
    """The header of messages or groups that stand in no interchange."""
    finding = Finding(
        severity=Severity.ERROR, code="interchange-header-missing", ack_level="interchange", ack_code=MISSING,
        message="messages stand outside of an interchange", tag="UNB", offset=offset,
    )  # fmt: skip
    header = InterchangeHeader(
        standard="EDIFACT", sender=Identity("", ""), receiver=Identity("", ""), control_number="", date="", time="",
        version="", delimiters=said or DEFAULT,
    )  # fmt: skip
    return header, (finding,)


def read_ung(text: str, delimiters: Delimiters, offset: int) -> tuple[GroupHeader, tuple[Finding, ...]]:
    """Understand a group header. Its code is the type of its messages (0038), its version the one of UNG S008."""
    row = rows(text, delimiters)
    findings = tuple(
        Finding(
            severity=Severity.ERROR, code="group-header-invalid", message=f"the {what} is missing", ack_level="group",
            ack_code=MISSING, tag="UNG", element=element, offset=offset,
        )
        for element, what in ((1, "type of the group's messages"), (5, "group reference"))
        if not _at(row, element)
    )  # fmt: skip
    header = GroupHeader(
        code=_at(row, 1),
        sender=_at(row, 2),
        receiver=_at(row, 3),
        control_number=_at(row, 5),
        version=_at(row, 7) + _at(row, 7, 2),
        date=_at(row, 4),
        time=_at(row, 4, 2),
    )
    return header, findings


class MessageHeader(NamedTuple):
    """UNH: reference (0062), type (0065), directory (0052 and 0054, ``D96A``), agency (0051), association code
    (0057)."""

    reference: str
    type: str
    version: str
    agency: str
    association: str


def read_unh(text: str, delimiters: Delimiters) -> MessageHeader:
    """Understand a message header; what is missing is empty. What is wrong with it is for the reader of the message."""
    row = rows(text, delimiters)
    version = _at(row, 2, 2) + _at(row, 2, 3)
    return MessageHeader(_at(row, 1), _at(row, 2), version.upper(), _at(row, 2, 4), _at(row, 2, 5))
