"""``b2bsync archive``: what is old enough leaves the database, and what left it."""

from typing import Annotated

import typer

from b2bsync.app import retention
from b2bsync.cli.output import Json, opened, print_bytes, print_json, print_table, say, tell_error, who

app = typer.Typer(help="Retention: run, list, show, cat, check.", no_args_is_help=True)


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False, json: Json = False
) -> None:
    """Archive and remove what is older than [retention] says, done, and needed by nothing that is kept."""
    with opened() as app:
        done = retention.run(app, who(), dry=dry_run)
        place = retention.place(app)
    rows = [
        {"class": r.name, "keep": r.keep, "units": r.units, "rows": r.rows, "oldest": r.oldest, "files": r.files}
        for r in done
    ]
    if json:
        print_json({"dry_run": dry_run, "archive": place, "classes": rows})
        return
    names = {"class": "class", "kept": "keep", "would go" if dry_run else "removed": "units", "rows": "rows"}
    print_table("Retention", names | {"oldest": "oldest"}, rows)
    say(f"archive: {place}" if place is not None else "archive: none, what is removed is gone")


@app.command("list")
def list_(json: Json = False) -> None:
    """The files of the archive."""
    with opened() as app:
        rows = retention.files(app)
    if json:
        print_json(rows)
        return
    names = {"class": "class", "month": "month", "file": "file", "lines": "lines", "bytes": "bytes", "made": "made_at"}
    print_table("Archive", names, rows)


@app.command()
def show(
    kind: Annotated[str, typer.Argument(metavar="CLASS", help="Such as documents, orders or messages.")],
    key: Annotated[str, typer.Argument(help="The row's number.")],
) -> None:
    """What was archived together with a row, as JSON."""
    with opened() as app:
        print_json(list(retention.show(app, kind, key)))


@app.command()
def cat(
    digest: Annotated[str, typer.Argument(help="The SHA-256 that the row of a message or a delivery names.")],
) -> None:
    """Raw bytes that were archived, as they came or went."""
    with opened() as app:
        print_bytes(retention.raw(app, digest))


@app.command()
def check() -> None:
    """Compare every file of the archive with its checksum; ends with 1 when one is missing or damaged."""
    with opened() as app:
        wrong = retention.check(app)
    for text in wrong:
        tell_error(text)
    if wrong:
        raise typer.Exit(1)
    say("the archive is whole")
