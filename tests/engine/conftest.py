"""An engine on both databases."""

from collections.abc import Iterator

import pytest

from b2bsync.engine import Engine, prepare
from b2bsync.store import Database
from tests.engine.stages import Note, make_seen


@pytest.fixture
def prepared(database: Database) -> Database:
    prepare(database)
    make_seen(database)
    return database


@pytest.fixture
def note() -> Note:
    return Note()


@pytest.fixture
def engine(prepared: Database, note: Note) -> Iterator[Engine]:
    engine = Engine(prepared, [note])
    yield engine
    engine.stop()
