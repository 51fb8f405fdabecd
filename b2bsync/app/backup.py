"""Backup and restore of an installation, and what is to be seen to after a restore."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from b2bsync import __version__
from b2bsync.app.failures import NotFound
from b2bsync.app.installation import App
from b2bsync.engine.node import NodeLock
from b2bsync.exchange import restored as aftermath
from b2bsync.exchange.missed import Missed, missed, receive_missed
from b2bsync.exchange.release import release, release_all
from b2bsync.exchange.restored import JUMP, Aftermath, Restored
from b2bsync.exchange.sending import bounds
from b2bsync.store import backup as store
from b2bsync.store import control_numbers, installation, open_database
from b2bsync.store.backup import Backup, BackupError
from b2bsync.store.control_numbers import HIGHEST
from b2bsync.store.migrations import lock_tables
from b2bsync.sync import ConfigError

_NUMBERS_LOST = (
    "the control numbers of {target} cannot be read (it is lost or damaged, or no database of b2bsync), so it goes on "
    "from the backup's: where this backup was restored before, restore it again with a larger --jump, before anything "
    "is sent"
)


def backup(app: App, file: Path, *, overwrite: bool = False) -> dict[str, Any]:
    """Write everything into one file while others go on working. Raises BackupError, StoreError."""
    made = store.write_backup(
        app.database,
        file.absolute(),
        stage=str(app.config.stage),
        company=app.config.main_company,
        node=app.config.node,
        program=__version__,
        overwrite=overwrite,
    )
    return _shown(made)


def check(file: Path) -> dict[str, Any]:
    """Read all of a backup and say what it is. Raises BackupError where it is not whole, or too new for us."""
    found = store.read_backup(file.absolute())
    store.refuse_newer(found.header, found.path)
    return _shown(found)


def _shown(found: Backup) -> dict[str, Any]:
    header = found.header
    return {
        "file": str(found.path),
        "bytes": found.size,
        "created_at": datetime.fromisoformat(header.created_at),
        "program": header.program,
        "revision": header.revision,
        "database": header.database,
        "stage": header.stage,
        "company": header.company,
        "node": header.node,
        "rows": sum(found.rows.values()),
        "tables": found.rows,
        "sha256": found.sha256,
    }


def restore(app: App, file: Path, who: str, *, replace: bool = False, jump: int = JUMP) -> dict[str, Any]:
    """Put a backup into the place of the installation's database, which must be empty, or is kept aside with
    ``replace`` (SQLite only). ``jump``: control numbers left out of each range, counted from the later of the backup's
    number and that of the database which is replaced.

    Everything that can be found wrong is found before anything is changed. Raises BackupError, StoreError, and NodeBusy
    while a daemon runs.
    """
    if not 1 <= jump < HIGHEST:
        raise BackupError(f"a jump of {jump} control numbers is not possible; allowed: 1 to {HIGHEST - 1}")
    found = store.read_backup(file.absolute())
    store.refuse_newer(found.header, found.path)
    if found.header.stage != app.config.stage:
        raise BackupError(
            f"{file} is a backup of {found.header.stage}, and this workspace is for {app.config.stage}; restore it in "
            f"a workspace whose config.toml says so"
        )
    taken = datetime.fromisoformat(found.header.created_at)
    facts = Restored(file=file.name, taken_at=taken, at=datetime.now(UTC))
    url = app.config.database_url()
    path = make_url(url).database
    into_file = url.startswith("sqlite")
    if into_file and (path is None or path.startswith("file:")):
        raise BackupError(f"database {app.config.database_shown()}: name the file itself to restore into it")
    if into_file:
        aside, done, warnings = _into_file(app, found, Path(str(path)), facts, who, replace, jump)
    else:
        aside, done, warnings = None, _into_server(url, found, facts, who, jump), []
    warnings += _warnings(app, found, done.streams)
    there, problems = missed(app.setting, kept=app.config.retention.messages.kept)
    return {
        **_shown(found),
        "into": app.config.database_shown(),
        "kept_aside": str(aside) if aside else None,
        "jump": jump,
        "control_numbers": done.ranges,
        "held": done.held,
        "in_doubt": done.in_doubt,
        "tasks": done.tasks,
        "streams": done.streams,
        "missed": [_missed(each) for each in there],
        "warnings": [*warnings, *problems],
    }


def _into_file(
    app: App, found: Backup, target: Path, facts: Restored, who: str, replace: bool, jump: int
) -> tuple[Path | None, Aftermath, list[str]]:
    """A new file beside the old one takes its place when it is whole. The last of the three: what to warn of."""
    if not target.parent.is_dir():
        raise BackupError(f"there is no folder {target.parent}; create it, or correct [database] of config.toml")
    with _node(app, target):
        if target.exists():
            if not replace:
                raise store.NotEmpty(store.already_there(target))
            store.refuse_open(target)
        drawn = store.numbers_drawn(target) if replace else {}
        warnings = [] if drawn is not None else [_NUMBERS_LOST.format(target=target)]
        with store.new_file(target) as new:
            with store.filled(new) as (_, session):
                store.load(session, found)
                control_numbers.keep_later(session, drawn or {}, bounds=bounds(app.partners))
                done = aftermath.settle(session, facts, who, jump)
                session.commit()
            return store.replace_database(new, target, replace=replace), done, warnings


@contextmanager
def _node(app: App, target: Path) -> Iterator[None]:
    """While inside no daemon starts under this node's id."""
    lock = NodeLock(store.unopened(target), app.config.node, app.config.root)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _into_server(url: str, found: Backup, facts: Restored, who: str, jump: int) -> Aftermath:
    """Everything in one transaction: whoever comes meanwhile to make the tables waits, and finds them."""
    database = open_database(url, pool=1)
    try:
        with database.session() as session:
            lock_tables(session.connection())
            store.make_empty(session, database.where)
            store.load(session, found)
            done = aftermath.settle(session, facts, who, jump)
            session.commit()
            return done
    finally:
        database.close()


def _warnings(app: App, found: Backup, streams: list[str]) -> list[str]:
    """What the restore cannot bring back by itself."""
    said = []
    if found.header.company != app.config.main_company:
        said.append(
            f"the backup's company is {found.header.company}, this workspace's {app.config.main_company}: what belongs "
            "to the other one is not seen"
        )
    for name in streams:
        connector, _, stream = name.partition(".")
        try:
            again = app.connectors.stream(connector, stream).rereadable
        except ConfigError:
            said.append(f"stream {name} is not configured here, and is not read")
            continue
        if not again:
            said.append(
                f"stream {name} cannot be read again: put the files that it took since "
                f"{found.header.created_at[:16].replace('T', ' ')} UTC back into its directory"
            )
    return said


def _missed(each: Missed) -> dict[str, Any]:
    arrival = each.arrival
    return {"partner": each.partner.name, "name": arrival.name, "bytes": arrival.size, "path": str(arrival.path)}


def receive_again(app: App, partner: str | None = None) -> dict[str, Any]:
    """Receive what partners sent after the backup from which the database was restored; committed when this returns."""
    if partner is not None and app.partners.get(partner) is None:
        raise NotFound(f"there is no partner {partner!r}; known: {', '.join(app.partners.names()) or 'none'}")
    there, problems = missed(app.setting, partner, app.config.retention.messages.kept)
    return {
        "received": receive_missed(app.setting, there),
        "files": [_missed(each) for each in there],
        "problems": problems,
    }


def release_deliveries(app: App, ids: list[int], who: str) -> dict[str, Any]:
    """Let held deliveries go: these, or all when none is named, and then what comes leaves by itself again."""
    with app.database.session() as session:
        count = release(app.setting, session, ids, who) if ids else release_all(app.setting, session, who)
        held = installation.get(session, installation.HELD) is not None
        session.commit()
    return {"released": count, "held": held}
