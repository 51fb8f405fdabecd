"""Bring rows into the form that a partner wants and only the facts can tell: all positions filled, numbers without idle
zeros, and with the decimal mark of the interchange."""

import re
from collections.abc import Sequence

from b2bsync.edi.errors import CodecError, Unwritable
from b2bsync.edi.standard import Element as Rule
from b2bsync.edi.standard import Facts, Use, facts, nearest
from b2bsync.edi.writing.policy import Policy
from b2bsync.edi.writing.rows import Composite, Element, Repeated, Row, Value

_NUMBER = re.compile(r"(-?)([0-9]+)(?:[.,]([0-9]*))?").fullmatch


def shaped(rows: Sequence[Row], version: str, policy: Policy, decimal: str = ".") -> Sequence[Row]:
    """Rows as ``policy.trailing`` (fill) and ``policy.zeros`` (trim) want them by the facts of a version, or of the
    nearest one, and texts of numeric elements with the decimal mark. Unknown segments stay as they are.

    Raises Unwritable where the version names none.
    """
    if policy.trailing != "fill" and policy.zeros != "trim" and decimal == ".":
        return rows
    try:
        known = facts(nearest(version) or version)
    except CodecError as error:
        raise Unwritable(error.finding) from None
    shape = _Shape(known, policy, decimal)
    return [shape.row(row) for row in rows]


class _Shape:
    def __init__(self, known: Facts, policy: Policy, decimal: str) -> None:
        self.known, self.decimal = known, decimal
        self.fill, self.trim = policy.trailing == "fill", policy.zeros == "trim"

    def row(self, row: Row) -> Row:
        tag = row[0] if len(row) else ""
        if not isinstance(tag, str) or not self.known.has_segment(tag):
            return row
        uses = self.known.segment(tag).uses
        elements: list[Element] = [
            self._element(element, uses[number]) if number < len(uses) else element
            for number, element in enumerate(row[1:])
        ]
        if self.fill:
            elements.extend([""] * (len(uses) - len(elements)))
        return [tag, *elements]

    def _element(self, element: Element, use: Use) -> Element:
        if isinstance(element, Repeated):
            return Repeated([self._part(part, use) for part in element])
        return self._part(element, use)

    def _part(self, part: Value | Composite, use: Use) -> Value | Composite:
        if use.composite is None:
            return self._value(part, use.element) if isinstance(part, str) else part
        uses = use.composite.uses
        values: Composite = part if isinstance(part, tuple) else (part,)
        shaped = tuple(
            self._value(value, uses[number].element) if number < len(uses) and isinstance(value, str) else value
            for number, value in enumerate(values)
        )
        return shaped if isinstance(part, tuple) else shaped[0]

    def _value(self, value: str, rule: Rule | None) -> str:
        found = _NUMBER(value) if rule is not None and (rule.type in ("n", "R") or rule.type[0] == "N") else None
        if found is None or rule is None:
            return value
        sign, whole, fraction = found[1], found[2], found[3] or ""
        if self.trim:
            whole = whole.lstrip("0") or "0"
            if rule.type[0] != "N":
                fraction = fraction.rstrip("0")
            whole = whole.zfill(rule.minimum - len(fraction))
        return sign + whole + (self.decimal + fraction if fraction else "")
