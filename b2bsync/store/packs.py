"""GTINs of a product's packs, kept beside the products so that a case ordered by its own number is found."""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from b2bsync.model import Product
from b2bsync.store import driver
from b2bsync.store.convert import Origin
from b2bsync.vocabulary.identifiers import gtin14


def take_over(session: Session, origin: Origin, products: Sequence[Product], *, known: Sequence[str] = ()) -> None:
    """Keep the packs' GTINs of these products; what was kept for the ``known`` keys before is dropped."""
    remove(session, origin, known)
    of = (origin.company, origin.stage, origin.source)
    values = {
        (*of, product.key, gtin14(unit.gtin))
        for product in products
        if product.units
        for unit in product.units
        if unit.gtin
    }
    statement = (
        "insert into pack_gtin (company, stage, source, key, gtin) values (?, ?, ?, ?, ?) on conflict do nothing"
    )
    if values:
        driver.execute_many(session, statement, sorted(values))


def remove(session: Session, origin: Origin, keys: Sequence[str]) -> None:
    """Drop what was kept for these products."""
    if keys:
        statement = "delete from pack_gtin where company = ? and stage = ? and source = ? and key = ?"
        driver.execute_many(session, statement, [(origin.company, origin.stage, origin.source, key) for key in keys])


def remove_orphans(session: Session, origin: Origin) -> None:
    """Drop what is left of products that are gone."""
    gone = (
        "not exists (select 1 from product p where p.company = pack_gtin.company and p.stage = pack_gtin.stage "
        "and p.source = pack_gtin.source and p.key = pack_gtin.key)"
    )
    statement = f"delete from pack_gtin where company = ? and stage = ? and source = ? and {gone}"
    driver.execute(session, statement, (origin.company, origin.stage, origin.source))


def skus(session: Session, company: str, stage: str, gtins: Iterable[str]) -> dict[str, str]:
    """Our number of the product that a pack's GTIN (14 digits) belongs to; unknown ones are left out."""
    query = (
        "select g.gtin, p.sku from pack_gtin g join product p on p.company = g.company and p.stage = g.stage "
        "and p.source = g.source and p.key = g.key where g.company = ? and g.stage = ? and g.gtin = ?"
    )
    found: dict[str, str] = {}
    for gtin in sorted(set(gtins)):
        found |= {row[0]: row[1] for row in driver.fetch(session, query, (company, stage, gtin))}
    return found
