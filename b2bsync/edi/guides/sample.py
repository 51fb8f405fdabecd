"""Sample messages, made from the facts and a partner's guide, which our own judges find nothing wrong with."""

from collections.abc import Iterator

from b2bsync.edi.edifact.release import released
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.errors import CodecError
from b2bsync.edi.guides.conditions import holds
from b2bsync.edi.guides.guide import Content, Guide, Occurrence, Place, Qualifier, Spot
from b2bsync.edi.guides.judge import GuideWatch
from b2bsync.edi.guides.rows import Row, Seed, segment_row
from b2bsync.edi.reader import read_set
from b2bsync.edi.standard import EDIFACT, nearest
from b2bsync.edi.structure import LoopRule, MessageGrammar, SegmentRule, grammar
from b2bsync.edi.totals import CONTROLS, MESSAGES
from b2bsync.edi.walker import Node, walk
from b2bsync.vocabulary.findings import Finding, Severity

STARS = Delimiters("~", "*", ">")
COLONS = Delimiters("'", "+", ":", None, "?", ".")

NUMBER = {"X12": "0001", EDIFACT: "1"}
"""The control number of a sample."""

BUSINESS = {"DESADV": "351", "INVOIC": "380", "INVRPT": "35", "ORDCHG": "230", "ORDERS": "220", "ORDRSP": "231"}
"""What BGM 1001 calls a message."""


def sample(version: str, type: str, guide: Guide | None = None, *, complete: bool = False) -> str:
    """A message from ST to SE or UNH to UNT, one segment a line, with the delimiters :data:`STARS` or :data:`COLONS`.

    It has what the standard and the guide make mandatory, with the guide's codes and qualifiers; with ``complete``
    every other segment and loop that is used, once, too. The values mean nothing.

    Raises CodecError for an unknown version or type, for a guide of another one (``guide-unfit``), and where a rule of
    the guide could not be kept (``sample-impossible``): a pattern that needs an ``example``, rules that contradict
    each other.
    """
    message = grammar(nearest(version) or version).message(type)
    if guide is not None and not guide.fits(version, type):
        raise _refused("guide-unfit", f"the guide {guide.name} is for {guide.type} of {guide.version}")
    making = _Making(message, guide, complete)
    lines = making.lines()
    watch = GuideWatch(guide) if guide is not None else None
    read = read_set("".join(lines), making.delimiters, message.version, watch=watch)
    if read.findings:
        raise _refused("sample-impossible", f"no sample could be made that keeps all rules: {read.findings[0]}")
    return "\n".join(lines) + "\n"


def _refused(code: str, message: str) -> CodecError:
    return CodecError(Finding(severity=Severity.FATAL, code=code, message=message))


class _Making:
    """One message while it is made, from outer loops to inner ones."""

    def __init__(self, message: MessageGrammar, guide: Guide | None, complete: bool) -> None:
        self.message, self.complete = message, complete
        self.standard = grammar(message.version).facts.standard
        self.delimiters = COLONS if self.standard == EDIFACT else STARS
        self.occurrences: tuple[Occurrence, ...] = guide.occurrences if guide else ()
        self.contents: tuple[Content, ...] = guide.contents if guide else ()
        self.closed = guide is not None and guide.closed
        places = [*(rule.place for rule in self.occurrences), *(rule.place for rule in self.contents)]
        self.named = {(place.path, "" if place.opens else place.tag) for place in places}
        self.named |= {(place.path[:depth], "") for place in places for depth in range(1, len(place.path) + 1)}
        self.rows: list[Row] = []
        self.around: dict[tuple[str, ...], list[str]] = {}  # the opening segments of the loops at hand
        self.levels = 0
        self.plan = walk(message.version, message.type)
        self.node: Node | None = None  # the place of the last segment

    def lines(self) -> list[str]:
        """The segments with their terminators."""
        self._loop(self.message.root, Seed())
        d = self.delimiters
        escape = (lambda text: released(text, d)) if self.standard == EDIFACT else str
        lines = []
        for tag, values in self.rows:
            elements = [d.component.join(map(escape, value)) for value in values]
            lines.append(d.element.join([tag, *elements]) + d.segment)
        return lines

    def _loop(self, loop: LoopRule, seed: Seed) -> None:
        for place, item in enumerate(loop.items):
            if loop.path and place == 0:
                assert isinstance(item, SegmentRule)
                self._segment(item, loop, seed)
                continue
            for inner in self._seeds(item, loop):
                if isinstance(item, LoopRule):
                    self._loop(item, inner)
                else:
                    self._segment(item, loop, inner)

    def _seeds(self, item: SegmentRule | LoopRule, loop: LoopRule) -> list[Seed]:
        """Each occurrence that an item must have, with the values that tell it from the others."""
        opens = isinstance(item, LoopRule)
        path = item.path if isinstance(item, LoopRule) else loop.path
        rules = [
            rule
            for rule in self.occurrences
            if (rule.place.path, rule.place.opens) == (path, opens)
            and rule.place.tag == item.tag
            and self._inside(rule.place)
        ]
        plain = [rule for rule in rules if not rule.place.conditions]
        special = [rule for rule in rules if rule.place.conditions]
        least = max([int(item.mandatory), *(rule.minimum for rule in plain)])
        seeds: list[Seed] = []
        for rule in sorted(special, key=lambda rule: sum(len(test.values) for test in rule.place.conditions)):
            met = [seed for seed in seeds if seed.meets(rule.place.conditions)]
            seeds += [Seed.of(rule.place.conditions)] * (rule.minimum - len(met))
        limited = [rule.place.conditions for rule in special if rule.maximum is not None or not rule.used]
        if self.complete and not (seeds or least) and self._is_used(item, path, plain) and self._is_next(item, loop):
            least = 1
        while len(seeds) < least:
            seeds.append(Seed.without(limited))
        return seeds

    def _is_used(self, item: SegmentRule | LoopRule, path: tuple[str, ...], plain: list[Occurrence]) -> bool:
        if any(not rule.used for rule in plain):
            return False
        return not self.closed or (path, "" if isinstance(item, LoopRule) else item.tag) in self.named

    def _is_next(self, item: SegmentRule | LoopRule, loop: LoopRule) -> bool:
        """Whether a reader would find the item at this place: a tag may also begin an earlier loop once more."""
        assert self.node is not None
        return self.node.next.get(item.tag) is self._place(item, loop)

    def _place(self, item: SegmentRule | LoopRule, loop: LoopRule) -> Node:
        """Where an item stands in the structure. Two of one loop may be equal, so that they are told by identity."""
        return self.plan.place(loop, next(n for n, other in enumerate(loop.items) if other is item))

    def _inside(self, place: Place) -> bool:
        """Whether the loops at hand meet the tests of a place."""
        return all(
            path in self.around and holds(tests, self.around[path], self.delimiters.component)
            for path, tests in place.outer
        )

    def _segment(self, item: SegmentRule, loop: LoopRule, seed: Seed) -> None:
        seed = seed.given(dict(self._service(item.tag)))
        opens = bool(loop.path) and item is loop.items[0]
        rules = [
            rule
            for rule in self.contents
            if (rule.place.path, rule.place.tag, rule.place.opens) == (loop.path, item.tag, opens)
            and self._inside(rule.place)
        ]
        row = Row(item.tag, [])
        conditional: list[Content] = []
        for _ in range(3):  # what a value is may call for further values
            unconditional = [rule for rule in rules if not rule.place.conditions]
            row = segment_row(item.segment, self.standard, seed, [*unconditional, *conditional])
            met = [rule for rule in rules if self._meets(rule.place.conditions, row)]
            if met == conditional:
                break
            conditional = met
        if opens:
            self.around = {path: found for path, found in self.around.items() if len(path) < len(loop.path)}
            self.around[loop.path] = self._flat(row)
        self.rows.append(row)
        self.node = self._place(item, loop)

    def _meets(self, tests: tuple[Qualifier, ...], row: Row) -> bool:
        return bool(tests) and holds(tests, self._flat(row), self.delimiters.component)

    def _flat(self, row: Row) -> list[str]:
        return [row.tag, *(self.delimiters.component.join(value) for value in row.values)]

    def _service(self, tag: str) -> Iterator[tuple[Spot, str]]:
        """What the segments of the envelope and of the hierarchy must say."""
        number, kind, version = NUMBER[self.standard], self.message.type, self.message.version
        if tag == "ST":
            yield from ((Spot(1), kind), (Spot(2), number))
        elif tag == "UNH":
            release = {"UN3": ("2", "2"), "UN4": ("4", "1")}.get(version, (version[:1], version[1:]))
            said = (kind, *release, "UN")
            yield Spot(1), number
            yield from ((Spot(2, place), value) for place, value in enumerate(said, 1))
        elif tag == "BGM" and kind in BUSINESS:
            yield Spot(1, 1), BUSINESS[kind]
        elif tag in ("SE", "UNT"):
            yield from ((Spot(1), str(len(self.rows) + 1)), (Spot(2), number))
        elif tag == "CTT" and kind in CONTROLS:
            yield Spot(1), str(sum(row.tag == CONTROLS[kind].lines[0] for row in self.rows))
        elif tag == "CNT" and kind in MESSAGES:
            yield from ((Spot(1, 1), "2"), (Spot(1, 2), str(sum(row.tag == "LIN" for row in self.rows))))
        elif tag == "HL" and self.standard != EDIFACT:
            self.levels += 1
            yield Spot(1), str(self.levels)
            if self.levels > 1:
                yield Spot(2), str(self.levels - 1)
