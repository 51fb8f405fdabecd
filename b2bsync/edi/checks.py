"""Fast yes/no checks of a segment's elements, generated from the facts.

``checks_of(segment)[len(row)]`` is a function ``check(row, component) -> bool`` for rows of that length, true when
something may be wrong. It is plain Python source with the facts written into it: no table is consulted at run time, and
what a row of its length cannot have is not asked for. It only has to be right when it says "nothing";
:func:`b2bsync.edi.elements.faults` says what is wrong and is the authority.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from b2bsync.edi import elements
from b2bsync.edi.standard import Composite, Element, Relation, Segment, Use

Check = Callable[[list[str], str], bool]


class Checks(dict[int, Check]):
    """The checks of one segment by the length of its row, each compiled when the first such row comes.

    Of a composite they take the components behind an entry that is not used, as a segment's tag is not.
    """

    def __init__(self, segment: Segment | Composite) -> None:
        super().__init__()
        self.segment = segment

    def __missing__(self, length: int) -> Check:
        if not 2 <= length <= len(self.segment.uses) + 1:  # not kept: a row may be of any length
            return _doubt
        check = self[length] = _compile(self.segment, length)
        return check


@cache
def checks_of(segment: Segment | Composite) -> Checks:
    """The checks of a segment or composite, shared by all who ask."""
    return Checks(segment)


def _doubt(row: list[str], component: str) -> bool:
    """A row without any value, or with more than the segment has."""
    return True


def wrong_number(value: str, real: bool, minimum: int, maximum: int) -> bool:
    """Whether a number is none, or too short or too long. For those that are not plain digits."""
    if not (elements.REAL(value) if real else elements.INTEGER(value)):
        return True
    return not minimum <= elements.digits(value) <= maximum


def _compile(segment: Segment | Composite, length: int) -> Check:
    names: dict[str, Any] = {
        "wrong_number": wrong_number,
        "is_date": elements.is_date,
        "is_time": elements.is_time,
    }
    tests = _tests(segment, length, names)
    values = ", ".join(f"v{number}" for number in range(1, length))
    lines = ["def check(e, c):", f" _, {values} = e", *(f" if {test}: return True" for test in tests), " return False"]
    name = segment.tag if isinstance(segment, Segment) else segment.reference
    exec(compile("\n".join(lines), f"<check {name} {length}>", "exec"), names)
    result: Check = names["check"]
    return result


def _tests(segment: Segment | Composite, length: int, names: dict[str, Any]) -> list[str]:
    """Expressions that are true when something is wrong with ``v1``, ``v2`` … of a row."""
    uses, last = segment.uses, length - 1
    if any(use.mandatory for use in uses[last:]):
        return ["True"]
    filled = {last, *(number for number, use in enumerate(uses[:last], 1) if use.mandatory)}
    tests = [" or ".join(f"not v{number}" for number in sorted(filled, reverse=True))]
    for number, use in enumerate(uses[:last], 1):
        test = _value(use, number, names)
        if test:
            tests.append(test if number in filled else f"v{number} and ({test})")
    tests += [test for relation in segment.relations if (test := _relation(relation, length, filled))]
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


def _value(use: Use, number: int, names: dict[str, Any]) -> str:
    """An expression that is true when a filled value is wrong; empty when nothing can be wrong with it."""
    if use.composite is not None:
        names[f"checks{number}"] = checks_of(use.composite)
        names["composite"] = _composite
        return f"composite(checks{number}, v{number}, c)"
    assert use.element is not None
    test = _element(use.element, f"v{number}")
    if use.element.codes:
        names[f"codes{number}"] = use.element.codes
        test += f" or v{number} not in codes{number}"
    return test


def _composite(checks: Checks, value: str, separator: str) -> bool:
    row = ["", *(value.split(separator) if separator else (value,))]
    return checks[len(row)](row, separator)


def _element(rule: Element, v: str) -> str:
    low, high = rule.minimum, rule.maximum
    if low == high:
        size = f"len({v}) != {low}"
    elif low <= 1:
        size = f"len({v}) > {high}"
    else:
        size = f"not {low} <= len({v}) <= {high}"
    if rule.type == "DT":
        return f"{size} or not is_date({v})"
    if rule.type == "TM":
        return f"{size} or not is_time({v})"
    if rule.type == "R" or rule.type[0] == "N":
        plain = f"{v}.isdigit()"
        if rule.type == "R" and low <= 1:  # a point is one character that does not count
            plain = f"({plain} or {v}.replace('.', '', 1).isdigit())"
        return (
            f"not ({plain} and {v}.isascii() and not ({size})) and wrong_number({v}, {rule.type == 'R'}, {low}, {high})"
        )
    return size
