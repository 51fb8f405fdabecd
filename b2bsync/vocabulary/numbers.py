"""Exact decimal numbers: read from text, written without an exponent, never through a float."""

import functools
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

MAX_DIGITS = 25
"""Most significant digits a number may have; what the store keeps exactly on every database."""

MAX_PLACES = 12
"""Most decimal places a number may have."""

EXACT = Context(prec=60)


def decimal(text: str) -> Decimal:
    """An exact number from plain decimal text: ``-12.50``, ``.5``, ``7.``. Raises ValueError on anything else.

    Exponents, NaN, infinities, digit grouping and more than 25 digits are refused: no business document has them.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if not number.is_finite() or "e" in text or "E" in text or "_" in text:
        raise ValueError(f"{text!r} is not a plain decimal number")
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    if len(digits) + max(exponent, 0) > MAX_DIGITS or -exponent > MAX_PLACES:
        raise ValueError(f"{text!r} has more than {MAX_DIGITS} digits or {MAX_PLACES} decimal places")
    return number


def plain(number: Decimal) -> str:
    """Text without exponent and without trailing zeros after the point: ``1E+2`` is ``100``, ``1.50`` is ``1.5``."""
    text = str(number) if number.__class__ is Decimal else format(number, "f")
    if "E" in text:  # str is four times as fast where it needs no exponent
        text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def rounded(number: Decimal, places: int) -> Decimal:
    """Commercial rounding (half up) to a number of decimal places."""
    return number.quantize(_unit(places), rounding=ROUND_HALF_UP, context=EXACT)


@functools.cache
def _unit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)
