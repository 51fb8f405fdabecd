"""997, 999 and TA1: the segments that say a verdict.

Whatever a partner sent, its acknowledgement can be written: a note that the segments have no room for is left out, the
verdict it led to stays. What is left out is decided by :func:`told`, so that a verdict comes back as it was told.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

import msgspec

from b2bsync.edi.answers.note import errors, noted, placed
from b2bsync.edi.answers.verdict import GroupVerdict, InterchangeVerdict, SetVerdict
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.standard import X12, facts, nearest, release
from b2bsync.vocabulary.findings import Finding
from b2bsync.vocabulary.verdicts import Verdict

MOST_SEGMENTS = 100
"""Segments noted for a set; the findings themselves are bounded by the reader."""

MOST_ELEMENTS = 99  # AK4 in one AK3 of 997
MOST_CODES = 5  # AK502 to AK506, AK905 to AK909
LARGEST_COUNT = 999_999  # AK902 to AK904, and AK302 in 004010

SEGMENTS_IN_ERROR = "5"  # X12 718
ELEMENTS_IN_ERROR = "8"  # X12 720
VALUE_WRONG = "7"  # X12 723

LETTERS = {
    Verdict.ACCEPTED: "A",
    Verdict.ACCEPTED_WITH_ERRORS: "E",
    Verdict.PARTIALLY_ACCEPTED: "P",
    Verdict.REJECTED: "R",
}
"""X12 717, 715 and I17."""

_LISTS = {
    "997": {"set": "718", "segment": "720", "element": "723", "group": "716"},
    "999": {"set": "618", "segment": "620", "element": "621", "group": "716"},
}
_NEAR = {  # for codes that a list lacks: 004010 has no repetitions
    ("element", "12"): "3",
    ("element", "13"): "3",
    ("element", ""): VALUE_WRONG,
    ("segment", ""): "2",
    ("set", ""): SEGMENTS_IN_ERROR,
    ("group", ""): "",
}
_TAG = re.compile(r"[A-Z0-9]{2,3}").fullmatch
_REFERENCE = re.compile(r"[0-9]{1,4}").fullmatch


class Form(msgspec.Struct, frozen=True):
    """What an acknowledgement is written in: ``type`` 997 or 999, ``version`` GS08, the delimiters."""

    type: str
    version: str
    delimiters: Delimiters

    @property
    def newer(self) -> bool:
        """Whether AK103 and AK203 exist."""
        return release(self.version) >= "005010"

    @property
    def first(self) -> str:
        """What segments on errors begin with: AK in 997, IK in 999."""
        return "IK" if self.type == "999" else "AK"


def told(said: SetVerdict, form: Form) -> SetVerdict | None:
    """As much of a verdict as AK2 to AK5 can say; None where the set cannot be named (AK201 and AK202 are mandatory).

    Findings come by segment, its own notes before those of its elements; warnings are not told.
    """
    control = said.control_number.strip()
    control = control.zfill(4) if control.isascii() and control.isdigit() else control
    type = _name(said.type.strip(), 3, 3, form)
    number = _name(control, 4, 9, form)
    if not type or not number:
        return None
    codes: dict[str, None] = {}
    by_segment: dict[tuple[int, str], list[tuple[str, str, Finding]]] = {}
    found = errors(said.findings)
    for finding in found:
        level, code = placed(finding, X12)
        if level == "set" and code:
            codes[_listed(code, level, form)] = None
        elif level in ("segment", "element") and finding.segment is not None:
            by_segment.setdefault((finding.segment, finding.tag or ""), []).append((level, code, finding))
    if by_segment:
        codes[SEGMENTS_IN_ERROR] = None
    findings = [noted(X12, "set", code) for code in list(codes)[:MOST_CODES]]
    for place in sorted(by_segment, key=lambda place: place[0])[:MOST_SEGMENTS]:
        findings += _segment(*place, by_segment[place], form)
    return SetVerdict(
        type=type, control_number=number, verdict=said.verdict, version=release(form.version),
        association=_name(said.association, 1, 35, form) if form.newer else "", findings=tuple(findings),
    )  # fmt: skip


def _segment(position: int, tag: str, findings: list[tuple[str, str, Finding]], form: Form) -> Iterator[Finding]:
    """Notes on a segment from level, code and finding."""
    if not _TAG(tag) or not 0 < position <= LARGEST_COUNT:
        return
    of_segment = dict.fromkeys(_listed(code, level, form) for level, code, _ in findings if level == "segment" and code)
    elements = [(f, code) for level, code, f in findings if level == "element" and (f.element or 1) <= 99]
    if elements:
        of_segment.pop(ELEMENTS_IN_ERROR, None)  # is said by them
    for code in of_segment:
        yield noted(X12, "segment", code, segment=position, tag=tag)
    elements.sort(key=lambda each: (each[0].element or 0, each[0].component or 0))
    for finding, code in elements[:MOST_ELEMENTS]:
        component = finding.component
        yield noted(
            X12, "element", _listed(code, "element", form), segment=position,
            tag=tag, element=finding.element or 1,
            component=component if component is not None and component <= 99 else None,
            reference=finding.reference if finding.reference and _REFERENCE(finding.reference) else None,
            value=_carried(finding.value or "", form.delimiters)[:99] or None,
        )  # fmt: skip


def told_group(said: GroupVerdict, form: Form) -> GroupVerdict:
    """As much of a verdict as AK1 and AK9 can say. The group can be named: GS01 and GS06 are valid."""
    codes = dict.fromkeys(
        _listed(code, level, form)
        for level, code in (placed(f, X12) for f in errors(said.findings))
        if level == "group"
    )
    return GroupVerdict(
        code=said.code,
        control_number=said.control_number,
        verdict=said.verdict,
        version=form.version if form.newer else release(form.version),
        included=min(said.included, LARGEST_COUNT),
        received=min(said.received, LARGEST_COUNT),
        accepted=min(said.accepted, LARGEST_COUNT),
        findings=tuple(noted(X12, "group", code) for code in codes if code)[:MOST_CODES],
    )


def told_interchange(said: InterchangeVerdict) -> InterchangeVerdict:
    """As much of a verdict as TA1 can say: one note, 024 (content) where the findings have none."""
    number, date, time = said.control_number, said.date, said.time
    codes = [f.ack_code for f in errors(said.findings) if f.ack_level == "interchange" and f.ack_code]
    if not codes and said.verdict is not Verdict.ACCEPTED:
        codes = ["024"]
    return msgspec.structs.replace(
        said,
        control_number=number.zfill(9) if number.isascii() and number.isdigit() and len(number) <= 9 else "0" * 9,
        date=date if len(date) == 6 and date.isascii() and date.isdigit() else "0" * 6,
        time=time if len(time) == 4 and time.isascii() and time.isdigit() else "0" * 4,
        findings=tuple(noted(X12, "interchange", code) for code in codes[:1]),
    )


def _listed(code: str, level: str, form: Form) -> str:
    """A code that the list of the level has in this release: the code itself, or what comes near it."""
    return _in_list(code, level, form.type, release(form.version))


@lru_cache(maxsize=1024)
def _in_list(code: str, level: str, type: str, version: str) -> str:
    known = facts(nearest(version) or version).element(_LISTS[type][level]).codes
    return code if code in known else _NEAR.get((level, code), _NEAR[level, ""])


def group_start(code: str, control_number: str, form: Form) -> list[str]:
    """AK1."""
    return ["AK1", code, control_number, form.version if form.newer else ""]


def set_rows(said: SetVerdict, form: Form) -> Iterator[list[str]]:
    """AK2 to AK5 of a verdict that :func:`told` made; in 999 AK2 and IK3 to IK5."""
    yield ["AK2", said.type, said.control_number, said.association]
    places = [finding for finding in said.findings if finding.segment is not None]
    for (position, tag), findings in groupby(places, key=lambda finding: (finding.segment, finding.tag)):
        yield from _noted_segment(position or 0, tag or "", list(findings), form)
    codes = [finding.ack_code or "" for finding in said.findings if finding.ack_level == "set"]
    yield [f"{form.first}5", LETTERS[said.verdict], *codes]


def _noted_segment(position: int, tag: str, findings: list[Finding], form: Form) -> Iterator[list[str]]:
    """AK3 with its AK4. AK303 is for loops between LS and LE, which have an identifier of their own: not used."""
    codes = [finding.ack_code or "" for finding in findings if finding.ack_level == "segment"]
    elements = [finding for finding in findings if finding.ack_level == "element"]
    for code in codes[:-1]:
        yield [f"{form.first}3", tag, str(position), "", code]
    yield [f"{form.first}3", tag, str(position), "", codes[-1] if codes else ELEMENTS_IN_ERROR]
    for finding in elements:
        place = str(finding.element)
        if finding.component and form.delimiters.component:
            place += f"{form.delimiters.component}{finding.component}"
        value = (finding.value or "").encode().decode("latin-1")  # rows are bytes, like what scan gives
        yield [f"{form.first}4", place, finding.reference or "", finding.ack_code or "", value]


def group_end(said: GroupVerdict) -> list[str]:
    """AK9 of a verdict that :func:`told_group` made."""
    counts = [str(said.included), str(said.received), str(said.accepted)]
    return ["AK9", LETTERS[said.verdict], *counts, *[finding.ack_code or "" for finding in said.findings]]


def interchange_row(said: InterchangeVerdict) -> list[str]:
    """TA1 of a verdict that :func:`told_interchange` made."""
    note = next((finding.ack_code or "" for finding in said.findings), "000")
    return ["TA1", said.control_number, said.date, said.time, LETTERS[said.verdict or Verdict.ACCEPTED], note]


def _name(value: str, shortest: int, longest: int, form: Form) -> str:
    """A name of theirs as we can repeat it; empty where we cannot, for half a name is another one's."""
    return _carried(value, form.delimiters) if shortest <= len(value) <= longest and value.isascii() else ""


def _carried(value: str, d: Delimiters) -> str:
    """A value of theirs; empty where it holds what no value of ours may hold."""
    used = d.segment + d.element + d.component + (d.repetition or "")
    return value if value.isprintable() and set(used).isdisjoint(value) else ""
