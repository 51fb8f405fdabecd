"""Builds an X12 tree: clauses that share a segment fill one row; a row without a value of the document is left out."""

from dataclasses import dataclass, field
from typing import Any

from b2bsync.edi import Loop, LoopRule
from b2bsync.mapping import location, values
from b2bsync.mapping.canonical import Field
from b2bsync.mapping.clause import Fixed, Items, Value
from b2bsync.mapping.code import Code
from b2bsync.mapping.context import Context
from b2bsync.mapping.evidence import Site
from b2bsync.mapping.location import Location, Row, Step
from b2bsync.mapping.writing import HL_COUNT, Formatter, Scope, Sink, Writer
from b2bsync.mapping.x12_reading import implied_places, window
from b2bsync.vocabulary.numbers import plain


@dataclass
class Slot:
    """One segment to be written: sources by (position, component), pairs, and the values that a list's test refuses."""

    row: Row
    constants: dict[int, str] = field(default_factory=dict)
    variables: dict[int, str] = field(default_factory=dict)
    components: dict[int, dict[int, str]] = field(default_factory=dict)
    pairs: dict[int, list[tuple[int, str, str]]] = field(default_factory=dict)
    keys: dict[tuple[int, int | None], str] = field(default_factory=dict)
    late: bool = False

    def __post_init__(self) -> None:
        for test in self.row.tests:
            if not test.negative and test.tag == self.row.tag:
                self.constants[test.position] = repr(test.values[0])


@dataclass
class Node:
    """A loop to be written, with its slots, the loops below it that single values lead to, and its lists."""

    rule: LoopRule
    slots: dict[Any, Slot] = field(default_factory=dict)
    below: "dict[Step, Node]" = field(default_factory=dict)
    lists: list[tuple[Items, str, Scope]] = field(default_factory=list)
    tests: tuple[location.Test, ...] = ()


def open_hl(loops: list[Loop], parent: Loop | None, level: str) -> Loop:
    """Append the next HL loop: HL01 counts, HL02 names the parent, HL04 says whether anything lies below."""
    loop = Loop("HL")
    above = ""
    if parent is not None:
        row = parent.segments["HL"][0]
        row[4] = "1"
        above = row[1]
    loop.segments["HL"] = [["HL", str(len(loops) + 1), above, level, "0"]]
    loops.append(loop)
    return loop


def add_pairs(row: list[str], start: int, end: int, pairs: tuple[tuple[str, str], ...]) -> None:
    """Fill qualifier and value side by side from ``start`` on."""
    row.extend([""] * (start - len(row)))
    for qualifier, value in pairs:
        if value:
            row += (qualifier, value)
    if len(row) > end + 1:
        raise ValueError(f"{row[0]} has room for {(end - start + 1) // 2} pairs only")


def too_many(values: Any, room: int) -> Any:
    if len(values) > room:
        raise ValueError(f"{len(values)} values, and room for {room}")
    return values


class X12Sink(Sink):
    """Collects the slots of one scope: the message, a loop, or the segment that a list writes."""

    absent = "''"

    def __init__(self, context: Context, code: Code, node: Node, row: Row | None = None) -> None:
        self.context, self.code, self.node, self.row = context, code, node, row

    def _find(self, at: str, key: str) -> Location:
        return location.find(at, self.row or self.node.rule, self.context.wrong(key))

    def alternatives(self, at: tuple[str, ...], key: str) -> tuple[str, ...]:
        return location.expand(at, self.context.wrong(f"{key}.at"))

    def beside(self, at: str, name: str) -> str:
        return location.beside(at, name)

    def site(self, at: str, key: str) -> Site:
        place = self._find(at, key)
        loop = (place.steps[-1].id if place.steps else self.node.rule.id) or None
        path = self.context.path(key)
        return Site(path, place.row.tag, place.position, place.component, place.use.reference, loop)

    def formatter(self, value: Value | Fixed, field: Field, at: str) -> Formatter:
        use = self._find(at, value.key).use
        if isinstance(value, Value) and value.pair:  # the value stands behind its qualifier
            place = self._find(at, value.key)
            use = place.row.segment.uses[place.position]
        kind = value.kind if value.write is not None or value.codes is not None else field.kind
        kind = kind or field.kind
        if kind == "text":
            return Formatter(str, "{}")
        if kind == "decimal":
            places = implied_places(use.element.type if use.element else "AN")
            return Formatter(values.implied(places)[1] if places else plain)
        if kind == "integer":
            return Formatter(str)
        if kind in ("date", "datetime"):
            return Formatter(values.write_date, "{}.isoformat()[:10].replace('-', '')")
        return Formatter(values.write_boolean)

    # collecting

    def _slot(self, place: Location) -> Slot:
        node = self.node
        for step in place.steps:
            node = node.below.setdefault(step, Node(step.rule, tests=step.tests))
        if place.row.tag == "HL":
            raise self.context.wrong("fields")("HL01 to HL04 are written by the levels themselves")
        key = (place.row.tag, place.row.tests, place.row.nth)
        return node.slots.setdefault(key, Slot(place.row))

    def put(self, at: str, key: str, expression: str, constant: bool) -> None:
        place = self._find(at, key)
        slot = self._slot(place)
        self._once(slot, place.position, place.component, key)
        if HL_COUNT in expression:
            slot.late = True
        if place.component is not None:
            slot.components.setdefault(place.position, {})[place.component] = expression
        elif constant:
            slot.constants[place.position] = expression
        else:
            slot.variables[place.position] = expression

    def _once(self, slot: Slot, position: int, component: int | None, key: str) -> None:
        other = slot.keys.setdefault((position, component), key)
        tested = next((t for t in slot.row.tests if t.position == position and not t.negative), None)
        if other != key or tested is not None:
            what = f"{other} writes it too" if other != key else "the test in brackets writes it already"
            raise self.context.wrong(key)(f'{slot.row.tag}{position:02d}: {what}; keep one, or say only = "read"')

    def put_pair(self, value: Value, expression: str) -> None:
        assert value.start is not None
        place = self._find(value.start, f"{value.key}.from")
        self._slot(place).pairs.setdefault(place.position, []).append((value.order, value.pair[0], expression))

    def items(self, items: Items, source: str, scope: Scope, writer: Writer) -> None:
        wrong = self.context.wrong(f"{items.key}.each")
        if items.each is None:
            assert items.value is not None
            places = self.alternatives(items.value.at, items.key)
            checked = f"{self.code.constant(too_many, 'F')}({source}, {len(places)})"
            if writer.careful:
                checked = writer._attempt(
                    self.code.constant(too_many, "F"), self.site(places[0], items.key), source, str(len(places))
                )
            found = self.code.let(checked)
            for index, at in enumerate(places):
                text = self.code.let(f"{found}[{index}] if len({found}) > {index} else ''", "t")
                self.put(at, items.key if not index else f"{items.key}.{index}", text, constant=False)
            return
        if self.row is not None:
            raise wrong("a list inside of a segment's list has nowhere to go")
        parts = location.pieces(items.each)
        steps, last, nth, _ = location.walk(parts, self.node.rule, wrong)
        if nth:
            raise wrong("a list goes over all occurrences: leave the number out")
        node = self.node
        for step in steps if last is not None else steps[:-1]:
            node = node.below.setdefault(step, Node(step.rule, tests=step.tests))
        node.lists.append((items, source, scope))


class X12Emitter:
    """Emits the collected nodes as source."""

    def __init__(self, context: Context, code: Code, writer: Writer) -> None:
        self.context, self.code, self.writer = context, code, writer
        self.late: list[tuple[str, Slot]] = []

    def node(self, node: Node, loop: str) -> None:
        """Emit the content of a loop whose variable exists."""
        segments = self.code.let(f"{loop}.segments", "S")
        written = any(slot.variables or slot.pairs or slot.components for slot in node.slots.values())
        for slot in node.slots.values():
            if slot.late:
                self.late.append((segments, slot))
            elif slot.variables or slot.pairs or slot.components:
                self._row(slot, f"{segments}.setdefault({slot.row.tag!r}, []).append")
        for items, source, scope in node.lists:
            self._items(items, source, scope, node, loop, segments)
        for step, below in node.below.items():
            self._below(step, below, loop, node)
        constants = [slot for slot in node.slots.values() if not (slot.variables or slot.pairs or slot.components)]
        needs = bool(written or node.lists or node.below) and node.rule.id and constants and not self._is_hl(node)
        for slot in constants:
            if needs:
                with self.code.block(f"if {segments} or {loop}.loops"):
                    self._row(slot, f"{segments}.setdefault({slot.row.tag!r}, []).append")
            else:
                self._row(slot, f"{segments}.setdefault({slot.row.tag!r}, []).append")

    def finish(self) -> None:
        """Emit what counts the rest."""
        for segments, slot in self.late:
            self._row(slot, f"{segments}.setdefault({slot.row.tag!r}, []).append")

    @staticmethod
    def _is_hl(node: Node) -> bool:
        return node.rule.id == "HL"

    def _below(self, step: Step, below: Node, loop: str, parent: Node) -> None:
        if step.id == "HL":
            self.node(below, self._open_hl(step, parent, loop))
            return
        inner = self.code.let(f"{self.code.constant(Loop, 'Loop')}({step.id!r})", "l")
        self._trigger(step, below)
        self.node(below, inner)
        with self.code.block(f"if {inner}.segments or {inner}.loops"):
            self.code.line(f"{loop}.loops.setdefault({step.id!r}, []).append({inner})")

    def _open_hl(self, step: Step, parent: Node, loop: str) -> str:
        level = next((t.values[0] for t in step.tests if t.tag == "HL" and t.position == 3 and not t.negative), None)
        if level is None:
            raise self.context.wrong("fields")("an HL that is written needs its level, such as HL[HL03=S]")
        above = loop if self._is_hl(parent) else "None"
        return self.code.let(f"{self.code.constant(open_hl, 'F')}(hls, {above}, {level!r})", "l")

    def _trigger(self, step: Step, node: Node) -> None:
        """The tests of a loop's step are values of its opening segment."""
        found = node.rule.items[0]
        for test in step.tests:
            if test.negative:
                continue
            rule = node.rule.find(test.tag)
            slot = next((s for k, s in node.slots.items() if k[0] == test.tag and not k[1]), None)
            if slot is None:
                row = Row(rule.segment if rule is not None and not isinstance(rule, LoopRule) else found.segment, ())  # type: ignore[union-attr]
                slot = node.slots.setdefault((test.tag, (), 0), Slot(row))
            slot.constants.setdefault(test.position, repr(test.values[0]))

    # segments

    def _row(self, slot: Slot, append: str) -> None:
        """Emit one segment, if any value of the document stands in it or it holds constants only."""
        cells = dict(slot.constants)
        for position, expression in slot.variables.items():
            cells[position] = expression
        tests = [*slot.variables.values()]
        for position, parts in slot.components.items():
            joined = ", ".join(parts.get(i, "''") for i in range(1, max(parts) + 1))
            cells[position] = self.code.let(f"component.join(({joined},)).rstrip(component)", "t")
            tests += parts.values()
        tests += [text for pairs in slot.pairs.values() for _, _, text in pairs]
        if slot.late:
            cells = {p: self._counted(text) for p, text in cells.items()}
            tests = []
        head = f"if {' or '.join(dict.fromkeys(tests))}" if tests else "if True"
        with self.code.block(head):
            row = self._cells(slot, cells)
            refused = [t for t in slot.row.tests if t.negative and t.position in cells]
            if refused:
                test = " and ".join(f"{cells[t.position]} not in {t.values!r}" for t in refused)
                with self.code.block(f"if {test}"):
                    self.code.line(f"{append}({row})")
            else:
                self.code.line(f"{append}({row})")

    def _counted(self, text: str) -> str:
        return "str(len(hls))" if HL_COUNT in text else text

    def _cells(self, slot: Slot, cells: dict[int, str]) -> str:
        """The row as source, or its variable when pairs are added to it."""
        tag = slot.row.tag
        for start in slot.pairs:
            clash = [p for p in cells if start <= p <= location.repeats(slot.row.segment, start, 2)]
            if clash:
                raise self.context.wrong("fields")(f"{tag}{clash[0]:02d} lies in the pairs from {tag}{start:02d} on")
        if not slot.pairs:
            return self._list(tag, cells, max(cells, default=0))
        first = min(slot.pairs)
        row = self.code.let(self._list(tag, {p: c for p, c in cells.items() if p < first}, first - 1), "r")
        for start, ordered in sorted(slot.pairs.items()):
            pairs = [(qualifier, text) for _, qualifier, text in sorted(ordered)]
            end = location.repeats(slot.row.segment, start, 2)
            room = (end - start + 1) // 2
            if len(pairs) > room:
                self._add_pairs(row, start, end, pairs)
                continue
            self.code.line(f"{row}.extend([''] * ({start} - len({row})))") if start != first else None
            for qualifier, text in pairs:
                with self.code.block(f"if {text}"):
                    self.code.line(f"{row} += ({qualifier!r}, {text})")
        after = {p: c for p, c in cells.items() if p > first}
        for position, text in sorted(after.items()):
            self.code.line(f"{row}.extend([''] * ({position} - len({row})))")
            self.code.line(f"{row}.append({text})")
        return row

    def _add_pairs(self, row: str, start: int, end: int, pairs: list[tuple[str, str]]) -> None:
        made = ", ".join(f"({q!r}, {t})" for q, t in pairs)
        arguments = f"{row}, {start}, {end}, ({made},)"
        function = self.code.constant(add_pairs, "F")
        if self.writer.careful:
            site = Site("fields", row, start)
            self.code.line(self.writer._attempt(function, site, arguments))
        else:
            self.code.line(f"{function}({arguments})")

    @staticmethod
    def _list(tag: str, cells: dict[int, str], length: int) -> str:
        return f"[{', '.join([repr(tag), *(cells.get(i, repr('')) for i in range(1, length + 1))])}]"

    # lists

    def _items(self, items: Items, source: str, scope: Scope, node: Node, loop: str, segments: str) -> None:
        assert items.each is not None
        wrong = self.context.wrong(f"{items.key}.each")
        piece = location.pieces(items.each)[-1]  # the steps before it led to this node
        steps, last, _, tests = location.walk([piece], node.rule, wrong)
        if items.value is not None:
            self._texts(items, source, node, segments, last, tests)
            return
        assert items.group is not None
        item = self.code.new("i")
        index = self.code.new("n")
        head = f"for {index}, {item} in enumerate({source}, 1)" if self.writer.careful else f"for {item} in {source}"
        grouping = self.code.let("[None, None]", "w") if items.window else ""
        with self.code.block(head):
            self.writer.trail.append(index)
            self.context.lists.append(items.key)
            conditions = self.writer.conditions(items.when, items.group.shape, item)
            if conditions:
                with self.code.block(f"if not ({conditions})"):
                    self.code.line("continue")
            inner_scope = Scope(item, items.group.shape, scope)
            if last is not None:
                row = Row(last.segment, tests)
                inner = Node(node.rule)
                self.writer.group(items.group, inner_scope, X12Sink(self.context, self.code, inner, row))
                for slot in inner.slots.values():
                    if items.window:
                        self._grouped(items, slot, segments, grouping)
                    else:
                        self._row(slot, f"{segments}.setdefault({last.tag!r}, []).append")
            else:
                self._loop_item(items, steps[-1], inner_scope, node, loop)
            self.context.lists.pop()
            self.writer.trail.pop()

    def _loop_item(self, items: Items, step: Step, scope: Scope, node: Node, loop: str) -> None:
        assert items.group is not None
        inner = Node(step.rule, tests=step.tests)
        if step.id == "HL":
            made = self._open_hl(step, node, loop)
            self.writer.group(items.group, scope, X12Sink(self.context, self.code, inner))
            self.node(inner, made)
            return
        self.writer.group(items.group, scope, X12Sink(self.context, self.code, inner))
        self._trigger(step, inner)
        made = self.code.let(f"{self.code.constant(Loop, 'Loop')}({step.id!r})", "l")
        for slot in inner.slots.values():  # a test of the step refuses items: REF[REF01!=CT]
            refused = [t for t in step.tests if t.negative and t.tag == slot.row.tag and t.position in slot.variables]
            for test in refused:
                with self.code.block(f"if {slot.variables[test.position]} in {test.values!r}"):
                    self.code.line("continue")
        self.node(inner, made)
        with self.code.block(f"if {made}.segments or {made}.loops"):
            self.code.line(f"{loop}.loops.setdefault({step.id!r}, []).append({made})")

    def _texts(self, items: Items, source: str, node: Node, segments: str, last: Any, tests: Any) -> None:
        """A list of texts in a segment that repeats: as many in each row as there are locations."""
        assert items.value is not None and items.each is not None
        wrong = self.context.wrong(f"{items.key}.each")
        if last is None:
            raise wrong("texts stand in a segment: the last step of each is a loop")
        row = Row(last.segment, tests)
        places = [location.find(at, row, wrong) for at in location.expand(items.value.at, wrong)]
        slot = Slot(row)
        texts = self.code.let(f"[x for x in {source} if x]", "x")
        counter = self.code.new("k")
        with self.code.block(f"for {counter} in range(0, len({texts}), {len(places)})"):
            for offset, place in enumerate(places):
                slot.variables[place.position] = self.code.let(
                    f"{texts}[{counter} + {offset}] if len({texts}) > {counter} + {offset} else ''", "t"
                )
            self._row(slot, f"{segments}.setdefault({last.tag!r}, []).append")

    def _grouped(self, items: Items, slot: Slot, segments: str, state: str) -> None:
        """Groups of elements (SDQ): items whose other elements are equal share a row while it has room."""
        start, size = window(items, slot.row.segment, self.context)
        end = location.repeats(slot.row.segment, start, size)
        cells = {**slot.constants, **slot.variables}
        head = self._list(slot.row.tag, {p: c for p, c in cells.items() if p < start}, start - 1)
        group = ", ".join(cells.get(p, "''") for p in range(start, start + size))
        made = self.code.let(head, "r")
        with self.code.block(f"if {state}[0] != {made} or len({state}[1]) > {end + 1 - size}"):
            self.code.line(f"{state}[:] = [{made}, list({made})]")
            self.code.line(f"{segments}.setdefault({slot.row.tag!r}, []).append({state}[1])")
        self.code.line(f"{state}[1] += ({group},)")
