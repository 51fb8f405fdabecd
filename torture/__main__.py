"""``python -m torture``: exit code 0 when every count is as wanted, 1 when one is not."""

import argparse
import contextlib
import signal
import sys
import time
from pathlib import Path

from torture import report, trial
from torture.postgresql import Server, server
from torture.scenes import SCENES, play

STORES = ("sqlite", "postgresql")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m torture", description=sys.modules["torture"].__doc__)
    parser.add_argument("--kills", type=int, default=100, help="kills per store (default 100; 0: none)")
    parser.add_argument("--orders", type=int, help="purchase orders per store (default 8 for every kill, 100 at least)")
    parser.add_argument("--store", choices=(*STORES, "both"), default="both")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", type=int, default=400, help="orders of the run without kills (default 400; 0: none)")
    parser.add_argument("--scenes", nargs="*", choices=(*SCENES, "none"), help="those of the scenes (default: all)")
    parser.add_argument("--keep", type=Path, help="a folder in which workspaces, databases and logs are kept")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended, too
    orders = options.orders or max(8 * options.kills, 100)
    good = True
    for store in STORES if options.store == "both" else (options.store,):
        with contextlib.ExitStack() as stack:
            running = stack.enter_context(server()) if store == "postgresql" else None
            good &= torture(store, running, options, orders)
            for name in options.scenes or SCENES:
                if name != "none" and (running is not None or not SCENES[name].needs_server):
                    good &= play(name, SCENES[name](), store, running, options.keep, options.seed)
    print("\nEvery count is as wanted." if good else "\nNOT every count is as wanted: see <<< and TROUBLE above.")
    return 0 if good else 1


def torture(store: str, running: Server | None, options: argparse.Namespace, orders: int) -> bool:
    good, costs = True, []
    started = time.monotonic()
    if options.plain:
        with trial.place(store, running, options.keep) as where:
            plain = trial.run(store, running, where, kills=0, orders=options.plain, seed=options.seed)
        good &= plain.good
        costs.append(("without kills", plain.cost))
        if not plain.good:
            report.title(f"{store}: without kills")
            report.counts(plain.counts)
            for text in plain.trouble:
                report.line("TROUBLE", text)
    if options.kills:
        with trial.place(store, running, options.keep) as where:
            killed = trial.run(store, running, where, kills=options.kills, orders=orders, seed=options.seed)
        good &= killed.good
        costs.append((f"with {killed.kills.done} kills", killed.cost))
    if not costs:
        return good
    report.title(f"{store}: cost of the whole daemon side ({time.monotonic() - started:.0f} s in all)")
    for what, cost in costs:
        report.line(what, cost)
    return good


if __name__ == "__main__":
    sys.exit(main())
