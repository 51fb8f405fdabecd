"""Their word on what we sent: 997, 999, CONTRL and TA1 read into verdicts."""

from collections.abc import Iterable, Iterator

from b2bsync.edi.answers.note import noted
from b2bsync.edi.answers.verdict import GroupVerdict, InterchangeVerdict, Said, SetVerdict
from b2bsync.edi.envelope import Delimiters, Identity, InterchangeAck
from b2bsync.edi.reader import TransactionSet, values
from b2bsync.edi.standard import EDIFACT, X12
from b2bsync.edi.tree import Loop
from b2bsync.vocabulary.findings import Finding, Severity
from b2bsync.vocabulary.verdicts import Verdict

_LETTERS = {
    "A": Verdict.ACCEPTED,
    "E": Verdict.ACCEPTED_WITH_ERRORS,
    "P": Verdict.PARTIALLY_ACCEPTED,
    **dict.fromkeys("RMWX", Verdict.REJECTED),
}
"""X12 717, 715 and I17. M, W and X reject for reasons of security."""

_REJECTED = ("4", "6")  # 0083
_ACKNOWLEDGED = ("1", "2", "3", "5", "7")  # all but 7 are of older issues
_RECEIVED = "8"

MISSING = "13"  # 0085


def read_answer(read: TransactionSet, delimiters: Delimiters) -> Iterator[Said]:
    """The verdicts of a 997, 999 or CONTRL, with the delimiters of its interchange; nothing for any other set.

    Sets come before their group, all before the interchange, as :func:`judged` tells them. Findings have the place and
    the code that the answer notes; segments count as in ``Finding``, so that one is missing *before* the segment
    noted. A verdict that is none of the standard's rejects, and a warning says so.
    """
    if read.type in ("997", "999"):
        yield from _functional(read, delimiters)
    elif read.type == "CONTRL":
        yield from _contrl(read, delimiters)


def read_ta1(event: InterchangeAck) -> InterchangeVerdict:
    """The verdict of a TA1. Sender and receiver are those of the interchange it answers: the other way round."""
    verdict, findings = _letter(event.code.strip(), ())
    note = event.note.strip()
    if note not in ("", "000"):
        findings = (noted(X12, "interchange", note), *findings)
    return InterchangeVerdict(
        standard=X12, control_number=event.control_number.strip(), verdict=verdict, sender=event.interchange.receiver,
        receiver=event.interchange.sender, date=event.date, time=event.time, findings=findings,
    )  # fmt: skip


# X12


def _functional(read: TransactionSet, d: Delimiters) -> Iterator[Said]:
    first = "IK" if read.type == "999" else "AK"
    root = read.root
    for loop in root.children("AK2"):
        last = loop.first(f"{first}5") or []
        codes = [noted(X12, "set", code) for code in last[2:7] if code]
        places = [note for segment in loop.children(f"{first}3") for note in _segment(segment, first, d)]
        verdict, findings = _letter(_at(last, 1), (*codes, *places))
        yield SetVerdict(
            type=loop.value("AK2", 1), control_number=loop.value("AK2", 2), verdict=verdict, version=read.version,
            association=loop.value("AK2", 3), findings=findings,
        )  # fmt: skip
    group, end = root.first("AK1") or [], root.first("AK9") or []
    verdict, findings = _letter(_at(end, 1), [noted(X12, "group", code) for code in end[5:10] if code])
    included, received, accepted = (int(_number(_at(end, n)) or 0) for n in (2, 3, 4))
    yield GroupVerdict(
        code=_at(group, 1), control_number=_at(group, 2), verdict=verdict, version=_at(group, 3) or read.version,
        included=included, received=received, accepted=accepted, findings=findings,
    )  # fmt: skip


def _segment(loop: Loop, first: str, d: Delimiters) -> Iterator[Finding]:
    """AK3 or IK3 with what stands below it."""
    row = loop.first(f"{first}3") or []
    tag, position, code = _at(row, 1) or None, _number(_at(row, 2)), _at(row, 4)
    below = loop.all("AK4") or [inner for child in loop.children("IK4") for inner in child.all("IK4")]
    if code and not (code == "8" and below):
        yield noted(X12, "segment", code, segment=position, tag=tag)
    for element in below:
        place, component = (*values(element, 1, d), "")[:2]
        yield noted(
            X12, "element", _at(element, 3), segment=position, tag=tag, element=_number(place),
            component=_number(component), reference=_at(element, 2) or None, value=_at(element, 4) or None,
        )  # fmt: skip


def _letter(letter: str, findings: Iterable[Finding]) -> tuple[Verdict, tuple[Finding, ...]]:
    verdict = _LETTERS.get(letter)
    return (verdict, tuple(findings)) if verdict else (Verdict.REJECTED, (*findings, _unknown(letter)))


# EDIFACT


def _contrl(read: TransactionSet, d: Delimiters) -> Iterator[Said]:
    root = read.root
    for loop in root.children("SG1"):
        yield _message(loop, "SG2", d)
    for group in root.children("SG3"):
        messages = [_message(loop, "SG5", d) for loop in group.children("SG4")]
        yield from messages
        row = group.first("UCF") or []
        own = _reported(row, 5, "group", d)
        verdict, findings = _action(_at(row, 4), own)
        if verdict is not Verdict.REJECTED and any(said.verdict is Verdict.REJECTED for said in messages):
            verdict = Verdict.PARTIALLY_ACCEPTED
        elif verdict is Verdict.ACCEPTED and any(said.verdict is not Verdict.ACCEPTED for said in messages):
            verdict = Verdict.ACCEPTED_WITH_ERRORS
        yield GroupVerdict(
            control_number=_value(row, 1, d), verdict=verdict, sender=_value(row, 2, d), receiver=_value(row, 3, d),
            findings=findings,
        )  # fmt: skip
    row = root.first("UCI") or []
    action = _at(row, 4)
    verdict, findings = _action(action, _reported(row, 5, "interchange", d))
    yield InterchangeVerdict(
        standard=EDIFACT, control_number=_value(row, 1, d), verdict=None if action == _RECEIVED else verdict,
        sender=_party(row, 2, d), receiver=_party(row, 3, d), findings=() if action == _RECEIVED else findings,
    )  # fmt: skip


def _message(loop: Loop, below: str, d: Delimiters) -> SetVerdict:
    """UCM with its UCS and UCD."""
    row = loop.first("UCM") or []
    type, version, release, agency, association = (*values(row, 2, d), "", "", "", "", "")[:5]
    places = [note for segment in loop.children(below) for note in _place(segment, d)]
    verdict, findings = _action(_at(row, 3), (*_reported(row, 4, "set", d), *places))
    return SetVerdict(
        type=type, control_number=_value(row, 1, d), verdict=verdict, version=version + release, agency=agency,
        association=association, findings=findings,
    )  # fmt: skip


def _place(loop: Loop, d: Delimiters) -> Iterator[Finding]:
    row = loop.first("UCS") or []
    position, code = _number(_at(row, 1)), _at(row, 2)
    if code:
        missing = code == MISSING and position is not None
        yield noted(EDIFACT, "segment", code, segment=(position or 0) + 1 if missing else position)
    for element in loop.all("UCD"):
        place, component = _position(element, 2, d)
        yield noted(EDIFACT, "element", _at(element, 1), segment=position, element=place, component=component)


def _reported(row: list[str], element: int, level: str, d: Delimiters) -> tuple[Finding, ...]:
    """0085, 0013 and S011 from an element on."""
    code = _at(row, element)
    if not code:
        return ()
    place, component = _position(row, element + 2, d)
    return (noted(EDIFACT, level, code, tag=_at(row, element + 1) or None, element=place, component=component),)


def _position(row: list[str], element: int, d: Delimiters) -> tuple[int | None, int | None]:
    """S011, with elements that count from 1; the tag itself is none."""
    place, component = (_number(text) for text in (*values(row, element, d), "")[:2])
    return (place - 1 if place and place > 1 else None), component


def _action(action: str, findings: Iterable[Finding]) -> tuple[Verdict, tuple[Finding, ...]]:
    """What 0083 says; errors that are noted below an acknowledgement make it one with errors."""
    found = tuple(findings)
    if action in _REJECTED:
        return Verdict.REJECTED, found
    if action in _ACKNOWLEDGED:
        return (Verdict.ACCEPTED_WITH_ERRORS if found or action == "2" else Verdict.ACCEPTED), found
    return Verdict.REJECTED, (*found, _unknown(action))


def _party(row: list[str], element: int, d: Delimiters) -> Identity:
    id, qualifier = (*values(row, element, d), "")[:2]
    return Identity(qualifier, id)


def _value(row: list[str], element: int, d: Delimiters) -> str:
    return values(row, element, d)[0]


# both


def _at(row: list[str], element: int) -> str:
    return row[element] if element < len(row) else ""


def _number(text: str) -> int | None:
    """A count or position as an integer; None where it is none that fits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None


def _unknown(code: str) -> Finding:
    return Finding(
        severity=Severity.WARNING, code="verdict-unknown", message=f"{code!r} is no verdict", value=code or None,
        allowed="A E P R M W X, 4 7 8",
    )  # fmt: skip
