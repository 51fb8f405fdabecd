"""Brings together what the gate must know: master data of a customer, and stock less what was promised."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from b2bsync.model import Customer, Order
from b2bsync.partners import Partner
from b2bsync.store import commitments, master
from b2bsync.store.catalogue import Catalogue
from b2bsync.store.commitments import NewCredit
from b2bsync.terms import Judgement, Situation, lookups


def situation(
    session: Session,
    catalogue: Catalogue,
    company: str,
    stage: str,
    customer: Customer,
    asked: Sequence[Order],
    today: date,
) -> Situation:
    """What was agreed with a customer, as far as these orders ask for it; stock comes later, under its lock."""
    wanted = [lookups(order) for order in asked]
    theirs = sorted({number for w in wanted for number in w.theirs})
    gtins = sorted({gtin for w in wanted for gtin in w.gtins})
    references = master.cross_references(session, company, stage, customer.number, "item", theirs) if theirs else {}
    units = master.cross_references(session, company, stage, customer.number, "unit")
    by_gtin = master.products_by_gtin(session, company, stage, gtins) if gtins else {}
    skus = {sku for w in wanted for sku in w.skus} | {r.ours for r in references.values()}
    products = catalogue.products(session, company, stage, sorted(skus))
    products |= {product.sku: product for product in by_gtin.values()}
    contracts = master.contracts(session, company, stage, customer.number)
    lists = sorted({n for n in (customer.price_list, *(c.price_list for c in contracts)) if n})
    return Situation(
        today=today,
        customer=customer,
        contracts=tuple(contracts),
        price_lists=master.price_lists(session, company, stage, lists) if lists else {},
        prices=catalogue.prices(session, company, stage, sorted(products), price_lists=lists, customer=customer.number),
        products=products,
        cross_references=tuple(references.values()) + tuple(units.values()),
        assortments=tuple(
            master.assortments(session, company, stage, customer=customer.number, segment=customer.segment)
        ),
        credit_left=_credit_left(customer),
    )


def warehouse(partner: Partner, customer: Customer) -> str | None:
    """Where the customer is served from; None: from anywhere."""
    return customer.warehouse or partner.erp.warehouse


class Credit:
    """What customers may still order for: the limit less the balance in the ERP and less what was promised since. Holds
    the lock on their credit until the transaction ends; take it before the stock's."""

    def __init__(self, session: Session, company: str, stage: str, customers: Iterable[Customer]) -> None:
        self._left: dict[str, Decimal | None] = {}
        numbers = sorted({c.number for c in customers if c.credit_limit is not None})
        if not numbers:
            return
        commitments.lock_credit(session, company, stage, numbers)
        promised = commitments.credit_promised(session, company, stage, numbers)
        for number, customer in master.customers(session, company, stage, numbers).items():
            left = _credit_left(customer)
            self._left[number] = None if left is None else left - promised.get(number, Decimal(0))

    def left(self, customer: Customer) -> Decimal | None:
        """In the customer's currency; None: there is no limit."""
        return self._left.get(customer.number, _credit_left(customer))

    def take(self, customer: Customer, value: Decimal) -> None:
        """Somebody gets an order of this value."""
        left = self.left(customer)
        self._left[customer.number] = None if left is None else left - value


def credit_taken(company: str, stage: str, customer: Customer, judgement: Judgement, order_id: int) -> list[NewCredit]:
    """What an order takes of the customer's credit; nothing where there is no limit, or one in another currency."""
    own, currency = customer.currency, judgement.currency
    if customer.credit_limit is None or not judgement.value or (None not in (own, currency) and own != currency):
        return []
    number, value = customer.number, judgement.value
    return [NewCredit(company=company, stage=stage, customer=number, value=value, order_id=order_id)]


def _credit_left(customer: Customer) -> Decimal | None:
    return None if customer.credit_limit is None else customer.credit_limit - (customer.balance or Decimal(0))


class Stock:
    """What can be promised now: the ERP's figures less what was promised since. Holds the ledger's lock until the
    transaction ends, so that parallel lanes never promise the same piece twice."""

    def __init__(self, session: Session, catalogue: Catalogue, company: str, stage: str, skus: Iterable[str]) -> None:
        wanted = sorted(set(skus))
        if wanted:
            commitments.lock_stock(session, company, stage, wanted)
        self._promised = commitments.promised(session, company, stage, wanted) if wanted else {}
        self._levels = catalogue.stock(session, company, stage, wanted)
        self._next: dict[str | None, dict[str, date]] = {}

    def available(self, place: str | None) -> dict[str, Decimal]:
        """Base units by SKU at one warehouse, or at all."""
        left: dict[str, Decimal] = {}
        for sku, levels in self._levels.items():
            there = Decimal(0)
            for level in levels:
                if place is None or place == level.warehouse:
                    there += level.on_hand - level.reserved
            left[sku] = there - commitments.at(self._promised[sku], place) if sku in self._promised else there
        return left

    def next_dates(self, place: str | None) -> dict[str, date]:
        """When more comes in, by SKU."""
        if place in self._next:
            return self._next[place]
        self._next[place] = found = {}
        for sku, levels in self._levels.items():
            dates = [x.next_date for x in levels if x.next_date is not None and place in (None, x.warehouse)]
            if dates:
                found[sku] = min(dates)
        return found
