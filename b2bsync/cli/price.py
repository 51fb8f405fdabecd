"""``b2bsync price``: what something costs a customer, and why."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from b2bsync.app import orders
from b2bsync.cli.output import Json, cell, head, opened, print_json, print_table, tell_error


def price(
    customer: Annotated[str, typer.Argument(help="The customer's number.")],
    sku: Annotated[str, typer.Argument(help="Our product number.")],
    quantity: Annotated[str, typer.Argument(help="How many.")],
    unit: Annotated[str | None, typer.Option("--unit", "-u", help="Of which unit; else the base unit.")] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="On which day, as 2026-03-31.")] = None,
    json: Json = False,
) -> None:
    """The price the contract gate finds, with every step that led to it."""
    try:
        wanted = Decimal(quantity)
        day = datetime.strptime(on, "%Y-%m-%d").date() if on else None
    except (ValueError, InvalidOperation) as error:
        tell_error("the quantity must be a number, and --on a day such as 2026-03-31")
        raise typer.Exit(2) from error
    if not wanted.is_finite() or wanted <= 0:
        tell_error("the quantity must be above zero")
        raise typer.Exit(2)
    with opened() as app:
        found = orders.price(app, customer, sku, wanted, unit, day)
    if json:
        print_json(found)
    else:
        print_price(found)


def print_price(found: dict[str, Any]) -> None:
    """One explained price, as ``price`` and the demonstration show it."""
    per = found["unit"] or "unit" if found["basis"] == 1 else f"{cell(found['basis'])} {found['unit'] or ''}".strip()
    amount = f"{cell(found['amount'])} {found['currency'] or ''} per {per}"
    head(amount, f" for {cell(found['quantity'])} of {found['sku']}, customer {found['customer']}, on {found['on']}")
    print_table("", {"step": "rule", "what": "text", "value": "value", "from": "source"}, found["steps"])
