"""Write interchanges: ISA, groups, transaction sets, counts and control numbers."""

from collections.abc import Sequence
from typing import NoReturn

from b2bsync.edi.envelope import Delimiters, GroupHeader, InterchangeHeader
from b2bsync.edi.errors import Unwritable
from b2bsync.edi.x12.values import is_date, is_time
from b2bsync.vocabulary.findings import Finding, Severity


def write_interchange(
    header: InterchangeHeader,
    groups: Sequence[tuple[GroupHeader, Sequence[str]]],
    *,
    suffix: str = "\n",
    encoding: str = "utf-8",
) -> bytes:
    """The bytes of an interchange. Every group comes with the texts that :func:`write_set` made.

    ``suffix`` (line breaks, or nothing) follows every segment terminator. ISA has its fixed widths; ISA13 and IEA02
    are padded to nine digits; GE01 and IEA01 are counted. Control numbers are the caller's.

    Raises Unwritable for delimiters that are not four different printable-or-control ASCII characters, for identities,
    dates and numbers that do not fit, and for characters that ``encoding`` lacks.
    """
    d = header.delimiters
    _check_delimiters(d)
    if suffix.strip("\r\n"):
        _refuse("suffix-invalid", "only line breaks may follow a terminator", "ISA", 16, suffix)
    number = header.control_number.zfill(9)
    lines = [_isa(header, number)]
    for group, sets in groups:
        lines.append(_gs(group, d))
        for text in sets:
            if not text.startswith("ST" + d.element) or not text.endswith(d.segment):
                _refuse("set-delimiters-differ", "a set was written with other delimiters", "ST", 1, text[:20])
            lines.append(text[:-1].replace(d.segment, d.segment + suffix) if suffix else text[:-1])
        lines.append(d.element.join(["GE", str(len(sets)), group.control_number]))
    lines.append(d.element.join(["IEA", str(len(groups)), number]))
    result = (d.segment + suffix).join(lines) + d.segment + suffix
    try:
        return result.encode(encoding)
    except UnicodeEncodeError as error:
        character = result[error.start]
        _refuse("character-invalid", f"{character!r} cannot be sent as {encoding}", "ISA", 0, character)


def _check_delimiters(d: Delimiters) -> None:
    named = {"segment": d.segment, "element": d.element, "component": d.component}
    if d.repetition is not None:
        named["repetition"] = d.repetition
    for name, character in named.items():
        if len(character) != 1 or not character.isascii() or character.isalnum() or character == " ":
            _refuse("delimiter-invalid", f"{character!r} cannot be the {name} delimiter", "ISA", 16, character)
    if len(set(named.values())) < len(named):
        said = ", ".join(f"{name} {character!r}" for name, character in named.items())
        _refuse("delimiters-equal", f"two delimiters are the same character: {said}", "ISA", 16, d.segment)


def _isa(header: InterchangeHeader, number: str) -> str:
    d = header.delimiters
    values = [
        "00", " " * 10, "00", " " * 10,
        header.sender.qualifier, header.sender.id.ljust(15), header.receiver.qualifier, header.receiver.id.ljust(15),
        header.date, header.time, (d.repetition if header.version >= "00402" else None) or "U", header.version, number,
        "1" if header.ack_requested else "0", header.usage, d.component,
    ]  # fmt: skip
    widths = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1]
    for position, (value, width) in enumerate(zip(values, widths, strict=True), 1):
        if len(value) != width:
            _refuse("header-value-invalid", f"ISA{position:02d} must be {width} long", "ISA", position, value)
        if position < 16 and position != 11:
            _check_value("ISA", position, value, d)
    for position, valid, what in (
        (6, bool(header.sender.id.strip()), "the sender"),
        (8, bool(header.receiver.id.strip()), "the receiver"),
        (9, is_date(header.date), "a date, YYMMDD"),
        (10, is_time(header.time), "a time, HHMM"),
        (13, number.isascii() and number.isdigit(), "a number"),
    ):
        if not valid:
            _refuse("header-value-invalid", f"ISA{position:02d} must be {what}", "ISA", position, values[position - 1])
    return d.element.join(["ISA", *values])


def _gs(group: GroupHeader, d: Delimiters) -> str:
    values = [
        group.code, group.sender, group.receiver, group.date, group.time, group.control_number, "X", group.version,
    ]  # fmt: skip
    bounds = [(2, 2), (2, 15), (2, 15), (8, 8), (4, 8), (1, 9), (1, 2), (1, 12)]
    for position, (value, (low, high)) in enumerate(zip(values, bounds, strict=True), 1):
        if not low <= len(value) <= high:
            _refuse("header-value-invalid", f"GS{position:02d} must be {low} to {high} long", "GS", position, value)
        _check_value("GS", position, value, d)
    if not is_date(group.date):
        _refuse("header-value-invalid", "GS04 is no date", "GS", 4, group.date)
    if not is_time(group.time):
        _refuse("header-value-invalid", "GS05 is no time", "GS", 5, group.time)
    if not group.control_number.isdigit():
        _refuse("header-value-invalid", "GS06 is no number", "GS", 6, group.control_number)
    return d.element.join(["GS", *values])


def _check_value(tag: str, position: int, value: str, d: Delimiters) -> None:
    for character in value:
        if character in (d.segment, d.element, d.component, d.repetition) or not character.isprintable():
            _refuse("delimiter-in-value", f"{tag}{position:02d} holds {character!r}", tag, position, value)


def _refuse(code: str, message: str, tag: str, element: int, value: str) -> NoReturn:
    raise Unwritable(
        Finding(
            severity=Severity.ERROR,
            code=code,
            message=message,
            ack_level="interchange" if tag == "ISA" else "group",
            tag=tag,
            element=element or None,
            value=value or None,
        )
    )
