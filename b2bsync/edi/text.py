"""Characters that no value may hold."""

import re
from functools import lru_cache

from b2bsync.edi.envelope import Delimiters


@lru_cache(maxsize=256)
def control_characters(delimiters: Delimiters, keep: str = "") -> re.Pattern[str]:
    """Finds control characters (C0 and DEL) that are neither delimiters nor in ``keep``."""
    used = delimiters.segment + delimiters.element + delimiters.component + (delimiters.repetition or "") + keep
    characters = "".join(chr(n) for n in [*range(32), 127] if chr(n) not in used)
    return re.compile("[" + re.escape(characters) + "]")
