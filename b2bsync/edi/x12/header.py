"""Understand ISA and GS: delimiters first, then the values."""

import re

from b2bsync.edi.dialect import Opened
from b2bsync.edi.envelope import Delimiters, GroupHeader, Identity, InterchangeHeader
from b2bsync.edi.x12.values import is_date, is_time
from b2bsync.vocabulary.findings import Finding, Severity

LONGEST = 512
"""Bytes within which an interchange header must be complete; a regular one has 106."""

ISA = re.compile(rb"ISA([^A-Za-z0-9\s])[A-Za-z0-9 ]{0,2}\1")
"""What can be the beginning of an interchange header: ISA, a separator, a code of two characters, the separator."""

LONGEST_MARK = 7
"""Most bytes that ``ISA`` matches."""

ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
"""Characters of ISA01 to ISA16, which are fixed (X12.5)."""

REGULAR = len("ISA") + sum(ISA_WIDTHS) + len(ISA_WIDTHS) + len("~")
"""Bytes of a header whose elements are padded: 106."""

_BREAKS = str.maketrans("", "", "\r\n")
_CODE = re.compile(r"[A-Za-z0-9]{2}").fullmatch
_NUMBER = re.compile(r"[0-9]{1,9}").fullmatch


def read_isa(data: bytes, offset: int) -> Opened | Finding | None:
    """Understand the header that ``data`` (at least ``LONGEST`` bytes, if there are so many) begins with.

    The element separator is the fourth byte, the component separator the sixteenth element, the segment terminator the
    byte after it; so headers that are not padded to their fixed widths can be read (X12.5 fixes them).
    None when this is no interchange header; a fatal finding when it is one that cannot be used.
    """
    text = data[:LONGEST].decode("latin-1")
    separator = text[3:4]
    values = text.split(separator, 16)
    if len(values) < 17 or any(len(value.translate(_BREAKS)) > 80 for value in values[:16]):
        if offset == 0 and len(values) < 17 and len(data) < REGULAR:
            message = f"the file ends within ISA, after {len(data)} bytes and {len(values) - 1} of 16 elements"
            return Finding(severity=Severity.FATAL, code="not-edi", message=message, tag="ISA", offset=offset)
        return None
    head = len(text) - len(values[16])
    rest = values[16]
    findings: list[Finding] = []

    def note(
        code: str, message: str, element: int | None = None, value: str | None = None, ack: str | None = None
    ) -> None:
        severity = Severity.ERROR if ack else Severity.WARNING
        findings.append(
            Finding(
                severity=severity, code=code, message=message, ack_level="interchange" if ack else None, ack_code=ack,
                tag="ISA", element=element, value=value, offset=offset,
            )
        )  # fmt: skip

    component, terminator = rest[:1], rest[1:2]
    if not terminator:
        return _fatal("header-incomplete", "the interchange header ends before its segment terminator", offset, None)
    if not component.isalnum() and (terminator.isalnum() or _ends_lines(component, rest)):  # element 16 is empty
        component, terminator, length = "", component, head + 1
        note("component-separator-missing", "ISA16 is empty", 16)
    else:
        length = head + 2
    values = [value.translate(_BREAKS) for value in values[1:16]]
    version = values[11].strip()
    repetition = values[10] if version >= "00402" and len(values[10]) == 1 and not values[10].isalnum() else None
    if repetition is not None and (repetition.isspace() or repetition in (separator, component, terminator)):
        repetition = None
    if terminator.isalnum() or len({separator, component, terminator}) < 3:
        said = f"element {separator!r}, component {component!r}, segment {terminator!r}"
        return _fatal("delimiters-unusable", f"the delimiters must be three different characters: {said}", offset, said)
    if any(len(value) != width for value, width in zip(values, ISA_WIDTHS, strict=False)):
        note("header-not-padded", "elements of ISA do not have their fixed widths")
    number = values[12].strip()
    if not (number.isascii() and number.isdigit()):
        note("control-number-invalid", "ISA13 is no number", 13, number, "018")
    if not is_date(values[8].strip()):
        note("date-invalid", "ISA09 is no date", 9, values[8], "014")
    if not is_time(values[9].strip()):
        note("time-invalid", "ISA10 is no time", 10, values[9], "015")
    if values[14].strip() not in ("P", "T", "I"):
        note("usage-invalid", "ISA15 must be P, T or I", 15, values[14], "020")
    header = InterchangeHeader(
        sender=Identity(values[4].strip(), values[5].strip()),
        receiver=Identity(values[6].strip(), values[7].strip()),
        control_number=number,
        date=values[8].strip(),
        time=values[9].strip(),
        version=version,
        usage=values[14].strip(),
        ack_requested=values[13].strip() == "1",
        delimiters=Delimiters(terminator, separator, component, repetition),
    )
    return Opened(header, tuple(findings), length)


def _ends_lines(character: str, rest: str) -> bool:
    """Whether a character stands before the line breaks of what follows: then it ends segments, and the header too."""
    if rest[1:2] not in ("\r", "\n"):
        return False
    following = rest[1:].lstrip("\r\n").replace("\r", "\n")
    end = following.find("\n")
    return end > 0 and following[end - 1] == character


def read_gs(row: list[str], offset: int) -> tuple[GroupHeader, tuple[Finding, ...]]:
    """Understand a group header ``["GS", GS01, …]``.

    A finding is fatal where GS01 or GS06 is none: no acknowledgement can name such a group (AK101, AK102).
    """
    values = [value.strip() for value in row[1:9]] + [""] * (9 - len(row))
    code, number, version = values[0], values[5], values[7]
    findings = [
        Finding(
            severity=severity, code="group-header-invalid",
            message=f"GS{position:02d} {value!r} is no {what}" if value else f"GS{position:02d} is missing",
            ack_level="group", ack_code=ack, tag="GS", element=position, offset=offset, value=value or None,
            allowed=allowed,
        )
        for position, value, valid, severity, ack, what, allowed in (
            (1, code, _CODE(code), Severity.FATAL, "1", "functional group", "2 letters or digits"),
            (6, number, _NUMBER(number), Severity.FATAL, "6", "control number", "1 to 9 digits"),
            (8, version, version, Severity.ERROR, "2", "version", None),
        )
        if not valid
    ]  # fmt: skip
    header = GroupHeader(
        code=code,
        sender=values[1],
        receiver=values[2],
        date=values[3],
        time=values[4],
        control_number=number,
        version=version,
    )
    return header, tuple(findings)


def no_group(interchange: InterchangeHeader, offset: int) -> tuple[GroupHeader, tuple[Finding, ...]]:
    """The group of sets that stand in none; its version comes from ISA12."""
    finding = Finding(
        severity=Severity.ERROR, code="group-header-missing", message="a transaction set stands outside of a group",
        ack_level="interchange", ack_code="024", tag="GS", offset=offset,
    )  # fmt: skip
    version = interchange.version + "0" if len(interchange.version) == 5 else interchange.version
    header = GroupHeader(
        code="", sender="", receiver="", control_number="", version=version, date="", time=""
    )  # fmt: skip
    return header, (finding,)


def _fatal(code: str, message: str, offset: int, value: str | None) -> Finding:
    return Finding(
        severity=Severity.FATAL, code=code, message=message, ack_level="interchange", ack_code="022", tag="ISA",
        offset=offset, value=value,
    )  # fmt: skip
