"""What was agreed on how segments are written, in X12 and EDIFACT alike: delimiters, characters, empty positions."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

OneCharacter = Annotated[
    str,
    Meta(
        pattern=r"^[^A-Za-z0-9 ]$",
        description='one character that is no letter, digit or space, such as "*" or "\\u001d"',
    ),
]
Terminator = Annotated[str, Meta(pattern=r"^[^A-Za-z0-9 ]$", description='one character, such as "~" or "\\n"')]
Suffix = Literal["", "\n", "\r\n", "\r"]
Outside = Literal["refuse", "replace", "simplify"]
Trailing = Literal["omit", "keep", "fill"]
Zeros = Literal["keep", "trim"]
Replacement = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]$", description='one character, such as "?" or " "')]


class Delimiters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.delimiters]``. ``repetition`` (ISA11) exists from isa_version 00402 on. ``suffix`` follows each segment
    terminator for people's eyes; it is no part of X12."""

    segment: Terminator = "~"
    element: OneCharacter = "*"
    component: OneCharacter = ">"
    repetition: OneCharacter | None = None
    suffix: Suffix = "\n"

    def __post_init__(self) -> None:
        if len({self.segment, self.element, self.component}) < 3:
            raise ValueError("segment, element and component need three different characters")
        if self.repetition in (self.segment, self.element, self.component):
            raise ValueError("repetition needs another character than segment, element and component")


class DelimiterChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.types.TYPE.delimiters]``: those that differ for one document type."""

    segment: Terminator | None = None
    element: OneCharacter | None = None
    component: OneCharacter | None = None
    repetition: OneCharacter | None = None
    suffix: Suffix | None = None


class EdifactDelimiters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.edifact.delimiters]``: what UNA names, in its order: component, element, decimal mark, release,
    repetition, segment. ``repetition``: none before syntax 4, ``*`` in it."""

    segment: Terminator = "'"
    element: OneCharacter = "+"
    component: OneCharacter = ":"
    repetition: OneCharacter | None = None
    release: OneCharacter = "?"
    decimal: Literal[".", ","] = "."
    suffix: Suffix = "\n"

    def __post_init__(self) -> None:
        used = [self.segment, self.element, self.component, self.release, self.decimal]
        used += [self.repetition] if self.repetition else []
        if len(set(used)) < len(used):
            raise ValueError("each delimiter needs a character of its own")


class EdifactDelimiterChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[send.edifact.types.TYPE.delimiters]``: those that differ for one message type."""

    segment: Terminator | None = None
    element: OneCharacter | None = None
    component: OneCharacter | None = None
    repetition: OneCharacter | None = None
    release: OneCharacter | None = None
    decimal: Literal[".", ","] | None = None
    suffix: Suffix | None = None


def check_characters(outside: Outside, replacement: str | None, delimiters: Delimiters | EdifactDelimiters) -> None:
    """Raises ValueError where what stands for others is missing, or is a delimiter."""
    if outside != "refuse" and replacement is None:
        raise ValueError(f'outside = "{outside}" needs a replacement')
    used = {value for name, value in said(delimiters).items() if name not in ("suffix", "decimal")}
    if replacement is not None and replacement in used:
        raise ValueError(f"replacement is {replacement!r}, which is a delimiter")


def said(changes: msgspec.Struct) -> Mapping[str, Any]:
    """The fields that say something."""
    fields = {name: getattr(changes, name) for name in changes.__struct_fields__}
    return {name: value for name, value in fields.items() if value is not None}
