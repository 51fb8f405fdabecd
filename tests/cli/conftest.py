"""The command line on a small trade: ``b2bsync`` runs a command in it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from b2bsync.cli import app
from b2bsync.store import Database
from tests.cli.place import Place, new_place
from tests.exchange.fixtures import original_trade, trade
from tests.exchange.paper import order_file
from tests.exchange.trade import Trade

__all__ = ["original_trade", "trade"]

Command = Callable[..., Result]


@pytest.fixture(scope="session")
def answered(original_trade: Path, tmp_path_factory: pytest.TempPathFactory) -> Trade:
    """A trade whose order PO-1 is answered, for commands that only look."""
    root = tmp_path_factory.mktemp("answered") / "workspace"
    shutil.copytree(original_trade, root)
    Trade(root).receive(order_file())
    return Trade(root)


@pytest.fixture
def b2bsync(trade: Trade) -> Command:
    """Runs a command in the workspace of ``trade``."""

    return lambda *arguments: run(trade, *arguments)


def run(trade: Trade, *arguments: object) -> Result:
    """One command in a workspace."""
    return CliRunner().invoke(app, ["-w", str(trade.root), *map(str, arguments)])


@pytest.fixture
def place(database: Database, tmp_path: Path) -> Place:
    """On both databases."""
    return new_place(tmp_path / "place", database)


@pytest.fixture
def small(sqlite_database: Database, tmp_path: Path) -> Place:
    """On SQLite."""
    return new_place(tmp_path / "place", sqlite_database)
