"""How segments are written where the standard leaves a choice, or a partner wants it otherwise."""

from typing import Literal

import msgspec

Trailing = Literal["omit", "keep", "fill"]
Outside = Literal["refuse", "replace", "simplify"]
Zeros = Literal["keep", "trim"]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One partner's wishes for the writing of segments.

    ``characters`` names the character set (:func:`b2bsync.edi.writing.repertoire.repertoire`). A character outside of
    it is refused, replaced by ``replacement``, or simplified: written without accent or as a capital, and replaced
    where that does not help. ``replacement`` also stands for delimiters and control characters in values that cannot
    be released; where there is none they are refused.

    ``trailing``: empty positions at the end of segments and composites are left out, kept as they are given, or written
    up to the last position that the facts know. ``zeros``: numbers by the facts are written as they are given, or
    without zeros that say nothing. For both, whole interchanges know their version; others need
    :func:`b2bsync.edi.writing.shape.shaped` before. ``suffix`` follows each segment terminator, where that is not a
    line break itself.
    """

    characters: str = "utf-8"
    outside: Outside = "refuse"
    replacement: str | None = None
    trailing: Trailing = "omit"
    zeros: Zeros = "keep"
    suffix: Literal["", "\r", "\n", "\r\n"] = ""

    def __post_init__(self) -> None:
        if self.replacement is not None and len(self.replacement) != 1:
            raise ValueError("replacement is one character")
        if self.outside != "refuse" and self.replacement is None:
            raise ValueError(f'outside = "{self.outside}" needs a replacement character')
