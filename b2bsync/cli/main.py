"""The ``b2bsync`` command."""

from pathlib import Path
from typing import Annotated

import typer

from b2bsync import __version__
from b2bsync.cli import (
    archive,
    backup,
    daemon,
    deliveries,
    demo,
    documents,
    edi,
    lanes,
    messages,
    orders,
    price,
    receive,
    status,
    sync,
    workspace,
)
from b2bsync.cli.output import Chosen, tell_error
from b2bsync.cli.stream import OutputLost, give_up, guarded

app = typer.Typer(
    name="b2bsync",
    help="ERP integration and EDI: judges every order line against the customer's contract.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"b2bsync {__version__}")
        raise typer.Exit


@app.callback()
def options(
    root: Annotated[
        Path,
        typer.Option("--workspace", "-w", envvar="B2BSYNC_WORKSPACE", help="The workspace's directory."),
    ] = Path(),
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    Chosen.root = root


for verb in (
    workspace.init,
    demo.demo,
    workspace.check,
    sync.sync,
    receive.receive,
    daemon.once,
    daemon.serve,
    status.status,
    price.price,
    backup.backup,
    backup.restore,
):
    app.command()(verb)
for noun, module in {
    "messages": messages,
    "documents": documents,
    "orders": orders,
    "lanes": lanes,
    "deliveries": deliveries,
    "archive": archive,
    "edi": edi,
}.items():
    app.add_typer(module.app, name=noun)


def main() -> None:
    """Entry point of the console script. Output that cannot be written ends it with 2, a reader that left with 1."""
    try:
        with guarded():
            app()
    except OutputLost as lost:
        give_up()
        if lost.reader_left:
            raise SystemExit(1) from None
        tell_error(str(lost))
        raise SystemExit(2) from None
