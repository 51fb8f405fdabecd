"""The steps that led to a price or a decision: numbers first, text only when somebody reads it."""

from decimal import Decimal

import msgspec

from b2bsync.vocabulary.numbers import plain

TEXTS = {
    # price
    "pricing-day": "prices of {w[0]} hold ({w[1]})",
    "contract-line": "contract price {value} {w[0]} per {n[0]} {w[1]}, from {n[1]} {w[1]} on",
    "contract-category": "contract price {value} {w[0]} per {n[0]} {w[1]} for the category, from {n[1]} {w[1]} on",
    "customer-price": "the customer's own price {value} {w[0]} per {n[0]} {w[1]}, from {n[1]} {w[1]} on",
    "contract-list": "price list {w[2]} of the contract: {value} {w[0]} per {n[0]} {w[1]}, from {n[1]} {w[1]} on",
    "customer-list": "price list {w[2]} of the customer: {value} {w[0]} per {n[0]} {w[1]}, from {n[1]} {w[1]} on",
    "discount": "less {n[0]} % {w[0]}: {value}",
    "conversion": "in {w[0]} ({n[0]} {w[2]}) instead of {n[2]} {w[1]} ({n[1]} {w[2]} each): {value}",
    "rounding": "rounded to {n[0]} places: {value}",
    # decision
    "item": "{w[0]} {w[1]} is product {w[2]}",
    "assortment": "{w[0]}",
    "unit": "{n[0]} {w[0]} are {value} {w[1]}",
    "minimum": "at least {value} {w[0]} per line",
    "lot": "in lots of {value} {w[0]}",
    "price-asked": "the order says {value} per {w[0]}, the contract {n[0]}: {w[1]}",
    "stock": "{value} {w[0]} available, {n[0]} {w[0]} wanted",
}
"""Text per rule: ``value``, ``n`` (numbers), ``w`` (words) and ``source`` are the step's own."""


class Step(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One step: the rule, the number after it, the key of the row it came from, the numbers and words of its text."""

    rule: str
    value: Decimal | None = None
    source: str | None = None
    numbers: tuple[Decimal, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What a person reads, with the key of the row in brackets."""
        text = TEXTS[self.rule].format(
            value="" if self.value is None else plain(self.value),
            n=[plain(number) for number in self.numbers],
            w=self.words,
        )
        return f"{text} [{self.source}]" if self.source else text
