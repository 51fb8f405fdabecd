"""The next version of the program: a copy of this one with another number and one more migration, which only adds."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import b2bsync
from b2bsync.store.migrations import newest_revision

CHECKOUT = Path(__file__).resolve().parents[2]

STEP = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9000", "{before}", None, None


def upgrade():
    op.add_column("task", sa.Column("colour", sa.String(), nullable=False, server_default="blue"))
    op.add_column("node", sa.Column("mood", sa.String(), nullable=True))
    op.create_table("shelf", sa.Column("id", sa.Integer(), primary_key=True))
"""


class Served:
    """Its daemon, with what ``Cluster`` asks of a process."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.pid = process.pid

    @property
    def exitcode(self) -> int | None:
        return self._process.poll()

    def join(self, timeout: float | None = None) -> None:
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)


@dataclass(frozen=True)
class Newer:
    """The program at ``place``."""

    place: Path

    def serve(self, root: Path, node: str) -> Served:
        environment = {**os.environ, "PYTHONPATH": str(self.place), "B2BSYNC_NODE": node}
        with (root / f"{node}-errors.txt").open("w") as errors:
            command = [sys.executable, "-m", "b2bsync", "-w", str(root), "serve"]
            return Served(subprocess.Popen(command, cwd=self.place, env=environment, stdout=errors, stderr=errors))


def newer_program(place: Path) -> Newer:
    """Copied to ``place``, which must not exist."""
    package = place / "b2bsync"
    shutil.copytree(CHECKOUT / "b2bsync", package, ignore=shutil.ignore_patterns("__pycache__", "builtin"))
    for name in ("mappings", "connectors", "schedules", "partners"):
        shutil.copytree(CHECKOUT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "config.toml", place)
    step = package / "store" / "migrations" / "versions" / "9000_newer.py"
    step.write_text(STEP.format(before=newest_revision()))
    init = package / "__init__.py"
    before = init.read_text()
    assert b2bsync.__version__ in before
    init.write_text(before.replace(b2bsync.__version__, b2bsync.__version__ + "+newer"))
    return Newer(place)
