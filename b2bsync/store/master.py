"""Looking master data up, many keys at once, as values of the model.

A look-up spans all sources of a company and stage; where two sources have a record of the same number, the one that
came later holds. ``on`` is the day on which something is valid (both ends inclusive), ``known_at`` the moment whose
knowledge counts: None is now.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

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
from b2bsync.store import driver, packs, rows
from b2bsync.store.convert import KINDS
from b2bsync.store.rows import Where
from b2bsync.vocabulary.identifiers import gtin14

_GTIN_LENGTHS = (8, 12, 13)


def products(session: Session, company: str, stage: str, skus: Iterable[str]) -> dict[str, Product]:
    """Products by SKU; unknown ones are left out."""
    where = rows.among(session, "sku", skus)
    return {product.sku: product for product in _values(session, "Product", company, stage, where)}


def products_by_gtin(session: Session, company: str, stage: str, gtins: Iterable[str]) -> dict[str, Product]:
    """Products by GTIN, padded with zeros to 14 digits, of the base unit or a pack; ``gtins`` may be of any length."""
    wanted = {gtin14(gtin) for gtin in gtins}
    kept = wanted | {gtin[-n:] for gtin in wanted for n in _GTIN_LENGTHS if not gtin[:-n].strip("0")}
    where = rows.among(session, "gtin", kept)
    found = {gtin14(product.gtin): product for product in _values(session, "Product", company, stage, where)}
    of_packs = packs.skus(session, company, stage, wanted - found.keys())
    by_sku = products(session, company, stage, set(of_packs.values())) if of_packs else {}
    return found | {gtin: by_sku[sku] for gtin, sku in of_packs.items() if sku in by_sku}


def customer(session: Session, company: str, stage: str, number: str) -> Customer | None:
    return customers(session, company, stage, [number]).get(number)


def customers(session: Session, company: str, stage: str, numbers: Iterable[str] | None = None) -> dict[str, Customer]:
    """Customers by number; all of them when no numbers are given."""
    where = _ANY if numbers is None else rows.among(session, "number", numbers)
    return {found.number: found for found in _values(session, "Customer", company, stage, where)}


def customers_by_identifiers(
    session: Session, company: str, stage: str, identifiers: Iterable[tuple[str, str]]
) -> list[CustomerIdentifier]:
    """Who is named by these (scheme, value) pairs: an entry may be found for several roles and customers."""
    wanted = set(identifiers)
    where = rows.among(session, "value", {value for _, value in wanted})
    named = _values(session, "CustomerIdentifier", company, stage, where)
    return [found for found in named if (found.scheme, found.value) in wanted]


def price_lists(
    session: Session, company: str, stage: str, numbers: Iterable[str] | None = None
) -> dict[str, PriceList]:
    """Price lists by number; all of them when no numbers are given."""
    where = _ANY if numbers is None else rows.among(session, "number", numbers)
    return {found.number: found for found in _values(session, "PriceList", company, stage, where)}


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
    whose = rows.among(session, "price_list", price_lists) & Where("customer is null")
    if customer is not None:
        whose = whose | rows.equal(customer=customer)
    where = rows.among(session, "sku", skus) & whose & _known(session, known_at) & _valid(session, on)
    found: dict[str, list[Price]] = {}
    for price in _values(session, "Price", company, stage, where):
        found.setdefault(price.sku, []).append(price)
    return found


def has_own_prices(session: Session, company: str, stage: str, customer: str) -> bool:
    """Whether any price was ever agreed with this customer himself."""
    own = "select 1 from price where company = ? and stage = ? and customer = ? limit 1"
    return bool(driver.fetch(session, own, (company, stage, customer)))


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
    where = rows.among(session, "customer", customers) & _known(session, known_at) & _valid(session, on)
    found: dict[str, list[Contract]] = {}
    for contract in _values(session, "Contract", company, stage, where):
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
    whose = Where("customer is null and segment is null")
    if customer is not None:
        whose = whose | rows.equal(customer=customer)
    if segment is not None:
        whose = whose | (Where("customer is null") & rows.equal(segment=segment))
    return _values(session, "Assortment", company, stage, whose & _valid(session, on))


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
    where = rows.equal(customer=customer, kind=kind) & _valid(session, on)
    if theirs is not None:
        where &= rows.among(session, "theirs", theirs)
    return {found.theirs: found for found in _values(session, "CrossReference", company, stage, where)}


def stock(
    session: Session, company: str, stage: str, skus: Iterable[str], *, warehouse: str | None = None
) -> dict[str, list[StockLevel]]:
    """Stock by SKU, one level per warehouse; commitments are not deducted (see ``store.orders.committed``)."""
    where = rows.equal(warehouse=warehouse) & rows.among(session, "sku", skus)
    found: dict[str, list[StockLevel]] = {}
    for level in _values(session, "StockLevel", company, stage, where):
        found.setdefault(level.sku, []).append(level)
    return found


def counts(session: Session, company: str, stage: str) -> dict[str, int]:
    """How many records of every kind there are; open ones of prices and contracts."""
    found: dict[str, int] = {}
    for name, kind in KINDS.items():
        current = " and known_to is null" if kind.bitemporal else ""
        query = f"select count(*) from {kind.table.name} where company = ? and stage = ?{current}"
        found[name] = int(driver.fetch(session, query, (company, stage))[0][0])
    return found


_ANY = Where("1 = 1")


def _values(session: Session, name: str, company: str, stage: str, where: Where) -> list[Any]:
    kind = KINDS[name]
    where = rows.equal(company=company, stage=stage) & where
    found = rows.snapshots(session, kind.table, ("key", *kind.columns), where, "order by id")
    return list(map(kind.value, found))


def _known(session: Session, at: datetime | None) -> Where:
    if at is None:
        return Where("known_to is null")
    table = KINDS["Price"].table  # any with both times
    closed = rows.compared(session, table, "known_to", ">", at)
    return rows.compared(session, table, "known_from", "<=", at) & (Where("known_to is null") | closed)


def _valid(session: Session, on: date | None) -> Where:
    if on is None:
        return _ANY
    table = KINDS["Price"].table
    begun = Where("valid_from is null") | rows.compared(session, table, "valid_from", "<=", on)
    return begun & (Where("valid_to is null") | rows.compared(session, table, "valid_to", ">=", on))
