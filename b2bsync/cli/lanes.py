"""``b2bsync lanes``: the ordered streams of work."""

from typing import Annotated

import typer

from b2bsync.app import operations
from b2bsync.cli.output import Json, columns, opened, print_json, print_table, say, who

app = typer.Typer(help="Lanes of work: list, pause, resume, retry, skip.", no_args_is_help=True)

Lane = Annotated[str, typer.Argument(help="The lane, such as orders:acme.")]


@app.command("list")
def list_(json: Json = False) -> None:
    """Every lane, and the tasks that wait for an operator."""
    with opened() as app:
        found = operations.lanes(app)
    if json:
        print_json(found)
        return
    names = {"lane": "id"} | columns("state", "waiting", "parked", "oldest", "next_try", "fails") | {"why": "error"}
    print_table("Lanes", names, found["lanes"])
    if found["parked"]:
        names = {"task": "id"} | columns("lane", "stage", "subject") | {"since": "created_at", "why": "error"}
        print_table(
            "Parked tasks: `lanes retry LANE` tries them again, `lanes skip TASK` gives up", names, found["parked"]
        )


@app.command()
def pause(lane: Lane) -> None:
    """Stop after the batch that runs; work that comes in waits."""
    with opened() as app:
        say(f"lane {lane}: {operations.pause_lane(app, lane, who())}")


@app.command()
def resume(lane: Lane) -> None:
    """Let a paused or blocked lane flow again."""
    with opened() as app:
        say(f"lane {lane}: {operations.resume_lane(app, lane, who())}")


@app.command()
def retry(lane: Lane) -> None:
    """Try now what backs off, and take parked tasks up again."""
    with opened() as app:
        say(f"lane {lane}: {operations.retry_lane(app, lane, who())}")


@app.command()
def skip(task: Annotated[int, typer.Argument(help="The parked task's number.")]) -> None:
    """Give one parked task up; its document or delivery stays in the journal."""
    with opened() as app:
        say(operations.skip_task(app, task, who()))
