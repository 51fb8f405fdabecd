"""Master data between the model's values and the tables' rows: one pair of functions per type.

A row's content is everything but its keys and book-keeping (company, stage, source, key, hash, seen, times). The two
functions of a pair name the same columns in the same order; a test keeps fields and columns in agreement.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Table
from sqlmodel import SQLModel

from b2bsync.model import (
    Address,
    Assortment,
    Contract,
    CrossReference,
    Customer,
    CustomerIdentifier,
    Price,
    PriceList,
    Product,
    StockLevel,
    UnitConversion,
)
from b2bsync.store.tables import (
    AssortmentRow,
    ContractRow,
    CrossReferenceRow,
    CustomerIdentifierRow,
    CustomerRow,
    PriceListRow,
    PriceRow,
    ProductRow,
    StockLevelRow,
    table_of,
)

EncodeDecimal = Callable[[Decimal | None], Any]
EncodeDay = Callable[[date | None], Any]
Content = tuple[Any, ...]

_JSON = msgspec.json.Encoder(decimal_format="string", order="deterministic")
_UNITS = functools.lru_cache(maxsize=1024)(msgspec.json.Decoder(tuple[UnitConversion, ...]).decode)  # few differ
_TEXTS = msgspec.json.Decoder(dict[str, str])
_ADDRESS = msgspec.json.Decoder(Address)
_CONTRACT = msgspec.json.Decoder(Contract)


@dataclass(frozen=True)
class Origin:
    """Where master data is from. ``source`` is ``connector.stream``: a full run removes what it did not meet of exactly
    this origin, so two streams never share one."""

    company: str
    stage: str
    source: str


@dataclass(frozen=True)
class Kind:
    """One type of master data and its table. ``content`` gives a value's columns, with decimals and days encoded by the
    functions handed in (identity where the driver takes them); ``value`` makes the value of a row of ours."""

    name: str
    type: type[msgspec.Struct]
    table: Table
    columns: tuple[str, ...]
    content: Callable[[Any, EncodeDecimal, EncodeDay], Content]
    value: Callable[[Any], Any]
    bitemporal: bool = False


def from_row(kind: str, row: Any) -> Any:
    """The model's value of a row of that kind's table. Raises msgspec.ValidationError for JSON that is not ours."""
    return KINDS[kind].value(row)


def _json(value: object) -> str:
    return _JSON.encode(value).decode()


def _product(v: Product, dec: EncodeDecimal, day: EncodeDay) -> Content:
    return (
        v.sku,
        v.name,
        v.base_unit,
        v.gtin,
        v.category,
        v.active,
        dec(v.minimum_quantity),
        dec(v.lot_multiple),
        v.lead_time_days,
        dec(v.weight),
        _json(v.units) if v.units else "[]",
        _json(v.extra) if v.extra else "{}",
    )


def _to_product(r: Any) -> Product:
    return Product(
        key=r.key,
        sku=r.sku,
        name=r.name,
        base_unit=r.base_unit,
        gtin=r.gtin,
        category=r.category,
        active=r.active,
        minimum_quantity=r.minimum_quantity,
        lot_multiple=r.lot_multiple,
        lead_time_days=r.lead_time_days,
        weight=r.weight,
        units=_UNITS(r.units) if r.units != "[]" else (),
        extra=_TEXTS.decode(r.extra) if r.extra != "{}" else {},
    )


def _stock(v: StockLevel, dec: EncodeDecimal, day: EncodeDay) -> Content:
    return v.sku, v.warehouse, dec(v.on_hand), dec(v.reserved), dec(v.next_quantity), day(v.next_date)


def _to_stock(r: Any) -> StockLevel:
    return StockLevel(
        key=r.key,
        sku=r.sku,
        warehouse=r.warehouse,
        on_hand=r.on_hand,
        reserved=r.reserved,
        next_quantity=r.next_quantity,
        next_date=r.next_date,
    )


def _customer(v: Customer, dec: EncodeDecimal, day: EncodeDay) -> Content:
    return (
        v.number,
        v.name,
        v.segment,
        v.price_list,
        v.currency,
        v.warehouse,
        v.payment_terms,
        v.payment_method,
        dec(v.credit_limit),
        dec(v.balance),
        v.tax_number,
        v.blocked,
        _json(v.address) if v.address is not None else None,
        _json(v.extra) if v.extra else "{}",
    )


def _to_customer(r: Any) -> Customer:
    return Customer(
        key=r.key,
        number=r.number,
        name=r.name,
        segment=r.segment,
        price_list=r.price_list,
        currency=r.currency,
        warehouse=r.warehouse,
        payment_terms=r.payment_terms,
        payment_method=r.payment_method,
        credit_limit=r.credit_limit,
        balance=r.balance,
        tax_number=r.tax_number,
        blocked=r.blocked,
        address=_ADDRESS.decode(r.address) if r.address is not None else None,
        extra=_TEXTS.decode(r.extra) if r.extra != "{}" else {},
    )


def _identifier(v: CustomerIdentifier, dec: EncodeDecimal, day: EncodeDay) -> Content:
    return v.scheme, v.value, v.customer, v.role, v.name


def _price_list(v: PriceList, dec: EncodeDecimal, day: EncodeDay) -> Content:
    return v.number, v.name, v.currency, day(v.valid_from), day(v.valid_to)


def _price(v: Price, dec: EncodeDecimal, day: EncodeDay) -> Content:
    return (
        v.sku,
        v.price_list,
        v.customer,
        dec(v.amount),
        v.currency,
        v.unit,
        dec(v.basis),
        dec(v.from_quantity),
        v.kind,
        day(v.valid_from),
        day(v.valid_to),
    )


def _to_price(r: Any) -> Price:
    return Price(
        key=r.key,
        sku=r.sku,
        price_list=r.price_list,
        customer=r.customer,
        amount=r.amount,
        currency=r.currency,
        unit=r.unit,
        basis=r.basis,
        from_quantity=r.from_quantity,
        kind=r.kind,
        valid_from=r.valid_from,
        valid_to=r.valid_to,
    )


def _contract(v: Contract, dec: EncodeDecimal, day: EncodeDay) -> Content:
    return v.number, v.customer, day(v.valid_from), day(v.valid_to), _json(v)


def _to_contract(r: Any) -> Contract:
    return _CONTRACT.decode(r.body)


def _assortment(v: Assortment, dec: EncodeDecimal, day: EncodeDay) -> Content:
    return v.customer, v.segment, v.sku, v.category, v.allowed, day(v.valid_from), day(v.valid_to)


def _cross_reference(v: CrossReference, dec: EncodeDecimal, day: EncodeDay) -> Content:
    return v.customer, v.kind, v.theirs, v.ours, day(v.valid_from), day(v.valid_to)


def _same(type_: type[msgspec.Struct], columns: Sequence[str]) -> Callable[[Any], msgspec.Struct]:
    """For types whose fields are columns as they stand."""

    def value(row: Any) -> msgspec.Struct:
        return type_(key=row.key, **{column: getattr(row, column) for column in columns})

    return value


def _kind(
    type_: type[msgspec.Struct],
    model: type[SQLModel],
    content: Callable[[Any, EncodeDecimal, EncodeDay], Content],
    value: Callable[[Any], Any] | None = None,
    *,
    columns: Sequence[str] | None = None,
    bitemporal: bool = False,
) -> Kind:
    names = tuple(columns or [field for field in type_.__struct_fields__ if field != "key"])
    return Kind(type_.__name__, type_, table_of(model), names, content, value or _same(type_, names), bitemporal)


_ALL = (
    _kind(Product, ProductRow, _product, _to_product),
    _kind(StockLevel, StockLevelRow, _stock, _to_stock),
    _kind(Customer, CustomerRow, _customer, _to_customer),
    _kind(CustomerIdentifier, CustomerIdentifierRow, _identifier),
    _kind(PriceList, PriceListRow, _price_list),
    _kind(Price, PriceRow, _price, _to_price, bitemporal=True),
    _kind(
        Contract,
        ContractRow,
        _contract,
        _to_contract,
        columns=("number", "customer", "valid_from", "valid_to", "body"),
        bitemporal=True,
    ),
    _kind(Assortment, AssortmentRow, _assortment),
    _kind(CrossReference, CrossReferenceRow, _cross_reference),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
"""Every type of master data by the name a mapping's ``document`` key uses."""
