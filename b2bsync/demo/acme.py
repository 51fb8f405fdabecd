"""The demonstration's customer, whose terms and items are fixed by hand so that every decision can be foretold.

Everything else in the ERP comes out of a seeded generator; these numbers do not, and the generator keeps off them.
"""

from datetime import date, timedelta
from typing import NamedTuple

CUSTOMER = "100001"
NAME = "Acme Stores Inc."
SOLD_TO_GLN = "9521235000012"
SHIP_TO_GLN = "9521235000029"
BILL_TO_GLN = "9521235000036"
SECOND_SHIP_TO_GLN = "9521235000043"
SHIP_TO = "0042"
"""The number Acme gave its distribution centre, as its orders say it (N104 with qualifier 92)."""
SECOND_SHIP_TO = "0043"

CONTRACT = "K-100001"
PRICE_LIST = "US-A"
WAREHOUSE = "ATL"
DISCOUNT = "5"
"""Percent off every price of the list."""
TOLERANCE = "2"
"""Percent a price may be off, either way."""
BUYERS_ITEM = "ACM-7711"
"""What Acme calls item 10011."""
RESTRICTED_GROUP = "G90"
"""The product group Acme's segment may not order."""


class Item(NamedTuple):
    """One row of ITEM_MASTER with its price in Acme's list and its stock in Acme's warehouse (US dollars, pieces)."""

    number: str
    description: str
    group: str
    list_price: str
    on_hand: int
    reserved: int = 0
    minimum: int | None = None
    lot: int | None = None
    case: int | None = None  # pieces in a case (CS)
    next_quantity: int | None = None
    next_days: int | None = None  # days from today until it comes in
    order_limit: int | None = None  # allocation the ERP keeps to itself: most pieces per sales order
    weight: str = "0.25"

    def next_date(self, today: date) -> str | None:
        return None if self.next_days is None else (today + timedelta(days=self.next_days)).isoformat()


ITEMS = (
    Item("10001", "Hex bolt M8 x 40, zinc, bag of 10", "G10", "10.00", 500),
    Item("10002", "Hex nut M8, zinc, bag of 25", "G10", "6.00", 800),
    Item("10003", "Acetone, technical, 1 l", RESTRICTED_GROUP, "7.40", 300),
    Item("10004", "Claw hammer 450 g, fibreglass", "G20", "12.00", 250, case=6),
    Item("10005", "Washer M8, stainless, bag of 50", "G10", "2.00", 4000, minimum=50),
    Item("10006", "Masking tape 25 mm x 50 m", "G40", "3.00", 1200, lot=12),
    Item("10007", "Wall anchor 8 mm, box of 100", "G10", "5.00", 900),
    Item("10008", "Combination pliers 180 mm", "G20", "20.00", 160),
    Item("10009", "Garden hose 1/2 in, 25 m", "G70", "18.00", 55, reserved=15, next_quantity=200, next_days=14),
    Item("10010", "Cable tie 200 mm, bag of 100", "G60", "4.00", 2500),
    Item("10011", "Safety goggles, clear", "G80", "8.00", 340),
    Item("10012", "PTFE thread tape 12 mm", "G50", "1.60", 6000, case=12, weight="0.05"),
    Item("10013", "Work gloves, size 9, pair", "G80", "5.00", 700, order_limit=60),
    Item("10014", "Pruning shears 210 mm", "G70", "14.00", 0, next_quantity=150, next_days=21),
)

FIXED_PRICES = {"10007": "4.20"}
"""Individual prices of the contract, per piece."""

TIERS = {"10010": (("0", "3.00"), ("100", "2.60"), ("500", "2.20"))}
"""Acme's own net prices by quantity, per piece."""
