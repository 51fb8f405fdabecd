"""Places in a message, in the notation EDI people write, checked against the facts.

``BEG`` · ``PO1.PID`` · ``SG2.NAD`` · ``N1[N101=ST]`` · ``BEG03`` · ``N1[N101=ST].N104`` · ``DTM01.2`` · ``PO1.235``
· ``SG2.NAD.3035`` · ``DTM[2005=137].C507.2380`` · ``PO108..PO125``
"""

import re
from collections.abc import Iterable

from b2bsync.edi.guides.guide import Place, Qualifier, Spot
from b2bsync.edi.standard import EDIFACT, Segment, Use
from b2bsync.edi.structure import LoopRule, MessageGrammar, SegmentRule, grammar

_PIECE = re.compile(r"([A-Z0-9_]+)(?:\[([^\]]*)\])?")
_ELEMENT = re.compile(r"([A-Z][A-Z0-9]{1,2})(\d\d)")
_TEST = re.compile(r"\s*([A-Z0-9.]+)\s*(!?=)\s*(\S+)\s*")
_DOT = re.compile(r"[./](?![^\[]*\])")
_RANGE = re.compile(r"(.*?)([A-Z][A-Z0-9]{1,2})(\d\d)\.\.([A-Z][A-Z0-9]{1,2})(\d\d)")


class Misplaced(Exception):
    """A place that the standard does not have, and what it has there instead."""

    def __init__(self, what: str, allowed: Iterable[str] = (), found: str = "") -> None:
        super().__init__(what)
        self.what, self.allowed, self.found = what, tuple(dict.fromkeys(allowed)), found


def find(text: str, message: MessageGrammar) -> Place:
    """The place that a text names in a message. Raises Misplaced."""
    between = _RANGE.fullmatch(text)
    if between is None:
        return _Finder(message).find(text)
    head, tag, low, other, high = between.groups()
    if tag != other or low > high:
        raise Misplaced(f"{text!r} is no range such as PO108..PO125")
    first, last = find(f"{head}{tag}{low}", message), find(f"{head}{tag}{high}", message)
    spots = tuple(Spot(number) for number in range(first.spots[0].element, last.spots[0].element + 1))
    return Place(first.path, first.tests, first.tag, first.opens, first.own, spots)


def find_extra(text: str, message: MessageGrammar) -> tuple[tuple[str, ...], str]:
    """Loop and tag of a segment that the standard does not have there, ``PO1.ZZ9``. Raises Misplaced."""
    head, _, tag = text.rpartition(".")
    if not re.fullmatch("[A-Z][A-Z0-9]{1,2}", tag):
        raise Misplaced(f"{tag!r} is no segment's tag such as ZZ9")
    around = find(head, message) if head else None
    if around is not None and (not around.opens or around.spots or any(around.tests)):
        raise Misplaced(f"{head!r} is no loop")
    path = around.path if around is not None else ()
    loop = message.at(path)
    assert loop is not None
    if tag in (item.tag for item in loop.items):
        raise Misplaced(f"the standard itself has {tag} there")
    return path, tag


def use_at(segment: Segment, spot: Spot) -> Use:
    """What stands at an element or component of a segment."""
    use = segment.uses[spot.element - 1]
    if spot.component is None:
        return use
    assert use.composite is not None
    return use.composite.uses[spot.component - 1]


def spots_of(segment: Segment, reference: str) -> tuple[Spot, ...]:
    """Every element and component that has a number, such as 235 in PO1 or C212 in PIA; empty where there is none."""
    found = []
    for number, use in enumerate(segment.uses, 1):
        if use.reference == reference:
            found.append(Spot(number))
        elif use.composite is not None:
            inner = use.composite.uses
            found += [Spot(number, place) for place, other in enumerate(inner, 1) if other.reference == reference]
    return tuple(found)


def _names(loop: LoopRule) -> list[str]:
    return [item.tag if isinstance(item, SegmentRule) else item.id for item in loop.items]


def _opening(loop: LoopRule) -> Segment | None:
    """The segment that opens a loop; none for the message."""
    first = loop.items[0]
    return first.segment if loop.path and isinstance(first, SegmentRule) else None


class _Finder:
    """Follows the pieces of one text from the message inwards."""

    def __init__(self, message: MessageGrammar) -> None:
        self.message = message
        self.loop = message.root
        self.segment: Segment | None = None  # the segment that was named last; that which opens the loop, if it did
        self.tests: list[tuple[Qualifier, ...]] = []
        self.own: tuple[Qualifier, ...] = ()
        self.leaf = False  # the segment opens no loop, so that only its elements lie below
        self.spots: tuple[Spot, ...] = ()

    def find(self, text: str) -> Place:
        pieces = _DOT.split(text)
        for piece in pieces:
            shape = _PIECE.fullmatch(piece)
            if shape is None:
                raise Misplaced(f"{piece!r} is no segment, loop or element such as N1, SG2, BEG03 or DTM[DTM01=002]")
            name, condition = shape.groups()
            if self.spots:
                self._component(name)
            elif not self._step(name):
                self._element(name)
            if condition is not None:
                self._condition(condition)
        assert self.segment is not None
        opens = not self.leaf
        return Place(self.loop.path, tuple(self.tests), self.segment.tag, opens, self.own, self.spots)

    def _step(self, name: str) -> bool:
        """Into a loop or to a segment of the loop at hand."""
        if self.leaf:
            return False
        if self.segment is not None and name == self.segment.tag:  # PO1.PO1, SG2.NAD
            return True
        item = self.loop.find(name) or self._group(name)
        if isinstance(item, LoopRule):
            self.tests += [()] * (len(item.path) - len(self.loop.path))
            self.loop, self.segment = item, _opening(item)
        elif item is not None:
            self.segment, self.leaf = item.segment, True
        return item is not None

    def _group(self, name: str) -> LoopRule | None:
        """An EDIFACT group further in: its number stands once in a message."""
        if grammar(self.message.version).facts.standard != EDIFACT:
            return None
        return next((loop for loop in self.loop.loops() if loop.id == name), None)

    def _element(self, name: str) -> None:
        """An element of the segment at hand, or of a segment of the loop at hand: 235, C507, BEG03."""
        if self.segment is not None and (spots := spots_of(self.segment, name)):
            self.spots = spots
            return
        shape = _ELEMENT.fullmatch(name)
        tag = shape[1] if shape else name
        here = self.segment is not None and self.segment.tag == tag
        if shape is None or (not here and (self.leaf or not self._step(tag))):
            raise self._unknown(name, tag)
        assert self.segment is not None
        position, count = int(shape[2]), len(self.segment.uses)
        if not 1 <= position <= count:
            raise Misplaced(f"{tag} has {count} elements, so there is no {name}", [f"{tag}01", f"{tag}{count:02d}"])
        self.spots = (Spot(position),)

    def _unknown(self, name: str, tag: str) -> Misplaced:
        if self.leaf and self.segment is not None:
            known = [f"{self.segment.tag}{number:02d}" for number in range(1, len(self.segment.uses) + 1)]
            return Misplaced(f"segment {self.segment.tag} has no {name}", known, name)
        where = f"loop {self.loop.id}" if self.loop.path else "the message itself"
        elsewhere = [".".join((*path, tag)) for path in self.message.paths(tag) if path != self.loop.path]
        if elsewhere and tag not in _names(self.loop):
            return Misplaced(f"there is no {tag} in {where}", elsewhere, tag)
        return Misplaced(f"there is no {tag} in {where}", _names(self.loop), tag)

    def _component(self, name: str) -> None:
        """A component by its place, ``DTM01.2``, or by its number, ``C507.2380``."""
        assert self.segment is not None
        spots = []
        for spot in self.spots:
            use = use_at(self.segment, spot)
            if use.composite is None or spot.component is not None:
                raise Misplaced(f"{self.segment.tag}{spot.element:02d} is no composite, so there is no .{name} in it")
            inner = [other.reference for other in use.composite.uses]
            if name in inner:
                spots += [Spot(spot.element, place) for place, other in enumerate(inner, 1) if other == name]
            elif name.isdigit() and 1 <= int(name) <= len(inner):
                spots.append(Spot(spot.element, int(name)))
            else:
                raise Misplaced(f"composite {use.reference} has no component {name}", inner, name)
        self.spots = tuple(spots)

    def _condition(self, text: str) -> None:
        if self.spots or self.segment is None:
            raise Misplaced(f"[{text}] tests an element; tests stand behind a segment or loop")
        tests = tuple(sorted((self._test(part) for part in text.split(",")), key=lambda test: test.text))
        if self.leaf:
            self.own = tests
        else:
            self.tests[-1] = (*self.tests[-1], *tests)

    def _test(self, text: str) -> Qualifier:
        assert self.segment is not None
        shape = _TEST.fullmatch(text)
        if shape is None:
            raise Misplaced(f"[{text}] is no test such as [DTM01=002], [N101=BY|ST] or [REF01!=CT]")
        name, sign, values = shape.groups()
        finder = _Finder(self.message)
        finder.loop, finder.segment, finder.leaf = self.loop, self.segment, True
        pieces = name.split(".")
        if len(pieces) > 1 and pieces[0] == self.segment.tag:  # [PRI.5125=AAA]
            del pieces[0]
        try:
            finder._element(pieces[0])
            for piece in pieces[1:]:
                finder._component(piece)
        except Misplaced as wrong:
            raise Misplaced(f"[{text}]: {wrong.what}", wrong.allowed, wrong.found) from None
        if any(use_at(self.segment, spot).composite is not None for spot in finder.spots):
            raise Misplaced(f"[{text}] tests a composite; name a component, such as {name}.1")
        said = tuple(values.split("|"))
        return Qualifier(f"{name}{sign}{values}", finder.spots, said, sign == "!=")
