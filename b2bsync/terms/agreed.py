"""What holds for one customer on one day, worked out once per day, contract and product."""

from collections.abc import Sequence
from datetime import date

import msgspec

from b2bsync.model import Contract, ContractLine, Discount, Product
from b2bsync.terms.assortment import Assortments
from b2bsync.terms.items import ItemNumbers
from b2bsync.terms.offers import Offer, offers
from b2bsync.terms.situation import Situation
from b2bsync.terms.units import SAME, Factor, factor
from b2bsync.terms.validity import holding, holds

KeyedLine = tuple[str, ContractLine]
KeyedDiscount = tuple[str, Discount]


def pick_contract(situation: Situation, on: date, number: str | None = None) -> Contract | None:
    """The customer's contract that is valid on a day.

    Of several: the one the order names, then the latest ``valid_from``, then the latest ``signed``, then the lowest
    number.
    """
    valid = [c for c in holding(situation.contracts, on) if c.customer == situation.customer.number]
    if len(valid) > 1:
        valid.sort(key=lambda c: (c.number, c.key))
        valid.sort(key=lambda c: (c.number == number, c.valid_from or date.min, c.signed or date.min), reverse=True)
    return valid[0] if valid else None


class ProductTerms:
    """What holds for one product: quantities in base units, prices in order of precedence."""

    __slots__ = (
        "_factors",
        "allowed",
        "allowed_by",
        "discounts",
        "lead_days",
        "lot",
        "lot_source",
        "minimum",
        "minimum_source",
        "offers",
        "product",
        "units_sold",
    )

    def __init__(self, product: Product, agreed: "Agreed") -> None:
        self.product = product
        self._factors: dict[str | None, Factor | None] = {None: SAME, product.base_unit: SAME}
        lines = agreed.lines_for(product)
        self._read_lines(product, agreed.contract, lines)
        self.allowed, self.allowed_by = agreed.assortments.verdict(product, lines)
        self.offers: tuple[Offer, ...] = offers(
            product, agreed.situation, agreed.contract, lines, agreed.on, agreed.price_lists, self.factor
        )
        self.discounts = agreed.discounts_for(product)

    def factor(self, unit: str | None) -> Factor | None:
        """Base units in one ``unit``, or None."""
        try:
            return self._factors[unit]
        except KeyError:
            self._factors[unit] = found = factor(self.product, unit)
            return found

    def _read_lines(self, product: Product, contract: Contract | None, lines: Sequence[KeyedLine]) -> None:
        """Each term from the first line that sets it: lines that name the product come first, low tiers first."""
        self.minimum, self.minimum_source = product.minimum_quantity, product.key
        self.lot, self.lot_source = product.lot_multiple, product.key
        self.lead_days = product.lead_time_days
        if contract is not None and contract.lead_time_days is not None:
            self.lead_days = contract.lead_time_days
        self.units_sold: tuple[str, ...] = ()
        for source, line in reversed(lines):
            size = self.factor(line.unit) or SAME
            if line.minimum_quantity is not None:
                self.minimum, self.minimum_source = size.to_base(line.minimum_quantity), source
            if line.lot_multiple is not None:
                self.lot, self.lot_source = size.to_base(line.lot_multiple), source
            if line.units_sold:
                self.units_sold = line.units_sold
            if line.lead_time_days is not None:
                self.lead_days = line.lead_time_days
        if self.minimum is not None and self.minimum <= 0:
            self.minimum = None
        if self.lot is not None and self.lot <= 0:
            self.lot = None


class Agreed:
    """The contract, cross-references, assortment and product terms of one customer on one day."""

    def __init__(self, situation: Situation, on: date, number: str | None) -> None:
        self.situation = situation
        self.on = on
        self.contract = contract = pick_contract(situation, on, number)
        self.currency = (contract.currency if contract else None) or situation.customer.currency
        references = holding(situation.cross_references, on)
        self.numbers = ItemNumbers(situation.products, references)
        self.units = {row.theirs: row.ours for row in references if row.kind == "unit"}
        self.units.update(situation.units)
        only = contract.key if contract is not None and contract.assortment_only else None
        self.assortments = Assortments(holding(situation.assortments, on), situation.customer, only)
        self.price_lists = self._price_lists()
        self._terms: dict[str, ProductTerms] = {}
        self._lines: dict[tuple[str | None, str | None], list[KeyedLine]] = {}
        self._discounts: dict[tuple[str | None, str | None], list[KeyedDiscount]] = {}
        if contract is not None:
            self._index(contract)

    def terms(self, sku: str) -> ProductTerms | None:
        """What holds for a product, or None when there is none of that number."""
        found = self._terms.get(sku)
        if found is None:
            product = self.situation.products.get(sku)
            if product is None:
                return None
            self._terms[sku] = found = ProductTerms(product, self)
        return found

    def lines_for(self, product: Product) -> Sequence[KeyedLine]:
        """The contract's lines for a product, with their keys: by SKU, by category, for everything; low tiers first."""
        if not self._lines:
            return ()
        return [line for names in _names(product) for line in self._lines.get(names, ())]

    def discounts_for(self, product: Product) -> Sequence[KeyedDiscount]:
        """The discounts that may apply: by SKU, by category, for everything; of each the highest tier first, then the
        higher percentage."""
        if not self._discounts:
            return ()
        if len(self._discounts) == 1:  # most contracts have one for everything
            [(names, discounts)] = self._discounts.items()
            return discounts if names == EVERYTHING or names in _names(product) else ()
        return [discount for names in _names(product) for discount in self._discounts.get(names, ())]

    def _index(self, contract: Contract) -> None:
        """Lines and discounts by what they name. A line without a category's or product's name is for everything."""
        for position, line in enumerate(contract.lines, 1):
            if holds(line, self.on):
                names = (line.sku, None if line.sku is not None else line.category)
                self._lines.setdefault(names, []).append((f"{contract.key}/lines/{position}", line))
        for lines in self._lines.values():
            lines.sort(key=lambda entry: entry[1].from_quantity)
        for position, discount in enumerate(contract.discounts, 1):
            names = (discount.sku, None if discount.sku is not None else discount.category)
            self._discounts.setdefault(names, []).append((f"{contract.key}/discounts/{position}", discount))
        for discounts in self._discounts.values():
            discounts.sort(key=lambda entry: (-entry[1].from_quantity, -entry[1].percentage))

    def _price_lists(self) -> dict[str, str]:
        """The price lists that hold, with the rule that brings them in: the contract's before the customer's."""
        own = self.contract.price_list if self.contract is not None else None
        found: dict[str, str] = {}
        for number, rule in ((own, "contract-list"), (self.situation.customer.price_list, "customer-list")):
            if number is not None:
                known = self.situation.price_lists.get(number)
                if known is None or holds(known, self.on):
                    found.setdefault(number, rule)
        return found


EVERYTHING = (None, None)


def _names(product: Product) -> tuple[tuple[str | None, str | None], ...]:
    if product.category is None:
        return ((product.sku, None), (None, None))
    return ((product.sku, None), (None, product.category), (None, None))


def agreed(situation: Situation, on: date, number: str | None = None) -> Agreed:
    """What holds on a day, under the contract of that number if it is valid then; compiled once per situation."""
    key = (on, number)
    found: Agreed | None = situation.compiled.get(key)
    if found is None:
        # For a copy: terms that refer to what keeps them would stay, with all products, until the collector comes.
        situation.compiled[key] = found = Agreed(msgspec.structs.replace(situation), on, number)
    return found
