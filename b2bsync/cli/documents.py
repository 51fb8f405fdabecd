"""``b2bsync documents``: what came, what went, and what to do about it."""

from typing import Annotated

import typer

from b2bsync.app import documents
from b2bsync.app.statuses import DOCUMENT_STATUSES
from b2bsync.cli.output import (
    Json,
    Limit,
    brief,
    columns,
    console,
    head,
    one_of,
    opened,
    pairs,
    print_bytes,
    print_json,
    print_table,
    say,
    who,
)

app = typer.Typer(help="Business documents: list, show, raw, send, resend, skip, retry.", no_args_is_help=True)

Id = Annotated[int, typer.Argument(help="The document's number, as `documents list` shows it.")]


@app.command("list")
def list_(
    partner: Annotated[str | None, typer.Option(help="Only this partner's.")] = None,
    status: Annotated[
        str | None, typer.Option(help="Only this status, such as held or failed.", callback=one_of(DOCUMENT_STATUSES))
    ] = None,
    type: Annotated[str | None, typer.Option(help="Only this transaction set, such as 850.")] = None,
    number: Annotated[str | None, typer.Option(help="Only this business number.")] = None,
    direction: Annotated[str | None, typer.Option(help="in or out.")] = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """The newest documents."""
    with opened() as app:
        rows = documents.listing(
            app, partner=partner, status=status, type=type, number=number, direction=direction, limit=limit
        )
    if json:
        print_json(rows)
        return
    shown = {"id": "id", "when": "created_at", "": "direction", "partner": "partner", "customer": "customer"}
    shown |= {"type": "type", "number": "number", "status": "status", "why": "reason"}
    print_table("Documents", shown, [{**row, "reason": brief(row["reason"])} for row in rows])


@app.command()
def show(document: Id, json: Json = False) -> None:
    """One document: content, findings, history, deliveries and the documents around it."""
    with opened() as app:
        found = documents.one(app, document)
    if json:
        print_json(found)
        return
    head(f"{found['type']} {found['number']}", f" ({found['kind'] or 'not mapped'}), document {document}")
    message, controls = found["message"], found["controls"]
    pairs(
        [
            ("partner", f"{found['partner']}, {found['stage']}"),
            ("customer", found["customer"]),
            ("status", found["status"]),
            ("why", found["reason"]),
            ("verdict", found["verdict"]),
            ("came in", f"message {message['id']}, {message['name']}" if message else None),
            ("made of", found["source"]),
            ("answers", f"document {found['parent']}" if found["parent"] else None),
            ("control numbers", " / ".join(v for v in controls.values() if v)),
            ("mapping", (found["mapping"] or "")[:12]),
            ("agreement", (found["agreement"] or "")[:12]),
        ]
    )
    if found["findings"]:
        names = columns("severity", "segment", "tag", "element", "message", "value", "allowed")
        print_table("Findings", names, found["findings"])
    if found["answers"]:
        print_table("Followed by", columns("id", "type", "number", "status", "reason"), found["answers"])
    if found["deliveries"]:
        names = {"id": "id", "name": "name", "state": "state", "acknowledged": "ack_state", "sent": "sent_at"}
        print_table("Deliveries", names | {"tries": "attempts", "error": "error"}, found["deliveries"])
    if found["events"]:
        print_table("History", {"when": "at", "what": "what", "detail": "detail", "who": "who"}, found["events"])
    if found["body"] is not None:
        console.print_json(data=found["body"])


@app.command()
def raw(document: Id) -> None:
    """The bytes as they came, or as they went."""
    with opened() as app:
        print_bytes(documents.raw(app, document))


@app.command()
def send(
    file: Annotated[typer.FileText, typer.Argument(help="A canonical document as JSON; - for standard input.")],
    partner: Annotated[str, typer.Option("--partner", "-p", help="Who gets it.")],
    type: Annotated[str, typer.Option("--type", "-t", help="As which transaction set, such as 846.")],
) -> None:
    """Send a canonical document that somebody wrote: map it, envelope it, queue it."""
    with opened() as app:
        row = documents.send(app, partner, type, file.read(), who())
    say(f"document {row['id']} is {row['status']}{': ' + row['reason'] if row['reason'] else ''}")
    if row["status"] == "failed":
        raise typer.Exit(1)


@app.command()
def retry(document: Id) -> None:
    """Take a held or failed document up again where it stopped."""
    with opened() as app:
        say(f"document {document}: {documents.retry(app, document, who())}")


@app.command()
def resend(document: Id) -> None:
    """Send the same bytes again; for a document that came in, its answer."""
    with opened() as app:
        say(documents.resend(app, document, who()))


@app.command()
def skip(
    document: Id, why: Annotated[str, typer.Option("--why", help="The reason, for the journal.")] = "skipped by hand"
) -> None:
    """Close a document that waits for a person."""
    with opened() as app:
        documents.skip(app, document, who(), why)
    say(f"document {document} is skipped")
