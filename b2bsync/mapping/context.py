"""What the compiler of one mapping knows: the file, its code lists and functions, errors made with their key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from b2bsync.mapping.canonical import Field
from b2bsync.mapping.codes import BUILT_IN, CodeList, built_in, code_list
from b2bsync.mapping.errors import MappingError
from b2bsync.mapping.functions import Function


@dataclass
class Context:
    """``careful`` compiles the form that collects findings instead of stopping at the first problem."""

    file: object
    codes: dict[str, dict[str, Any]]
    functions: dict[str, Function]
    careful: bool = False
    lists: list[str] = field(default_factory=list)
    """Keys of the lists around the clause at hand."""
    _lists: dict[tuple[str, str, str, str], CodeList] = field(default_factory=dict)

    def wrong(self, key: str) -> Callable[..., MappingError]:
        def make(what: str, allowed: Any = (), found: str = "") -> MappingError:
            return MappingError(self.file, key, what, allowed, found)

        return make

    def path(self, key: str) -> str:
        """A TOML key as a field: ``fields.lines.price.amount`` is ``lines[].price.amount``."""
        text = key
        for around in reversed(self.lists):
            if text.startswith(around + "."):
                text = f"{around}[]{text[len(around) :]}"
        return text.removeprefix("fields.")

    def code_list(self, key: str, place: Field, name: object, otherwise: object) -> CodeList:
        """The list a clause names, made for the clause's field."""
        if not isinstance(name, str):
            raise MappingError(self.file, f"{key}.codes", "must be the name of a code list in quotes")
        fixed = built_in(name)
        if fixed is not None:
            return fixed
        if name not in self.codes:
            allowed = [*self.codes, *BUILT_IN]
            raise MappingError(self.file, f"{key}.codes", f"there is no code list {name!r}", allowed, name)
        choices = place.choices.__name__ if place.choices else str(place.kind)
        found = self._lists.get((key, name, choices, repr(otherwise)))
        if found is None:
            found = code_list(self.file, key, place, name, self.codes[name], otherwise)
            self._lists[key, name, choices, repr(otherwise)] = found
        return found

    def function(self, key: str, name: str) -> Function:
        if name not in self.functions:
            raise MappingError(self.file, key, f"there is no function {name!r}", self.functions, name)
        return self.functions[name]
