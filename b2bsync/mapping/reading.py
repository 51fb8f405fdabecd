"""Compiles clauses into the function that reads: dialect in, canonical value out.

Two forms come of the same clauses: the fast one stops at the first problem; then the careful one runs over the same
source and collects every finding with its place.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from b2bsync.mapping.canonical import Field
from b2bsync.mapping.clause import Group, Items, Value, canonical_value
from b2bsync.mapping.code import Code
from b2bsync.mapping.context import Context
from b2bsync.mapping.errors import MappingError
from b2bsync.mapping.evidence import Site, absent, attempt, missing
from b2bsync.mapping.expression import Call, Expression, Name

POSITION = "@position"
"""``default = "@position"``: the item's place in its list, from 1."""


@dataclass(frozen=True)
class Raw:
    """A source value: the variable that holds it, what is known of its place, and the source of its ordinal."""

    var: str
    site: Site
    ordinal: str = "0"
    facts: Any = None


@dataclass(frozen=True)
class Conversion:
    """``call`` takes a present raw value. ``inline`` is the same as source, with ``{}`` for the variable."""

    call: Callable[..., Any]
    inline: str | None = None
    allowed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()  # sources of further arguments of ``call``
    is_text: bool = False  # raw values are text, so that a code list can look them up as they are


class ReadPlace(ABC):
    """Where in the source the reader stands. Each dialect has its own."""

    absent: str
    """Source of the test that tells an absent raw value, with ``{}`` for the variable."""

    lazy = False
    """Whether a further source of a value may be left unread where the first has one."""

    def aside(self) -> "AbstractContextManager[None]":
        """For what is read under a condition: inside, what was read before is known; after it, nothing that was new."""
        return nullcontext()

    @abstractmethod
    def raw(self, at: str, value: Value | None, key: str) -> Raw:
        """Emit the reading of one location."""

    @abstractmethod
    def pair(self, value: Value) -> Raw:
        """Emit the reading of the value whose qualifier is one of ``value.pair``."""

    @abstractmethod
    def alternatives(self, at: tuple[str, ...], key: str) -> tuple[str, ...]:
        """Ranges expanded."""

    @abstractmethod
    def beside(self, at: str, name: str) -> str:
        """A location that a function of the clause at ``at`` names."""

    @abstractmethod
    def said(self, items: Items) -> str:
        """Source of the test that the source speaks of a list at all, be it empty."""

    @abstractmethod
    def iterate(self, items: Items) -> "AbstractContextManager[ReadPlace]":
        """Emit the loops over a list's occurrences; inside stands the reader's place in one."""

    @abstractmethod
    def conversion(self, value: Value, raw: Raw) -> Conversion:
        """From a raw value to the clause's type, before code lists."""


@dataclass(frozen=True)
class Leaf:
    """A value that was read: its variable (None where absent), the test that it was there, and its default."""

    var: str
    present: str | None
    default: str | None


class Reader:
    """Emits the reading of groups, lists and values into one function."""

    def __init__(self, context: Context, code: Code) -> None:
        self.context, self.code = context, code
        self.careful = context.careful
        self._trail: list[str] = []

    # structs

    def struct(self, group: Group, place: ReadPlace, optional: bool = False) -> tuple[str, str]:
        """Emit one struct. Gives the variable and the test that something of it was there.

        Where it is optional the variable is None unless everything required and anything at all was there.
        """
        arguments: list[str] = []
        present: list[str] = []
        required: list[str] = []
        for name, field in group.shape.fields.items():
            if name in group.values:
                leaf = self.value(group.values[name], field, place)
                if leaf is None:
                    self._need(group, field)
                    continue
                if leaf.present:
                    present.append(leaf.present)
                var = leaf.var
                if leaf.default is not None:
                    var = self.code.let(f"{var} if {var} is not None else {leaf.default}")
                elif field.required and optional:
                    required.append(f"{var} is not None")
                elif field.required:
                    self._must(var, group.values[name][0], place)
                elif field.default is not None:
                    var = self.code.let(f"{var} if {var} is not None else {self.code.constant(field.default, 'D')}")
                arguments.append(f"{name}={var}")
            elif name in group.groups:
                nested = group.groups[name]
                if not self._reads(nested):
                    self._need(group, field)
                    continue
                var, test = self.struct(nested, place, not field.required)
                present.append(test)
                arguments.append(f"{name}={var}")
            elif name in group.lists:
                var = self.items(group.lists[name], place)
                present.append(var)
                made = f"tuple({var})"
                if field.default is None:  # a list that may be unsaid
                    said = " or ".join(place.said(items) for items in group.lists[name])
                    made = f"{made} if {said} else None"
                arguments.append(f"{name}={made}")
            elif name in group.maps:
                var = self.entries(group.maps[name], field, place)
                present.append(var)
                arguments.append(f"{name}={var}")
            else:
                self._need(group, field)
        made = f"{self.code.constant(group.shape.type, group.shape.type.__name__)}({', '.join(arguments)})"
        test = " or ".join(present) if present else "False"
        if not optional:
            return self.code.let(made, "o"), f"({test})"
        condition = " and ".join(required if set(required) & set(present) else [*required, f"({test})"])
        var = self.code.let(f"{made} if {condition} else None", "o")
        return var, f"{var} is not None"

    def _need(self, group: Group, field: Field) -> None:
        if field.required:
            raise MappingError(
                self.context.file,
                f"{group.key}.{field.name}",
                f"{group.shape.type.__name__} needs a {field.name}: a clause that reads it is missing",
            )

    def _reads(self, group: Group) -> bool:
        """Whether any clause of a group takes part in reading."""
        values = any(v.only != "write" for each in group.values.values() for v in each)
        return bool(values or group.maps or group.lists or any(self._reads(g) for g in group.groups.values()))

    def _must(self, var: str, value: Value, place: ReadPlace) -> None:
        with self.code.block(f"if {var} is None"):
            if self.careful:
                raw = self._evidence(value, place)
                site, ordinal = self.code.constant(raw.site, "K"), raw.ordinal
                self.code.line(f"{var} = {self._bind(missing)}({site}, findings, {self.trail_text()}, {ordinal})")
            else:
                self.code.line(f"{self._bind(absent)}({value.key!r})")

    def _evidence(self, value: Value, place: ReadPlace) -> Raw:
        if value.pair:
            return place.pair(value)
        if value.at:
            return place.raw(place.alternatives(value.at, value.key)[0], value, value.key)
        return Raw("None", Site(self.context.path(value.key)))

    # values

    def value(self, clauses: list[Value], field: Field, place: ReadPlace) -> Leaf | None:
        """Emit one value from the first of its clauses that finds something."""
        alternatives: list[Callable[[], str]] = []
        default: str | None = None
        present = False
        for clause in clauses:
            if clause.only == "write":
                continue
            if clause.default is not None:
                default = self._default(clause, field)
            if clause.constant is not None and not clause.at:
                alternatives.append(_known(self._constant(clause, field)))
                continue
            present = present or bool(clause.at or clause.pair)
            alternatives += self._alternatives(clause, field, place)
        if not alternatives:
            return Leaf("None", None, default) if default is not None else None
        var = self.code.let(alternatives[0]())
        for other in alternatives[1:]:
            with self.code.block(f"if {var} is None"), place.aside():
                self.code.line(f"{var} = {other()}")
        return Leaf(var, f"{var} is not None" if present else None, default)

    def _alternatives(self, clause: Value, field: Field, place: ReadPlace) -> list[Callable[[], str]]:
        """What a clause can be read from; each call emits the reading of one and gives the source of its value."""
        sources: list[Callable[[], Raw]] = [partial(place.pair, clause)] if clause.pair else []
        sources += [partial(place.raw, at, clause, clause.key) for at in place.alternatives(clause.at, clause.key)]
        if not sources and clause.read is not None:
            nothing = Raw("None", Site(self.context.path(clause.key)))
            return [partial(self._call, clause, clause.read, "None", place, nothing)]
        if place.lazy:
            return [partial(self._source, clause, field, place, source) for source in sources]
        raws = [_known(source()) for source in sources]  # all of it, so that a column that is not there is noticed
        return [_known(self._source(clause, field, place, raw)) for raw in raws]

    def _source(self, clause: Value, field: Field, place: ReadPlace, source: Callable[[], Raw]) -> str:
        raw = source()
        text = self._converted(clause, field, raw, place)
        if clause.read is None:
            return text
        before = self.code.let(text)
        return f"{self._call(clause, clause.read, before, place, raw)} if {before} is not None else None"

    def _converted(self, clause: Value, field: Field, raw: Raw, place: ReadPlace) -> str:
        """Source of the conversion of one raw value; None where it is absent."""
        conversion = place.conversion(clause, raw)
        if clause.codes is not None:
            listed = self.context.code_list(clause.key, field, clause.codes, clause.otherwise)
            allowed = tuple(str(k) for k in listed.reads)
            if conversion.is_text:
                table = self.code.constant(listed.reads, "T")
                conversion = Conversion(listed.reads.__getitem__, f"{table}[{{}}]", allowed)
            else:
                conversion = Conversion(_through(conversion.call, listed.reads), None, allowed)
        elif field.choices is not None and clause.read is None:
            allowed = tuple(m.value for m in field.choices)
            conversion = Conversion(_through(conversion.call, {m.value: m for m in field.choices}), None, allowed)
        test = place.absent.format(raw.var)
        if self.careful:
            site = raw.site
            if conversion.allowed:
                site = Site(**{**_fields(site), "allowed": conversion.allowed[:40]})
            called = self._attempt(self._bind(conversion.call), site, raw.ordinal, raw.var, *conversion.extra)
            return f"None if {test} else {called}"
        if conversion.inline:
            return f"None if {test} else {conversion.inline.format(raw.var)}"
        return f"None if {test} else {self._bind(conversion.call)}({', '.join((raw.var, *conversion.extra))})"

    def _call(self, clause: Value, call: Expression, value: str, place: ReadPlace, raw: Raw) -> str:
        """Source of a named function's call; its names are ``value`` and locations."""
        key = f"{clause.key}.read"
        if not isinstance(call, Call):
            raise MappingError(self.context.file, key, "must call a function")
        arguments = []
        for argument in call.arguments:
            if isinstance(argument, Call):
                arguments.append(self._call(clause, argument, value, place, raw))
            elif isinstance(argument, Name):
                if argument.text == "value":
                    arguments.append(value)
                else:
                    at = place.beside(clause.at[0], argument.text) if clause.at else argument.text
                    arguments.append(place.raw(at, None, key).var)
            else:
                arguments.append(repr(argument))
        function = self._bind(self.context.function(key, call.function))
        if self.careful:
            return self._attempt(function, raw.site, raw.ordinal, *arguments)
        return f"{function}({', '.join(arguments)})"

    def _attempt(self, function: str, site: Site, ordinal: str, *values: str) -> str:
        head = f"{self._bind(attempt)}({function}, {self.code.constant(site, 'K')}, findings, {self.trail_text()}"
        return f"{head}, {ordinal}, {', '.join(values)})"

    def _constant(self, clause: Value, field: Field) -> str:
        value = clause.constant
        if field.choices is None or not isinstance(value, field.choices):
            value = canonical_value(self.context.file, f"{clause.key}.value", field, value)
        return self.code.constant(value, "D")

    def _default(self, clause: Value, field: Field) -> str:
        if clause.default == POSITION:
            if not self._trail:
                raise MappingError(self.context.file, f"{clause.key}.default", "@position needs a list around it")
            return f"str({self._trail[-1]})"
        value = canonical_value(self.context.file, f"{clause.key}.default", field, clause.default)
        return self.code.constant(value, "D")

    # lists and maps

    def items(self, clauses: list[Items], place: ReadPlace) -> str:
        """Emit a list's reading; gives the variable of a Python list."""
        var = self.code.let("[]", "x")
        for items in clauses:
            if items.only == "write":
                continue
            if items.value is not None:
                self._texts(items, items.value, place, var)
            elif items.each == ".":
                assert items.group is not None
                with self._inside(items.key, var):
                    made, _ = self.struct(items.group, place, optional=True)
                conditions = self._conditions(items, made)
                with self.code.block(" and ".join([f"if {made} is not None", *conditions])):
                    self.code.line(f"{var}.append({made})")
            else:
                assert items.group is not None
                with self._each(items, place, var) as inner:
                    made, _ = self.struct(items.group, inner)
                    conditions = self._conditions(items, made)
                    if conditions:
                        with self.code.block(f"if {' and '.join(conditions)}"):
                            self.code.line(f"{var}.append({made})")
                    else:
                        self.code.line(f"{var}.append({made})")
        return var

    def _texts(self, items: Items, value: Value, place: ReadPlace, var: str) -> None:
        if items.each is None:
            self._append_texts(value, place, var)
        else:
            with self._each(items, place, var) as inner:
                self._append_texts(value, inner, var)

    def _append_texts(self, value: Value, place: ReadPlace, var: str) -> None:
        for alternative in self._alternatives(value, value.field, place):
            one = self.code.let(alternative())
            with self.code.block(f"if {one} is not None"):
                self.code.line(f"{var}.append({one})")

    @contextmanager
    def _each(self, items: Items, place: ReadPlace, var: str) -> Iterator[ReadPlace]:
        with place.iterate(items) as inner, self._inside(items.key, var):
            yield inner

    @contextmanager
    def _inside(self, key: str, var: str) -> Iterator[None]:
        self._trail.append(f"len({var}) + 1")
        self.context.lists.append(key)
        yield
        self.context.lists.pop()
        self._trail.pop()

    def _conditions(self, items: Items, made: str) -> list[str]:
        """``when`` of a field that has a clause of its own: only items that meet it are read."""
        assert items.group is not None
        tests = []
        for condition in items.when:
            own = items.group.values.get(condition.path[0]) if len(condition.path) == 1 else None
            if condition.presence or own is None or own[0].constant is not None:
                continue
            tests.append(f"{made}.{condition.path[0]} == {self.code.constant(condition.value, 'D')}")
        return tests

    def entries(self, entries: dict[str, list[Value]], field: Field, place: ReadPlace) -> str:
        """Emit a ``dict[str, str]`` such as ``extra``."""
        var = self.code.let("{}", "m")
        for name, clauses in entries.items():
            leaf = self.value(clauses, field, place)
            if leaf is not None:
                with self.code.block(f"if {leaf.var} is not None"):
                    self.code.line(f"{var}[{name!r}] = {leaf.var}")
        return var

    def _bind(self, function: Callable[..., Any]) -> str:
        return self.code.constant(function, "F")

    def trail_text(self) -> str:
        return f"({', '.join(self._trail)},)" if self._trail else "()"


def _known(value: Any) -> Callable[[], Any]:
    """What was emitted already."""
    return lambda: value


def _fields(site: Site) -> dict[str, Any]:
    return {name: getattr(site, name) for name in Site.__dataclass_fields__}


def _through(first: Callable[[Any], Any], table: dict[Any, Any]) -> Callable[[Any], Any]:
    def convert(raw: Any) -> Any:
        value = first(raw)
        return None if value is None else table[value]

    return convert
