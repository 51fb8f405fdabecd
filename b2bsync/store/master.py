"""Looking master data up, many keys at once, as values of the model.

A look-up spans all sources of a company and stage; where two sources have a record of the same number, the one that
came later holds. ``on`` is the day on which something is valid (both ends inclusive), ``known_at`` the moment whose
knowledge counts: None is now.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from b2bsync.model import (
    Assortment,
    Contract,
    CrossReference,
    Customer,
    CustomerIdentifier,
    Price,
    PriceList,
    Product,
    StockLevel,
)
from b2bsync.store import driver
from b2bsync.store.convert import KINDS, Kind
from b2bsync.vocabulary.identifiers import gtin14

_GTIN_LENGTHS = (8, 12, 13)


def products(session: Session, company: str, stage: str, skus: Iterable[str]) -> dict[str, Product]:
    """Products by SKU; unknown ones are left out."""
    kind, query = _query("Product", company, stage)
    query = query.where(driver.among(session, kind.table.c.sku, skus))
    return {product.sku: product for product in _values(session, kind, query)}


def products_by_gtin(session: Session, company: str, stage: str, gtins: Iterable[str]) -> dict[str, Product]:
    """Products by their base unit's GTIN, padded with zeros to 14 digits; ``gtins`` may have any of its lengths."""
    wanted = {gtin14(gtin) for gtin in gtins}
    kept = wanted | {gtin[-n:] for gtin in wanted for n in _GTIN_LENGTHS if not gtin[:-n].strip("0")}
    kind, query = _query("Product", company, stage)
    query = query.where(driver.among(session, kind.table.c.gtin, kept))
    return {gtin14(product.gtin): product for product in _values(session, kind, query)}


def customer(session: Session, company: str, stage: str, number: str) -> Customer | None:
    return customers(session, company, stage, [number]).get(number)


def customers(session: Session, company: str, stage: str, numbers: Iterable[str] | None = None) -> dict[str, Customer]:
    """Customers by number; all of them when no numbers are given."""
    kind, query = _query("Customer", company, stage)
    if numbers is not None:
        query = query.where(driver.among(session, kind.table.c.number, numbers))
    return {found.number: found for found in _values(session, kind, query)}


def customers_by_identifiers(
    session: Session, company: str, stage: str, identifiers: Iterable[tuple[str, str]]
) -> list[CustomerIdentifier]:
    """Who is named by these (scheme, value) pairs: an entry may be found for several roles and customers."""
    wanted = set(identifiers)
    kind, query = _query("CustomerIdentifier", company, stage)
    query = query.where(driver.among(session, kind.table.c.value, {value for _, value in wanted}))
    return [found for found in _values(session, kind, query) if (found.scheme, found.value) in wanted]


def price_lists(
    session: Session, company: str, stage: str, numbers: Iterable[str] | None = None
) -> dict[str, PriceList]:
    """Price lists by number; all of them when no numbers are given."""
    kind, query = _query("PriceList", company, stage)
    if numbers is not None:
        query = query.where(driver.among(session, kind.table.c.number, numbers))
    return {found.number: found for found in _values(session, kind, query)}


def prices(
    session: Session,
    company: str,
    stage: str,
    skus: Iterable[str],
    *,
    price_lists: Iterable[str] = (),
    customer: str | None = None,
    on: date | None = None,
    known_at: datetime | None = None,
) -> dict[str, list[Price]]:
    """Prices by SKU: those of the lists named and those of the customer, all tiers."""
    kind, query = _query("Price", company, stage)
    columns = kind.table.c
    whose = and_(driver.among(session, columns.price_list, price_lists), columns.customer.is_(None))
    if customer is not None:
        whose = or_(whose, columns.customer == customer)
    query = query.where(driver.among(session, columns.sku, skus), whose, _known(kind, known_at), *_valid(kind, on))
    found: dict[str, list[Price]] = {}
    for price in _values(session, kind, query):
        found.setdefault(price.sku, []).append(price)
    return found


def contracts(
    session: Session,
    company: str,
    stage: str,
    customer: str,
    *,
    on: date | None = None,
    known_at: datetime | None = None,
) -> list[Contract]:
    """One customer's contracts."""
    return contracts_of(session, company, stage, [customer], on=on, known_at=known_at).get(customer, [])


def contracts_of(
    session: Session,
    company: str,
    stage: str,
    customers: Iterable[str],
    *,
    on: date | None = None,
    known_at: datetime | None = None,
) -> dict[str, list[Contract]]:
    """Contracts by customer number; customers without any are left out."""
    kind, query = _query("Contract", company, stage)
    query = query.where(
        driver.among(session, kind.table.c.customer, customers), _known(kind, known_at), *_valid(kind, on)
    )
    found: dict[str, list[Contract]] = {}
    for contract in _values(session, kind, query):
        found.setdefault(contract.customer, []).append(contract)
    return found


def assortments(
    session: Session,
    company: str,
    stage: str,
    *,
    customer: str | None = None,
    segment: str | None = None,
    on: date | None = None,
) -> list[Assortment]:
    """What holds for the customer, for the segment, and what is said of everybody (neither set)."""
    kind, query = _query("Assortment", company, stage)
    columns = kind.table.c
    whose = and_(columns.customer.is_(None), columns.segment.is_(None))
    if customer is not None:
        whose = or_(whose, columns.customer == customer)
    if segment is not None:
        whose = or_(whose, and_(columns.customer.is_(None), columns.segment == segment))
    return _values(session, kind, query.where(whose, *_valid(kind, on)))


def cross_references(
    session: Session,
    company: str,
    stage: str,
    customer: str,
    kind: str,
    theirs: Iterable[str] | None = None,
    *,
    on: date | None = None,
) -> dict[str, CrossReference]:
    """What the customer calls our items, units or stores (``kind``): by their word; all when none are given."""
    spec, query = _query("CrossReference", company, stage)
    columns = spec.table.c
    query = query.where(columns.customer == customer, columns.kind == kind, *_valid(spec, on))
    if theirs is not None:
        query = query.where(driver.among(session, columns.theirs, theirs))
    return {found.theirs: found for found in _values(session, spec, query)}


def stock(
    session: Session, company: str, stage: str, skus: Iterable[str], *, warehouse: str | None = None
) -> dict[str, list[StockLevel]]:
    """Stock by SKU, one level per warehouse; commitments are not deducted (see ``store.orders.committed``)."""
    kind, query = _query("StockLevel", company, stage)
    query = query.where(driver.among(session, kind.table.c.sku, skus))
    if warehouse is not None:
        query = query.where(kind.table.c.warehouse == warehouse)
    found: dict[str, list[StockLevel]] = {}
    for level in _values(session, kind, query):
        found.setdefault(level.sku, []).append(level)
    return found


def counts(session: Session, company: str, stage: str) -> dict[str, int]:
    """How many records of every kind there are; open ones of prices and contracts."""
    found: dict[str, int] = {}
    for name, kind in KINDS.items():
        query = select(func.count()).where(kind.table.c.company == company, kind.table.c.stage == stage)
        if kind.bitemporal:
            query = query.where(kind.table.c.known_to.is_(None))
        found[name] = int(session.execute(query).scalar_one())
    return found


def _query(name: str, company: str, stage: str) -> tuple[Kind, "Select[Any]"]:
    kind = KINDS[name]
    columns = kind.table.c
    query = select(columns.key, *(columns[column] for column in kind.columns))
    return kind, query.where(columns.company == company, columns.stage == stage).order_by(columns.id)


def _values(session: Session, kind: Kind, query: "Select[Any]") -> list[Any]:
    return [kind.value(row) for row in session.execute(query)]


def _known(kind: Kind, at: datetime | None) -> ColumnElement[bool]:
    columns = kind.table.c
    if at is None:
        return columns.known_to.is_(None)
    return and_(columns.known_from <= at, or_(columns.known_to.is_(None), columns.known_to > at))


def _valid(kind: Kind, on: date | None) -> Sequence[ColumnElement[bool]]:
    if on is None:
        return ()
    columns = kind.table.c
    return (
        or_(columns.valid_from.is_(None), columns.valid_from <= on),
        or_(columns.valid_to.is_(None), columns.valid_to >= on),
    )
