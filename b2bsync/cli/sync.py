"""``b2bsync sync``: pull streams now; its runs and what they set aside."""

from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from b2bsync.app import pulls
from b2bsync.cli.output import Json, Limit, columns, errors, opened, print_json, print_table, say, tell_warning


def sync(
    streams: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CONNECTOR[.STREAM]…] | rejects | runs",
            help="What to pull; nothing named: all of it. `rejects` lists records set aside, `runs` what was done.",
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything and find what was deleted.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Let a full run remove more than the stream's max_loss.")
    ] = False,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """Pull master data, shipments and invoices from the ERP now."""
    names = streams or []
    if names[:1] == ["rejects"]:
        _rejects(names[1] if names[1:] else None, limit, json)
    elif names[:1] == ["runs"]:
        _runs(names[1] if names[1:] else None, limit, json)
    else:
        _pull(names, full, accept_loss, json)


def _pull(names: list[str], full: bool, accept_loss: bool, json: bool) -> None:
    spinner = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with opened() as app, Progress(*spinner, console=errors, transient=True) as bar:
        task = bar.add_task("connecting", total=None)

        def moved(run: Any) -> None:
            bar.update(task, description=f"{run.connector}.{run.stream}: {run.read:,} read, {run.rejected:,} set aside")

        done = pulls.pull(app, names, full=full, accept_loss=accept_loss, progress=moved)
    if json:
        print_json(done)
    else:
        print_pulled(done)
    if any(run["status"] in ("failed", "stopped", "busy") for run in done):
        raise typer.Exit(1)


def print_pulled(done: list[dict[str, Any]]) -> None:
    """What runs did, as ``sync`` and the demonstration print it."""
    rows = [{**run, "name": f"{run['connector']}.{run['stream']}"} for run in done]
    print_table("Pulled", {"stream": "name"} | columns("mode", "status", *pulls.COUNTS), rows)
    for run in rows:
        for text in (run["error"], *run["warnings"]):
            if text:
                tell_warning(run["name"], text)
    if any(run["rejected"] for run in rows):
        say("Records were set aside; `b2bsync sync rejects` shows them and why.")


def _rejects(name: str | None, limit: int, json: bool) -> None:
    with opened() as app:
        found = pulls.rejected(app, name, limit)
    if json:
        print_json(found)
        return
    rows = [{**r, "name": f"{r['connector']}.{r['stream']}"} for r in found]
    print_table("Records set aside", {"id": "id", "when": "at", "stream": "name", "key": "key", "why": "error"}, rows)
    if rows:
        say("Each is taken over when its source sends it right; `b2bsync sync STREAM --full` reads everything again.")


def _runs(name: str | None, limit: int, json: bool) -> None:
    with opened() as app:
        found = pulls.history(app, name, limit)
    if json:
        print_json(found)
        return
    rows = [{**r, "name": f"{r['connector']}.{r['stream']}"} for r in found]
    names = {"id": "id", "started": "started_at", "stream": "name"}
    print_table("Runs", names | columns("mode", "status", *pulls.COUNTS, "error"), rows)
