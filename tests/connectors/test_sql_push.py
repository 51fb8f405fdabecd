"""The acceptance suite for pushes (A8) on the sql connector: one order in the ERP whatever happens; rung 1."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from b2bsync.sync import (
    AmbiguousOutcome,
    Connectors,
    IdemKey,
    Placed,
    Pushed,
    Refused,
    SourceError,
    Unreachable,
    place,
    settle,
)
from tests.connectors.rooms import Erp

IDEM = IdemKey(partner="acme", kind="order", number="PO-1", customer="100001")

ORDER = {
    "cust_no": "100001",
    "lines": [
        {"line_no": 1, "item_no": "A1", "qty": Decimal("24"), "price": Decimal("9.50")},
        {"line_no": 2, "item_no": "A2", "qty": Decimal("0.333333"), "price": Decimal("1234567890123.123456")},
    ],
}

PUSH = {
    "mapping": "erp/order",
    "find": "SELECT order_no FROM so_head WHERE ext_ref = :idem",
    "create": "INSERT INTO so_head (cust_no, cust_po, ext_ref, status) VALUES (:cust_no, :number, :idem, 'NEW')",
    "create_line": "INSERT INTO so_line VALUES (:ref, :line_no, :item_no, :qty, :price)",
    "confirm": "UPDATE so_head SET status = 'RELEASED' WHERE order_no = :ref AND status = 'NEW'",
    "read_back": "SELECT order_no, cust_po, status FROM so_head WHERE order_no = :ref",
    "read_back_lines": "SELECT line_no, item_no, qty, price FROM so_line WHERE order_no = :ref ORDER BY line_no",
}


@pytest.fixture
def orders(erp: Erp) -> Erp:
    """An ERP without any unique key on the customer's number, as real ones are."""
    text = erp.engine.dialect.name == "sqlite"
    number, amount = ("INTEGER PRIMARY KEY", "TEXT") if text else ("BIGSERIAL PRIMARY KEY", "NUMERIC(25, 6)")
    erp.run(
        f"CREATE TABLE so_head (order_no {number}, cust_no VARCHAR(20) NOT NULL, cust_po VARCHAR(20),"
        " ext_ref VARCHAR(64), status VARCHAR(10))"
    )
    erp.run(
        f"CREATE TABLE so_line (order_no BIGINT, line_no INTEGER, item_no VARCHAR(20), qty {amount}, price {amount},"
        " CONSTRAINT no_item_x CHECK (item_no <> 'X'))"
    )
    return erp


@contextmanager
def opened(erp: Erp, folder: Path, url: str | dict[str, str] | None = None, **changes: Any) -> Iterator[Any]:
    settings = {**erp.settings(), "push": {"order": {**PUSH, **changes}}, "timeout": "5s"}
    if url is not None:
        settings["url"] = url
    with Connectors({"erp": settings}, folder).open("erp") as connection:
        yield connection


def deliver(target: Any, kind: str, record: dict[str, Any], idem: IdemKey, **how: Any) -> Pushed | Refused:
    placed = place(target, kind, record, idem, **how)
    return placed if isinstance(placed, Refused) else settle(target, kind, placed, idem)


def order_numbers(erp: Erp) -> list[tuple[Any, ...]]:
    return erp.rows("SELECT order_no, status FROM so_head ORDER BY order_no")


def test_an_order_is_created_confirmed_and_read_back_exactly(orders: Erp, tmp_path: Path) -> None:
    with opened(orders, tmp_path) as target:
        pushed = deliver(target, "order", ORDER, IDEM)
    assert isinstance(pushed, Pushed)
    assert (pushed.ref, pushed.created) == ("1", True)
    assert (pushed.answer["cust_po"], pushed.answer["status"]) == ("PO-1", "RELEASED")
    lines = [(line["item_no"], Decimal(line["qty"]), Decimal(line["price"])) for line in pushed.answer["lines"]]
    assert lines == [("A1", Decimal(24), Decimal("9.5")), ("A2", Decimal("0.333333"), Decimal("1234567890123.123456"))]


def test_pushed_twice_there_is_one_order(orders: Erp, tmp_path: Path) -> None:
    with opened(orders, tmp_path) as target:
        first = deliver(target, "order", ORDER, IDEM)
        second = deliver(target, "order", ORDER, IDEM)
    assert isinstance(first, Pushed) and isinstance(second, Pushed)
    assert (first.created, second.created) == (True, False)
    assert first.ref == second.ref
    assert order_numbers(orders) == [(1, "RELEASED")]
    assert len(orders.rows("SELECT * FROM so_line")) == 2


def test_two_workers_at_once_make_one_order(orders: Erp, tmp_path: Path) -> None:
    """Both have looked and found nothing; the create itself looks once more under a lock."""
    both = threading.Barrier(2)

    def work(_: int) -> Any:
        with opened(orders, tmp_path) as target:
            assert target.find("order", IDEM) is None
            both.wait(timeout=20)
            return target.create("order", ORDER, IDEM)

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(work, range(2)))
    assert sorted(type(o).__name__ for o in outcomes) == ["AlreadyExists", "Created"]
    assert order_numbers(orders) == [(1, "NEW")]


def test_create_may_return_the_number(orders: Erp, tmp_path: Path) -> None:
    with opened(orders, tmp_path, create=PUSH["create"] + " RETURNING order_no") as target:
        pushed = deliver(target, "order", ORDER, IDEM)
    assert isinstance(pushed, Pushed)
    assert pushed.ref == "1"


def test_a_refused_line_leaves_nothing_behind_and_says_the_databases_words(orders: Erp, tmp_path: Path) -> None:
    order = {**ORDER, "lines": [*ORDER["lines"], {"line_no": 3, "item_no": "X", "qty": 1, "price": 1}]}  # type: ignore[misc]
    with opened(orders, tmp_path) as target:
        refused = deliver(target, "order", order, IDEM)
    assert isinstance(refused, Refused)
    assert "no_item_x" in refused.message
    assert refused.message.endswith("[create_line]")
    assert refused.code == ("23514" if orders.engine.dialect.name == "postgresql" else "SQLITE_CONSTRAINT_CHECK")
    assert order_numbers(orders) == []


def test_a_missing_value_is_refused_by_the_database(orders: Erp, tmp_path: Path) -> None:
    with opened(orders, tmp_path) as target:
        refused = deliver(target, "order", {"cust_no": None, "lines": []}, IDEM)
    assert isinstance(refused, Refused)
    assert "cust_no" in refused.message


@pytest.mark.parametrize(
    ("step", "old", "new", "said"),
    [
        ("create_line", ":qty", ":qtty", r":qtty\. Did you mean :qty\?"),
        ("create", ":cust_no", ":CUST_NO", r":CUST_NO\. Did you mean :cust_no\?"),
        (
            "confirm",
            ":ref",
            ":order_no",
            r":order_no\. Known here: customer, idem, kind, number, partner, ref, revision",
        ),
    ],
)
def test_a_parameter_that_nothing_gives_is_no_null(
    orders: Erp, tmp_path: Path, step: str, old: str, new: str, said: str
) -> None:
    wrong = pytest.raises(SourceError, match=rf"connector\.erp\.push\.order\.{step}: .* parameter {said}")
    with opened(orders, tmp_path, **{step: PUSH[step].replace(old, new)}) as target, wrong:
        deliver(target, "order", ORDER, IDEM)
    assert [status for _, status in order_numbers(orders)] == (["NEW"] if step == "confirm" else [])


def test_find_and_create_that_disagree_commit_nothing(orders: Erp, tmp_path: Path) -> None:
    wrong = "SELECT order_no FROM so_head WHERE cust_po = :idem"
    said = pytest.raises(SourceError, match=r"connector\.erp\.push\.order\.find: does not find the document")
    with opened(orders, tmp_path, find=wrong) as target, said:
        deliver(target, "order", ORDER, IDEM)
    assert order_numbers(orders) == []


def test_an_erp_may_take_its_time(orders: Erp, tmp_path: Path) -> None:
    """Read back gives nothing until it has decided; asked again, it has."""
    read_back = "SELECT order_no, status FROM so_head WHERE order_no = :ref AND status = 'ACCEPTED'"
    with opened(orders, tmp_path, read_back=read_back) as target:
        with pytest.raises(AmbiguousOutcome, match="order PO-1 is there as 1, but has not answered yet") as unanswered:
            deliver(target, "order", ORDER, IDEM)
        assert unanswered.value.ref == "1"
        orders.run("UPDATE so_head SET status = 'ACCEPTED'")
        pushed = settle(target, "order", Placed("1", created=True), IDEM)
    assert isinstance(pushed, Pushed)
    assert pushed.answer["status"] == "ACCEPTED"


class _Cable:
    """A TCP relay before a PostgreSQL server. Once armed it loses the answer to the COMMIT that follows an INSERT, as a
    line does that breaks; ``dead`` afterwards refuses everybody until it is repaired."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.armed = False
        self.dies = False
        self.dead = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.dead:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.path)
            seen = {"insert": False, "cut": False}
            threading.Thread(target=self._up, args=(client, server, seen), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client, seen), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket, seen: dict[str, bool]) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                seen["insert"] |= b"INSERT INTO so_head" in data
                seen["cut"] |= self.armed and seen["insert"] and b"COMMIT" in data
                server.sendall(data)
        server.close()

    def _down(self, server: socket.socket, client: socket.socket, seen: dict[str, bool]) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if seen["cut"]:  # the server has committed; nobody hears of it
                    self.armed, self.dead = False, self.dies
                    client.shutdown(socket.SHUT_RDWR)
                    break
                client.sendall(data)
        client.close()


@pytest.fixture
def cable(orders: Erp) -> Iterator[tuple[_Cable, str]]:
    if orders.engine.dialect.name != "postgresql":
        pytest.fail("only a server has a line that can break")
    url = make_url(str(orders.url))
    folder = str(url.query["host"])
    relay = _Cable(f"{folder}/.s.PGSQL.{url.port or 5432}")
    yield (
        relay,
        url.set(host="127.0.0.1", port=relay.port, query={"sslmode": "disable"}).render_as_string(hide_password=False),
    )
    relay.listener.close()


@pytest.mark.parametrize("erp", ["postgresql"], indirect=True)
def test_an_answer_lost_after_the_commit_is_made_up_by_finding(
    orders: Erp, cable: tuple[_Cable, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, url = cable
    monkeypatch.setenv("ERP_THROUGH_CABLE", url)
    with opened(orders, tmp_path, url={"env": "ERP_THROUGH_CABLE"}) as target:
        relay.armed = True
        pushed = deliver(target, "order", ORDER, IDEM, pauses=())
    assert isinstance(pushed, Pushed)
    assert not relay.armed  # it did happen
    assert (pushed.ref, pushed.created) == ("1", True)
    assert order_numbers(orders) == [(1, "RELEASED")]


@pytest.mark.parametrize("erp", ["postgresql"], indirect=True)
def test_a_line_that_stays_broken_leaves_the_outcome_open_and_a_later_try_finds_it(
    orders: Erp, cable: tuple[_Cable, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, url = cable
    monkeypatch.setenv("ERP_THROUGH_CABLE", url)
    with opened(orders, tmp_path, url={"env": "ERP_THROUGH_CABLE"}) as target:
        relay.armed = relay.dies = True
        with pytest.raises(AmbiguousOutcome, match="order PO-1: cannot be looked for"):
            deliver(target, "order", ORDER, IDEM, pauses=())
        relay.dead = False
        pushed = deliver(target, "order", ORDER, IDEM, first_try=False, pauses=())
    assert isinstance(pushed, Pushed)
    assert not pushed.created
    assert order_numbers(orders) == [(1, "RELEASED")]


def test_an_erp_that_is_away_is_unreachable_and_nothing_was_sent(orders: Erp, tmp_path: Path) -> None:
    with opened(orders, tmp_path, url="postgresql://nobody@127.0.0.1:1/erp") as target, pytest.raises(Unreachable):
        deliver(target, "order", ORDER, IDEM)
    assert order_numbers(orders) == []


def test_the_key_is_the_same_for_ever() -> None:
    assert IDEM.text == "f952ce382cf229b0100e91c30664daffe9c9ca486a2ee3f9bd209af0eb4a8f28"
    again = IdemKey(partner="acme", kind="order", number="PO-1", customer="100001")
    assert again.text == IDEM.text
    release = IdemKey(partner="acme", kind="order", number="PO-1", revision="2", customer="100001")
    assert release.text != IDEM.text
    neighbour = IdemKey(partner="acme", kind="order", number="PO-1", customer="100002")  # of the same hub
    assert neighbour.text != IDEM.text
