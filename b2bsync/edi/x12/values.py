"""The rules of X12.6 for a value: :func:`value_faults` says what is wrong with one, :func:`test` is the same rules as
an expression for the compiled checks."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.fault import Fault, Place, extent, wrong_size
from b2bsync.edi.standard import Element
from b2bsync.vocabulary.findings import Severity

INTEGER = re.compile(r"-?[0-9]+").fullmatch
REAL = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)").fullmatch


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


def value_faults(value: str, place: Place, delimiters: Delimiters) -> Iterator[Fault]:
    """What is wrong with a value that is there."""
    element, component, rule = place

    def fault(code: str, message: str, allowed: str, severity: Severity = Severity.ERROR) -> Fault:
        return Fault(severity, code, element, component, rule.reference, value, message, allowed)

    size, unit = len(value), "characters"
    if rule.type in ("DT", "TM"):
        valid = is_date(value) if rule.type == "DT" else is_time(value)
        if not valid:
            name = "date" if rule.type == "DT" else "time"
            shape = (
                "YYMMDD" if rule.maximum == 6 else "CCYYMMDD" if name == "date" else "HHMM, HHMMSS, HHMMSSD, HHMMSSDD"
            )
            yield fault(f"{name}-invalid", f"{value!r} is no {name}", shape)
            return
        if rule.type == "DT" and size == 6 and rule.minimum == 8:
            yield fault("date-without-century", f"{value!r} has no century", "CCYYMMDD", Severity.WARNING)
            return
    elif rule.type == "R" or rule.type[0] == "N":
        if not (REAL(value) if rule.type == "R" else INTEGER(value)):
            what = "a decimal number" if rule.type == "R" else "a whole number, without a point"
            yield fault("number-invalid", f"{value!r} is not {what}", what)
            return
        size, unit = digits(value), "digits"
    bounds = extent(rule.minimum, rule.maximum, unit)
    if size > rule.maximum >= len(value.rstrip(" ")) > 0:
        yield fault("trailing-blanks", "blanks at the end make it too long", bounds, Severity.WARNING)
    elif size > rule.maximum:
        yield fault("element-too-long", f"it has {size} {unit}", bounds)
    elif size < rule.minimum:
        yield fault("element-too-short", f"it has {size} {unit}", bounds)
    elif rule.codes and value not in rule.codes:
        yield fault(
            "code-unknown", f"{value!r} is not in code list {rule.reference}", " ".join(sorted(rule.codes)),
            Severity.WARNING,
        )  # fmt: skip


def wrong_number(value: str, real: bool, minimum: int, maximum: int) -> bool:
    """Whether a number is none, or too short or too long. For those that are not plain digits."""
    if not (REAL(value) if real else INTEGER(value)):
        return True
    return not minimum <= digits(value) <= maximum


NAMES: dict[str, Any] = {"wrong_number": wrong_number, "is_date": is_date, "is_time": is_time}
"""What the expressions of :func:`test` call."""


def test(rule: Element, v: str) -> str:
    """An expression that is true when the filled value ``v`` may be wrong."""
    low, high, size = rule.minimum, rule.maximum, wrong_size(rule, v)
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
