"""``b2bsync deliveries``: interchanges on their way, and sends that nobody knows the end of."""

from enum import StrEnum
from typing import Annotated

import typer

from b2bsync.app import operations
from b2bsync.cli.output import Json, Limit, opened, print_json, print_table, say, who

app = typer.Typer(help="Deliveries: list, decide.", no_args_is_help=True)


class Decision(StrEnum):
    SENT = "sent"
    RESEND = "resend"


@app.command("list")
def list_(
    partner: Annotated[str | None, typer.Option(help="Only this partner's.")] = None,
    state: Annotated[str | None, typer.Option(help="Only this state, such as in_doubt or dead.")] = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """The newest deliveries."""
    with opened() as app:
        rows = operations.delivery_listing(app, partner=partner, state=state, limit=limit)
    if json:
        print_json(rows)
        return
    names = {"id": "id", "partner": "partner", "name": "name", "state": "state", "acknowledged": "ack_state"}
    print_table(
        "Deliveries", names | {"due": "ack_due", "sent": "sent_at", "tries": "attempts", "error": "error"}, rows
    )


@app.command()
def decide(
    delivery: Annotated[int, typer.Argument(help="The delivery's number.")],
    decision: Annotated[Decision, typer.Argument(help="sent: it arrived; resend: send the same bytes again.")],
) -> None:
    """Say how an interrupted send ended."""
    with opened() as app:
        said = operations.decide_delivery(app, delivery, "sent" if decision is Decision.SENT else "resend", who())
    say(f"delivery {delivery}: {said}")
