"""An ERP's own database on SQLite and PostgreSQL, and a workspace whose connector ``erp`` is bound to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.connectors.rooms import Erp


@pytest.fixture(params=["sqlite", "postgresql"])
def erp(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Erp]:
    """The outside database: an empty one of each kind. It is not the database that b2bsync keeps its own tables in."""
    url: Any = f"sqlite:///{tmp_path / 'erp.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url").replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    outside = Erp(engine, url)
    outside.run(
        "CREATE TABLE item (item_no VARCHAR(20) PRIMARY KEY, descr VARCHAR(50), price NUMERIC(20, 6), chg VARCHAR(30))"
    )
    yield outside
    engine.dispose()
