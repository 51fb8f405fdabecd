"""``python -m b2bsync.demo.buyer``: exit code 0 when all that was expected came or on SIGTERM, 1 when time ran out."""

import argparse
import json
import signal
import sys
from collections import Counter
from pathlib import Path

from b2bsync.demo.buyer.process import EXPECTED, Buyer


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m b2bsync.demo.buyer", description="The demonstration's buyer.")
    parser.add_argument(
        "folder", type=Path, help="the supplier's exchange folder: this process writes in/ and reads out/"
    )
    parser.add_argument("--basket", type=Path, required=True, help="what to order, made by b2bsync.demo.basket")
    parser.add_argument("--expect", action="append", metavar="TYPE=COUNT", help="documents to wait for, such as 855=1")
    parser.add_argument("--once", action="store_true", help="do not send the order a second time")
    parser.add_argument("--poll", type=float, default=0.1, metavar="SECONDS")
    parser.add_argument("--timeout", type=float, default=120, metavar="SECONDS")
    arguments = parser.parse_args()
    expected = EXPECTED
    if arguments.expect:
        try:
            expected = Counter({name: int(count) for name, _, count in (e.partition("=") for e in arguments.expect)})
        except ValueError:
            parser.error("--expect wants a type and a count, such as 855=1")
    basket = json.loads(arguments.basket.read_text(encoding="utf-8"))
    buyer = Buyer(arguments.folder, basket, repeats=not arguments.once)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: buyer.stop.set())
    missing = buyer.run(expected, arguments.poll, arguments.timeout)
    if missing:
        print("buyer: did not get " + ", ".join(f"{n} x {t}" for t, n in sorted(missing.items())), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
