"""The rules of ISO 9735 for a value: :func:`value_faults` says what is wrong with one, :func:`test` is the same rules
as an expression for the compiled checks. Dates and times in C507 are judged by their format (2379)."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.fault import Fault, Place, extent, wrong_size
from b2bsync.edi.standard import Composite, Element
from b2bsync.vocabulary.findings import Severity

NUMBER = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?").fullmatch
"""Either mark is read, whatever UNA names: from syntax 4 on both are right (ISO 9735-1 §10.1)."""

_MOMENTS = {  # 2379: the parts of a value, in the order in which they stand
    "2": "dmy",
    "101": "ymd",
    "102": "Ymd",
    "103": "yw",
    "104": "w",
    "201": "ymdHM",
    "202": "ymdHMS",
    "203": "YmdHM",
    "204": "YmdHMS",
    "401": "HM",
    "402": "HMS",
    "602": "Y",
    "609": "ym",
    "610": "Ym",
    "616": "Yw",
    "711": "YmdYmd",
    "713": "ymdHMymdHM",
    "715": "ywyw",
    "716": "YwYw",
    "717": "ymdymd",
    "718": "YmdYmd",
    "719": "YmdHMYmdHM",
}
_WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "w": 2}
_LIMITS = {"m": (1, 12), "d": (1, 31), "H": (0, 24), "M": (0, 59), "S": (0, 59), "w": (0, 53)}
_SHAPES = {"Y": "CCYY", "y": "YY", "m": "MM", "d": "DD", "H": "HH", "M": "MM", "S": "SS", "w": "WW"}


def digits(value: str) -> int:
    """Length as ISO 9735 counts it for numbers: without sign and decimal mark."""
    return len(value) - value.count("-") - value.count(".") - value.count(",")


@lru_cache(maxsize=8192)
def is_moment(value: str, format: str) -> bool:
    """Whether a value is a date, time or period of a format of 2379; true for formats that are not judged."""
    shape = _MOMENTS.get(format)
    if shape is None:
        return True
    text = value.replace("-", "") if format[0] == "7" else value
    if not (text.isascii() and text.isdigit()) or len(text) != sum(_WIDTHS[part] for part in shape):
        return False
    at, last = 0, dict[str, int]()
    for part in shape:
        number = int(text[at : at + _WIDTHS[part]])
        at += _WIDTHS[part]
        low, high = _LIMITS.get(part, (0, 9999))
        if not low <= number <= high:
            return False
        if part in last:  # the second half of a period
            last = {}
        last[part] = number
        if part in "dmY" and {"m", "d"} <= last.keys() and ("Y" in last or "y" in last) and not _is_day(last):
            return False
    return True


def _is_day(parts: dict[str, int]) -> bool:
    try:
        date(max(parts.get("Y", 2000 + parts.get("y", 0)), 1), parts["m"], parts["d"])
    except ValueError:
        return False
    return True


def moment_shape(format: str) -> str:
    """How a value of a format is written: ``CCYYMMDD``."""
    return "".join(_SHAPES[part] for part in _MOMENTS[format])


def value_faults(value: str, place: Place, delimiters: Delimiters) -> Iterator[Fault]:
    """What is wrong with a value that is there. Released characters count once, as they stand in protected text."""
    element, component, rule = place

    def fault(code: str, message: str, allowed: str, severity: Severity = Severity.ERROR) -> Fault:
        return Fault(severity, code, element, component, rule.reference, value, message, allowed)

    size, unit = len(value), "characters"
    if rule.type == "n":
        if not NUMBER(value):
            yield fault("number-invalid", f"{value!r} is no number", "digits with at most one decimal mark")
            return
        size, unit = digits(value), "digits"
    elif rule.type == "a" and any(character.isdigit() for character in value):
        yield fault("number-invalid", f"{value!r} holds digits", "letters")
        return
    bounds = extent(rule.minimum, rule.maximum, unit)
    if size > rule.maximum >= len(value.rstrip(" ")) > 0:
        yield fault("trailing-blanks", "blanks at the end make it too long", bounds, Severity.WARNING)
    elif size > rule.maximum:
        yield fault("element-too-long", f"it has {size} {unit}", bounds)
    elif size < rule.minimum:
        yield fault("element-too-short", f"it has {size} {unit}", bounds)
    elif rule.codes and value not in rule.codes:
        yield fault(
            "code-unknown", f"{value!r} is not in code list {rule.reference}", _some(rule.codes), Severity.WARNING
        )


def _some(codes: frozenset[str]) -> str:
    known = sorted(codes)
    return " ".join(known) if len(known) <= 60 else f"{' '.join(known[:60])} and {len(known) - 60} more"


def composite_faults(composite: Composite, element: int, values: Sequence[str]) -> Iterator[Fault]:
    """What is wrong with a date, time or period (C507: 2005, 2380, 2379)."""
    if composite.reference == "C507" and len(values) > 2 and values[1] and not is_moment(values[1], values[2]):
        message = f"{values[1]!r} is no date, time or period of format {values[2]}"
        yield Fault(Severity.ERROR, "date-invalid", element, 2, "2380", values[1], message, moment_shape(values[2]))


def wrong_number(value: str, minimum: int, maximum: int) -> bool:
    """Whether a number is none, or too short or too long. For those that are not plain digits."""
    return not (NUMBER(value) and minimum <= digits(value) <= maximum)


NAMES: dict[str, Any] = {"is_moment": is_moment, "wrong_number": wrong_number}
"""What the expressions of :func:`test` call."""


def test(rule: Element, v: str) -> str:
    """An expression that is true when the filled value ``v`` may be wrong."""
    low, high, size = rule.minimum, rule.maximum, wrong_size(rule, v)
    if rule.type == "n":
        return f"not ({v}.isdigit() and {v}.isascii() and not ({size})) and wrong_number({v}, {low}, {high})"
    return size if rule.type == "an" else f"{size} or not {v}.isalpha()"


def composite_tests(composite: Composite, length: int) -> list[str]:
    """Expressions over the components of a composite that are true when something may be wrong."""
    return ["v2 and not is_moment(v2, v3)"] if composite.reference == "C507" and length > 3 else []
