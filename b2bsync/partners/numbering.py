"""What was agreed on the control numbers that we give: where each range begins and ends, and who draws from it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from b2bsync.partners.receiving import HIGHEST, Increment, Mark, Number

RangeName = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$", description="a name of up to 40 letters, digits, - and _")
]
Width = Annotated[int, Meta(ge=0, le=9, description="digits, 0 to 9")]


class Numbers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A range of control numbers, by default one for each pair of our identity and theirs, in a stage.

    ``rollover``: behind the last number it begins again, or nothing more is sent. ``shared``: the name of one range
    from which all agreements draw that name it; a range of interchanges is never one of groups.
    """

    first: Number = 1
    last: Number = HIGHEST
    increment: Increment = 1
    rollover: Literal["wrap", "stop"] = "wrap"
    shared: RangeName | None = None

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError(f"first is {self.first}, behind last, which is {self.last}")


class MarkedNumbers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A range of numbers that are written with text around them, padded with zeros to ``width`` digits.

    No ``last``: as far as there is room for digits, at most nine.
    """

    first: Number = 1
    last: Number | None = None
    increment: Increment = 1
    rollover: Literal["wrap", "stop"] = "wrap"
    shared: RangeName | None = None
    prefix: Mark = ""
    suffix: Mark = ""
    width: Width = 0

    @property
    def end(self) -> int:
        """The last number."""
        return self.last if self.last is not None else int(10 ** min(9, self._room - self._marks) - 1)

    @property
    def _room(self) -> int:
        return 14

    @property
    def _marks(self) -> int:
        return len(self.prefix) + len(self.suffix)

    def __post_init__(self) -> None:
        if self._marks >= self._room:
            raise ValueError(f"prefix and suffix leave no room for a number in {self._room} characters")
        if self.first > self.end:
            raise ValueError(f"first is {self.first}, behind last, which is {self.end}")
        longest = self._marks + max(self.width, len(str(self.end)))
        if longest > self._room:
            raise ValueError(f"numbers have up to {longest} characters, prefix and suffix counted; {self._room} fit")


class SetNumbers(MarkedNumbers, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.numbers.set]``: ST02, 4 to 9 characters. They count anew in each group; ``continued``: from group to
    group."""

    width: Width = 4
    continued: bool = False

    @property
    def _room(self) -> int:
        return 9

    def __post_init__(self) -> None:
        super().__post_init__()
        if self._marks + max(self.width, len(str(self.first))) < 4:
            raise ValueError("ST02 has at least 4 characters: a larger width is needed")


class MessageNumbers(MarkedNumbers, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.edifact.numbers.message]``: UNH 0062. They count anew in each interchange; ``continued``: from
    interchange to interchange."""

    continued: bool = False


class X12Numbers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.numbers]``: ISA13, GS06 and ST02."""

    interchange: Numbers = Numbers()
    group: Numbers = Numbers()
    set: SetNumbers = SetNumbers()


class EdifactNumbers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.edifact.numbers]``: UNB 0020, UNG 0048 and UNH 0062."""

    interchange: MarkedNumbers = MarkedNumbers()
    group: MarkedNumbers = MarkedNumbers()
    message: MessageNumbers = MessageNumbers()
