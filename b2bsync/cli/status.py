"""``b2bsync status``: how everything stands, once or again and again, with an exit code for a monitoring program."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from b2bsync.app import EXPECTED, App, messages
from b2bsync.app.status import status as state_of
from b2bsync.app.verdict import VERDICTS, span
from b2bsync.cli import output
from b2bsync.cli.output import Chosen, Json, cell, columns, print_json, print_table, tell_error

UNKNOWN = 3
"""The exit code when nothing can be told: the configuration cannot work, the database cannot be reached."""

SECONDS = 5.0
LANES = 12
"""Most lanes in the table, those first that need a person."""

COLOURS = {"trouble": "red", "warning": "yellow", "note": "cyan", "ok": "green"}
WORST = ("stuck", "blocked", "backing off", "paused", "waiting", "flowing")


def status(
    seconds: Annotated[
        float | None, typer.Argument(min=0.1, max=86400, help=f"With --watch: look this often; {SECONDS:g} by default.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look again and again, until Ctrl-C.")] = False,
    json: Json = False,
) -> None:
    """How everything stands, and which command acts on what does not. Ends with 0: fine, 1: something needs a look,
    2: something is stuck, dead or failed, 3: cannot be told."""
    if watch:
        _watch(seconds or SECONDS, json)
        return
    if seconds is not None:
        raise typer.BadParameter("SECONDS goes with --watch", param_hint="SECONDS")
    try:
        state = _look()
    except EXPECTED as error:
        for text in messages(error):
            tell_error(text)
        raise typer.Exit(UNKNOWN) from error
    if json:
        print_json(state)
    else:
        _print(state)
    raise typer.Exit(VERDICTS.index(state["verdict"]))


def _look() -> dict[str, Any]:
    with App(Chosen.root, looks=True) as app:
        return state_of(app)


def _watch(seconds: float, json: bool) -> None:
    """Until a signal. What cannot be told for a while is said, and looked at again."""
    redraws = output.tables.is_terminal and not json
    with _until_signalled():
        while True:
            began = time.monotonic()
            try:
                state, problems = _look(), []
            except EXPECTED as error:
                state, problems = {}, messages(error)
            if json:
                print_json(state or {"verdict": "unknown", "problems": problems}, indent=0)
            else:
                _draw(state, problems, redraws)
            sys.stdout.flush()
            time.sleep(max(0.0, seconds - (time.monotonic() - began)))


@contextmanager
def _until_signalled() -> Iterator[None]:
    """SIGTERM ends as Ctrl-C does: at once, and without a word."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _draw(state: Mapping[str, Any], problems: Sequence[str], redraws: bool) -> None:
    """A screen in place of the one before; a block after another where there is no screen."""
    screen = output.tables
    with screen.capture() as captured:
        if state:
            _print(state)
        else:
            now = cell(datetime.now().astimezone())
            screen.print(f"[red]unknown[/]: it cannot be told how everything stands at {now}")
            for text in problems:
                screen.print(f"  {escape(text)}")
    lines = captured.get().splitlines()
    if redraws:
        if len(lines) >= screen.height:
            lines = [*lines[: screen.height - 2], "… more: b2bsync status"]
        sys.stdout.write("\x1b[H\x1b[2J")
    sys.stdout.write("\n".join([*lines, ""] if redraws else [*lines, "", ""]))


# -- for people


def _print(state: Mapping[str, Any]) -> None:
    _print_findings(state)
    _print_nodes(state)
    _print_lanes(state)
    _print_documents(state)
    _print_syncs(state)


def _print_findings(state: Mapping[str, Any]) -> None:
    found, verdict = state["findings"], state["verdict"]
    counts = {name: sum(f["severity"] == name for f in found) for name in ("trouble", "warning", "note")}
    said = {
        "ok": "everything flows",
        "warning": "something needs a look",
        "trouble": "something is stuck, dead or failed",
    }
    told = ", ".join(f"{n} {name}{'s' if n > 1 else ''}" for name, n in counts.items() if n)
    rest = " · ".join(filter(None, (told, state["stage"], cell(state["at"]))))
    output.tables.print(f"[bold {COLOURS[verdict]}]{verdict}[/]: {said[verdict]} · {rest}")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for f in found:
        subject = f"[bold]{escape(f['subject'])}[/]: " if f["subject"] else ""
        verb = f"\n→ [bold]{escape(f['verb'])}[/]" if f["verb"] else ""
        grid.add_row(f"[{COLOURS[f['severity']]}]{f['severity']}[/]", f"{subject}{escape(f['detail'])}{verb}")
    if found:
        output.tables.print(grid)


def _print_nodes(state: Mapping[str, Any]) -> None:
    rows = []
    for node in state["nodes"]:
        how = "alive" if node["alive"] else "silent" if node["pid"] else "stopped"
        rows.append({**node, "state": how, "beat": f"{span(state['at'] - node['beat'])} ago"})
    names = {"node": "id"} | columns("state") | {"last beat": "beat"} | columns("version", "pid", "host", "started")
    print_table("Nodes", names, rows, empty="no daemon has run yet")


def _print_lanes(state: Mapping[str, Any]) -> None:
    busy = [lane for lane in state["lanes"] if lane["state"] != "asleep" or lane["parked"]]
    busy.sort(key=lambda lane: WORST.index(lane["state"]) if lane["state"] in WORST else 0)
    rows = []
    for lane in busy[:LANES]:
        head = lane["head"]
        since = span(state["at"] - lane["oldest"]) if lane["oldest"] else ""
        until = f"{lane['next_try'].astimezone():%H:%M:%S}" if lane["next_try"] else ""
        first = f"{head['stage']} of {head['of']}" if head else ""
        rows.append({**lane, "since": since, "until": until, "first": first})
    names = {"lane": "id"} | columns("state", "until", "waiting", "parked", "since") | {"oldest task": "first"}
    asleep = len(state["lanes"]) - len(busy)
    print_table("Lanes", names, rows, empty=f"{asleep} asleep", gives_way="oldest task")
    if rows:
        more = f"{len(busy) - len(rows)} more, " if len(busy) > len(rows) else ""
        output.tables.print(f"{more}{asleep} asleep: b2bsync lanes list")


def _print_documents(state: Mapping[str, Any]) -> None:
    for what in ("messages", "documents", "deliveries"):
        output.tables.print(f"{what}: {_counts(state[what])}")
    if state["oldest"]:
        row = state["oldest"][0]
        age = span(state["at"] - row["created_at"])
        said = f"oldest document not at its end: {row['id']} ({row['label']}), {row['status']}, {age} old"
        output.tables.print(f"{said}: b2bsync documents show {row['id']}", markup=False)
    output.tables.print(f"acknowledgements overdue: {state['overdue']}; deliveries in doubt: {state['in_doubt']}")
    rows = [{**row, "late": span(state["at"] - row["due"])} for row in state["overdue_acknowledgements"][:5]]
    if rows:
        names = {"delivery": "id"} | columns("partner", "name") | {"sent": "sent_at", "overdue for": "late"}
        print_table("Acknowledgements overdue", names, rows)
    output.tables.print(f"master data: {_counts({k: n for k, n in state['master_data'].items() if n})}")


def _print_syncs(state: Mapping[str, Any]) -> None:
    severities: dict[str, str] = {}
    for finding in state["findings"]:  # the worst comes first
        if finding["what"].startswith("sync_"):
            severities.setdefault(finding["subject"], finding["severity"])
    rows = []
    for run in state["syncs"]:
        name = f"{run['connector']}.{run['stream']}"
        mark = severities.get(name, "note")
        how = ", ".join(
            s for s in (run["status"], "full" if run["mode"] == "full" else "", mark) if s not in ("", "note")
        )
        moved = f"+{run['added']:,} ~{run['changed']:,} -{run['removed']:,}"
        began = f"{span(state['at'] - run['started_at'])} ago"
        rows.append({**run, "stream": name, "began": began, "how": how, "moved": moved})
    names = columns("stream", "began") | {"status": "how"} | columns("read")
    names |= {"new, changed, gone": "moved", "set aside": "rejected"}
    print_table("Syncs", names, rows, empty="none yet", gives_way="stream")
    enabled = [{**schedule, **_times(schedule)} for schedule in state["schedules"] if schedule["enabled"]]
    names = {"schedule": "name"} | columns("what", "last", "outcome", "next", "missed")
    others = len(state["schedules"]) - len(enabled)
    print_table("Schedules", names, enabled, empty=f"none is enabled, {others} are there", gives_way="what")


def _times(schedule: Mapping[str, Any]) -> dict[str, str]:
    return {key: f"{at.astimezone():%m-%d %H:%M:%S}" for key in ("last", "next") if (at := schedule[key])}


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in sorted(counts.items())) or "none"
