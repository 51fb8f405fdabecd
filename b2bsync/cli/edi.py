"""``b2bsync edi``: look into EDI files, without a workspace."""

from pathlib import Path
from typing import Annotated, Any

import typer

from b2bsync.app.edi_files import MOST_PROBLEMS, Inspection, inspected, shown, validated
from b2bsync.cli.output import Json, head, say, tell_error

CLEAN, FINDINGS, UNREADABLE = 0, 1, 2

app = typer.Typer(help="Look into X12 and EDIFACT files; needs no workspace.", no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="EDI files; - is the standard input.")]


@app.command(name="inspect")
def inspect_files(files: Files, json: Json = False) -> None:
    """Show what files hold: interchanges, groups, messages, and the problems in them.

    With --json one line a file. Exit code 2 when one of them cannot be read.
    """
    worst = CLEAN
    for path in files:
        found = _inspected(path)
        if found is None or not found.readable:
            worst = UNREADABLE
        if found is None:
            continue
        if json:
            typer.echo(shown(found))
        else:
            _show(path, found)
            _show_problems(found)
    raise typer.Exit(worst)


@app.command()
def validate(
    files: Files,
    json: Json = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are findings, too.")] = False,
) -> None:
    """Judge files by their standard: envelopes, structure, elements, counts.

    Exit code 0 when all are clean, 1 with findings (errors; with --strict warnings, too), 2 when one cannot be read.
    With --json one line a file.
    """
    worst = CLEAN
    for path in files:
        found = _inspected(path)
        if found is None:
            worst = UNREADABLE
            continue
        bad = found.errors + (found.warnings if strict else 0)
        worst = max(worst, UNREADABLE if not found.readable else FINDINGS if bad else CLEAN)
        if json:
            typer.echo(validated(path, found))
        else:
            head(str(path), f": {_summary(found)}")
            _show_problems(found)
    raise typer.Exit(worst)


def _inspected(path: Path) -> Inspection | None:
    """None where there is no such file, which is told."""
    try:
        return inspected(path)
    except OSError as error:
        tell_error(f"{path}: {error.strerror or error}")
        return None


def _summary(found: Inspection) -> str:
    if not found.readable:
        return "cannot be read"
    messages = sum(len(group.messages) for each in found.interchanges for group in each.groups)
    said = f"{found.standard}, {messages} messages, {found.segments} segments, "
    if not found.errors and not found.warnings:
        return said + "clean"
    return said + f"{found.errors} errors, {found.warnings} warnings"


def _show(path: Path, found: Inspection) -> None:
    head(str(path), f": {_summary(found)}")
    for each in found.interchanges:
        d = each.delimiters
        marks = " ".join(_visible(c) for c in (d.element, d.component, d.segment, d.repetition, d.release) if c)
        test = ", test" if each.test else ""
        parties = f"{_party(each.sender)} to {_party(each.receiver)}"
        say(f"  {parties}, number {each.control_number}{test}, delimiters {marks}")
        for group in each.groups:
            indent = "    "
            if group.code is not None or group.control_number is not None:
                say(f"    group {group.code} {group.version or ''} number {group.control_number}")
                indent = "      "
            for message in group.messages:
                name = f"{message.type} {message.version} number {message.control_number}"
                say(f"{indent}{name}: {message.segments} segments, {message.verdict.replace('_', ' ')}")


def _party(identity: Any) -> str:
    return f"{identity.id or '?'}" + (f" ({identity.qualifier})" if identity.qualifier else "")


def _visible(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]


def _show_problems(found: Inspection) -> None:
    for finding in found.problems:
        say(f"  {finding}")
    left = found.errors + found.warnings - len(found.problems)
    if left:
        say(f"  and {left} more: only the first {MOST_PROBLEMS} are shown")
