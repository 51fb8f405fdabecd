"""``b2bsync demo``: the whole product in a minute, without a network."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from b2bsync.cli.orders import print_life
from b2bsync.cli.output import head, print_table, say, telling
from b2bsync.cli.price import print_price
from b2bsync.demo import story


def demo(
    directory: Annotated[Path, typer.Argument(help="Where the demonstration's workspace shall be.")] = Path("demo"),
) -> None:
    """Play an order's life: an ERP, a buyer and the daemon, from the 850 to 855, 856 and 810."""
    with telling():
        told = story.tell(directory, lambda text: head("→ ", text))
    say("")
    print_life(told.life)
    sent = list(reversed(told.deliveries))
    names = {"file": "name", "bytes": "size", "state": "state", "acknowledged": "ack_state", "sent": "sent_at"}
    print_table(f"What {told.life['partner']} got", names, sent)
    say(f"The same order came a second time: document {told.duplicate['id']}, {told.duplicate['reason']}.")
    say(f"{told.learnt} shipments and invoices of older orders were learnt and not sent: those orders never came here.")
    say("")
    print_price(told.price)
    head("Where to look next", f" (the whole story took {told.seconds:.0f} s)")
    # As it was called: right after `make demo` the command is not on the path.
    called = Path(sys.argv[0])
    name = called if called.name == "b2bsync" and not shutil.which("b2bsync") else "b2bsync"
    where = f"{name} -w {told.root}"
    for command, what in (
        ("status", "how everything stands"),
        (f"orders show {told.life['number']}", "the table above, at any time"),
        ("documents list", "every document; `documents show N` and `documents raw N` for one"),
        ("price 100001 10007 40", "another price, explained"),
        ("check", "configuration, connections, mappings and partners, looked at"),
        ("serve", "the daemon that just ran"),
    ):
        say(f"  {where} {command:<28} {what}")
    say(f"  {f'{told.root}/exchange/acme/buyer':<{len(where) + 29}} the X12 files as the buyer got them")
