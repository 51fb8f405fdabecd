"""What holds for one customer on one day, worked out once per day, contract and product."""

from datetime import date
from decimal import Decimal

from b2bsync.model import Assortment, Contract, ContractLine, Discount, Product
from b2bsync.terms.items import ItemNumbers
from b2bsync.terms.offers import Offer, offers
from b2bsync.terms.situation import Situation
from b2bsync.terms.units import SAME, Factor, factor
from b2bsync.terms.validity import holding, holds


def pick_contract(situation: Situation, on: date, number: str | None = None) -> Contract | None:
    """The customer's contract that is valid on a day. Of several: the one the order names, then the latest ``valid_from``,
    then the latest ``signed``, then the lowest number."""
    valid = [c for c in holding(situation.contracts, on) if c.customer == situation.customer.number]
    if len(valid) > 1:
        valid.sort(key=lambda c: (c.number, c.key))
        valid.sort(key=lambda c: (c.number == number, c.valid_from or date.min, c.signed or date.min), reverse=True)
    return valid[0] if valid else None


class ProductTerms:
    """What holds for one product: quantities in base units, prices in order of precedence."""

    __slots__ = (
        "allowed", "allowed_by", "discounts", "factors", "lead_days", "lead_source", "lot", "lot_source", "minimum",
        "minimum_source", "offers", "product", "units_sold",
    )  # fmt: skip

    def __init__(self, product: Product, agreed: "Agreed") -> None:
        self.product = product
        self.factors: dict[str | None, Factor | None] = {None: SAME, product.base_unit: SAME}
        lines = agreed.lines_for(product)
        self._read_lines(product, agreed, lines)
        self.allowed, self.allowed_by = agreed.verdict_on(product, lines)
        self.offers: tuple[Offer, ...] = offers(
            product, agreed.situation, agreed.contract, lines, agreed.on, self.factor
        )
        self.discounts = agreed.discounts_for(product)

    def factor(self, unit: str | None) -> Factor | None:
        """Base units in one ``unit``, or None."""
        try:
            return self.factors[unit]
        except KeyError:
            self.factors[unit] = found = factor(self.product, unit)
            return found

    def _read_lines(self, product: Product, agreed: "Agreed", lines: list[tuple[str, ContractLine]]) -> None:
        """Each term from the first line that sets it; lines name the product before the category, low tiers first."""
        contract = agreed.contract
        self.minimum, self.minimum_source = product.minimum_quantity, product.key
        self.lot, self.lot_source = product.lot_multiple, product.key
        self.units_sold: tuple[str, ...] = ()
        self.lead_days, self.lead_source = product.lead_time_days, product.key
        if contract is not None and contract.lead_time_days is not None:
            self.lead_days, self.lead_source = contract.lead_time_days, contract.key
        for source, line in reversed(lines):
            size = self.factor(line.unit) or SAME
            if line.minimum_quantity is not None:
                self.minimum, self.minimum_source = size.to_base(line.minimum_quantity), source
            if line.lot_multiple is not None:
                self.lot, self.lot_source = size.to_base(line.lot_multiple), source
            if line.units_sold:
                self.units_sold = line.units_sold
            if line.lead_time_days is not None:
                self.lead_days, self.lead_source = line.lead_time_days, source
        if self.minimum is not None and self.minimum <= 0:
            self.minimum = None
        if self.lot is not None and self.lot <= 0:
            self.lot = None


class Agreed:
    """The contract, cross-references and product terms of one customer on one day."""

    def __init__(self, situation: Situation, on: date, number: str | None) -> None:
        self.situation = situation
        self.on = on
        self.contract = pick_contract(situation, on, number)
        self.currency = (self.contract.currency if self.contract else None) or situation.customer.currency
        self.numbers = ItemNumbers(situation.products, holding(situation.cross_references, on))
        self.units = {r.theirs: r.ours for r in holding(situation.cross_references, on) if r.kind == "unit"}
        self.units.update(situation.units)
        self._terms: dict[str, ProductTerms] = {}
        self._lines_by_sku: dict[str, list[tuple[str, ContractLine]]] = {}
        self._lines_by_category: dict[str, list[tuple[str, ContractLine]]] = {}
        self._lines_for_all: list[tuple[str, ContractLine]] = []
        self._assortments = [row for row in holding(situation.assortments, on) if _concerns(row, situation)]
        if self.contract is not None:
            self._index(self.contract, on)

    def _index(self, contract: Contract, on: date) -> None:
        for position, line in enumerate(contract.lines, 1):
            if not holds(line, on):
                continue
            entry = (f"{contract.key}/lines/{position}", line)
            if line.sku is not None:
                self._lines_by_sku.setdefault(line.sku, []).append(entry)
            elif line.category is not None:
                self._lines_by_category.setdefault(line.category, []).append(entry)
            else:
                self._lines_for_all.append(entry)

    def terms(self, sku: str) -> ProductTerms | None:
        """What holds for a product, or None when there is none of that number."""
        found = self._terms.get(sku)
        if found is None:
            product = self.situation.products.get(sku)
            if product is None:
                return None
            self._terms[sku] = found = ProductTerms(product, self)
        return found

    def lines_for(self, product: Product) -> list[tuple[str, ContractLine]]:
        """The contract's lines for a product, with their keys: by SKU, by category, for everything; low tiers first."""
        lines: list[tuple[str, ContractLine]] = []
        for group in (
            self._lines_by_sku.get(product.sku, ()),
            self._lines_by_category.get(product.category or "", ()),
            self._lines_for_all,
        ):
            lines += sorted(group, key=lambda entry: entry[1].from_quantity)
        return lines

    def discounts_for(self, product: Product) -> tuple[tuple[str, Discount], ...]:
        """The discounts that may apply: by SKU, then by category, then for everything; of each the highest tier first, at
        one tier the higher percentage."""
        if self.contract is None:
            return ()
        found: list[tuple[int, Decimal, Decimal, str, Discount]] = []
        for position, discount in enumerate(self.contract.discounts, 1):
            if discount.sku is not None:
                rank = 0 if discount.sku == product.sku else None
            elif discount.category is not None:
                rank = 1 if discount.category == product.category else None
            else:
                rank = 2
            if rank is not None:
                key = f"{self.contract.key}/discounts/{position}"
                found.append((rank, -discount.from_quantity, -discount.percentage, key, discount))
        found.sort(key=lambda entry: entry[:4])
        return tuple((entry[3], entry[4]) for entry in found)

    def verdict_on(self, product: Product, lines: list[tuple[str, ContractLine]]) -> tuple[bool, str]:
        """Whether the customer may order a product, and which row says so.

        The contract's line comes first (one that forbids before one that allows). Then the assortment row that says it most
        exactly: product before category before everything, then customer before segment before everybody; of two equal
        ones the one that forbids. When no row says anything, ``assortment_only`` forbids.
        """
        only = self.contract is not None and self.contract.assortment_only
        for own in (True, False):  # lines for this product, then lines for its category or everything
            named = [entry for entry in lines if (entry[1].sku is not None) is own]
            for source, line in named:
                if line.allowed is False:
                    return False, source
            for source, line in named:
                # Under assortment_only a line that names a product or category is what lets it be ordered.
                if line.allowed or (only and line.allowed is None and (line.sku or line.category)):
                    return True, source
        best: tuple[int, int, bool, str] | None = None
        for row in self._assortments:
            if row.sku is not None:
                if row.sku != product.sku:
                    continue
                exact = 2
            elif row.category is not None:
                if row.category != product.category:
                    continue
                exact = 1
            else:
                exact = 0
            whom = 2 if row.customer is not None else 1 if row.segment is not None else 0
            rank = (exact, whom, not row.allowed, row.key)
            if best is None or rank > best:
                best = rank
        if best is not None:
            return not best[2], best[3]
        if only and self.contract is not None:
            return False, self.contract.key
        return True, ""


def _concerns(row: Assortment, situation: Situation) -> bool:
    if row.customer is not None:
        return row.customer == situation.customer.number
    if row.segment is not None:
        return row.segment == situation.customer.segment
    return True


def agreed(situation: Situation, on: date, number: str | None = None) -> Agreed:
    """What holds on a day, under the contract of that number if it is valid then; compiled once per situation."""
    key = (on, number)
    found: Agreed | None = situation.compiled.get(key)
    if found is None:
        situation.compiled[key] = found = Agreed(situation, on, number)
    return found
