"""Fast yes/no checks of a segment's elements, generated from the facts.

``checks_of(segment, standard)[len(row)]`` is a function ``check(row, component) -> bool`` for rows of that length, true
when something may be wrong. It is plain Python source with the facts written into it: no table is consulted at run
time, and what a row of its length cannot have is not asked for. It only has to be right when it says "nothing", for
rows without repetitions, ``component`` being a character; the faults of the syntax say what is wrong and are the
authority.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from b2bsync.edi import identifiers
from b2bsync.edi.edifact import values as edifact
from b2bsync.edi.standard import EDIFACT, Composite, Relation, Segment, Use
from b2bsync.edi.x12 import values as x12

Check = Callable[[list[str], str], bool]


class Checks(dict[int, Check]):
    """The checks of one segment by the length of its row, each compiled when the first such row comes.

    Those of a composite take its components alone, and go by their number and one more.
    """

    def __init__(self, segment: Segment | Composite, standard: str) -> None:
        super().__init__()
        self.segment, self.standard = segment, standard

    def __missing__(self, length: int) -> Check:
        if not 2 <= length <= len(self.segment.uses) + 1:  # not kept: a row may be of any length
            return _doubt
        check = self[length] = _compile(self.segment, self.standard, length)
        return check


@cache
def checks_of(segment: Segment | Composite, standard: str) -> Checks:
    """The checks of a segment or composite of X12 or EDIFACT, shared by all who ask."""
    return Checks(segment, standard)


def _doubt(row: list[str], component: str) -> bool:
    """A row without any value, or with more than the segment has."""
    return True


def _compile(segment: Segment | Composite, standard: str, length: int) -> Check:
    names: dict[str, Any] = {**(edifact.NAMES if standard == EDIFACT else x12.NAMES), "is_wrong": identifiers.is_wrong}
    tests = _tests(segment, standard, length, names)
    values = ", ".join(f"v{number}" for number in range(1, length))
    unpacked = f"_, {values}" if isinstance(segment, Segment) else f"{values},"
    lines = ["def check(e, c):", f" {unpacked} = e", *(f" if {test}: return True" for test in tests), " return False"]
    name = segment.tag if isinstance(segment, Segment) else segment.reference
    exec(compile("\n".join(lines), f"<check {name} {length}>", "exec"), names)
    result: Check = names["check"]
    return result


def _tests(segment: Segment | Composite, standard: str, length: int, names: dict[str, Any]) -> list[str]:
    """Expressions that are true when something is wrong with ``v1``, ``v2`` … of a row."""
    uses, last = segment.uses, length - 1
    if any(use.mandatory for use in uses[last:]):
        return ["True"]
    filled = {last, *(number for number, use in enumerate(uses[:last], 1) if use.mandatory)}
    tests = [" or ".join(f"not v{number}" for number in sorted(filled, reverse=True))]
    for number, use in enumerate(uses[:last], 1):
        test = _value(use, standard, number, names, isinstance(segment, Segment))
        if test:
            tests.append(test if number in filled else f"v{number} and ({test})")
    tests += [test for relation in segment.relations if (test := _relation(relation, length, filled))]
    for n, pair in enumerate(identifiers.pairs(segment, standard)):
        if max(pair.qualifier, pair.value) < length:
            names[f"kinds{n}"] = pair.kinds
            q, v = f"v{pair.qualifier}", f"v{pair.value}"
            tests.append(f"{q} in kinds{n} and {v} and is_wrong(kinds{n}[{q}], {v})")
    if standard == EDIFACT and isinstance(segment, Composite):
        tests += edifact.composite_tests(segment, length)
    return tests


def _relation(relation: Relation, length: int, filled: set[int]) -> str:
    """An expression that is true when a relation is broken; empty when it cannot be in a row of this length."""
    there = [p for p in relation.positions if p < length]
    absent = len(there) < len(relation.positions)
    first, *others = relation.positions
    texts = [f"v{p}" for p in there]
    if relation.kind == "P":
        if absent:
            return " or ".join(texts)
        if filled.isdisjoint(there):
            return f"({' or '.join(texts)}) and not ({' and '.join(texts)})"
        return " or ".join(f"not {text}" for text in texts)
    if relation.kind == "R":
        return f"not ({' or '.join(texts)})" if texts else "True"
    if relation.kind == "E":
        return f"({' + '.join(f'(not {text})' for text in texts)}) < {len(texts) - 1}" if len(texts) > 1 else ""
    if first not in there or relation.kind not in ("C", "L"):
        return ""
    rest = [f"v{p}" for p in others if p < length]
    if relation.kind == "C":
        return f"v{first}" if absent else f"v{first} and not ({' and '.join(rest)})"
    return f"v{first} and not ({' or '.join(rest)})" if rest else f"v{first}"


def _value(use: Use, standard: str, number: int, names: dict[str, Any], owner: bool) -> str:
    """An expression that is true when a filled value is wrong; ``owner``: whether it stands right in a segment."""
    if use.composite is not None:
        names[f"checks{number}"] = checks_of(use.composite, standard)
        return f"checks{number}[len(p := v{number}.split(c) if c else [v{number}]) + 1](p, c)"
    assert use.element is not None
    value_test = edifact.test if standard == EDIFACT else x12.test
    test = value_test(use.element, f"v{number}")
    if owner and use.element.type in ("AN", "ID", "an", "a"):  # of numbers, dates and times the test says it already
        test += f" or c in v{number}"
    if use.element.codes:
        names[f"codes{number}"] = use.element.codes
        test += f" or v{number} not in codes{number}"
    return test
