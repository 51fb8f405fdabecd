"""Code lists: a dialect's values and the canonical ones, both ways."""

from dataclasses import dataclass
from typing import Any

from b2bsync.mapping.canonical import Field
from b2bsync.mapping.clause import canonical_value
from b2bsync.mapping.errors import MappingError
from b2bsync.vocabulary import units

SAME = "@same"
"""``otherwise = "@same"``: a value that is not listed passes unchanged, both ways."""

NONE = "@none"
"""``otherwise = "@none"``: a value that is not listed is left out, both ways."""


class _Same(dict[Any, Any]):
    """Unlisted values stand for themselves."""

    def __missing__(self, key: Any) -> Any:
        return key


class _Otherwise(dict[Any, Any]):
    """Unlisted values all mean one."""

    def __init__(self, listed: dict[Any, Any], otherwise: Any) -> None:
        super().__init__(listed)
        self.otherwise = otherwise

    def __missing__(self, key: Any) -> Any:
        return self.otherwise


@dataclass(frozen=True)
class CodeList:
    """``reads``: dialect value → canonical; ``writes``: canonical → dialect value."""

    reads: dict[Any, Any]
    writes: dict[Any, Any]


def code_list(file: object, key: str, field: Field, name: str, listed: dict[str, Any], otherwise: object) -> CodeList:
    """A list for one field. Each dialect value has one canonical value, or several of which the first is read and all
    are written; of several dialect values for a canonical one the first is written."""
    reads: dict[Any, Any] = {}
    writes: dict[Any, Any] = {}
    for value, canonical in listed.items():
        several = canonical if isinstance(canonical, list) else [canonical]
        checked = [canonical_value(file, f"codes.{name}.{value}", field, each) for each in several]
        if not checked:
            raise MappingError(file, f"codes.{name}.{value}", "an empty list stands for nothing")
        reads[value] = checked[0]
        for each in checked:
            writes.setdefault(each, value)
    if otherwise is None:
        return CodeList(reads, writes)
    if otherwise == SAME:
        if field.choices is not None:
            raise MappingError(file, f"{key}.otherwise", f"{field.name} has values of its own, others cannot pass")
        return CodeList(_Same(reads), _Same(writes))
    if otherwise == NONE:
        return CodeList(_Otherwise(reads, None), _Otherwise(writes, None))
    return CodeList(_Otherwise(reads, canonical_value(file, f"{key}.otherwise", field, otherwise)), writes)


def built_in(name: str) -> CodeList | None:
    """``@unit``: X12 355 and UN/ECE Rec 20; a code in neither stays as it is."""
    if name == "@unit":
        return CodeList(_Same(units.X12_355), _Same(units.REC20_TO_X12))
    return None


BUILT_IN = ("@unit",)
