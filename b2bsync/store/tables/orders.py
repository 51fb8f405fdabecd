"""The order book, what was promised, and what was pushed to the ERP."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from b2bsync.store.tables.columns import decimal, moment, reference, row_id, text
from b2bsync.store.types import KEY

ORDER_STATUSES = ("judged", "held", "refused", "confirmed", "cancelled")


class OrderRow(SQLModel, table=True):
    """One order of one customer as it stands now. Status: one of ORDER_STATUSES."""

    __tablename__ = "sales_order"
    __table_args__ = (UniqueConstraint("company", "stage", "customer", "number", "release"),)
    id: int | None = row_id()
    company: str
    stage: str
    customer: str
    partner: str
    number: str
    release: str = ""
    document_id: int = reference("document.id", nullable=False)
    response_id: int | None = reference("document.id")
    erp_number: str | None = Field(default=None, index=True)
    status: str
    ordered: date | None = None
    created_at: datetime = moment()
    updated_at: datetime = moment()


class OrderJudgementRow(SQLModel, table=True):
    """What the gate decided on an order, and by which terms, as JSON; with what the ERP changed of it."""

    __tablename__ = "order_judgement"
    order_id: int = Field(primary_key=True, foreign_key="sales_order.id", sa_type=KEY)
    judgement: str = text(default=None)


class OrderBookRow(SQLModel, table=True):
    """One schedule of one line; see ``model.OrderBookLine``. ``decisions`` is the JSON list of the line's decisions."""

    __tablename__ = "order_book"
    __table_args__ = (UniqueConstraint("order_id", "line", "schedule"),)
    id: int | None = row_id()
    order_id: int = reference("sales_order.id", nullable=False, index=False)
    line: str
    schedule: int = 1
    sku: str | None = None
    unit: str | None = None
    ordered: Decimal = decimal()
    confirmed: Decimal = decimal()
    shipped: Decimal = decimal()
    received: Decimal = decimal()
    invoiced: Decimal = decimal()
    price: Decimal | None = decimal(nullable=True)
    currency: str | None = None
    status: str
    reason: str | None = None
    requested: date | None = None
    promised: date | None = None
    decisions: str = text(default="[]")
    updated_at: datetime = moment()


class CommitmentRow(SQLModel, table=True):
    """Stock promised in an answer and not yet seen in the ERP's own figures. Quantity in base units."""

    __tablename__ = "commitment"
    __table_args__ = (
        # All that the gate asks of open promises; the table itself is not looked into.
        Index(
            "ix_commitment_open",
            "company",
            "stage",
            "sku",
            "warehouse",
            "quantity",
            sqlite_where=sql("released_at IS NULL"),
            postgresql_where=sql("released_at IS NULL"),
        ),
    )
    id: int | None = row_id()
    company: str
    stage: str
    sku: str
    warehouse: str = ""
    quantity: Decimal = decimal()
    order_id: int = reference("sales_order.id", nullable=False)
    line: str
    made_at: datetime = moment()
    pushed_at: datetime | None = moment(nullable=True)  # when the ERP confirmed it
    released_at: datetime | None = moment(nullable=True)


class CreditRow(SQLModel, table=True):
    """Credit that an order takes and that the customer's balance in the ERP does not show yet. Only of customers with a
    limit. ``value`` is in the customer's currency."""

    __tablename__ = "credit_commitment"
    __table_args__ = (Index("ix_credit_commitment_customer", "company", "stage", "customer", "released_at"),)
    id: int | None = row_id()
    company: str
    stage: str
    customer: str
    value: Decimal = decimal()
    order_id: int = reference("sales_order.id", nullable=False)
    made_at: datetime = moment()
    pushed_at: datetime | None = moment(nullable=True)  # when the ERP confirmed the order
    released_at: datetime | None = moment(nullable=True)


class AwaitedOrderRow(SQLModel, table=True):
    """A pulled shipment or invoice names an order of the ERP's that no order of ours goes by yet."""

    __tablename__ = "awaited_order"
    company: str = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    erp_number: str = Field(primary_key=True)
    document_id: int = Field(primary_key=True, foreign_key="document.id", sa_type=KEY, index=True)


class PushRow(SQLModel, table=True):
    """One order on its way into one ERP. State: reserved, sent, created, confirmed, rejected, ambiguous."""

    __tablename__ = "push"
    idem_key: str = Field(primary_key=True)
    target: str  # connector
    kind: str
    document_id: int = reference("document.id", nullable=False)
    state: str
    remote_ref: str | None = None
    attempts: int = 0
    error: str = text()
    answer: str | None = text(nullable=True)  # JSON: what was read back
    created_at: datetime = moment()
    updated_at: datetime = moment()
