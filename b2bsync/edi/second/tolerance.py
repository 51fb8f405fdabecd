"""Which of pyx12's complaints about a value are not ours: errors as pyx12 returns them, with the value they blame."""

import re
from typing import Any

_POINT_LAST = re.compile(r"-?[0-9]+\.").fullmatch
_EARLY = re.compile(r"(?!0000)(?:0[0-9]{3}|1[0-7][0-9]{2})[0-9]{4}").fullmatch


def is_tolerated(error: Any, value: str, component: str) -> bool:
    """Whether pyx12 refuses a value as to its characters that the standard or every partner allows."""
    if error.err_cde != "6" or component in value:
        return False
    type = error.map_node.data_type
    if type in ("AN", "ID"):  # letters of other languages, blanks at the end
        return value.isprintable()
    return type == "R" and _POINT_LAST(value) is not None


def cause(error: Any, tag: str, value: str, component: str) -> str:
    """The class of known differences that an opinion belongs to; empty where it counts."""
    if error.err_cde == "6" and component in value:
        return "separator-in-value"
    if tag == "DTP" and error.map_node.data_ele == "1251" and error.err_cde in ("8", "9"):
        return "period-format"
    if error.err_cde == "8" and _EARLY(value):
        return "early-date"
    return ""
