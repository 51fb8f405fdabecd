"""The tables after migrating are the tables of the code, on both databases."""

from alembic import command

from b2bsync.store.database import Database
from b2bsync.store.migrations import configuration


def test_migrated_tables_are_those_of_the_code(database: Database) -> None:
    with database.session() as session:
        command.check(configuration(session.connection()))  # raises when a migration would be written
