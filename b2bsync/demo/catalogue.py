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
"""GS1 prefix 952 is set aside for examples (GS1 General Specifications, section 1.4)."""

PRICE_LISTS = (
    ("US-A", "United States, retail", "USD", 5000, Decimal("1")),
    ("US-B", "United States, wholesale", "USD", 5000, Decimal("0.85")),
    ("EU-A", "European Union", "EUR", 3000, Decimal("0.95")),
    ("MX-A", "Mexico", "MXN", 2000, Decimal("18")),
)
"""Number, text, currency, how many items it prices (from the first on), factor on the US retail price."""

Rows = dict[str, list[tuple[Any, ...]]]


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


def changed(second: int) -> str:
    """A time of change in the ERP's own format; nine items share each second, so that cursors must break ties."""
    moment = timedelta(seconds=second // 9)
    hours, rest = divmod(moment.seconds, 3600)
    return f"2025-01-{2 + moment.days:02d}T{hours:02d}:{rest // 60:02d}:{rest % 60:02d}.000000Z"


def rows(random: Random, today: date) -> Rows:
    """WAREHOUSE, ITEM_MASTER, ITEM_UOM, WHS_STOCK, PRICE_LIST and the lists' rows of PRICE_COND."""
    result: Rows = {
        "WAREHOUSE": [
            ("ATL", "Atlanta distribution centre", gln(COMPANY_PREFIX, 1), "Atlanta", "US"),
            ("RNO", "Reno warehouse", gln(COMPANY_PREFIX, 2), "Reno", "US"),
            ("MTY", "Monterrey warehouse", gln(COMPANY_PREFIX, 3), "Monterrey", "MX"),
        ],
        "ITEM_MASTER": [],
        "ITEM_UOM": [],
        "WHS_STOCK": [],
        "PRICE_LIST": [
            (number, text, currency, "2025-01-01", None, changed(0)) for number, text, currency, _, _ in PRICE_LISTS
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
        (
            item.number,
            item.description,
            "PCE",
            gtin13(number),
            item.group,
            "A",
            _text(item.minimum),
            _text(item.lot),
            3,
            item.weight,
            _text(item.order_limit),
            stamp,
        )
    )
    if item.case:
        result["ITEM_UOM"].append((item.number, "CS", str(item.case), "1", gtin14(number, 1)))
    for warehouse in WAREHOUSES:
        here = warehouse == acme.WAREHOUSE
        result["WHS_STOCK"].append(
            (
                item.number,
                warehouse,
                str(item.on_hand) if here else "0",
                str(item.reserved) if here else "0",
                _text(item.next_quantity) if here else None,
                item.next_date(today) if here else None,
                stamp,
            )
        )


def _random_item(result: Rows, random: Random, number: int, today: date) -> Decimal:
    """One item with units and stock; gives its US retail price."""
    key = str(number)
    stamp = changed(number - FIRST_ITEM)
    group = random.choice(tuple(GROUPS))
    unit = "KG" if number % 50 == 0 else "M" if number % 50 == 25 else "PCE"
    case = random.choice((6, 10, 12, 24, 48))
    result["ITEM_MASTER"].append(
        (
            key,
            f"{random.choice(GROUPS[group])} {random.randint(2, 60)} mm, {random.choice(FINISHES)}",
            unit,
            gtin13(number),
            group,
            "D" if number % 97 == 0 else "A",
            str(random.choice((5, 10, 20))) if number % 8 == 0 else None,
            str(case) if number % 11 == 0 else None,
            random.choice((2, 3, 5, 10)),
            f"{random.randint(20, 4000) / 1000:.3f}",
            None,
            stamp,
        )
    )
    if unit == "PCE" and number % 3:
        result["ITEM_UOM"].append((key, "CS", str(case), "1", gtin14(number, 1)))
    if unit == "PCE" and number % 15 == 1:
        result["ITEM_UOM"].append((key, "PAL", str(case * 40), "1", gtin14(number, 2)))
    for warehouse in WAREHOUSES:
        on_hand = 0 if random.random() < 0.1 else random.randint(1, 3000)
        comes = random.random() < 0.2
        result["WHS_STOCK"].append(
            (
                key,
                warehouse,
                str(on_hand),
                str(random.randint(0, on_hand // 10)),
                str(random.randint(50, 1000)) if comes else None,
                (today + timedelta(days=random.randint(5, 60))).isoformat() if comes else None,
                stamp,
            )
        )
    return Decimal(random.randint(80, 25000)) / 100


def _list_prices(result: Rows, prices: dict[str, Decimal]) -> None:
    """Every list's price per item; each tenth item of the first list is cheaper from 50 and from 200 on."""
    units = {row[0]: row[2] for row in result["ITEM_MASTER"]}
    conditions = result["PRICE_COND"]
    for price_list, _, currency, count, factor in PRICE_LISTS:
        for key, price in list(prices.items())[:count]:
            amount = price * factor
            tiers = [("0", amount)]
            if price_list == "US-A" and int(key) % 10 == 0 and int(key) >= FIRST_ITEM + 99:
                tiers += [("50", amount * Decimal("0.95")), ("200", amount * Decimal("0.9"))]
            for quantity, value in tiers:
                conditions.append(
                    (
                        len(conditions) + 1,
                        key,
                        price_list,
                        None,
                        f"{value:.2f}",
                        currency,
                        units[key],
                        "1",
                        quantity,
                        "L",
                        "2025-01-01",
                        None,
                        changed(len(conditions)),
                    )
                )


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
