"""A set as a partner's guide narrows it, for the second judge's maps: those of its rules that hold without a condition.

pyx12 chooses places by tag alone, so rules with qualifiers (``N1[N101=ST]``) stay with our own judge, and so do
patterns and minima above one.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from b2bsync.edi.guides import Content, Guide, Occurrence, Place, Spot
from b2bsync.edi.standard import Element, Segment, Use
from b2bsync.edi.structure import LoopRule, MessageGrammar, SegmentRule


def narrowed(guide: Guide) -> MessageGrammar:
    """The structure that the guide leaves: what is not used is not there, or, of elements, requires ``N``."""
    whole = guide.message
    return MessageGrammar(whole.version, whole.type, whole.group, _Narrowing(guide).loop(whole.root))


class _Narrowing:
    def __init__(self, guide: Guide) -> None:
        self.occurrences = [rule for rule in guide.occurrences if _is_plain(rule.place)]
        self.contents = [rule for rule in guide.contents if _is_plain(rule.place)]
        self.named: set[tuple[tuple[str, ...], str]] | None = None
        if guide.closed:
            places = [*(rule.place for rule in guide.occurrences), *(rule.place for rule in guide.contents)]
            self.named = {(place.path, place.tag) for place in places}
            self.named |= {(place.path[:depth], "") for place in places for depth in range(1, len(place.path) + 1)}

    def loop(self, loop: LoopRule) -> LoopRule:
        items: list[SegmentRule | LoopRule] = []
        for index, item in enumerate(loop.items):
            opens = index == 0 and bool(loop.path)
            path, tag = (item.path, item.tag) if isinstance(item, LoopRule) else (loop.path, item.tag)
            rules = [] if opens else self._occurrences(path, tag, isinstance(item, LoopRule))
            if not opens and not all(rule.used for rule in rules):
                continue
            if not (opens or item.mandatory or rules or self._is_named(item, loop.path)):
                continue
            maximum = min([item.maximum, *(rule.maximum for rule in rules if rule.maximum is not None)])
            mandatory = item.mandatory or any(rule.minimum for rule in rules)
            if isinstance(item, LoopRule):
                items.append(replace(self.loop(item), mandatory=mandatory, maximum=maximum))
            else:
                segment = self._segment(item.segment, loop.path)
                items.append(replace(item, mandatory=mandatory, maximum=maximum, segment=segment))
        return replace(loop, items=tuple(items))

    def _occurrences(self, path: tuple[str, ...], tag: str, opens: bool) -> list[Occurrence]:
        return [r for r in self.occurrences if (r.place.path, r.place.tag, r.place.opens) == (path, tag, opens)]

    def _is_named(self, item: SegmentRule | LoopRule, path: tuple[str, ...]) -> bool:
        """Whether a closed guide names a segment, or something in a loop. An open one leaves everything."""
        key = (item.path, "") if isinstance(item, LoopRule) else (path, item.tag)
        return self.named is None or key in self.named

    def _segment(self, segment: Segment, path: tuple[str, ...]) -> Segment:
        uses = list(segment.uses)
        for rule in self.contents:
            if (rule.place.path, rule.place.tag) == (path, segment.tag):
                for spot in rule.place.spots:
                    uses[spot.element - 1] = _narrowed(uses[spot.element - 1], spot, rule)
        return replace(segment, uses=tuple(uses))


def _is_plain(place: Place) -> bool:
    return not (place.own or any(place.tests))


def _narrowed(use: Use, spot: Spot, rule: Content) -> Use:
    if spot.component is None or use.composite is None:
        requirement = use.requirement
        if not rule.used or rule.mandatory:
            requirement = "M" if rule.used else "N"
        element = _shortened(use.element, rule) if use.element else None
        return replace(use, requirement=requirement, element=element)
    parts = list(use.composite.uses)
    parts[spot.component - 1] = _narrowed(parts[spot.component - 1], Spot(spot.component), rule)
    return replace(use, composite=replace(use.composite, uses=tuple(parts)))


def _shortened(element: Element, rule: Content) -> Element:
    return replace(
        element,
        minimum=rule.shortest or element.minimum,
        maximum=rule.longest or element.maximum,
        codes=_agreed(element.codes, rule.codes),
    )


def _agreed(known: frozenset[str], agreed: Iterable[str]) -> frozenset[str]:
    codes = frozenset(agreed)
    return codes & known or codes or known
