"""Compare the trailers of groups and interchanges (UNE, UNZ) with what they close."""

from b2bsync.vocabulary.findings import Finding, Severity

MISSING, REFERENCE, COUNT = "13", "28", "29"  # UN/EDIFACT 0085


def group_findings(
    row: list[list[str]] | None, number: str, received: int, offset: int
) -> tuple[int, tuple[Finding, ...]]:
    """UNE 0060 as said (0 when it says no number), and what is wrong with UNE; ``row`` is None when it is missing."""
    if row is None:
        return 0, (_finding("group-trailer-missing", "the group has no UNE segment", "UNE", MISSING, offset),)
    said, closed = _value(row, 1), _value(row, 2)
    findings = []
    if not _is_number(said) or int(said) != received:
        message = f"UNE says {said or 'nothing'}, messages received: {received}"
        findings.append(_finding("set-count-wrong", message, "UNE", COUNT, offset, 1, said, str(received)))
    if closed != number:
        message = f"UNE {closed!r} is not the group reference {number!r}"
        findings.append(_finding("group-number-differs", message, "UNE", REFERENCE, offset, 2, closed, number))
    return int(said) if _is_number(said) else 0, tuple(findings)


def interchange_findings(
    row: list[list[str]] | None, number: str, groups: int, messages: int, offset: int
) -> tuple[Finding, ...]:
    """What is wrong with UNZ. 0036 counts the groups, where there are any, else the messages."""
    if row is None:
        message = "the interchange has no UNZ segment"
        return (_finding("interchange-trailer-missing", message, "UNZ", MISSING, offset),)
    said, closed = _value(row, 1), _value(row, 2)
    count, what = (groups, "groups") if groups else (messages, "messages")
    findings = []
    if not _is_number(said) or int(said) != count:
        message = f"UNZ says {said or 'nothing'}, {what} received: {count}"
        findings.append(_finding("group-count-wrong", message, "UNZ", COUNT, offset, 1, said, str(count)))
    if closed != number:
        message = f"UNZ {closed!r} is not the interchange reference {number!r}"
        findings.append(_finding("interchange-number-differs", message, "UNZ", REFERENCE, offset, 2, closed, number))
    return tuple(findings)


def _value(row: list[list[str]], element: int) -> str:
    return row[element][0].strip()[:35] if len(row) > element else ""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _finding(
    code: str, message: str, tag: str, ack_code: str, offset: int, element: int | None = None, value: str | None = None,
    allowed: str | None = None,
) -> Finding:  # fmt: skip
    return Finding(
        severity=Severity.ERROR,
        code=code,
        message=message,
        ack_level="group" if tag == "UNE" else "interchange",
        ack_code=ack_code,
        tag=tag,
        element=element,
        offset=offset,
        value=value or None,
        allowed=allowed,
    )
