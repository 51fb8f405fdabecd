"""What shipments and invoices move in the order book: in the ordered unit, whatever unit the ERP ships in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from b2bsync.model import Invoice, Product, ShipNotice
from b2bsync.store import master, orders
from b2bsync.store.tables import OrderRow
from b2bsync.terms import unit_factor
from b2bsync.vocabulary.numbers import plain

SHIPPED: orders.Progress = "shipped"
INVOICED: orders.Progress = "invoiced"


@dataclass(frozen=True)
class Move:
    """A quantity of a document's line; ``line`` is the buyer's line number, ``unit`` the document's. Below zero: a
    credit note takes it back."""

    line: str | None
    quantity: Decimal
    unit: str | None


def order_numbers(value: ShipNotice | Invoice) -> list[str]:
    """The ERP's own numbers of the orders a document is about, as they come in it."""
    if isinstance(value, Invoice):
        return [value.supplier_number] if value.supplier_number else []
    return list(dict.fromkeys(order.supplier_number for order in value.orders if order.supplier_number))


def moves(value: ShipNotice | Invoice, erp_number: str) -> Iterator[Move]:
    """What a document says of one order."""
    if isinstance(value, Invoice):
        sign = -1 if value.credit else 1
        for line in value.lines:
            if line.order_line is not None:  # freight and the like belong to no line of the order
                yield Move(line.order_line, sign * line.quantity, line.unit)
        return
    for order in value.orders:
        if order.supplier_number == erp_number:
            for shipped in (*order.lines, *(line for package in order.packages for line in package.lines)):
                yield Move(shipped.order_line, shipped.quantity, shipped.unit)


class Movements:
    """Collects what the documents of a page move, and writes it order by order: always in the order of their ids, so
    that two transactions never wait for each other."""

    def __init__(self) -> None:
        self._moved: list[tuple[str, int, orders.Progress, Move]] = []

    def add(self, source_key: str, value: ShipNotice | Invoice, erp_number: str, order: OrderRow) -> None:
        assert order.id is not None
        what = INVOICED if isinstance(value, Invoice) else SHIPPED
        self._moved += [(source_key, order.id, what, move) for move in moves(value, erp_number)]

    def write(self, session: Session, company: str, stage: str) -> dict[str, list[str]]:
        """Returns what could not be counted and why, by the document's source key."""
        if not self._moved:
            return {}
        book = {
            (row.order_id, row.line): (row.sku, row.unit)
            for rows in orders.lines(session, {order_id for _, order_id, _, _ in self._moved}).values()
            for row in rows
        }
        products = self._products(session, company, stage, book)
        sums: dict[tuple[int, orders.Progress], dict[str, Decimal]] = {}
        trouble: dict[str, list[str]] = {}
        for source_key, order_id, what, move in self._moved:
            sku, unit = book.get((order_id, move.line or ""), (None, None))
            quantity = _converted(move, unit, products.get(sku or ""))
            if move.line is None or (order_id, move.line) not in book:
                said = f"the order has no line {move.line}" if move.line else "it names no line of the order"
            elif quantity is None:
                said = f"line {move.line} was ordered in {unit}, and {sku} has no conversion from {move.unit}"
            else:
                lines = sums.setdefault((order_id, what), {})
                lines[move.line] = lines.get(move.line, Decimal(0)) + quantity
                continue
            amount = f"{plain(abs(move.quantity))} {move.unit or ''}".strip()
            trouble.setdefault(source_key, []).append(f"{amount} not counted as {what}: {said}")
        for (order_id, what), lines in sorted(sums.items()):
            orders.add_progress(session, order_id, lines, what)
        return trouble

    def _products(
        self, session: Session, company: str, stage: str, book: dict[tuple[int, str], tuple[str | None, str | None]]
    ) -> dict[str, Product]:
        """Those whose unit must be converted."""
        skus = set()
        for _, order_id, _, move in self._moved:
            sku, unit = book.get((order_id, move.line or ""), (None, None))
            if sku is not None and None not in (unit, move.unit) and unit != move.unit:
                skus.add(sku)
        return master.products(session, company, stage, sorted(skus)) if skus else {}


def _converted(move: Move, ordered: str | None, product: Product | None) -> Decimal | None:
    """The quantity in the ordered unit; None when nothing says how many that is."""
    if None in (ordered, move.unit) or ordered == move.unit:
        return move.quantity
    theirs, ours = (unit_factor(product, unit) for unit in (move.unit, ordered)) if product else (None, None)
    return ours.from_base(theirs.to_base(move.quantity)) if theirs and ours else None


def told(trouble: Sequence[str]) -> str:
    """The first ten troubles of a document as one text."""
    more = f"; and {len(trouble) - 10} more" if len(trouble) > 10 else ""
    return "; ".join(trouble[:10]) + more
