"""Builds an X12 tree: the segments that were planned, a segment without any value of the document left out."""

from typing import Any

from b2bsync.edi import Loop, LoopRule
from b2bsync.mapping import location
from b2bsync.mapping.clause import Items
from b2bsync.mapping.code import Code
from b2bsync.mapping.context import Context
from b2bsync.mapping.evidence import Site
from b2bsync.mapping.free_text import FREE_TEXT, free_text
from b2bsync.mapping.location import Row, Step
from b2bsync.mapping.writing import HL_COUNT, Scope, Writer
from b2bsync.mapping.x12_plan import Node, Slot, X12Sink
from b2bsync.mapping.x12_reading import window


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


class X12Emitter:
    """Emits the collected nodes as source."""

    def __init__(self, context: Context, code: Code, writer: Writer) -> None:
        self.context, self.code, self.writer = context, code, writer
        self.late: list[tuple[str, Slot]] = []

    def _loop(self, step: Step, node: Node, parent: str) -> None:
        """Emit a loop that is no HL, if it says anything."""
        name, put = self.code.constant(Loop, "Loop"), f"{parent}.loops.setdefault({step.id!r}, []).append"
        opening = next(iter(node.slots.values()), None)
        if (
            opening is not None
            and opening.row.tag == step.id
            and opening.holds_values
            and not (opening.late or len(node.slots) > 1 or node.lists or node.below)
        ):  # most loops are one segment
            self._row(opening, f"{put}({name}({step.id!r}, 0, {{{step.id!r}: [", "]}))")
            return
        made = self.code.let(f"{name}({step.id!r})", "l")
        self.node(node, made)
        with self.code.block(f"if {made}.segments or {made}.loops"):
            self.code.line(f"{put}({made})")

    def node(self, node: Node, loop: str) -> None:
        """Emit the content of a loop whose variable exists.

        A segment of constants, and the opening segment of a loop, are written when anything else of the loop is.
        """
        segments = self.code.let(f"{loop}.segments", "S")
        last: list[Slot] = []
        for slot in node.slots.values():
            opens = slot.row.tag == node.rule.id and not slot.row.tests
            if slot.late:
                self.late.append((segments, slot))
            elif opens or not slot.holds_values:
                last.append(slot)
            else:
                self._row(slot, self._append(segments, slot))
        for items, source, scope in node.lists:
            self._items(items, source, scope, node, loop, segments)
        for step, below in node.below.items():
            self._below(step, below, loop, node)
        full = any(slot.holds_values for slot in node.slots.values()) or node.lists or node.below
        anything = f"{segments} or {loop}.loops" if full and node.rule.id and not self._is_hl(node) else "True"
        for slot in sorted(last, key=lambda slot: slot.row.tag == node.rule.id):
            self._row(slot, self._append(segments, slot), otherwise=anything)

    @staticmethod
    def _append(segments: str, slot: Slot) -> str:
        return f"{segments}.setdefault({slot.row.tag!r}, []).append("

    def finish(self) -> None:
        """Emit what counts the rest."""
        for segments, slot in self.late:
            self._row(slot, self._append(segments, slot))

    @staticmethod
    def _is_hl(node: Node) -> bool:
        return node.rule.id == "HL"

    def _below(self, step: Step, below: Node, loop: str, parent: Node) -> None:
        if step.id == "HL":
            self.node(below, self._open_hl(step, parent, loop))
            return
        self._trigger(step, below)
        self._loop(step, below, loop)

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

    def _row(self, slot: Slot, append: str, end: str = ")", otherwise: str | None = None) -> None:
        """Emit one segment, if any value of the document stands in it, or else on the test ``otherwise``.

        ``append`` and ``end`` are what stands around the row in the source.
        """
        cells = dict(slot.constants)
        for position, expression in slot.variables.items():
            cells[position] = expression
        tests = [*slot.variables.values()]
        for position, parts in slot.components.items():
            joined = ", ".join(parts.get(i, "''") for i in range(1, max(parts) + 1))
            cells[position] = self.code.let(f"component.join(({joined},)).rstrip(component)", "t")
            tests += parts.values()
        tests += [text for pairs in slot.pairs.values() for _, _, text, _ in pairs]
        if slot.late:
            cells = {p: self._counted(text) for p, text in cells.items()}
            tests = []
        if otherwise is not None:
            tests.append(otherwise)
        head = f"if {' or '.join(dict.fromkeys(tests))}" if tests else "if True"
        with self.code.block(head):
            row = self._cells(slot, cells)
            refused = [t for t in slot.row.tests if t.negative and t.position in cells]
            if refused:
                test = " and ".join(f"{cells[t.position]} not in {t.values!r}" for t in refused)
                with self.code.block(f"if {test}"):
                    self.code.line(f"{append}{row}{end}")
            else:
                self.code.line(f"{append}{row}{end}")

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
            pairs = [(qualifier, text) for _, qualifier, text, _ in sorted(ordered)]
            end = location.repeats(slot.row.segment, start, 2)
            room = (end - start + 1) // 2
            if len(pairs) > room:
                site = Site(self.context.path(max(ordered)[3]), tag, start)
                self._add_pairs(row, start, end, pairs, site)
                continue
            self.code.line(f"{row}.extend([''] * ({start} - len({row})))") if start != first else None
            for qualifier, text in pairs:
                with self.code.block(f"if {text}"):
                    self.code.line(f"{row} += ({qualifier}, {text})")
        after = {p: c for p, c in cells.items() if p > first}
        for position, text in sorted(after.items()):
            self.code.line(f"{row}.extend([''] * ({position} - len({row})))")
            self.code.line(f"{row}.append({text})")
        return row

    def _add_pairs(self, row: str, start: int, end: int, pairs: list[tuple[str, str]], site: Site) -> None:
        made = ", ".join(f"({q}, {t})" for q, t in pairs)
        arguments = f"{row}, {start}, {end}, ({made},)"
        function = self.code.constant(add_pairs, "F")
        if self.writer.careful:
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
                        self._row(slot, self._append(segments, slot))
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
        for slot in inner.slots.values():  # a test of the step refuses items: REF[REF01!=CT]
            refused = [t for t in step.tests if t.negative and t.tag == slot.row.tag and t.position in slot.variables]
            for test in refused:
                with self.code.block(f"if {slot.variables[test.position]} in {test.values!r}"):
                    self.code.line("continue")
        self._loop(step, inner, loop)

    def _texts(self, items: Items, source: str, node: Node, segments: str, last: Any, tests: Any) -> None:
        """A list of texts in a segment that repeats: as many in each row as there are locations."""
        assert items.value is not None and items.each is not None
        wrong = self.context.wrong(f"{items.key}.each")
        if last is None:
            raise wrong("texts stand in a segment: the last step of each is a loop")
        row = Row(last.segment, tests)
        places = [location.find(at, row, wrong) for at in location.expand(items.value.at, wrong)]
        slot = Slot(row)
        if any(place.use.reference in FREE_TEXT for place in places):
            source = f"[{self.code.constant(free_text, 'F')}(x, unsafe) for x in {source}]"
        texts = self.code.let(f"[x for x in {source} if x]", "x")
        counter = self.code.new("k")
        with self.code.block(f"for {counter} in range(0, len({texts}), {len(places)})"):
            for offset, place in enumerate(places):
                slot.variables[place.position] = self.code.let(
                    f"{texts}[{counter} + {offset}] if len({texts}) > {counter} + {offset} else ''", "t"
                )
            self._row(slot, self._append(segments, slot))

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
