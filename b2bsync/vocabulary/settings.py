"""Settings that people write by hand (TOML), read into types: every mistake is found, named and placed; none is guessed
at.

``read`` checks a table against a ``msgspec.Struct`` and returns the value and *all* problems, not the first one.
"""

import difflib
import json
import re
import tomllib
import types
import typing
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from b2bsync.vocabulary.secrets import Secret

T = TypeVar("T", bound=msgspec.Struct)


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One mistake in a file that people write: which file, which key (dotted), what is wrong, what is allowed, what to
    do."""

    file: str
    key: str = ""
    what: str
    allowed: str = ""
    advice: str = ""

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else self.file
        text = f"{place}: {self.what}"
        if self.allowed:
            text += f"; allowed: {self.allowed}"
        return f"{text}; {self.advice}" if self.advice else text


class SettingsError(Exception):
    """Settings that nothing can be started with. ``problems`` has every mistake found."""

    def __init__(self, problems: list[Problem]):
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class Rule(typing.NamedTuple):
    """How a hand-written value becomes a typed one: ``parse`` raises ValueError or TypeError; ``allowed`` is said to
    people."""

    parse: Callable[[Any], Any]
    allowed: str


_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_UNIT = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def duration(text: object) -> timedelta:
    """A length of time from text such as ``500ms``, ``2s``, ``15m``, ``24h``, ``30d``. Raises ValueError on anything
    else."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("not a duration")
    try:
        return _UNIT[match[2]] * float(match[1])
    except OverflowError:
        raise ValueError("too long") from None


RULES: Mapping[type, Rule] = {
    timedelta: Rule(duration, 'a duration such as "500ms", "2s", "15m", "24h", "30d"'),
    Secret: Rule(Secret.of, 'text, { env = "NAME" } or { file = "path" }'),
}


def near(word: str, words: typing.Iterable[str]) -> str:
    """The advice ``did you mean "…"?`` when one of the words is near, else an empty text."""
    known = {other.lower(): other for other in words}
    word = word.lower()
    match = difflib.get_close_matches(word, known, n=1, cutoff=0.6) or [
        other for other in known if len(word) > 2 and other.startswith(word)
    ]
    return f'did you mean "{known[match[0]]}"?' if match else ""


def read_toml(path: Path, shown: str | None = None) -> tuple[dict[str, Any], list[Problem]]:
    """The table of a TOML file, or the problem that keeps it from being read. A byte-order mark is tolerated.

    Numbers with a point are exact ``Decimal``s: settings such as a price tolerance are compared with prices.
    """
    file = shown or str(path)
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"), parse_float=Decimal), []
    except OSError as error:
        return {}, [
            Problem(
                file=file, what=f"cannot be read ({error.strerror})", advice="check that it exists and its permissions"
            )
        ]
    except UnicodeDecodeError as error:
        return {}, [Problem(file=file, what=f"is not UTF-8 text (byte {error.start})", advice="save it as UTF-8")]
    except tomllib.TOMLDecodeError as error:
        return {}, [
            Problem(file=file, what=f"is not valid TOML: {error}", advice="text values need quotes, dates do not")
        ]


def read(
    kind: type[T],
    table: Mapping[str, Any],
    file: str,
    *,
    key: str = "",
    rules: Mapping[type, Rule] = RULES,
    **given: Any,
) -> tuple[T | None, list[Problem]]:
    """A struct from a table of settings, with every problem found.

    ``file`` and ``key`` say where the table stands. Keys that the struct does not have, values of another type and
    values outside a field's constraints (``msgspec.Meta``; its ``description`` is what people are told is allowed) are
    problems. ``given`` are fields that are not written in the file. ``rules`` say how types with an own notation are
    read.
    """
    problems: list[Problem] = []
    value = _struct(kind, table, file, key, rules, problems, given)
    return (value if not problems else None), problems


def _struct(
    kind: type[T],
    table: object,
    file: str,
    key: str,
    rules: Mapping[type, Rule],
    problems: list[Problem],
    given: Mapping[str, Any] | None = None,
) -> T | None:
    given = given or {}
    if not isinstance(table, Mapping):
        problems.append(Problem(file=file, key=key, what=f"is {table!r}", allowed="a table of settings"))
        return None
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind) if field.name not in given}
    before = len(problems)
    values: dict[str, Any] = dict(given)
    for name in table:
        if name not in fields:
            problems.append(
                Problem(
                    file=file,
                    key=_join(key, name),
                    what="is not a known key",
                    allowed=", ".join(fields),
                    advice=near(name, fields),
                )
            )
    for name, field in fields.items():
        if name in table:
            values[field.name] = _value(field.type, table[name], file, _join(key, name), rules, problems)
        elif field.required:
            problems.append(
                Problem(file=file, key=_join(key, name), what="is missing", allowed=_allowed(field.type, rules))
            )
    if len(problems) > before:
        return None
    try:
        return kind(**values)
    except ValueError as error:  # a struct's own __post_init__: rules between fields
        problems.append(Problem(file=file, key=key, what=str(error)))
        return None


def _value(kind: Any, value: Any, file: str, key: str, rules: Mapping[type, Rule], problems: list[Problem]) -> Any:
    bare = _bare(kind)
    origin = typing.get_origin(bare)
    arguments = typing.get_args(bare)
    if bare in rules:
        rule = rules[bare]
        try:
            return rule.parse(value)
        except (ValueError, TypeError):
            problems.append(Problem(file=file, key=key, what=f"is {value!r}", allowed=rule.allowed))
            return None
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return _struct(bare, value, file, key, rules, problems)
    if origin is dict and arguments[1] is not Any and isinstance(value, Mapping):
        for name in value:
            _value(arguments[0], name, file, _join(key, name), rules, problems)
        return {
            name: _value(arguments[1], item, file, _join(key, name), rules, problems) for name, item in value.items()
        }
    if origin is tuple and isinstance(value, list):
        return tuple(
            _value(arguments[0], item, file, f"{key}[{n}]", rules, problems) for n, item in enumerate(value, 1)
        )
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        advice = near(value, _words(bare)) if isinstance(value, str) else ""
        problems.append(Problem(file=file, key=key, what=f"is {value!r}", allowed=_allowed(kind, rules), advice=advice))
        return None


def _bare(kind: Any) -> Any:
    """The type without ``Annotated`` and without ``None``, which TOML cannot say."""
    if typing.get_origin(kind) is typing.Annotated:
        return _bare(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        rest = [argument for argument in typing.get_args(kind) if argument is not type(None)]
        return _bare(rest[0]) if len(rest) == 1 else kind
    return kind


def _words(kind: Any) -> list[str]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(member.value) for member in kind]
    return [str(word) for word in typing.get_args(kind)] if typing.get_origin(kind) is typing.Literal else []


_PLAIN = {str: "text in quotes", int: "a whole number", bool: "true or false", float: "a number"}


def _allowed(kind: Any, rules: Mapping[type, Rule]) -> str:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        rest = [argument for argument in typing.get_args(kind) if argument is not type(None)]
        return " or ".join(_allowed(argument, rules) for argument in rest)
    if typing.get_origin(kind) is typing.Annotated:
        said = [meta.description for meta in kind.__metadata__ if isinstance(meta, msgspec.Meta) and meta.description]
        return said[0] if said else _allowed(typing.get_args(kind)[0], rules)
    if kind in rules:
        return rules[kind].allowed
    words = _words(kind)
    if words:
        return ", ".join(json.dumps(word, ensure_ascii=False) for word in words)  # as it is written in the file
    if typing.get_origin(kind) is tuple:
        return f"a list: each {_allowed(typing.get_args(kind)[0], rules)}"
    if typing.get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return "a table"
    return _PLAIN.get(kind, "a date such as 2026-01-31" if getattr(kind, "__name__", "") == "date" else str(kind))


def _join(key: str, name: str) -> str:
    name = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'
    return f"{key}.{name}" if key else name
