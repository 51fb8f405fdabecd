"""The buyer of the demonstration: a process of its own with an X12 writer and reader of its own.

It sends one purchase order, and the same again later under new control numbers, reads what comes back, acknowledges
every business group with a 997 and keeps a log (JSON lines) of what it saw.

    python -m b2bsync.demo.buyer FOLDER --basket FILE [--expect 855=1 …] [--timeout SECONDS]
"""

from b2bsync.demo.buyer.paper import Envelope, acknowledgement, opened, purchase_order, summary
from b2bsync.demo.buyer.process import EXPECTED, Buyer

__all__ = ["EXPECTED", "Buyer", "Envelope", "acknowledgement", "opened", "purchase_order", "summary"]
