"""The levels of X12 sets: HL01 numbers them, HL02 names the level above, HL03 says what kind of level it is, HL04
whether others lie below.

The standard's tables say no more of it than that HL repeats; which kind of level may lie below which is written down
here, by set and by what the set says of its structure (element 1005).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from b2bsync.edi.fault import Fault
from b2bsync.edi.tree import Loop
from b2bsync.vocabulary.findings import Severity

Row = Sequence[str]


class Hierarchy(NamedTuple):
    """The levels of a set: S shipment, O order, T tare, P pack, I item.

    ``structures``: kinds of level from the top down, by their code of 1005. One may be left out; one may lie below
    itself where it is named twice. Kinds that are not named are not judged. ``others``: structures in use without a
    code of their own. ``top``: kinds that may stand without a level above. ``told``: where the code of 1005 stands.
    """

    structures: dict[str, str]
    others: tuple[str, ...] = ()
    top: str = ""
    told: tuple[str, int] = ("", 0)


_SHIPMENT = {"0001": "SOTPPI", "0002": "SOITPP", "0003": "STPPOI", "0004": "SOI"}

HIERARCHIES = {
    "856": Hierarchy(_SHIPMENT, ("STOPPI", "SOTIPP"), top="S", told=("BSN", 5)),
    "857": Hierarchy(_SHIPMENT, ("STOPPI", "SOTIPP"), top="S", told=("BHT", 1)),
    "869": Hierarchy({}, ("OI",)),
    "870": Hierarchy({}, ("OI",)),
}
"""By set; of others only the numbers are judged."""


def structure_code(type: str, root: Loop) -> str:
    """What a set says of its structure (1005); empty where it says nothing."""
    known = HIERARCHIES.get(type)
    return root.value(*known.told) if known else ""


def level_faults(type: str, rows: Sequence[Row], structure: str) -> Iterator[tuple[int, Fault]]:
    """What is wrong with the HL segments of a set in their order, and with which (from 0).

    ``rows``: ``["HL", HL01, …]``; ``structure``: the code of 1005 that the set says.
    """
    levels = [_Level(*[row[n] if n < len(row) else "" for n in range(1, 5)]) for row in rows]
    yield from _number_faults(levels)
    above = _above(levels)
    yield from _kind_faults(type, levels, above, structure)
    yield from _child_faults(levels, above)


class _Level(NamedTuple):
    number: str
    parent: str
    kind: str
    child: str


def _above(levels: Sequence[_Level]) -> list[int | None]:
    """The place of the level above each; None where there is none, or none that is known."""
    places: dict[str, int] = {}
    found: list[int | None] = []
    for place, level in enumerate(levels):
        found.append(places.get(level.parent) if level.parent else None)
        places.setdefault(level.number, place)
    return found


def _number_faults(levels: Sequence[_Level]) -> Iterator[tuple[int, Fault]]:
    """HL01 is unique and counts up from 1, HL02 names an earlier level that is still open: the levels below one stand
    together behind it."""
    seen: set[str] = set()
    path: list[str] = []  # the numbers of the level before and of those above it
    within: set[str] = set()  # the same
    for place, (number, parent, _, _) in enumerate(levels):
        if number in seen:
            yield place, _fault(Severity.ERROR, "hierarchy-number-repeated", 1, number, "another HL has this number")
        elif number != str(place + 1):
            message = "HL numbers should count up from 1 without a gap"
            yield place, _fault(Severity.WARNING, "hierarchy-number-unexpected", 1, number, message, str(place + 1))
        if parent and parent not in seen:
            message = "no earlier HL has the number of this parent"
            yield place, _fault(Severity.ERROR, "hierarchy-parent-unknown", 2, parent, message)
        elif parent and parent not in within:
            message = "other levels stand between this one and those of the same parent"
            yield place, _fault(Severity.WARNING, "hierarchy-parent-closed", 2, parent, message)
        elif parent or place:
            while path and path[-1] != parent:
                within.discard(path.pop())
        path.append(number)
        within.add(number)
        seen.add(number)


def _kind_faults(
    type: str, levels: Sequence[_Level], above: Sequence[int | None], structure: str
) -> Iterator[tuple[int, Fault]]:
    """A kind of level lies below one that may hold it, in one of the structures that fit all levels before."""
    known = HIERARCHIES.get(type)
    if known is None:
        return
    everything = (*known.structures.values(), *known.others)
    kinds = set("".join(everything))
    told = known.structures.get(structure)
    candidates: Sequence[str] = (told,) if told else everything
    for place, level in enumerate(levels):
        if level.kind not in kinds:
            continue
        upper = above[place]
        if upper is None:
            if not level.parent and known.top and level.kind not in known.top:
                message = f"a level {level.kind} lies below another one"
                yield place, _fault(Severity.ERROR, "hierarchy-parent-missing", 2, "", message)
            continue
        parent = levels[upper].kind
        if parent not in kinds:
            continue
        fitting = [each for each in candidates if _may_hold(each, parent, level.kind)]
        if fitting:
            candidates = fitting
            continue
        possible = any(_may_hold(each, parent, level.kind) for each in everything)
        named = f" in structure {structure}" if told else ""
        yield place, _fault(
            Severity.WARNING if possible else Severity.ERROR, "hierarchy-level-unexpected", 3, level.kind,
            f"level {level.kind} does not lie below level {parent}{named}",
            " ".join(kind for kind in "SOTPI" if any(_may_hold(each, parent, kind) for each in candidates)) or None,
        )  # fmt: skip


def _may_hold(structure: str, upper: str, lower: str) -> bool:
    return -1 < structure.find(upper) < structure.rfind(lower)


def _child_faults(levels: Sequence[_Level], above: Sequence[int | None]) -> Iterator[tuple[int, Fault]]:
    """HL04 says 1 where levels lie below, 0 where none do."""
    parents = set(above)
    for place, level in enumerate(levels):
        right = "1" if place in parents else "0"
        if level.child in ("0", "1") and level.child != right:
            message = "there are levels below this one" if right == "1" else "no level lies below this one"
            yield place, _fault(Severity.WARNING, "hierarchy-child-code-wrong", 4, level.child, message, right)


_REFERENCES = {1: "628", 2: "734", 3: "735", 4: "736"}


def _fault(severity: Severity, code: str, element: int, value: str, message: str, allowed: str | None = None) -> Fault:
    return Fault(severity, code, element, None, _REFERENCES[element], value, message, allowed)
