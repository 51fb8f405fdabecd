"""What a set says of its own content, against that content: lines and sums of quantities, in CTT of X12 and CNT of
EDIFACT.

No list of an acknowledgement has a word for most of it, and partners count in more than one way: a total that no
reading of the content gives is a warning.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from b2bsync.edi.edifact.values import NUMBER
from b2bsync.edi.envelope import Delimiters
from b2bsync.edi.fault import Fault
from b2bsync.edi.standard import EDIFACT
from b2bsync.edi.structure import MessageGrammar
from b2bsync.edi.tree import Loop
from b2bsync.edi.x12.values import INTEGER, REAL
from b2bsync.vocabulary.findings import Severity

Row = Sequence[str]


class Control(NamedTuple):
    """What CTT says in an X12 set. ``lines``: the segments that CTT01 may count, each a reading in use; ``quantity``:
    the segment whose quantities CTT02 adds up, and their position; no tag where CTT02 is not judged."""

    lines: tuple[str, ...]
    quantity: tuple[str, int] = ("", 0)


CONTROLS = {
    "810": Control(("IT1",), ("IT1", 2)),
    "830": Control(("LIN",), ("FST", 1)),
    "832": Control(("LIN",)),
    "840": Control(("PO1",), ("PO1", 2)),
    "843": Control(("PO1",), ("PO1", 2)),
    "846": Control(("LIN",)),
    "850": Control(("PO1",), ("PO1", 2)),
    "852": Control(("LIN",)),
    "855": Control(("PO1",), ("PO1", 2)),
    "856": Control(("HL", "LIN"), ("SN1", 2)),
    "860": Control(("POC",), ("POC", 3)),
    "861": Control(("RCD",), ("RCD", 2)),
    "862": Control(("LIN",), ("FST", 1)),
    "865": Control(("POC",), ("POC", 3)),
    "869": Control(("HL", "LIN")),
    "870": Control(("HL", "PO1")),
}
"""By set. In those with levels the standard counts HL; most senders of an 856 count its items."""

MESSAGES = frozenset({"DESADV", "INVOIC", "ORDCHG", "ORDERS", "ORDRSP", "QUOTES", "RECADV", "REQOTE"})
"""Messages with lines that are opened by LIN and one CNT for all of them."""

LINES = frozenset({"2", "3", "4"})
"""6069 where 6066 is a number of LIN; sub-lines (C829) count or do not, except for 3, which counts them."""

SUMS = {"1": "", "23": "21"}
"""6069 where 6066 is the sum of the quantities of the lines, and their 6063; where none is named, of one or of all."""

LONGEST = 40
"""Characters of a number that is added up or compared; a longer one is an error of its element, and Python refuses to
read numbers of thousands of digits."""

LARGEST_HASH = 10**10
"""What CTT02 has no room for: a longer sum loses its first digits (element 347)."""


def number_in(said: str, is_number: Callable[[str], re.Match[str] | None]) -> Decimal | None:
    """A number as said; None where it is none or far too long, which is an error of its element."""
    if len(said) > LONGEST or not said.isascii() or not is_number(said):
        return None
    return Decimal(said.replace(",", "."))


def total_faults(
    message: MessageGrammar, standard: str, root: Loop, delimiters: Delimiters
) -> Iterator[tuple[str, int, Fault]]:
    """Totals of a set that its content does not bear out: the tag that says them, which one of its segments (from 0),
    and what is wrong."""
    if standard == EDIFACT:
        if message.type in MESSAGES and "CNT" in root.segments:
            for place, row in enumerate(root.segments["CNT"]):
                for fault in _cnt(message, root, row, delimiters):
                    yield "CNT", place, fault
        return
    control = CONTROLS.get(message.type)
    if control is not None:
        for place, row in enumerate(_rows(root, message, "CTT")):
            for fault in _ctt(message, root, row, control):
                yield "CTT", place, fault


@cache
def _paths(message: MessageGrammar, tag: str) -> tuple[tuple[str, ...], ...]:
    return message.paths(tag)


def _loops(root: Loop, path: Iterable[str]) -> list[Loop]:
    found = [root]
    for step in path:
        found = [child for loop in found for child in loop.children(step)]
    return found


def _rows(root: Loop, message: MessageGrammar, tag: str) -> list[list[str]]:
    """The segments with a tag, those of one loop after those of the other."""
    return [row for path in _paths(message, tag) for loop in _loops(root, path) for row in loop.all(tag)]


def _unplaced(root: Loop, tag: str) -> int:
    """Segments with a tag that the structure has no place for: whoever made the set counted them."""
    return sum(row[0] == tag for loop in root.walk() for row in loop.unknown)


def _ctt(message: MessageGrammar, root: Loop, row: Row, control: Control) -> Iterator[Fault]:
    said = row[1] if len(row) > 1 else ""
    lines = number_in(said, INTEGER)
    if lines is not None:
        counts = {tag: len(_rows(root, message, tag)) for tag in control.lines}
        if lines not in counts.values():
            counts = {tag: count + _unplaced(root, tag) for tag, count in counts.items()}
        if lines not in counts.values():
            allowed = " or ".join(f"{count} ({tag})" for tag, count in counts.items())
            yield _fault("line-count-wrong", 1, None, "354", said, f"CTT01 says {said} lines, there are", allowed)
    tag, position = control.quantity
    said = row[2] if len(row) > 2 else ""
    if tag and number_in(said, REAL) is not None:
        values = [each[position] for each in _rows(root, message, tag) if len(each) > position and each[position]]
        if not is_sum(said, values) and not _unplaced(root, tag):
            yield _fault(
                "control-total-wrong", 2, None, "347", said, f"CTT02 says {said}, all {tag}{position:02d} are",
                " or ".join(dict.fromkeys(map(_plain, _sums(values)))),
            )  # fmt: skip


def is_sum(said: str, values: Sequence[str]) -> bool:
    """Whether CTT02 is a sum of quantities, none of them empty; true, too, where there are none, or one is no number or
    far too long: then nobody can say."""
    joined = "".join(values)
    if len(joined) > LONGEST and max(map(len, values)) > LONGEST:
        return True
    if joined.isascii() and joined.isdigit() and said.isdigit():
        total = sum(map(int, values))
        return int(said) in (total, total % LARGEST_HASH)
    return not all(map(REAL, values)) or not values or Decimal(said) in _sums(values)


def _sums(values: Sequence[str]) -> tuple[Decimal, Decimal]:
    """The sum of numbers, and the sum without regard to signs and decimal points that the standard means (element
    347)."""
    whole = sum(int(value.replace("-", "").replace(".", "")) for value in values)
    return sum(map(Decimal, values), Decimal()), Decimal(whole % LARGEST_HASH)


def _cnt(message: MessageGrammar, root: Loop, row: Row, delimiters: Delimiters) -> Iterator[Fault]:
    parts = _parts(row, 1, delimiters)
    code, said = parts[0], parts[1] if len(parts) > 1 else ""
    number = number_in(said, NUMBER)
    if number is None or (code not in LINES and code not in SUMS):
        return
    if code in LINES:
        rows = _rows(root, message, "LIN")
        main = sum(len(line) < 5 or not line[4] for line in rows)  # C829
        counts = {len(rows)} if code == "3" else {main, len(rows)}
        if number not in counts and number not in {count + _unplaced(root, "LIN") for count in counts}:
            allowed = " or ".join(map(str, sorted(counts)))
            yield _fault("line-count-wrong", 1, 2, "6066", said, f"CNT {code} says {said} lines, there are", allowed)
        return
    sums = _quantities(message, root, SUMS[code], delimiters)
    if sums and number not in sums and not _unplaced(root, "LIN") + _unplaced(root, "QTY"):
        allowed = " or ".join(dict.fromkeys(map(_plain, sums)))
        yield _fault("control-total-wrong", 1, 2, "6066", said, f"CNT {code} says {said}, all lines are", allowed)


def _quantities(message: MessageGrammar, root: Loop, wanted: str, delimiters: Delimiters) -> list[Decimal]:
    """The sums of the quantities of all lines by their qualifier and of all, or that of the one that is wanted; nothing
    where there is no such quantity, or one is no number."""
    sums: dict[str, Decimal] = {}
    for path in _paths(message, "LIN"):
        for line in _loops(root, path):
            for row in line.all("QTY"):
                qualifier, value, *_ = (*_parts(row, 1, delimiters), "")
                number = number_in(value, NUMBER)
                if number is None:
                    return []
                sums[qualifier] = sums.get(qualifier, Decimal()) + number
    if wanted:
        return [sums[wanted]] if wanted in sums else []
    return [*sums.values(), sum(sums.values(), Decimal())] if sums else []


def _parts(row: Row, element: int, delimiters: Delimiters) -> list[str]:
    return row[element].split(delimiters.component) if len(row) > element else [""]


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fault(
    code: str, element: int, component: int | None, reference: str, value: str, message: str, allowed: str
) -> Fault:
    return Fault(Severity.WARNING, code, element, component, reference, value, f"{message} {allowed}", allowed)
