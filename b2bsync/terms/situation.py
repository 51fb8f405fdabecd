"""What the gate must know to judge an order, as values: nothing here is looked up."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from b2bsync.model import Assortment, Contract, CrossReference, Customer, Order, Price, PriceList, Product
from b2bsync.vocabulary.identifiers import gtin14

if TYPE_CHECKING:

    class Promise(Protocol):
        """What of a judgement takes stock and credit away."""

        @property
        def promised(self) -> Mapping[str, Decimal]: ...
        @property
        def value(self) -> Decimal: ...


class Lookups(msgspec.Struct, frozen=True):
    """What an order's lines name: products to load by our number, by GTIN (14 digits), and numbers to look up in the
    customer's cross-references of kind ``item``."""

    skus: tuple[str, ...]
    gtins: tuple[str, ...]
    theirs: tuple[str, ...]


def lookups(order: Order) -> Lookups:
    """Every number of every line, once, in the order of the lines. A cross-reference adds one more of our numbers."""
    skus: dict[str, None] = {}
    gtins: dict[str, None] = {}
    theirs: dict[str, None] = {}
    for line in order.lines:
        ids = line.items
        if ids.supplier:
            skus[ids.supplier] = None
        if ids.gtin:
            gtins[gtin14(ids.gtin)] = None
        for number in (ids.buyer, ids.supplier, ids.manufacturer):
            if number:
                theirs[number] = None
    return Lookups(tuple(skus), tuple(gtins), tuple(theirs))


class Situation(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The customer, what was agreed with him, and what is there, on one day.

    Contracts, prices and assortments may hold rows of other customers, days and lists: the gate picks what applies.
    ``available`` is in base units, less what was promised since the stock was read; a product not in it has none.
    ``items`` is for lines whose product the caller resolved itself; every other line is resolved by the gate.
    """

    today: date
    customer: Customer
    contracts: tuple[Contract, ...] = ()
    price_lists: Mapping[str, PriceList] = {}  # by number; a list that is not here holds on every day
    prices: Mapping[str, Sequence[Price]] = {}  # by SKU
    products: Mapping[str, Product] = {}  # by SKU
    items: Mapping[str, str | None] = {}  # line number to SKU; None: looked for and not found
    cross_references: tuple[CrossReference, ...] = ()
    units: Mapping[str, str] = {}  # the customer's unit code to ours
    assortments: tuple[Assortment, ...] = ()
    available: Mapping[str, Decimal] = {}  # by SKU
    next_stock: Mapping[str, date] = {}  # by SKU: when more comes in
    credit_left: Decimal | None = None  # in the customer's currency; None: not judged
    duplicate_of: str | None = None  # what this order repeats

    @cached_property
    def compiled(self) -> dict[Any, Any]:
        """What ``b2bsync.terms.agreed`` worked out from the agreed terms, by day and contract."""
        return {}

    def but(self, **changes: Any) -> "Situation":
        """A copy with other values, for the next order of the same customer; compiled terms stay where they may."""
        copy = msgspec.structs.replace(self, **changes)
        if not changes.keys() - {"today", "items", "available", "next_stock", "credit_left", "duplicate_of"}:
            copy.__dict__["compiled"] = self.compiled
        return copy

    def after(self, judgement: "Promise") -> "Situation":
        """The situation once a judgement's promises are kept: less available, less credit left."""
        available = dict(self.available)
        for sku, quantity in judgement.promised.items():
            available[sku] = available.get(sku, Decimal(0)) - quantity
        left = None if self.credit_left is None else self.credit_left - judgement.value
        return self.but(available=available, credit_left=left)
