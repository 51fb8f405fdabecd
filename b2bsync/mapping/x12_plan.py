"""What of an X12 tree is to be written: clauses that share a segment meet in one slot, slots and lists in a loop."""

from dataclasses import dataclass, field
from typing import Any

from b2bsync.edi import LoopRule
from b2bsync.mapping import location, values
from b2bsync.mapping.canonical import Field
from b2bsync.mapping.clause import Fixed, Items, Value
from b2bsync.mapping.code import Code
from b2bsync.mapping.context import Context
from b2bsync.mapping.evidence import Site
from b2bsync.mapping.free_text import FREE_TEXT, free_text
from b2bsync.mapping.location import Location, Row, Step
from b2bsync.mapping.writing import HL_COUNT, Formatter, Scope, Sink, Writer
from b2bsync.mapping.x12_reading import implied_places
from b2bsync.vocabulary.numbers import plain


@dataclass
class Slot:
    """One segment to be written: sources by (position, component), pairs, and the values that a list's test refuses."""

    row: Row
    constants: dict[int, str] = field(default_factory=dict)
    variables: dict[int, str] = field(default_factory=dict)
    components: dict[int, dict[int, str]] = field(default_factory=dict)
    pairs: dict[int, list[tuple[int, str, str, str]]] = field(default_factory=dict)
    keys: dict[tuple[int, int | None], str] = field(default_factory=dict)
    late: bool = False

    @property
    def holds_values(self) -> bool:
        """Whether values of the document stand in it, and not constants only."""
        return bool(self.variables or self.components or self.pairs)

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
            return Formatter(values.write_date, "str({0}.year * 10000 + {0}.month * 100 + {0}.day).zfill(8)")
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
        if not constant:
            expression = self.free(place, expression)
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

    def free(self, place: Location, expression: str) -> str:
        """Source of a text as its element can hold it; what is no free text stays."""
        if place.use.reference not in FREE_TEXT:
            return expression
        return self.code.let(
            f"{self.code.constant(free_text, 'F')}({expression}, unsafe) if {expression} else {expression}", "t"
        )

    def _once(self, slot: Slot, position: int, component: int | None, key: str) -> None:
        other = slot.keys.setdefault((position, component), key)
        tested = next((t for t in slot.row.tests if t.position == position and not t.negative), None)
        if other != key or tested is not None:
            what = f"{other} writes it too" if other != key else "the test in brackets writes it already"
            raise self.context.wrong(key)(f'{slot.row.tag}{position:02d}: {what}; keep one, or say only = "read"')

    def put_pair(self, value: Value, expression: str, qualifier: str) -> None:
        assert value.start is not None
        place = self._find(value.start, f"{value.key}.from")
        self._slot(place).pairs.setdefault(place.position, []).append((value.order, qualifier, expression, value.key))

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
