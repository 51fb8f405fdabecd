"""One thing that is wrong with an element, as the rules of both syntaxes say it, and the rules that both share."""

from typing import NamedTuple

from b2bsync.edi.standard import Element
from b2bsync.vocabulary.findings import Severity


class Fault(NamedTuple):
    """One thing that is wrong with an element. ``element`` and ``component`` count from 1."""

    severity: Severity
    code: str
    element: int
    component: int | None
    reference: str
    value: str
    message: str
    allowed: str | None = None


class Place(NamedTuple):
    """Where a value stands."""

    element: int
    component: int | None
    rule: Element


def wrong_size(rule: Element, v: str) -> str:
    """An expression for the compiled checks, true when the filled value ``v`` has too few or too many characters."""
    low, high = rule.minimum, rule.maximum
    if low == high:
        return f"len({v}) != {low}"
    return f"len({v}) > {high}" if low <= 1 else f"not {low} <= len({v}) <= {high}"


def extent(low: int, high: int, unit: str) -> str:
    """What is allowed, in words: ``2 to 3 digits``."""
    return f"{low} {unit}" if low == high else f"{low} to {high} {unit}"
