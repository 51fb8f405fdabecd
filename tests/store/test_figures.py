"""The ERP's figures catch up: a promise ends when a run that began after the ERP's confirmation reads them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from sqlalchemy.orm import Session

from b2bsync.model import Customer, StockLevel
from b2bsync.store import Database, commitments, merge
from b2bsync.store.commitments import NewCommitment, NewCredit
from b2bsync.store.convert import Origin
from b2bsync.store.figures import Figures
from tests.store.rooms import COMPANY, STAGE, order

STOCK = Origin(COMPANY, STAGE, "erp.stock")
CUSTOMERS = Origin(COMPANY, STAGE, "erp.customers")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def has(session: Session, *levels: tuple[str, str], origin: Origin = STOCK) -> None:
    """The ERP's stock was read: 100 of each (SKU, warehouse), under keys such as A/W1."""
    page: list[Any] = []
    for sku, warehouse in levels:
        key = f"{sku}/{warehouse}"
        page.append((key, "h", StockLevel(key=key, sku=sku, warehouse=warehouse, on_hand=D(100))))
    merge.merge(session, "StockLevel", origin, page, run=1, now=NOON, full=False)


def promise(session: Session, sku: str, quantity: int, warehouse: str, confirmed: datetime | None) -> None:
    order_id = order(session, f"PO-{sku}-{quantity}")
    new = NewCommitment(
        company=COMPANY,
        stage=STAGE,
        sku=sku,
        quantity=D(quantity),
        order_id=order_id,
        line="1",
        warehouse=warehouse,
    )
    commitments.commit_stock(session, [new])
    if confirmed:
        commitments.mark_pushed(session, [order_id], confirmed)


def promised(session: Session) -> dict[str, dict[str, D]]:
    return commitments.promised(session, COMPANY, STAGE, ["A", "B"])


def test_only_what_was_confirmed_before_the_run_began_is_in_what_it_reads(database: Database) -> None:
    with database.session() as session:
        has(session, ("A", "W1"))
        promise(session, "A", 1, "W1", NOON)
        promise(session, "A", 2, "W1", NOON + 2 * HOUR)  # confirmed while the run was reading
        promise(session, "A", 4, "W1", None)  # not even pushed
        assert Figures("StockLevel", STOCK, NOON + HOUR).read(session, ["A/W1"], NOON + HOUR) == 1
        assert promised(session) == {"A": {"W1": D(6)}}


def test_a_run_over_changes_frees_nothing_of_what_it_did_not_meet(database: Database) -> None:
    with database.session() as session:
        has(session, ("A", "W1"), ("A", "W2"), ("B", "W1"))
        for sku, quantity, warehouse in (("A", 1, "W1"), ("A", 2, "W2"), ("A", 4, ""), ("B", 8, "W1")):
            promise(session, sku, quantity, warehouse, NOON)
        run = Figures("StockLevel", STOCK, NOON + HOUR)
        assert run.read(session, ["A/W1"], NOON + HOUR) == 2  # that of W1, and the one of no warehouse in particular
        assert promised(session) == {"A": {"W2": D(2)}, "B": {"W1": D(8)}}
        assert run.read(session, ["A/W1"], NOON + HOUR) == 0
        assert run.read(session, ["B/W1"], NOON + HOUR) == 1  # on its next page
        assert promised(session) == {"A": {"W2": D(2)}}


def test_a_key_of_another_source_is_another_record(database: Database) -> None:
    with database.session() as session:
        has(session, ("A", "W1"))
        has(session, ("B", "W1"), origin=Origin(COMPANY, STAGE, "depot.stock"))
        promise(session, "A", 1, "W1", NOON)
        run = Figures("StockLevel", Origin(COMPANY, STAGE, "depot.stock"), NOON + HOUR)
        assert run.read(session, ["A/W1", "B/W1"], NOON + HOUR) == 0
        assert promised(session) == {"A": {"W1": D(1)}}


def test_after_everything_was_read_nothing_stays_promised_of_what_is_gone(database: Database) -> None:
    with database.session() as session:
        has(session, ("A", "W1"))
        promise(session, "A", 1, "W1", NOON)
        promise(session, "B", 8, "W1", NOON)
        assert Figures("StockLevel", STOCK, NOON + HOUR).gone(session, NOON + HOUR) == 1
        assert promised(session) == {"A": {"W1": D(1)}}


def test_credit_is_free_again_when_the_customers_balance_is_read(database: Database) -> None:
    with database.session() as session:
        customers = [Customer(key=f"{n}.", number=n, name=n) for n in ("C1", "C2")]
        merge.merge(session, "Customer", CUSTOMERS, [(c.key, "h", c) for c in customers], run=1, now=NOON, full=False)
        for customer in ("C1", "C2"):
            order_id = order(session, f"PO of {customer}", customer)
            new = NewCredit(company=COMPANY, stage=STAGE, customer=customer, value=D(500), order_id=order_id)
            commitments.commit_credit(session, [new])
            commitments.mark_pushed(session, [order_id], NOON)
        assert Figures("Customer", CUSTOMERS, NOON).read(session, ["C1."], NOON) == 0  # began no later than that
        assert Figures("Product", CUSTOMERS, NOON + HOUR).read(session, ["C1."], NOON) == 0
        assert Figures("Customer", CUSTOMERS, NOON + HOUR).read(session, ["C1."], NOON + HOUR) == 1
        assert commitments.credit_promised(session, COMPANY, STAGE, ["C1", "C2"]) == {"C2": D(500)}
