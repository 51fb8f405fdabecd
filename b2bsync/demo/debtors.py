"""Customers of the generated ERP with what was agreed with each: one contract per customer, every kind of term.

Which customer has which term follows from the customer's place in the list (1 to 200), so that counts can be checked
by hand: each third has recurring supplies, each fifth needs approvals, and so on, as the code below says.
"""

from decimal import Decimal
from random import Random
from typing import Any

from b2bsync.demo import acme
from b2bsync.demo.catalogue import FIRST_ITEM, PRICE_LISTS, WAREHOUSES, changed, gln
from b2bsync.demo.names import FIRM_FIRST, FIRM_SECOND, GROUPS, PLACES, SEGMENTS, STREETS

CUSTOMER_COUNT = 200
BLOCKED = ("100002", "100077")
CUSTOMERS_PREFIX = "9521235"

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]

CONTRACT_TABLES = ("HDR", "POS", "DISC", "SHIPTO", "BUYER", "SUPPLY")
CURRENCY = {number: currency for number, _, currency, _, _ in PRICE_LISTS}
TAX = {"USD": "0", "EUR": "20", "MXN": "16"}
PAYMENT = ((30, None, None), (30, "2", 10), (60, None, None), (14, "1", 7))
"""Net days, cash discount in percent, within days. The second is 2 % 10, net 30."""
METHODS = ("T", "T,D", "C", "T,C,D")
TOLERANCES = (None, "0", "0.5", "1", "2")


def number(place: int) -> str:
    return str(100000 + place)


def price_list(place: int) -> str:
    return {0: "EU-A", 5: "MX-A"}.get(place % 10, "US-B" if place % 2 == 0 else "US-A")


def rows(random: Random, catalogue: Rows) -> Rows:
    """DEBTOR, DEBTOR_ADDR, CONTRACT_*, customers' PRICE_COND, ASSORTMENT_RULE and CUST_ITEM_XREF.

    ``catalogue`` gives the items, and the number of the last price condition.
    """
    result: Rows = {"DEBTOR": [], "DEBTOR_ADDR": [], "PRICE_COND": [], "ASSORTMENT_RULE": [], "CUST_ITEM_XREF": []}
    result |= {f"CONTRACT_{table}": [] for table in CONTRACT_TABLES}
    prices = {row[1]: Decimal(str(row[4])) for row in catalogue["PRICE_COND"] if row[2] == "US-A" and row[8] == "0"}
    units = {str(row[0]): str(row[2]) for row in catalogue["ITEM_MASTER"]}
    market = _Market(random, prices, units, len(catalogue["PRICE_COND"]), result)
    _acme(market)
    for place in range(2, CUSTOMER_COUNT + 1):
        _customer(market, place)
        _contract(market, place)
    _assortments(result)
    return result


class _Market:
    """What the customers' rows are made from, and where they go."""

    def __init__(
        self, random: Random, prices: dict[object, Decimal], units: dict[str, str], conditions: int, out: Rows
    ):
        self.random, self.prices, self.units, self.conditions, self.out = random, prices, units, conditions, out

    def item(self) -> str:
        """Some piece item that every price list has, and that is none of the fixed ones."""
        while True:
            key = str(self.random.randint(FIRST_ITEM + 100, FIRST_ITEM + 1999))
            if self.units[key] == "PCE":
                return key

    def condition(self, item: str, customer: str, amount: str, currency: str, from_quantity: str) -> None:
        self.conditions += 1
        self.out["PRICE_COND"].append(
            (
                self.conditions,
                item,
                None,
                customer,
                amount,
                currency,
                "PCE",
                "1",
                from_quantity,
                "N",
                "2025-01-01",
                None,
                changed(self.conditions),
            )
        )

    def place(self, customer: str, kind: str, location: str, theirs: str | None, name: str, address: Row) -> None:
        table = self.out["DEBTOR_ADDR"]
        table.append((len(table) + 1, customer, kind, location, theirs, name, *address, changed(len(table))))

    def reference(self, customer: str, kind: str, theirs: str, ours: str) -> None:
        table = self.out["CUST_ITEM_XREF"]
        table.append((len(table) + 1, customer, kind, theirs, ours, "2025-01-01", None, changed(len(table))))


def _acme(market: _Market) -> None:
    """The fixed customer; ``b2bsync.demo.acme`` says its numbers."""
    out, address = market.out, ("500 Commerce Drive", "Columbus", "OH", "43215", "US")
    out["DEBTOR"].append(
        (
            acme.CUSTOMER,
            acme.NAME,
            "RETAIL",
            acme.PRICE_LIST,
            "USD",
            acme.WAREHOUSE,
            "2%10 NET 30",
            "T",
            "50000.00",
            "1200.00",
            "31-0000001",
            "0",
            "",
            *address,
            changed(1),
        )
    )
    market.place(acme.CUSTOMER, "SO", acme.SOLD_TO_GLN, "0001", acme.NAME, address)
    market.place(acme.CUSTOMER, "BI", acme.BILL_TO_GLN, None, f"{acme.NAME} Accounts Payable", address)
    centre = ("77 Logistics Way", "Dayton", "OH", "45402", "US")
    market.place(acme.CUSTOMER, "SH", acme.SHIP_TO_GLN, acme.SHIP_TO, "Acme Distribution Center 42", centre)
    store = ("12 High Street", "Toledo", "OH", "43604", "US")
    market.place(acme.CUSTOMER, "SH", acme.SECOND_SHIP_TO_GLN, acme.SECOND_SHIP_TO, "Acme Store 43", store)
    out["CONTRACT_HDR"].append(
        (
            acme.CONTRACT,
            acme.CUSTOMER,
            "Framework agreement",
            "2024-12-10",
            "2025-01-01",
            "2034-12-31",
            "USD",
            acme.PRICE_LIST,
            "O",
            acme.TOLERANCE,
            "Y",
            3,
            1,
            "Y",
            "N",
            "T,D",
            30,
            "2",
            10,
            "50000.00",
            "N",
            "100.00",
            "25000.00",
            "purchasing.lead@acme.example",
            changed(1),
        )
    )
    for position, (item, price) in enumerate(acme.FIXED_PRICES.items(), start=1):
        out["CONTRACT_POS"].append(
            (acme.CONTRACT, position * 10, item, None, price, "PCE", "1", "0", None, None, None, None, None, None, None)
        )
    out["CONTRACT_DISC"].append((acme.CONTRACT, 1, None, None, acme.DISCOUNT, "0"))
    out["CONTRACT_SHIPTO"] += [(acme.CONTRACT, acme.SHIP_TO), (acme.CONTRACT, acme.SECOND_SHIP_TO)]
    out["CONTRACT_SUPPLY"].append((acme.CONTRACT, 1, "10001", "240", 2, "M", "2025-02-01"))
    for item, tiers in acme.TIERS.items():
        for quantity, amount in tiers:
            market.condition(item, acme.CUSTOMER, amount, "USD", quantity)
    market.reference(acme.CUSTOMER, "I", acme.BUYERS_ITEM, "10011")


def _customer(market: _Market, place: int) -> None:
    key = number(place)
    currency = CURRENCY[price_list(place)]
    random = market.random
    name = f"{FIRM_FIRST[place % 20]} {FIRM_SECOND[(place - 1) // 20]} {'LLC' if currency == 'USD' else 'SA'}"
    city, region, postal_code, country = random.choice(PLACES[currency])
    address = (f"{random.randint(1, 900)} {random.choice(STREETS)}", city, region, postal_code, country)
    net_days, discount, _ = PAYMENT[place % 4]
    market.out["DEBTOR"].append(
        (
            key,
            name,
            SEGMENTS[place % 4],
            price_list(place),
            currency,
            WAREHOUSES[place % 3] if place % 4 else None,
            f"{discount}%{PAYMENT[place % 4][2]} NET {net_days}" if discount else f"NET {net_days}",
            METHODS[place % 4][0],
            f"{5000 * (1 + place % 10)}.00",
            f"{random.randint(0, 400000) / 100:.2f}",
            f"{country}{place:09d}",
            TAX[currency],
            "X" if key in BLOCKED else "",
            *address,
            changed(place),
        )
    )
    market.place(key, "SO", gln(CUSTOMERS_PREFIX, place * 10), f"{place}-SO", name, address)
    market.place(key, "BI", gln(CUSTOMERS_PREFIX, place * 10 + 1), None, f"{name} Accounts Payable", address)
    for store in range(1 + place % 3):
        there = (f"{random.randint(1, 900)} {random.choice(STREETS)}", *random.choice(PLACES[currency]))
        market.place(
            key,
            "SH",
            gln(CUSTOMERS_PREFIX, place * 10 + 2 + store),
            f"{place}-{store + 1}",
            f"{name} {store + 1}",
            there,
        )
    if place % 2:
        for item in range(3):
            market.reference(key, "I", f"C{place}-{item + 1:03d}", market.item())
        market.reference(key, "U", "KAR", "CS")


def _contract(market: _Market, place: int) -> None:
    """One contract; the remainders say who has which term."""
    key, contract, out, random = number(place), f"K-{number(place)}", market.out, market.random
    currency = CURRENCY[price_list(place)]
    factor = next(f for name, _, _, _, f in PRICE_LISTS if name == price_list(place))
    expired = place % 20 == 0
    approval = place % 5 == 0
    out["CONTRACT_HDR"].append(
        (
            contract,
            key,
            "Annual terms" if place % 2 else "Framework agreement",
            f"{2022 if expired else 2024}-{1 + place % 12:02d}-{1 + place % 28:02d}",
            "2023-01-01" if expired else "2025-01-01",
            "2024-12-31" if expired else "2034-12-31",
            currency,
            price_list(place),
            "ORS"[place % 3],
            TOLERANCES[place % 5],
            "Y" if place % 7 == 0 else "N",
            1 + place % 7,
            1 + place % 3,
            "N" if place % 6 == 0 else "Y",
            "Y" if place % 4 == 0 else "N",
            METHODS[place % 4],
            *PAYMENT[place % 4],
            f"{5000 * (1 + place % 10)}.00",
            "Y" if place % 9 == 0 else "N",
            "100.00" if place % 2 == 0 else None,
            "10000.00" if approval else None,
            f"manager@{key}.example" if approval else None,
            changed(place),
        )
    )
    positions: list[Row] = []
    if place % 4 == 0:  # list with a discount on everything
        out["CONTRACT_DISC"].append((contract, 1, None, None, str(2 + place % 9), "0"))
    elif place % 4 == 1:  # individual prices
        for _ in range(3):
            item = market.item()
            amount = f"{market.prices[item] * factor * Decimal('0.9'):.2f}"
            positions.append((item, None, amount, "PCE", "1", "0", None, None, None, None, None, None, None))
    elif place % 4 == 2:  # prices by quantity
        for item in (market.item(), market.item()):
            for quantity, share in (("0", "0.95"), ("100", "0.9"), ("500", "0.8")):
                amount = f"{market.prices[item] * factor * Decimal(share):.4f}"
                positions.append((item, None, amount, "PCE", "1", quantity, None, None, None, None, None, None, None))
    else:  # discounts by group, and net prices of the customer's own
        first, second = random.sample(tuple(GROUPS), 2)
        out["CONTRACT_DISC"].append((contract, 1, None, first, "12.5", "0"))
        out["CONTRACT_DISC"].append((contract, 2, None, second, "7", "50"))
        for each in random.sample(range(FIRST_ITEM + 2000, FIRST_ITEM + 5000), 5):
            if market.units[str(each)] == "PCE":
                amount = f"{market.prices[str(each)] * factor * Decimal('0.88'):.2f}"
                market.condition(str(each), key, amount, currency, "0")
    if place % 5 == 0:  # quantities: sold by the case, minimum, lot multiple
        group = random.choice(tuple(GROUPS))
        positions.append((None, group, None, None, "1", "0", "24", "12", "PCE,CS", 4, None, None, None))
    if place % 7 == 0:  # what of the assortment is allowed beside the rules
        positions.append((market.item(), None, None, None, "1", "0", None, None, None, None, "Y", None, None))
    for position, row in enumerate(positions, start=1):
        out["CONTRACT_POS"].append((contract, position * 10, *row))
    out["CONTRACT_SHIPTO"] += [(contract, f"{place}-{store + 1}") for store in range(1 + place % 3)]
    if approval:
        out["CONTRACT_BUYER"] += [(contract, f"buyer{n}@{key}.example") for n in (1, 2)]
    if place % 3 == 0:
        out["CONTRACT_SUPPLY"].append((contract, 1, market.item(), "120", 2, "M", "2025-02-01"))
        out["CONTRACT_SUPPLY"].append((contract, 2, market.item(), "24", 1, "W", "2025-01-06"))


def _assortments(result: Rows) -> None:
    """Retail may order every group but the restricted one; each eighth customer is refused a group, each tenth is
    allowed one item of the restricted group."""
    rules: list[Row] = [
        (None, "RETAIL", None, group, "N" if group == acme.RESTRICTED_GROUP else "Y") for group in GROUPS
    ]
    for place in range(2, CUSTOMER_COUNT + 1):
        if place % 8 == 0:
            rules.append((number(place), None, None, "G30", "N"))
        if place % 10 == 0:
            rules.append((number(place), None, "10003", None, "Y"))
    result["ASSORTMENT_RULE"] = [
        (position, *rule, "2025-01-01", None, changed(position)) for position, rule in enumerate(rules, start=1)
    ]
