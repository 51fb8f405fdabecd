"""Migrations of our tables, in the package so that every installation carries them.

``versions/`` holds one file per step. Nothing here knows the engine's own tables, which live in the same database.

Programs of two versions work beside each other while an installation is brought up to date machine by machine. So a
step only expands: it adds tables, indexes, and columns that may be empty or have a default in the database. What such
steps left behind is taken away by a later one that says in its file which program is the oldest that goes on:
``oldest = "0021"``, the newest step of a program that does not use it any more. The database keeps the highest of
these, for older programs to read, which do not have the file.
"""

from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, inspect, select, text

from b2bsync.store.database import Database
from b2bsync.store.errors import DatabaseNotMigrated, DatabaseTooNew
from b2bsync.store.tables import InstallationFact, table_of

OLDEST = "oldest schema"
"""The fact (table ``installation``) with the newest step that a program must at least have to work with the tables."""

_RULED_SINCE = "0007"  # steps before this one were not made for two versions beside each other
_LOCK = 0x62326273  # "b2bs": the advisory lock of whoever migrates
_FACTS = table_of(InstallationFact)


def migrate(database: Database) -> None:
    """Brings the tables to what this program needs; commits. Does nothing when they are.

    One process does it, others wait and find it done. A step that fails leaves the database as it was.
    Raises DatabaseTooNew when a newer program has migrated it, StoreError when the database fails.
    """
    if _fits(database):
        return
    with database.session() as session:
        connection = session.connection()
        if database.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            lock_tables(connection)
        if not _is_newer(connection, database.where):
            upgrade(connection)
            session.commit()


def lock_tables(connection: Connection) -> None:
    """PostgreSQL: who makes or changes tables does it alone, until the transaction ends."""
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def check_version(database: Database) -> None:
    """Raises DatabaseNotMigrated or DatabaseTooNew when this program cannot work with the tables. It can with newer
    ones that were only added to."""
    if not _fits(database):
        raise DatabaseNotMigrated(
            f"database {database.where}: its tables are missing or older than this program; migrate it first"
        )


def newest_revision() -> str:
    """The revision that this program's tables are of."""
    [head] = _script().get_heads()
    return head


def known_revisions() -> set[str]:
    """Every revision that this program can bring to its own."""
    return {script.revision for script in _script().walk_revisions()}


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Brings the tables up to a revision, in the caller's transaction and without a lock."""
    command.upgrade(configuration(connection), revision)
    [at] = MigrationContext.configure(connection).get_current_heads()
    if at >= _RULED_SINCE:
        connection.execute(delete(_FACTS).where(_FACTS.c.key == OLDEST))
        fact = {"key": OLDEST, "value": oldest_program(at), "updated_at": datetime.now(UTC)}
        connection.execute(insert(_FACTS).values(**fact))


def oldest_program(at: str) -> str:
    """The newest step of the oldest program that can work with the tables as step ``at`` leaves them."""
    steps = [script for script in _script().walk_revisions() if script.revision <= at]
    return max([_RULED_SINCE, *(getattr(script.module, "oldest", "") for script in steps)])


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for our migrations on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _fits(database: Database) -> bool:
    with database.session() as session:
        connection = session.connection()
        if _is_newer(connection, database.where):
            return True
        return MigrationContext.configure(connection).get_current_heads() == tuple(_script().get_heads())


def _is_newer(connection: Connection, where: str) -> bool:
    """Whether a newer program has added to the tables. Raises DatabaseTooNew when this one cannot go along."""
    unknown = set(MigrationContext.configure(connection).get_current_heads()) - known_revisions()
    if not unknown:
        return False
    oldest = None
    if inspect(connection).has_table(_FACTS.name):
        oldest = connection.execute(select(_FACTS.c.value).where(_FACTS.c.key == OLDEST)).scalar_one_or_none()
    if oldest is None or newest_revision() < oldest:
        needs = f" and need one that knows at least {oldest}" if oldest else ""
        raise DatabaseTooNew(
            f"database {where}: its tables are of version {', '.join(sorted(unknown))}, made by a newer program{needs} "
            f"(this one knows up to {newest_revision()}); install that program here too, or restore a backup"
        )
    return True


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))
