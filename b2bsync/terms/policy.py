"""The settings of the contract gate: what happens when an order and the contract do not agree."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

Stop = Literal["reject", "hold"]
"""``reject`` answers the line with a refusal; ``hold`` keeps it for a person."""


Places = Annotated[int, msgspec.Meta(ge=0, le=12)]
Days = Annotated[int, msgspec.Meta(ge=0, le=3650)]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the gate decides; ``msgspec.convert(table, Policy)`` fills it from TOML and names a wrong key or value.

    The defaults never promise what is not there, and answer a wrong price with the contract's. A contract's own
    ``price_tolerance`` and ``split_deliveries`` come before these settings.
    """

    # price
    price_tolerance_percent: Decimal = Decimal(0)  # of the contract's price, either way
    price_tolerance_absolute: Decimal = Decimal(0)  # per ordered unit; the wider of both counts
    on_price_difference: Literal["change", "reject", "hold"] = "change"  # change: accept at the contract's price
    on_better_price: Literal["change", "accept", "reject", "hold"] = "change"  # the contract's price is the lower one
    no_price: Stop = "hold"
    on_currency_difference: Stop = "reject"
    price_places: Places = 6  # of a price that was discounted or converted to another unit

    # quantity
    below_minimum: Literal["reject", "raise"] = "reject"
    lot: Literal["reject", "round_down", "round_up"] = "reject"
    unit_rules: Stop = "reject"  # not convertible, not sold, a fraction of a piece
    on_schedules_difference: Stop = "hold"

    # stock and dates
    check_stock: bool = True
    out_of_stock: Literal["backorder", "reject", "split", "partial"] = "backorder"
    late: Literal["change", "reject", "hold", "accept"] = "change"
    late_days: Days = 0  # days after the requested one that still count as in time
    lead_time_days: Days = 0  # where neither contract nor product says

    # item
    unknown_item: Stop = "reject"
    item_conflict: Literal["hold", "reject", "first"] = "hold"  # its numbers name different products
    inactive_item: Stop = "reject"
    not_in_assortment: Stop = "reject"

    # the order as a whole
    duplicate: Stop = "reject"
    customer_blocked: Stop = "hold"
    no_contract: Literal["price_list", "reject", "hold"] = "price_list"
    unknown_contract: Literal["use_valid", "reject", "hold"] = "use_valid"  # the order names one that is not valid
    credit_exceeded: Literal["hold", "reject", "accept"] = "hold"

    def __post_init__(self) -> None:
        for name in ("price_tolerance_percent", "price_tolerance_absolute"):
            value = getattr(self, name)
            if not value >= 0:
                raise ValueError(f"{name} must not be below zero, and is {value}")
