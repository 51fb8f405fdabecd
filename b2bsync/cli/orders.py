"""``b2bsync orders``: the order book."""

from typing import Annotated, Any

import typer

from b2bsync.app import orders
from b2bsync.app.statuses import ORDER_STATUSES
from b2bsync.cli import output
from b2bsync.cli.output import Json, Limit, cell, columns, head, one_of, opened, print_json, print_table

WIDE = 100
"""Characters from which on every quantity of a line has a column of its own."""

app = typer.Typer(help="Orders: list, show.", no_args_is_help=True)


@app.command("list")
def list_(
    customer: Annotated[str | None, typer.Option(help="Only this customer's.")] = None,
    partner: Annotated[str | None, typer.Option(help="Only this partner's.")] = None,
    status: Annotated[
        str | None, typer.Option(help="Only this status, such as held or confirmed.", callback=one_of(ORDER_STATUSES))
    ] = None,
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
    shown |= {"in the ERP": "erp_number", "status": "status", "ordered on": "ordered"}
    print_table("Orders", shown, rows, gives_way="received")


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
    narrow = output.tables.width < WIDE
    rows = [
        {
            **line,
            "outcome": _told(line) if narrow else _outcome(line),
            "ordered": f"{cell(line['ordered'])} {line['unit'] or ''}",
        }
        for line in life["lines"]
    ]
    shown = {"line": "line", "item": "sku"} | columns("ordered", "confirmed")
    if narrow:
        shown |= columns("open", "price") | {"what and why": "outcome"}
    else:
        shown |= columns("shipped", "invoiced", "open", "price") | {"what and why": "outcome", "promised": "promised"}
    print_table("", shown, rows, gives_way="what and why")
    print_table("Documents", {"id": "id", "": "direction"} | columns("type", "number", "status"), life["documents"])


def _told(line: dict[str, Any]) -> str:
    """The outcome with what has no column of its own on a narrow terminal."""
    more = [f"{name} {cell(line[name])}" for name in ("promised", "shipped", "invoiced") if line[name]]
    return ", ".join([_outcome(line), *more])


def _outcome(line: dict[str, Any]) -> str:
    """Status and reason in words: ``backordered: out of stock``."""
    words = [str(word).replace("_", " ") for word in (line["status"], line["reason"]) if word]
    return ": ".join(words)
