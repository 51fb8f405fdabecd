"""One generated ERP for all tests of the demonstration; each test that writes gets a copy of its own."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from b2bsync.demo.generator import generate

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="session")
def erp_original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("erp") / "erp.db"
    generate(path, TODAY)
    return path


@pytest.fixture
def erp(erp_original: Path, tmp_path: Path) -> Path:
    path = tmp_path / "erp.db"
    shutil.copy(erp_original, path)
    return path
