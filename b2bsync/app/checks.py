"""Everything that can be found out before anything runs."""

from typing import Any

import msgspec

from b2bsync.app.installation import App
from b2bsync.channels import ChannelError
from b2bsync.config import missing_secrets
from b2bsync.exchange.intake import inbound_channel
from b2bsync.exchange.setting import NotConfigured
from b2bsync.mapping import MappingError
from b2bsync.partners import Partner
from b2bsync.store import StoreError
from b2bsync.sync import SyncError
from b2bsync.sync.stage import parsed, selected
from b2bsync.terms import Policy


def check(app: App, *, connect: bool = True) -> dict[str, Any]:
    """``ok`` when nothing is an error; ``findings`` with level (ok, warning, error), what and text; ``overrides``.

    ``connect`` false leaves the outside systems alone.
    """
    found = [_finding("error", "configuration", p) for p in missing_secrets(app.config)]
    found.append(_finding("ok", "configuration", f"{app.workspace.config}, node {app.config.node}, {app.config.stage}"))
    found += _database(app)
    found += [_finding("error", "mapping", problem) for problem in app.library.check()]
    found.append(_finding("ok", "mappings", f"{len(app.library.names())} found"))
    found += [_finding("error", "partner", problem) for problem in app.problems]
    if not len(app.partners):
        found.append(_finding("warning", "partners", "there is none yet: copy partners/_example.toml to NAME.toml"))
    for partner in app.partners:
        found += _partner(app, partner)
    found += [_finding("error", "schedule", problem) for problem in app.schedules.problems]
    found += _schedules(app)
    found += [_finding("error", "connector", problem) for problem in app.connectors.check()]
    for name in app.connectors.names() if connect else ():
        found += _connector(app, name)
    overrides = [
        {"kind": o.kind, "name": o.name, "path": str(o.path), "builtin": str(o.builtin)}
        for o in app.workspace.overrides()
    ]
    return {"ok": all(f["level"] != "error" for f in found), "findings": found, "overrides": overrides}


def _finding(level: str, what: str, text: object) -> dict[str, Any]:
    return {"level": level, "what": what, "text": str(text)}


def _database(app: App) -> list[dict[str, Any]]:
    try:
        with app.database.session():
            return [_finding("ok", "database", app.config.database_shown())]
    except StoreError as error:
        return [_finding("error", "database", error)]


def _schedules(app: App) -> list[dict[str, Any]]:
    """What a schedule would find wrong when it fires."""
    found = []
    for schedule in app.schedules.found:
        try:
            name, _ = parsed(schedule.target)
            if schedule.enabled:
                selected(app.connectors, [name])
        except SyncError as error:
            found.append(_finding("error", f"schedule {schedule.name}", error))
    return found


def _connector(app: App, name: str) -> list[dict[str, Any]]:
    what = f"connector {name}"
    try:
        with app.connectors.open(name) as connection:
            result = connection.check()
    except SyncError as error:
        return [_finding("error", what, error)]
    if result.ok:
        return [_finding("ok", what, result.system)]
    return [_finding("error", what, problem) for problem in result.problems]


def _partner(app: App, partner: Partner) -> list[dict[str, Any]]:
    what = f"partner {partner.name}"
    found = []
    try:
        msgspec.convert(partner.gate, Policy, strict=False)
    except msgspec.ValidationError as error:
        found.append(_finding("error", what, f"[gate] in {partner.file.name}: {error}"))
    for type in dict.fromkeys((*partner.documents.receive, *partner.documents.send)):
        try:
            if app.setting.mapping(partner, type) is None:
                text = f"there is no mapping for {type} of {partner.send.version}; add one or change [documents]"
                found.append(_finding("error", what, text))
        except MappingError as error:
            found.append(_finding("error", what, error))
    if partner.stage != app.config.stage:
        text = f"is agreed for {partner.stage}, but this installation's ERPs are for {app.config.stage}"
        found.append(_finding("error", what, f"{text}: its orders would stop at the stage wall"))
    if "850" in partner.documents.receive:
        try:
            app.setting.erp(partner)
        except NotConfigured as error:
            found.append(_finding("error", what, error))
    try:
        inbound_channel(partner).check()
    except ChannelError as error:
        found.append(_finding("warning", what, error))
    return found or [_finding("ok", what, f"{partner.title}, {partner.isa}, {partner.stage}, from {partner.starts}")]
