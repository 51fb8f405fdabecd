"""Cursor values: how to step back from one by the overlap, in the form the source itself uses."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from b2bsync.sync.errors import ConfigError
from b2bsync.sync.settings import duration

DEFAULT_LOOKBACK = timedelta(minutes=5)

_TEXT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:([ T])(\d{2}:\d{2}(?::\d{2})?)(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?")
_DIGITS = {8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}


def lookback_of(setting: str | int | None, where: str) -> timedelta | int | None:
    """The configured overlap: a duration for times, a plain number for numbers, None for the default of its kind."""
    return duration(setting, where) if isinstance(setting, str) else setting


def step_back(value: Any, lookback: timedelta | int | None, where: str) -> Any:
    """The value so far before ``value``, of the same type and, for text, of the same form and length.

    Times step back by a duration (default 5 minutes), numbers and row versions by a number (default 0). Raises
    ConfigError where the two do not fit or the text is no time.
    """
    if value is None or lookback == 0 or lookback == timedelta(0):
        return value
    if isinstance(value, bool):
        raise ConfigError(where, "a cursor cannot be a yes/no column")
    if isinstance(value, int | float | Decimal | bytes):
        if lookback is None:
            return value
        if isinstance(lookback, timedelta):
            raise ConfigError(where, f"the cursor holds numbers ({value!r}); its lookback is a number, not a duration")
        if isinstance(value, bytes):
            return max(0, int.from_bytes(value) - lookback).to_bytes(len(value))
        return value - lookback
    span = DEFAULT_LOOKBACK if lookback is None else lookback
    if not isinstance(span, timedelta):
        raise ConfigError(where, f'the cursor holds times ({value!r}); its lookback is a duration such as "5m"')
    if isinstance(value, datetime):
        return value - span
    if isinstance(value, date):
        return (datetime.combine(value, time()) - span).date()
    if isinstance(value, str):
        return _earlier_text(value, span, where)
    raise ConfigError(where, f"the cursor holds {type(value).__name__} values; allowed are times, dates and numbers")


def _earlier_text(value: str, span: timedelta, where: str) -> str:
    if value.isdigit() and len(value) in _DIGITS:
        form = _DIGITS[len(value)]
        return (datetime.strptime(value, form) - span).strftime(form)
    match = _TEXT.fullmatch(value)
    if match is None:
        raise ConfigError(
            where,
            f"the cursor holds the text {value!r}, which is no time that sorts as text (2026-01-31 10:00:00); "
            "choose another column, or set lookback = 0 if it only grows",
        )
    day, separator, clock, fraction, zone = match.groups()
    moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}") - span
    text = moment.strftime("%Y-%m-%d")
    if clock:
        text += separator + moment.strftime("%H:%M:%S" if len(clock) == 8 else "%H:%M") + (fraction or "")
    return text + (zone or "")


def latest_allowed(like: Any, until: datetime) -> Any:
    """A day after ``until`` in the form of ``like``, or None where that is no time.

    A record dated far in the future by mistake must not carry the cursor there and hide all later changes. The day
    leaves room for clocks that differ and for local times without a zone.
    """
    bound = until.astimezone(UTC) + timedelta(days=1)
    if isinstance(like, datetime):
        return bound if like.tzinfo else bound.replace(tzinfo=None)
    if isinstance(like, date):
        return bound.date()
    if isinstance(like, str):
        if like.isdigit() and len(like) in _DIGITS:
            return bound.strftime(_DIGITS[len(like)])
        match = _TEXT.fullmatch(like)
        if match:
            return bound.strftime("%Y-%m-%d") + (f"{match[2]}{bound.strftime('%H:%M:%S')}" if match[2] else "")
    return None
