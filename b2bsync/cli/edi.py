"""``b2bsync edi``: look into EDI files, without a workspace."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from b2bsync.app.edi_files import (
    MOST_PROBLEMS,
    CodecError,
    Functional,
    Guide,
    Inspection,
    Reject,
    answered,
    guide_of,
    inspected,
    normalised,
    sampled,
    shown,
    validated,
)
from b2bsync.cli.output import Chosen, Json, counted, head, say, tell_error, tell_warning, telling

CLEAN, FINDINGS, UNREADABLE = 0, 1, 2

app = typer.Typer(help="Look into X12 and EDIFACT files; needs no workspace.", no_args_is_help=True)

GuideName = Annotated[
    str | None,
    typer.Option("--guide", "-g", metavar="GUIDE", help="A partner's guide: a .toml file, or a name in guides/."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="OUT", help="Write here instead of printing; - is the standard output."),
]
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
    guide: GuideName = None,
    json: Json = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are findings, too.")] = False,
) -> None:
    """Judge files by their standard: envelopes, structure, elements, counts; and by a partner's guide.

    Exit code 0 when there is no error (with --strict no warning either), 1 when
    there is, 2 when a file cannot be read or the guide cannot be used.
    With --json one line a file.
    """
    worst, agreed = CLEAN, _guide(guide)
    for path in files:
        found = _inspected(path, agreed)
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


@app.command()
def ack(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A received EDI file; - is the standard input.")],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="OUT", help="Where to write it; - is the standard output."),
    ],
    policy: Annotated[Reject, typer.Option("--policy", help="What an error rejects.")] = Reject.TRANSACTION,
    functional: Annotated[Functional, typer.Option("--as", help="For X12 from 005010 on.")] = Functional.FA997,
    number: Annotated[int, typer.Option("--number", min=1, max=999_999_999, help="Its first control number.")] = 1,
) -> None:
    """Write the acknowledgements of a file: TA1 and 997 or 999 for X12, CONTRL for EDIFACT.

    Exit code 2 when it cannot be read, or has no interchange header to which an
    answer could go back.
    """
    _spare(file, output)
    with _readable(file):
        written = answered(file, policy, functional, number)
    for note in written.notes:
        tell_warning("note", note)
    if not written.data:
        say(f"{file}: nothing in it is acknowledged")
        return
    _write(written.data, output)
    if not _is_stream(output):
        say(f"{output}: {len(written.data):,} bytes")


@app.command(name="format")
def format_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An EDI file; - is the standard input.")],
    output: Output = None,
) -> None:
    """Print a file with one segment on a line, and tell what was changed. Values, delimiters and counts stay.

    Exit code 2 when it cannot be read.
    """
    _spare(file, output)
    with _readable(file):
        done = normalised(file)
    _write(done.data, output)
    for change in done.changes:
        times = f", {change.count} times" if change.count > 1 else ""
        tell_warning(change.code, f"{change.message} (segment {change.segment}, byte {change.offset}{times})")


@app.command(name="sample")
def sample_of(
    type: Annotated[str, typer.Argument(metavar="TYPE", help="A set or message: 850, ORDERS.")],
    guide: GuideName = None,
    version: Annotated[
        str | None, typer.Option("--of", metavar="VERSION", help="004010, 005010, D93A, D96A, D97A, D01B, UN3, UN4.")
    ] = None,
    complete: Annotated[bool, typer.Option("--complete", help="With all that may stand, each once.")] = False,
    output: Output = None,
) -> None:
    """Print a test interchange with one message that is right by the standard, and by a guide.

    Without --of it is of the guide's version, or of the first that has the type:
    004010, D96A, 005010, D01B, D97A, D93A, UN3 (CONTRL of syntax version 3).
    """
    agreed = _guide(guide)
    if guide is not None:
        _spare(Path(guide), output)
    try:
        made = sampled(type, version, agreed, complete)
    except CodecError as error:
        tell_error(_said(error))
        raise typer.Exit(1) from error
    _write(made, output)


def _guide(name: str | None) -> Guide | None:
    """The guide that was named; that it is missing or has mistakes ends the command with 2."""
    if name is None:
        return None
    with telling(UNREADABLE):
        return guide_of(name, [Chosen.root / "guides", Path("guides")] if not name.endswith(".toml") else [])


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """A file that cannot be read ends the command with 2."""
    try:
        yield
    except OSError as error:
        tell_error(f"{path}: {error.strerror or error}")
    except CodecError as error:
        tell_error(f"{path}: {_said(error)}")
    else:
        return
    raise typer.Exit(UNREADABLE)


def _said(error: CodecError) -> str:
    """Without the severity: it is an error that ends the command."""
    return str(error).removeprefix(f"{error.finding.severity}: ")


def _is_stream(output: Path | None) -> bool:
    return output is None or str(output) == "-"


def _spare(file: Path, output: Path | None) -> None:
    """An output that is the input itself, under whatever name, ends the command with 2 before anything is lost."""
    if output is None or _is_stream(output):
        return
    try:
        read = os.fstat(sys.stdin.fileno()) if str(file) == "-" else file.stat()
        written = output.stat()
    except OSError:  # one of them is not there, or no file
        return
    if stat.S_ISREG(written.st_mode) and os.path.samestat(read, written):
        tell_error(f"{output}: is the input itself, which would be lost; name another file")
        raise typer.Exit(UNREADABLE)


def _write(data: bytes, output: Path | None) -> None:
    """A file that cannot be written ends the command with 1."""
    if output is None or _is_stream(output):
        typer.echo(data, nl=False)
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        tell_error(f"{output}: cannot be written: {error.strerror or error}")
        raise typer.Exit(1) from error


def _inspected(path: Path, guide: Guide | None = None) -> Inspection | None:
    """None where there is no such file, which is told."""
    try:
        return inspected(path, guide)
    except OSError as error:
        tell_error(f"{path}: {error.strerror or error}")
        return None


def _summary(found: Inspection) -> str:
    if not found.readable:
        return "cannot be read"
    messages = sum(len(group.messages) for each in found.interchanges for group in each.groups)
    said = f"{found.standard}, {counted(messages, 'message')}, {counted(found.segments, 'segment')}, "
    if not found.errors and not found.warnings:
        return said + "clean"
    fatal = f" ({found.fatal} fatal)" if found.fatal else ""
    return said + f"{counted(found.errors, 'error')}{fatal}, {counted(found.warnings, 'warning')}"


def _show(path: Path, found: Inspection) -> None:
    head(str(path), f": {_summary(found)}")
    for each in found.interchanges:
        d = each.delimiters
        marks = " ".join(_visible(c) for c in (d.element, d.component, d.segment, d.repetition, d.release) if c)
        test = ", test" if each.test else ""
        parties = f"{_party(each.sender)} to {_party(each.receiver)}"
        say(f"  {parties}, {_number(each.control_number)}{test}, delimiters {marks}")
        for group in each.groups:
            indent = "    "
            if group.code is not None or group.control_number is not None:
                say(f"    {_joined('group', group.code, group.version, _number(group.control_number))}")
                indent = "      "
            for message in group.messages:
                name = _joined(message.type, message.version, _number(message.control_number))
                verdict = message.verdict.replace("_", " ")
                say(f"{indent}{name}: {counted(message.segments, 'segment')}, {verdict}")


def _number(number: str | None) -> str:
    return f"number {number}" if number else "without a number"


def _joined(*words: str | None) -> str:
    return " ".join(filter(None, words))


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
