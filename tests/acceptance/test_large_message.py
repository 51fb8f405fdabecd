"""Memory does not follow the size of a message: every step in a process of its own, on both databases.

The same steps with a gigabyte are ``python -m benchmarks --only messages``.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.measure import Measured, run
from benchmarks.messages.source import many, workspace

SIZE = 48_000_000
ROOM = 36_000_000
"""Bytes that a step may need: connections, page caches, a batch, and the 997 of all sets; far less than the file."""


@pytest.fixture(params=["sqlite", "postgresql"])
def room(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    if request.param == "postgresql":
        monkeypatch.setenv("B2BSYNC_DATABASE_URL", request.getfixturevalue("postgresql_url"))
    yield workspace(tmp_path / "workspace")


@pytest.mark.long
def test_no_step_holds_a_large_message(room: Path, tmp_path: Path) -> None:
    file = tmp_path / "large.edi"
    orders = many(file, SIZE)
    size = file.stat().st_size
    steps: dict[str, Measured] = {"receive": run("messages.case", room, "receive", file)}
    steps["translate"] = run("messages.case", room, "translate")
    steps["raw"] = run("messages.case", room, "raw")
    steps["send"] = run("messages.case", room, "send")
    file.rename(room / "exchange" / "acme" / "in" / file.name)
    steps["directory"] = run("messages.case", room, "directory")

    assert steps["receive"].facts["bytes"] == steps["raw"].facts["bytes"] == size
    assert steps["translate"].facts["documents"] == {"translated": orders, "sent": 1}
    assert steps["translate"].facts["message"] == "translated"
    sent = room / "exchange" / "acme" / "out" / "large-1.edi"
    assert sent.stat().st_size == size
    assert steps["send"].facts["deliveries"] == {"sent": 2}
    assert {name: step.growth for name, step in steps.items() if step.growth > ROOM} == {}
