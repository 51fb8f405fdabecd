"""How soon a received file is answered during a load: ``python -m benchmarks.products.answering WORKSPACE ERP``.

Starts the daemon as its own process, lets it load, and drops an order into the partner's directory again and again; the
time runs from there until the acknowledgement lies in the other directory.
"""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measure import Measured

EVERY = 1.0
"""Seconds between an answer and the next file."""
LIMIT = 60.0


def order(number: int) -> bytes:
    """An interchange with one purchase order and control numbers of its own."""
    return (
        f"ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*SUPPLIER       *260105*0800*U*00401*{number:09d}*0*P*>~"
        f"GS*PO*ACMESTORES*SUPPLIER*20260105*0800*{number}*X*004010~ST*850*0001~BEG*00*SA*PO{number}**20260105~"
        "N1*BY*Acme*92*C001~PO1*1*12*EA*9.50**VN*10000000~CTT*1~SE*6*0001~"
        f"GE*1*{number}~IEA*1*{number:09d}~"
    ).encode("ascii")


def queue(root: Path) -> None:
    """Ask the daemon for the load, as a schedule does."""
    from b2bsync.app import App
    from b2bsync.store import begin_write
    from b2bsync.sync.stage import INCREMENTAL

    with App(root) as app, app.database.session() as session:
        begin_write(session)
        app.lanes.add(session, "sync:erp.products", "sync", [INCREMENTAL])
        session.commit()


def loading(root: Path) -> bool:
    """Whether the load has not ended yet."""
    database = sqlite3.connect(root / "b2bsync.db", timeout=30)
    try:
        ended = database.execute("select status from sync_run where status <> 'running'").fetchall()
    finally:
        database.close()
    return not ended


def main(root: Path, erp: Path) -> None:
    os.environ["BENCH_ERP"] = f"sqlite:///{erp}"
    measured = Measured()
    queue(root)
    with (root / "daemon.log").open("wb") as log:
        command = [sys.executable, "-m", "b2bsync", "--workspace", str(root), "serve"]
        daemon = subprocess.Popen(command, stderr=log)
    inbound, outbound = root / "exchange" / "acme" / "in", root / "exchange" / "acme" / "out"
    seconds: list[float] = []
    measured.starts()
    try:
        with measured.work():
            while loading(root) or not seconds:
                seconds.append(_answered(inbound, outbound, len(seconds) + 1, daemon))
                time.sleep(EVERY)
    finally:
        daemon.terminate()
        daemon.wait()
    measured.facts = {"answers": seconds, "loading": measured.wall}
    measured.print()


def _answered(inbound: Path, outbound: Path, number: int, daemon: "subprocess.Popen[bytes]") -> float:
    hidden = inbound / f".{number}.tmp"
    hidden.write_bytes(order(number))
    before = len(list(outbound.glob("997_*.edi")))
    started = time.perf_counter()
    hidden.rename(inbound / f"{number}.edi")
    while len(list(outbound.glob("997_*.edi"))) == before:
        if daemon.poll() is not None or time.perf_counter() - started > LIMIT:
            raise SystemExit(f"no acknowledgement for file {number} within {LIMIT:.0f} s, or the daemon ended")
        time.sleep(0.02)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
