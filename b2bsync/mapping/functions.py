"""Named functions for clauses. Each takes canonical values, which may be None, and gives one back.

A workspace adds its own in ``mappings/functions.py``: plain functions with a docstring, named like these in a clause.
"""

import hashlib
import importlib.util
import inspect
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from b2bsync.mapping.errors import MappingError

Function = Callable[..., Any]


def count(items: Sequence[Any]) -> int:
    """How many there are: ``count(lines)``."""
    return len(items)


def total(values: Sequence[Decimal | None]) -> Decimal:
    """The sum of numbers, such as X12's hash total of quantities: ``total(lines.quantity)``."""
    return sum((v for v in values if v is not None), Decimal(0))


def first(*values: Any) -> Any:
    """The first of the values that is set: ``first(ordered, responded)``."""
    for value in values:
        if value is not None:
            return value
    return None


def join(separator: str, *values: str | None) -> str | None:
    """The set texts with a separator between: ``join(' ', name, 'Inc')``."""
    texts = [v for v in values if v]
    return separator.join(texts) if texts else None


def given(condition: Any, value: Any) -> Any:
    """The value where the condition is set, else nothing: ``given(weight, 'KG')``."""
    return None if condition is None else value


def per_one(amount: Decimal | None, basis: Decimal | None) -> Decimal | None:
    """A price for one of its unit from a price for ``basis`` of it, to at most 6 places beyond its own."""
    if amount is None or basis is None or basis == 1:
        return amount
    exponent = amount.as_tuple().exponent
    places = 6 - exponent if isinstance(exponent, int) else 6
    return round(amount / basis, places).normalize()


def listed(value: Any, *values: str) -> Any:
    """The value where it is one of these, else nothing: ``listed(code, 'A', 'B')``."""
    return value if value in values else None


_GTIN_QUALIFIERS = {8: "EN", 12: "UP", 13: "EN", 14: "UK"}


def gtin_qualifier(value: str) -> str:
    """X12 235 of a GTIN by its length: UP for 12 digits, EN for 13 and 8, UK for 14; UP for any other number."""
    return _GTIN_QUALIFIERS.get(len(value), "UP")


def scac(value: str | None) -> str | None:
    """A carrier's alpha code (two to four capital letters), else nothing."""
    return value if value is not None and 2 <= len(value) <= 4 and value.isascii() and value.isupper() else None


def carrier_name(value: str | None) -> str | None:
    """A carrier that is named by other than its alpha code."""
    return None if value is None or scac(value) is not None else value


def hierarchy(orders: Sequence[Any]) -> str:
    """X12 1005 of a ship notice: 0001 where its orders are packed, 0004 where they are loose."""
    return "0001" if any(order.packages for order in orders) else "0004"


def upper(value: str | None) -> str | None:
    """The text in capitals."""
    return None if value is None else value.upper()


def digits(value: str | None) -> str | None:
    """Only the digits of a text."""
    return None if value is None else "".join(c for c in value if c.isdigit()) or None


def cut(value: str | None, length: int) -> str | None:
    """At most ``length`` characters of a text."""
    return None if value is None else value[:length]


def of_length(value: str | None, length: int) -> str | None:
    """A text of exactly ``length`` characters, else nothing: ``of_length(code, 4)``."""
    return value if value is not None and len(value) == length else None


def not_of_length(value: str | None, length: int) -> str | None:
    """A text of any other length, else nothing."""
    return value if value is not None and len(value) != length else None


def divide(value: Decimal | None, by: int) -> Decimal | None:
    """A number divided by a whole one, exact to 12 places: ``divide(value, 1000)``."""
    return None if value is None else round(value / by, 12).normalize()


def multiply(value: Decimal | None, by: int) -> Decimal | None:
    """A number times a whole one."""
    return None if value is None else value * by


_KILOGRAMS = {"LB": Decimal("0.45359237"), "01": Decimal("0.45359237"), "OZ": Decimal("0.028349523125")}
_KILOGRAMS |= {"KG": Decimal(1), "50": Decimal(1), "GR": Decimal("0.001"), "MP": Decimal(1000)}


def kilograms(value: Decimal | None, unit: str) -> Decimal | None:
    """A weight in kilograms from an X12 unit (355): pounds, ounces, grams, tons; without a unit it is pounds.

    Raises ValueError for a unit that is no weight.
    """
    if value is None:
        return None
    factor = _KILOGRAMS.get(unit or "LB")
    if factor is None:
        raise ValueError(f"unit {unit!r} is not a weight ({', '.join(_KILOGRAMS)})")
    return value * factor


BUILT_IN: dict[str, Function] = {
    f.__name__: f
    for f in (
        count,
        total,
        first,
        given,
        per_one,
        listed,
        gtin_qualifier,
        scac,
        carrier_name,
        hierarchy,
        join,
        upper,
        digits,
        cut,
        of_length,
        not_of_length,
        divide,
        multiply,
        kilograms,
    )
}


def workspace_functions(path: Path) -> dict[str, Function]:
    """The functions of a ``functions.py``. Raises MappingError when it does not load or one has no docstring."""
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:12]
    spec = importlib.util.spec_from_file_location(f"b2bsync_mapping_functions_{digest}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise MappingError(path, "", f"cannot be loaded: {type(error).__name__}: {error}") from error
    found: dict[str, Function] = {
        name: f
        for name, f in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and f.__module__ == module.__name__
    }
    for name, function in found.items():
        if not inspect.getdoc(function):
            raise MappingError(path, name, "a function needs a docstring: what it takes and gives")
    return found
