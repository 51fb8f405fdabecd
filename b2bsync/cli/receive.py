"""``b2bsync receive``: take a file as if the partner had sent it."""

from pathlib import Path
from typing import Annotated

import typer

from b2bsync.app import arrivals, backup
from b2bsync.cli.output import opened, say, tell_warning


def receive(
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, readable=True, help="The file; it stays where it is."),
    ] = None,
    partner: Annotated[
        str | None, typer.Option("--partner", "-p", help="Whose file it is: a name in partners/.")
    ] = None,
    missed: Annotated[
        bool, typer.Option("--missed", help="What lies in the partners' done/ and a restored database does not know.")
    ] = False,
) -> None:
    """Receive one file; a daemon takes it up at once, `b2bsync once` works it off without one."""
    if missed:
        if file is not None:
            raise typer.BadParameter("--missed finds the files by itself: name none")
        _again(partner)
        return
    if file is None:
        raise typer.BadParameter("name the file to receive, or say --missed after a restore")
    if partner is None:
        raise typer.BadParameter("say whose file it is: --partner NAME")
    with opened() as app:
        taken = arrivals.take(app, file, partner)
    say(f"message {taken['message']}: {taken['bytes']} bytes received for {partner}")


def _again(partner: str | None) -> None:
    with opened() as app:
        taken = backup.receive_again(app, partner)
    for one in taken["files"]:
        say(f"{one['partner']}  {one['name']}  {one['bytes']:,} bytes")
    say(f"{taken['received']:,} files received that came after the backup")
    for problem in taken["problems"]:
        tell_warning("warning", problem)
    if taken["problems"]:
        raise typer.Exit(1)
