"""Compiles clauses into the function that writes: canonical value in, dialect out. Fast and careful as for reading."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from b2bsync.mapping.canonical import Field, Shape
from b2bsync.mapping.clause import Condition, Fixed, Group, Items, Value
from b2bsync.mapping.code import Code
from b2bsync.mapping.codes import NONE
from b2bsync.mapping.context import Context
from b2bsync.mapping.evidence import Site, attempt
from b2bsync.mapping.expression import Call, Expression, Name
from b2bsync.mapping.values import write_clock, write_date


@dataclass(frozen=True)
class Scope:
    """The document or an item: its variable, its struct, and what is around it."""

    var: str
    shape: Shape
    parent: "Scope | None"
    maybe: bool = False  # the variable may be None


@dataclass(frozen=True)
class Formatter:
    """``call`` takes a canonical value that is set; ``inline`` is the same as source with ``{}`` for the variable."""

    call: Callable[[Any], Any] | None
    inline: str | None = None


class Sink(ABC):
    """Takes what is to be written, and emits the dialect's own structure. Each dialect has its own."""

    absent: str
    """Source of what stands for no value."""

    @abstractmethod
    def formatter(self, value: Value | Fixed, field: Field, at: str) -> Formatter:
        """How a value of a clause becomes what the dialect holds."""

    @abstractmethod
    def site(self, at: str, key: str) -> Site:
        """A location as evidence."""

    @abstractmethod
    def put(self, at: str, key: str, expression: str, constant: bool) -> None:
        """Put a value, by its source, at a location."""

    @abstractmethod
    def put_pair(self, value: Value, expression: str, qualifier: str) -> None:
        """Put a value with its qualifier, by their sources, at the next free pair."""

    @abstractmethod
    def alternatives(self, at: tuple[str, ...], key: str) -> tuple[str, ...]:
        """Ranges expanded."""

    @abstractmethod
    def beside(self, at: str, name: str) -> str:
        """A location that stands beside another."""

    @abstractmethod
    def items(self, items: Items, source: str, scope: Scope, writer: "Writer") -> None:
        """Take a list; its items are emitted when this place is."""


class Writer:
    """Emits the values of groups into a sink."""

    def __init__(self, context: Context, code: Code) -> None:
        self.context, self.code = context, code
        self.careful = context.careful
        self.trail: list[str] = []

    def group(self, group: Group, scope: Scope, sink: Sink, var: str | None = None, maybe: bool | None = None) -> None:
        """Emit all clauses of a struct. ``var`` is the struct itself where it is nested in the scope's."""
        var = var or scope.var
        maybe = scope.maybe if maybe is None else maybe
        for name, clauses in group.values.items():
            for clause in clauses:
                if clause.only != "read":
                    self._value(clause, group.shape.fields[name], f"{var}.{name}", var if maybe else None, scope, sink)
        for name, nested in group.groups.items():
            inner = self.code.let(f"{var}.{name} if {var} is not None else None" if maybe else f"{var}.{name}", "g")
            self.group(nested, scope, sink, inner, maybe or not group.shape.fields[name].required)
        for name, lists in group.lists.items():
            for items in lists:
                if items.only != "read":
                    source = f"({var}.{name} if {var} is not None else ())" if maybe else f"{var}.{name}"
                    if group.shape.fields[name].default is None:
                        source = f"({source} or ())"
                    self._list(items, source, scope, sink)
        for name, entries in group.maps.items():
            for key, clauses in entries.items():
                for clause in clauses:
                    if clause.only != "read":
                        source = f"{var}.{name}.get({key!r})"
                        self._value(clause, group.shape.fields[name], source, var if maybe else None, scope, sink)
        for fixed in group.fixed:
            self._fixed(fixed, scope, sink)

    # values

    def _value(self, clause: Value, field: Field, source: str, guard: str | None, scope: Scope, sink: Sink) -> None:
        places = sink.alternatives(clause.at, clause.key)
        if not places and not clause.pair:
            if clause.write is not None:
                raise self.context.wrong(clause.key)("write says what to write, but at does not say where")
            return
        if clause.constant is not None and clause.at:
            sink.put(places[0], clause.key, repr(str(clause.constant)), constant=guard is None)
            return
        if guard is not None:
            source = f"({source} if {guard} is not None else None)"
        at = places[0] if places else str(clause.start)
        if clause.write == COUNT_HL:
            sink.put(at, clause.key, f"{HL_COUNT}()", constant=False)
            return
        if clause.write is not None:
            source = self._call(clause.key, clause.write, source, scope, sink.site(at, clause.key))
        var = self.code.let(source)
        if clause.time is not None:
            day, clock = self._moment(clause, var, sink)
            sink.put(at, clause.key, day, constant=False)
            sink.put(sink.beside(at, clause.time), f"{clause.key}.time", clock, constant=False)
            return
        text = self.code.let(self._formatted(clause, field, var, at, sink), "t")
        if clause.pair:
            qualifier = repr(clause.pair[0])
            if clause.qualifier is not None:
                chosen = self._call(clause.key, clause.qualifier, var, scope, sink.site(at, clause.key), "qualifier")
                qualifier = self.code.let(f"{chosen} if {text} else ''", "q")
            sink.put_pair(clause, text, qualifier)
        else:
            sink.put(at, clause.key, text, constant=False)

    def _formatted(self, clause: Value | Fixed, field: Field, var: str, at: str, sink: Sink) -> str:
        """Source of a value as the dialect holds it; the sink's absent value where it is not set."""
        formatter = sink.formatter(clause, field, at)
        allowed: tuple[str, ...] = ()
        if clause.codes is not None:
            listed = self.context.code_list(clause.key, field, clause.codes, clause.otherwise).writes
            allowed = tuple(str(k) for k in listed)
            table = self.code.constant(listed, "T")
            inline = f"({table}[{{}}] or {sink.absent})" if clause.otherwise == NONE else f"{table}[{{}}]"
            formatter = Formatter(listed.__getitem__, inline)
        if formatter.call is None:
            return f"{var} if {var} is not None else {sink.absent}" if sink.absent != "None" else var
        if self.careful:
            site = sink.site(at, clause.key)
            if allowed:
                site = Site(**{**{n: getattr(site, n) for n in Site.__dataclass_fields__}, "allowed": allowed[:40]})
            text = self._attempt(self.code.constant(formatter.call, "F"), site, var)
        elif formatter.inline:
            text = formatter.inline.format(var)
        else:
            text = f"{self.code.constant(formatter.call, 'F')}({var})"
        return f"{text} if {var} is not None else {sink.absent}"

    def _moment(self, clause: Value, var: str, sink: Sink) -> tuple[str, str]:
        day = f"{self.code.constant(write_date, 'F')}({var}) if {var} is not None else {sink.absent}"
        clock = f"{self.code.constant(write_clock, 'F')}({var}) if {var} is not None else {sink.absent}"
        return self.code.let(day, "t"), self.code.let(clock, "t")

    def _fixed(self, fixed: Fixed, scope: Scope, sink: Sink) -> None:
        if fixed.constant is not None:
            sink.put(fixed.at, fixed.key, repr(fixed.constant), constant=True)
            return
        if fixed.write == COUNT_HL:
            sink.put(fixed.at, fixed.key, f"{HL_COUNT}()", constant=False)
            return
        field = TEXT
        if fixed.source is not None:
            source, found = self.path(fixed.source, scope, fixed.key)
            if found is None:
                raise self.context.wrong(f"{fixed.key}.field")(f"{fixed.source} is not a single value")
            field = found
        else:
            source = self._call(fixed.key, fixed.write, "None", scope, sink.site(fixed.at, fixed.key))
            if fixed.kind is not None:
                field = Field("value", fixed.kind, None, False, False, None, False, None)
        var = self.code.let(source)
        text = self.code.let(self._formatted(fixed, field, var, fixed.at, sink), "t")
        sink.put(fixed.at, fixed.key, text, constant=False)

    # named functions and paths

    def _call(self, key: str, call: Expression, value: str, scope: Scope, site: Site, name: str = "write") -> str:
        if isinstance(call, str | int):
            return repr(call)
        if not isinstance(call, Call):
            raise self.context.wrong(f"{key}.{name}")("must be 'text' or call a function")
        arguments = []
        for argument in call.arguments:
            if isinstance(argument, Call):
                arguments.append(self._call(key, argument, value, scope, site, name))
            elif isinstance(argument, Name):
                arguments.append(
                    value if argument.text == "value" else self.path(argument.text, scope, f"{key}.{name}")[0]
                )
            else:
                arguments.append(repr(argument))
        function = self.code.constant(self.context.function(f"{key}.{name}", call.function), "F")
        if self.careful:
            return self._attempt(function, site, *arguments)
        return f"{function}({', '.join(arguments)})"

    def path(self, text: str, scope: Scope, key: str) -> tuple[str, Field | None]:
        """Source of a dotted field. ``parent.`` goes out of the scope, and a path through a list gives a list."""
        parts = text.split(".")
        while parts[0] == "parent":
            if scope.parent is None:
                raise self.context.wrong(key)("there is nothing around the document: parent. goes too far")
            scope = scope.parent
            parts = parts[1:] or [""]
        return self._path(parts, scope.var, scope.shape, scope.maybe, key, text)

    def _path(
        self, parts: list[str], var: str, shape: Shape, maybe: bool, key: str, text: str
    ) -> tuple[str, Field | None]:
        field = shape.fields.get(parts[0])
        if field is None:
            raise self.context.wrong(key)(f"{shape.type.__name__} has no field {parts[0]!r}", shape.fields, parts[0])
        source = f"{var}.{field.name}"
        if maybe:
            source = f"({source} if {var} is not None else None)"
        if field.many:
            if len(parts) == 1:
                return source, None
            if field.struct is None:
                raise self.context.wrong(key)(f"the items of {field.name} have no parts")
            item = self.code.new("i")
            inner, _ = self._path(parts[1:], item, field.struct, False, key, text)
            return f"[{inner} for {item} in {source}]", None
        if field.struct is not None:
            if len(parts) == 1:
                raise self.context.wrong(key)(f"{text} has parts", field.struct.paths(f"{text}."))
            if field.required and not maybe:
                return self._path(parts[1:], source, field.struct, False, key, text)
            nested = self.code.new("w")
            inner, found = self._path(parts[1:], nested, field.struct, False, key, text)
            return f"({inner} if ({nested} := {source}) is not None else None)", found
        if len(parts) > 1 and field.mapping:
            return f"{source}.get({'.'.join(parts[1:])!r})", field
        if len(parts) > 1:
            raise self.context.wrong(key)(f"{field.name} is a single value, it has no part {parts[1]!r}")
        return source, field

    # lists

    def _list(self, items: Items, source: str, scope: Scope, sink: Sink) -> None:
        if items.each != ".":
            sink.items(items, source, scope, self)
            return
        assert items.group is not None
        shape = items.group.shape
        item = self.code.new("i")
        tests = self.conditions(items.when, shape, item)
        if tests:
            one = self.code.let(f"next(({item} for {item} in {source} if {tests}), None)", "i")
        else:
            one = self.code.let(f"next(iter({source}), None)", "i")
        self.trail.append("1")
        self.context.lists.append(items.key)
        self.group(items.group, Scope(one, shape, scope, True), sink)
        self.context.lists.pop()
        self.trail.pop()

    def conditions(self, when: tuple[Condition, ...], shape: Shape, var: str) -> str:
        """Source of the test of ``when`` on an item; empty without one."""
        tests = []
        for condition in when:
            source, _ = self._path(list(condition.path), var, shape, False, "", ".".join(condition.path))
            if condition.presence:
                tests.append(f"{source} {'is not None' if condition.value else 'is None'}")
            else:
                tests.append(f"{source} == {self.code.constant(condition.value, 'D')}")
        return " and ".join(tests)

    def _attempt(self, function: str, site: Site, *values: str) -> str:
        trail = f"({', '.join(self.trail)},)" if self.trail else "()"
        constant = self.code.constant(site, "K")
        return f"{self.code.constant(attempt, 'F')}({function}, {constant}, findings, {trail}, 0, {', '.join(values)})"


TEXT = Field("value", "text", None, False, False, None, False, None)

HL_COUNT = "hl_count"
"""``write = "hl_count()"``: how many HL loops were written (X12 856, CTT01); stands alone."""

COUNT_HL = Call(HL_COUNT, ())
