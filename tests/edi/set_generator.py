"""Transaction sets made up from the facts: good ones, and bad ones with one fault each. The same seed, the same set."""

from collections.abc import Callable, Iterator
from random import Random

from b2bsync.edi import Composite, Element, LoopRule, MessageGrammar, SegmentRule, Use, grammar
from b2bsync.edi.standard import Relation, Segment
from b2bsync.edi.totals import CONTROLS

Row = list[str]

_ID = "QXZ"  # no qualifier that names a GS1 number has these letters
_TEXT = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-/"


def good(message: MessageGrammar, seed: int) -> list[Row]:
    """A set with all that is mandatory and some of what is not, two occurrences here and there."""
    return _Set(message, Random(f"{message.version} {message.type} {seed}")).rows()


class _Set:
    def __init__(self, message: MessageGrammar, random: Random) -> None:
        self.message, self.random, self.levels = message, random, 0

    def rows(self) -> list[Row]:
        rows = list(self._loop(self.message.root))
        rows[0][1:] = [self.message.type, "0001"]
        rows[-1][1:] = [str(len(rows)), "0001"]
        for row in rows:
            if row[0] == "CTT" and self.message.type in CONTROLS:
                lines = [other[0] for other in rows].count(CONTROLS[self.message.type].lines[0])
                row[1:] = [str(lines), *[""] * (len(row) > 3), *row[3:]]
        return rows

    def _loop(self, loop: LoopRule) -> Iterator[Row]:
        for place, item in enumerate(loop.items):
            opens = place == 0 and bool(loop.path)
            for _ in range(1 if opens else self._often(item, len(loop.path))):
                if isinstance(item, LoopRule):
                    yield from self._loop(item)
                else:
                    yield self._segment(item.segment)

    def _often(self, item: SegmentRule | LoopRule, depth: int) -> int:
        chance = (0.35 if isinstance(item, SegmentRule) else 0.25) / (depth + 1)
        if not item.mandatory and self.random.random() > chance:
            return 0
        return 2 if item.maximum > 1 and self.random.random() < 0.2 else 1

    def _segment(self, segment: Segment) -> Row:
        if segment.tag == "HL":
            self.levels += 1
            return ["HL", str(self.levels), str(self.levels - 1) if self.levels > 1 else "", "Q"]
        filled = self._filled(segment)
        row = [self._value(use) if place in filled else "" for place, use in enumerate(segment.uses, 1)]
        while row and not row[-1]:
            row.pop()
        return [segment.tag, *row]

    def _filled(self, owner: Segment | Composite) -> set[int]:
        """The positions to fill: mandatory ones, some others, and what the relations ask for."""
        must = {place for place, use in enumerate(owner.uses, 1) if use.mandatory}
        for _ in range(200):
            filled = must | {place for place in range(1, len(owner.uses) + 1) if self.random.random() < 0.3}
            for relation in owner.relations * 2:
                _satisfy(relation, filled, must)
            if filled and all(_holds(relation, filled) for relation in owner.relations):
                return filled
        raise AssertionError(f"relations that cannot be satisfied: {owner}")

    def _value(self, use: Use) -> str:
        if use.composite is not None:
            filled = self._filled(use.composite)
            parts = [self._value(part) if n in filled else "" for n, part in enumerate(use.composite.uses, 1)]
            return ">".join(parts).rstrip(">")
        assert use.element is not None
        return self.value(use.element)

    def value(self, element: Element) -> str:
        """A value that is right for an element."""
        random, size = self.random, self.random.randint(element.minimum, min(element.maximum, element.minimum + 8))
        if element.codes:
            return random.choice([c for c in sorted(element.codes) if element.minimum <= len(c) <= element.maximum])
        if element.type == "DT":
            day = f"{random.randint(1, 12):02d}{random.randint(1, 28):02d}"
            return f"20{random.randint(10, 39)}{day}"[-element.maximum :]
        if element.type == "TM":
            return f"{random.randint(0, 23):02d}{random.randint(0, 59):02d}{random.choice(['', '30', '4505'])}"[
                : element.maximum
            ]
        if element.type == "R" or element.type[0] == "N":
            digits = "".join(random.choice("123456789") for _ in range(size))
            sign = "-" if random.random() < 0.1 else ""
            return sign + (f"{digits[:-1]}.{digits[-1]}" if element.type == "R" and random.random() < 0.3 else digits)
        if element.type == "ID":
            return "".join(random.choice(_ID) for _ in range(size))
        return "".join(random.choice(_TEXT) for _ in range(size)).strip().ljust(element.minimum, "X")


def _satisfy(relation: Relation, filled: set[int], must: set[int]) -> None:
    there = [place for place in relation.positions if place in filled]
    first, *others = relation.positions
    if relation.kind == "P" and there:
        filled.update(relation.positions)
    elif relation.kind == "R" and not there:
        filled.add(first)
    elif relation.kind == "E" and len(there) > 1:
        kept = next((place for place in there if place in must), there[0])
        filled.difference_update(place for place in there if place != kept)
    elif relation.kind == "C" and first in filled:
        filled.update(others)
    elif relation.kind == "L" and there == [first]:
        filled.add(others[0])


def _holds(relation: Relation, filled: set[int]) -> bool:
    after = set(filled)
    _satisfy(relation, after, set())
    return after == filled


# One fault each. A fault takes a good set and returns a bad one, or None where the set has no place for it.

Fault = Callable[[list[Row], MessageGrammar, Random], list[Row] | None]


def counted(rows: list[Row]) -> list[Row]:
    """With the right number of segments in SE."""
    return [*rows[:-1], [rows[-1][0], str(len(rows)), *rows[-1][2:]]] if rows[-1][0] == "SE" else rows


def _places(
    rows: list[Row], message: MessageGrammar, random: Random, fits: Callable[[Use, str], bool], filled: bool = True
) -> tuple[int, int, Use] | None:
    """Somewhere in the body: row, position, and what stands there."""
    found = []
    for number, row in enumerate(rows[1:-1], 1):
        segment = grammar(message.version).segment(row[0])
        for place, use in enumerate(segment.uses if segment else (), 1):
            value = row[place] if place < len(row) else ""
            if bool(value) == filled and fits(use, value):
                found.append((number, place, use))
    return random.choice(found) if found else None


def _with(rows: list[Row], number: int, place: int, value: str) -> list[Row]:
    row = rows[number] + [""] * (place + 1 - len(rows[number]))
    row[place] = value
    while len(row) > 1 and not row[-1]:
        row.pop()
    return [*rows[:number], row, *rows[number + 1 :]]


def _replaced(fits: Callable[[Element], bool], wrong: Callable[[Element, str], str]) -> Fault:
    """One value of a plain element replaced."""

    def fault(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
        found = _places(rows, message, random, lambda use, _: use.element is not None and fits(use.element))
        if found is None:
            return None
        number, place, use = found
        assert use.element is not None
        return _with(rows, number, place, wrong(use.element, rows[number][place]))

    return fault


def _is_text(element: Element) -> bool:
    return element.type in ("AN", "ID")


def _is_number(element: Element) -> bool:
    return element.type == "R" or element.type[0] == "N"


def _element_missing(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
    found = _places(rows, message, random, lambda use, _: use.mandatory)
    return _with(rows, found[0], found[1], "") if found else None


def _too_many_elements(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
    number = random.randrange(1, len(rows))
    return _with(rows, number, grammar(message.version).element_count(rows[number][0]) + 1, "X")


def _too_many_components(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
    found = _places(rows, message, random, lambda use, _: use.composite is not None)
    if found is None:
        return None
    number, place, use = found
    assert use.composite is not None
    value = rows[number][place]
    return _with(rows, number, place, value + ">" * (len(use.composite.uses) - value.count(">")) + "X")


def _component_wrong(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
    found = _places(rows, message, random, lambda use, _: use.composite is not None)
    if found is None:
        return None
    number, place, _ = found
    _, *others = rows[number][place].split(">")
    wrong = random.choice(["", "Z" * 90])
    return _with(rows, number, place, ">".join([wrong, *others]) or ">>")


def _related(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
    """A relation broken: one position of it emptied, or one more filled."""
    found = []
    for number, row in enumerate(rows[1:-1], 1):
        segment = grammar(message.version).segment(row[0])
        for relation in segment.relations if segment else ():
            there = [place for place in relation.positions if place < len(row) and row[place]]
            absent = [place for place in relation.positions if place not in there]
            if relation.kind == "P" and there:
                found.append((number, relation.positions[-1], ""))
            elif relation.kind in "CL" and there[:1] == [relation.positions[0]] and len(there) == 2:
                found.append((number, there[1], ""))
            elif relation.kind == "R" and len(there) == 1:
                found.append((number, there[0], ""))
            elif relation.kind == "E" and there and absent:
                found.append((number, absent[0], "1"))
    return _with(rows, *random.choice(found)) if found else None


def _unknown_segment(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
    number = random.randrange(1, len(rows))
    return [*rows[:number], ["ZZ9", "1"], *rows[number:]]


def _foreign_segment(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
    here = {rule.tag for loop in (message.root, *message.root.loops()) for rule in loop.segments()}
    tag = next(tag for tag in ("AK2", "BEG", "BIG") if tag not in here)
    number = random.randrange(1, len(rows))
    return [*rows[:number], [tag, "00", "SA", "1"], *rows[number:]]


def _segment_missing(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
    """A mandatory segment taken out that stands directly in the set."""
    must = {rule.tag for rule in message.root.segments() if rule.mandatory} - {"ST", "SE"}
    must |= {loop.tag for loop in message.root.items if isinstance(loop, LoopRule) and loop.mandatory}
    tags = [row[0] for row in rows]
    found = [number for number, tag in enumerate(tags) if tag in must and tags.count(tag) == 1]
    if not found:
        return None
    number = random.choice(found)
    return rows[:number] + rows[number + 1 :]


def _inner_segment_missing(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
    """Any segment taken out."""
    number = random.randrange(1, len(rows) - 1)
    return rows[:number] + rows[number + 1 :]


def _too_often(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
    """A segment directly in the set stands once more than it may."""
    limits = {rule.tag: rule.maximum for rule in message.root.segments() if rule.maximum <= 10} | {
        loop.tag: loop.maximum for loop in message.root.items if isinstance(loop, LoopRule) and loop.maximum <= 10
    }
    found = [number for number, row in enumerate(rows[1:-1], 1) if row[0] in limits]
    if not found:
        return None
    number = random.choice(found)
    return rows[:number] + [rows[number]] * limits[rows[number][0]] + rows[number:]


def _moved(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
    """A segment moved to another place."""
    number = random.randrange(1, len(rows) - 1)
    rest = rows[:number] + rows[number + 1 :]
    place = random.randrange(1, len(rest))
    return [*rest[:place], rows[number], *rest[place:]]


def _repeated(rows: list[Row], message: MessageGrammar, random: Random) -> list[Row] | None:
    """A second repetition, too long, where the version has a repetition separator."""
    if message.version < "00402":
        return None
    found = _places(rows, message, random, lambda use, _: use.element is not None and _is_text(use.element))
    if found is None:
        return None
    number, place, _ = found
    return _with(rows, number, place, rows[number][place] + "^" + "X" * 1000)


FAULTS: dict[str, Fault] = {
    "mandatory element missing": _element_missing,
    "too long": _replaced(_is_text, lambda rule, value: "X" * (rule.maximum + 1)),
    "too many digits": _replaced(_is_number, lambda rule, value: "1" * (rule.maximum + 1)),
    "blanks at the end": _replaced(_is_text, lambda rule, value: value.ljust(rule.maximum + 2)),
    "one blank at the end": _replaced(lambda rule: rule.type == "AN", lambda rule, value: value[:-1] + " "),
    "too short": _replaced(lambda rule: rule.minimum > 1 and _is_text(rule), lambda rule, value: "X"),
    "control character": _replaced(_is_text, lambda rule, value: value[:-1] + "\x07"),
    "rare control character": _replaced(_is_text, lambda rule, value: value[:-1] + "\x7f"),
    "letters of other languages": _replaced(_is_text, lambda rule, value: value[:-1] + "é"),
    "letter in a number": _replaced(_is_number, lambda rule, value: "1X"),
    "a sign is no number": _replaced(_is_number, lambda rule, value: "-"),
    "point at the end": _replaced(lambda rule: rule.type == "R", lambda rule, value: "7."),
    "plus sign": _replaced(_is_number, lambda rule, value: "+1"),
    "no such day": _replaced(lambda rule: rule.type == "DT", lambda rule, value: "20260230"[-rule.maximum :]),
    "no day at all": _replaced(lambda rule: rule.type == "DT", lambda rule, value: "2026-1-1"),
    "date without century": _replaced(lambda rule: rule.type == "DT", lambda rule, value: "260914"),
    "very early day": _replaced(lambda rule: rule.type == "DT", lambda rule, value: "10660101"),
    "no such time": _replaced(lambda rule: rule.type == "TM", lambda rule, value: "2561"),
    "time of three digits": _replaced(lambda rule: rule.type == "TM", lambda rule, value: "123"),
    "code not in the list": _replaced(lambda rule: bool(rule.codes), lambda rule, value: "?" * rule.minimum),
    "component separator": _replaced(lambda rule: rule.type == "AN", lambda rule, value: value[:1] + ">" + value[2:]),
    "too many elements": _too_many_elements,
    "too many components": _too_many_components,
    "component wrong": _component_wrong,
    "relation broken": _related,
    "unknown segment": _unknown_segment,
    "segment of another set": _foreign_segment,
    "mandatory segment missing": _segment_missing,
    "some segment missing": _inner_segment_missing,
    "too often": _too_often,
    "moved": _moved,
    "repeated": _repeated,
    "no trailer": lambda rows, message, random: rows[:-1],
    "wrong count": lambda rows, message, random: [*rows[:-1], ["SE", "9999", rows[-1][2]]],
}
"""Each makes one fault."""


def bad(message: MessageGrammar, seed: int, fault: str) -> list[Row] | None:
    """A good set with one fault; None where it has no place for it."""
    random = Random(f"{message.version} {message.type} {seed} {fault}")
    rows = FAULTS[fault](good(message, seed), message, random)
    return rows if rows is None or fault == "wrong count" else counted(rows)


def text(rows: list[Row]) -> str:
    """As it is sent, with the delimiters ``~ * >``."""
    return "".join("*".join(row) + "~" for row in rows)
