"""The supplier's answer to an order: X12 855, EDIFACT ORDRSP, cXML ConfirmationRequest."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from b2bsync.model.order import Purpose
from b2bsync.model.parts import AllowanceCharge, ItemIds, Party, Reference, Tax, UnitPrice


class DecisionStatus(StrEnum):
    """What happens to a part of a line."""

    ACCEPTED = "accepted"
    PRICE_CHANGED = "price_changed"  # accepted at another price
    QUANTITY_CHANGED = "quantity_changed"  # accepted in another quantity
    DATE_CHANGED = "date_changed"  # accepted for another date
    CHANGED = "changed"  # accepted with several changes
    BACKORDERED = "backordered"
    REJECTED = "rejected"
    HELD = "held"  # waits for a person


class Reason(StrEnum):
    """Why a decision is not a plain acceptance: the rules of the contract gate and the ERP's own answer."""

    UNKNOWN_ITEM = "unknown_item"
    NOT_IN_ASSORTMENT = "not_in_assortment"
    UNIT_NOT_CONVERTIBLE = "unit_not_convertible"
    BELOW_MINIMUM = "below_minimum"
    NOT_A_LOT_MULTIPLE = "not_a_lot_multiple"
    PRICE_DIFFERS = "price_differs"
    NO_PRICE = "no_price"
    CURRENCY_DIFFERS = "currency_differs"
    OUT_OF_STOCK = "out_of_stock"
    DUPLICATE_ORDER = "duplicate_order"
    NO_CONTRACT = "no_contract"
    CUSTOMER_BLOCKED = "customer_blocked"
    CREDIT_EXCEEDED = "credit_exceeded"
    NOT_POSITIVE = "not_positive"
    ITEM_INACTIVE = "item_inactive"
    UNIT_NOT_SOLD = "unit_not_sold"
    SCHEDULES_DIFFER = "schedules_differ"  # the schedules of a line do not add up to its quantity
    DATE_NOT_POSSIBLE = "date_not_possible"  # cannot leave by the day that was asked for
    ERP_REFUSED = "erp_refused"
    ERP_CHANGED = "erp_changed"  # the ERP took it with another price, quantity or date


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One part of a line's answer; the quantities of a line's decisions add up to what was ordered.

    ``quantity`` is in the ordered unit. For QUANTITY_CHANGED it is the part that is confirmed; the remainder stands
    in a decision of its own (REJECTED or BACKORDERED). Only where more is confirmed than was asked for (raised to a
    minimum, rounded up to a lot) does ``confirmed`` say how much; an answer names ``answered``.
    """

    quantity: Decimal
    confirmed: Decimal | None = None  # None: ``quantity`` itself
    status: DecisionStatus
    ships: date | None = None  # when it leaves
    reason: Reason | None = None
    text: str | None = None

    @property
    def answered(self) -> Decimal:
        """The quantity an answer names for this part."""
        return self.quantity if self.confirmed is None else self.confirmed


class ResponseLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    number: str
    quantity: Decimal  # as ordered
    unit: str | None = None
    items: ItemIds
    price: UnitPrice | None = None  # the price that holds
    description: str | None = None
    decisions: tuple[Decision, ...] = ()
    allowances: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    extra: dict[str, str] = {}


class OrderResponse(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="OrderResponse", tag_field="document"
):
    """``overall`` is accepted, changed, rejected or held: it follows from the lines (see ``b2bsync.terms``)."""

    number: str  # the buyer's order number
    purpose: Purpose = Purpose.ORIGINAL
    overall: DecisionStatus = DecisionStatus.ACCEPTED
    reason: Reason | None = None
    release: str | None = None
    ordered: date | None = None
    responded: date | None = None
    supplier_number: str | None = None  # the ERP's sales order
    currency: str | None = None
    parties: tuple[Party, ...] = ()
    references: tuple[Reference, ...] = ()
    allowances: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    notes: tuple[str, ...] = ()
    lines: tuple[ResponseLine, ...] = ()
    total_lines: int | None = None
    extra: dict[str, str] = {}
