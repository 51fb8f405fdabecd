"""Column types that keep exactly what went in, on SQLite and PostgreSQL alike."""

import functools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Numeric, String
from sqlalchemy.types import TypeDecorator, TypeEngine

from b2bsync.vocabulary.numbers import MAX_DIGITS, MAX_PLACES, plain

KEY = BigInteger().with_variant(Integer, "sqlite")
"""Whole numbers of 64 bits on both; SQLite only numbers rows itself when the type of the key is called INTEGER."""


@functools.lru_cache(maxsize=8192)  # the same lots, weights and round prices come over and over
def decimal_text(value: Decimal) -> str:
    """A decimal as SQLite keeps it. Raises ValueError when PostgreSQL's column would not keep it exactly."""
    text = plain(value)
    whole, _, places = text.partition(".")
    if len(places) > MAX_PLACES or len(whole) > MAX_DIGITS + (text[0] == "-") or not value.is_finite():
        raise ValueError(
            f"{value} cannot be kept exactly (allowed: a number of {MAX_DIGITS} digits before and {MAX_PLACES} after "
            "the point); round it first"
        )
    return text


def exact_decimal(value: Decimal) -> Decimal:
    """The same number. Raises ValueError as ``decimal_text`` does, where the database would round it silently."""
    decimal_text(value)
    return value


@functools.lru_cache(maxsize=64)  # the rows of one statement share theirs
def moment_text(value: datetime) -> str:
    """A moment as SQLite keeps it: UTC, microseconds. Raises ValueError when it has no time zone."""
    return utc(value).replace(tzinfo=None).isoformat(" ", "microseconds")


@functools.lru_cache(maxsize=64)
def day_text(value: date) -> str:
    return value.isoformat()


def utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {value!r}")
    return value.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal of up to 25 digits. PostgreSQL has NUMERIC; SQLite would make a REAL of it and lose digits, so it
    keeps the plain text there. Sums and comparisons of these columns belong in Python on SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(40))
        return dialect.type_descriptor(Numeric(MAX_DIGITS + MAX_PLACES, MAX_PLACES))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return decimal_text(value) if dialect.name == "sqlite" else exact_decimal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(plain(value)) if isinstance(value, Decimal) else Decimal(value)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Always aware and in UTC on our side; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return utc(value).replace(tzinfo=None) if dialect.name == "sqlite" else utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
