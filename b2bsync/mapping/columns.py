"""Which columns of a record a mapping needs to read, or gives when it writes: for checks before anything runs."""

import tomllib
from dataclasses import dataclass, field

from b2bsync.mapping.canonical import CANONICAL, shape
from b2bsync.mapping.clause import Fixed, Group, Items, Parser, Value
from b2bsync.mapping.mapping import Mapping


@dataclass
class Columns:
    """``own``: the columns of one row by name, each with the field it is for; ``lists``: those of the rows below it."""

    own: dict[str, str] = field(default_factory=dict)
    lists: dict[str, "Columns"] = field(default_factory=dict)


def columns_of(mapping: Mapping, direction: str) -> Columns:
    """The columns of a ``record`` mapping; ``direction`` is ``read`` or ``write``.

    Reading leaves out columns that are ``optional``. A mapping that goes only the other way has none.
    """
    table = tomllib.loads(mapping.text)
    if table.get("only") not in (None, direction):
        return Columns()
    group = Parser(mapping.path).document(
        shape(CANONICAL[mapping.document]), table.get("fields", {}), table.get("fixed", {})
    )
    found = Columns()
    _group(group, direction, found)
    return found


def _group(group: Group, direction: str, found: Columns) -> None:
    maps = [values for names in group.maps.values() for values in names.values()]
    for values in (*group.values.values(), *maps):
        for value in values:
            _value(value, direction, found)
    for nested in group.groups.values():
        _group(nested, direction, found)
    for items in (each for lists in group.lists.values() for each in lists):
        _items(items, direction, found)
    for fixed in group.fixed:
        _fixed(fixed, direction, found)


def _value(value: Value, direction: str, found: Columns) -> None:
    if value.only not in (None, direction) or (direction == "read" and value.optional):
        return
    places = value.at if direction == "read" else value.at[:1]  # of several places the first is written
    for at in (*places, value.time) if value.at else ():
        if at is not None:
            found.own.setdefault(at, value.key)


def _items(items: Items, direction: str, found: Columns) -> None:
    if items.only not in (None, direction):
        return
    below = found if items.each in (None, ".") else found.lists.setdefault(items.each or "", Columns())
    if items.group is not None:
        _group(items.group, direction, below)
    if items.value is not None:
        _value(items.value, direction, below)


def _fixed(fixed: Fixed, direction: str, found: Columns) -> None:
    if direction == "write":
        found.own.setdefault(fixed.at, fixed.key)
