"""``python -m benchmarks``: every benchmark, each case in a fresh process, with the ratios that are wanted."""

import argparse
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import report
from benchmarks.edi.bench import edi
from benchmarks.messages.bench import messages
from benchmarks.orders.bench import orders
from benchmarks.products.bench import products

BENCHMARKS: dict[str, Callable[[argparse.Namespace, Path], None]] = {
    "edi": edi,
    "orders": orders,
    "products": products,
    "messages": messages,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000, help="purchase orders in the interchange (default 1000)")
    parser.add_argument("--products", type=int, default=1_000_000, help="products to load (default 1000000)")
    parser.add_argument(
        "--runs", type=int, default=3, help="runs of the EDI cases and the orders; the median counts (default 3)"
    )
    parser.add_argument("--megabytes", type=int, default=1_000, help="size of the large message (default 1000)")
    parser.add_argument("--only", choices=BENCHMARKS, help="one benchmark instead of all")
    options = parser.parse_args()
    print(f"python -m benchmarks {shlex.join(sys.argv[1:])}".rstrip())
    print(report.versions())
    for name, benchmark in BENCHMARKS.items():
        if options.only in (None, name):
            folder = Path(tempfile.mkdtemp(prefix=f"b2bsync-bench-{name}-"))
            try:
                benchmark(options, folder)
            finally:
                shutil.rmtree(folder)


main()
