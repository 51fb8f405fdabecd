"""``b2bsync status --watch`` as a process of its own: blocks in a pipe, a screen on a terminal, and a clean end."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from b2bsync.app import App
from b2bsync.app.installation import init

PATIENCE = 60.0


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace whose database lies in a folder of its own."""
    root = tmp_path / "place"
    init(root)
    (root / "data").mkdir()
    (root / "config.toml").write_text('[database]\nurl = "sqlite:///data/b2bsync.db"\n')
    with App(root) as app:
        assert app.database.is_sqlite
    return root


def watch(place: Path, *more: str, output: int | IO[bytes] = subprocess.PIPE) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "b2bsync", "-w", str(place), "status", "--watch", "0.2", *more]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "12"}
    return subprocess.Popen(
        arguments, stdout=output, stderr=subprocess.PIPE, stdin=output if output != -1 else None, env=environment
    )


@pytest.fixture
def piped(place: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = watch(place, "--json")
    yield process
    process.kill()
    process.communicate()


def test_it_goes_on_while_the_database_is_away_and_ends_without_a_word(
    place: Path, piped: subprocess.Popen[bytes]
) -> None:
    assert piped.stdout is not None
    lines = (json.loads(line) for line in piped.stdout)
    assert next(lines)["verdict"] == "ok"
    (place / "data").rename(place / "elsewhere")
    away = next(line for line in lines if line["verdict"] != "ok")
    assert away["verdict"] == "unknown"
    assert "there is no folder" in away["problems"][0]
    (place / "elsewhere").rename(place / "data")
    assert next(line for line in lines if line["verdict"] != "unknown")["verdict"] == "ok"
    piped.send_signal(signal.SIGTERM)
    _, errors = piped.communicate(timeout=PATIENCE)
    assert (piped.returncode, errors) == (0, b"")


def test_a_terminal_is_redrawn_until_ctrl_c(place: Path) -> None:
    ours, theirs = pty.openpty()
    process = watch(place, output=theirs)
    os.close(theirs)
    shown = b""
    try:
        while shown.count(b"\x1b[H\x1b[2J") < 3:
            shown += os.read(ours, 65536)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        os.close(ours)
    assert (process.returncode, errors) == (0, b"")
    screen = shown.split(b"\x1b[H\x1b[2J")[1].decode()
    assert "everything flows" in screen.splitlines()[0]
    assert len(screen.splitlines()) < 12


def test_blocks_for_people_in_a_pipe(place: Path) -> None:
    process = watch(place)
    assert process.stdout is not None
    seen = 0
    for line in process.stdout:
        seen += line.startswith(b"ok: everything flows")
        if seen == 2:
            break
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, b"")
    assert b"\x1b" not in said
