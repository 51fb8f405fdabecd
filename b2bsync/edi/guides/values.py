"""Values for samples: of the right type and length, one that means something where the element is well known."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from b2bsync.edi.edifact.values import moment_shape
from b2bsync.edi.guides.bounds import is_number, size
from b2bsync.edi.identifiers import GLN, GTIN, SSCC, Kind
from b2bsync.edi.standard import EDIFACT, Element
from b2bsync.vocabulary.identifiers import check_digit

DAY, TIME = "20260914", "0930"

X12_VALUES = {
    "26": "US",
    "66": "92",
    "67": "0012",
    "93": "MAPLE MARKET",
    "92": "SA",
    "98": "ST",
    "100": "USD",
    "116": "19901",
    "119": "DOVER",
    "127": "NS-4410",
    "128": "DP",
    "156": "DE",
    "166": "12 ORCHARD LANE",
    "212": "3.75",
    "234": "NS-4410",
    "235": "VP",
    "324": "PO-7001",
    "330": "24",
    "349": "F",
    "350": "1",
    "352": "GARDEN TWINE",
    "353": "00",
    "355": "EA",
    "364": "5550100",
    "365": "TE",
    "374": "002",
    "522": "1",
}
"""By data element number; taken where they fit the element of the version."""

EDIFACT_VALUES = {
    "1004": "PO-7001",
    "1082": "1",
    "1153": "ON",
    "1154": "PO-7001",
    "2005": "137",
    "2379": "102",
    "2380": DAY,
    "3035": "BY",
    "3036": "MAPLE MARKET",
    "3039": "4012345000009",
    "3055": "9",
    "4440": "GARDEN TWINE",
    "5004": "75",
    "5118": "3.75",
    "5125": "AAA",
    "6060": "24",
    "6063": "21",
    "6066": "1",
    "6069": "2",
    "6345": "EUR",
    "6411": "PCE",
    "7008": "GARDEN TWINE",
    "7140": "NS-4410",
    "7143": "SA",
    "0081": "S",
}

USUAL = frozenset(
    {"212", "330", "355", "1004", "1154", "2379", "2380", "3039", "5004", "5118", "6060", "6066", "6345", "7140"}
)
"""Elements that a sample has even where the standard leaves them open: without them it would say too little."""

_NUMBERS = {GTIN: "400638133393", GLN: "401234500000", SSCC: "00076300000000001"}  # without check digit
_PARTS = {"CCYY": "2026", "YY": "26", "DD": "14", "HH": "09", "SS": "00", "WW": "38"}


class Limits(NamedTuple):
    """What a guide says of a value, all its rules together."""

    codes: tuple[str, ...] = ()
    shortest: int = 0
    longest: int = 1 << 30
    patterns: tuple[str, ...] = ()
    example: str | None = None
    avoid: frozenset[str] = frozenset()


def value(element: Element, standard: str, limits: Limits, wish: str | None = None) -> str | None:
    """A value that fits an element and the limits, ``wish`` if it does; None where none was found: a pattern that
    needs an example."""
    for each in _candidates(element, standard, limits, wish):
        if _fits(each, element, limits):
            return each
    return None


def identifier(kind: Kind) -> str:
    """A GS1 number of a kind, with its check digit."""
    return _NUMBERS[kind] + check_digit(_NUMBERS[kind])


def moment(format: str) -> str | None:
    """A date, time or period in a format of 2379; None where the format is not judged."""
    try:
        shape = moment_shape(format)
    except KeyError:
        return None
    text, hour = "", False
    for part in re.findall("CCYY|YY|MM|DD|HH|SS|WW", shape):
        text += _PARTS[part] if part != "MM" else "30" if hour else "09"
        hour = part == "HH"
    return text


def _candidates(element: Element, standard: str, limits: Limits, wish: str | None) -> Iterator[str]:
    if wish is not None:
        yield wish
    if limits.example is not None:
        yield limits.example
    if limits.codes:
        yield from limits.codes
        return
    known = (EDIFACT_VALUES if standard == EDIFACT else X12_VALUES).get(element.reference)
    if known is not None:
        yield known
    yield from sorted(element.codes)
    low, high = max(element.minimum, limits.shortest), min(element.maximum, limits.longest)
    if element.type == "DT":
        yield from (DAY, DAY[2:])
    elif element.type == "TM":
        yield from (TIME, TIME + "00")
    elif is_number(element):
        yield from ("1" * count for count in range(max(low, 1), high + 1))
    else:
        for count in range(max(low, 1), min(high, low + 40) + 1):
            if element.type != "a":
                yield "1234567890"[:count].ljust(count, "0")
            yield "ABCDEFGHIJ"[:count].ljust(count, "X")


def _fits(text: str, element: Element, limits: Limits) -> bool:
    length = size(element, text)
    return (
        text not in limits.avoid
        and element.minimum <= length <= element.maximum
        and limits.shortest <= length <= limits.longest
        and (not element.codes or text in element.codes or text in limits.codes)
        and (not limits.codes or text in limits.codes)
        and all(re.fullmatch(pattern, text) for pattern in limits.patterns)
    )
