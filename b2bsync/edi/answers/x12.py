"""997, 999 and TA1: the segments that say a verdict.

Whatever a partner sent, its acknowledgement can be written: a note that the segments have no room for is left out, the
verdict it led to stays.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from operator import itemgetter

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


_Note = tuple[str, str, Finding]
"""Level, code and what was found."""


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


def set_rows(said: SetVerdict, form: Form) -> list[list[str]]:
    """AK2 to AK5, in 999 AK2 and IK3 to IK5: as much of a verdict as they can say. Nothing where the set has no name
    (AK201 and AK202 are mandatory).

    Notes come by segment, its own before those of its elements; warnings are not told.
    """
    control = said.control_number.strip()
    control = control.zfill(4) if control.isascii() and control.isdigit() else control
    type, number = _name(said.type.strip(), 3, 3, form), _name(control, 4, 9, form)
    if not type or not number:
        return []
    codes: dict[str, None] = {}
    by_segment: dict[tuple[int, str], list[_Note]] = {}
    for finding in errors(said.findings):
        level, code = placed(finding, X12)
        if level == "set" and code:
            codes[_listed(code, level, form)] = None
        elif level in ("segment", "element") and finding.segment is not None:
            by_segment.setdefault((finding.segment, finding.tag or ""), []).append((level, code, finding))
    if by_segment:
        codes[SEGMENTS_IN_ERROR] = None
    association = _name(said.association, 1, 35, form) if form.newer and said.association else ""
    rows = [["AK2", type, number, association]]
    for place in sorted(by_segment, key=itemgetter(0))[:MOST_SEGMENTS]:
        rows += _segment(*place, by_segment[place], form)
    rows.append([f"{form.first}5", LETTERS[said.verdict], *list(codes)[:MOST_CODES]])
    return rows


def _segment(position: int, tag: str, notes: list[_Note], form: Form) -> Iterator[list[str]]:
    """AK3 with its AK4. AK303 is for loops between LS and LE, which have an identifier of their own: not used."""
    if not _TAG(tag) or not 0 < position <= LARGEST_COUNT:
        return
    codes = dict.fromkeys(_listed(code, level, form) for level, code, _ in notes if level == "segment" and code)
    elements = [(f, code) for level, code, f in notes if level == "element" and (f.element or 1) <= 99]
    if elements:
        codes.pop(ELEMENTS_IN_ERROR, None)  # is said by them
    for code in codes or ([ELEMENTS_IN_ERROR] if elements else []):
        yield [f"{form.first}3", tag, str(position), "", code]
    elements.sort(key=lambda each: (each[0].element or 0, each[0].component or 0))
    for finding, code in elements[:MOST_ELEMENTS]:
        yield [f"{form.first}4", *_element(finding, form), _listed(code, "element", form), _value(finding, form)]


def _element(finding: Finding, form: Form) -> tuple[str, str]:
    """AK401 and AK402: which element, and its number in the dictionary."""
    place, component, reference = str(finding.element or 1), finding.component, finding.reference
    if component and component <= 99 and form.delimiters.component:
        place += f"{form.delimiters.component}{component}"
    return place, reference if reference and _REFERENCE(reference) else ""


def _value(finding: Finding, form: Form) -> str:
    """AK404: what was sent. Rows are bytes, like what scan gives."""
    value = _carried(finding.value, form.delimiters)[:99] if finding.value else ""
    return value if value.isascii() else value.encode().decode("latin-1")


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
    return _in_list(code, level, form.type, form.version)


@lru_cache(maxsize=1024)
def _in_list(code: str, level: str, type: str, version: str) -> str:
    version = nearest(release(version)) or release(version)
    known = facts(version).element(_LISTS[type][level]).codes
    return code if code in known else _NEAR.get((level, code), _NEAR[level, ""])


def group_start(code: str, control_number: str, form: Form) -> list[str]:
    """AK1."""
    return ["AK1", code, control_number, form.version if form.newer else ""]


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
    return value if value.isprintable() and _used(d).isdisjoint(value) else ""


@lru_cache(maxsize=64)
def _used(d: Delimiters) -> frozenset[str]:
    return frozenset(d.segment + d.element + d.component + (d.repetition or ""))
