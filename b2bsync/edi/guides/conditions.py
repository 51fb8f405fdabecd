"""Whether a segment meets the tests of a place."""

from collections.abc import Iterable, Sequence

from b2bsync.edi.guides.guide import Qualifier, Spot


def holds(tests: Iterable[Qualifier], row: Sequence[str], component: str) -> bool:
    """Whether a row ``[tag, element 01, …]`` meets all tests."""
    for test in tests:
        if any(value_at(row, spot, component) in test.values for spot in test.spots) is test.negative:
            return False
    return True


def value_at(row: Sequence[str], spot: Spot, component: str) -> str:
    """The value of an element or component; empty where there is none."""
    value = row[spot.element] if spot.element < len(row) else ""
    if spot.component is None or not value:
        return value
    parts = value.split(component) if component else [value]
    return parts[spot.component - 1] if spot.component <= len(parts) else ""
