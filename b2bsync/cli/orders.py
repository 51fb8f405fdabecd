"""``b2bsync orders``: the order book."""

from typing import Annotated, Any

import typer

from b2bsync.app import orders
from b2bsync.cli.output import Json, Limit, cell, columns, head, opened, print_json, print_table

app = typer.Typer(help="Orders: list, show.", no_args_is_help=True)


@app.command("list")
def list_(
    customer: Annotated[str | None, typer.Option(help="Only this customer's.")] = None,
    partner: Annotated[str | None, typer.Option(help="Only this partner's.")] = None,
    status: Annotated[str | None, typer.Option(help="Only this status, such as held or confirmed.")] = None,
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """The newest orders."""
    with opened() as app:
        rows = orders.listing(app, customer=customer, partner=partner, status=status, limit=limit)
    if json:
        print_json(rows)
        return
    shown = {"id": "id", "received": "created_at", "customer": "customer", "partner": "partner", "number": "number"}
    print_table("Orders", shown | {"in the ERP": "erp_number", "status": "status", "ordered on": "ordered"}, rows)


@app.command()
def show(
    order: Annotated[str, typer.Argument(help="The buyer's order number, or the id that `orders list` shows.")],
    json: Json = False,
) -> None:
    """One order's life: ordered, confirmed, shipped, invoiced, open, and why; and every document of it."""
    with opened() as app:
        found = orders.lives(app, order)
    if json:
        print_json(found)
        return
    for life in found:
        print_life(life)


def print_life(life: dict[str, Any]) -> None:
    """An order's life as a table, as ``orders show`` and the demonstration print it."""
    erp = f", in the ERP as {life['erp_number']}" if life["erp_number"] else ""
    head(f"Order {life['number']}", f" of customer {life['customer']} from {life['partner']}{erp}: {life['status']}")
    rows = [
        {**line, "outcome": _outcome(line), "ordered": f"{cell(line['ordered'])} {line['unit'] or ''}"}
        for line in life["lines"]
    ]
    shown = {"line": "line", "item": "sku"} | columns("ordered", "confirmed", "shipped", "invoiced", "open", "price")
    print_table("", shown | {"what and why": "outcome", "promised": "promised"}, rows)
    print_table("Documents", {"id": "id", "": "direction"} | columns("type", "number", "status"), life["documents"])


def _outcome(line: dict[str, Any]) -> str:
    """Status and reason in words: ``backordered: out of stock``."""
    words = [str(word).replace("_", " ") for word in (line["status"], line["reason"]) if word]
    return ": ".join(words)
