"""What a guide says of elements and components, checked in one segment."""

import re
from collections.abc import Callable

import msgspec

from b2bsync.edi.edifact import values as edifact
from b2bsync.edi.edifact.release import restore
from b2bsync.edi.fault import extent
from b2bsync.edi.guides.bounds import is_number
from b2bsync.edi.guides.conditions import holds, value_at
from b2bsync.edi.guides.guide import Content, Qualifier, Spot
from b2bsync.edi.guides.places import use_at
from b2bsync.edi.report import Report
from b2bsync.edi.standard import Segment

SHOWN = 60
"""Most codes that a finding names."""


class Check(msgspec.Struct, frozen=True, eq=False):
    """A content rule for one element or component.

    ``outer``: the loops around with their tests; ``own``: the tests on the segment itself. ``told``: the standard
    itself asks for the value, always (``"segment"``) or where the composite stands (``"composite"``), so that its own
    finding says that it is missing. ``most`` is the standard's length: what is longer is its finding, too.
    """

    rule: Content
    spot: Spot
    reference: str
    loop: str
    outer: tuple[tuple[tuple[str, ...], tuple[Qualifier, ...]], ...]
    own: tuple[Qualifier, ...]
    told: str
    codes: frozenset[str]
    low: int
    high: int
    least: int
    most: int
    number: bool
    matches: Callable[[str], object] | None


def checks(rule: Content, segment: Segment) -> list[Check]:
    """A rule for each of its elements."""
    place, found = rule.place, []
    for spot in rule.place.spots:
        use, around = use_at(segment, spot), segment.uses[spot.element - 1]
        told = "segment" if around.mandatory and use.mandatory else "composite" if use.mandatory else ""
        element = use.element
        low, high = (element.minimum, element.maximum) if element is not None else (0, 1 << 30)
        found.append(
            Check(
                rule, spot, use.reference, "/".join(place.path), place.outer, place.conditions, told,
                frozenset(rule.codes), rule.shortest or low, rule.longest or high, low, high,
                element is not None and is_number(element),
                re.compile(rule.pattern).fullmatch if rule.pattern is not None else None,
            )
        )  # fmt: skip
    return found


def look(check: Check, report: Report, row: list[str], ordinal: int) -> None:
    """Report what is wrong with a segment."""
    spot, rule, delimiters = check.spot, check.rule, report.delimiters
    if check.own and not holds(check.own, row, delimiters.component):
        return
    value = row[spot.element] if spot.element < len(row) else ""
    repetition = delimiters.repetition
    if repetition and repetition in value:
        values = [
            value_at(["", part], Spot(1, spot.component), delimiters.component) for part in value.split(repetition)
        ]
    else:
        values = [value if spot.component is None else value_at(row, spot, delimiters.component)]
    filled = [each for each in values if each.strip(delimiters.component)] if delimiters.component else values
    if not any(filled):
        if rule.mandatory and check.told != "segment" and not (check.told and value):
            _add(check, report, ordinal, "guide-element-missing", "a value that was agreed is missing", "", None)
        return
    for each in filled:
        if not rule.used:
            _add(check, report, ordinal, "guide-element-not-used", "it is not used", each, None)
        elif each:
            _value(check, report, ordinal, each)


def _value(check: Check, report: Report, ordinal: int, value: str) -> None:
    """Codes, length and pattern of a value that is there."""
    if check.codes and value not in check.codes:
        known = check.rule.codes
        more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
        message = f"{value!r} is not one of the agreed codes"
        _add(check, report, ordinal, "guide-code-not-allowed", message, value, " ".join(known[:SHOWN]) + more)
        return
    size = edifact.digits(value) if check.number else len(value)
    if not check.low <= size <= check.high:
        if check.least <= size <= check.most:
            code = "guide-too-short" if size < check.low else "guide-too-long"
            unit = "digits" if check.number else "characters"
            agreed = extent(check.low, check.high, unit)
            _add(check, report, ordinal, code, f"it has {size} {unit}", value, agreed)
    elif check.matches is not None and not check.matches(restore(value, report.delimiters)):
        message = "it has not the agreed form"
        _add(check, report, ordinal, "guide-pattern", message, value, check.rule.pattern)


def _add(check: Check, report: Report, ordinal: int, code: str, message: str, value: str, allowed: str | None) -> None:
    rule = check.rule
    report.add(
        rule.severity, ordinal, code, f"{message}: {rule.note}" if rule.note else message, tag=rule.place.tag,
        loop=check.loop, element=check.spot.element, component=check.spot.component, reference=check.reference,
        value=value, allowed=allowed,
    )  # fmt: skip
