"""``b2bsync init`` and ``b2bsync check``."""

from pathlib import Path
from typing import Annotated

import typer

from b2bsync.app import checks
from b2bsync.app.installation import init as make
from b2bsync.cli.output import Json, columns, console, opened, print_json, print_table, say, telling


def init(directory: Annotated[Path, typer.Argument(help="Where the workspace shall be.")]) -> None:
    """Make a workspace: a commented config.toml, an example partner, and empty folders."""
    with telling():
        root = make(directory)
    say(f"A workspace is at {root}. Next: edit config.toml, copy partners/_example.toml to partners/NAME.toml,")
    say(f"and run `b2bsync -w {directory} check`.")


def check(
    json: Json = False,
    offline: Annotated[bool, typer.Option("--offline", help="Do not connect to outside systems.")] = False,
) -> None:
    """Look at everything before it runs: configuration, connections, mappings, partners, schedules, overrides."""
    with opened() as app:
        found = checks.check(app, connect=not offline)
    if json:
        print_json(found)
    else:
        marks = {"ok": "[green]ok[/]     ", "warning": "[yellow]warning[/]", "error": "[red]error[/]  "}
        for finding in found["findings"]:
            console.print(marks[finding["level"]], end=" ")
            say(f"{finding['what']}: {finding['text']}")
        if found["overrides"]:
            names = columns("kind", "name") | {"by": "path"}
            print_table("Overridden built-ins", names, found["overrides"])
    if not found["ok"]:
        raise typer.Exit(1)
