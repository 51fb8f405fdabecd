"""Where the reader stands in a record: a dict whose lists hold further dicts, as rows of SQL and CSV are given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from b2bsync.mapping import values
from b2bsync.mapping.clause import Items, Value
from b2bsync.mapping.code import Code
from b2bsync.mapping.context import Context
from b2bsync.mapping.evidence import Site, column
from b2bsync.mapping.reading import Conversion, Raw, ReadPlace

CONVERSIONS: dict[str, tuple[Callable[[Any], Any], str | None]] = {
    "text": (values.record_text, "({0}.strip() or None) if {0}.__class__ is str else {call}({0})"),
    "decimal": (values.record_decimal, "{decimal}({0}) if {0}.__class__ is int else {call}({0})"),
    "integer": (values.record_integer, "{0} if {0}.__class__ is int else {call}({0})"),
    "date": (values.record_date, None),
    "datetime": (values.record_moment, None),
    "boolean": (values.record_boolean, "{booleans}[{0}] if {0} in {booleans} else {call}({0})"),
}


class RecordPlace(ReadPlace):
    """One dict."""

    absent = "{} is None"

    def __init__(self, context: Context, code: Code, record: str, trail: Callable[[], str]) -> None:
        self.context, self.code, self.record, self.trail = context, code, record, trail
        self._raws: dict[str, str] = {}

    def alternatives(self, at: tuple[str, ...], key: str) -> tuple[str, ...]:
        return at

    def raw(self, at: str, value: Value | None, key: str) -> Raw:
        site = Site(self.context.path(key), column=at)
        if at not in self._raws:
            if value is not None and value.optional:
                text = f"{self.record}.get({at!r})"
            elif self.context.careful:
                function, place = self.code.constant(column, "F"), self.code.constant(site, "K")
                text = f"{function}({self.record}, {at!r}, {place}, findings, {self.trail()})"
            else:
                text = f"{self.record}[{at!r}]"
            self._raws[at] = self.code.let(text)
        return Raw(self._raws[at], site)

    def pair(self, value: Value) -> Raw:
        raise self.context.wrong(f"{value.key}.pair")(
            "a record has no pairs of qualifier and value: name the column (at)"
        )

    def beside(self, at: str, name: str) -> str:
        return name

    def said(self, items: Items) -> str:
        return f"{self.raw(items.each, None, items.key).var} is not None" if items.each not in (None, ".") else "True"

    @contextmanager
    def iterate(self, items: Items) -> Iterator[ReadPlace]:
        if items.window is not None:
            raise self.context.wrong(f"{items.key}.groups")("a record has no groups of elements")
        assert items.each is not None
        raw = self.raw(items.each, None, items.key)
        row = self.code.new("r")
        with self.code.block(f"for {row} in {raw.var} or ()"):
            yield RecordPlace(self.context, self.code, row, self.trail)

    def conversion(self, value: Value, raw: Raw) -> Conversion:
        call, inline = CONVERSIONS[value.kind]
        if inline is not None:
            inline = inline.replace("{call}", self.code.constant(call, "F"))
            inline = inline.replace("{decimal}", self.code.constant(Decimal, "F"))
            inline = inline.replace("{booleans}", self.code.constant(values.BOOLEANS, "T"))
        return Conversion(call, inline)
