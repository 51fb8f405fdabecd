"""Contracts of the generated ERP: one per customer, every kind of term.

Which customer has which term follows from the customer's place in the list: each third has recurring supplies, each
fifth needs approvals, and so on, as the code says.
"""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from b2bsync.demo import acme
from b2bsync.demo.catalogue import FIRST_ITEM, PRICE_LISTS, STARTS, Row, Rows, changed, condition
from b2bsync.demo.names import GROUPS

TABLES = tuple(f"CONTRACT_{part}" for part in ("HDR", "POS", "DISC", "SHIPTO", "BUYER", "SUPPLY"))

PAYMENT = ((30, None, None), (30, "2", 10), (60, None, None), (14, "1", 7))
"""Net days, cash discount in percent, within days. The second is 2 % 10, net 30."""
METHODS = ("T", "T,D", "C", "T,C,D")
TOLERANCES = (None, "0", "0.5", "1", "2")

CURRENCY = {name: currency for name, _, currency, _, _ in PRICE_LISTS}
FACTOR = {name: factor for name, _, _, _, factor in PRICE_LISTS}


@dataclass
class Market:
    """What the customers' rows are made from, and where they go. ``prices`` are US retail prices of one base unit."""

    random: Random
    prices: dict[str, Decimal]
    units: dict[str, str]
    conditions: int
    out: Rows

    def item(self) -> str:
        """Some piece item that every price list has, and that is none of the fixed ones."""
        while True:
            key = str(self.random.randint(FIRST_ITEM + 100, FIRST_ITEM + 1999))
            if self.units[key] == "PCE":
                return key

    def own_price(self, item: str, customer: str, amount: str, currency: str, from_quantity: str = "0") -> None:
        """A net price of one customer."""
        place = {"PLIST": None, "CUST_NO": customer}
        row = condition(self.conditions, item, place, amount, currency, "PCE", from_quantity, "N")
        self.out["PRICE_COND"].append(row)
        self.conditions += 1


def number(place: int) -> str:
    """The customer's number by its place in the list."""
    return str(100000 + place)


def price_list(place: int) -> str:
    return {0: "EU-A", 5: "MX-A"}.get(place % 10, "US-B" if place % 2 == 0 else "US-A")


def currency_of(place: int) -> str:
    return CURRENCY[price_list(place)]


def acme_contract(market: Market) -> None:
    """The fixed customer's; ``b2bsync.demo.acme`` says its numbers."""
    out, contract = market.out, acme.CONTRACT
    out["CONTRACT_HDR"].append(
        {
            "CONTRACT_NO": contract,
            "CUST_NO": acme.CUSTOMER,
            "DESCR": "Framework agreement",
            "SIGN_DATE": "2024-12-10",
            "START_DATE": STARTS,
            "END_DATE": "2034-12-31",
            "CURR": "USD",
            "PLIST": acme.PRICE_LIST,
            "PRICE_DATE": "O",
            "TOL_PCT": acme.TOLERANCE,
            "ASSORT_ONLY": "Y",
            "LEAD_DAYS": 3,
            "DLV_PRIO": 1,
            "SPLIT_OK": "Y",
            "CONSOL": "N",
            "PAY_METHODS": "T,D",
            "NET_DAYS": 30,
            "CD_PCT": "2",
            "CD_DAYS": 10,
            "CREDIT_LIM": "50000.00",
            "PRORATE": "N",
            "MIN_ORD_VAL": "100.00",
            "APPR_ABOVE": "25000.00",
            "APPROVER": "purchasing.lead@acme.example",
            "CHG_TS": changed(1),
        }
    )
    for item, price in acme.FIXED_PRICES.items():
        _position(market, contract, ITEM_NO=item, FIX_PRICE=price, UOM="PCE")
    _discount(market, contract, acme.DISCOUNT)
    for place in (acme.SHIP_TO, acme.SECOND_SHIP_TO):
        out["CONTRACT_SHIPTO"].append({"CONTRACT_NO": contract, "CUST_ADDR_NO": place})
    _supply(market, contract, "10001", "240", 2, "M", "2025-02-01")
    for item, tiers in acme.TIERS.items():
        for quantity, amount in tiers:
            market.own_price(item, acme.CUSTOMER, amount, "USD", quantity)


def contract(market: Market, place: int) -> None:
    """Another customer's; the remainders say who has which term."""
    key, contract, out = number(place), f"K-{number(place)}", market.out
    expired, approval = place % 20 == 0, place % 5 == 0
    net_days, discount, within = PAYMENT[place % 4]
    out["CONTRACT_HDR"].append(
        {
            "CONTRACT_NO": contract,
            "CUST_NO": key,
            "DESCR": "Annual terms" if place % 2 else "Framework agreement",
            "SIGN_DATE": f"{2022 if expired else 2024}-{1 + place % 12:02d}-{1 + place % 28:02d}",
            "START_DATE": "2023-01-01" if expired else STARTS,
            "END_DATE": "2024-12-31" if expired else "2034-12-31",
            "CURR": currency_of(place),
            "PLIST": price_list(place),
            "PRICE_DATE": "ORS"[place % 3],
            "TOL_PCT": TOLERANCES[place % 5],
            "ASSORT_ONLY": _yes(place % 7 == 0),
            "LEAD_DAYS": 1 + place % 7,
            "DLV_PRIO": 1 + place % 3,
            "SPLIT_OK": _yes(place % 6 != 0),
            "CONSOL": _yes(place % 4 == 0),
            "PAY_METHODS": METHODS[place % 4],
            "NET_DAYS": net_days,
            "CD_PCT": discount,
            "CD_DAYS": within,
            "CREDIT_LIM": f"{5000 * (1 + place % 10)}.00",
            "PRORATE": _yes(place % 9 == 0),
            "MIN_ORD_VAL": "100.00" if place % 2 == 0 else None,
            "APPR_ABOVE": "10000.00" if approval else None,
            "APPROVER": f"manager@{key}.example" if approval else None,
            "CHG_TS": changed(place),
        }
    )
    _prices(market, place, contract)
    if place % 5 == 0:  # quantities: units sold, minimum, lot multiple
        group = market.random.choice(tuple(GROUPS))
        _position(market, contract, PROD_GRP=group, MIN_QTY="24", LOT_SIZE="12", SALES_UOMS="PCE,CS", LEAD_DAYS=4)
    if place % 7 == 0:  # what is allowed beside the assortment's rules
        _position(market, contract, ITEM_NO=market.item(), ALLOWED="Y")
    for store in range(1, 2 + place % 3):
        out["CONTRACT_SHIPTO"].append({"CONTRACT_NO": contract, "CUST_ADDR_NO": f"{place}-{store}"})
    if approval:
        for n in (1, 2):
            out["CONTRACT_BUYER"].append({"CONTRACT_NO": contract, "PERSON": f"buyer{n}@{key}.example"})
    if place % 3 == 0:
        _supply(market, contract, market.item(), "120", 2, "M", "2025-02-01")
        _supply(market, contract, market.item(), "24", 1, "W", "2025-01-06")


def _prices(market: Market, place: int, contract: str) -> None:
    """One of the four ways to agree on prices."""
    factor, random = FACTOR[price_list(place)], market.random
    if place % 4 == 0:  # the list with a discount on everything
        _discount(market, contract, str(2 + place % 9))
    elif place % 4 == 1:  # individual prices
        for _ in range(3):
            item = market.item()
            amount = f"{market.prices[item] * factor * Decimal('0.9'):.2f}"
            _position(market, contract, ITEM_NO=item, FIX_PRICE=amount, UOM="PCE")
    elif place % 4 == 2:  # individual prices by quantity
        for item in (market.item(), market.item()):
            for quantity, share in (("0", "0.95"), ("100", "0.9"), ("500", "0.8")):
                amount = f"{market.prices[item] * factor * Decimal(share):.4f}"
                _position(market, contract, ITEM_NO=item, FIX_PRICE=amount, UOM="PCE", FROM_QTY=quantity)
    else:  # discounts by group, and net prices of the customer's own
        first, second = random.sample(tuple(GROUPS), 2)
        _discount(market, contract, "12.5", first)
        _discount(market, contract, "7", second, "50")
        for item in map(str, random.sample(range(FIRST_ITEM + 2000, FIRST_ITEM + 5000), 5)):
            if market.units[item] == "PCE":
                amount = f"{market.prices[item] * factor * Decimal('0.88'):.2f}"
                market.own_price(item, number(place), amount, currency_of(place))


def _position(market: Market, contract: str, **what: str | int) -> None:
    """A row of CONTRACT_POS; what is not said is left open."""
    table = market.out["CONTRACT_POS"]
    before = sum(1 for row in table[-20:] if row["CONTRACT_NO"] == contract)
    row: Row = {
        "CONTRACT_NO": contract,
        "POS_NO": 10 * (before + 1),
        "ITEM_NO": None,
        "PROD_GRP": None,
        "FIX_PRICE": None,
        "UOM": None,
        "PRICE_PER": "1",
        "FROM_QTY": "0",
        "MIN_QTY": None,
        "LOT_SIZE": None,
        "SALES_UOMS": None,
        "LEAD_DAYS": None,
        "ALLOWED": None,
        "START_DATE": None,
        "END_DATE": None,
    }
    table.append(row | what)


def _discount(market: Market, contract: str, percent: str, group: str | None = None, from_quantity: str = "0") -> None:
    table = market.out["CONTRACT_DISC"]
    before = sum(1 for row in table[-2:] if row["CONTRACT_NO"] == contract)
    row = {"CONTRACT_NO": contract, "DISC_NO": before + 1, "ITEM_NO": None, "PROD_GRP": group}
    table.append({**row, "DISC_PCT": percent, "FROM_QTY": from_quantity})


def _supply(market: Market, contract: str, item: str, quantity: str, every: int, period: str, first: str) -> None:
    table = market.out["CONTRACT_SUPPLY"]
    before = sum(1 for row in table[-2:] if row["CONTRACT_NO"] == contract)
    row = {"CONTRACT_NO": contract, "SUPPLY_NO": before + 1, "ITEM_NO": item, "QTY": quantity}
    table.append({**row, "EVERY_N": every, "PERIOD": period, "FIRST_DATE": first})


def _yes(answer: bool) -> str:
    return "Y" if answer else "N"
