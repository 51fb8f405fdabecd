"""A mapping's clauses, parsed from TOML and checked against the canonical type. Says nothing of any dialect."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any

from b2bsync.mapping import expression
from b2bsync.mapping.canonical import Field, Shape
from b2bsync.mapping.errors import MappingError
from b2bsync.mapping.expression import Expression
from b2bsync.mapping.values import from_toml

TYPES = ("text", "decimal", "integer", "date", "datetime", "boolean")
DIRECTIONS = ("read", "write")

VALUE_KEYS = (
    "at",
    "pair",
    "from",
    "qualifier",
    "time",
    "type",
    "codes",
    "otherwise",
    "default",
    "value",
    "read",
    "write",
    "only",
    "optional",
)
LIST_KEYS = ("each", "groups", "when", "only", "fixed")
FIXED_KEYS = ("field", "write", "type", "codes", "otherwise")


@dataclass(frozen=True)
class Value:
    """Where one canonical value stands and how it is converted. ``key`` is the dotted TOML key, for errors."""

    key: str
    field: Field
    at: tuple[str, ...] = ()
    pair: tuple[str, ...] = ()
    start: str | None = None  # the first qualifier's position, of a pair
    qualifier: Expression = None  # what a pair is written with, instead of the first of ``pair``
    time: str | None = None
    kind: str = "text"
    codes: str | None = None
    otherwise: object = None
    default: object = None
    constant: object = None
    read: Expression = None
    write: Expression = None
    only: str | None = None
    optional: bool = False
    order: int = 0  # its place in the file


@dataclass(frozen=True)
class Fixed:
    """What is written at a location: a constant, a field of the document (``field``) or a function of it."""

    key: str
    at: str
    constant: str | None = None
    source: str | None = None
    write: Expression = None
    kind: str | None = None
    codes: str | None = None
    otherwise: object = None


@dataclass
class Group:
    """The clauses of one struct: the document, an item of a list, or a struct nested in either."""

    shape: Shape
    key: str
    values: dict[str, list[Value]] = field(default_factory=dict)
    groups: "dict[str, Group]" = field(default_factory=dict)
    lists: "dict[str, list[Items]]" = field(default_factory=dict)
    maps: dict[str, dict[str, list[Value]]] = field(default_factory=dict)
    fixed: list[Fixed] = field(default_factory=list)


@dataclass(frozen=True)
class Condition:
    """``when``: the item's field equals ``value``; True and False ask whether a field that is no boolean is set."""

    path: tuple[str, ...]
    value: object
    presence: bool


@dataclass(frozen=True)
class Items:
    """A list: the occurrences at ``each``, each one a struct (``group``) or a text (``value``)."""

    key: str
    field: Field
    each: str | None
    window: str | None
    when: tuple[Condition, ...]
    only: str | None
    group: Group | None
    value: Value | None


class Parser:
    """Turns ``[fields]`` of one file into clauses."""

    def __init__(self, file: object) -> None:
        self.file = file
        self._order = 0

    def _next(self) -> int:
        self._order += 1
        return self._order

    def document(self, shape: Shape, fields: Any, fixed: Any) -> Group:
        if not isinstance(fields, dict):
            raise MappingError(self.file, "fields", "must be a table")
        group = self.group(shape, "fields", fields)
        group.fixed += self._fixed("fixed", fixed)
        return group

    def group(self, shape: Shape, key: str, table: AnyMapping[str, Any]) -> Group:
        group = Group(shape, key)
        for name, clause in table.items():
            self._entry(group, key, name.split("."), clause, f"{key}.{name}")
        return group

    def _entry(self, group: Group, scope: str, path: list[str], clause: Any, key: str) -> None:
        """One field's clause; ``false`` switches an inherited one off."""
        if clause is False:
            return
        found = group.shape.fields.get(path[0])
        if found is None:
            raise MappingError(
                self.file,
                key,
                f"{group.shape.type.__name__} has no field {path[0]!r}",
                group.shape.fields if len(path) == 1 else group.shape.paths(),
                path[0] if len(path) == 1 else ".".join(path),
            )
        rest = path[1:]
        if found.mapping:
            entries = {".".join(rest): clause} if rest else clause
            if not isinstance(entries, dict):
                raise MappingError(self.file, key, f"{found.name} holds named values: write {found.name}.NAME")
            inner = group.maps.setdefault(found.name, {})
            for name, each in entries.items():
                inner[name] = self._values(found, f"{key}.{name}" if not rest else key, each)
        elif found.many:
            if rest:
                raise MappingError(self.file, key, f"{found.name} is a list: give it a table with each = …")
            several = isinstance(clause, list) and not all(isinstance(each, str) for each in clause)
            tables = clause if several else [clause]
            group.lists[found.name] = [self._items(found, key, each) for each in tables]
        elif found.struct is not None:
            if found.name not in group.groups:
                group.groups[found.name] = Group(found.struct, f"{scope}.{found.name}")
            nested = group.groups[found.name]
            if rest:
                self._entry(nested, nested.key, rest, clause, key)
            elif isinstance(clause, dict):
                for name, each in clause.items():
                    self._entry(nested, nested.key, name.split("."), each, f"{key}.{name}")
            else:
                raise MappingError(self.file, key, f"{found.name} has parts", found.struct.paths(f"{found.name}."))
        elif rest:
            raise MappingError(self.file, key, f"{found.name} is a single value, it has no part {'.'.join(rest)!r}")
        else:
            group.values[found.name] = self._values(found, key, clause)

    def _values(self, found: Field, key: str, clause: Any) -> list[Value]:
        """One clause, or several: the first that finds something is read, each is written. Texts alone are the places
        of one clause."""
        several = isinstance(clause, list) and not all(isinstance(each, str) for each in clause)
        return [self.value(found, key, each) for each in (clause if several else [clause])]

    def value(self, found: Field, key: str, clause: Any) -> Value:
        if isinstance(clause, str | list):
            clause = {"at": clause}
        if not isinstance(clause, dict):
            raise MappingError(self.file, key, "a clause is a location in quotes or a table such as { at = … }")
        self._known(clause, VALUE_KEYS, key)
        at = self._texts(clause.get("at"), f"{key}.at")
        pair = self._texts(clause.get("pair"), f"{key}.pair")
        if pair and (at or "from" not in clause):
            raise MappingError(self.file, key, 'a pair needs from = "…" (where its first qualifier stands) and no at')
        if "qualifier" in clause and not pair:
            raise MappingError(self.file, f"{key}.qualifier", "is for a pair: pair = …, from = …")
        kind = clause.get("type", "text" if "codes" in clause else found.kind)  # a code list looks up texts
        if kind not in TYPES:
            raise MappingError(self.file, f"{key}.type", f"there is no type {kind!r}", TYPES, str(kind))
        converts = "codes" in clause or "read" in clause or "write" in clause
        if found.kind != kind and not converts and (found.kind, kind) != ("text", "integer"):
            raise MappingError(
                self.file, f"{key}.type", f"{found.name} holds {found.kind}, not {kind}", [str(found.kind)]
            )
        only = self._only(clause, key)
        read, write = self._call(clause, "read", key), self._call(clause, "write", key)
        constant = clause.get("value")
        if not at and not pair and read is None and write is None and constant is None and "default" not in clause:
            raise MappingError(self.file, key, "says neither where the value stands (at) nor what it is (value)")
        return Value(
            key=key,
            field=found,
            at=at,
            pair=pair,
            start=clause.get("from"),
            qualifier=self._call(clause, "qualifier", key),
            time=clause.get("time"),
            kind=kind,
            codes=clause.get("codes"),
            otherwise=clause.get("otherwise"),
            default=clause.get("default"),
            constant=constant,
            read=read,
            write=write,
            only=only,
            optional=clause.get("optional") is True,
            order=self._next(),
        )

    def _items(self, found: Field, key: str, table: Any) -> Items:
        if found.struct is None and isinstance(table, str | list):
            table = {"at": table}
        if not isinstance(table, dict):
            raise MappingError(self.file, key, f"{found.name} is a list: give it a table with each = …")
        each, window = table.get("each"), table.get("groups")
        for name, text in (("each", each), ("groups", window)):
            if text is not None and not isinstance(text, str):
                raise MappingError(self.file, f"{key}.{name}", "must be a location in quotes")
        if found.struct is None:
            if each is None and "at" not in table:
                raise MappingError(self.file, key, "needs at = … and, where it repeats, each = …")
            self._known(table, (*VALUE_KEYS, "each"), key)
            value = self.value(found, key, {k: v for k, v in table.items() if k != "each"})
            return Items(key, found, each, None, (), value.only, None, value)
        if each is None:
            raise MappingError(self.file, key, f'{found.name} is a list: say where its items stand, each = "…"')
        fields = {name: clause for name, clause in table.items() if name not in LIST_KEYS}
        for name in fields:
            if name.split(".")[0] not in found.struct.fields:
                what = f"{found.struct.type.__name__} has no field {name.split('.')[0]!r}"
                raise MappingError(
                    self.file, f"{key}.{name}", what, [*found.struct.fields, *LIST_KEYS], name.split(".")[0]
                )
        group = self.group(found.struct, key, fields)
        group.fixed += self._fixed(f"{key}.fixed", table.get("fixed", {}))
        when = table.get("when", {})
        if not isinstance(when, dict):
            raise MappingError(self.file, f"{key}.when", 'must be a table such as { role = "ship_to" }')
        conditions = tuple(self._condition(found.struct, group, f"{key}.when.{n}", n, v) for n, v in when.items())
        return Items(key, found, each, window, conditions, self._only(table, key), group, None)

    def _condition(self, shape: Shape, group: Group, key: str, name: str, value: Any) -> Condition:
        path = name.split(".")
        place: Field | None = None
        inner: Shape | None = shape
        for step in path:
            place = inner.fields.get(step) if inner else None
            if place is None or place.many or place.mapping:
                raise MappingError(
                    self.file, key, f"{shape.type.__name__} has no single value {name!r}", shape.paths(), name
                )
            inner = place.struct
        assert place is not None
        if isinstance(value, bool) and place.kind != "boolean":
            return Condition(tuple(path), value, True)
        checked = canonical_value(self.file, key, place, value)
        if len(path) == 1 and path[0] not in group.values:
            group.values[path[0]] = [Value(key=key, field=place, constant=checked, kind=place.kind or "text")]
        return Condition(tuple(path), checked, False)

    def _fixed(self, key: str, table: Any) -> list[Fixed]:
        if not isinstance(table, dict):
            raise MappingError(self.file, key, "must be a table of locations and what is written there")
        found = []
        for at, clause in table.items():
            here = f"{key}.{at}"
            if isinstance(clause, dict):
                self._known(clause, FIXED_KEYS, here)
                write = self._call(clause, "write", here)
                source = clause.get("field")
                if (write is None) == (source is None):
                    raise MappingError(self.file, here, "needs either field = … or write = …")
                kind = clause.get("type")
                if kind is not None and kind not in TYPES:
                    raise MappingError(self.file, f"{here}.type", f"there is no type {kind!r}", TYPES, str(kind))
                codes, otherwise = clause.get("codes"), clause.get("otherwise")
                found.append(Fixed(here, at, None, source, write, kind, codes, otherwise))
            elif clause is not False:
                found.append(Fixed(here, at, str(clause)))
        return found

    def _only(self, table: AnyMapping[str, Any], key: str) -> str | None:
        only = table.get("only")
        if only is not None and only not in DIRECTIONS:
            raise MappingError(self.file, f"{key}.only", f"there is no direction {only!r}", DIRECTIONS, str(only))
        return only

    def _call(self, table: AnyMapping[str, Any], name: str, key: str) -> Expression:
        text = table.get(name)
        if text is None:
            return None
        if not isinstance(text, str):
            raise MappingError(self.file, f"{key}.{name}", "must be a function call in quotes, such as count(lines)")
        try:
            return expression.parse(text)
        except ValueError as error:
            raise MappingError(self.file, f"{key}.{name}", str(error)) from None

    def _texts(self, value: Any, key: str) -> tuple[str, ...]:
        if value is None:
            return ()
        texts = value if isinstance(value, list) else [value]
        if not texts or not all(isinstance(t, str) and t for t in texts):
            raise MappingError(self.file, key, "must be a text or a list of texts")
        return tuple(texts)

    def _known(self, table: AnyMapping[str, Any], allowed: tuple[str, ...], key: str) -> None:
        for name in table:
            if name not in allowed:
                raise MappingError(self.file, f"{key}.{name}", f"a clause has no key {name!r}", allowed, name)


def canonical_value(file: object, key: str, place: Field, value: object) -> object:
    """A TOML value as the field's own: an enumeration's member, a number, a text. Raises MappingError."""
    if place.choices is not None:
        members = [member.value for member in place.choices]
        if value not in members:
            raise MappingError(file, key, f"{value!r} is no {place.choices.__name__}", members, str(value))
        return place.choices(value)
    try:
        return from_toml(place.kind or "text", value)
    except ValueError as error:
        raise MappingError(file, key, str(error)) from None
