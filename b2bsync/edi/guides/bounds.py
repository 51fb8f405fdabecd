"""Whether a rule of a guide stays within the standard, and does not contradict itself."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from b2bsync.edi.edifact import values as edifact
from b2bsync.edi.guides.guide import Content, Occurrence, Spot
from b2bsync.edi.guides.places import use_at
from b2bsync.edi.standard import Element, Segment
from b2bsync.edi.structure import LoopRule, MessageGrammar, SegmentRule


class Mistake(NamedTuple):
    """What is wrong with a rule: the key in it (empty: the rule itself), what, and what is allowed."""

    key: str
    what: str
    allowed: tuple[str, ...] = ()


def mistakes_in(rule: Occurrence | Content, message: MessageGrammar) -> Iterator[Mistake]:
    """All that is wrong with a rule whose place is right."""
    if isinstance(rule, Content):
        yield from _in_content(rule, segment_at(rule, message))
    else:
        yield from _in_occurrence(rule, message)


def segment_at(rule: Occurrence | Content, message: MessageGrammar) -> Segment:
    """The elements of the segment that a rule is about."""
    loop = message.at(rule.place.path)
    assert loop is not None
    return next(item.segment for item in loop.segments() if item.tag == rule.place.tag)


def is_number(rule: Element) -> bool:
    """Whether signs and decimal marks do not count in its length (X12 N and R, EDIFACT n)."""
    return rule.type == "n" or rule.type == "R" or (rule.type[0] == "N" and rule.type[1:].isdigit())


def size(rule: Element, value: str) -> int:
    """The length of a value as the standard counts it."""
    return edifact.digits(value) if is_number(rule) else len(value)


def _in_occurrence(rule: Occurrence, message: MessageGrammar) -> Iterator[Mistake]:
    place = rule.place
    around = message.at(place.around)
    assert around is not None
    items = [item for item in around.items if _names(item) == (place.path[-1] if place.opens else place.tag)]
    most = sum(item.maximum for item in items)
    if not rule.used:
        if rule.minimum or rule.maximum is not None:
            yield Mistake("used", "is false, but the rule also says how often it stands")
        if not place.conditions and not place.outer and any(item.mandatory for item in items):
            yield Mistake("used", f"is false, but the standard makes {place} mandatory")
    if rule.minimum > min(most, rule.maximum or most):
        key = "minimum" if rule.minimum > 1 else "mandatory"
        limit = "maximum" if rule.maximum is not None and rule.maximum < most else "most that the standard allows"
        yield Mistake(key, f"is {rule.minimum}, more than the {limit}", (f"at most {min(most, rule.maximum or most)}",))
    if rule.maximum is not None and rule.maximum > most:
        yield Mistake("maximum", f"is {rule.maximum}; a guide cannot widen the standard", (f"at most {most}",))


def _names(item: SegmentRule | LoopRule) -> str:
    return item.tag if isinstance(item, SegmentRule) else item.id


def _in_content(rule: Content, segment: Segment) -> Iterator[Mistake]:
    place, spots = rule.place, rule.place.spots
    limits = [rule.codes, rule.shortest is not None, rule.pattern, rule.example]
    if not rule.used:
        if rule.mandatory or any(limits):
            yield Mistake("used", "is false, but the rule also says what stands there")
        must = [spot for spot in spots if _is_mandatory(segment, spot)]
        if must and not place.conditions and not place.outer:
            yield Mistake("used", f"is false, but the standard makes {name_of(segment, must[0])} mandatory")
        return
    if rule.mandatory and len(spots) > 1:
        words = tuple(name_of(segment, spot) for spot in spots)
        yield Mistake("mandatory", f"stands {len(spots)} times in {segment.tag}; say which one must be there", words)
    uses = [use_at(segment, spot) for spot in spots]
    whole = next((use for use in uses if use.composite is not None), None)
    if whole is not None and whole.composite is not None:
        if any(limits):
            words = tuple(f"{name_of(segment, spots[0])}.{n}" for n in range(1, len(whole.composite.uses) + 1))
            yield Mistake("", f"{whole.reference} is a composite; say this of a component", words)
        return
    for element in {use.reference: use.element for use in uses}.values():
        assert element is not None
        yield from _in_values(rule, element)


def _in_values(rule: Content, element: Element) -> Iterator[Mistake]:
    """Codes, lengths and pattern against the element and each other."""
    low, high = element.minimum, element.maximum
    bounds = (f"{low} to {high}",)
    if rule.shortest is not None and rule.longest is not None:
        if rule.shortest > rule.longest:
            yield Mistake("length", f"[{rule.shortest}, {rule.longest}] has more than its most as its least")
        elif not low <= rule.shortest <= rule.longest <= high:
            yield Mistake("length", f"goes beyond that of data element {element.reference}", bounds)
    for code in rule.codes:
        if not low <= size(element, code) <= high:
            yield Mistake("codes", f"{code!r} has not the length of data element {element.reference}", bounds)
    matches = None
    if rule.pattern is not None:
        try:
            matches = re.compile(rule.pattern).fullmatch
        except re.error as error:
            yield Mistake("pattern", f"is no regular expression: {error}")
    if rule.example is None:
        return
    length = size(element, rule.example)
    if (
        (rule.codes and rule.example not in rule.codes)
        or not (rule.shortest or low) <= length <= (rule.longest or high)
        or (matches is not None and not matches(rule.example))
    ):
        yield Mistake("example", f"{rule.example!r} breaks the rule itself")


def _is_mandatory(segment: Segment, spot: Spot) -> bool:
    return segment.uses[spot.element - 1].mandatory and use_at(segment, spot).mandatory


def name_of(segment: Segment, spot: Spot) -> str:
    """An element as people call it: ``BEG03``, ``DTM01.2``."""
    component = f".{spot.component}" if spot.component else ""
    return f"{segment.tag}{spot.element:02d}{component}"
