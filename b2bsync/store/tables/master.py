"""Master data. Each row belongs to (company, stage, source, key); prices and contracts keep both times.

``hash`` is the digest of the source record and the mapping that made the row: equal means nothing to do. ``seen`` is
the run that wrote the row last; what a full run met unchanged stands in ``sync_seen``. Product and stock rows are
overwritten. A price or contract that changes is closed (``known_to``) and a new row opens; the open row has
``known_to`` null.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from b2bsync.store.tables.columns import big, decimal, moment, row_id, text


def _current(table: str) -> Index:
    """One open row per source key, enforced by the database."""
    where = sql("known_to IS NULL")
    return Index(
        f"uq_{table}_current",
        "company",
        "stage",
        "source",
        "key",
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


class ProductRow(SQLModel, table=True):
    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("company", "stage", "source", "key"),
        Index("ix_product_sku", "company", "stage", "sku"),
        Index("ix_product_gtin", "company", "stage", "gtin"),
    )
    id: int | None = row_id()
    company: str
    stage: str
    source: str
    key: str
    hash: str
    seen: int = big(default=0)
    sku: str
    name: str
    base_unit: str
    gtin: str | None = None
    category: str | None = None
    active: bool
    minimum_quantity: Decimal | None = decimal(nullable=True)
    lot_multiple: Decimal | None = decimal(nullable=True)
    lead_time_days: int | None = None
    weight: Decimal | None = decimal(nullable=True)
    units: str = text(default="[]")  # JSON list of UnitConversion
    extra: str = text(default="{}")
    updated_at: datetime = moment()


class PackGtinRow(SQLModel, table=True):
    """A GTIN (14 digits) of one of a product's packs; the product's own GTIN stands in its row."""

    __tablename__ = "pack_gtin"
    __table_args__ = (Index("ix_pack_gtin_product", "company", "stage", "source", "key"),)
    company: str = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    gtin: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    key: str = Field(primary_key=True)


class StockLevelRow(SQLModel, table=True):
    __tablename__ = "stock_level"
    __table_args__ = (
        UniqueConstraint("company", "stage", "source", "key"),
        Index("ix_stock_level_sku", "company", "stage", "sku"),
    )
    id: int | None = row_id()
    company: str
    stage: str
    source: str
    key: str
    hash: str
    seen: int = big(default=0)
    sku: str
    warehouse: str
    on_hand: Decimal = decimal()
    reserved: Decimal = decimal()
    next_quantity: Decimal | None = decimal(nullable=True)
    next_date: date | None = None
    updated_at: datetime = moment()


class CustomerRow(SQLModel, table=True):
    __tablename__ = "customer"
    __table_args__ = (
        UniqueConstraint("company", "stage", "source", "key"),
        Index("ix_customer_number", "company", "stage", "number"),
    )
    id: int | None = row_id()
    company: str
    stage: str
    source: str
    key: str
    hash: str
    seen: int = big(default=0)
    number: str
    name: str
    segment: str | None = None
    price_list: str | None = None
    currency: str | None = None
    warehouse: str | None = None
    payment_terms: str | None = None
    payment_method: str | None = None
    credit_limit: Decimal | None = decimal(nullable=True)
    balance: Decimal | None = decimal(nullable=True)
    tax_number: str | None = None
    blocked: bool
    address: str | None = text(nullable=True)  # JSON Address
    extra: str = text(default="{}")
    updated_at: datetime = moment()


class CustomerIdentifierRow(SQLModel, table=True):
    __tablename__ = "customer_identifier"
    __table_args__ = (
        UniqueConstraint("company", "stage", "source", "key"),
        Index("ix_customer_identifier_value", "company", "stage", "value"),
    )
    id: int | None = row_id()
    company: str
    stage: str
    source: str
    key: str
    hash: str
    seen: int = big(default=0)
    scheme: str
    value: str
    customer: str
    role: str | None = None
    name: str | None = None
    updated_at: datetime = moment()


class PriceListRow(SQLModel, table=True):
    __tablename__ = "price_list"
    __table_args__ = (UniqueConstraint("company", "stage", "source", "key"),)
    id: int | None = row_id()
    company: str
    stage: str
    source: str
    key: str
    hash: str
    seen: int = big(default=0)
    number: str
    name: str
    currency: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    updated_at: datetime = moment()


class PriceRow(SQLModel, table=True):
    __tablename__ = "price"
    __table_args__ = (
        _current("price"),
        Index("ix_price_sku", "company", "stage", "sku", "price_list"),
        Index("ix_price_customer", "company", "stage", "customer", "sku"),
    )
    id: int | None = row_id()
    company: str
    stage: str
    source: str
    key: str
    hash: str
    seen: int = big(default=0)
    sku: str
    price_list: str | None = None
    customer: str | None = None
    amount: Decimal = decimal()
    currency: str
    unit: str
    basis: Decimal = decimal()
    from_quantity: Decimal = decimal()
    kind: str
    valid_from: date | None = None
    valid_to: date | None = None
    known_from: datetime = moment()
    known_to: datetime | None = moment(nullable=True)


class ContractRow(SQLModel, table=True):
    """``body`` is the whole Contract as JSON; the columns are what is searched."""

    __tablename__ = "contract"
    __table_args__ = (_current("contract"), Index("ix_contract_customer", "company", "stage", "customer"))
    id: int | None = row_id()
    company: str
    stage: str
    source: str
    key: str
    hash: str
    seen: int = big(default=0)
    number: str
    customer: str
    valid_from: date | None = None
    valid_to: date | None = None
    body: str = text()
    known_from: datetime = moment()
    known_to: datetime | None = moment(nullable=True)


class AssortmentRow(SQLModel, table=True):
    __tablename__ = "assortment"
    __table_args__ = (
        UniqueConstraint("company", "stage", "source", "key"),
        Index("ix_assortment_customer", "company", "stage", "customer"),
        Index("ix_assortment_segment", "company", "stage", "segment"),
    )
    id: int | None = row_id()
    company: str
    stage: str
    source: str
    key: str
    hash: str
    seen: int = big(default=0)
    customer: str | None = None
    segment: str | None = None
    sku: str | None = None
    category: str | None = None
    allowed: bool
    valid_from: date | None = None
    valid_to: date | None = None
    updated_at: datetime = moment()


class CrossReferenceRow(SQLModel, table=True):
    __tablename__ = "cross_reference"
    __table_args__ = (
        UniqueConstraint("company", "stage", "source", "key"),
        Index("ix_cross_reference_theirs", "company", "stage", "customer", "kind", "theirs"),
    )
    id: int | None = row_id()
    company: str
    stage: str
    source: str
    key: str
    hash: str
    seen: int = big(default=0)
    customer: str
    kind: str
    theirs: str
    ours: str
    valid_from: date | None = None
    valid_to: date | None = None
    updated_at: datetime = moment()


class MasterChange(SQLModel, table=True):
    """How often a kind of master data has changed: whoever keeps what he read compares ``n``, which only grows."""

    __tablename__ = "master_change"
    company: str = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    n: int = big()
