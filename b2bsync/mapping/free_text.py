"""Free text on its way into X12: what a person wrote must not stop a document, and may lose a character for it."""

import re
from functools import lru_cache
from typing import Any

from b2bsync.edi import Delimiters

FREE_TEXT = frozenset(("3", "19", "93", "166", "352", "369", "387", "446", "933", "934"))
"""Data elements that people read and no program looks up: messages and notes (3, 933, 934), names of cities, parties
and persons (19, 93), address lines (166), descriptions (352, 369), carriers and terms in words (387, 446). Numbers,
codes and addresses of machines are not among them: a character less would make them another number."""


@lru_cache(maxsize=256)
def unsafe_in(delimiters: Delimiters) -> re.Pattern[str]:
    """Finds what no value may hold: the delimiters, line breaks and other control characters."""
    used = delimiters.segment + delimiters.element + delimiters.component + (delimiters.repetition or "")
    return re.compile(f"[{re.escape(used)}\\x00-\\x1f\\x7f]")


def free_text(text: Any, unsafe: re.Pattern[str]) -> Any:
    """The text, unchanged where all of it is safe; else with blanks for what is not, never two in a row."""
    if not isinstance(text, str) or unsafe.search(text) is None:  # what is no text is a problem noted already
        return text
    return " ".join(unsafe.sub(" ", text).split())
