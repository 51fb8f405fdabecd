"""Everything that can be found out before anything runs."""

import tomllib
from typing import Any

import msgspec

from b2bsync.app.installation import App
from b2bsync.channels import ChannelError
from b2bsync.config import missing_secrets
from b2bsync.edi import standard
from b2bsync.exchange.intake import inbound_channel
from b2bsync.exchange.setting import NotConfigured
from b2bsync.mapping import MappingError
from b2bsync.mapping.columns import Columns, columns_of
from b2bsync.partners import Partner
from b2bsync.partners.partner import ACKNOWLEDGEMENTS
from b2bsync.store import StoreError
from b2bsync.store.convert import KINDS
from b2bsync.sync import Discovery, SyncError
from b2bsync.sync.stage import parsed, selected
from b2bsync.terms import Policy
from b2bsync.vocabulary.settings import SettingsError, near


def check(app: App, *, connect: bool = True) -> dict[str, Any]:
    """``ok`` when nothing is an error; ``findings`` with level (ok, warning, error), what and text; ``overrides``.

    ``connect`` false leaves the outside systems alone.
    """
    found = [_finding("error", "configuration", p) for p in missing_secrets(app.config)]
    found.append(_finding("ok", "configuration", f"{app.workspace.config}, node {app.config.node}, {app.config.stage}"))
    found += _database(app)
    found += [_finding("error", "mapping", problem) for problem in app.mappings.check()]
    found.append(_finding("ok", "mappings", f"{len(app.mappings.names())} found"))
    found += [_finding("error", "guide", problem) for problem in app.guides.check()]
    found.append(_finding("ok", "guides", f"{len(app.guides.names())} found"))
    found += [_finding("error", "partner", problem) for problem in app.problems]
    if not any(app.workspace.partners.glob("[!_.]*.toml")):
        found.append(_finding("warning", "partners", "there is none yet: copy partners/_example.toml to NAME.toml"))
    for partner in app.partners:
        found += _partner(app, partner)
    found += [_finding("error", "schedule", problem) for problem in app.schedules.problems]
    found += _schedules(app)
    found += [_finding("error", "connector", problem) for problem in app.connectors.check()]
    for name in app.connectors.names():
        found += _mappings(app, name)
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
            missing = _missing_columns(app, name, connection.discover()) if result.ok else []
    except SyncError as error:
        return [_finding("error", what, error)]
    if missing:
        return [_finding("error", what, text) for text in missing]
    if result.ok:
        return [_finding("ok", what, result.system)]
    away = [problem for problem in result.problems if problem.kind == "unreachable"][1:]  # one says it for all
    return [_finding("error", what, problem) for problem in result.problems if problem not in away]


def _mappings(app: App, name: str) -> list[dict[str, Any]]:
    """Streams and pushes whose mapping is not there, is for something else, or does not give what they ask for."""
    try:
        streams, pushes = app.connectors.streams(name), app.connectors.pushes(name)
    except SyncError:
        return []  # told already
    texts = []
    for stream, settings in streams.items():
        where = f"connector.{name}.stream.{stream}.mapping"
        texts += _fits(app, where, settings.mapping, (*sorted(KINDS), *sorted(app.pull.sinks)), "read")
    for kind, push in pushes.items():
        where = f"connector.{name}.push.{kind}"
        wrong = _fits(app, f"{where}.mapping", push.mapping, ("SalesOrder",), "write")
        columns = None if wrong else _columns(app, push.mapping, "write")
        if columns is not None:
            lists = {column: below.own for column, below in columns.lists.items()}
            wrong = [f"{where}.{text}" for text in push.unknown(columns.own, lists)]
        if push.answer is not None:
            wrong += _fits(app, f"{where}.answer", push.answer, ("ErpAnswer",), "read")
        texts += wrong
    return [_finding("error", f"connector {name}", text) for text in texts]


def _fits(app: App, where: str, mapping: str, documents: tuple[str, ...], direction: str) -> list[str]:
    """What is wrong with naming this mapping here; a mistake inside of it is told elsewhere."""
    names = [name for name, _, _ in app.mappings.names()]
    if mapping not in names:
        return [f"{where}: there is no mapping {mapping!r}; {near(mapping, names) or 'put it into mappings/'}"]
    try:
        found = app.mappings.get(mapping)
    except MappingError:
        return []
    if found.document not in documents:
        return [f"{where}: {mapping} is for {found.document}; allowed here: {', '.join(documents)}"]
    if found.dialect != "record":
        return [f"{where}: {mapping} is for {found.dialect}; a connector needs one for records"]
    only = tomllib.loads(found.text).get("only", direction)
    return [] if only == direction else [f'{where}: {mapping} says only = "{only}", but it has to {direction} here']


def _columns(app: App, mapping: str, direction: str) -> Columns | None:
    try:
        return columns_of(app.mappings.get(mapping), direction)
    except MappingError:
        return None


def _missing_columns(app: App, name: str, discovery: Discovery) -> list[str]:
    """What mappings read and the streams do not give. Of lists in a record only their names are known beforehand."""
    texts = []
    for info in discovery.streams:
        mapping = app.connectors.stream(name, info.name).mapping
        columns = _columns(app, mapping, "read")
        if columns is None or not info.columns:
            continue
        for column, key in {**columns.own, **dict.fromkeys(columns.lists, "a list")}.items():
            if column not in info.columns:
                advice = near(column, info.columns) or "add it, or say optional = true in the mapping"
                texts.append(
                    f"connector.{name}.stream.{info.name}: mapping {mapping} reads the column {column} ({key}), which "
                    f"the stream does not give; it gives {', '.join(info.columns)}; {advice}"
                )
    return texts


def _partner(app: App, partner: Partner) -> list[dict[str, Any]]:
    what = f"partner {partner.name}"
    found = []
    try:
        msgspec.convert(partner.gate, Policy, strict=False)
    except msgspec.ValidationError as error:
        found.append(_finding("error", what, f"[gate] in {partner.file.name}: {error}"))
    for type in dict.fromkeys((*partner.documents.receive, *partner.documents.send)):
        if type in ACKNOWLEDGEMENTS:  # written and read without a mapping
            continue
        try:
            version = _version(partner, type)
            if app.setting.mapping(partner, type, version, "x12" if type.isdigit() else "edifact") is None:
                text = f"there is no mapping for {type} of {version}; add one or change [documents]"
                found.append(_finding("error", what, text))
        except MappingError as error:
            found.append(_finding("error", what, error))
    found += [_finding("error", what, problem) for problem in _guides(app, partner)]
    found += [_finding("warning", what, hint) for hint in (*_approximations(partner), *_idle(partner))]
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
        found.append(_finding("error", what, error))
    identity = partner.isa or partner.unb
    return found or [_finding("ok", what, f"{partner.title}, {identity}, {partner.stage}, from {partner.starts}")]


def _version(partner: Partner, type: str) -> str:
    """The version in which a set or message is sent."""
    return partner.send.of(type).version if type.isdigit() else partner.send.edifact.of(type).directory


def _approximations(partner: Partner) -> list[str]:
    """Versions whose facts are not shipped: what is sent in them is judged by the nearest ones."""
    texts = {}
    for type in partner.documents.send:
        if type in ACKNOWLEDGEMENTS:  # which follow what they answer
            continue
        version = _version(partner, type)
        if standard.is_known(version):
            continue
        own = partner.send.types.get(type) or partner.send.edifact.types.get(type)
        key = "version" if type.isdigit() else "directory"
        table = "send" if type.isdigit() else "send.edifact"
        key = f"{table}.types.{type}.{key}" if own and getattr(own, key) else f"{table}.{key}"
        nearest = standard.nearest(version)
        used = f"the nearest, {nearest}, is used" if nearest else "none is near"
        texts[version] = f"{key} in {partner.file.name}: there are no facts for {version}; {used}"
    return list(texts.values())


def _idle(partner: Partner) -> list[str]:
    """What is said of types that are not agreed, and so means nothing."""
    agreed = {*partner.documents.receive, *partner.documents.send}
    sent = set(partner.documents.send)
    said = [
        *(("guides", type, agreed) for type in partner.agreement.guides),
        *(("send.types", type, sent) for type in partner.send.types),
        *(("send.edifact.types", type, sent) for type in partner.send.edifact.types),
    ]
    return [
        f"{table}.{type} in {partner.file.name}: {type} is not agreed; "
        f"add it to [documents]{' send' if known is sent else ''}, or leave this out"
        for table, type, known in said
        if type not in known
    ]


def _guides(app: App, partner: Partner) -> list[str]:
    """Guides that an agreement names and that are not there, or are for something else; what is wrong inside of one is
    told elsewhere."""
    texts = []
    for type, name in partner.agreement.guides.items():
        where = f"guides.{type} in {partner.file.name}"
        try:
            guide = app.guides.get(name)
        except SettingsError as error:
            if name not in app.guides.names():
                texts += [f"{where}: {problem}" for problem in error.problems]
            continue
        version = _version(partner, type)
        if guide.type != type:
            texts.append(f"{where}: the guide {name} is for {guide.type}")
        elif partner.sends(type) and not guide.fits(version, type):
            texts.append(f"{where}: the guide {name} is for {guide.version}, but the {type} is sent as {version}")
    return texts
