"""What in an installation's state needs a person, how badly, and which command acts on it. Pure: from ``status``'s own
values, with no look at a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

Severity = Literal["note", "warning", "trouble"]
VERDICTS = ("ok", "warning", "trouble")
"""The verdict of everything; its place is the exit code of ``b2bsync status``."""

SHOWN = 5
"""So many findings of a kind are told one by one, the others as a number."""

LONG = timedelta(minutes=10)
"""A run that is shorter is never called long."""

VERY_LONG = timedelta(hours=6)
"""A run is called long after this where nothing is known of the runs before it."""

UPGRADE = timedelta(hours=1)
"""So long two versions may run side by side: an upgrade."""

GIVEN_UP = timedelta(days=7)
"""A node that is silent for so long, while others do its work, will not come back."""

LOST = timedelta(minutes=10)
"""So long a document may be without anything due for it: it may just have been moved on."""

State = Mapping[str, Any]


class Finding(msgspec.Struct, frozen=True):
    """``what`` is a word for programs, ``subject`` what it is about, ``detail`` a sentence, ``verb`` the command that
    acts on it; a note has nothing to act on and may have none."""

    severity: Severity
    what: str
    subject: str
    detail: str
    verb: str = ""


def findings(state: State) -> list[Finding]:
    """Everything worth telling, the worst first."""
    kinds = (_daemons, _channels, _lanes, _parked, _documents, _messages, _deliveries, _disputed, _acknowledgements)
    found = [finding for kind in (*kinds, _syncs, _schedules) for finding in kind(state)]
    return sorted(found, key=lambda finding: ("trouble", "warning", "note").index(finding.severity))


def verdict(found: Iterable[Finding]) -> str:
    worst = {finding.severity for finding in found}
    return next((name for name in ("trouble", "warning") if name in worst), "ok")


def span(length: timedelta) -> str:
    """A length of time in its largest unit: ``45 s``, ``12 min``, ``3 h``, ``2 days``."""
    seconds = max(0, int(length.total_seconds()))
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (unit != "days" and seconds >= size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _s(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def _at_most(found: Sequence[Finding], count: int, verb: str) -> Iterator[Finding]:
    """The first of a kind, and the others of ``count`` as a number with a command that lists them."""
    yield from found[:SHOWN]
    if found and (more := count - SHOWN) > 0:
        yield Finding(found[0].severity, found[0].what, f"{more:,} more", "the same", verb)


def _daemons(state: State) -> Iterator[Finding]:
    at: datetime = state["at"]
    alive = [node for node in state["nodes"] if node["alive"]]
    waiting = sum(lane["waiting"] for lane in state["lanes"])
    planned = [schedule["name"] for schedule in state["schedules"] if schedule["enabled"]]
    if not alive and (waiting or planned):
        why = [_s(waiting, "task") + (" waits" if waiting == 1 else " wait")] if waiting else []
        why += [_s(len(planned), "schedule") + (" is" if len(planned) == 1 else " are") + " enabled"] if planned else []
        yield Finding("trouble", "no_daemon", "", f"no daemon runs, though {' and '.join(why)}", "b2bsync serve")
    for node in state["nodes"]:
        if node["pid"] and not node["alive"]:
            silent = at - node["beat"]
            said = f"process {node['pid']} on {node['host']} was not stopped, and is silent for {span(silent)}"
            given_up = bool(alive) and silent > GIVEN_UP
            yield Finding(
                "note" if given_up else "warning", "node_silent", node["id"], said, f"b2bsync serve (on {node['host']})"
            )
    versions = sorted({node["version"] for node in alive})
    if len(versions) > 1:
        length = at - max(node["started"] for node in alive)
        old = ", ".join(node["id"] for node in alive if node["version"] == versions[0])
        said = f"versions {' and '.join(versions)} run side by side for {span(length)}; restart {old}"
        yield Finding("warning" if length > UPGRADE else "note", "versions_differ", old, said, "b2bsync serve")
    for taken in state["takeovers"][:SHOWN]:
        yield Finding("note", "taken_over", taken["lane"], f"{span(at - taken['at'])} ago: {taken['detail']}")


def _channels(state: State) -> Iterator[Finding]:
    found = []
    for down in state["channels_down"]:
        said = f"node {down['node']} cannot look for files for {span(state['at'] - down['since'])}: {down['text']}"
        found.append(Finding("trouble", "channel_down", down["partner"], said, "b2bsync check"))
    yield from _at_most(found, len(found), "b2bsync check")


def _lanes(state: State) -> Iterator[Finding]:
    at: datetime = state["at"]
    found: dict[str, list[Finding]] = {}
    by_age = sorted(state["lanes"], key=lambda lane: lane["oldest"] or at)
    for lane in by_age:
        name, head = lane["id"], lane["head"]
        tasks = _s(lane["waiting"], "task")
        first = f"; first {head['stage']} of {head['of']}" if head else ""
        waits = f"{tasks} wait{'s' if lane['waiting'] == 1 else ''}"
        if lane["oldest"]:
            waits += f" for {span(at - lane['oldest'])}"
        why = f": {lane['error']}" if lane["error"] else ""
        said: tuple[Severity, str, str]
        match lane["state"]:
            case "stuck" if lane["running"]:
                still = f"no batch has ended on node {lane['node']} for {span(at - (lane['since'] or at))}"
                said = (
                    "trouble",
                    "lane_stuck",
                    f"{still}: does the other side hang? Else restart the node; {waits}{first}",
                )
            case "stuck":
                said = ("trouble", "lane_stuck", f"work is due and does not move; {waits}{first}{why}")
            case "blocked":
                said = ("trouble", "lane_blocked", f"waits behind task {lane['blocked']}{why}; {waits}")
            case "backing off" if state["held"] and head and head["stage"] == "deliver" and not _released(name):
                continue  # waits for the release, which is told once, with the verb that helps
            case "backing off":
                until = f"{lane['next_try']:%H:%M:%S} UTC" if lane["next_try"] else "later"
                failed = f"failed {_s(lane['fails'], 'time')}, next try {until}{why}"
                said = ("warning", "lane_backing_off", f"{failed}; {waits}")
            case "paused":
                said = ("warning" if lane["waiting"] else "note", "lane_paused", f"paused by an operator; {waits}")
            case _:
                continue
        severity, what, detail = said
        verb = f"b2bsync lanes {'resume' if what == 'lane_paused' else 'retry'} {name}"
        if lane["state"] == "stuck" and lane["running"]:
            verb = f"b2bsync serve (again, on {lane['node']})"
        finding = Finding(severity, what, name, detail, verb)
        found.setdefault(what, []).append(finding)
    for some in found.values():
        yield from _at_most(some, len(some), "b2bsync lanes list")


def _released(lane: str) -> bool:
    """Whether its sends were let go one by one while the others are held."""
    return lane.startswith("released:")


def _parked(state: State) -> Iterator[Finding]:
    found = [
        Finding(
            "trouble", "task_parked", f"{task['lane']} task {task['id']}",
            f"{task['stage']} of {task['of']} was given up after {_s(task['starts'], 'start')}: {task['error']}",
            f"b2bsync lanes retry {task['lane']} (or: b2bsync lanes skip {task['id']})",
        )
        for task in state["parked"]
    ]  # fmt: skip
    yield from _at_most(found, sum(lane["parked"] for lane in state["lanes"]), "b2bsync lanes list")


LOOKS = {
    "failed": "that could not be mapped, pushed or written",
    "held": "awaiting a decision",
    "refused": "refused, by us or by the partner",
}
"""Documents that need a person, and what was the matter."""


def _documents(state: State) -> Iterator[Finding]:
    at: datetime = state["at"]
    oldest = {row["status"]: row for row in state["oldest"]}
    for status, why in LOOKS.items():
        if count := state["documents"].get(status, 0):
            said = f"{_s(count, 'document')} {why}"
            if row := oldest.get(status):
                said += f"; the oldest, {row['id']} ({row['label']}), came {span(at - row['created_at'])} ago"
            said += "; then documents retry N or documents skip N"
            yield Finding(
                "warning", f"documents_{status}", status, said, f"b2bsync documents list --status {status}"
            )  # fmt: skip
    for row in state["oldest"]:
        if row["due"] is False and at - row["updated_at"] > LOST:
            said = f"{row['label']} is {row['status']} for {span(at - row['created_at'])}, and nothing is due for it"
            yield Finding(
                "trouble", "document_lost", str(row["id"]), f"document {row['id']}, {said}",
                f"b2bsync documents retry {row['id']}",
            )  # fmt: skip


def _messages(state: State) -> Iterator[Finding]:
    for status, why, then in (
        ("failed", "that could not be read", "messages retry N or messages skip N"),
        ("partial", "processed in part only", "messages skip N once the rest is here"),
    ):
        if count := state["messages"].get(status, 0):
            said = f"{_s(count, 'message')} {why}; then {then}"
            verb = f"b2bsync messages list --status {status}"
            yield Finding("warning", f"messages_{status}", status, said, verb)


def _deliveries(state: State) -> Iterator[Finding]:
    counts, listed = state["deliveries"], "b2bsync deliveries list --state"
    if dead := counts.get("dead", 0):
        said = f"{_s(dead, 'send')} cannot go out; then documents retry N or deliveries decide N sent"
        yield Finding("trouble", "deliveries_dead", "dead", said, f"{listed} dead")
    if doubt := state["in_doubt"]:
        said = f"{_s(doubt, 'send')} may or may not have arrived; then deliveries decide N sent or resend"
        yield Finding("warning", "deliveries_in_doubt", "in_doubt", said, f"{listed} in_doubt")
    if held := state["held"]:
        said = f"nothing has been sent for {span(state['at'] - held['since'])} ({held['why']}); "
        said += f"{counts.get('queued', 0):,} wait (deliveries list --state queued); deliveries release N lets one go"
        yield Finding("warning", "deliveries_held", "held", said, "b2bsync deliveries release --all")


def _disputed(state: State) -> Iterator[Finding]:
    """Documents that went although pyx12 and our own judge disagree. They went: the word passes with the day."""
    if not (count := state["disputed"]):
        return
    said = f"the two judges of syntax disagree on {_s(count, 'document')} that went in the last 24 hours"
    for newest in state["disputed_documents"][:1]:
        said += f"; {newest['detail']}"
        verb = f"b2bsync documents show {newest['id']}"
        yield Finding("warning", "second_opinion", "disputed", said, verb)


def _acknowledgements(state: State) -> Iterator[Finding]:
    if not (count := state["overdue"]):
        return
    said = f"{_s(count, 'acknowledgement')} {'is' if count == 1 else 'are'} overdue"
    for first in state["overdue_acknowledgements"][:1]:
        late = span(state["at"] - first["due"])
        said += f", the oldest (delivery {first['id']} to {first['partner']}) for {late}"
    said += "; ask the partner, then documents resend N or deliveries waive N"
    yield Finding("warning", "acknowledgements_overdue", "overdue", said, "b2bsync deliveries list --overdue")


def _syncs(state: State) -> Iterator[Finding]:
    for run in state["syncs"]:
        if not run["configured"]:
            continue
        name = f"{run['connector']}.{run['stream']}"
        for severity, what, detail, verb in _of_stream(state["at"], name, run):
            yield Finding(severity, what, name, detail, verb)


def _of_stream(at: datetime, name: str, run: State) -> Iterator[tuple[Severity, str, str, str]]:
    again, ended = f"b2bsync sync {name}", run["ended"]
    if run["status"] == "running":
        length = at - run["started_at"]
        usual = timedelta(seconds=run["usual_seconds"]) if run["usual_seconds"] is not None else None
        if length > (max(3 * usual, LONG) if usual is not None else VERY_LONG):
            before = f"{span(usual)} are usual" if usual is not None else "no run before it ended"
            said = f"runs for {span(length)}, {before}; if its process is gone, another run says so and ends it"
            yield "warning", "sync_long", said, again
    if ended is not None:
        rows = f"the {ended['read']:,} records" if ended["read"] != 1 else "the only record"
        if ended["status"] == "failed":
            yield "trouble", "sync_failed", f"the last run failed: {ended['error']}", again
        elif ended["status"] == "stopped":
            yield "warning", "sync_stopped", f"the last run stopped: {ended['error']}", f"{again} --full --accept-loss"
        elif ended["read"] and ended["rejected"] == ended["read"]:
            yield "warning", "sync_all_rejected", f"every one of {rows} was set aside", f"b2bsync sync rejects {name}"
        elif ended["rejected"]:
            said = f"{ended['rejected']:,} of {rows} were set aside"
            yield "note", "sync_some_rejected", said, f"b2bsync sync rejects {name}"
        elif not ended["read"] and run["rows_at"] is not None:
            since = ended["started_at"] - run["rows_at"]
            known = run["longest_lull_seconds"] is not None and since <= timedelta(seconds=run["longest_lull_seconds"])
            said = f"the last run read nothing; {span(at - run['rows_at'])} ago there were rows"
            said += ", and it was empty for as long before" if known else ""
            yield "note" if known else "warning", "sync_empty", said, again
    if run["late"]:
        when = f"for {span(at - run['success'])}" if run["success"] else "ever"
        said = f"no run succeeded {when}; {run['late']['schedule']} ({run['late']['when']}) planned more than one since"
        yield "warning", "sync_late", said, again


def _schedules(state: State) -> Iterator[Finding]:
    alive = any(node["alive"] for node in state["nodes"])
    for schedule in state["schedules"]:
        name, what = schedule["name"], schedule["what"]
        if schedule["missed"] and alive:
            count = f"{schedule['missed']} planned times" if schedule["missed"] > 1 else "1 planned time"
            said = f"{what}: no node saw to {count}, the first {span(state['at'] - schedule['missed_since'])} ago"
            yield Finding("warning", "schedule_missed", name, said, f"b2bsync {what.replace(' full', ' --full')}")
        if schedule["enabled"] and schedule["outcome"] == "failed":
            said = f"{what}: could not be started at its last time; the daemon's log says why"
            yield Finding("trouble", "schedule_failed", name, said, "b2bsync check")
        if schedule["enabled"] and schedule["outcome"] == "skipped":
            yield Finding("note", "schedule_skipped", name, f"{what}: the last time was missed, and passed over")
    for problem in state["broken_schedules"]:
        yield Finding("warning", "schedule_broken", problem["file"], problem["text"], "b2bsync check")
