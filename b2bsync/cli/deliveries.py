"""``b2bsync deliveries``: interchanges on their way, sends that nobody knows the end of, and those that are held."""

from enum import StrEnum
from typing import Annotated

import typer

from b2bsync.app import backup, operations
from b2bsync.app.statuses import DELIVERY_STATES
from b2bsync.cli.output import Json, Limit, brief, one_of, opened, print_json, print_table, say, who

app = typer.Typer(help="Deliveries: list, decide, release.", no_args_is_help=True)


class Decision(StrEnum):
    SENT = "sent"
    RESEND = "resend"


@app.command("list")
def list_(
    partner: Annotated[str | None, typer.Option(help="Only this partner's.")] = None,
    state: Annotated[
        str | None, typer.Option(help="Only this state, such as in_doubt or dead.", callback=one_of(DELIVERY_STATES))
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose acknowledgement is overdue.")] = False,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """The newest deliveries."""
    with opened() as app:
        rows = operations.delivery_listing(
            app, partner=partner, state=state, ack_state="overdue" if overdue else None, limit=limit
        )
    if json:
        print_json(rows)
        return
    for row in rows:
        row["what"] = brief(", ".join(row["documents"]), 40)
    names = {"id": "id", "partner": "partner", "name": "name", "what": "what", "state": "state"}
    names |= {"acknowledged": "ack_state"}
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


@app.command()
def release(
    ids: Annotated[list[int] | None, typer.Argument(help="The deliveries' numbers.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All that wait; and what comes leaves by itself again.")
    ] = False,
    json: Json = False,
) -> None:
    """Let deliveries go that are held since the database was restored."""
    if bool(ids) == everything:
        raise typer.BadParameter("name deliveries, or say --all")
    with opened() as app:
        done = backup.release_deliveries(app, ids or [], who())
    if json:
        print_json(done)
        return
    some = "1 delivery goes" if done["released"] == 1 else f"{done['released']:,} deliveries go"
    say(f"{some}; {'all others stay held' if done['held'] else 'nothing is held any more'}")


@app.command()
def waive(delivery: Annotated[int, typer.Argument(help="The delivery's number.")]) -> None:
    """Await no acknowledgement of a delivery any more; one that comes all the same counts."""
    with opened() as app:
        operations.waive_acknowledgement(app, delivery, who())
    say(f"delivery {delivery}: its acknowledgement is not awaited any more")
