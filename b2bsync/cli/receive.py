"""``b2bsync receive``: take a file as if the partner had sent it."""

from pathlib import Path
from typing import Annotated

import typer

from b2bsync.app import arrivals
from b2bsync.cli.output import opened, say


def receive(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file; it stays where it is.")
    ],
    partner: Annotated[str, typer.Option("--partner", "-p", help="Whose file it is: a name in partners/.")],
) -> None:
    """Receive one file; a daemon takes it up at once, `b2bsync once` works it off without one."""
    with opened() as app:
        taken = arrivals.take(app, file, partner)
    say(f"message {taken['message']}: {taken['bytes']} bytes received for {partner}")
