"""Which products a customer may order."""

from collections.abc import Iterable, Sequence

from b2bsync.model import Assortment, ContractLine, Customer, Product

ANY: tuple[None, None] = (None, None)


class Assortments:
    """The assortment rows that concern one customer on one day, by the products they name.

    Of several rows that fit the most exact counts: a product before a category before everything, then a customer
    before a segment before everybody; of two equal ones the one that forbids.
    """

    def __init__(self, rows: Iterable[Assortment], customer: Customer, only: str | None) -> None:
        """``only``: the key of a contract that lets nothing be ordered that is not allowed by somebody."""
        self._only = only
        self._best: dict[tuple[str | None, str | None], tuple[int, bool, str]] = {}
        for row in rows:
            if row.customer is not None:
                whom = 2 if row.customer == customer.number else None
            elif row.segment is not None:
                whom = 1 if row.segment == customer.segment else None
            else:
                whom = 0
            if whom is None:
                continue
            names = (row.sku, None if row.sku is not None else row.category)
            rank = (whom, not row.allowed, row.key)
            if names not in self._best or rank > self._best[names]:
                self._best[names] = rank

    def verdict(self, product: Product, lines: Sequence[tuple[str, ContractLine]]) -> tuple[bool, str]:
        """Whether a product may be ordered, and the key of the row that says so ("": none does).

        ``lines`` are the contract's for this product, with their keys. They come before every assortment row; the
        product's own before its category's, one that forbids before one that allows. Under ``assortment_only`` a line
        that names the product or its category allows it.
        """
        if lines:
            for own in (True, False):
                named = [entry for entry in lines if (entry[1].sku is not None) is own]
                for source, line in named:
                    if line.allowed is False:
                        return False, source
                for source, line in named:
                    if line.allowed or (self._only and (line.sku or line.category)):
                        return True, source
        if self._best:
            for names in ((product.sku, None), (None, product.category), ANY):
                best = self._best.get(names)
                if best is not None:
                    return not best[1], best[2]
        return (False, self._only) if self._only else (True, "")
