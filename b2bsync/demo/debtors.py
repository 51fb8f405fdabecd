"""Customers of the generated ERP: their places, numbers, cross-references and assortments.

What a customer is like follows from its place in the list (1 to 200), so that counts can be checked by hand. The first
is Acme, whose numbers are fixed (``b2bsync.demo.acme``); contracts are in ``b2bsync.demo.contracts``.
"""

from decimal import Decimal
from random import Random

from b2bsync.demo import acme, contracts
from b2bsync.demo.catalogue import STARTS, WAREHOUSES, Row, Rows, changed, gln
from b2bsync.demo.contracts import METHODS, PAYMENT, Market, currency_of, number, price_list
from b2bsync.demo.names import FIRM_FIRST, FIRM_SECOND, GROUPS, PLACES, SEGMENTS, STREETS

CUSTOMER_COUNT = 200
BLOCKED = ("100002", "100077")
CUSTOMERS_PREFIX = "9521235"
TAX = {"USD": "0", "EUR": "20", "MXN": "16"}
"""Percent by currency."""


def rows(random: Random, catalogue: Rows) -> Rows:
    """DEBTOR, DEBTOR_ADDR, CONTRACT_*, customers' PRICE_COND, ASSORTMENT_RULE and CUST_ITEM_XREF.

    ``catalogue`` gives the items, and the number of the last price condition.
    """
    tables = ("DEBTOR", "DEBTOR_ADDR", "PRICE_COND", "ASSORTMENT_RULE", "CUST_ITEM_XREF", *contracts.TABLES)
    result: Rows = {table: [] for table in tables}
    listed = [row for row in catalogue["PRICE_COND"] if row["PLIST"] == "US-A" and row["FROM_QTY"] == "0"]
    market = Market(
        random=random,
        prices={row["ITEM_NO"]: Decimal(row["AMOUNT"]) for row in listed},
        units={row["ITEM_NO"]: row["BASE_UOM"] for row in catalogue["ITEM_MASTER"]},
        conditions=len(catalogue["PRICE_COND"]),
        out=result,
    )
    _acme(market)
    contracts.acme_contract(market)
    for place in range(2, CUSTOMER_COUNT + 1):
        _customer(market, place)
        contracts.contract(market, place)
    _assortments(result)
    return result


def _acme(market: Market) -> None:
    address = _address("500 Commerce Drive", "Columbus", "OH", "43215", "US")
    market.out["DEBTOR"].append(
        {
            "CUST_NO": acme.CUSTOMER,
            "NAME1": acme.NAME,
            "CUST_GRP": "RETAIL",
            "PLIST": acme.PRICE_LIST,
            "CURR": "USD",
            "WHS": acme.WAREHOUSE,
            "PAY_TERM": "2%10 NET 30",
            "PAY_METHOD": "T",
            "CREDIT_LIM": "50000.00",
            "OPEN_BAL": "1200.00",
            "TAX_NO": "31-0000001",
            "TAX_PCT": "0",
            "BLOCK_FLAG": "",
            **address,
            "CHG_TS": changed(1),
        }
    )
    _place(market, acme.CUSTOMER, "SO", acme.SOLD_TO_GLN, "0001", acme.NAME, address)
    _place(market, acme.CUSTOMER, "BI", acme.BILL_TO_GLN, None, f"{acme.NAME} Accounts Payable", address)
    centre = _address("77 Logistics Way", "Dayton", "OH", "45402", "US")
    _place(market, acme.CUSTOMER, "SH", acme.SHIP_TO_GLN, acme.SHIP_TO, "Acme Distribution Center 42", centre)
    store = _address("12 High Street", "Toledo", "OH", "43604", "US")
    _place(market, acme.CUSTOMER, "SH", acme.SECOND_SHIP_TO_GLN, acme.SECOND_SHIP_TO, "Acme Store 43", store)
    _reference(market, acme.CUSTOMER, "I", acme.BUYERS_ITEM, "10011")


def _customer(market: Market, place: int) -> None:
    key, currency, random = number(place), currency_of(place), market.random
    name = f"{FIRM_FIRST[place % 20]} {FIRM_SECOND[(place - 1) // 20]} {'LLC' if currency == 'USD' else 'SA'}"
    somewhere = random.choice(PLACES[currency])
    address = _address(f"{random.randint(1, 900)} {random.choice(STREETS)}", *somewhere)
    net_days, discount, within = PAYMENT[place % 4]
    market.out["DEBTOR"].append(
        {
            "CUST_NO": key,
            "NAME1": name,
            "CUST_GRP": SEGMENTS[place % 4],
            "PLIST": price_list(place),
            "CURR": currency,
            "WHS": WAREHOUSES[place % 3] if place % 4 else None,
            "PAY_TERM": f"{discount}%{within} NET {net_days}" if discount else f"NET {net_days}",
            "PAY_METHOD": METHODS[place % 4][0],
            "CREDIT_LIM": f"{5000 * (1 + place % 10)}.00",
            "OPEN_BAL": f"{random.randint(0, 400000) / 100:.2f}",
            "TAX_NO": f"{address['COUNTRY']}{place:09d}",
            "TAX_PCT": TAX[currency],
            "BLOCK_FLAG": "X" if key in BLOCKED else "",
            **address,
            "CHG_TS": changed(place),
        }
    )
    _place(market, key, "SO", gln(CUSTOMERS_PREFIX, place * 10), f"{place}-SO", name, address)
    _place(market, key, "BI", gln(CUSTOMERS_PREFIX, place * 10 + 1), None, f"{name} Accounts Payable", address)
    for store in range(1, 2 + place % 3):
        there = _address(f"{random.randint(1, 900)} {random.choice(STREETS)}", *random.choice(PLACES[currency]))
        location = gln(CUSTOMERS_PREFIX, place * 10 + 1 + store)
        _place(market, key, "SH", location, f"{place}-{store}", f"{name} {store}", there)
    if place % 2:
        for item in range(1, 4):
            _reference(market, key, "I", f"C{place}-{item:03d}", market.item())
        _reference(market, key, "U", "KAR", "CS")


def _address(street: str, city: str, region: str | None, postal_code: str, country: str) -> Row:
    return {"STREET": street, "CITY": city, "REGION": region, "POSTCODE": postal_code, "COUNTRY": country}


def _place(
    market: Market, customer: str, kind: str, location: str, theirs: str | None, name: str, address: Row
) -> None:
    """A row of DEBTOR_ADDR; ``theirs`` is the number that the customer gave the place."""
    table = market.out["DEBTOR_ADDR"]
    row = {"ADDR_ID": len(table) + 1, "CUST_NO": customer, "ADDR_TYPE": kind, "GLN": location, "CUST_ADDR_NO": theirs}
    table.append({**row, "NAME1": name, **address, "CHG_TS": changed(len(table))})


def _reference(market: Market, customer: str, kind: str, theirs: str, ours: str) -> None:
    table = market.out["CUST_ITEM_XREF"]
    row = {"XREF_NO": len(table) + 1, "CUST_NO": customer, "KIND": kind, "THEIRS": theirs, "OURS": ours}
    table.append({**row, "START_DATE": STARTS, "END_DATE": None, "CHG_TS": changed(len(table))})


def _assortments(result: Rows) -> None:
    """Retail may order every group but the restricted one; each eighth customer is refused a group, each tenth is
    allowed one item of the restricted group."""

    def rule(allowed: bool, **what: str) -> None:
        table = result["ASSORTMENT_RULE"]
        row: Row = {"RULE_NO": len(table) + 1, "CUST_NO": None, "CUST_GRP": None, "ITEM_NO": None, "PROD_GRP": None}
        row |= {**what, "ALLOWED": "Y" if allowed else "N", "START_DATE": STARTS, "END_DATE": None}
        table.append({**row, "CHG_TS": changed(len(table) + 1)})

    for group in GROUPS:
        rule(group != acme.RESTRICTED_GROUP, CUST_GRP="RETAIL", PROD_GRP=group)
    for place in range(2, CUSTOMER_COUNT + 1):
        if place % 8 == 0:
            rule(False, CUST_NO=number(place), PROD_GRP="G30")
        if place % 10 == 0:
            rule(True, CUST_NO=number(place), ITEM_NO="10003")
