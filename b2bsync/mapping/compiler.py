"""From an effective mapping table to its compiled functions."""

from collections.abc import Callable
from typing import Any

from b2bsync import edi
from b2bsync.edi import CodecError, Loop, LoopRule
from b2bsync.mapping.canonical import CANONICAL, Shape, shape
from b2bsync.mapping.clause import DIRECTIONS, Group, Parser
from b2bsync.mapping.code import Code
from b2bsync.mapping.context import Context
from b2bsync.mapping.errors import Conflict, MappingError
from b2bsync.mapping.free_text import unsafe_in
from b2bsync.mapping.functions import BUILT_IN, Function
from b2bsync.mapping.reading import Reader
from b2bsync.mapping.record_reading import RecordPlace
from b2bsync.mapping.record_writing import RecordSink
from b2bsync.mapping.writing import Scope, Writer
from b2bsync.mapping.x12_plan import Node, X12Sink
from b2bsync.mapping.x12_reading import Tree, X12Place
from b2bsync.mapping.x12_writing import X12Emitter

DIALECTS = ("x12", "record")
KEYS = ("title", "document", "dialect", "version", "type", "extends", "only", "codes", "fields", "fixed")

Pair = tuple[Callable[..., Any], Callable[..., Any]]
"""The fast and the careful form of a function."""


def compile_mapping(
    file: object, table: dict[str, Any], codes: dict[str, dict[str, Any]], functions: dict[str, Function]
) -> tuple[list[Function], Pair | None, Pair | None]:
    """Functions of the workspace that it uses, what reads and what writes. Raises MappingError."""
    for key in table:
        if key not in KEYS:
            raise MappingError(file, key, f"a mapping has no key {key!r}", KEYS, key)
    document, dialect = _choice(file, table, "document", tuple(CANONICAL)), _choice(file, table, "dialect", DIALECTS)
    only = table.get("only")
    if only is not None and only not in DIRECTIONS:
        raise MappingError(file, "only", f"there is no direction {only!r}", DIRECTIONS, str(only))
    canonical = shape(CANONICAL[document])
    root = _message(file, table) if dialect == "x12" else None
    group = Parser(file).document(canonical, table.get("fields", {}), table.get("fixed", {}))

    def context(careful: bool) -> _Recorder:
        return _Recorder(file, codes, functions, careful)

    fast = context(False)
    readers = writers = None
    if only != "write":
        readers = _reader(fast, group, root), _later(lambda: _reader(context(True), group, root))
    if only != "read":
        try:
            write = _writer(fast, group, canonical, root)
            writers = write, _later(lambda: _writer(context(True), group, canonical, root))
        except Conflict as conflict:
            writers = _refuse(conflict)
    used = dict.fromkeys(f for f in fast.used if f not in BUILT_IN.values())
    return list(used), readers, writers


def _later(make: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """A function that is compiled when it is first called: most mappings never meet data that does not fit."""
    made: list[Callable[..., Any]] = []

    def call(*arguments: Any) -> Any:
        if not made:
            made.append(make())
        return made[0](*arguments)

    return call


def _refuse(conflict: Conflict) -> Pair:
    """A record's columns often serve two fields. That matters to nobody until somebody writes."""

    def refuse(*_: Any) -> None:
        raise conflict

    return refuse, refuse


class _Recorder(Context):
    """Remembers which functions the clauses name."""

    def __init__(self, file: object, codes: Any, functions: dict[str, Function], careful: bool) -> None:
        super().__init__(file, codes, functions, careful)
        self.used: list[Function] = []

    def function(self, key: str, name: str) -> Function:
        found = super().function(key, name)
        self.used.append(found)
        return found


def _choice(file: object, table: dict[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    value = table.get(key)
    if not isinstance(value, str) or value not in allowed:
        what = "is missing" if value is None else f"there is no {key} {value!r}"
        raise MappingError(file, key, what, allowed, str(value))
    return value


def _message(file: object, table: dict[str, Any]) -> LoopRule:
    """The structure of the transaction set, from the facts."""
    for key in ("version", "type"):
        if not isinstance(table.get(key), str):
            raise MappingError(file, key, 'is missing: an x12 mapping names its set, version = "004010", type = "850"')
    try:
        grammar = edi.grammar(table["version"])
    except CodecError as error:
        raise MappingError(file, "version", str(error)) from None
    try:
        return grammar.message(table["type"]).root
    except CodecError:
        what = f"version {table['version']} has no transaction set {table['type']!r} here"
        raise MappingError(file, "type", what, grammar.types, table["type"]) from None


def _reader(context: Context, group: Group, root: LoopRule | None) -> Callable[..., Any]:
    code = Code()
    reader = Reader(context, code)
    arguments = "source, component" + (", findings" if context.careful else "")
    if root is None:
        made, _ = reader.struct(group, RecordPlace(context, code, "source", reader.trail_text))
        return code.function("read", arguments, made)
    if root.find("HL") is not None:
        code.line(f"tree = {code.constant(Tree, 'F')}(source.loops.get('HL', ()))")
    made, _ = reader.struct(group, X12Place(context, code, root, "source"))
    return code.function("read", arguments, made)


def _writer(context: Context, group: Group, canonical: Shape, root: LoopRule | None) -> Callable[..., Any]:
    code = Code()
    writer = Writer(context, code)
    scope = Scope("document", canonical, None)
    arguments = "document, delimiters" + (", findings" if context.careful else "")
    if root is None:
        record = RecordSink(context, code)
        writer.group(group, scope, record)
        return code.function("write", arguments, record.emit(writer))
    node = Node(root)
    code.line(f"component, unsafe = delimiters.component, {code.constant(unsafe_in, 'F')}(delimiters)")
    code.line(f"message = {code.constant(Loop, 'Loop')}()")
    if root.find("HL") is not None:
        code.line("hls = message.loops.setdefault('HL', [])")
    writer.group(group, scope, X12Sink(context, code, node))
    emitter = X12Emitter(context, code, writer)
    emitter.node(node, "message")
    emitter.finish()
    return code.function("write", arguments, "message")
