"""Master data, prices and contracts with both times."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EXACT = sa.Numeric(37, 12).with_variant(sa.String(40), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "assortment",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seen", KEY, nullable=False),
        sa.Column("customer", sa.String(), nullable=True),
        sa.Column("segment", sa.String(), nullable=True),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assortment"),
        sa.UniqueConstraint("company", "stage", "source", "key", name="uq_assortment_company_stage_source_key"),
    )
    op.create_index("ix_assortment_customer", "assortment", ["company", "stage", "customer"], unique=False)
    op.create_index("ix_assortment_segment", "assortment", ["company", "stage", "segment"], unique=False)
    op.create_table(
        "contract",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seen", KEY, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("known_from", MOMENT, nullable=False),
        sa.Column("known_to", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_contract"),
    )
    op.create_index("ix_contract_customer", "contract", ["company", "stage", "customer"], unique=False)
    op.create_index(
        "uq_contract_current",
        "contract",
        ["company", "stage", "source", "key"],
        unique=True,
        sqlite_where=sa.text("known_to IS NULL"),
        postgresql_where=sa.text("known_to IS NULL"),
    )
    op.create_table(
        "cross_reference",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seen", KEY, nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("theirs", sa.String(), nullable=False),
        sa.Column("ours", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cross_reference"),
        sa.UniqueConstraint("company", "stage", "source", "key", name="uq_cross_reference_company_stage_source_key"),
    )
    op.create_index(
        "ix_cross_reference_theirs", "cross_reference", ["company", "stage", "customer", "kind", "theirs"], unique=False
    )
    op.create_table(
        "customer",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seen", KEY, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("segment", sa.String(), nullable=True),
        sa.Column("price_list", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("warehouse", sa.String(), nullable=True),
        sa.Column("payment_terms", sa.String(), nullable=True),
        sa.Column("payment_method", sa.String(), nullable=True),
        sa.Column("credit_limit", EXACT, nullable=True),
        sa.Column("balance", EXACT, nullable=True),
        sa.Column("tax_number", sa.String(), nullable=True),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("extra", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
        sa.UniqueConstraint("company", "stage", "source", "key", name="uq_customer_company_stage_source_key"),
    )
    op.create_index("ix_customer_number", "customer", ["company", "stage", "number"], unique=False)
    op.create_table(
        "customer_identifier",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seen", KEY, nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer_identifier"),
        sa.UniqueConstraint(
            "company", "stage", "source", "key", name="uq_customer_identifier_company_stage_source_key"
        ),
    )
    op.create_index("ix_customer_identifier_value", "customer_identifier", ["company", "stage", "value"], unique=False)
    op.create_table(
        "price",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seen", KEY, nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("price_list", sa.String(), nullable=True),
        sa.Column("customer", sa.String(), nullable=True),
        sa.Column("amount", EXACT, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("basis", EXACT, nullable=False),
        sa.Column("from_quantity", EXACT, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", MOMENT, nullable=False),
        sa.Column("known_to", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_price"),
    )
    op.create_index("ix_price_customer", "price", ["company", "stage", "customer", "sku"], unique=False)
    op.create_index("ix_price_sku", "price", ["company", "stage", "sku", "price_list"], unique=False)
    op.create_index(
        "uq_price_current",
        "price",
        ["company", "stage", "source", "key"],
        unique=True,
        sqlite_where=sa.text("known_to IS NULL"),
        postgresql_where=sa.text("known_to IS NULL"),
    )
    op.create_table(
        "price_list",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seen", KEY, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_price_list"),
        sa.UniqueConstraint("company", "stage", "source", "key", name="uq_price_list_company_stage_source_key"),
    )
    op.create_table(
        "product",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seen", KEY, nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("base_unit", sa.String(), nullable=False),
        sa.Column("gtin", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("minimum_quantity", EXACT, nullable=True),
        sa.Column("lot_multiple", EXACT, nullable=True),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("weight", EXACT, nullable=True),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_product"),
        sa.UniqueConstraint("company", "stage", "source", "key", name="uq_product_company_stage_source_key"),
    )
    op.create_index("ix_product_gtin", "product", ["company", "stage", "gtin"], unique=False)
    op.create_index("ix_product_sku", "product", ["company", "stage", "sku"], unique=False)
    op.create_table(
        "stock_level",
        sa.Column("id", KEY, nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seen", KEY, nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("warehouse", sa.String(), nullable=False),
        sa.Column("on_hand", EXACT, nullable=False),
        sa.Column("reserved", EXACT, nullable=False),
        sa.Column("next_quantity", EXACT, nullable=True),
        sa.Column("next_date", sa.Date(), nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stock_level"),
        sa.UniqueConstraint("company", "stage", "source", "key", name="uq_stock_level_company_stage_source_key"),
    )
    op.create_index("ix_stock_level_sku", "stock_level", ["company", "stage", "sku"], unique=False)
