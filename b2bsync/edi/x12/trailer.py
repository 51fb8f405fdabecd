"""Compare the trailers of groups and interchanges (GE, IEA) with what they close."""

from b2bsync.vocabulary.findings import Finding, Severity


def group_findings(row: list[str] | None, number: str, received: int, offset: int) -> tuple[int, tuple[Finding, ...]]:
    """GE01 as said (0 when it says no number), and what is wrong with GE.

    ``row`` is the trailer, None when it is missing; ``number`` is GS06, ``received`` the sets that were counted.
    """
    if row is None:
        return 0, (_finding("group-trailer-missing", "the group has no GE segment", "group", "3", offset),)
    said, closed = _value(row, 1), _value(row, 2)
    included = int(said) if _is_number(said) else 0
    findings = []
    if included != received:
        message = f"GE01 says {said or 'nothing'}, transaction sets received: {received}"
        findings.append(_finding("set-count-wrong", message, "group", "5", offset, 1, said, str(received)))
    if not _same(closed, number):
        message = f"GE02 {closed!r} is not GS06 {number!r}"
        findings.append(_finding("group-number-differs", message, "group", "4", offset, 2, closed, number))
    return included, tuple(findings)


def interchange_findings(row: list[str] | None, number: str, groups: int, offset: int) -> tuple[Finding, ...]:
    """What is wrong with IEA. ``number`` is ISA13, ``groups`` what was counted."""
    if row is None:
        message = "the interchange has no IEA segment"
        return (_finding("interchange-trailer-missing", message, "interchange", "023", offset),)
    said, closed = _value(row, 1), _value(row, 2)
    findings = []
    if not _is_number(said) or int(said) != groups:
        message = f"IEA01 says {said or 'nothing'}, groups received: {groups}"
        findings.append(_finding("group-count-wrong", message, "interchange", "021", offset, 1, said, str(groups)))
    if not _same(closed, number):
        message = f"IEA02 {closed!r} is not ISA13 {number!r}"
        findings.append(
            _finding("interchange-number-differs", message, "interchange", "001", offset, 2, closed, number)
        )
    return tuple(findings)


def _value(row: list[str], position: int) -> str:
    return row[position].strip()[:30] if len(row) > position else ""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _same(one: str, other: str) -> bool:
    """Whether two control numbers are the same; numbers may be padded differently."""
    return one == other or (_is_number(one) and _is_number(other) and int(one) == int(other))


def _finding(
    code: str,
    message: str,
    level: str,
    ack_code: str,
    offset: int,
    element: int | None = None,
    value: str | None = None,
    allowed: str | None = None,
) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        code=code,
        message=message,
        ack_level=level,
        ack_code=ack_code,
        tag="GE" if level == "group" else "IEA",
        element=element,
        offset=offset,
        value=value or None,
        allowed=allowed,
    )
