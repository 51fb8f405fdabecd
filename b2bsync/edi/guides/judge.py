"""Judges a message by a guide while it is read.

The guide is compiled once into a dict from each place of the structure to what must be looked at there; a segment of
which it says nothing costs one dict access. Counts are kept for each occurrence of a loop: an occurrence begins with
its opening segment and ends where the next one, or one of a loop around it, begins.
"""

from collections.abc import Sequence

from b2bsync.edi.guides.compiling import Compiled, Counter, Entry, Path, compiled
from b2bsync.edi.guides.conditions import holds
from b2bsync.edi.guides.contents import look
from b2bsync.edi.guides.guide import Guide, Qualifier
from b2bsync.edi.report import Report
from b2bsync.edi.structure import LoopRule
from b2bsync.edi.tree import Loop
from b2bsync.edi.walker import Node, walk


class GuideWatch:
    """Looks on while sets are read, one after the other, and adds what breaks a guide to their findings::

        read_set(raw, delimiters, "004010", watch=GuideWatch(guide))

    A set of another type, or one that is judged by the facts of another version, gets one warning, ``guide-unfit``.
    One watch is for one thread.
    """

    def __init__(self, guide: Guide) -> None:
        self.guide = guide
        self._compiled = compiled(guide, walk(guide.facts, guide.type))
        self._set: _Set | None = None

    def segment(self, report: Report, node: Node, row: list[str], ordinal: int) -> None:
        """A segment was placed."""
        said = self._set or self._begin(report, node, row, ordinal)
        if said.entries:
            trail = said.trail
            while len(trail) < ordinal - 1:  # a segment without a place stood between
                trail.append(None)
            trail.append(node)
            entry = said.entries.get(node)
            if entry is not None:
                said.look(report, entry, row, ordinal)

    def expects(self, tag: str, path: Path) -> bool:
        """Whether a segment that has no place in the structure is one of the guide's extra ones; ``path``: the loop of
        the last segment that had a place."""
        return self._set is not None and any(
            tag == other and path[: len(around)] == around for around, other in self.guide.extra
        )

    def end(self, report: Report, root: Loop, count: int) -> None:
        """The set is read."""
        if self._set is not None:
            self._set.close(report, self._set.known.loops, count)
        self._set = None

    def _begin(self, report: Report, node: Node, row: list[str], ordinal: int) -> "_Set":
        guide, known = self.guide, self._compiled
        if known.plan.first is not node:  # another set, or the structure was compiled anew
            known = self._compiled = compiled(guide, walk(guide.facts, guide.type))
        if known.plan.first is not node:
            message = f"the guide {guide.name} is for {guide.type} of {guide.version}; this was not judged by it"
            report.warn(ordinal, "guide-unfit", message)
            known = Compiled(known.plan)
        self._set = _Set(known, report)
        self._set.open[()] = _Scope(row, ordinal)
        return self._set


class _Scope:
    """An open occurrence of a loop: its opening segment, the number of that, how often each rule was met in it."""

    __slots__ = ("counts", "ordinal", "row")

    def __init__(self, row: list[str], ordinal: int) -> None:
        self.row, self.ordinal = row, ordinal
        self.counts: dict[Counter, int] = {}


class _Set:
    """One set while it is read. ``trail``: where each segment was placed, in order."""

    def __init__(self, known: Compiled, report: Report) -> None:
        self.known, self.entries = known, known.entries
        self.component = report.delimiters.component
        repetition = report.delimiters.repetition
        self.repeats = repetition is not None and repetition in report.raw
        self.trail: list[Node | None] = []
        self.open: dict[Path, _Scope] = {}

    def look(self, report: Report, entry: Entry, row: list[str], ordinal: int) -> None:
        """Judge one segment at its place."""
        if entry.closes:
            self.close(report, entry.closes, ordinal)
            self.open[entry.path] = _Scope(row, ordinal)
        for counter in entry.unused:
            if self._meets(counter, row):
                self._unused(report, counter, entry, ordinal)
                return
        for counter in entry.counters:
            scope = self.open.get(counter.around)
            if scope is not None and (counter.always or self._meets(counter, row)):
                number = scope.counts[counter] = scope.counts.get(counter, 0) + 1
                if counter.maximum < number <= counter.told:
                    self._too_often(report, counter, entry, ordinal)
        if entry.doubt is None or not (self.repeats or entry.doubt(row, self.component)):
            return
        for check in entry.checks:
            if not check.outer or self._inside(check.outer):
                look(check, report, row, ordinal)

    def close(self, report: Report, paths: Sequence[Path], ordinal: int) -> None:
        """Occurrences end: what they had to have must have been there. ``ordinal``: the segment that ends them."""
        for path in paths:
            scope = self.open.get(path)
            if scope is None:
                continue
            for counter in self.known.minima.get(path, ()):
                number = scope.counts.get(counter, 0)
                if number < counter.minimum and self._inside(counter.outer):
                    self._missing(report, counter, number, self._next(counter, scope, ordinal))
            del self.open[path]

    def _meets(self, counter: Counter, row: list[str]) -> bool:
        return holds(counter.tests, row, self.component) and self._inside(counter.outer)

    def _inside(self, outer: tuple[tuple[Path, tuple[Qualifier, ...]], ...]) -> bool:
        """Whether the loops around meet their tests."""
        for path, tests in outer:
            scope = self.open.get(path)
            if scope is None or not holds(tests, scope.row, self.component):
                return False
        return True

    def _next(self, counter: Counter, scope: _Scope, last: int) -> int:
        """The segment before which something is missing: the first one in the scope that stands after its place."""
        path = counter.around
        loop = self.known.plan.message.at(path)
        assert loop is not None
        for ordinal in range(scope.ordinal + 1, min(last, len(self.trail) + 1)):
            node = self.trail[ordinal - 1]
            if node is not None and _rank(loop, node) > counter.index:
                return ordinal
        return last

    def _unused(self, report: Report, counter: Counter, entry: Entry, ordinal: int) -> None:
        rule = counter.rule
        report.add(
            rule.severity, ordinal, "guide-segment-not-used", _with_note(f"{rule.place} is not used", rule.note),
            tag=rule.place.tag, loop="/".join(entry.path),
        )  # fmt: skip

    def _too_often(self, report: Report, counter: Counter, entry: Entry, ordinal: int) -> None:
        rule = counter.rule
        code = "guide-loop-too-often" if rule.place.opens else "guide-segment-too-often"
        message = _with_note(f"{rule.place} stands more often than agreed", rule.note)
        report.add(
            rule.severity, ordinal, code, message, tag=rule.place.tag, loop="/".join(entry.path),
            allowed=f"at most {counter.maximum}",
        )  # fmt: skip

    def _missing(self, report: Report, counter: Counter, number: int, ordinal: int) -> None:
        rule = counter.rule
        if number:
            code, message = "guide-too-few", f"{rule.place} stands {number} times before this"
        else:
            code = "guide-qualifier-missing" if rule.place.conditions else "guide-segment-missing"
            message = f"{rule.place} is missing before this"
        allowed = f"at least {counter.minimum}" if number or counter.minimum > 1 else None
        report.add(
            rule.severity, ordinal, code, _with_note(message, rule.note), tag=rule.place.tag,
            loop="/".join(counter.around), allowed=allowed,
        )  # fmt: skip


def _with_note(message: str, note: str) -> str:
    return f"{message}: {note}" if note else message


def _rank(loop: LoopRule, node: Node) -> int:
    """The place of a segment in the order of a loop; behind all of it where it lies outside or begins it again."""
    path = node.loop.path
    depth = len(loop.path)
    if path[:depth] != loop.path or (node.opens and len(path) == depth):
        return len(loop.items)
    if len(path) == depth:
        return node.index
    return next(n for n, item in enumerate(loop.items) if isinstance(item, LoopRule) and item.id == path[depth])
