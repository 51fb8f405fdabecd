"""Places in an X12 transaction set, in the notation EDI people write.

``BEG03`` · ``DTM[DTM01=002].DTM02`` · ``N1[N101=ST].N104`` · ``N9/MSG`` · ``REF[REF01!=CT]`` · ``REF[2].REF02`` ·
``AK401.1`` (component) · ``AK502..AK506`` (a range of positions). Everything is checked against the message's facts.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from b2bsync.edi import LoopRule, Segment, SegmentRule, Use

_ELEMENT = re.compile(r"([A-Z][A-Z0-9]{1,2})(\d\d)")
_STEP = re.compile(r"([A-Z][A-Z0-9]{1,2})(?:\[([^\]]*)\])?")

Wrong = Callable[..., Exception]
"""Makes the MappingError of the clause at hand: ``wrong(what, allowed, found)``."""


@dataclass(frozen=True)
class Test:
    """``[DTM01=002|010]``: the element must have one of the values, or with ``negative`` none of them."""

    tag: str
    position: int
    values: tuple[str, ...]
    negative: bool


@dataclass(frozen=True)
class Step:
    """Into a loop, the first (or for lists: every) occurrence that meets the tests."""

    rule: LoopRule
    tests: tuple[Test, ...]

    @property
    def id(self) -> str:
        return self.rule.id


@dataclass(frozen=True)
class Row:
    """A segment in a loop: the ``nth`` (from 0) that meets the tests."""

    segment: Segment
    tests: tuple[Test, ...]
    nth: int = 0

    @property
    def tag(self) -> str:
        return self.segment.tag


@dataclass(frozen=True)
class Location:
    """One element, or one component of it. ``steps`` lead to the loop that holds ``row``."""

    steps: tuple[Step, ...]
    row: Row
    position: int
    component: int | None
    use: Use


def pieces(text: str) -> list[str]:
    """Split at ``.`` and ``/`` outside brackets."""
    return [piece for piece in re.split(r"[./](?![^\[]*\])", text) if piece]


def beside(at: str, element: str) -> str:
    """An element named in a clause stands where the clause's own one stands: ``DTM03`` beside
    ``DTM[DTM01=002].DTM02`` is ``DTM[DTM01=002].DTM03``."""
    head = at.rpartition("]")[2]
    last = max(head.rfind("."), head.rfind("/"))
    if head.rsplit(".", 1)[-1].isdigit():  # a component: the element is the piece before
        last = max(head[:last].rfind("."), head[:last].rfind("/"))
    return at[: len(at) - len(head) + last + 1] + element


def names(rule: LoopRule) -> list[str]:
    """What a location may begin with in a loop."""
    return [item.tag if isinstance(item, SegmentRule) else item.id for item in rule.items]


def inside(rule: LoopRule, id: str) -> LoopRule | SegmentRule | None:
    """What ``id`` is in a loop. In an HL loop, ``HL`` as a step is the next level of the tree."""
    return rule.find(id)


def find(text: str, scope: LoopRule | Row, wrong: Wrong) -> Location:
    """The place of one element, seen from a loop or from a segment that a list goes through."""
    parts = pieces(text)
    component: int | None = None
    if len(parts) > 1 and parts[-1].isdigit():
        component = int(parts.pop())
    element = _ELEMENT.fullmatch(parts[-1]) if parts else None
    if element is None:
        raise wrong(f"{text!r} does not end in an element such as BEG03")
    tag, position = element.group(1), int(element.group(2))
    steps: tuple[Step, ...] = ()
    tests: tuple[Test, ...] = ()
    nth = 0
    if isinstance(scope, Row):
        if len(parts) > 1 or tag != scope.tag:
            raise wrong(f"{text!r} lies outside of {scope.tag}, which this list goes through", [scope.tag], tag)
        row = scope
    else:
        steps, segment, nth, tests = walk(parts[:-1], scope, wrong)
        rule = steps[-1].rule if steps else scope
        last = segment or rule.find(tag)
        if isinstance(last, LoopRule):  # CTT01 in a message where CTT opens a loop of its own
            steps = (*steps, Step(last, ()))
            last = last.find(tag)
        if not isinstance(last, SegmentRule):
            raise wrong(f"there is no segment {tag} in {rule.id or 'the message'}", names(rule), tag)
        if last.tag != tag:
            raise wrong(f"{parts[-1]} is not an element of {last.tag}", [f"{last.tag}{i:02d}" for i in range(1, 4)])
        row = Row(last.segment, tests, nth)
    uses = row.segment.uses
    if not 1 <= position <= len(uses):
        raise wrong(f"{tag} has {len(uses)} elements, so there is no {parts[-1]}")
    use = uses[position - 1]
    if use.composite is not None and component is None:
        component = 1
    if component is not None and (use.composite is None or not 1 <= component <= len(use.composite.uses)):
        raise wrong(f"{parts[-1]} has no component {component}")
    if use.composite is not None and component is not None:
        use = use.composite.uses[component - 1]
        return Location(steps, row, position, component, use)
    return Location(steps, row, position, None, use)


def walk(
    parts: list[str], scope: LoopRule, wrong: Wrong
) -> tuple[tuple[Step, ...], SegmentRule | None, int, tuple[Test, ...]]:
    """Follow ``N1[N101=ST]/REF[REF01=VR]`` from a loop: the loops on the way, any segment at the end, and which."""
    steps: list[Step] = []
    rule = scope
    for index, piece in enumerate(parts):
        found = _STEP.fullmatch(piece)
        if found is None:
            raise wrong(f"{piece!r} is not a segment or loop such as N1 or DTM[DTM01=002]")
        id, condition = found.groups()
        item = rule if id == "HL" == rule.id else rule.find(id)
        if item is None:
            raise wrong(f"there is no {id} in {rule.id or 'the message'}", names(rule), id)
        inner = item.items[0].segment if isinstance(item, LoopRule) else item.segment  # type: ignore[union-attr]
        nth, tests = _tests(condition, inner, item, wrong)
        if isinstance(item, SegmentRule):
            if index != len(parts) - 1:
                raise wrong(f"{id} is a segment of {rule.id or 'the message'}: nothing lies below it")
            return tuple(steps), item, nth, tests
        if nth:
            raise wrong("a number in brackets counts segments; loops are told apart by a qualifier")
        steps.append(Step(item, tests))
        rule = item
    return tuple(steps), None, 0, ()


def _tests(
    condition: str | None, segment: Segment, item: LoopRule | SegmentRule, wrong: Wrong
) -> tuple[int, tuple[Test, ...]]:
    if not condition:
        return 0, ()
    if condition.isdigit():
        if int(condition) < 1:
            raise wrong("occurrences count from 1")
        return int(condition) - 1, ()
    tests = []
    for part in condition.split(","):
        found = re.fullmatch(r"\s*([A-Z][A-Z0-9]{1,2})(\d\d)\s*(!?=)\s*(\S+)\s*", part)
        if found is None:
            raise wrong(f"[{condition}] is not a test such as [DTM01=002], [N101=BY|BT] or [REF01!=CT]")
        tag, position, sign, values = found.groups()
        tested = segment
        if tag != segment.tag:
            below = item.find(tag) if isinstance(item, LoopRule) else None
            if not isinstance(below, SegmentRule):
                raise wrong(f"[{condition}] tests {tag}, which is not in {segment.tag}", [segment.tag], tag)
            tested = below.segment
        if not 1 <= int(position) <= len(tested.uses):
            raise wrong(f"{tag} has {len(tested.uses)} elements, so there is no {tag}{position}")
        tests.append(Test(tag, int(position), tuple(values.split("|")), sign == "!="))
    return 0, tuple(tests)


def expand(texts: tuple[str, ...], wrong: Wrong) -> tuple[str, ...]:
    """``AK502..AK506`` as five locations."""
    expanded: list[str] = []
    for text in texts:
        low, dots, high = text.partition("..")
        if not dots:
            expanded.append(text)
            continue
        a, b = _ELEMENT.fullmatch(pieces(low)[-1]) if low else None, _ELEMENT.fullmatch(high)
        if a is None or b is None or a.group(1) != b.group(1) or int(a.group(2)) > int(b.group(2)):
            raise wrong(f"{text!r} is not a range such as AK502..AK506")
        head = low[: -len(a.group(0))]
        expanded += [f"{head}{a.group(1)}{n:02d}" for n in range(int(a.group(2)), int(b.group(2)) + 1)]
    return tuple(expanded)


def repeats(segment: Segment, start: int, size: int) -> int:
    """The last position up to which groups of ``size`` elements repeat from ``start``: 25 for PO106 in pairs."""
    uses, first = segment.uses, [u.reference for u in segment.uses[start - 1 : start - 1 + size]]
    end = start - 1
    while [u.reference for u in uses[end : end + size]] == first and end + size <= len(uses):
        end += size
    return end
