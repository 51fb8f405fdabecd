"""Where the reader stands in an X12 tree: in a loop, or in a segment that a list goes through."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from b2bsync.edi import Loop, LoopRule, Use
from b2bsync.mapping import location, values
from b2bsync.mapping.clause import Items, Value
from b2bsync.mapping.code import Code
from b2bsync.mapping.context import Context
from b2bsync.mapping.evidence import Site
from b2bsync.mapping.location import Location, Row, Step, Test
from b2bsync.mapping.reading import Conversion, Raw, ReadPlace

NOTHING: Any = ()
"""Stands for a segment, a list or (as it has no items) anything that is not there."""


class Tree:
    """The tree that HL01 and HL02 make of the flat list of HL loops."""

    def __init__(self, loops: Iterable[Loop]) -> None:
        self._below: dict[str, list[Loop]] = {}
        for loop in loops:
            row = loop.segments["HL"][0]
            self._below.setdefault(row[2] if len(row) > 2 else "", []).append(loop)

    def top(self) -> list[Loop]:
        return self._below.get("", [])

    def below(self, loop: Loop | None) -> list[Loop]:
        if loop is None:
            return []
        row = loop.segments["HL"][0]
        return self._below.get(row[1] if len(row) > 1 else "", [])


def passes(segments: dict[str, list[list[str]]], row: list[str] | None, tests: tuple[Test, ...]) -> bool:
    """Whether a segment (``row``), or the first segments of a loop, meet all tests."""
    for test in tests:
        tested: list[str] = row if row is not None else segments.get(test.tag, [[]])[0]
        found = tested[test.position] if len(tested) > test.position else ""
        if (found in test.values) is test.negative:
            return False
    return True


def first_loop(loops: Iterable[Loop], tests: tuple[Test, ...]) -> Loop | None:
    for loop in loops:
        if passes(loop.segments, None, tests):
            return loop
    return None


def qualified_loop(loops: Iterable[Loop], tag: str, position: int, value: str) -> Loop | None:
    """The first loop with one value in its opening segment: the common case of ``first_loop``."""
    for loop in loops:
        rows = loop.segments.get(tag)
        if rows is not None and len(rows[0]) > position and rows[0][position] == value:
            return loop
    return None


def find_row(rows: Iterable[list[str]], tests: tuple[Test, ...], nth: int) -> Any:
    for row in rows:
        if passes({}, row, tests):
            if nth == 0:
                return row
            nth -= 1
    return NOTHING


def qualified_row(rows: Iterable[list[str]], position: int, value: str) -> Any:
    """The first row with one value at one position: the common case of ``find_row``."""
    for row in rows:
        if len(row) > position and row[position] == value:
            return row
    return NOTHING


def part(text: str, separator: str, component: int) -> str:
    """One component of a composite."""
    parts = text.split(separator) if separator else [text]  # an interchange may do without components
    return parts[component - 1] if len(parts) >= component else ""


class X12Place(ReadPlace):
    """A loop (``segments`` and ``loops`` are sources of its dicts), or in it one segment (``row``)."""

    absent = "not {}"

    def __init__(
        self,
        context: Context,
        code: Code,
        rule: LoopRule,
        loop: str,
        hl: bool = False,
        row: tuple[Row, str, str] | None = None,
        window: tuple[int, int, str] | None = None,
        maybe: bool = False,
    ) -> None:
        self.context, self.code, self.rule, self.loop, self.hl = context, code, rule, loop, hl
        self.row, self.window, self.maybe = row, window, maybe
        self._loops: str | None = None
        self._rows: dict[Any, tuple[str, str]] = {}
        self._raws: dict[Any, str] = {}
        self._places: dict[Step, X12Place] = {}
        if row is None:
            self.segments = code.let(
                f"{loop}.segments if {loop} is not None else {{}}" if maybe else f"{loop}.segments", "S"
            )

    @property
    def loops(self) -> str:
        if self._loops is None:
            text = f"{self.loop}.loops"
            self._loops = self.code.let(f"{text} if {self.loop} is not None else {{}}" if self.maybe else text, "L")
        return self._loops

    # one value

    lazy = True

    @contextmanager
    def aside(self) -> Iterator[None]:
        kept = self._known()
        yield
        self._forget(kept)

    def _known(self) -> Any:
        """What was read so far, here and in the loops below."""
        places = {step: (place, place._known()) for step, place in self._places.items()}
        return self._loops, dict(self._rows), dict(self._raws), places

    def _forget(self, kept: Any) -> None:
        self._loops, self._rows, self._raws, places = kept
        self._places = {step: place for step, (place, _) in places.items()}
        for place, known in places.values():
            place._forget(known)

    def alternatives(self, at: tuple[str, ...], key: str) -> tuple[str, ...]:
        return location.expand(at, self.context.wrong(f"{key}.at"))

    def raw(self, at: str, value: Value | None, key: str) -> Raw:
        scope = self.row[0] if self.row else self.rule
        place = location.find(at, scope, self.context.wrong(key))
        row, length = self._row(place)
        var = self._element(row, length, place.position, place.component)
        facts: Any = place.use
        if value is not None and value.time is not None:
            clock = location.find(location.beside(at, value.time), scope, self.context.wrong(f"{key}.time"))
            clock_row, clock_length = self._row(clock)
            facts = self._element(clock_row, clock_length, clock.position, clock.component)
        site = Site(
            self.context.path(key),
            place.row.tag,
            place.position,
            place.component,
            place.use.reference,
            (place.steps[-1].id if place.steps else self.rule.id) or None,
        )
        return Raw(var, site, self._ordinal(place), facts)

    def pair(self, value: Value) -> Raw:
        scope = self.row[0] if self.row else self.rule
        assert value.start is not None
        place = location.find(value.start, scope, self.context.wrong(f"{value.key}.from"))
        row, length = self._row(place)
        end = location.repeats(place.row.segment, place.position, 2)
        key = (row, "pairs", place.position)
        pairs = self._raws.get(key)
        if pairs is None:
            start = place.position
            both = self.code.new("b")  # qualifiers and values by turns
            zipped = f"dict(zip({both} := iter({row}[{start}:{end + 1}]), {both}))"
            pairs = self._raws[key] = self.code.let(f"{zipped} if {length} > {start} else {{}}", "p")
        found = " or ".join(f"{pairs}.get({qualifier!r})" for qualifier in value.pair)
        var = self.code.let(f"{found} or ''")
        use = place.row.segment.uses[place.position]
        site = Site(
            self.context.path(value.key), place.row.tag, place.position + 1, None, use.reference, self.rule.id or None
        )
        return Raw(var, site, self._ordinal(place), use)

    def _ordinal(self, place: Location) -> str:
        known = not place.steps and place.row.tag == self.rule.id and self.row is None and not self.maybe
        return f"{self.loop}.ordinal" if known else "0"

    def _element(self, row: str, length: str, position: int, component: int | None) -> str:
        key = (row, position, component)
        found = self._raws.get(key)
        if found is not None:
            return found
        index, least = str(position), str(position)
        if self.window and self.row and row == self.row[1]:
            start, size, counter = self.window
            if start <= position < start + size:
                index = least = f"{counter} + {position - start}"
        text = f"{row}[{index}] if {length} > {least} else ''"
        if component is not None:
            text = f"{self._bind(part)}({text}, component, {component})"
        found = self._raws[key] = self.code.let(text)
        return found

    def _row(self, place: Location) -> tuple[str, str]:
        """Variables of a segment and of its length."""
        if self.row is not None:
            return self.row[1], self.row[2]
        if place.steps:
            inner = self._into(place.steps[0])
            return inner._row(Location(place.steps[1:], place.row, place.position, place.component, place.use))
        key = (place.row.tag, place.row.tests, place.row.nth)
        if key in self._rows:
            return self._rows[key]
        rows = f"{self.segments}.get({place.row.tag!r})"
        nothing = self.code.constant(NOTHING)
        tests, nth = place.row.tests, place.row.nth
        if not tests and not nth:
            found = self.code.let(rows, "q")
            row = self.code.let(f"{found}[0] if {found} else {nothing}", "r")
        else:
            found = self.code.let(rows, "q")
            if len(tests) == 1 and not nth and len(tests[0].values) == 1 and not tests[0].negative:
                wanted = f"{self._bind(qualified_row)}({found}, {tests[0].position}, {tests[0].values[0]!r})"
            else:
                wanted = f"{self._bind(find_row)}({found}, {self.code.constant(tests)}, {nth})"
            row = self.code.let(f"{wanted} if {found} else {nothing}", "r")
        self._rows[key] = row, self.code.let(f"len({row})", "n")
        return self._rows[key]

    def _into(self, step: Step) -> "X12Place":
        """The place in the first occurrence of a loop below."""
        if step not in self._places:
            loop = self._first(step)
            self._places[step] = X12Place(self.context, self.code, step.rule, loop, step.id == "HL", maybe=True)
        return self._places[step]

    def _first(self, step: Step) -> str:
        """Emit the search for the first occurrence of a loop; gives its variable."""
        loops = self._below(step)
        if not step.tests:
            found = self.code.let(loops, "q")
            return self.code.let(f"{found}[0] if {found} else None", "l")
        test = step.tests[0]
        if len(step.tests) == 1 == len(test.values) and test.tag == step.id and not test.negative:
            function, arguments = qualified_loop, f"{test.tag!r}, {test.position}, {test.values[0]!r}"
            return self.code.let(f"{self._bind(function)}({loops}, {arguments})", "l")
        return self.code.let(f"{self._bind(first_loop)}({loops}, {self.code.constant(step.tests)})", "l")

    def _below(self, step: Step) -> str:
        """Source of the list of a loop's occurrences; HL goes by the tree."""
        if step.id == "HL":
            return f"tree.below({self.loop})" if self.hl else "tree.top()"
        return f"{self.loops}.get({step.id!r}, ())"

    # lists

    def beside(self, at: str, name: str) -> str:
        return location.beside(at, name)

    def said(self, items: Items) -> str:
        return "True"

    @contextmanager
    def iterate(self, items: Items) -> Iterator["X12Place"]:
        wrong = self.context.wrong(f"{items.key}.each")
        assert items.each is not None
        if self.row is not None:
            raise wrong("a list inside of a segment's list has nowhere to go")
        steps, last, nth, tests = location.walk(location.pieces(items.each), self.rule, wrong)
        if nth:
            raise wrong("a list goes over all occurrences: leave the number out")
        with _Blocks(self.code) as blocks:
            place: X12Place = self
            for step in steps:
                loop = self.code.new("l")
                blocks.enter(f"for {loop} in {place._below(step)}")
                place = X12Place(self.context, self.code, step.rule, loop, step.id == "HL")
                for test in step.tests:
                    row, length = place._row(
                        Location(
                            (), _row_of(step.rule, test), test.position, None, _row_of(step.rule, test).segment.uses[0]
                        )
                    )
                    place._skip(row, length, test)
            if last is not None:
                row = self.code.new("r")
                blocks.enter(f"for {row} in {place.segments}.get({last.tag!r}, ())")
                length = self.code.let(f"len({row})", "n")
                for test in tests:
                    place._skip(row, length, test)
                window = self._window(items, last.segment, row, length, blocks)
                found = (Row(last.segment, tests), row, length)
                place = X12Place(self.context, self.code, place.rule, place.loop, place.hl, found, window)
            elif items.window is not None:
                raise self.context.wrong(f"{items.key}.groups")("groups of elements need each = a segment")
            yield place

    def _skip(self, row: str, length: str, test: Test) -> None:
        found = f"({row}[{test.position}] if {length} > {test.position} else '')"
        word = "in" if test.negative else "not in"
        with self.code.block(f"if {found} {word} {test.values!r}"):
            self.code.line("continue")

    def _window(
        self, items: Items, segment: Any, row: str, length: str, blocks: "_Blocks"
    ) -> tuple[int, int, str] | None:
        if items.window is None:
            return None
        start, size = window(items, segment, self.context)
        end = location.repeats(segment, start, size)
        counter = self.code.new("k")
        blocks.enter(f"for {counter} in range({start}, min({length}, {end + 1}), {size})")
        with self.code.block(f"if not any({row}[{counter}:{counter} + {size}])"):
            self.code.line("continue")
        return start, size, counter

    # types

    def conversion(self, value: Value, raw: Raw) -> Conversion:
        if value.kind == "datetime":
            if not isinstance(raw.facts, str):
                raise self.context.wrong(value.key)('a datetime needs time = "…" beside at')
            return Conversion(values.x12_moment, extra=(raw.facts,))
        return conversion(value.kind, raw.facts, self.context, value.key)

    def _bind(self, function: Any) -> str:
        return self.code.constant(function, "F")


def conversion(kind: str, use: Use, context: Context, key: str) -> Conversion:
    """From an element's text to a clause's type; N1 to N6 have implied decimals."""
    element = use.element.type if use.element is not None else "AN"
    if kind == "text":
        return Conversion(values.text, "{}.strip() or None", is_text=True)
    if kind == "decimal":
        places = implied_places(element)
        return Conversion(values.implied(places)[0] if places else values.number)
    if kind == "date":
        if element not in ("DT", "AN"):
            raise context.wrong(key)(f"element {use.reference} is of type {element}, not a date")
        return Conversion(values.x12_date)
    return Conversion({"integer": values.integer, "boolean": values.x12_boolean}[kind])


def implied_places(element: str) -> int:
    return int(element[1]) if len(element) == 2 and element[0] == "N" else 0


def window(items: Items, segment: Any, context: Context) -> tuple[int, int]:
    """``groups = "SDQ03..SDQ04"``: the first position and how many elements a group has."""
    wrong = context.wrong(f"{items.key}.groups")
    assert items.window is not None
    texts = location.expand((items.window,), wrong)
    places = [location.find(text, Row(segment, ()), wrong).position for text in texts]
    return places[0], len(places)


def _row_of(rule: LoopRule, test: Test) -> Row:
    found = rule.find(test.tag)
    return Row(found.segment, ())  # type: ignore[union-attr]


class _Blocks:
    """Nested ``for`` blocks that close together."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self._open: list[Any] = []

    def enter(self, head: str) -> None:
        block = self.code.block(head)
        block.__enter__()
        self._open.append(block)

    def __enter__(self) -> "_Blocks":
        return self

    def __exit__(self, *error: object) -> None:
        while self._open:
            self._open.pop().__exit__(*error)
