"""``b2bsync messages``: files as they came, also those of which no document could be made."""

from typing import Annotated

import typer

from b2bsync.app import documents
from b2bsync.app.statuses import MESSAGE_STATUSES
from b2bsync.cli.output import Json, Limit, one_of, opened, print_bytes, print_json, print_table, say, who

app = typer.Typer(help="Received files: list, raw, retry, skip.", no_args_is_help=True)

Id = Annotated[int, typer.Argument(help="The message's number, as `messages list` shows it.")]


@app.command("list")
def list_(
    partner: Annotated[str | None, typer.Option(help="Only this partner's.")] = None,
    status: Annotated[
        str | None,
        typer.Option(help="Only this status, such as failed or duplicate.", callback=one_of(MESSAGE_STATUSES)),
    ] = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """The newest messages."""
    with opened() as app:
        rows = documents.messages(app, partner=partner, status=status, limit=limit)
    if json:
        print_json(rows)
        return
    shown = {"id": "id", "when": "received_at", "partner": "partner", "name": "name", "bytes": "size"}
    print_table("Messages", shown | {"status": "status", "why": "error"}, rows)


@app.command()
def raw(message: Id) -> None:
    """The file as it came."""
    with opened() as app:
        print_bytes(documents.message_raw(app, message))


@app.command()
def retry(message: Id) -> None:
    """Translate a message that failed, or was taken for a repeat, once more."""
    with opened() as app:
        say(f"message {message}: {documents.retry_message(app, message, who())}")


@app.command()
def skip(
    message: Id,
    why: Annotated[str, typer.Option(help="The reason, for the journal.")] = "closed by an operator",
) -> None:
    """Close a failed or partial message that needs nothing more; what was made of it stays."""
    with opened() as app:
        documents.skip_message(app, message, who(), why)
        say(f"message {message}: skipped")
