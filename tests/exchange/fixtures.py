"""The fixture ``trade``, for the folders of tests that want one."""

import shutil
from pathlib import Path

import pytest

from tests.exchange.trade import Trade, build


@pytest.fixture(scope="session")
def original_trade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copied by ``trade``; not to be written to."""
    return build(tmp_path_factory.mktemp("trade") / "workspace").root


@pytest.fixture
def trade(original_trade: Path, tmp_path: Path) -> Trade:
    """A supplier's workspace with an ERP and the buyer Acme, on SQLite."""
    root = tmp_path / "workspace"
    shutil.copytree(original_trade, root)
    return Trade(root)
