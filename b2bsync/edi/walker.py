"""Message structure compiled for walking: from every place, which segment may come next and where that leads.

Each place (:class:`Node`) knows the tags that may follow it without leaving out anything mandatory, so that a clean
set costs one dict access a segment. What does not fit goes through :meth:`Walk.detour`, which looks further.
"""

from functools import lru_cache
from typing import NamedTuple

from b2bsync.edi.checks import checks_of
from b2bsync.edi.standard import Segment
from b2bsync.edi.structure import LoopRule, MessageGrammar, SegmentRule, grammar


class Node:
    """A segment's place in the message.

    ``depth`` is the depth of the loop that holds it (message 0); ``opens`` is true for a loop's opening segment.
    ``maximum`` limits the segment in its loop, or the loop in its parent where the segment opens it.
    ``next`` maps a tag to the place it leads to; ``spare`` is where this same tag may stand further on, once the
    maximum here is used up.
    """

    __slots__ = ("checks", "depth", "index", "loop", "maximum", "next", "opens", "segment", "spare", "tag")

    def __init__(self, tag: str, segment: Segment, loop: LoopRule, index: int, maximum: int, opens: bool) -> None:
        self.tag, self.segment, self.loop, self.index = tag, segment, loop, index
        self.maximum, self.opens, self.depth = maximum, opens, len(loop.path)
        self.checks = checks_of(segment)
        self.next: dict[str, Node] = {}
        self.spare: Node | None = None


class Step(NamedTuple):
    """A way on that is not the regular one: the place, whether it lies behind, and what was left out before it."""

    node: Node
    backward: bool
    missing: tuple[tuple[int, SegmentRule | LoopRule], ...]  # depth of the loop it is missing in, and the rule


class Walk:
    """One message's places. ``first`` is the place of ST; ``deepest`` the greatest depth of a loop."""

    def __init__(self, message: MessageGrammar) -> None:
        self.message = message
        self.facts = grammar(message.version).facts
        self.nodes: dict[tuple[tuple[str, ...], str], Node] = {}
        self.tags: set[str] = set()
        self._build(message.root)
        for node in self.nodes.values():
            node.next = self._follow(node)
        self.first = self.nodes[(), "ST"]
        self.deepest = max(node.depth for node in self.nodes.values())

    def _build(self, loop: LoopRule) -> None:
        for index, item in enumerate(loop.items):
            if isinstance(item, SegmentRule):
                opens = index == 0 and bool(loop.path)
                node = Node(item.tag, item.segment, loop, index, loop.maximum if opens else item.maximum, opens)
                self.nodes[loop.path, item.tag] = node
                self.tags.add(item.tag)
            else:
                self._build(item)

    def place(self, loop: LoopRule, item: SegmentRule | LoopRule) -> Node:
        """The place of an item of a loop; of a loop, that of its opening segment."""
        return self.nodes[loop.path, item.tag] if isinstance(item, SegmentRule) else self.nodes[item.path, item.id]

    def _levels(self, node: Node) -> list[tuple[LoopRule, int]]:
        """The loops around a place, inner first, each with the index of the item that the place is in."""
        result = [(node.loop, node.index)]
        for depth in range(node.depth - 1, -1, -1):
            parent = self.message.at(node.loop.path[:depth])
            assert parent is not None
            inner = node.loop.path[depth]
            index = next(i for i, item in enumerate(parent.items) if isinstance(item, LoopRule) and item.id == inner)
            result.append((parent, index))
        return result

    def _follow(self, node: Node) -> dict[str, Node]:
        found: dict[str, Node] = {}

        def offer(place: Node) -> None:
            known = found.get(place.tag)
            if known is None:
                found[place.tag] = place
            elif place.tag == node.tag and known is node and node.spare is None:
                node.spare = place

        for level, (loop, index) in enumerate(self._levels(node)):
            inner = loop.items[index]
            if level:
                assert isinstance(inner, LoopRule)
                if inner.maximum > 1:
                    offer(self.place(loop, inner))  # the loop once more
            elif not node.opens and node.maximum > 1:
                offer(node)
            for item in loop.items[index + 1 :]:
                offer(self.place(loop, item))
                if item.mandatory:
                    return found
        return found

    def detour(self, node: Node, tag: str) -> Step | None:
        """Where a tag may stand that cannot follow regularly: further on behind mandatory items, or behind us.

        Inner loops are searched first, in each the places ahead before those behind.
        """
        missing: list[tuple[int, SegmentRule | LoopRule]] = []
        for level, (loop, index) in enumerate(self._levels(node)):
            depth = node.depth - level
            skipped = list(missing)
            for item in loop.items[index + 1 :]:
                place = self.place(loop, item)
                if place.tag == tag:
                    return Step(place, False, tuple(skipped))
                if item.mandatory:
                    skipped.append((depth, item))
            for item in loop.items[: index + 1]:
                place = self.place(loop, item)
                if place.tag == tag and not (place.opens and isinstance(item, SegmentRule)):
                    again = place.opens and level > 0 and item is loop.items[index]
                    return Step(place, not again, tuple(missing) if again else ())
            missing = skipped
        return None


@lru_cache(maxsize=256)
def walk(version: str, type: str) -> Walk:
    """The compiled structure of a transaction set. Raises CodecError when version or set are unknown."""
    return Walk(grammar(version).message(type))
