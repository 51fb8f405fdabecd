"""Conversions between canonical values and what stands in a segment or a record. All raise ValueError and say why."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from b2bsync.vocabulary.numbers import decimal as exact
from b2bsync.vocabulary.numbers import plain

_NUMERAL = re.compile(r"[+-]?(?:\d{1,13}(?:\.\d{0,12})?|\.\d{1,12})", re.ASCII).fullmatch


def _simple(text: str) -> bool:
    """Whether text is a number that is short enough for all, in plain ASCII digits."""
    if len(text) <= 13 and text.replace(".", "", 1).isdigit():  # most numbers; a sign goes the long way
        return text.isascii()
    return _NUMERAL(text) is not None


def number(text: str) -> Decimal:
    """A number from plain decimal text."""
    if _simple(text):
        return Decimal(text)
    return exact(text.strip())


# X12


def text(value: str) -> str | None:
    """Text without the padding around it; X12 pads to minimum lengths with blanks."""
    return value.strip() or None


def implied(places: int) -> tuple[Callable[[str], Decimal], Callable[[Decimal], str]]:
    """X12 types N1 to N6: the decimal point is not written."""

    def read(text: str) -> Decimal:
        if not re.fullmatch(r"-?\d+", text.strip(), re.ASCII):
            raise ValueError(f"{text!r} is not a whole number (the last {places} digits are decimals)")
        return exact(text.strip()).scaleb(-places)

    def write(value: Decimal) -> str:
        scaled = value.scaleb(places)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{plain(value)} has more than {places} decimal places")
        return plain(scaled)

    return read, write


def integer(text: str) -> int:
    """A whole number; ``12.0`` is one too."""
    try:
        return int(text)
    except ValueError:
        value = number(text)
        if value != value.to_integral_value():
            raise ValueError(f"{text!r} is not a whole number") from None
        return int(value)


def x12_date(text: str) -> date:
    """CCYYMMDD, or YYMMDD of the years 1970 to 2069."""
    if len(text) == 8 and text.isdigit() and text.isascii():
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    if len(text) == 6 and text.isdigit() and text.isascii():
        year = int(text[:2])
        return date(year + (1900 if year >= 70 else 2000), int(text[2:4]), int(text[4:]))
    raise ValueError(f"{text!r} is not a date (CCYYMMDD)")


def x12_moment(day: str, clock: str) -> datetime:
    """A date element and a time element (HHMM, HHMMSS, HHMMSSD, HHMMSSDD); no time is midnight."""
    on = x12_date(day)
    if not clock:
        return datetime(on.year, on.month, on.day)
    if not (clock.isascii() and clock.isdigit() and len(clock) in (4, 6, 7, 8)):
        raise ValueError(f"{clock!r} is not a time (HHMM or HHMMSS)")
    return datetime(on.year, on.month, on.day, int(clock[:2]), int(clock[2:4]), int(clock[4:6] or 0))


def x12_boolean(text: str) -> bool:
    """Y and N (X12 1073), or 1 and 0."""
    if text in ("Y", "1"):
        return True
    if text in ("N", "0"):
        return False
    raise ValueError(f"{text!r} is not Y or N")


def write_date(value: date) -> str:
    return str(value.year * 10000 + value.month * 100 + value.day).zfill(8)


def write_clock(value: date) -> str:
    """HHMM, with seconds where there are any; a mere date is midnight."""
    if not isinstance(value, datetime):
        return "0000"
    return value.strftime("%H%M%S" if value.second else "%H%M")


def write_boolean(value: bool) -> str:
    return "Y" if value else "N"


# records


def record_text(value: Any) -> str | None:
    """Text of anything a database gives; blank is absent."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, float):
        return plain(Decimal(repr(value)))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        raise ValueError("bytes are not text")
    return str(value)


def record_decimal(value: Any) -> Decimal | None:
    """An exact number: text as it is, a float by the shortest text that means it (as SQLite's REAL gives 12.1)."""
    kind = value.__class__
    if kind is str and _simple(value):
        return Decimal(value)
    if kind is Decimal:
        if not value.is_finite():
            raise ValueError(f"{value} is not a number")
        return value  # type: ignore[no-any-return]
    if kind is float:
        text = repr(value)
        if _simple(text):
            return Decimal(text)
        found = Decimal(text)  # 1e-05
        if not found.is_finite():
            raise ValueError(f"{value} is not a number")
        return exact(format(found, "f"))
    if kind is int:
        return Decimal(value)
    if value is None:
        return None
    if isinstance(value, str):
        if _simple(value):
            return Decimal(value)
        text = value.strip()
        return number(text) if text else None
    raise ValueError(f"{value!r} is not a number")


def record_integer(value: Any) -> int | None:
    if value.__class__ is int:
        return int(value)
    found = record_decimal(value)
    if found is None:
        return None
    if found != found.to_integral_value():
        raise ValueError(f"{value!r} is not a whole number")
    return int(found)


def record_date(value: Any) -> date | None:
    """A date, a datetime (its day), or text: 2026-03-01, 2026-03-01T10:00:00, 20260301."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        try:
            return date.fromisoformat(text[:10] if "-" in text else text[:8])
        except ValueError:
            pass
    raise ValueError(f"{value!r} is not a date (2026-03-01)")


def record_moment(value: Any) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, str):
        if not value.strip():
            return None
        try:
            return datetime.fromisoformat(value.strip())
        except ValueError:
            pass
    raise ValueError(f"{value!r} is not a date and time (2026-03-01T10:00:00)")


BOOLEANS: dict[Any, bool] = {True: True, False: False, "1": True, "0": False, "Y": True, "N": False}
"""The usual values; 1 and 0 of any number type are equal to True and False."""

_YES = frozenset(("1", "true", "t", "yes", "y"))
_NO = frozenset(("0", "false", "f", "no", "n"))


def record_boolean(value: Any) -> bool | None:
    """True and false, 1 and 0, yes and no, y and n, t and f, in any case."""
    if value is None or value.__class__ is bool:
        return value
    text = record_text(value)
    if text is None:
        return None
    word = text.lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(f"{value!r} is not yes or no")


def from_toml(kind: str, value: Any) -> Any:
    """A value written in a mapping file (``default``, ``value``, a code list's right side) as the field's own."""
    converters: dict[str, Callable[[Any], Any]] = {
        "text": record_text,
        "decimal": record_decimal,
        "integer": record_integer,
        "date": record_date,
        "datetime": record_moment,
        "boolean": record_boolean,
    }
    if kind == "text" and value == "":
        return ""
    return converters[kind](value)
