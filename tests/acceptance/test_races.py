"""Two orders for the last piece, and two for the last of a customer's credit, judged on two nodes at the same time."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import text

from b2bsync.app import operations
from tests.acceptance.cluster import Cluster, until
from tests.acceptance.racing import Due, race
from tests.exchange.paper import group, interchange, purchase_order, transaction
from tests.exchange.trade import Trade

ROUNDS = 6
CHANGED = "2026-03-05T00:00:00.000000Z"
PARTNERS = {"acme": "ACMESTORES", "bolt": "BOLTSTORES"}


def stock_up(trade: Trade) -> None:
    """Items 20001 … of which one piece each is there, customers 200001 … with credit for one order each, a second
    partner, and more than enough of item 10001."""
    acme = (trade.root / "partners" / "acme.toml").read_text()
    bolt = acme.replace("Acme Stores", "Bolt Stores").replace("ACMESTORES", "BOLTSTORES").replace("/acme/", "/bolt/")
    trade.write("partners/bolt.toml", bolt)
    for folder in ("in", "out"):
        (trade.root / "exchange" / "bolt" / folder).mkdir(parents=True)
    trade.erp(
        "UPDATE WHS_STOCK SET QTY_ONHAND = '100000', CHG_TS = '2026-03-05T00:00:00.000000Z' WHERE ITEM_NO = '10001'"
    )
    for n in range(1, ROUNDS + 1):
        item, customer = f"{20000 + n}", f"{200000 + n}"
        trade.erp(
            "INSERT INTO ITEM_MASTER SELECT ?, DESCR1, BASE_UOM, EAN, PROD_GRP, STATUS, MIN_QTY, LOT_SIZE, LEAD_DAYS,"
            " NET_WT, MAX_SO_QTY, ? FROM ITEM_MASTER WHERE ITEM_NO = '10002'", item, CHANGED,
        )  # fmt: skip
        trade.erp("INSERT INTO WHS_STOCK VALUES (?, 'ATL', '1', '0', NULL, NULL, ?)", item, CHANGED)
        trade.erp(
            "INSERT INTO PRICE_COND VALUES (?, ?, 'US-A', NULL, '6.00', 'USD', 'PCE', '1', '0', 'L', '2025-01-01',"
            " NULL, ?)", 100 + n, item, CHANGED,
        )  # fmt: skip
        trade.erp(
            "INSERT INTO DEBTOR VALUES (?, 'Shop', 'RETAIL', 'US-A', 'USD', 'ATL', 'N30', 'T', '300', '0', NULL, '0',"
            " '', '1 Road', 'Dallas', 'TX', '75201', 'US', ?)", customer, CHANGED,
        )  # fmt: skip
        trade.erp(
            "INSERT INTO DEBTOR_ADDR VALUES (?, ?, 'SO', ?, ?, 'Shop', '1 Road', 'Dallas', 'TX', '75201', 'US', ?)",
            100 + n, customer, gln(n), f"9{n:03}", CHANGED,
        )  # fmt: skip
    runs = trade.pull("erp")
    assert {run["status"] for run in runs} <= {"ok", "empty"}


def gln(n: int) -> str:
    """A Global Location Number with its check digit (GS1 General Specifications, 7.9)."""
    digits = f"9521239{n:05}"
    return digits + str(-sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10)


def drop(trade: Trade, partner: str, number: str, control: int, lines: Mapping[str, str], buyer: str = "0001") -> None:
    content = purchase_order(number, lines, buyer=buyer)
    sender = PARTNERS[partner]
    file = interchange(group(transaction(content), control=control, sender=sender), control=control, sender=sender)
    (trade.root / "exchange" / partner / "in" / f"{control}.edi").write_text(file)


def due(trade: Trade, partner: str) -> list[Due]:
    """A partner's orders before the gate, in their order."""
    query = text("select id, lane, subject from task where stage = 'judge' and lane = :lane order by id")
    with trade.open() as app, app.database.session() as session:
        return [(row.id, row.lane, row.subject) for row in session.execute(query, {"lane": f"orders:{partner}"})]


def wait_at_the_gate(trade: Trade) -> None:
    """The lanes of orders are paused: what is ordered from now on is translated and goes no further."""
    for n, partner in enumerate(PARTNERS, 1):
        drop(trade, partner, f"FIRST-{partner}", n, {"10001": "24*EA*10.00"})
    trade.once()
    with trade.open() as app:
        for partner in PARTNERS:
            operations.pause_lane(app, f"orders:{partner}", "test")


def said(trade: Trade) -> dict[str, list[str]]:
    """What the two buyers were told of each order: line by line the code of ACK01."""
    found: dict[str, list[str]] = {}
    for partner in PARTNERS:
        for path in (trade.root / "exchange" / partner / "out").glob("855_*.edi"):
            number = ""
            for segment in path.read_text().split("~"):
                elements = segment.strip().split("*")
                if elements[0] == "BAK":
                    number = elements[3]
                elif elements[0] == "ACK":
                    found.setdefault(number, []).append(elements[1])
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Trade]:
    """A supplier, two partners, and orders that wait before the gate."""
    if request.param == "postgresql":
        trade = request.getfixturevalue("cluster").trade
    else:
        trade = request.getfixturevalue("trade")
        shutil.rmtree(trade.root / "schedules")
    stock_up(trade)
    wait_at_the_gate(trade)
    yield trade


def test_one_of_two_orders_gets_the_last_piece_or_the_last_credit_and_the_other_is_told(shop: Trade) -> None:
    rounds = range(1, ROUNDS + 1)
    for n in rounds:
        for partner in PARTNERS:
            drop(shop, partner, f"piece-{partner}-{n}", 100 + n, {f"{20000 + n}": "1*EA*6.00"})
            # 240 each, and there is credit for 300.
            drop(shop, partner, f"credit-{partner}-{n}", 200 + n, {"10001": "24*EA*10.00"}, buyer=f"9{n:03}")
    shop.once()
    sides = [due(shop, partner) for partner in PARTNERS]
    assert [len(side) for side in sides] == [2 * ROUNDS, 2 * ROUNDS]

    assert race(shop.root, *sides) == [0, 0]

    promises = "select sku, count(*), sum(cast(quantity as integer)) from commitment where sku >= '2' group by sku"
    with shop.open() as app, app.database.session() as session:
        promised = sorted(tuple(row) for row in session.execute(text(promises)))
    assert promised == [(f"{20000 + n}", 1, 1) for n in rounds]

    shop.once()
    told = said(shop)
    assert [sorted([told[f"piece-acme-{n}"], told[f"piece-bolt-{n}"]]) for n in rounds] == [[["IA"], ["IB"]]] * ROUNDS
    held = {d["number"]: d["reason"] for d in shop.documents(type="850", status="held")}
    assert len(held) == ROUNDS
    for n in rounds:
        [winner] = {f"credit-acme-{n}", f"credit-bolt-{n}"} & told.keys()
        [loser] = {f"credit-acme-{n}", f"credit-bolt-{n}"} - {winner}
        assert told[winner] == ["IA"]
        assert held[loser] == "the order is worth 240 USD, 60 of credit is left"


def test_judging_pushing_and_synchronising_the_same_products_never_wait_for_each_other_in_a_ring(
    cluster: Cluster,
) -> None:
    trade = cluster.trade
    stock_up(trade)
    (trade.root / "schedules").mkdir()
    for what in ("erp.stock full", "erp.customers full"):
        name = what.split(".")[1].split()[0]
        trade.write(f"schedules/{name}.toml", f'what = "sync {what}"\nevery = "1s"\n')
    cluster.start("a", "b")
    items = [f"{20000 + n}" for n in range(1, ROUNDS + 1)]
    count = 20
    for n in range(1, count + 1):
        for partner, wanted in (("acme", items), ("bolt", items[::-1])):
            drop(trade, partner, f"{partner}-{n}", n, dict.fromkeys(wanted, "1*EA*6.00"), buyer=f"9{n % 3 + 1:03}")
    answered = "select count(*) from document where type = '850' and status in ('answered', 'held')"
    until(lambda: cluster.query(answered) == [(2 * count,)], "all were judged and pushed")

    assert cluster.query("select deadlocks from pg_stat_database where datname = current_database()") == [(0,)]
    assert cluster.query("select stage, error from task where state = 'parked'") == []
    assert cluster.query("select count(*) from sync_run where status = 'failed'") == [(0,)]
    # One piece of each is there.
    twice = "select sku from commitment where released_at is null group by sku having sum(quantity) > 1"
    assert cluster.query(twice) == []
    assert [cluster.stop(node) for node in ("a", "b")] == [0, 0]
