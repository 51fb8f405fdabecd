"""A guide as the judge asks it: by the places of a message's structure."""

from b2bsync.edi.guides.contents import Check, checks
from b2bsync.edi.guides.doubts import Doubt, doubt_of
from b2bsync.edi.guides.guide import Guide, Occurrence, Place
from b2bsync.edi.structure import UNBOUNDED, LoopRule, SegmentRule
from b2bsync.edi.walker import Node, Walk

Path = tuple[str, ...]


class Counter:
    """An occurrence rule as it is counted, in each occurrence of the loop ``around``.

    ``index`` is its place in the order of that loop; ``told`` how often it may stand by the standard, which finds by
    itself what is more; ``minimum`` is 0 where the standard finds by itself that it is missing.
    """

    __slots__ = ("always", "around", "index", "maximum", "minimum", "outer", "rule", "tests", "told")

    def __init__(self, rule: Occurrence, plan: Walk) -> None:
        place = rule.place
        around = plan.message.at(place.around)
        assert around is not None
        name = place.path[-1] if place.opens else place.tag
        items = [(n, item) for n, item in enumerate(around.items) if _id(item) == name]
        mandatory = not place.conditions and any(item.mandatory for _, item in items)
        self.rule, self.around, self.tests, self.outer = rule, place.around, place.conditions, place.outer
        self.index = items[-1][0]
        self.minimum = 0 if mandatory and rule.minimum <= 1 else rule.minimum
        self.maximum = UNBOUNDED if rule.maximum is None else rule.maximum
        self.told = sum(item.maximum for _, item in items)
        self.always = not self.tests and not self.outer


class Entry:
    """What must be looked at where a segment stands. ``closes``: loops that end where this one opens, inner ones first,
    itself the last."""

    __slots__ = ("checks", "closes", "counters", "doubt", "path", "unused")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.closes: tuple[Path, ...] = ()
        self.unused: list[Counter] = []
        self.counters: list[Counter] = []
        self.checks: list[Check] = []
        self.doubt: Doubt | None = None  # whether the checks must be asked; None where there are none


class Compiled:
    """A guide over a message's structure: ``entries`` by place, by loop the counters with a minimum, and the loops
    whose occurrences must be known, inner ones first."""

    def __init__(self, plan: Walk) -> None:
        self.plan = plan
        self.entries: dict[Node, Entry] = {}
        self.minima: dict[Path, list[Counter]] = {}
        self.loops: tuple[Path, ...] = ((),)

    def at(self, node: Node) -> Entry:
        if node not in self.entries:
            self.entries[node] = Entry(node.loop.path)
        return self.entries[node]


def compiled(guide: Guide, plan: Walk) -> Compiled:
    """Lay the rules at the places that they are about."""
    result = Compiled(plan)
    watched: set[Path] = {()}
    rules = [*guide.occurrences, *_others(guide)]
    for rule in rules:
        counter = Counter(rule, plan)
        watched |= {path for path, _ in counter.outer}
        for node in _nodes(rule.place, plan):
            entry = result.at(node)
            if not rule.used:
                entry.unused.append(counter)
            elif counter.minimum or rule.maximum is not None:
                entry.counters.append(counter)
                watched.add(counter.around)
        if counter.minimum:
            result.minima.setdefault(counter.around, []).append(counter)
    for content in guide.contents:
        watched |= {path for path, _ in content.place.outer}
        for node in _nodes(content.place, plan):
            result.at(node).checks += checks(content, node.segment)
    for entry in result.entries.values():
        if entry.checks:
            entry.doubt = doubt_of(entry.checks)
    result.loops = tuple(sorted(watched, key=lambda path: (-len(path), path)))
    for node in plan.nodes.values():
        path = node.loop.path
        closes = tuple(other for other in result.loops if other[: len(path)] == path)
        if node.opens and closes:
            result.at(node).closes = closes
    return result


def _nodes(place: Place, plan: Walk) -> list[Node]:
    """Where the segments of a place stand; a tag may stand twice in a loop."""
    found = [node for (path, _), node in plan.nodes.items() if path == place.path and node.tag == place.tag]
    return [node for node in found if node.opens is place.opens]


def _id(item: SegmentRule | LoopRule) -> str:
    return item.tag if isinstance(item, SegmentRule) else item.id


def _others(guide: Guide) -> list[Occurrence]:
    """In a closed guide, what no rule names is not used, but for what the standard makes mandatory."""
    if not guide.closed:
        return []
    unused = {rule.place.path for rule in guide.occurrences if rule.place.opens and not rule.used}
    places = [*(rule.place for rule in guide.occurrences), *(rule.place for rule in guide.contents)]
    loops = {place.path[:depth] for place in places for depth in range(len(place.path) + 1)} - unused
    segments = {(place.path, place.tag) for place in places}
    found: list[Occurrence] = []

    def visit(loop: LoopRule) -> None:
        for item in loop.items:
            if isinstance(item, LoopRule):
                if item.mandatory or item.path in loops:
                    visit(item)
                else:
                    place = Place(item.path, ((),) * len(item.path), item.tag, True)
                    found.append(Occurrence(place=place, used=False, severity=guide.severity))
            elif not item.mandatory and (loop.path, item.tag) not in segments:
                place = Place(loop.path, ((),) * len(loop.path), item.tag, False)
                found.append(Occurrence(place=place, used=False, severity=guide.severity))

    visit(guide.message.root)
    return found
