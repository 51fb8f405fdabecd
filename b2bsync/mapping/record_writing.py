"""Builds a record: a dict with every column a clause names, None where the document says nothing."""

from b2bsync.mapping import values
from b2bsync.mapping.canonical import Field
from b2bsync.mapping.clause import Fixed, Items, Value
from b2bsync.mapping.code import Code
from b2bsync.mapping.context import Context
from b2bsync.mapping.errors import Conflict
from b2bsync.mapping.evidence import Site
from b2bsync.mapping.writing import Formatter, Scope, Sink, Writer


class RecordSink(Sink):
    """One dict."""

    absent = "None"

    def __init__(self, context: Context, code: Code) -> None:
        self.context, self.code = context, code
        self.columns: dict[str, str] = {}
        self.lists: list[tuple[Items, str, Scope]] = []
        self._keys: dict[str, str] = {}

    def alternatives(self, at: tuple[str, ...], key: str) -> tuple[str, ...]:
        return at

    def beside(self, at: str, name: str) -> str:
        return name

    def site(self, at: str, key: str) -> Site:
        return Site(self.context.path(key), column=at)

    def formatter(self, value: Value | Fixed, field: Field, at: str) -> Formatter:
        if field.choices is not None:
            return Formatter(str, "str({})")
        if value.kind == "text" and field.kind not in ("text", None):
            return Formatter(values.record_text)
        return Formatter(None)

    def put(self, at: str, key: str, expression: str, constant: bool) -> None:
        other = self._keys.setdefault(at, key)
        if other != key:
            raise Conflict(
                self.context.file, key, f'{other} writes column {at!r} too; say only = "read" for one of them'
            )
        self.columns[at] = expression

    def put_pair(self, value: Value, expression: str, qualifier: str) -> None:
        raise self.context.wrong(f"{value.key}.pair")(
            "a record has no pairs of qualifier and value: name the column (at)"
        )

    def items(self, items: Items, source: str, scope: Scope, writer: Writer) -> None:
        if items.each is None:
            raise self.context.wrong(items.key)(
                'a list needs each = "column", or each = "." for one item of this record'
            )
        self.lists.append((items, source, scope))

    def emit(self, writer: Writer) -> str:
        """Emit the dict; gives its variable."""
        entries = dict(self.columns)
        for items, source, scope in self.lists:
            assert items.each is not None
            entries[items.each] = self._list(items, source, scope, writer, entries.get(items.each))
        return self.code.let("{" + ", ".join(f"{name!r}: {text}" for name, text in entries.items()) + "}", "d")

    def _list(self, items: Items, source: str, scope: Scope, writer: Writer, before: str | None) -> str:
        """Emit a list of dicts; several clauses with the same column add to one list."""
        rows = before or self.code.let("[]", "x")
        if items.group is None:
            self.code.line(f"{rows} += {source}")
            return rows
        item, index = self.code.new("i"), self.code.new("n")
        head = f"for {index}, {item} in enumerate({source}, 1)" if writer.careful else f"for {item} in {source}"
        with self.code.block(head):
            conditions = writer.conditions(items.when, items.group.shape, item)
            if conditions:
                with self.code.block(f"if not ({conditions})"):
                    self.code.line("continue")
            writer.trail.append(index)
            self.context.lists.append(items.key)
            sink = RecordSink(self.context, self.code)
            writer.group(items.group, Scope(item, items.group.shape, scope), sink)
            self.code.line(f"{rows}.append({sink.emit(writer)})")
            self.context.lists.pop()
            writer.trail.pop()
        return rows
