"""Characters that values may hold and those that none may."""

import re
from functools import lru_cache

from b2bsync.edi.envelope import Delimiters

_MARKED = (0xE000, 0xF8FF)
"""What stands for released characters (:mod:`b2bsync.edi.edifact.release`)."""


@lru_cache(maxsize=256)
def value_characters(delimiters: Delimiters, keep: str = "") -> str:
    """The pattern of a character that a value in ASCII text may hold: a printable one that is no delimiter, any of
    ``keep``, or a released one that is marked.

    Written as the ranges that are left, not as the characters that are not: a pattern tells those in half the time.
    """
    used = delimiters.segment + delimiters.element + delimiters.component + (delimiters.repetition or "")
    left = [n for n in range(128) if chr(n) in keep or (31 < n < 127 and chr(n) not in used)]
    begins = [n for n in left if n - 1 not in left]
    ends = [n for n in left if n + 1 not in left]
    ranges = [*zip(begins, ends, strict=True), *([_MARKED] if delimiters.release else [])]
    return "[" + "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges) + "]"


@lru_cache(maxsize=256)
def control_characters(delimiters: Delimiters, keep: str = "") -> re.Pattern[str]:
    """Finds control characters (C0 and DEL) that are neither delimiters nor in ``keep``."""
    used = delimiters.segment + delimiters.element + delimiters.component + (delimiters.repetition or "") + keep
    characters = "".join(chr(n) for n in [*range(32), 127] if chr(n) not in used)
    return re.compile("[" + re.escape(characters) + "]")
