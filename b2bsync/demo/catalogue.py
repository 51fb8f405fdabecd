"""Items, units, stock and price lists of the generated ERP."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from b2bsync.demo import acme
from b2bsync.demo.names import FINISHES, GROUPS
from b2bsync.vocabulary.identifiers import check_digit

ITEM_COUNT = 5000
FIRST_ITEM = 10001
WAREHOUSES = ("ATL", "RNO", "MTY")
COMPANY_PREFIX = "9521234"
"""GS1's list of prefixes sets 952 aside for demonstrations and examples: these numbers are nobody's."""

PRICE_LISTS = (
    ("US-A", "United States, retail", "USD", 5000, Decimal("1")),
    ("US-B", "United States, wholesale", "USD", 5000, Decimal("0.85")),
    ("EU-A", "European Union", "EUR", 3000, Decimal("0.95")),
    ("MX-A", "Mexico", "MXN", 2000, Decimal("18")),
)
"""Number, text, currency, how many items it prices (from the first on), factor on the US retail price."""

STARTS = "2025-01-01"
"""The day from which prices and rules hold."""

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""Table to rows, each with the table's own column names."""


def gtin13(number: int) -> str:
    body = f"{COMPANY_PREFIX}{number:05d}"
    return body + check_digit(body)


def gtin14(number: int, indicator: int) -> str:
    """The GTIN of a pack: indicator 1 for a case, 2 for a pallet, before the piece's digits."""
    body = f"{indicator}{COMPANY_PREFIX}{number:05d}"
    return body + check_digit(body)


def gln(prefix: str, number: int) -> str:
    body = f"{prefix}{number:05d}"
    return body + check_digit(body)


def changed(nth: int) -> str:
    """A time of change in the ERP's own format; nine rows share each second, so that cursors must break ties."""
    minutes, seconds = divmod(nth // 9, 60)
    return f"2025-01-02T{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.000000Z"


def rows(random: Random, today: date) -> Rows:
    """WAREHOUSE, ITEM_MASTER, ITEM_UOM, WHS_STOCK, PRICE_LIST and the lists' rows of PRICE_COND."""
    places = (
        ("ATL", "Atlanta distribution centre", "Atlanta", "US"),
        ("RNO", "Reno warehouse", "Reno", "US"),
        ("MTY", "Monterrey warehouse", "Monterrey", "MX"),
    )
    result: Rows = {
        "WAREHOUSE": [
            {"WHS": key, "NAME1": name, "GLN": gln(COMPANY_PREFIX, number), "CITY": city, "COUNTRY": country}
            for number, (key, name, city, country) in enumerate(places, start=1)
        ],
        "ITEM_MASTER": [],
        "ITEM_UOM": [],
        "WHS_STOCK": [],
        "PRICE_LIST": [
            {
                "PLIST": number,
                "DESCR": text,
                "CURR": currency,
                "START_DATE": STARTS,
                "END_DATE": None,
                "CHG_TS": changed(0),
            }
            for number, text, currency, _, _ in PRICE_LISTS
        ],
        "PRICE_COND": [],
    }
    prices: dict[str, Decimal] = {}
    for item in acme.ITEMS:
        _fixed_item(result, item, today)
        prices[item.number] = Decimal(item.list_price)
    for number in range(FIRST_ITEM + len(acme.ITEMS), FIRST_ITEM + ITEM_COUNT):
        prices[str(number)] = _random_item(result, random, number, today)
    _list_prices(result, prices)
    return result


def _fixed_item(result: Rows, item: acme.Item, today: date) -> None:
    number = int(item.number)
    stamp = changed(number - FIRST_ITEM)
    result["ITEM_MASTER"].append(
        {
            "ITEM_NO": item.number,
            "DESCR1": item.description,
            "BASE_UOM": "PCE",
            "EAN": gtin13(number),
            "PROD_GRP": item.group,
            "STATUS": "A",
            "MIN_QTY": _text(item.minimum),
            "LOT_SIZE": _text(item.lot),
            "LEAD_DAYS": 3,
            "NET_WT": item.weight,
            "MAX_SO_QTY": _text(item.order_limit),
            "CHG_TS": stamp,
        }
    )
    if item.case:
        result["ITEM_UOM"].append(_unit(number, "CS", item.case, 1))
    for warehouse in WAREHOUSES:
        here = warehouse == acme.WAREHOUSE
        result["WHS_STOCK"].append(
            {
                "ITEM_NO": item.number,
                "WHS": warehouse,
                "QTY_ONHAND": str(item.on_hand) if here else "0",
                "QTY_RESERVED": str(item.reserved) if here else "0",
                "NEXT_QTY": _text(item.next_quantity) if here else None,
                "NEXT_DATE": item.next_date(today) if here else None,
                "CHG_TS": stamp,
            }
        )


def _random_item(result: Rows, random: Random, number: int, today: date) -> Decimal:
    """One item with units and stock; gives its US retail price."""
    stamp = changed(number - FIRST_ITEM)
    group = random.choice(tuple(GROUPS))
    unit = "KG" if number % 50 == 0 else "M" if number % 50 == 25 else "PCE"
    case = random.choice((6, 10, 12, 24, 48))
    result["ITEM_MASTER"].append(
        {
            "ITEM_NO": str(number),
            "DESCR1": f"{random.choice(GROUPS[group])} {random.randint(2, 60)} mm, {random.choice(FINISHES)}",
            "BASE_UOM": unit,
            "EAN": gtin13(number),
            "PROD_GRP": group,
            "STATUS": "D" if number % 97 == 0 else "A",
            "MIN_QTY": str(random.choice((5, 10, 20))) if number % 8 == 0 else None,
            "LOT_SIZE": str(case) if number % 11 == 0 else None,
            "LEAD_DAYS": random.choice((2, 3, 5, 10)),
            "NET_WT": f"{random.randint(20, 4000) / 1000:.3f}",
            "MAX_SO_QTY": None,
            "CHG_TS": stamp,
        }
    )
    if unit == "PCE" and number % 3:
        result["ITEM_UOM"].append(_unit(number, "CS", case, 1))
    if unit == "PCE" and number % 15 == 1:
        result["ITEM_UOM"].append(_unit(number, "PAL", case * 40, 2))
    for warehouse in WAREHOUSES:
        on_hand = 0 if random.random() < 0.1 else random.randint(1, 3000)
        comes = random.random() < 0.2
        result["WHS_STOCK"].append(
            {
                "ITEM_NO": str(number),
                "WHS": warehouse,
                "QTY_ONHAND": str(on_hand),
                "QTY_RESERVED": str(random.randint(0, on_hand // 10)),
                "NEXT_QTY": str(random.randint(50, 1000)) if comes else None,
                "NEXT_DATE": (today + timedelta(days=random.randint(5, 60))).isoformat() if comes else None,
                "CHG_TS": stamp,
            }
        )
    return Decimal(random.randint(80, 25000)) / 100


def _unit(number: int, unit: str, pieces: int, indicator: int) -> Row:
    ean = gtin14(number, indicator)
    return {"ITEM_NO": str(number), "UOM": unit, "NUMER": str(pieces), "DENOM": "1", "EAN": ean}


def _list_prices(result: Rows, prices: dict[str, Decimal]) -> None:
    """Every list's price per item; each tenth item of the first list is cheaper from 50 and from 200 on."""
    units = {row["ITEM_NO"]: row["BASE_UOM"] for row in result["ITEM_MASTER"]}
    conditions = result["PRICE_COND"]
    for price_list, _, currency, count, factor in PRICE_LISTS:
        for key, price in list(prices.items())[:count]:
            amount = price * factor
            tiers = [("0", amount)]
            if price_list == "US-A" and int(key) % 10 == 0 and int(key) >= FIRST_ITEM + 99:
                tiers += [("50", amount * Decimal("0.95")), ("200", amount * Decimal("0.9"))]
            for quantity, value in tiers:
                place = {"PLIST": price_list, "CUST_NO": None}
                conditions.append(
                    condition(len(conditions), key, place, f"{value:.2f}", currency, units[key], quantity)
                )


def condition(
    before: int, item: str, place: Row, amount: str, currency: str, unit: str, from_quantity: str, kind: str = "L"
) -> Row:
    """A row of PRICE_COND after ``before`` others; ``place`` says the list or the customer."""
    return {
        "COND_NO": before + 1,
        "ITEM_NO": item,
        **place,
        "AMOUNT": amount,
        "CURR": currency,
        "UOM": unit,
        "PRICE_PER": "1",
        "FROM_QTY": from_quantity,
        "KIND": kind,
        "START_DATE": STARTS,
        "END_DATE": None,
        "CHG_TS": changed(before),
    }


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
