"""Message structure compiled for walking: from every place, which segment may come next and where that leads.

Each place (:class:`Node`) knows the tags that may follow it without leaving out anything mandatory, so that a clean
set costs one dict access a segment. What does not fit goes through :meth:`Walk.detour`, which looks further.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from b2bsync.edi.checks import checks_of
from b2bsync.edi.standard import Segment
from b2bsync.edi.structure import LoopRule, MessageGrammar, SegmentRule, grammar


class Node:
    """A segment's place in the message.

    ``depth`` is the depth of the loop that holds it (message 0); ``opens`` is true for a loop's opening segment, whose
    ``id`` is the loop's, else it is the tag.
    ``maximum`` limits the segment in its loop, or the loop in its parent where the segment opens it.
    ``next`` maps a tag to the place it leads to; ``spare`` is where this same tag may stand further on, once the
    maximum here is used up.
    """

    __slots__ = ("checks", "depth", "id", "index", "loop", "maximum", "next", "opens", "segment", "spare", "tag")

    def __init__(
        self, tag: str, segment: Segment, loop: LoopRule, index: int, maximum: int, opens: bool, standard: str
    ) -> None:
        self.tag, self.segment, self.loop, self.index = tag, segment, loop, index
        self.id = loop.id if opens else tag
        self.maximum, self.opens, self.depth = maximum, opens, len(loop.path)
        self.checks = checks_of(segment, standard)
        self.next: dict[str, Node] = {}
        self.spare: Node | None = None


class Step(NamedTuple):
    """A way on that is not the regular one: the place, whether it lies behind, and what was left out before it."""

    node: Node
    backward: bool
    missing: tuple[tuple[int, SegmentRule | LoopRule], ...]  # depth of the loop it is missing in, and the rule


class _Way(NamedTuple):
    """Where a tag stands in one of the loops around a place: ahead, else behind. ``around``: what opens that loop."""

    ahead: Step | None
    behind: Step | None
    around: str


class Walk:
    """One message's places. ``first`` is the place of ST or UNH, ``last`` that of SE or UNT; ``deepest`` the greatest
    depth of a loop."""

    def __init__(self, message: MessageGrammar) -> None:
        self.message = message
        self.facts = grammar(message.version).facts
        self.nodes: dict[tuple[tuple[str, ...], int], Node] = {}  # by loop and the index in it
        self.tags: set[str] = set()
        self._around: dict[Node, list[tuple[LoopRule, int]]] = {}
        self._ways: dict[tuple[Node, str], list[_Way]] = {}
        self._build(message.root)
        for node in self.nodes.values():
            node.next = self._follow(node)
        self.first, self.last = self.nodes[(), 0], self.nodes[(), len(message.root.items) - 1]
        self.deepest = max(node.depth for node in self.nodes.values())

    def _build(self, loop: LoopRule) -> None:
        before: dict[
            str, int
        ] = {}  # rows of a tag are kept together: a later place of it may hold the earlier ones', too
        for index, item in enumerate(loop.items):
            if isinstance(item, SegmentRule):
                opens = index == 0 and bool(loop.path)
                maximum = loop.maximum if opens else item.maximum + before.get(item.tag, 0)
                before[item.tag] = maximum
                self.nodes[loop.path, index] = Node(
                    item.tag, item.segment, loop, index, maximum, opens, self.facts.standard
                )
                self.tags.add(item.tag)
            else:
                self._build(item)

    def at(self, path: tuple[str, ...], tag: str) -> Node:
        """The first place of a segment in a loop. Raises KeyError."""
        for (there, _), node in self.nodes.items():
            if there == path and node.tag == tag:
                return node
        raise KeyError(tag)

    def place(self, loop: LoopRule, index: int) -> Node:
        """The place of an item of a loop; of a loop, that of its opening segment."""
        item = loop.items[index]
        return self.nodes[loop.path, index] if isinstance(item, SegmentRule) else self.nodes[item.path, 0]

    def _levels(self, node: Node) -> list[tuple[LoopRule, int]]:
        """The loops around a place, inner first, each with the index of the item that the place is in."""
        known = self._around.get(node)
        if known is not None:
            return known
        result = [(node.loop, node.index)]
        for depth in range(node.depth - 1, -1, -1):
            parent = self.message.at(node.loop.path[:depth])
            assert parent is not None
            inner = node.loop.path[depth]
            index = next(i for i, item in enumerate(parent.items) if isinstance(item, LoopRule) and item.id == inner)
            result.append((parent, index))
        self._around[node] = result
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
                    offer(self.place(loop, index))  # the loop once more
            elif not node.opens and node.maximum > 1:
                offer(node)
            for later in range(index + 1, len(loop.items)):
                offer(self.place(loop, later))
                if loop.items[later].mandatory:
                    return found
        return found

    def detour(self, node: Node, tag: str, comes: Callable[[str], bool]) -> Step | None:
        """Where a tag may stand that cannot follow regularly: further on behind mandatory items, or behind us.

        Inner loops are searched first, in each the places ahead before those behind. A place behind gives way to one
        ahead in an outer loop where what is left out before that one does not come at all: then it is missing rather
        than this segment late. ``comes`` says whether a tag stands further on in the message.
        """
        if tag not in self.tags:
            return None
        ways = self._ways.get((node, tag))
        if ways is None:
            ways = self._ways[node, tag] = list(self._searched(node, tag))
        behind: Step | None = None
        for way in ways:
            if way.ahead is not None:
                late = behind is not None and any(comes(item.tag) for _, item in way.ahead.missing)
                return behind if late else way.ahead
            if behind is None:
                behind = way.behind
                if behind is not None and not behind.backward:
                    return behind
            if behind is not None and way.around and comes(way.around):
                return behind
        return behind

    def _searched(self, node: Node, tag: str) -> Iterator[_Way]:
        """Where a tag stands in each of the loops around a place, up to the first one that has it ahead."""
        missing: list[tuple[int, SegmentRule | LoopRule]] = []
        for level, (loop, index) in enumerate(self._levels(node)):
            depth = node.depth - level
            skipped = list(missing)
            for later in range(index + 1, len(loop.items)):
                place = self.place(loop, later)
                if place.tag == tag:
                    yield _Way(Step(place, False, tuple(skipped)), None, "")
                    return
                if loop.items[later].mandatory:
                    skipped.append((depth, loop.items[later]))
            yield _Way(None, self._behind(loop, index, level, tag, missing), loop.tag if loop.path else "")
            missing = skipped

    def _behind(
        self, loop: LoopRule, index: int, level: int, tag: str, missing: list[tuple[int, SegmentRule | LoopRule]]
    ) -> Step | None:
        """Where a tag may stand in a loop that we are past, or as the beginning of the loop that we come from."""
        for earlier in range(index + 1):
            place, item = self.place(loop, earlier), loop.items[earlier]
            if place.tag == tag and not (place.opens and isinstance(item, SegmentRule)):
                again = place.opens and level > 0 and earlier == index
                return Step(place, not again, tuple(missing) if again else ())
        return None


@lru_cache(maxsize=256)
def walk(version: str, type: str) -> Walk:
    """The compiled structure of a set or message. Raises CodecError when version or type are unknown."""
    return Walk(grammar(version).message(type))
