"""Pulls from the ERP: run them now, see what they did and what they set aside."""

from collections.abc import Callable, Sequence
from typing import Any

from b2bsync.app.failures import NotFound
from b2bsync.app.installation import App
from b2bsync.sync import Progress, StreamBusy, rejects, runs
from b2bsync.sync.stage import selected

COUNTS = ("read", "added", "changed", "unchanged", "removed", "rejected")
RUN = ("id", "connector", "stream", "mode", "status", "pages", *COUNTS, "error")
REJECT = ("id", "at", "connector", "stream", "key", "error", "record")


def pull(
    app: App,
    names: Sequence[str],
    *,
    full: bool = False,
    accept_loss: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> list[dict[str, Any]]:
    """Pull streams in the order of the configuration, one after the other; what each run did.

    A stream that another process pulls right now is listed with status ``busy``.
    """
    chosen = selected(app.connectors, names)
    if not chosen:
        raise NotFound("no stream is configured: [connector.NAME.stream.NAME] in config.toml describes one")
    done: list[dict[str, Any]] = []
    for connector, stream in chosen:
        try:
            run = app.pull.run(connector, stream, full=full, accept_loss=accept_loss, progress=progress)
            done.append({**{name: getattr(run, name) for name in RUN}, "warnings": list(run.warnings)})
        except StreamBusy as error:
            idle = dict.fromkeys(("pages", *COUNTS), 0)
            said = {"id": None, "connector": connector, "stream": stream, "mode": "", "status": "busy"}
            done.append({**said, **idle, "error": str(error), "warnings": []})
    return done


def _named(name: str | None) -> dict[str, str | None]:
    connector, _, stream = (name or "").partition(".")
    return {"connector": connector or None, "stream": stream or None}


def rejected(app: App, name: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """Records that were set aside and why, newest first; ``name`` is ``connector`` or ``connector.stream``."""
    with app.database.session() as session:
        return [{k: getattr(r, k) for k in REJECT} for r in rejects(session, **_named(name), limit=limit)]


def history(app: App, name: str | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """The newest runs."""
    with app.database.session() as session:
        found = runs(session, **_named(name), limit=limit)
        return [{k: getattr(r, k) for k in (*RUN, "started_at", "ended_at")} for r in found]
