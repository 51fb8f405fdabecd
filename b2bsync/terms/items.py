"""Which of our products a line means."""

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from b2bsync.model import CrossReference, ItemIds, Product
from b2bsync.vocabulary.identifiers import gtin14


class Item(msgspec.Struct, frozen=True, gc=False):
    """The product found, by which kind of number, and the unit a pack's GTIN stands for.

    ``other`` is a second product that another number of the same line names.
    """

    sku: str | None
    by: str = ""
    number: str = ""
    unit: str | None = None
    other: str | None = None


class ItemNumbers:
    """The numbers the loaded products are called by: ours, their GTINs and their packs', and the customer's own."""

    def __init__(self, products: Mapping[str, Product], references: Iterable[CrossReference]) -> None:
        self._products = products
        self._gtins: dict[str, list[tuple[str, str]]] | None = None  # made when the first line has one
        self._theirs: dict[str, str] = {}
        rows = [row for row in references if row.kind == "item"]
        # Of several rows for one number the latest counts, then the one with the lower key.
        rows.sort(key=lambda row: row.key, reverse=True)
        rows.sort(key=lambda row: row.valid_from or date.min)
        for row in rows:
            self._theirs[row.theirs] = row.ours

    def find(self, ids: ItemIds) -> Item:
        """The product a line means: by our number, then by GTIN, then by the customer's cross-references.

        All numbers of the line are looked at: when another one leads to another product, ``other`` says so.
        """
        supplier, gtin = ids.supplier, ids.gtin
        found: list[Item] = []
        if supplier and supplier in self._products:
            found.append(Item(supplier, "supplier number", supplier))
        if gtin:
            found += [Item(sku, "GTIN", gtin, unit) for sku, unit in self._by_gtin().get(gtin14(gtin), ())]
        if self._theirs:
            own = None if found else (supplier, ids.manufacturer)
            for number in (ids.buyer, *(own or ())):
                ours = self._theirs.get(number) if number else None
                if ours is not None and ours in self._products:
                    found.append(Item(ours, "cross-reference", number or ""))
        if not found:
            return UNKNOWN
        first = found[0]
        unit, other = first.unit, None
        for item in found[1:]:
            if item.sku != first.sku:
                other = item.sku
            elif unit is None:
                unit = item.unit
        return msgspec.structs.replace(first, unit=unit, other=other) if len(found) > 1 else first

    def _by_gtin(self) -> dict[str, list[tuple[str, str]]]:
        if self._gtins is None:
            self._gtins = {}
            for sku, product in self._products.items():
                if product.gtin:
                    self._gtins.setdefault(gtin14(product.gtin), []).append((sku, product.base_unit))
                for pack in product.units:
                    if pack.gtin:
                        self._gtins.setdefault(gtin14(pack.gtin), []).append((sku, pack.unit))
        return self._gtins


UNKNOWN = Item(None)


def named(ids: ItemIds) -> str:
    """The numbers of a line as a person reads them."""
    parts = (
        ("our number", ids.supplier),
        ("GTIN", ids.gtin),
        ("your number", ids.buyer),
        ("manufacturer's number", ids.manufacturer),
    )
    return ", ".join([f"{kind} {number}" for kind, number in parts if number]) or "no number at all"
