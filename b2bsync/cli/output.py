"""How commands speak: tables for people, JSON for programs, errors on the error stream."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from b2bsync.app import EXPECTED, App, messages

console = Console(highlight=False, soft_wrap=True)
tables = Console(highlight=False)
if not tables.is_terminal:
    tables = Console(highlight=False, width=200)  # a file or a pipe has no width: nothing is folded there
errors = Console(stderr=True, highlight=False, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Most rows.")]


class Chosen:
    """The workspace that ``--workspace`` named."""

    root = Path()


def who() -> str:
    """Who acts, for the journal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@contextmanager
def opened() -> Iterator[App]:
    """The workspace's App; what can be expected to go wrong ends the command with a message and exit code 1."""
    with telling(), App(Chosen.root) as app:
        yield app


@contextmanager
def telling(code: int = 1) -> Iterator[None]:
    """Expected failures become messages, and end the command with an exit code."""
    try:
        yield
    except EXPECTED as error:
        for text in messages(error):
            tell_error(text)
        raise typer.Exit(code) from error


def tell_error(text: str) -> None:
    errors.print(f"[red]error:[/] {escape(text)}")


def tell_warning(what: str, text: str) -> None:
    errors.print(f"[yellow]{escape(what)}:[/] {escape(text)}")


def say(text: str) -> None:
    """A line for a person; square brackets are just brackets."""
    console.print(text, markup=False)


def head(text: str, rest: str = "") -> None:
    """A line whose beginning stands out."""
    console.print(f"[bold]{escape(text)}[/]{escape(rest)}")


def print_json(value: Any, *, indent: int = 2) -> None:
    """One JSON document, indented, or on a line of its own without ``indent``; decimals as text, moments in ISO
    8601."""
    text = msgspec.json.encode(_builtins(value))
    sys.stdout.write((msgspec.json.format(text, indent=indent) if indent else text).decode() + "\n")


def print_bytes(chunks: Iterable[bytes]) -> None:
    """Bytes as they are, for a file or another program."""
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def counted(count: int, noun: str) -> str:
    """A number of things, with the right form of their name."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def brief(text: str, longest: int = 90) -> str:
    """A text that fits into a table; an ellipsis says that there is more."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _builtins(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _builtins(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_builtins(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | Path):
        return str(value)
    return value


def print_table(
    title: str,
    columns: Mapping[str, str],
    rows: Iterable[Mapping[str, Any]],
    *,
    empty: str = "none",
    gives_way: str | None = None,
) -> None:
    """Rows as a table: ``columns`` is title → key of the row. Numbers to the right; ``empty`` when there is no row.
    Where the terminal is too narrow all columns are folded; with ``gives_way`` only that one, at its words."""
    body = [[cell(row.get(key)) for key in columns.values()] for row in rows]
    if not body:
        tables.print(f"{title}: {empty}", markup=False, soft_wrap=True)
        return
    table = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for position, name in enumerate(columns):
        right = all(_is_number(row[position]) for row in body)
        solid = gives_way is not None and name != gives_way
        table.add_column(name, justify="right" if right else "left", overflow="fold", no_wrap=solid)
    for row in body:
        table.add_row(*(escape(text) for text in row))
    if tables.is_terminal:
        tables.print(table)
        return
    lines = ("".join(segment.text for segment in line) for line in tables.render_lines(table, pad=False))
    tables.print("\n".join(map(str.rstrip, lines)), markup=False, soft_wrap=True)  # no blanks behind the last column


def columns(*names: str) -> dict[str, str]:
    """Columns whose title is their key, with spaces for underscores."""
    return {name.replace("_", " "): name for name in names}


def cell(value: Any) -> str:
    """A value as a table shows it: local time, numbers without trailing zeros."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def _is_number(text: str) -> bool:
    return not text or text.replace(".", "", 1).replace("-", "", 1).isdigit()


def pairs(values: Sequence[tuple[str, Any]]) -> None:
    """Names and values below each other; empty values are left out."""
    width = max((len(name) for name, value in values if value not in (None, "")), default=0)
    for name, value in values:
        if value not in (None, ""):
            say(f"  {name:<{width}}  {cell(value)}")


def one_of(words: Sequence[str]) -> Callable[[str | None], str | None]:
    """Refuses what is none of these words: a listing by a word that nothing has would look as if all were well."""

    def checked(word: str | None) -> str | None:
        if word is None or word in words:
            return word
        raise typer.BadParameter(f"{word!r} is none of {', '.join(words)}")

    return checked
