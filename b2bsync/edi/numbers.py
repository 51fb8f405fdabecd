"""Control numbers as values and rules: how a range is counted and written, and what a number received says of the
order in which things came. Who keeps the last number of a range is not this module's business."""

from collections.abc import Container
from enum import StrEnum

import msgspec


class RangeExhausted(Exception):
    """The range has no number left and does not begin again."""


class Range(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The control numbers of one kind (ISA13, GS06, ST02, UNB 0020, UNG 0048, UNH 0062) between two parties.

    Counted from ``minimum`` in steps of ``increment``; behind ``maximum`` it begins again, if ``rollover``. Written as
    ``prefix``, the number padded with zeros to ``width`` digits, ``suffix``.
    """

    minimum: int = 1
    maximum: int = 999_999_999
    increment: int = 1
    prefix: str = ""
    suffix: str = ""
    width: int = 0
    rollover: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.minimum <= self.maximum:
            raise ValueError(f"a range from {self.minimum} to {self.maximum} has no numbers")
        if self.increment < 1:
            raise ValueError("increment is at least 1")
        if self.width < 0:
            raise ValueError("width is a number of digits")

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return (self.maximum - self.minimum) // self.increment + 1

    @property
    def longest(self) -> int:
        """Characters of its longest number as written."""
        return len(self.text(self.minimum + (self.size - 1) * self.increment))

    def __contains__(self, number: int) -> bool:
        return self.minimum <= number <= self.maximum and (number - self.minimum) % self.increment == 0

    def text(self, number: int) -> str:
        """A number as it is written: ``text(42)`` is ``A0042`` with prefix A and width 4."""
        return f"{self.prefix}{number:0{self.width}d}{self.suffix}"

    def number(self, text: str) -> int | None:
        """The number that a text says, padded or not; None where it is none of this range."""
        text = text.strip()
        if not (text.startswith(self.prefix) and text.endswith(self.suffix)):
            return None
        digits = text[len(self.prefix) : len(text) - len(self.suffix)]
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
            return None
        return int(digits) if int(digits) in self else None

    def after(self, last: int | None) -> int:
        """The number behind the last one; the first one where there is none. A last number that is not of this range
        (the range was changed) is followed by the next one that is. Raises RangeExhausted."""
        if last is None or last < self.minimum:
            return self.minimum
        number = self.minimum + ((last - self.minimum) // self.increment + 1) * self.increment
        if number <= self.maximum:
            return number
        if not self.rollover:
            raise RangeExhausted(
                f"there is no control number behind {last} (allowed: {self.minimum} to {self.maximum})"
            )
        return self.minimum

    def nth(self, place: int, first: int | None = None) -> int:
        """The number so many places (from 0) behind ``first``, or behind the first of all. Raises RangeExhausted."""
        index = (0 if first is None else (first - self.minimum) // self.increment) + place
        if index >= self.size and not self.rollover:
            raise RangeExhausted(f"the range has {self.size} control numbers only")
        return self.minimum + index % self.size * self.increment

    def steps(self, last: int, number: int) -> int:
        """How many numbers later ``number`` is than ``last``: 1 for the next one, negative for earlier ones.

        In a range that begins again, the later one of two is that which lies at most half the round ahead.
        """
        ahead = (number - last) // self.increment
        if not self.rollover:
            return ahead
        ahead %= self.size
        return ahead if ahead <= self.size // 2 else ahead - self.size


class Order(StrEnum):
    """What a control number says of the order in which things came."""

    FIRST = "first"  # nothing came before
    NEXT = "next"  # the one that was expected
    DUPLICATE = "duplicate"  # it came before
    GAP = "gap"  # later than expected: others are missing, or still to come
    BACKWARDS = "backwards"  # earlier than the last one, and not known
    FOREIGN = "foreign"  # no number of the range: nothing can be said


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """The judgement on one control number. ``expected`` is the next one as written; ``missing``: how many numbers lie
    between, in a gap; ``rolled``: the range began again. ``last`` is what to keep as the last number."""

    order: Order
    number: int | None
    expected: str | None
    missing: int = 0
    rolled: bool = False
    last: int | None = None

    @property
    def in_sequence(self) -> bool:
        return self.order in (Order.FIRST, Order.NEXT)


def arrival(range: Range, received: str, last: int | None, seen: Container[str] = ()) -> Arrival:
    """What a control number received says, after the last one of its range.

    ``seen`` are the texts of those that came within the days that the agreement looks back; without them only the last
    number itself is known to be a duplicate. Never raises for what a partner sent.
    """
    number = range.number(received)
    try:
        following = range.after(last)
        expected = range.text(following)
    except RangeExhausted:
        following, expected = None, None

    def judged(order: Order, missing: int = 0, rolled: bool = False, keep: int | None = last) -> Arrival:
        return Arrival(order=order, number=number, expected=expected, missing=missing, rolled=rolled, last=keep)

    if received.strip() in seen or (number is not None and number == last):
        return judged(Order.DUPLICATE)
    if number is None:
        return judged(Order.FOREIGN)
    if last is None or last not in range:
        return judged(Order.FIRST, keep=number)
    steps = range.steps(last, number)
    if steps < 0:
        return judged(Order.BACKWARDS)
    rolled = number < last
    if number == following:
        return judged(Order.NEXT, rolled=rolled, keep=number)
    return judged(Order.GAP, missing=steps - 1, rolled=rolled, keep=number)


def scope(kind: str, stage: str, sender: str, receiver: str, shared: str = "") -> str:
    """The name of the range of a kind (``isa``, ``gs``, ``unb``) for a pair of parties: ``isa:test:ZZ:A>ZZ:B``.
    ``shared`` names one that several pairs draw from: ``isa:test:*houses``."""
    return f"{kind}:{stage}:*{shared}" if shared else f"{kind}:{stage}:{sender}>{receiver}"
