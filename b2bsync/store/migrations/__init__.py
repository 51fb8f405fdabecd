"""Migrations of our tables, in the package so that every installation carries them.

``versions/`` holds one file per step. Nothing here knows the engine's own tables, which live in the same database.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from b2bsync.store.database import Database
from b2bsync.store.errors import DatabaseNotMigrated, DatabaseTooNew

_LOCK = 0x62326273  # "b2bs": the advisory lock of whoever migrates


def migrate(database: Database) -> None:
    """Brings the tables to what this program needs; commits. Does nothing when they are.

    One process does it, others wait and find it done. A step that fails leaves the database as it was.
    Raises DatabaseTooNew when a newer program has migrated it, StoreError when the database fails.
    """
    if _at_head(database):
        return
    with database.session() as session:
        connection = session.connection()
        if database.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        _refuse_newer(connection, database.where)
        command.upgrade(configuration(connection), "head")
        session.commit()


def check_version(database: Database) -> None:
    """Raises DatabaseNotMigrated or DatabaseTooNew when the tables are not what this program needs."""
    if not _at_head(database):
        raise DatabaseNotMigrated(
            f"database {database.where}: its tables are missing or older than this program; migrate it first"
        )


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for our migrations on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _at_head(database: Database) -> bool:
    with database.session() as session:
        connection = session.connection()
        _refuse_newer(connection, database.where)
        return MigrationContext.configure(connection).get_current_heads() == tuple(_script().get_heads())


def _refuse_newer(connection: Connection, where: str) -> None:
    known = {script.revision for script in _script().walk_revisions()}
    unknown = set(MigrationContext.configure(connection).get_current_heads()) - known
    if unknown:
        raise DatabaseTooNew(
            f"database {where}: its tables are of version {', '.join(sorted(unknown))}, made by a newer program "
            f"(this one knows up to {', '.join(_script().get_heads())}); install that program again, or restore "
            "a backup"
        )


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))
