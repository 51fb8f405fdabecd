"""Fast yes/no checks of a segment's elements, generated from the facts.

``compile_check(segment)`` returns a function ``check(row, component) -> bool`` that is true when something may be
wrong. It is plain Python source with the facts written into it: no table is consulted at run time. It only has to be
right when it says "nothing"; :func:`b2bsync.edi.elements.faults` says what is wrong and is the authority.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

from b2bsync.edi import elements
from b2bsync.edi.standard import Composite, Element, Relation, Segment, Use

Check = Callable[[list[str], str], bool]


class Checked(Protocol):
    """Something that keeps the check of a segment."""

    check: Check


def lazy_check(holder: Checked, segment: Segment) -> Check:
    """A check that is compiled when it is first used, and then put into its holder."""

    def first(row: list[str], component: str) -> bool:
        holder.check = compile_check(segment)
        return holder.check(row, component)

    return first


@cache
def compile_check(segment: Segment | Composite) -> Check:
    """The check of one segment, or of a composite's components in a row whose first entry is unused."""
    names: dict[str, Any] = {
        "wrong_number": wrong_number,
        "REAL": elements.REAL,
        "is_date": elements.is_date,
        "is_time": elements.is_time,
    }
    lines = ["def check(e, c):", " n = len(e)", f" if n > {len(segment.uses) + 1} or not e[-1]: return True"]
    lines += _body(segment.uses, segment.relations, names, 1)
    name = segment.tag if isinstance(segment, Segment) else segment.reference
    exec(compile("\n".join(lines), f"<check {name}>", "exec"), names)
    result: Check = names["check"]
    return result


def wrong_number(value: str, real: bool, minimum: int, maximum: int) -> bool:
    """Whether a number is none, or too short or too long. For those that are not plain digits."""
    if not (elements.REAL(value) if real else elements.INTEGER(value)):
        return True
    return not minimum <= elements.digits(value) <= maximum


def _body(uses: tuple[Use, ...], relations: tuple[Relation, ...], names: dict[str, Any], indent: int) -> list[str]:
    lines: list[str] = []
    pad = " " * indent
    last = max((i for i, use in enumerate(uses, 1) if use.mandatory), default=0)
    if last:
        lines.append(f"{pad}if n <= {last}: return True")
    for relation in relations:
        if relation.kind == "R":
            present = " or ".join(f"(n > {p} and e[{p}])" for p in relation.positions)
            lines.append(f"{pad}if not ({present}): return True")
    deep = indent
    for number, use in enumerate(uses, 1):
        if number > last:
            lines.append(f"{' ' * deep}if n > {number}:")
            deep += 1
        inner = " " * deep
        lines.append(f"{inner}v = e[{number}]")
        test = _test(use, number, names)
        if use.mandatory:
            lines.append(f"{inner}if not v or {test}: return True" if test else f"{inner}if not v: return True")
        elif test:
            lines.append(f"{inner}if v and ({test}): return True")
        lines += [f"{inner}{line}" for r in relations if min(r.positions) == number for line in _relation(r)]
    lines.append(f"{pad}return False")
    return lines


def _relation(relation: Relation) -> list[str]:
    """One relation, at the place where the lowest of its positions is known to be there."""
    low = min(relation.positions)
    has = {p: f"e[{p}]" if p == low else f"(n > {p} and e[{p}])" for p in relation.positions}
    first, *others = relation.positions
    if relation.kind == "P":
        pair = [f"(not {text})" for text in has.values()]
        return (
            [f"if not ({pair[0]} is {' is '.join(pair[1:])}): return True"]
            if len(pair) == 2
            else [f"if 0 < sum(({', '.join(pair)})) < {len(pair)}: return True"]
        )
    if relation.kind == "E":
        return [f"if sum(({', '.join(f'(not {text})' for text in has.values())})) < {len(has) - 1}: return True"]
    if relation.kind == "C":
        return [f"if {has[first]} and not ({' and '.join(has[p] for p in others)}): return True"]
    if relation.kind == "L":
        return [f"if {has[first]} and not ({' or '.join(has[p] for p in others)}): return True"]
    return []


def _test(use: Use, number: int, names: dict[str, Any]) -> str:
    """An expression that is true when the filled value ``v`` is wrong; empty when nothing can be wrong with it."""
    if use.composite is not None:
        names[f"check{number}"] = compile_check(use.composite)
        return f"check{number}([''] + (v.split(c) if c else [v]), c)"
    assert use.element is not None
    test = _element(use.element)
    if use.element.codes:
        names[f"codes{number}"] = use.element.codes
        test += f" or v not in codes{number}"
    return test


def _element(rule: Element) -> str:
    low, high = rule.minimum, rule.maximum
    if low == high:
        size = f"len(v) != {low}"
    elif low <= 1:
        size = f"len(v) > {high}"
    else:
        size = f"not {low} <= len(v) <= {high}"
    if rule.type == "DT":
        return f"{size} or not is_date(v)"
    if rule.type == "TM":
        return f"{size} or not is_time(v)"
    if rule.type == "R" or rule.type[0] == "N":
        plain = f"v.isdigit() and v.isascii() and not ({size})"
        pointed = f"(len(v) > {high} or not REAL(v)) and " if rule.type == "R" and low <= 1 else ""
        return f"not ({plain}) and {pointed}wrong_number(v, {rule.type == 'R'}, {low}, {high})"
    return size
