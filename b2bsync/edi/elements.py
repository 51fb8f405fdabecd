"""The rules of X12.6 for one segment's elements: the only place that says what is wrong with a value.

:func:`faults` is read for its answers; ``checks.py`` compiles the same rules into fast yes/no functions, so that this
runs only where something is wrong.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from b2bsync.edi.standard import Composite, Element, Relation, Segment, Use
from b2bsync.vocabulary.findings import Severity

MANDATORY, CONDITIONAL, TOO_MANY, SHORT, LONG, CHARACTER, CODE, DATE, TIME, EXCLUSION = (str(n) for n in range(1, 11))
"""X12 723, the notes a 997 can make on an element."""

INTEGER = re.compile(r"-?[0-9]+").fullmatch
REAL = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)").fullmatch


class Fault(NamedTuple):
    """One thing that is wrong with an element. ``element`` and ``component`` count from 1."""

    severity: Severity
    code: str
    note: str  # X12 723
    element: int
    component: int | None
    reference: str
    value: str
    message: str
    allowed: str | None = None


def digits(value: str) -> int:
    """Length as X12 counts it for numbers: without sign and decimal point."""
    return len(value) - value.count("-") - value.count(".")


@lru_cache(maxsize=8192)
def is_date(value: str) -> bool:
    """Whether a value is a day of the calendar: CCYYMMDD, or YYMMDD with a year of this century."""
    if not (value.isascii() and value.isdigit()) or len(value) not in (6, 8):
        return False
    text = value if len(value) == 8 else "20" + value
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=8192)
def is_time(value: str) -> bool:
    """Whether a value is a time of day: HHMM, HHMMSS, HHMMSSD or HHMMSSDD."""
    return (
        value.isascii()
        and value.isdigit()
        and len(value) in (4, 6, 7, 8)
        and value[:2] < "24"
        and value[2:4] < "60"
        and (len(value) == 4 or value[4:6] < "60")
    )


def faults(segment: Segment, row: Sequence[str], component_separator: str) -> Iterator[Fault]:
    """What is wrong with a row ``[tag, element 01, …]``, in the order of the elements."""
    found = list(_places(segment.uses, row[1:], component_separator))
    found += _related(segment.relations, segment.uses, row[1:], None)
    found.sort(key=lambda fault: fault.element)
    return iter(found)


def _places(uses: tuple[Use, ...], values: Sequence[str], separator: str) -> Iterator[Fault]:
    for number, use in enumerate(uses, 1):
        value = values[number - 1] if number <= len(values) else ""
        if not value:
            if use.mandatory:
                yield _missing(number, None, use)
        elif use.composite is not None:
            yield from _components(use.composite, number, value, separator)
        elif use.element is not None:
            yield from _value(use.element, number, None, value)
    yield from _excess(len(uses), values, None)


def _components(composite: Composite, element: int, value: str, separator: str) -> Iterator[Fault]:
    values = value.split(separator) if separator else [value]
    for number, use in enumerate(composite.uses, 1):
        part = values[number - 1] if number <= len(values) else ""
        if part and use.element is not None:
            yield from _value(use.element, element, number, part)
        elif not part and use.mandatory:
            yield _missing(element, number, use)
    yield from _excess(len(composite.uses), values, element)
    yield from _related(composite.relations, composite.uses, values, element)


def _missing(element: int, component: int | None, use: Use) -> Fault:
    return Fault(
        Severity.ERROR,
        "mandatory-component-missing" if component else "mandatory-element-missing",
        MANDATORY,
        element,
        component,
        use.reference,
        "",
        "a mandatory value is missing",
    )


def _excess(count: int, values: Sequence[str], element: int | None) -> Iterator[Fault]:
    """More positions than defined is an error; a trailing separator, which only wastes a byte, a warning."""
    last = len(values)
    while last and not values[last - 1]:
        last -= 1
    if last > count:
        place, component = (element, count + 1) if element else (count + 1, None)
        yield Fault(
            Severity.ERROR, "too-many-elements", TOO_MANY, place, component, "", values[count],
            f"{last} positions are filled", f"at most {count}",
        )  # fmt: skip
    elif last < len(values):
        place, component = (element, last + 1) if element else (last + 1, None)
        yield Fault(
            Severity.WARNING, "trailing-separator", TOO_MANY if len(values) > count else CHARACTER, place, component,
            "", "", "empty positions at the end should be left out",
        )  # fmt: skip


def _value(rule: Element, element: int, component: int | None, value: str) -> Iterator[Fault]:
    def fault(code: str, note: str, message: str, allowed: str, severity: Severity = Severity.ERROR) -> Fault:
        return Fault(severity, code, note, element, component, rule.reference, value, message, allowed)

    size, bounds = len(value), f"{rule.minimum} to {rule.maximum} characters"
    if rule.type in ("DT", "TM"):
        valid = is_date(value) if rule.type == "DT" else is_time(value)
        if not valid:
            name, note = ("date", DATE) if rule.type == "DT" else ("time", TIME)
            shape = (
                "YYMMDD" if rule.maximum == 6 else "CCYYMMDD" if name == "date" else "HHMM, HHMMSS, HHMMSSD, HHMMSSDD"
            )
            yield fault(f"{name}-invalid", note, f"{value!r} is no {name}", shape)
            return
        if rule.type == "DT" and size == 6 and rule.minimum == 8:
            yield fault("date-without-century", SHORT, f"{value!r} has no century", "CCYYMMDD", Severity.WARNING)
            return
    elif rule.type == "R" or rule.type[0] == "N":
        if not (REAL(value) if rule.type == "R" else INTEGER(value)):
            what = "a decimal number" if rule.type == "R" else "a whole number, without a point"
            yield fault("number-invalid", CHARACTER, f"{value!r} is not {what}", what)
            return
        size, bounds = digits(value), f"{rule.minimum} to {rule.maximum} digits"
    if size > rule.maximum >= len(value.rstrip(" ")) > 0:
        yield fault("trailing-blanks", LONG, "blanks at the end make it too long", bounds, Severity.WARNING)
    elif size > rule.maximum:
        yield fault("element-too-long", LONG, f"{size} long", bounds)
    elif size < rule.minimum:
        yield fault("element-too-short", SHORT, f"{size} long", bounds)
    elif rule.codes and value not in rule.codes:
        yield fault(
            "code-unknown", CODE, f"{value!r} is not in code list {rule.reference}", " ".join(sorted(rule.codes)),
            Severity.WARNING,
        )  # fmt: skip


def _related(
    relations: tuple[Relation, ...], uses: tuple[Use, ...], values: Sequence[str], element: int | None
) -> Iterator[Fault]:
    for relation in relations:
        present = [p for p in relation.positions if p <= len(values) and values[p - 1]]
        absent = [p for p in relation.positions if p not in present]
        first = relation.positions[0]
        if relation.kind == "P":
            broken, message = bool(present and absent), "all of these or none of them"
        elif relation.kind == "R":
            broken, message = not present, "at least one of these"
        elif relation.kind == "E":
            broken, message = len(present) > 1, "at most one of these"
        elif relation.kind == "C":
            broken, message = first in present and bool(absent), f"{first:02d} needs all others of these"
        else:
            broken, message = present == [first], f"{first:02d} needs at least one other of these"
        if not broken:
            continue
        exclusion = relation.kind == "E"
        place = present[1] if exclusion else absent[0]
        yield Fault(
            Severity.ERROR,
            "exclusion-broken" if exclusion else "relation-broken",
            EXCLUSION if exclusion else CONDITIONAL,
            element or place,
            place if element else None,
            uses[place - 1].reference,
            values[place - 1] if exclusion else "",
            f"relation {relation}: {message}",
            f"{message}: " + ", ".join(f"{p:02d}" for p in relation.positions),
        )
