"""The demonstration from beginning to end: an ERP, a buyer and b2bsync's daemon, each a process of its own.

The story prepares a workspace, pulls the master data, lets the buyer order, and waits until every document came, was
acknowledged, shipped and invoiced. It returns what there is to tell; printing is the command line's.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from b2bsync.app import App, NotFound, documents, operations, orders, pulls
from b2bsync.demo import basket, generator

WORKSPACE = Path(__file__).with_name("workspace")
MARK = ".demo"
"""A directory with this file was made by the demonstration and may be made anew by it."""

PATIENCE = 50.0
"""Seconds for the whole exchange; it takes a few."""


class DemoFailed(NotFound):
    """The story did not come to its end; the text says what is missing and where to look."""


@dataclass
class Told:
    """What happened, for printing."""

    root: Path
    erp_rows: dict[str, int] = field(default_factory=dict)
    pulled: list[dict[str, Any]] = field(default_factory=list)
    life: dict[str, Any] = field(default_factory=dict)
    price: dict[str, Any] = field(default_factory=dict)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    duplicate: dict[str, Any] = field(default_factory=dict)
    learnt: int = 0
    seconds: float = 0.0


def tell(root: Path, step: Callable[[str], None]) -> Told:
    """Play the story in a directory; ``step`` is called with each step as it begins. Raises DemoFailed."""
    began = time.monotonic()
    told = Told(root)
    step("Making a workspace, and an ERP with 5,000 products, 200 customers and their contracts")
    told.erp_rows = prepare(root)
    with App(root) as app:
        step("Pulling catalogue, stock, prices and contracts from the ERP")
        told.pulled = pulls.pull(app, [])
        wrong = [run for run in told.pulled if run["status"] != "ok"]
        if wrong:
            raise DemoFailed(f"the pull of {wrong[0]['stream']} ended as {wrong[0]['status']}: {wrong[0]['error']}")
        with _erp(root), _daemon(root), _buyer(root) as buyer:
            step("The buyer sends order ACME-7001, one line for every rule of the contract, and then sends it again")
            _wait_for(buyer, root)
            step("Waiting for the last acknowledgement")
            told.deliveries = _acknowledged(app)
        told.life = orders.lives(app, basket.ORDER)[0]
        tiered = next(line for line in told.life["lines"] if line["sku"] == "10010")  # its quantity reaches a tier
        on = told.life["ordered"]
        told.price = orders.price(app, told.life["customer"], tiered["sku"], tiered["ordered"], None, on)
        told.learnt = len(documents.listing(app, status="learnt", limit=1000))
        told.duplicate = next(iter(documents.listing(app, status="duplicate", number=basket.ORDER)), {})
    told.seconds = time.monotonic() - began
    return told


def prepare(root: Path) -> dict[str, int]:
    """A fresh workspace with the ERP's database and what the buyer wants. Raises DemoFailed for somebody else's
    directory."""
    if root.exists() and any(root.iterdir()) and not (root / MARK).exists():
        raise DemoFailed(f"{root} is not empty and was not made by the demonstration; name another directory")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(WORKSPACE, root)
    (root / MARK).touch()
    for folder in ("in", "out"):
        (root / "exchange" / "acme" / folder).mkdir(parents=True)
    rows = generator.generate(root / "erp.db")
    basket.write_basket(root / "erp.db", root / "basket.json")
    return rows


@contextmanager
def _process(root: Path, log: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own with its output in a file; asked to end at the end, and made to when it does not."""
    with (root / log).open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments], stdout=output, stderr=subprocess.STDOUT, cwd=root, env=dict(os.environ)
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _erp(root: Path) -> Any:
    return _process(root, "erp.log", "b2bsync.demo.erp", str(root.absolute() / "erp.db"))


def _daemon(root: Path) -> Any:
    return _process(root, "b2bsync.log", "b2bsync", "--workspace", str(root.absolute()), "serve")


def _buyer(root: Path) -> Any:
    folder = root.absolute() / "exchange" / "acme"
    wants = ["--basket", str(root.absolute() / "basket.json"), "--timeout", str(PATIENCE)]
    return _process(root, "buyer.log", "b2bsync.demo.buyer", str(folder), *wants)


def _wait_for(buyer: "subprocess.Popen[bytes]", root: Path) -> None:
    try:
        code = buyer.wait(PATIENCE + 5)
    except subprocess.TimeoutExpired:
        code = 1
    if code:
        log = root / "exchange" / "acme" / "buyer" / "log.jsonl"
        got = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        types = [entry["type"] for entry in got if entry["event"] == "received"]
        raise DemoFailed(
            f"the buyer did not get everything within {PATIENCE:.0f} s; it got {', '.join(types) or 'nothing'}. "
            f"See {root}/b2bsync.log and `b2bsync -w {root} status`"
        )


def _acknowledged(app: App) -> list[dict[str, Any]]:
    until = time.monotonic() + 15
    while True:
        rows = operations.delivery_listing(app)
        if all(row["ack_state"] in ("none", "accepted") for row in rows):
            return rows
        if time.monotonic() > until:
            raise DemoFailed("not everything that was sent was acknowledged; see `b2bsync deliveries list`")
        time.sleep(0.1)
