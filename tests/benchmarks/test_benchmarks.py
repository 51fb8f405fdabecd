"""The benchmarks do the whole work, and their floors insert every row of it."""

from pathlib import Path

from benchmarks.measure import run
from benchmarks.orders.world import INBOUND, interchange
from benchmarks.orders.world import workspace as orders_workspace
from benchmarks.products.source import generate
from benchmarks.products.source import workspace as products_workspace


def test_the_interchange_is_the_same_every_time() -> None:
    text = interchange(2).decode("ascii")
    assert text == interchange(2).decode("ascii")
    assert text.count("~\nPO1*") == 40
    assert text.endswith("~\nGE*2*1~\nIEA*1*000000001~\n")


def test_every_order_is_pushed_and_answered_and_the_floor_has_its_rows(tmp_path: Path) -> None:
    orders_workspace(tmp_path / "line")
    fresh = tmp_path / "fresh.db"
    fresh.write_bytes((tmp_path / "line" / "b2bsync.db").read_bytes())
    (tmp_path / "line" / INBOUND).write_bytes(interchange(21))
    line = run("orders.line", tmp_path / "line", 21)
    assert line.facts["pushed"] == 21
    assert sum(line.facts["lines"].values()) == 420
    assert line.cpu > 0
    floor = run("orders.floor", tmp_path / "line" / "b2bsync.db", fresh, 21)
    rows = floor.facts["rows"]
    assert (rows["order_book"], rows["sales_order"], rows["push"], rows["document"]) == (420, 21, 21, 43)
    assert floor.facts["commits"] == 2


def test_products_load_once_and_are_found_unchanged_after(tmp_path: Path) -> None:
    erp = tmp_path / "erp.db"
    generate(erp, 1_200)
    products_workspace(tmp_path / "loaded")
    products_workspace(tmp_path / "floor")
    first = run("products.load", tmp_path / "loaded", erp, "first")
    assert (first.facts["added"], first.facts["unchanged"]) == (1_200, 0)
    again = run("products.load", tmp_path / "loaded", erp, "full")
    assert (again.facts["added"], again.facts["unchanged"]) == (0, 1_200)
    floor = run("products.floor", tmp_path / "loaded" / "b2bsync.db", tmp_path / "floor" / "b2bsync.db")
    assert floor.facts["rows"] == 1_200
