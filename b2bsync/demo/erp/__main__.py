"""``python -m b2bsync.demo.erp``: the ERP process. It ends cleanly on SIGTERM and on an interrupt."""

import argparse
import sys
from pathlib import Path

from b2bsync.demo.erp.process import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m b2bsync.demo.erp", description="The demonstration's ERP.")
    parser.add_argument("database", type=Path, help="its SQLite database, made by b2bsync.demo.generator")
    parser.add_argument(
        "--poll", type=float, default=0.2, metavar="SECONDS", help="pause between two looks at the orders"
    )
    arguments = parser.parse_args()
    try:
        run(arguments.database, arguments.poll)
    except FileNotFoundError as error:
        print(f"erp: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
