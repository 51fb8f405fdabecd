"""Whose contract counts: the customer follows from the document's parties, not from who sent the file."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from b2bsync.model import Customer, CustomerIdentifier, Order, Party, PartyRole
from b2bsync.partners import Partner
from b2bsync.store import master

ROLES = (PartyRole.BUYER, PartyRole.BILL_TO, PartyRole.SHIP_TO)
"""Which party names the customer, in this order: the sold-to, else who pays, else where it goes."""

ASSIGNED_BY_US = "supplier"
ASSIGNED_BY_BUYER = "buyer"


LISTS = {ASSIGNED_BY_US: "a number of ours", ASSIGNED_BY_BUYER: "a number of the buyer's", "gln": "GLN"}


class UnknownCustomer(Exception):
    """The parties lead to no customer of ours, or to several; the text says what was looked for and what to do."""


class Customers:
    """Resolves the orders of one partner; every look-up is made once for all of them."""

    def __init__(self, session: Session, partner: Partner, orders: Sequence[Order]) -> None:
        self.partner = partner
        wanted = {key for order in orders for party in order.parties for key in self._keys(party)}
        company, stage = partner.company, partner.stage
        found = master.customers_by_identifiers(session, company, stage, sorted(wanted)) if wanted else []
        self._identifiers: dict[tuple[str, str], list[CustomerIdentifier]] = {}
        for identifier in found:
            self._identifiers.setdefault((identifier.scheme, identifier.value), []).append(identifier)
        numbers = {identifier.customer for identifier in found}
        numbers |= {value for scheme, value in wanted if scheme == ASSIGNED_BY_US}
        if partner.customer:
            numbers.add(partner.customer)
        self._customers: Mapping[str, Customer] = (
            master.customers(session, company, stage, sorted(numbers)) if numbers else {}
        )

    def _keys(self, party: Party) -> list[tuple[str, str]]:
        """How a party may be looked up. A number that a buyer assigned means something with this partner first: the
        scheme named like the partner comes before the general one."""
        keys = []
        for identifier in party.identifiers:
            if identifier.scheme == ASSIGNED_BY_BUYER:
                keys.append((self.partner.name, identifier.value))
            keys.append((identifier.scheme, identifier.value))
        return keys

    def of(self, order: Order) -> Customer:
        """The customer of one order. Raises UnknownCustomer."""
        if self.partner.customer:
            customer = self._customers.get(self.partner.customer)
            if customer is None:
                raise UnknownCustomer(
                    f"partner {self.partner.name} is fixed to customer {self.partner.customer}, who is not in the "
                    f"master data; sync the customers and retry"
                )
            return customer
        for role in ROLES:
            numbers = {n for party in order.parties if party.role is role for n in self._numbers(party, role)}
            known = sorted(n for n in numbers if n in self._customers)
            if len(known) == 1:
                return self._customers[known[0]]
            if known:
                raise UnknownCustomer(
                    f"the {role} of order {order.number} leads to several customers: {', '.join(known)}"
                )
        said = [f"{p.role} {i.value} ({LISTS.get(i.scheme, i.scheme)})" for p in order.parties for i in p.identifiers]
        raise UnknownCustomer(
            f"no customer is known by {', '.join(said) or 'any identifier: the order names no party'}; "
            f"add the identifier to the customer's in the ERP (stream of CustomerIdentifier), sync it and retry, "
            f"or set customer in partners/{self.partner.file.name}"
        )

    def _numbers(self, party: Party, role: PartyRole) -> list[str]:
        numbers = []
        for key in self._keys(party):
            numbers += [i.customer for i in self._identifiers.get(key, ()) if i.role in (None, role)]
            if key[0] == ASSIGNED_BY_US:
                numbers.append(key[1])
        return numbers
